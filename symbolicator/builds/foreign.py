"""Files in which no frame lies: what they are, by how they begin, and what to do."""

from __future__ import annotations

from typing import Final

from symbolicator.artifacts.files import Artifact
from symbolicator.keys import FileKind

ARCHIVE: Final = (
    "it is an archive of objects: frames lie in what is linked of it",
    "give that; where it has a debug map (Mach-O without a dSYM), its lines are found here",
)


def unknown(artifact: Artifact) -> tuple[str, str]:
    """What a file is that nothing is looked up in, by its first bytes, and what to do."""
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
            "let a debugger print its stacks: gdb -batch -ex 'thread apply all bt' PROGRAM CORE | symbolicator trace",
        )
    return (
        "it is no file that is known here",
        "known are JavaScript, source maps, ProGuard and R8 mappings, ELF, Mach-O, PE, PDB, WebAssembly and Breakpad files, and zip, gz "
        "and zst of them",
    )


_ELSEWHERE = "native files are read here where they are ELF, Mach-O, PE or WebAssembly: use the tools of its platform"
_FAT = tuple(b"\xca\xfe\xba\xbe\0\0\0" + bytes((count,)) for count in range(1, 45))  # a Java class has its version there, 45 at least
_FOREIGN: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"!<thin>\n",), "it is a thin archive, which has the names of object files only", "give the program that was linked of them"),
    (_FAT, "it is a fat file without a Mach-O file", "give the program that was linked of the archives in it"),
    ((b"\xca\xfe\xba\xbe",), "it is a class of Java's", "give the mapping.txt of the build"),
    ((b"MZ",), "it is a program of DOS", _ELSEWHERE),
    ((b"Microsoft C/C++ ",), "it is a PDB file that cannot be read", "a PDB 7.0 of a program is read, one of types alone is not"),
    ((b"\0asm\x0d\0\1\0",), "it is a WebAssembly component", "give the core modules in it: wasm-tools component unbundle"),
)
"""How files begin that are known and not read: what they are, what to do."""
