"""Opens a native file by its content.

`_OPENERS` has a line for each format: the first bytes of its files, and a function that opens one. A new format needs a line here and one
in `identify.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from symbolicator.debugfiles.breakpad.header import MAGIC as BREAKPAD
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.elf.headers import MAGIC as ELF
from symbolicator.debugfiles.macho.headers import FAT_MAGICS as FAT
from symbolicator.debugfiles.macho.headers import MAGICS as MACHO
from symbolicator.debugfiles.pdb.msf import START as PDB
from symbolicator.debugfiles.pe.headers import MAGIC as PE
from symbolicator.debugfiles.wasm.sections import MAGIC as WASM
from symbolicator.errors import MalformedArtifact

Opener = Callable[[memoryview, str | None], Container]
"""Opens a whole file of one format, or the slice named by the second argument. Raises `MalformedArtifact`."""


def open_container(data: memoryview, arch: str | None = None) -> Container:
    """The container of a whole file.

    `arch` chooses a slice of a file with several (a fat Mach-O): a debug id, or an architecture (`arm64`, as in `Container.arch`).
    A file for one architecture is opened whatever `arch` is: callers can compare `Container.arch`.

    Raises `MalformedArtifact` if it is not a native file, cannot be read, or has no such slice.
    """
    head = bytes(data[:16])
    for magic, opener in _OPENERS:
        if head.startswith(magic):
            return opener(data, arch)
    raise MalformedArtifact(f"is not a native file of a supported format: it starts with {head[:4].hex() or 'nothing'}", 0)


def _elf(data: memoryview, arch: str | None) -> Container:
    from symbolicator.debugfiles.elf.file import ElfFile  # formats are loaded when a file of theirs is met

    return ElfFile(data)


def _pe(data: memoryview, arch: str | None) -> Container:
    from symbolicator.debugfiles.pe.file import PeFile

    return PeFile(data)


def _pdb(data: memoryview, arch: str | None) -> Container:
    from symbolicator.debugfiles.pdb.file import PdbFile

    return PdbFile(data)


def _breakpad(data: memoryview, arch: str | None) -> Container:
    from symbolicator.debugfiles.breakpad.reading import BreakpadFile

    return BreakpadFile(data)


def _macho(data: memoryview, arch: str | None) -> Container:
    from symbolicator.debugfiles.macho.file import MachoFile

    return MachoFile(data)


def _fat_macho(data: memoryview, arch: str | None) -> Container:
    from symbolicator.debugfiles.macho.fat import choose

    return choose(data, arch)


def _wasm(data: memoryview, arch: str | None) -> Container:
    from symbolicator.debugfiles.wasm.file import WasmFile

    return WasmFile(data)


_OPENERS: Final[tuple[tuple[bytes, Opener], ...]] = (
    (ELF, _elf),
    *((magic, _macho) for magic in MACHO),
    *((magic, _fat_macho) for magic in FAT),
    (PE, _pe),
    (PDB, _pdb),
    (BREAKPAD, _breakpad),
    (WASM, _wasm),
)
