"""PDBs damaged byte by byte, and the law that holds for them: an address has one answer, whether the file is read module by module or whole."""

from __future__ import annotations

import random
from contextlib import suppress
from functools import cache
from struct import iter_unpack, unpack_from

from symbolicator.debugfiles.compiling import compile_container, index_container
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.pdb.file import PdbFile
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.errors import MalformedArtifact
from tests.debugfiles.pdb.test_lazy import crowd, several
from tests.debugfiles.pdb.test_msvc import linked_late, merged
from tests.fuzz import forger
from tests.makers.pdb import PUBLIC

VALUES = (b"\0", b"\1", b"\x80", b"\xff", b"\0\0", b"\xff\xff", b"\x01\x10\0\0", b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\0\x10\0\0")
ASKED = (*range(0xFF0, 0x1200, 5), 0, 1 << 32, (1 << 64) - 1)


@cache
def originals() -> list[bytes]:
    made = [several(), crowd(2, 4), merged().build(), linked_late().build()]
    return [*made, *(path.read_bytes() for path in sorted((forger.FIXTURES / "native").glob("pdb-*/files/*.pdb")))]


def damaged(chance: random.Random) -> bytes:
    """A real file or a made one, with one to thirty slips, seldom in the head that the rest depends on."""
    data = bytearray(chance.choice(originals()))
    for _ in range(chance.choice((1, 2, 5, 12, 30))):
        at, value = chance.randrange(0 if chance.random() < 0.03 else 512, len(data) - 4), chance.choice(VALUES)
        data[at : at + len(value)] = value
    return bytes(data[: chance.randrange(len(data))] if chance.random() < 0.05 else data)


def lists_publics_in_order(container: PdbFile) -> bool:
    """Whether the list of public symbols by address, if there is one, is what it should be: else some are not found."""
    content, listed = bytes(container.msf.stream(container.dbi.symbol_stream)), bytes(container.msf.stream(container.dbi.public_stream))
    if len(listed) < 28:
        return True
    begin, size = (int.from_bytes(listed[at : at + 4], "little") for at in (0, 4))
    places = [one for (one,) in iter_unpack("<I", listed[28 + begin :][: size & -4][: (len(listed) - 28 - begin) & -4])]
    keys = [(content[one + 12 : one + 14][::-1], content[one + 8 : one + 12][::-1]) for one in places]
    every, at = set(), 0
    while at + 14 < len(content):
        length, kind = unpack_from("<HH", content, at)
        every |= {at} if kind == PUBLIC else set()
        at += 2 + length
    return keys == sorted(keys) and every == set(places)


def all_ways(data: bytes) -> None:
    with suppress(MalformedArtifact):
        identify("a.pdb", memoryview(data))
        container = open_container(memoryview(data))
        assert isinstance(container, PdbFile)
        container.symbols()
        index = NativeIndex(compile_container(container).table())
        if not lists_publics_in_order(container):
            return
        lazy = index_container(open_container(memoryview(data)))
        assert lazy.lookup_many(ASKED) == index.lookup_many(ASKED)
        assert [lazy.lookup(address) for address in ASKED[::7]] == [index.lookup(address) for address in ASKED[::7]]
