"""Damaged Mach-O files: only our exceptions, in bounded time."""

import random
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from symbolicator.artifacts.tables import Table
from symbolicator.artifacts.text import TextCompiler
from symbolicator.debugfiles.archives import members_of
from symbolicator.debugfiles.code import code_around
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.debugfiles.macho.debug_map import DebugMapCompiler
from symbolicator.debugfiles.macho.hidden_names import HiddenNames, identify_symbol_map
from symbolicator.debugfiles.macho.placing import PlacingCompiler
from symbolicator.debugfiles.opening import open_container
from symbolicator.errors import MalformedArtifact
from tests.counting import steps
from tests.debugfiles.test_fuzz import damaged
from tests.makers.macho import ARM, ARM64, CODE, DYLIB, OBJECT, PPC, TEXT, X86_64, Maker, fat, trie, zdebug

FILES = 600
STEPS = 50_000
LINKED = 150
LINKED_STEPS = 200_000
DEBUG_MAP = Path(__file__).parents[3] / "fixtures" / "native" / "macho-debug-map" / "files"


def samples():
    for bits, little, cpu, kind in ((64, True, ARM64, DYLIB), (32, True, ARM, DYLIB), (32, False, PPC, DYLIB), (64, True, X86_64, OBJECT)):
        maker = Maker(bits, little, cpu, kind=kind).uuid(bytes(range(16))).code().starts(*range(0x400, 0x500, 8))
        maker.section("__debug_info", bytes(64)).section("__zdebug_str", zdebug(b"name\0" * 20))
        maker.exports(trie({f"_f{i}": (0, 0x400 + 8 * i) for i in range(12)}))
        maker.section("__stubs", bytes(0x30), "__TEXT", maker.base + 0x600, CODE | 8, (1, 0x10))
        maker.indirect = [0, 1, 2, 3]
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


class Given(NamedTuple):
    """A file in hand, as an artifact."""

    content: memoryview

    def read(self):
        return self.content


def touch_linked(linked, whole, archive):
    """All that is asked of a linked file's debug map, an object file and an archive."""
    compiler = DebugMapCompiler()
    debug_map = compiler.open(Table.open(compiler.compile(linked).to_bytes()))
    for number in range(debug_map.objects):
        assert debug_map.time(number) >= 0
        assert debug_map.path(number) is not None
        functions = debug_map.functions_of(number)
        for by_code in (True, False):
            with suppress(MalformedArtifact):
                placing = PlacingCompiler(lambda functions=functions: functions, Given(linked), Given(whole), by_code=by_code)
                placed = placing.open(Table.open(placing.compile().to_bytes()))
                for one in functions:
                    placed.function_at(one.start)
    for address in (0, TEXT, TEXT + 0x500, (1 << 64) - 1):
        debug_map.object_at(address)
    assert all(one.offset + one.size <= len(archive) for one in members_of(archive))


def test_a_damaged_debug_map_object_or_archive_costs_itself_and_no_more():
    rng = random.Random(21)
    whole = [(DEBUG_MAP / name).read_bytes() for name in ("libkiln.dylib", "smoker.o", "libkiln.a")]
    for turn in range(LINKED):
        files = [memoryview(damaged(one, rng) if turn % 3 == place else one) for place, one in enumerate(whole)]

        def act(files=files):
            with suppress(MalformedArtifact):
                touch_linked(*files)

        assert steps(act) < LINKED_STEPS, turn


def test_a_damaged_list_of_hidden_names_shows_what_it_has():
    rng = random.Random(22)
    names = b"BCSymbolMap Version: 2.0\n" + b"\n".join(b"-[Gate open%d]" % i for i in range(40))
    plist = b"<plist><key>DBGOriginalUUID</key><string>6A0AFE0F-69B4-39AD-9F42-CED873BD43B9</string></plist>"
    for _ in range(FILES):
        content = memoryview(damaged(names, rng))
        identify_symbol_map("3C28A1AA-6B94-3239-AA75-AB67454DC7F2.bcsymbolmap", content)
        identify_symbol_map("3C28A1AA-6B94-3239-AA75-AB67454DC7F2.plist", memoryview(damaged(plist, rng)))
        with suppress(MalformedArtifact):
            shown = HiddenNames(TextCompiler().open(TextCompiler().compile(content).table())).shown
            for number in (0, 7, 39, 40, 10**8):
                assert shown(SourceLocation(f"__hidden#{number}_", None, f"/a/__hidden#{number}_", 1, 1, None, None, 0, False))


def test_damaged_files_cost_themselves_and_no_more():
    rng = random.Random(20)
    whole = list(samples())
    for turn in range(FILES):
        data = memoryview(damaged(whole[turn % len(whole)], rng))

        def act(data=data):
            with suppress(MalformedArtifact):
                touch(data)

        assert steps(act) < STEPS, turn
