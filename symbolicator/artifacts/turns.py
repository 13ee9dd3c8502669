"""Turns: if several processes need the same compiled file, one compiles while the others wait, and then open its table.

A lock file for each key, below the cache folder, locked with `flock`: the kernel releases it when its holder dies in any way.
It only saves work and is never needed for correctness: without such locks (Windows, some network folders), if the folder cannot
be written, and after `WAIT_AT_MOST`, the waiting process compiles itself.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from symbolicator.artifacts.folders import make_private
from symbolicator.forks import renewed_in_child

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCKS: Final = "locks"
ENDING: Final = ".lock"
WAIT_AT_MOST: Final = 30.0
_NAP: Final = 0.01
_LONGEST_NAP: Final = 0.1
_FLAGS: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class _Held:
    """The locks that this process holds. A forked child has them too, and would keep them when this process dies, so it closes them."""

    def __init__(self) -> None:
        self.fds: set[int] = set()
        renewed_in_child(self)

    def after_fork(self) -> None:
        """Closed without unlocking: that would unlock the parent's."""
        for fd in self.fds:
            with suppress(OSError):
                os.close(fd)
        self.fds = set()


_held = _Held()


@contextmanager
def turn(folder: Path, name: str, done: Callable[[], bool]) -> Iterator[None]:
    """A context in which no other process has the turn called `name` (a file name without its ending), as far as locks are available.

    A waiting process continues as soon as `done` says that there is nothing left to do. Never raises.
    """
    path = folder / LOCKS / f"{name}{ENDING}"
    fd = _locked(path, done)
    try:
        yield
    finally:
        if fd is not None:
            _held.fds.discard(fd)
            # The file is deleted while still locked: whoever opened it before finds the table when it gets the lock.
            with suppress(OSError):
                path.unlink()
            with suppress(OSError):
                os.close(fd)


def _locked(path: Path, done: Callable[[], bool]) -> int | None:
    """The lock's descriptor, once it is ours; None if it is not available or not needed."""
    fd = None if fcntl is None else _open(path)
    if fd is None:
        return None
    end, nap = time.monotonic() + WAIT_AT_MOST, _NAP
    try:
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if done() or time.monotonic() >= end:
                    break
                time.sleep(nap)
                nap = min(2 * nap, _LONGEST_NAP)
            else:
                _held.fds.add(fd)
                return fd
    except OSError:  # a file system without locks
        pass
    os.close(fd)
    return None


def _open(path: Path) -> int | None:
    """The lock file, created if needed; None if that fails, or it is not a regular file."""
    for attempt in (1, 2):
        try:
            fd = os.open(path, _FLAGS, 0o600)
        except FileNotFoundError:
            if attempt == 1:
                with suppress(OSError):
                    make_private(path.parent)
        except OSError:
            return None
        else:
            if stat.S_ISREG(os.fstat(fd).st_mode):
                return fd
            os.close(fd)
            return None
    return None
