"""Runs `git` over the objects of a clone, in an empty repository of ours, with bounds on time and output."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from symbolicator.errors import SymbolicatorError
from symbolicator.forks import renewed_in_child

if sys.platform == "linux":
    import resource

SECONDS: Final = 10.0
"""Seconds that one command may take."""
MAX_OUTPUT: Final = 64 << 20
"""Bytes that one command may print."""
MAX_MEMORY: Final = 2 << 30
"""Bytes that one command may allocate, on Linux; packs, which it maps, do not count."""

# Of the environment only what finds the program: variables such as GIT_DIR or GIT_CONFIG_COUNT would change what it does.
_KEPT: Final = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
_ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # of a clone with missing objects nothing is fetched, by any protocol
    "GIT_PAGER": "cat",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}


class GitError(SymbolicatorError):
    """A clone that cannot be used, or a failed command; the text says why."""


class GitTimeout(GitError):
    """A command that took too long: the next ones would too."""


class Git:
    """The objects of one clone, read by `git`. Used by many threads at once.

    `objects`: the clone's folder of objects. `refs`: names (`refs/tags/v1`) → ids, `shallow` the content of its file of that name: what a
    repository needs beside its objects, as text. `sha256`: whether its ids are SHA-256. `partial`: whether objects may be missing
    that its remote has.
    """

    def __init__(
        self, objects: Path, refs: Mapping[str, str], shallow: bytes = b"", *, sha256: bool = False, partial: bool = False
    ) -> None:
        self._objects, self._refs, self._shallow, self._sha256 = objects, refs, shallow, sha256
        self._missing = "it is not in this partial clone, and nothing is fetched" if partial else "an object is missing, or damaged"
        self._lock = threading.Lock()
        self._folder: Path | None = None
        renewed_in_child(self)

    def after_fork(self) -> None:
        """Replaces the lock; the folder is the parent's."""
        self._lock, self._folder = threading.Lock(), None

    def run(self, *arguments: str, given: bytes = b"", most: int | None = None) -> bytes:
        """What `git ARGUMENTS` prints, with `given` as its input. Raises `GitError`: it fails, prints over `most` bytes, takes
        long.
        """
        printed, whole = self._run(arguments, given, MAX_OUTPUT if most is None else most, SECONDS)
        if not whole:
            raise GitTimeout(f"git {arguments[0]} took longer than {SECONDS:g} s")
        return printed

    def attempt(self, *arguments: str, most: int | None = None) -> bytes | None:
        """The same; None if it fails, or prints over `most` bytes. Raises `GitTimeout`."""
        try:
            return self.run(*arguments, most=most)
        except GitTimeout:
            raise
        except GitError:
            return None

    def run_until(self, until: float, *arguments: str, given: bytes = b"") -> tuple[bytes, bool]:
        """What it prints before a time (`time.monotonic`), and whether that is all. Raises `GitError` as `run`, but not for the time."""
        return self._run(arguments, given, MAX_OUTPUT, max(0.0, min(SECONDS, until - time.monotonic())))

    def file(self, content: str) -> Path:
        """A file of ours with this content, for options that take one; it is there as long as this is."""
        path = self._repository() / hashlib.sha256(content.encode()).hexdigest()
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
                file.write(content)
            Path(file.name).replace(path)
        return path

    def _run(self, arguments: Sequence[str], given: bytes, most: int, seconds: float) -> tuple[bytes, bool]:
        try:
            with tempfile.TemporaryFile() as to:  # a file, of any size: neither side waits for the other
                to.write(given)
                to.seek(0)
                # No shell; every word is ours, an id, or comes after `--`.
                process = subprocess.Popen(  # noqa: S603
                    [_program(), "--no-pager", *arguments],
                    stdin=to,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=self._environment(),
                    cwd=self._repository(),
                )
        except OSError as error:
            raise GitError(f"git cannot be started: {error.strerror or error}") from error
        _limit_memory(process.pid)
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            with process.stdout as out:
                printed = out.read(most + 1)
            if len(printed) > most:
                process.kill()
            code = process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()
        if len(printed) > most:
            raise GitError(f"git {arguments[0]} prints more than {most:,} bytes")
        if late.is_set() and code:
            return printed, False
        if code:
            raise GitError(f"git {arguments[0]} failed ({code}): {self._missing}")
        return printed, True

    def _environment(self) -> dict[str, str]:
        objects = str(self._objects)
        if any(character in objects for character in '":;\n'):
            objects = '"' + objects.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = str(self._repository())
        return {**kept, **_ENVIRONMENT, "HOME": own, "GIT_DIR": own, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}

    def _repository(self) -> Path:
        """The folder of our own repository, made at the first call of each process."""
        with self._lock:
            if self._folder is None:
                folder = Path(tempfile.mkdtemp(prefix="symbolicator-git-"))
                weakref.finalize(self, _remove, folder, os.getpid())
                self._fill(folder)
                self._folder = folder
            return self._folder

    def _fill(self, folder: Path) -> None:
        version, extension = (1, "[extensions]\n\tobjectFormat = sha256\n") if self._sha256 else (0, "")
        (folder / "config").write_text(f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n\tquotePath = false\n{extension}")
        (folder / "HEAD").write_text("ref: refs/heads/none\n")
        for name in ("objects", "refs"):
            (folder / name).mkdir()
        if self._shallow:
            (folder / "shallow").write_bytes(self._shallow)
        listed = "".join(f"{commit} {name}\n" for name, commit in sorted(self._refs.items()))
        (folder / "packed-refs").write_text(f"# pack-refs with: sorted \n{listed}", encoding="utf-8")


def _program() -> str:
    found = shutil.which("git")
    if found is None:
        raise GitError("git is not installed")
    return found


def _limit_memory(pid: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # it has ended already
            resource.prlimit(pid, resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))


def _remove(folder: Path, maker: int) -> None:
    """Remove a folder in the process that made it: a forked one has its own."""
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)
