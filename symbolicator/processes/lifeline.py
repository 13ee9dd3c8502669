"""Starts a process that never outlives its parent, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing import spawn
from pathlib import Path
from typing import BinaryIO, Final

_PACKAGE_FOLDER: Final = Path(__file__).absolute().parent.parent.parent


class Process:
    """A Python process that runs one of our modules, with pipes to its input and output.

    The module's `main` must first call `end_with_parent(sys.argv[1])`. Raises OSError if no process can be started.
    """

    def __init__(self, module: str, cwd: str | None = None) -> None:
        path = os.pathsep.join(dict.fromkeys((str(_PACKAGE_FOLDER), *filter(None, sys.path))))
        theirs, self._lifeline = os.pipe()
        try:
            self.popen = subprocess.Popen(  # noqa: S603 - this interpreter, and words of ours
                [os.fsdecode(spawn.get_executable() or sys.executable), "-m", module, str(theirs)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs,) if os.name == "posix" else (),
                env={**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"},
                cwd=cwd,
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(theirs)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.popen.pid

    @property
    def returncode(self) -> int | None:
        """As in `subprocess`; None while it runs."""
        return self.popen.returncode

    @property
    def alive(self) -> bool:
        """Whether it is running. This also waits for an ended process."""
        return self.popen.poll() is None

    def kill(self) -> None:
        """Kill it, and wait for its end. May be called again."""
        if self._lifeline >= 0:
            self.popen.kill()
            self.popen.wait()
            self._close()

    def how_it_ended(self) -> str:
        """`SIGKILL`, or `exit 1`, once it has closed its output; it is killed if it does not end by itself."""
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(1.0)
        self.kill()
        code = self.popen.returncode
        if code < 0:
            with suppress(ValueError):
                return signal.Signals(-code).name
        return f"exit {code}"

    def forget(self) -> None:
        """In a forked process: it belongs to the parent, and what is open here must not keep it alive."""
        self.popen.returncode = 0  # nothing to wait for
        self._close()

    def _close(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        for file in (self.popen.stdin, self.popen.stdout):
            if file is not None:
                with suppress(OSError):
                    file.close()


def end_with_parent(lifeline: int) -> None:
    """Nothing is ever written to the lifeline: when the parent ends, it closes, and the signal for that ends this process.

    On systems without such a signal, the process ends when its input ends and its current work is done.
    """
    with suppress(AttributeError, OSError, ImportError):
        import fcntl

        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def pipes_to_parent() -> tuple[BinaryIO, BinaryIO]:
    """What the parent writes to this process, and what it reads from it. Whatever else reads or prints here, reads and prints nothing."""
    from_parent, to_parent = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return from_parent, to_parent


def be_the_one_to_go() -> None:
    """If the system runs out of memory, Linux ends this process before its parent; Ctrl-C is handled by the parent."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
