"""Opening a native file by its content: which container it is."""

from __future__ import annotations

from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.elf.file import ElfFile
from symbolicator.debugfiles.elf.headers import MAGIC
from symbolicator.errors import MalformedArtifact


def open_container(data: memoryview) -> Container:
    """The container of a whole file. Raises `MalformedArtifact` for what is none, or cannot be read."""
    if bytes(data[:4]) == MAGIC:
        return ElfFile(data)
    raise MalformedArtifact(f"is no native file we know: it begins with {bytes(data[:4]).hex() or 'nothing'}", 0)
