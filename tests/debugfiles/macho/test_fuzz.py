"""Damaged Mach-O files: only our exceptions, in bounded time."""

import random
from contextlib import suppress

from symbolicator.debugfiles.code import code_around
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.opening import open_container
from symbolicator.errors import MalformedArtifact
from tests.counting import steps
from tests.debugfiles.test_fuzz import damaged
from tests.makers.macho import ARM, ARM64, DYLIB, OBJECT, PPC, X86_64, Maker, fat, trie, zdebug

FILES = 600
STEPS = 50_000


def samples():
    for bits, little, cpu, kind in ((64, True, ARM64, DYLIB), (32, True, ARM, DYLIB), (32, False, PPC, DYLIB), (64, True, X86_64, OBJECT)):
        maker = Maker(bits, little, cpu, kind=kind).uuid(bytes(range(16))).code().starts(*range(0x400, 0x500, 8))
        maker.section("__debug_info", bytes(64)).section("__zdebug_str", zdebug(b"name\0" * 20))
        maker.exports(trie({f"_f{i}": (0, 0x400 + 8 * i) for i in range(12)}))
        for i in range(12):
            maker.symbol(f"_f{i}", 0x400 + 8 * i, kind=0x0F if i % 2 else 0x0E)
        yield bytes(maker.build())
    whole = list(samples_of_slices())
    yield bytes(fat(*whole))
    yield bytes(fat(*whole, wide=True))


def samples_of_slices():
    for cpu in (ARM64, X86_64):
        yield cpu, 0, Maker(cpu=cpu).uuid(bytes([cpu & 0xFF] * 16)).code().symbol("_f", 0x400).build()


def touch(data: memoryview) -> None:
    """Everything a reader of debug information asks for."""
    identity = identify("app", data)
    for one in identity.slices if identity else ():
        touch(data[one.offset : one.offset + one.size])
    file = open_container(data, "arm64")
    for name in (".debug_info", ".debug_str", ".debug_line"):
        file.section(name)
        file.section_address(name)
    for symbol in file.symbols():
        code_around(file, symbol.address, 8, 8)
    assert file.features is not None
    assert file.load_segments is not None
    assert len(file.warnings) <= 40


def test_damaged_files_cost_themselves_and_no_more():
    rng = random.Random(20)
    whole = list(samples())
    for turn in range(FILES):
        data = memoryview(damaged(whole[turn % len(whole)], rng))

        def act(data=data):
            with suppress(MalformedArtifact):
                touch(data)

        assert steps(act) < STEPS, turn
