"""Damaged PDBs and assemblies: only our exceptions, in bounded time. `SYMBOLICATOR_MUTANTS` runs more of them."""

import os
import random
import struct
from contextlib import suppress
from pathlib import Path

from symbolicator.artifacts.tables import Table
from symbolicator.errors import MalformedArtifact
from symbolicator.portable_pdb import Assembly, AssemblyCompiler, PdbCompiler, begins_instruction
from symbolicator.portable_pdb.identify import identify
from tests.counting import steps

FIXTURES = Path(__file__).parents[2] / "fixtures" / "dotnet"
MUTANTS = int(os.environ.get("SYMBOLICATOR_MUTANTS", "300"))
STEPS = 400_000
NASTY = (0, 1, 0x7F, 0x80, 0xC0, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)


def samples():
    for case in ("release", "embedded", "mono"):
        for path in sorted((FIXTURES / case / "files").iterdir()):
            yield path.read_bytes()
    yield bytes(Assembly(memoryview((FIXTURES / "embedded/files/harbour.dll").read_bytes())).embedded_pdb())


def interesting(data):
    """Where headers, tables and heaps begin: what all else follows from."""
    at = data.find(b"BSJB")
    places = [0x3C, 0x80, 0x98, 0x108, 0x178]
    return places + ([at, *(at + step for step in range(16, 200, 4))] if at >= 0 else [])


def mutated(data, rng, places):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.choice(places) + rng.randrange(8) if rng.random() < 0.4 else rng.randrange(len(data))
        kind = rng.randrange(5)
        if at + 8 > len(data):
            continue
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.choice((0, 0x7F, 0x80, 0xBF, 0xC0, 0xDF, 0xE0, 0xFF))
        elif kind == 2:
            struct.pack_into("<I", data, at, rng.choice(NASTY))
        elif kind == 3:
            struct.pack_into("<H", data, at, rng.choice(NASTY) & 0xFFFF)
        else:
            other = rng.randrange(len(data) - 8)
            data[at : at + 8] = data[other : other + 8]
    if rng.random() < 0.1:
        del data[rng.randrange(len(data)) :]
    return bytes(data)


def touch(data):
    """Everything that is asked of a file. Gives whether anything was answered."""
    answered = False
    with suppress(MalformedArtifact):
        identify("harbour.dll", data)
    with suppress(MalformedArtifact):
        assembly = Assembly(data)
        for row in (1, 7, 28):
            begins_instruction(assembly.code(row), 0x3F)
        assert len(assembly.checksums) <= 64
    for compiler in (PdbCompiler(), AssemblyCompiler()):
        with suppress(MalformedArtifact):
            index = compiler.open(Table.open(compiler.compile(data).to_bytes()))
            for row in (1, 2, 7, 28, 60, 1 << 20):
                if isinstance(compiler, PdbCompiler):
                    place = index.lookup(row, 7)
                    answered |= place is not None
                    index.only_line(row)
                    index.machine_of(row)
                    index.size(row)
                    if place is not None:
                        index.context(place.document, place.line - 1, 5, 5)
                        index.source_link(place.document)
                else:
                    index.method(row)
                    index.find("Program.Main")
                    answered = True
    return answered


def test_damaged_files_cost_themselves_and_no_more():
    rng = random.Random(14)
    whole = [(one, interesting(one)) for one in samples()]
    answered = 0
    for turn in range(MUTANTS):
        data = memoryview(mutated(*(one := whole[turn % len(whole)])[:1], rng, one[1]))

        def act(data=data):
            nonlocal answered
            answered += touch(data)

        assert steps(act) < STEPS, turn
    assert answered > MUTANTS / 4
