"""Archives of object files (`ar`): their members, and when these were written. BSD's and GNU's names; Apple's `<ar.h>`, System V's.

A member's header has its modification time, as a debug map does. Several members may have the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from symbolicator.errors import MalformedArtifact

MAGIC: Final = b"!<arch>\n"
THIN: Final = b"!<thin>\n"
"""The start of a thin archive, which has only the names of files."""
_HEADER: Final = 60
_END: Final = b"`\n"
_LONG: Final = b"#1/"
"""BSD's: the name is before the content, with this length."""
_MAX_MEMBERS: Final = 1 << 17
_MAX_NAME: Final = 4096
_TABLES: Final = ("/", "//", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64", "__.SYMDEF_64 SORTED")
"""Lists of symbols and of long names, which are not files."""


class Member(NamedTuple):
    """A file in an archive: `offset` and `size` of its content; `time` in seconds since 1970, 0 if not recorded."""

    name: str
    time: int
    offset: int
    size: int


def is_archive(data: memoryview) -> bool:
    """Whether it is an archive that contains its files."""
    return bytes(data[: len(MAGIC)]) == MAGIC


def members_of(data: memoryview) -> Iterator[Member]:
    """The files in an archive, in order, up to where it is broken. Raises `MalformedArtifact` if it is not an archive."""
    if not is_archive(data):
        thin = bytes(data[: len(THIN)]) == THIN
        raise MalformedArtifact("is a thin archive: it has the names of its files and not the files" if thin else "is not an archive", 0)
    at = len(MAGIC)
    names = b""
    for _ in range(_MAX_MEMBERS):
        head = bytes(data[at : at + _HEADER])
        if len(head) < _HEADER or head[58:] != _END:
            return
        size, time = _number(head[48:58]), _number(head[16:28])
        begin = at + _HEADER
        if size is None or begin + size > len(data):
            return
        at = begin + size + (size & 1)
        name = head[:16].rstrip(b" ")
        long = _number(name[len(_LONG) :]) if name.startswith(_LONG) else None
        if long is not None and long <= min(size, _MAX_NAME):
            name, begin, size = bytes(data[begin : begin + long]).rstrip(b"\0"), begin + long, size - long
        elif name == b"//":
            names = bytes(data[begin : begin + size])
        elif name[:1] == b"/" and (place := _number(name[1:])) is not None:
            name = names[place : place + _MAX_NAME].partition(b"\n")[0].removesuffix(b"/")
        elif len(name) > 1:
            name = name.removesuffix(b"/") if name != b"/SYM64/" else name
        text = name.decode("utf-8", "replace")
        if text and text not in _TABLES:
            yield Member(text, time or 0, begin, size)


def _number(text: bytes) -> int | None:
    digits = text.strip(b" ")
    return int(digits) if digits.isdigit() else None
