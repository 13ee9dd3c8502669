"""Go's own table of functions and lines, in programs that are stripped."""

import random
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.elf.file import ElfFile
from symbolicator.debugfiles.go.pclntab import open_table
from symbolicator.debugfiles.go.sections import find_go
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.pe.file import PeFile
from tests.makers.elf import ALLOC, EXEC, GLOBAL_FUNC, NOBITS, PROGBITS, RELA, X86_64, Maker
from tests.makers.go import GoFunc, go_module, go_table, go_trees
from tests.makers.pe import BASE
from tests.makers.pe import X86 as WINDOWS_32
from tests.makers.pe import X86_64 as WINDOWS
from tests.makers.pe import Maker as Windows

FIXTURES = Path(__file__).parents[3] / "fixtures"
TEXT = 0x1000
BREW = GoFunc(b"main.(*Brew).taste", 0x40, ((0, b"brew/main.go", 11), (0x10, b"brew/main.go", 14), (0x20, b"brew/hops.go", 3)))
MAIN = GoFunc(b"main.main", 0x20, ((0, b"brew/main.go", 300), (0x10, b"brew/main.go", 5)))
LAYOUTS = [(version, bits, little) for version in (2, 16, 18, 20) for bits in (32, 64) for little in (True, False)]


def program(content, bits=64, little=True, section=".gopclntab", **kinds) -> Maker:
    """A stripped program with 0x100 bytes of code at `TEXT`, and Go's table at 0x4000."""
    maker = Maker(bits=bits, little=little, machine=X86_64)
    maker.load(0, 0x5000)
    maker.add(".text", bytes(256), PROGBITS, ALLOC | EXEC, address=TEXT)
    maker.add(section, content, address=0x4000, flags=ALLOC, **kinds)
    return maker


def answers(maker, *addresses):
    """What both ways to read a file say, which is the same."""
    content = maker.build()
    whole = NativeCompiler().open(Table.open(NativeCompiler().compile(content).to_bytes())).lookup_many(addresses)
    assert LazyIndex(ElfFile(content)).lookup_many(addresses) == whole
    return whole


def told(maker, *addresses):
    return [[(one.function, one.file, one.line) for one in frames] for frames in answers(maker, *addresses)]


@pytest.mark.parametrize(("version", "bits", "little"), LAYOUTS)
def test_functions_files_and_lines_of_every_layout_are_read(version, bits, little):
    maker = program(go_table([BREW, MAIN], TEXT, version, bits, little), bits, little)
    assert told(maker, 0xFFF, 0x1000, 0x100F, 0x1010, 0x103F, 0x1040, 0x1055, 0x1060) == [
        [],
        [("main.(*Brew).taste", "brew/main.go", 11)],
        [("main.(*Brew).taste", "brew/main.go", 11)],
        [("main.(*Brew).taste", "brew/main.go", 14)],
        [("main.(*Brew).taste", "brew/hops.go", 3)],
        [("main.main", "brew/main.go", 300)],
        [("main.main", "brew/main.go", 5)],
        [],
    ]


def test_lengths_of_code_count_in_quanta_of_instructions():
    assert told(program(go_table([BREW], TEXT, quantum=4)), 0x1014) == [[("main.(*Brew).taste", "brew/main.go", 14)]]


@pytest.mark.parametrize("version", [16, 18, 20])
def test_lines_of_inlined_code_are_not_given_to_the_function_around_it(version):
    inlining = BREW._replace(inlined=((0x10, 0x18, 0), (0x20, 0x24, 1)))
    assert told(program(go_table([inlining], TEXT, version)), 0x100F, 0x1010, 0x1018, 0x1020) == [
        [("main.(*Brew).taste", "brew/main.go", 11)],
        [("main.(*Brew).taste", None, 0), (None, "brew/main.go", 14)],
        [("main.(*Brew).taste", "brew/main.go", 14)],
        [("main.(*Brew).taste", None, 0), (None, "brew/hops.go", 3)],
    ]


# 0x20 to 0x24 is of `steep`, which `mash` calls at 0x18; that is inlined from 0x10 on, and called at 0x08.
MASHING = BREW._replace(
    rows=(
        (0, b"brew/main.go", 11),
        (0x08, b"brew/main.go", 12),
        (0x10, b"brew/hops.go", 3),
        (0x18, b"brew/hops.go", 4),
        (0x20, b"brew/malt.go", 7),
    ),
    inlined=((0x10, 0x20, 0), (0x20, 0x24, 1)),
    calls=((b"main.mash", 0x08), (b"main.steep", 0x18)),
)


def mashing(version, bits=64, little=True, moved=False, functions=(MASHING, MAIN), text=TEXT, trees_at=0x8000, trees=None):
    """A program whose inlined calls have trees at 0x8000; `moved`: its pointers are in relocations alone."""
    maker = program(go_table(functions, TEXT, version, bits, little), bits, little)
    maker.add(
        ".rodata", b"\xff" * 16 + (go_trees(functions, version, little) if trees is None else trees), PROGBITS, ALLOC, address=0x8000 - 16
    )
    module = go_module(0x4000, text, trees_at, version, bits, little)
    maker.add(".noptrdata", bytes(len(module)) if moved else module, PROGBITS, ALLOC, address=0x9000)
    if moved:
        words = {0: 0x4000, 22: text, 40 if version >= 20 else 38: trees_at}
        rows = (maker.pack("QQq" if bits == 64 else "IIi", 0x9000 + number * bits // 8, 8, value) for number, value in words.items())
        maker.add(".rela", b"".join(rows), RELA, ALLOC, address=0xA000)
    return maker


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize(("version", "bits", "little"), [layout for layout in LAYOUTS if layout[0] >= 18])
def test_inlined_calls_have_names_where_the_program_s_own_data_leads_to_their_trees(version, bits, little, moved):
    assert told(mashing(version, bits, little, moved), 0x1007, 0x1010, 0x1018, 0x1020, 0x1024, 0x1040) == [
        [("main.(*Brew).taste", "brew/main.go", 11)],
        [("main.(*Brew).taste", "brew/main.go", 12), ("main.mash", "brew/hops.go", 3)],
        [("main.(*Brew).taste", "brew/main.go", 12), ("main.mash", "brew/hops.go", 4)],
        [("main.(*Brew).taste", "brew/main.go", 12), ("main.mash", "brew/hops.go", 4), ("main.steep", "brew/malt.go", 7)],
        [("main.(*Brew).taste", "brew/malt.go", 7)],
        [("main.main", "brew/main.go", 300)],
    ]
    assert [frame.inlined for frame in answers(mashing(version, bits, little, moved), 0x1020)[0]] == [False, True, True]


UNKNOWN = [("main.(*Brew).taste", None, 0), (None, "brew/malt.go", 7)]


@pytest.mark.parametrize(
    "odd",
    [
        {"text": TEXT + 1},  # the structure is another one's
        {"trees_at": 0x7FF8},  # what is there are no names' places
        {"trees_at": 0x7FFFFFFF},  # nothing is there
        {"functions": (MASHING._replace(calls=MASHING.calls[:1]), MAIN)},  # an entry beyond the end
        {"functions": (MASHING._replace(calls=((b"main.mash", 0x08), (b"main.steep", 0x7000))), MAIN)},  # called outside of the function
        {"functions": (MASHING._replace(calls=((b"main.mash", 0x08), (b"main.steep", 0x20))), MAIN)},  # called by itself
        {"functions": (MASHING._replace(calls=((b"main.mash", 0x08), (b"", 0x18))), MAIN)},  # without a name
    ],
)
def test_a_tree_that_is_none_names_nothing_and_the_line_is_still_no_other_function_s(odd):
    assert told(mashing(20, **odd), 0x1020) == [UNKNOWN]


@pytest.mark.parametrize("section", [".data.rel.ro.gopclntab", ".data.rel.ro"])
def test_a_position_independent_program_has_the_beginning_of_code_in_a_relocation(section):
    maker = program(b"\xf1" * 24 * (section == ".data.rel.ro") + go_table([BREW], TEXT, text_start=0), section=section)
    maker.add(".go.buildinfo", b"\xff Go buildinf:", flags=ALLOC)
    at = 0x4000 + 24 * (section == ".data.rel.ro") + 24
    maker.add(".rela.dyn", maker.rela(0x2000, 0, 8, 0x1020) + maker.rela(at, 0, 8, TEXT), RELA, ALLOC)
    assert told(maker, 0x1012) == [[("main.(*Brew).taste", "brew/main.go", 14)]]


def test_where_nothing_says_where_the_code_begins_it_is_the_text_section_of_go_s_own_linker():
    maker = program(go_table([BREW], TEXT, text_start=0))
    assert told(maker, 0x1012) == [[("main.(*Brew).taste", "brew/main.go", 14)]]
    maker.add(".init", bytes(16), PROGBITS, ALLOC | EXEC, address=0xF00)  # another linker's: start files come first in .text
    assert told(maker, 0x1012) == [[]]


def test_a_table_whose_functions_are_not_where_code_is_has_no_answers():
    assert find_go(ElfFile(program(go_table([BREW], 0x9000)).build())) is None


def test_a_symbol_names_what_go_s_table_does_not_cover():
    maker = program(go_table([BREW], TEXT))
    maker.symbols([(b"crosscall2", 0x1080, 0x10, GLOBAL_FUNC, 1)])
    (brew,), (other,) = answers(maker, 0x1000, 0x1084)
    assert (brew.function, brew.line) == ("main.(*Brew).taste", 11)
    assert (other.symbol, other.line) == ("crosscall2", 0)


def test_files_are_known_to_have_go_s_table_by_their_sections():
    content = program(go_table([BREW], TEXT)).build()
    assert "gopclntab" in identify("brew", content).features
    assert "gopclntab" in ElfFile(content).features
    assert not ElfFile(content).is_stripped
    debug = program(b"", type=NOBITS, size=400).build()  # what objcopy --only-keep-debug leaves of it
    assert "gopclntab" not in identify("brew.debug", debug).features


@pytest.mark.parametrize(("machine", "bits"), [(WINDOWS, 64), (WINDOWS_32, 32)])
@pytest.mark.parametrize("version", [16, 18, 20])
def test_a_program_of_go_s_for_windows_has_the_table_among_its_read_only_data(version, machine, bits):
    maker = Windows(machine)
    maker.code()
    base = BASE if bits == 64 else 0x400000
    table = go_table([BREW, MAIN], base + TEXT, version, bits)
    maker.section(".rdata", bytes(24) + table)
    unmarked = maker.build()
    maker.section(".symtab", bytes(4))
    content = maker.build()
    assert "gopclntab" in identify("brewery.exe", memoryview(content)).features
    assert "gopclntab" not in identify("brewery.exe", memoryview(unmarked)).features
    answers = LazyIndex(PeFile(memoryview(content))).lookup_many([base + 0x1010, base + 0x1055, base + 0x1060])
    assert [[(one.function, one.file, one.line) for one in frames] for frames in answers] == [
        [("main.(*Brew).taste", "brew/main.go", 14)],
        [("main.main", "brew/main.go", 5)],
        [],
    ]


def test_a_stripped_go_program_symbolicates_an_event(tmp_path):
    path = tmp_path / "brew"
    path.write_bytes(program(go_table([BREW, MAIN], TEXT)).build_id(bytes(range(20))).build())
    image = {"type": "elf", "code_id": bytes(range(20)).hex(), "image_addr": "0x10000", "code_file": "/usr/bin/brew"}
    frames = [{"instruction_addr": "0x11046"}, {"instruction_addr": "0x11022"}]
    event = {"platform": "native", "debug_meta": {"images": [image]}, "stacktrace": {"frames": frames}}
    with Symbolicator([str(path)], cache_dir=False) as engine:
        out = engine.symbolicate(event)
    have = [(one["function"], one["filename"], one["lineno"]) for one in out["stacktrace"]["frames"]]
    assert have == [("main.main", "brew/main.go", 300), ("main.(*Brew).taste", "brew/hops.go", 3)]
    assert out["debug_meta"]["images"][0]["debug_status"] == "found"


@pytest.mark.parametrize(("version", "bits", "little"), LAYOUTS)
def test_a_damaged_table_answers_or_does_not_and_never_fails(version, bits, little):
    whole = go_table([BREW._replace(inlined=((0, 8, 0),)), MAIN], TEXT, version, bits, little)
    luck = random.Random(version + bits)
    for _ in range(150):
        damaged = bytearray(whole[: luck.randrange(len(whole) + 1)] if luck.random() < 0.3 else whole)
        for _ in range(luck.randrange(4)):
            if damaged:
                damaged[luck.randrange(len(damaged))] = luck.choice((0, 1, 0x7F, 0x80, 0xFF, luck.randrange(256)))
        answers(program(bytes(damaged), bits, little), 0x1000, 0x1012, 0x1041, 0x1061)


@pytest.mark.parametrize("version", [18, 20])
def test_damaged_trees_name_what_the_table_names_or_nothing(version):
    whole = go_trees((MASHING, MAIN), version)
    luck = random.Random(version)
    for _ in range(150):
        damaged = bytearray(whole[: luck.randrange(len(whole) + 1)] if luck.random() < 0.3 else whole)
        for _ in range(luck.randrange(4)):
            if damaged:
                damaged[luck.randrange(len(damaged))] = luck.choice((0, 1, 0x7F, 0x80, 0xFF, luck.randrange(256)))
        for frames in answers(mashing(version, trees=bytes(damaged)), 0x1010, 0x1020):
            assert {frame.function for frame in frames} <= {"main.(*Brew).taste", "main.mash", "main.steep", "main.main", None}


class Counting:
    """Pieces of a table, with the bytes that were read of it."""

    def __init__(self, content):
        self.content, self.read = memoryview(content), 0
        self.table = open_table(len(content), TEXT, self)

    def __call__(self, start, stop):
        self.read += stop - start
        return self.content[start:stop]


def long_function(name=b"f", rows=60_000):
    return GoFunc(name, rows, tuple((at, b"a.go", 1 + at % 2) for at in range(rows)))


def test_a_long_function_is_gone_over_once_and_then_from_near_the_address():
    counting = Counting(go_table([long_function()], TEXT))
    assert counting.table.lookup(TEXT + 59_999).line == 2
    before = counting.read
    for turn in range(1000):
        assert counting.table.lookup(TEXT + 59_999 - turn).line == 1 + (59_999 - turn) % 2
    assert counting.read - before < 1000 * 20_000


def test_tables_that_overlap_are_not_gone_over_without_end():
    """2000 functions whose tables begin at each other's second step: all together four steps a byte, and 4096 for each look-up."""
    functions = [GoFunc(b"f%d" % number, 60_000, ((0, b"a.go", 1),)) for number in range(2000)]
    whole = bytearray(go_table([long_function(b"f"), *functions], TEXT, version=18, bits=32))
    head = [int.from_bytes(whole[8 + 4 * i : 12 + 4 * i], "little") for i in range(8)]
    tables, rows = head[6], head[7]
    first = int.from_bytes(whole[rows + 4 : rows + 8], "little") + rows
    line = int.from_bytes(whole[first + 24 : first + 28], "little")
    for number in range(1, 2001):
        place = int.from_bytes(whole[rows + 8 * number + 4 : rows + 8 * number + 8], "little") + rows
        whole[place + 24 : place + 28] = (line + 2 * number).to_bytes(4, "little")
    counting = Counting(bytes(whole))
    assert tables < len(whole)
    for number in range(2000):
        counting.table.lookup(TEXT + 60_000 * (number + 2) - 3000)
    assert counting.read < 8 * len(whole) + 2000 * 20_000
    assert counting.table.lookup(TEXT + 4000).line == 1


def test_the_table_of_a_real_program_names_every_function_and_gives_nearly_all_a_line():
    content = memoryview((FIXTURES / "native" / "go-stripped" / "files" / "brewery").read_bytes())
    table = find_go(ElfFile(content)).table
    found = [table.lookup(start) for start in table.entries()]
    assert len(found) == 1182
    assert all(one is not None and one.start == start for one, start in zip(found, table.entries(), strict=True))
    assert {"main.main", "main.(*Brew).taste", "main.ferment[...]", "main.ferment[...].func1", "runtime.goexit"} <= {
        one.name for one in found
    }
    assert sum(one.line > 0 and one.file is not None for one in found) > 1170
