"""Files that are rewritten while they are read: by a linker, a deployment, `cp` onto an open file.

For a file that is read, the times before and after are compared. A mapped file shows what is written into it later, and if it is truncated,
reading it would end the process: `kernels/guarding.py` supplies zeros instead. So readers of a mapping call `still` when done, and
discard what they read from a file that changed meanwhile.
"""

from __future__ import annotations

import os
from mmap import mmap

from symbolicator.errors import Unreadable
from symbolicator.kernels import guarding


class Mapped(mmap):
    """A file of the user's, mapped for reading. Views of it lead back here by their `obj`."""

    _fd = _guard = -1
    _was: tuple[int, int, int] = 0, 0, 0

    def guard(self) -> bool:
        """Survive truncation of the file; returns whether that is possible."""
        self._guard = guarding.guard(memoryview(self))
        return self._guard >= 0

    @property
    def is_lost(self) -> bool:
        """Whether missing pages were read."""
        return guarding.lost(self._guard) != 0

    def hold(self, fd: int, was: tuple[int, int, int]) -> bool:
        """Guard the mapping of `fd`, which is duplicated; returns whether that worked. `was`: the file's size and times when found."""
        self._fd, self._was = os.dup(fd), was
        return self.guard()

    def check(self) -> None:
        """Raises `Unreadable` if the file was rewritten since then, or the disk failed."""
        *now, links = self._now()
        # Deleting or renaming the file changes the inode's time but not the content.
        if tuple(now[: 2 + bool(links)]) != self._was[: 2 + bool(links)]:
            raise Unreadable("changed while it was being read")
        if self.is_lost:
            raise Unreadable("cannot be read: parts of it are gone")

    def _now(self) -> tuple[int, int, int, int]:
        status = os.fstat(self._fd)
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_nlink

    def __del__(self) -> None:
        guarding.release(self._guard)
        if self._fd >= 0:
            os.close(self._fd)


def still(*views: memoryview) -> None:
    """Raises `Unreadable` if the file behind one of the views was rewritten since it was opened."""
    for view in views:
        if isinstance(view.obj, Mapped):
            view.obj.check()


def settled(view: memoryview) -> memoryview:
    """The view if nobody can change it, else a copy. Raises `Unreadable`."""
    if not isinstance(view.obj, Mapped):
        return view
    copy = memoryview(bytes(view))
    still(view)
    return copy


def describe(error: Exception) -> str:
    """The system's error message, without paths."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
