"""Breakpad symbol files damaged line by line and byte by byte, and the law that holds for them: the kernel, compiled or as it stands, reads
the same records, and an address has one answer however it is asked for.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import random
from functools import cache
from pathlib import Path
from types import ModuleType

from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.breakpad.reading import Faults, read_records
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import breakpad_numbers as bn
from symbolicator.kernels import breakpad_records
from tests.fuzz import forger

WORDS = (
    "0",
    "1",
    "m",
    "-1",
    "ffffffffffffffff",
    "fffffffffffffffff",
    "4294967295",
    "99999999999",
    "16777215",
    "16777216",
    "zz",
    "",
    "7fffffff",
    "FUNC",
    "INLINE",
    "\0",
    "ü",
)
LARGEST = 12_000
"""Bytes of a text that is damaged: uncompiled, the kernel takes a microsecond for each."""


@cache
def originals() -> list[bytes]:
    return [path.read_bytes() for path in sorted((forger.FIXTURES / "native").glob("breakpad-*/files/*.sym"))]


def as_it_stands() -> ModuleType:
    """The kernel, uncompiled."""
    path = Path(breakpad_records.__file__).parent / "breakpad_records.py"
    loader = importlib.machinery.SourceFileLoader("breakpad_records_as_it_stands", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


PLAIN = as_it_stands()


def damaged(chance: random.Random) -> bytes:
    """A piece of a real file, with one to a dozen slips."""
    lines = chance.choice(originals()).split(b"\n")
    start = chance.randrange(len(lines))
    lines = [lines[0], *chance.choice((lines[1:], lines[start : start + 120], [line for line in lines if not line.startswith(b"STACK")]))]
    for _ in range(chance.choice((0, 1, 1, 2, 4, 12))):
        at = chance.randrange(len(lines))
        how = chance.randrange(7)
        if how == 0:
            lines[at], other = lines[chance.randrange(len(lines))], lines[at]
            lines.append(other)
        elif how == 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        elif how == 2:
            del lines[at]
        else:
            words = lines[at].split(b" ")
            words[chance.randrange(len(words))] = chance.choice(WORDS).encode()
            lines[at] = b" ".join(words)
        lines = lines or [b""]
    data = bytearray(chance.choice((b"\n", b"\n", b"\n", b"\r\n")).join(lines)[:LARGEST])
    for _ in range(chance.choice((0, 0, 1, 8))):
        if len(data) > 1:
            data[chance.randrange(len(data))] = chance.choice((0, 10, 13, 32, 48, 255, chance.randrange(256)))
    if chance.random() < 0.2:
        data = data[: chance.randrange(len(data) + 1)]
    return bytes(data)


def records(kernel: ModuleType, data: bytes) -> list[list[int]]:
    """All that a kernel makes of a text."""
    from symbolicator.debugfiles.breakpad import reading

    compiled, reading.kernel = reading.kernel, kernel  # type: ignore[attr-defined]
    try:
        (piece,) = list(read_records(memoryview(data), faults := Faults())) or [None]
    finally:
        reading.kernel = compiled  # type: ignore[attr-defined]
    if piece is None:
        return []
    count = len(piece.lines) // bn.LINE
    ranges = len(piece.intervals) // bn.INTERVAL
    entries = len(piece.entries) // bn.ENTRY
    addresses, files, numbers = (reading.zeros(code, 2 * count + 1) for code in "QII")
    nodes, starts = reading.zeros("I", bn.NODE * entries), reading.zeros("Q", entries)
    lost = kernel.nest(piece.entries, piece.intervals, ranges, reading.zeros("I", bn.MOST_LEVELS + 1))
    rows = kernel.rows(piece.lines, count, addresses, files, numbers)
    kernel.nodes(piece.entries, entries, 7, 3, nodes, starts)
    kernel.settle(nodes, bn.NODE, bn.NODE_FILE, memoryview(numbers))
    kernel.called(nodes, memoryview(reading.zeros("I", 3)))
    return [
        [lost, rows, faults.count, faults.first, faults.lines],
        *(view.tolist() for view in (*piece, addresses, files, numbers, nodes, starts)),
    ]


def all_ways(chance: random.Random, data: bytes) -> None:
    """Raises where the law is broken."""
    assert records(breakpad_records, data) == records(PLAIN, data), "the kernel reads otherwise as it stands"
    compiler = NativeCompiler()
    try:
        index = compiler.open(Table.open(compiler.compile(memoryview(data)).to_bytes()))
    except MalformedArtifact:
        return
    words = [
        word
        for line in data.split(b"\n")
        for word in line.split(b" ")[:4]
        if 0 < len(word) <= 16 and not set(word) - set(b"0123456789abcdef")
    ]
    asked = [min(int(chance.choice(words), 16) + chance.randrange(4), 2**64 - 1) for _ in range(60) if words]
    together = index.lookup_many(asked)
    for address, answer in zip(asked, together, strict=True):
        assert index.lookup(address) == answer, hex(address)
        assert not answer or not answer[0].inlined, hex(address)
        assert all(frame.inlined for frame in answer[1:]), hex(address)
