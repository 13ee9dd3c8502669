"""Folders for a process's files on disk, removed when it ends in any way.

Each process has one, and holds a lock on a file in it. A lock ends with its process, killed or not, so a folder whose lock is free is
abandoned: any later process may remove it. Process numbers would not do: they are reused, and mean others in another container.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

PREFIX = "symbolicator-process-"
_LOCK = "lock"
_MAKE_AT_MOST = 10
"""Folders that others may take for abandoned before their lock is held, which takes microseconds."""


class Scratch:
    """The folder of this process, created when first used. A forked process has its own. Safe to share between threads."""

    def __init__(self) -> None:
        self._made = threading.Lock()
        self._of: int | None = None
        self._path = Path()
        self._lock: int | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        """In a forked process: another thread may hold the lock of this object, and the lock on the folder is the parent's."""
        self._made, self._of = threading.Lock(), None
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            with suppress(OSError):
                os.close(self._lock)
            self._lock = None

    def folder(self, name: str) -> Path:
        """A new folder in it, private to this user. Raises OSError."""
        with self._made:
            if self._of != os.getpid() or not self._path.is_dir():
                self._release()
                self._path, self._lock = _make()
                self._of = os.getpid()
                atexit.register(self.remove)
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._path))

    def remove(self) -> None:
        """Remove all of it, at the end of the process."""
        with self._made:
            if self._of == os.getpid():
                shutil.rmtree(self._path, ignore_errors=True)
                self._of = None
                self._release()


def sweep() -> None:
    """Remove what dead processes of this user left."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and _is_ours(entry):
                _remove(Path(entry.path))


def _remove(folder: Path) -> None:
    """Remove a folder whose lock is free. It is renamed first: a process that is just creating it finds none, and creates another."""
    lock = _locked(folder)
    if lock is not None:
        with suppress(OSError):
            gone = folder.rename(f"{folder}-")
            shutil.rmtree(gone, ignore_errors=True)
        os.close(lock)


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder (not a link to one) created by this user."""
    with suppress(OSError):
        found = entry.stat(follow_symlinks=False)
        return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "geteuid") or found.st_uid == os.geteuid())
    return False


def _make() -> tuple[Path, int | None]:
    """A new folder, and its lock; None without locks."""
    for _ in range(_MAKE_AT_MOST):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _locked(folder)
        if lock is not None or os.name == "nt":
            return folder, lock
    raise FileExistsError(f"folders in {tempfile.gettempdir()} disappear as soon as they are made")


def _locked(folder: Path) -> int | None:
    """The lock of a folder, open and held; None if it is not free."""
    try:
        import fcntl
    except ImportError:  # Windows: nothing is known about which processes live, so nothing is removed
        return None
    try:
        lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), os.lstat(folder / _LOCK)):  # and not removed meanwhile
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


scratch = Scratch()
"""The folder of that process."""
