"""Files that no frame can be in: what they are, by their first bytes, and what to do."""

from __future__ import annotations

from struct import Struct
from typing import Final

from symbolicator.artifacts.files import Artifact
from symbolicator.keys import FileKind

ARCHIVE: Final = (
    "it is an archive of object files: frames belong to the program they are linked into",
    "give that program, and its .pdb if it is a Windows program; if it has a debug map (Mach-O without a dSYM), its lines are found here",
)
_COFF: Final = Struct("<2H3I2H")
_MACHINES: Final = frozenset((0x14C, 0x1C0, 0x1C4, 0x8664, 0xA641, 0xA64E, 0xAA64))
_BIG: Final = (b"\0\0\xff\xff\1\0", b"\0\0\xff\xff\2\0")
"""How objects begin that have more than 65,279 sections, or the compiler's own code (/GL)."""


def unknown(artifact: Artifact) -> tuple[str, str]:
    """What an unusable file is, by its first bytes, and what to do."""
    return ARCHIVE if artifact.identity.kind is FileKind.ARCHIVE else foreign(artifact.read())


def foreign(content: memoryview) -> tuple[str, str]:
    """What a file is that no frame can be in, and what to do."""
    head = bytes(content[:20])
    for marks, what, hint in _FOREIGN:
        if head.startswith(marks):
            return what, hint
    if not head:
        return "it is empty", "build or copy it again"
    if head.startswith(b"\x7fELF"):
        return (
            "it is a core dump",
            "print its stacks with a debugger: gdb -batch -ex 'thread apply all bt' PROGRAM CORE | symbolicator trace",
        )
    if _is_coff(content):
        return (
            "it is a Windows object file that is not linked yet: frames belong to the program it is linked into",
            "give that program and its .pdb; with MinGW the program alone, which has the DWARF",
        )
    return (
        "its format is unknown",
        "supported are JavaScript, source maps, ProGuard and R8 mappings, ELF, Mach-O, PE, PDB, Portable PDB, WebAssembly and "
        "Breakpad files, and zip, cab, gz and zst of them",
    )


def _is_coff(content: memoryview) -> bool:
    head = bytes(content[: _COFF.size])
    if head.startswith(_BIG):
        return True
    if len(head) < _COFF.size:
        return False
    machine, sections, _, symbols, _, optional, _ = _COFF.unpack(head)
    return machine in _MACHINES and optional == 0 and 0 < _COFF.size + 40 * sections <= len(content) and symbols <= len(content)


_ELSEWHERE = "supported native files are ELF, Mach-O, PE and WebAssembly; for others use their platform's tools"
_FAT = tuple(b"\xca\xfe\xba\xbe\0\0\0" + bytes((count,)) for count in range(1, 45))  # a Java class has its version there, 45 at least
_FOREIGN: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"!<arch>\n",), *ARCHIVE),
    ((b"!<thin>\n",), "it is a thin archive, which has only the names of object files", "give the program they are linked into"),
    (_FAT, "it is a fat file with no Mach-O file in it", "give the program that its archives were linked into"),
    ((b"\xca\xfe\xba\xbe",), "it is a Java class file", "give the mapping.txt of the build"),
    ((b"MZ",), "it is a DOS program", _ELSEWHERE),
    ((b"\x14\xa6\x7f\xfd\x23\x26\xe8\x45",), "it is an .mdb file of Mono", "compile with csc -debug:portable: Portable PDBs are read"),
    ((b"XALZ", b"XABA"), "it is an assembly packed for Android", "give the .dll and .pdb files in the build's obj folder (android/assets)"),
    ((b"BC\xc0\xde", b"\xde\xc0\x17\x0b"), "it is LLVM bitcode, which is compiled when it is linked", "give the program it is linked into"),
    ((b"WbIL",), "it is an assembly packed for WebAssembly (Webcil)", "give the .dll and .pdb files in the build's obj folder"),
    ((b"Microsoft C/C++ ",), "it is a PDB file that cannot be read", "supported is a program's PDB 7.0; one with only types is not"),
    ((b"MYSG", b"GSYM"), "it is a GSYM file", "give the file with DWARF that llvm-gsymutil made it of"),
    ((b"\0asm\x0d\0\1\0",), "it is a WebAssembly component", "give the core modules in it: wasm-tools component unbundle"),
)
"""First bytes of known but unsupported files: what they are, what to do."""
