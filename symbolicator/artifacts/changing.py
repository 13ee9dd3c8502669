"""Files that are rewritten while they are read: a linker, a deploy, `cp` over what is open.

A file that is read is held against its times before and after. A mapped one shows what is written into it later, and where it is cut short
reading it would end the process: `kernels/guarding.py` puts zeros there. So whoever reads a mapping asks `still` when done, and what was
read of a file that changed meanwhile is nothing.
"""

from __future__ import annotations

import os
from mmap import mmap

from symbolicator.errors import Unreadable
from symbolicator.kernels import guarding


class Mapped(mmap):
    """A file of somebody else's, mapped for reading. Views of it lead back here by their `obj`."""

    _fd = _guard = -1
    _was: tuple[int, int, int] = 0, 0, 0

    def guard(self) -> bool:
        """Outlive it being cut short; whether that is to be had."""
        self._guard = guarding.guard(memoryview(self))
        return self._guard >= 0

    @property
    def is_lost(self) -> bool:
        """Whether pages of it were gone when they were read."""
        return guarding.lost(self._guard) != 0

    def hold(self, fd: int, was: tuple[int, int, int]) -> bool:
        """Guard the mapping of `fd`, which is copied; whether it is guarded. `was`: the file's size and times when it was found."""
        self._fd, self._was = os.dup(fd), was
        return self.guard()

    def check(self) -> None:
        """Raises `Unreadable` where the file was rewritten since, or the disk failed."""
        *now, links = self._now()
        # That its name was taken away, or given to another file, changes the inode's time and nothing in it.
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
    """Raises `Unreadable` where the file behind one of the views was rewritten since it was opened."""
    for view in views:
        if isinstance(view.obj, Mapped):
            view.obj.check()


def settled(view: memoryview) -> memoryview:
    """The view where nobody can change it, else a copy. Raises `Unreadable`."""
    if not isinstance(view.obj, Mapped):
        return view
    copy = memoryview(bytes(view))
    still(view)
    return copy


def describe(error: Exception) -> str:
    """What the system says, without paths."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
