"""Files that no frame can be in: what they are, by their first bytes, and what to do."""

from __future__ import annotations

from typing import Final

from symbolicator.artifacts.files import Artifact
from symbolicator.keys import FileKind

ARCHIVE: Final = (
    "it is an archive of object files: frames belong to the program they are linked into",
    "give that program; if it has a debug map (Mach-O without a dSYM), its lines are found here",
)


def unknown(artifact: Artifact) -> tuple[str, str]:
    """What an unusable file is, by its first bytes, and what to do."""
    if artifact.identity.kind is FileKind.ARCHIVE:
        return ARCHIVE
    head = bytes(artifact.read()[:20])
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
    return (
        "its format is unknown",
        "supported are JavaScript, source maps, ProGuard and R8 mappings, ELF, Mach-O, PE, PDB, Portable PDB, WebAssembly and "
        "Breakpad files, and zip, cab, gz and zst of them",
    )


_ELSEWHERE = "supported native files are ELF, Mach-O, PE and WebAssembly; for others use their platform's tools"
_FAT = tuple(b"\xca\xfe\xba\xbe\0\0\0" + bytes((count,)) for count in range(1, 45))  # a Java class has its version there, 45 at least
_FOREIGN: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"!<thin>\n",), "it is a thin archive, which has only the names of object files", "give the program they are linked into"),
    (_FAT, "it is a fat file with no Mach-O file in it", "give the program that its archives were linked into"),
    ((b"\xca\xfe\xba\xbe",), "it is a Java class file", "give the mapping.txt of the build"),
    ((b"MZ",), "it is a DOS program", _ELSEWHERE),
    ((b"\x14\xa6\x7f\xfd\x23\x26\xe8\x45",), "it is an .mdb file of Mono", "compile with csc -debug:portable: Portable PDBs are read"),
    ((b"XALZ", b"XABA"), "it is an assembly packed for Android", "give the .dll and .pdb files in the build's obj folder (android/assets)"),
    ((b"WbIL",), "it is an assembly packed for WebAssembly (Webcil)", "give the .dll and .pdb files in the build's obj folder"),
    ((b"Microsoft C/C++ ",), "it is a PDB file that cannot be read", "supported is a program's PDB 7.0; one with only types is not"),
    ((b"MYSG", b"GSYM"), "it is a GSYM file", "give the file with DWARF that llvm-gsymutil made it of"),
    ((b"\0asm\x0d\0\1\0",), "it is a WebAssembly component", "give the core modules in it: wasm-tools component unbundle"),
)
"""First bytes of known but unsupported files: what they are, what to do."""
