"""The first lines of a Breakpad symbol file: its program, and its ids.

`MODULE Linux x86_64 D3096ED481217FD4C16B29CD9BC208BA0 firefox-bin` has system, architecture, debug id with age, and name;
`INFO CODE_ID D46E09D32181D47FC16B29CD9BC208BA firefox-bin` the code id and, if it differs, the program's name.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from symbolicator.errors import MalformedArtifact

MAGIC: Final = b"MODULE "
_MOST_BYTES: Final = 1 << 14
_ARCHES: Final = {
    "x86": "x86", "x86_64": "x86_64", "amd64": "x86_64", "arm": "arm", "armv6": "arm", "armv7": "arm", "armv7s": "arm",
    "arm64": "arm64", "arm64e": "arm64e", "aarch64": "arm64",
    "mips": "mips", "mips64": "mips64", "ppc": "ppc", "ppc64": "ppc64", "riscv": "riscv32", "riscv64": "riscv64", "s390": "s390",
    "s390x": "s390x", "sparc": "sparc", "sparcv9": "sparc64", "loongarch64": "loongarch64",
}  # fmt: skip
"""Names in MODULE, and ours."""
_WIDE: Final = frozenset(("x86_64", "arm64", "arm64e", "mips64", "ppc64", "riscv64", "s390x", "sparc64", "loongarch64"))


class Header(NamedTuple):
    """`os` as in the file; `arch` as in `Container.arch`; ids in the normal form of `keys.py`; `names` are the module's and,
    if it differs, the program's.
    """

    os: str
    arch: str
    bits: int
    debug_id: str | None
    code_id: str | None
    names: tuple[str, ...]


def read_header(data: memoryview) -> Header:
    """The header of a whole file. Raises `MalformedArtifact` if MODULE is incomplete."""
    from symbolicator.keys import normalise_code_id, normalise_debug_id  # 20 ms of a short run that meets no such file

    head = bytes(data[:_MOST_BYTES])
    first, *others = head.split(b"\n")
    words = first.decode("utf-8", "replace").rstrip("\r").split(" ", 4)
    if len(words) < 4 or words[0] != "MODULE":
        raise MalformedArtifact("its MODULE record has no system, architecture and id", 0)
    names = words[4:]
    code_id: str | None = None
    for line in others:
        if not line.startswith(b"INFO "):
            break
        what, _, value = line[5:].decode("utf-8", "replace").rstrip("\r").partition(" ")
        if what == "CODE_ID":
            said, _, name = value.partition(" ")
            code_id = code_id or normalise_code_id(said)
            names.append(name)
    debug_id = normalise_debug_id(words[3])
    if debug_id is not None and not debug_id.strip("0-"):
        debug_id = None
    arch = _ARCHES.get(words[2].lower(), f"unknown-{words[2]}")
    return Header(words[1], arch, 64 if arch in _WIDE else 32, debug_id, code_id, tuple(dict.fromkeys(filter(None, names))))
