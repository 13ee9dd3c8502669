"""The body of an answer that is a file: sent from where it lies, not copied into memory."""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap
from typing import NamedTuple

_PIECE = 256 << 10


class FileBody:
    """A view of a file, as the iterable that WSGI wants (PEP 3333); `symbolicator serve` sends `view` itself, as the client takes it."""

    def __init__(self, view: memoryview) -> None:
        self.view = view

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self.view), _PIECE):
            yield bytes(self.view[at : at + _PIECE])


class Whole(NamedTuple):
    """An answer whose body is a file."""

    head: bytes
    body: memoryview

    @property
    def held(self) -> int:
        """The bytes of memory that it holds: none for a file that is mapped into memory."""
        return len(self.head) + (0 if isinstance(self.body.obj, mmap) else len(self.body))
