"""Native files damaged where it matters, and the law that holds for them: however a file is read, an address has one answer.

Read whole, unit by unit (all at once, one by one and in any order, for a few addresses or for all), by compiled kernels or the same files
uncompiled.
"""

from __future__ import annotations

import random
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from benchmarks.fuzz_native import FIXTURES, LEBS, Layout, elf_files, mutated, number
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.open_files import OpenFile
from symbolicator.debugfiles.opening import open_container
from symbolicator.errors import MalformedArtifact

READ = ("info", "abbrev", "line", "ranges", "rnglists", "addr", "str_off", "types", "_index")
LARGEST = 150_000


@cache
def originals(largest: int = LARGEST) -> list[Path]:
    return [path for path in elf_files(FIXTURES) if path.stat().st_size < largest]


def damaged(chance: random.Random, data: bytes) -> bytes:
    """One to eight slips in what DWARF's readers go by; now and then the mutations of files as a whole."""
    if chance.random() < 0.25:
        return mutated(chance, data)
    out, layout = bytearray(data), Layout(data)
    sections = [layout.sections[name] for name in layout.sections if name.startswith(".debug_") and any(word in name for word in READ)]
    for _ in range(chance.choice((1, 1, 2, 4, 8)) if sections else 0):
        start, size, _ = chance.choice(sections)
        at = start + chance.randrange(min(size, 80) if chance.random() < 0.3 else size)
        how = chance.random()
        if how < 0.5:
            out[at] = chance.choice((out[at] ^ 1 << chance.randrange(8), chance.randrange(256), 0, 0x7F, 0x80, 0xFF))
        elif how < 0.8:
            number(chance, out, at, chance.choice((1, 2, 4, 8)), layout.order)
        else:
            long = chance.choice(LEBS)
            out[at : at + len(long)] = long[: max(0, len(out) - at)]
    return bytes(out)


def case(seed: str, largest: int = LARGEST) -> tuple[random.Random, list[bytes]]:
    """A damaged file, and what belongs to it."""
    chance = random.Random(seed)
    path = chance.choice(originals(largest))
    beside = [one for one in originals() if one.parent == path.parent and one != path and one.suffix in {".dwo", ".dwp", ".common"}]
    return chance, [damaged(chance, path.read_bytes()), *(one.read_bytes() for one in beside)]


def digest(seed: str) -> str:
    """What is compiled of a case, in one word; why it is refused."""
    _, contents = case(seed, 40_000)
    try:
        return blake2b(NativeCompiler().compile(*map(memoryview, contents)).to_bytes(), digest_size=8).hexdigest()
    except MalformedArtifact as error:
        return str(error)


def all_ways(chance: random.Random, contents: list[bytes]) -> int:
    """Holds the law on a file; how many addresses were answered. Raises AssertionError, and what a reader raises that is not ours."""
    views = list(map(memoryview, contents))

    def opened(make: Any) -> Any:
        try:
            return make()
        except MalformedArtifact:
            return None

    whole = opened(lambda: NativeCompiler().open(NativeCompiler().compile(*views).table()))
    lazy = opened(lambda: LazyIndex(open_container(views[0]), [open_container(view) for view in views[1:]]))
    assert (whole is None) == (lazy is None), "one way refuses the file"
    if whole is None:
        return 0
    starts = whole._table.column("starts").tolist()
    asked = {start + shift for start in chance.sample(starts, min(150, len(starts))) for shift in (-1, 0, 1)}
    asked |= {chance.randrange(0x1000, 0x8000) for _ in range(10)}
    addresses = sorted(address for address in asked if 0 <= address < 1 << 64)
    want = [whole.lookup(address) for address in addresses]
    kept = LazyIndex.kept(OpenFile(lambda: views), lambda compiler, _: compiler.open(compiler.compile().table()))
    mixed = chance.sample(range(len(addresses)), len(addresses))
    one_by_one = {turn: kept.lookup(addresses[turn]) for turn in mixed}
    few = chance.sample(range(len(addresses)), min(7, len(addresses)))
    short = LazyIndex(open_container(views[0]), [open_container(view) for view in views[1:]])
    for name, have, wanted in (
        ("many at once", whole.lookup_many(addresses), want),
        ("unit by unit", lazy.lookup_many(addresses), want),
        ("one by one", [one_by_one[turn] for turn in range(len(addresses))], want),
        ("a few", short.lookup_many([addresses[turn] for turn in few]), [want[turn] for turn in few]),
    ):
        for address, found, right in zip(addresses if wanted is want else [addresses[turn] for turn in few], have, wanted, strict=True):
            assert found == right, f"{name}, {address:#x}: {found} where the whole file says {right}"
    return sum(map(bool, want))
