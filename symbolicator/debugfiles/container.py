"""The interface of all container formats: sections, addresses, symbols, ids.

Each format's folder implements it: `elf/`, `macho/`, `pe/`, `wasm/`. All addresses are svmas, as in the file.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from symbolicator.debugfiles.load_bias import LoadSegment
from symbolicator.debugfiles.symbols import Symbols

FEATURES: Final = {
    "debug_info": "DWARF's .debug_info, here (not in a file this one links to)",
    "line_info": "DWARF's .debug_line",
    "records": "functions and lines in another debug format than DWARF: PDB, Breakpad",
    "debug_map": "the names of the object files that a Mach-O file was linked of, which keep its DWARF",
    "symbols": "the linker's symbol table, not only the exported symbols",
    "gopclntab": "Go's own table of functions and lines, which stripping keeps",
    "exports": "the symbols that the dynamic linker needs",
    "unwind": "frame information: .eh_frame or .debug_frame",
    "code": "the machine code itself",
    "split": "split DWARF: a .dwo or .dwp",
    "debug_link": "the name of a file with the debug information",
    "alt_link": "the name of the file that dwz moved shared parts to",
    "compressed": "sections that are compressed",
}
"""The values of `Container.features`, and what each means."""

LINES: Final = frozenset(("debug_info", "records"))
"""A file with one of these has its own functions, lines and inlined calls."""

NAMING: Final = LINES | {"symbols", "gopclntab"}
"""A file with none of these is stripped: it has at most the names of its exports."""


class DebugLink(NamedTuple):
    """`.gnu_debuglink`: a file's name, and the CRC-32 of its content."""

    name: str
    crc: int


class AltLink(NamedTuple):
    """`.gnu_debugaltlink` or `.debug_sup`: a path, absolute or relative to this file's folder, and a build id (empty if unknown)."""

    path: str
    build_id: bytes


class Container(Protocol):
    """An open native file. Views of it keep the file's mapping alive; only decompressed or relocated sections are copied."""

    @property
    def whole(self) -> memoryview:
        """The file's bytes, all of them."""

    @property
    def format(self) -> str:
        """`elf`, `macho`, `pe`, `wasm`, `breakpad`, …"""

    @property
    def arch(self) -> str:
        """x86, x86_64, arm, arm64, mips, mips64, ppc, ppc64, riscv64, s390x, wasm32, …, Apple's variants (arm64e, armv7s, x86_64h); else
        the format's own name, or `unknown-<number>`.
        """

    @property
    def bits(self) -> int:
        """32 or 64."""

    @property
    def little_endian(self) -> bool:
        """The byte order."""

    @property
    def code_id(self) -> str | None:
        """In the normal form of `keys.py`."""

    @property
    def debug_id(self) -> str | None:
        """In the normal form of `keys.py`."""

    @property
    def features(self) -> frozenset[str]:
        """Its contents, as keys of `FEATURES`."""

    @property
    def warnings(self) -> list[str]:
        """What was skipped because it is broken, so far: sections are read when needed."""

    def section(self, name: str) -> memoryview | None:
        """The content of the section that DWARF calls `name` (`.debug_info`), decompressed and relocated.

        None if there is none, if it is in another file (NOBITS), or if it is broken; the latter is also in `warnings`.
        """

    @property
    def inflated(self) -> int:
        """Bytes decompressed or assembled for sections so far; everything else is a view of the file."""

    def section_address(self, name: str) -> int | None:
        """The section's svma; None if there is none."""

    @property
    def load_address(self) -> int:
        """The svma at an image's load address: `svma = instruction_addr - image_addr + load_address`.

        Negative in WebAssembly, whose code section begins after the module's first byte.
        """

    @property
    def load_segments(self) -> tuple[LoadSegment, ...]:
        """The segments a loader maps, in the order of the file's headers: for mappings and file offsets (`load_bias.py`)."""

    @property
    def is_moved(self) -> bool:
        """False for a program that is always loaded at the addresses in its file."""

    @property
    def executable_ranges(self) -> tuple[tuple[int, int], ...]:
        """The ranges of code, svma, start and end, sorted; known for debug files too, whose code sections are empty."""

    @property
    def bodies(self) -> tuple[array[int], array[int]] | None:
        """Where each function starts and ends (svma, ascending), if the format says it (WebAssembly)."""

    @property
    def code_at(self) -> Sequence[tuple[int, int, int]]:
        """The code in this file: start, end (svma) and file offset, sorted. For `code.code_around`."""

    @property
    def relocatable(self) -> bool:
        """True for object files and kernel modules: there, address 0 is ordinary code."""

    def symbols(self) -> Symbols:
        """The symbols of code: read, sorted and limited when first used."""


class RecordFile:
    """What a container is like that has records alone, and neither sections nor code. They count from where the image is loaded."""

    little_endian = True
    is_moved = True
    relocatable = False
    load_address = 0
    inflated = 0
    load_segments: tuple[LoadSegment, ...] = ()
    code_at: tuple[tuple[int, int, int], ...] = ()
    bodies = None
    features = frozenset(("records",))

    def section(self, name: str) -> memoryview | None:
        """None."""
        return None

    def section_address(self, name: str) -> int | None:
        """None."""
        return None
