"""Functions, inlined calls and names from DWARF written by hand, and from what compilers write where there is one."""

import shutil
import subprocess
import sys
from array import array
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.debugfiles.dwarf.writing import write_table
from symbolicator.debugfiles.elf.file import ElfFile
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.table import batch
from symbolicator.debugfiles.table import index as index_module
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.errors import MalformedArtifact
from tests.makers import dwarf_bytes as dw
from tests.makers import line_tables


def index(container, others=()):
    return NativeIndex(Table.open(write_table(container, Dwarf(container, others), None).to_bytes()))


def container(*units, abbrev=dw.ABBREVS, **more):
    return dw.Sections(debug_info=b"".join(units), debug_abbrev=abbrev, **more)


def names(frames):
    return [frame.function for frame in frames]


OUTER, INNER = dw.BODY_AT, dw.BODY_AT + len(dw.named("outer"))
NAMES = dw.named("outer") + dw.named("inner")


def test_an_inlined_call_shifts_the_line_of_the_call_to_the_function_around_it():
    found = index(container(dw.unit(NAMES + dw.function(0x1000, 0x20, OUTER, dw.inlined(0x1004, 4, INNER, 7)))))
    assert names(found.lookup(0x1003)) == ["outer"]
    outer, inner = found.lookup(0x1005)
    assert (outer.function, outer.line, outer.inlined) == ("outer", 7, False)
    assert (inner.function, inner.line, inner.inlined, inner.address) == ("inner", 0, True, 0x1004)
    assert names(found.lookup(0x1008)) == ["outer"]
    assert found.lookup(0x1020) == found.lookup(0xFFF) == found.lookup(2**64 - 1) == []


@pytest.mark.parametrize("order", [1, -1], ids=["before", "behind"])
def test_an_inlined_call_ends_with_its_function_and_is_in_no_other(order):
    calls = [dw.inlined(0x1010, 0x200, INNER, 7), dw.inlined(0x1104, 4, INNER, 8), dw.inlined(0x1300, 8, INNER, 9)]
    functions = [dw.function(0x1000, 0x20, OUTER, *calls), dw.function(0x1100, 0x10, INNER)]
    found = index(container(dw.unit(NAMES + b"".join(functions[::order]))))
    assert [names(found.lookup(at)) for at in (0x100F, 0x101F, 0x1020, 0x10FF)] == [["outer"], ["outer", "inner"], [], []]
    assert [names(found.lookup(at)) for at in (0x1100, 0x1105, 0x1110)] == [["inner"], ["inner"], []]
    assert names(found.lookup(0x1304)) == ["outer", "inner"]  # as GCC's DWARF 2 has code that it set apart


def test_a_length_that_reaches_round_the_end_of_32_bits_is_of_no_code():
    def number(value):
        return value.to_bytes(4, "little")

    body = dw.uleb(2) + number(0x1000) + number((1 << 32) - 0x1000) + number(OUTER - 4) + b"\0"  # as Binaryen has it: to address 0
    body += dw.uleb(2) + number(0x1010) + number(0x10) + number(INNER - 4) + b"\0"
    content = b"\4\0" + bytes(4) + b"\4" + dw.uleb(1) + b"a.c\0" + number(0x1000) + number(0x1000) + b"\x0c" + NAMES + body + b"\0"
    found = index(container(number(len(content)) + content))
    assert [names(found.lookup(at)) for at in (0x1008, 0x1018, 0x1028)] == [[], ["inner"], []]


def test_code_that_the_linker_dropped_is_not_found():
    for dropped in (0, 1, 2**64 - 1, 2**64 - 2):
        assert index(container(dw.unit(NAMES + dw.function(dropped, 0x20, OUTER)))).lookup(dropped + 1 if dropped < 9 else dropped) == []


def test_where_two_units_claim_an_address_the_first_has_it():
    found = index(container(dw.unit(NAMES + dw.function(0x1000, 0x20, OUTER)), dw.unit(NAMES + dw.function(0x1010, 0x20, INNER))))
    assert [names(found.lookup(at)) for at in (0x1000, 0x101F, 0x1020)] == [["outer"], ["outer"], ["inner"]]


def test_origins_that_point_at_themselves_end():
    here = dw.BODY_AT
    assert names(index(container(dw.unit(dw.function(0x1000, 8, here)))).lookup(0x1000)) == [None]
    chain = b"".join(dw.uleb(5) + (here + 5 * (i + 1)).to_bytes(4, "little") for i in range(40)) + dw.named("far")
    end = here + 5 * 40
    found = index(container(dw.unit(chain + dw.function(0x1000, 8, here) + dw.function(0x1010, 8, end - 5 * 10))))
    assert names(found.lookup(0x1000)) == [None]
    assert names(found.lookup(0x1010)) == ["far"]


def test_a_broken_unit_costs_itself_and_is_counted():
    good = dw.unit(NAMES + dw.function(0x1000, 0x20, OUTER))
    bad = dw.unit(dw.uleb(99) + bytes(20), low=0x2000)
    found = index(container(bad, good))
    assert names(found.lookup(0x1000)) == ["outer"]
    assert len(found.warnings) == 1
    assert "abbreviation" in found.warnings[0]


@pytest.mark.parametrize(
    "flip",
    [
        # The unit's length: too long for the section, too long for the unit, too short.
        (3, 0x7F),
        (0, 0xFF),
        (0, 9),
        # Its version and the size of its addresses.
        (4, 77),
        (10, 3),
    ],
)
def test_a_lying_header_costs_its_unit_alone(flip):
    first, second, third = (dw.unit(NAMES + dw.function(0x1000 * i, 0x20, OUTER), low=0x1000 * i) for i in (1, 2, 3))
    broken = bytearray(second)
    broken[flip[0]] = flip[1]
    found = index(container(first, bytes(broken), third))
    assert names(found.lookup(0x1000)) == names(found.lookup(0x3000)) == ["outer"]
    assert found.warnings


@pytest.mark.parametrize(
    "body",
    [
        # A million levels.
        dw.function(0x1000, 0x20, OUTER)[:-1] * 1 + dw.inlined(0x1000, 0x20, OUTER, 1)[:-1] * 60_000,
        # A LEB128 that goes on and on.
        dw.uleb(6) + b"\x80" * 100_000,
        # A block of 2**63 bytes.
        dw.uleb(6) + b"\x80" * 9 + b"\x01",
        # A code that does not end.
        b"\xff" * 1000,
    ],
)
def test_hostile_units_are_bounded(body):
    found = index(container(dw.unit(NAMES + body)))
    assert len(found.lookup(0x1000)) <= 600


@pytest.mark.parametrize(
    "abbrev", [dw.ABBREVS[:-1], dw.ABBREVS[:5], b"\x80" * 5000, dw.ABBREVS[:-1] + dw.uleb(7) + b"\x34\0" + b"\x03\x08" * 9000]
)
def test_abbreviations_without_end_are_bounded(abbrev):
    index(container(dw.unit(NAMES + dw.function(0x1000, 0x20, OUTER)), abbrev=abbrev)).lookup(0x1000)


@given(st.data())
def test_damaged_sections_raise_nothing(data):
    info = bytearray(dw.unit(NAMES + dw.function(0x1000, 0x20, OUTER, dw.inlined(0x1004, 4, INNER, 7))) * 2)
    abbrev = bytearray(dw.ABBREVS)
    for target in (info, abbrev):
        for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(target) - 1), st.integers(0, 255)), max_size=4)):
            target[at] = byte
    broken = container(bytes(info), abbrev=bytes(abbrev))
    whole, lazy = index(broken), LazyIndex(broken)
    for at in (0x1000, 0x1005, 0x1010, 0x2000):
        whole.lookup(at)
        lazy.lookup(at)


def test_what_is_no_elf_file_is_refused():
    with pytest.raises(MalformedArtifact):
        NativeCompiler().compile(memoryview(b"no ELF file" * 20))


PROGRAM = """
namespace shop {
struct Cart { __attribute__((noinline)) int price(int n); };
template <int N> struct Fold { static inline __attribute__((always_inline)) int go(int x) { return x * N + Fold<N - 1>::go(x); } };
template <> struct Fold<0> { static inline int go(int x) { return x; } };
static __attribute__((noinline)) int rare(int n) { volatile int m = n; return m + 1; }
int Cart::price(int n) { auto add = [n](int y) { return rare(y) + n; }; if (n == 7) __builtin_trap(); return Fold<3>::go(add(n)); }
}
int main(int argc, char **) { shop::Cart cart; return cart.price(argc) & 1; }
"""

WAYS = {
    "dwarf2": ["-gdwarf-2", "-gstrict-dwarf", "-O2"],
    "dwarf3": ["-gdwarf-3", "-O2"],
    "dwarf4": ["-gdwarf-4", "-O2"],
    "dwarf5": ["-gdwarf-5", "-O2"],
    "types": ["-gdwarf-4", "-fdebug-types-section", "-O2"],
    "O0": ["-g", "-O0"],
    "dwarf64": ["-g", "-gdwarf64", "-O2"],
    "lto": ["-g", "-O2", "-flto"],
}


@pytest.fixture(scope="module", params=WAYS)
def program(request, tmp_path_factory):
    if shutil.which("g++") is None or sys.platform != "linux":
        pytest.skip("no g++ here")
    folder = tmp_path_factory.mktemp("program")
    (folder / "a.cpp").write_text(PROGRAM)
    if subprocess.run(["g++", *WAYS[request.param], "a.cpp", "-o", "a"], cwd=folder, capture_output=True, check=False).returncode:
        pytest.skip("g++ cannot do this")
    return memoryview((folder / "a").read_bytes())


def oracle(data):
    """By pyelftools: the names of the function DIEs that cover each address, outer first, without what is not in the outermost call."""
    import io

    from elftools.dwarf.descriptions import describe_form_class
    from elftools.elf.elffile import ELFFile

    dwarf = ELFFile(io.BytesIO(bytes(data))).get_dwarf_info()
    lists = dwarf.range_lists()

    def name(die):
        for _ in range(16):
            if "DW_AT_name" in die.attributes:
                return die.attributes["DW_AT_name"].value.decode()
            link = next((one for one in ("DW_AT_abstract_origin", "DW_AT_specification") if one in die.attributes), None)
            if link is None:
                return None
            die = die.get_DIE_from_attribute(link)
        return None

    def ranges(die, base):
        if "DW_AT_ranges" in die.attributes:
            for entry in lists.get_range_list_at_offset(die.attributes["DW_AT_ranges"].value, die.cu):
                if type(entry).__name__ == "BaseAddressEntry":
                    base = entry.base_address
                else:
                    shift = 0 if getattr(entry, "is_absolute", False) else base
                    yield entry.begin_offset + shift, entry.end_offset + shift
        elif "DW_AT_low_pc" in die.attributes and "DW_AT_high_pc" in die.attributes:
            low, high = die.attributes["DW_AT_low_pc"].value, die.attributes["DW_AT_high_pc"]
            yield low, high.value if describe_form_class(high.form) == "address" else low + high.value

    found = {}

    def walk(die, base, around):
        chain = around
        if die.tag in {"DW_TAG_subprogram", "DW_TAG_inlined_subroutine"}:
            mine = list(ranges(die, base))
            chain = [(name(die), mine)] if die.tag == "DW_TAG_subprogram" else [*around, (name(die), mine)]
            for low, high in mine:
                for at in range(low, min(high, low + 4096)):
                    if low > 0x100 and all(any(a <= at < b for a, b in spans) for _, spans in chain[1:2]):
                        found[at] = [one for one, _ in chain]
        for child in die.iter_children():
            walk(child, base, chain)

    for cu in dwarf.iter_CUs():
        top = cu.get_top_DIE()
        walk(top, top.attributes["DW_AT_low_pc"].value if "DW_AT_low_pc" in top.attributes else 0, [])
    return found


def test_every_address_has_the_functions_that_a_walk_over_all_dies_finds(program):
    want = oracle(program)
    found = NativeIndex(Table.open(NativeCompiler().compile(program).to_bytes()))
    assert len(want) > 30
    got = {at: [name and name.rpartition("::")[2] for name in names(found.lookup(at))] for at in want}
    assert got == {at: [name and name.rpartition("::")[2] for name in chain] for at, chain in want.items()}


def test_one_by_one_in_bulk_and_cold_the_answers_are_the_same(program):
    found, elf = NativeIndex(Table.open(NativeCompiler().compile(program).to_bytes())), ElfFile(program)
    low, high = elf.executable_ranges[0][0], elf.executable_ranges[-1][1]
    addresses = array("Q", range(low - 2, high + 2))
    one_by_one = [found.lookup(at) for at in addresses]
    assert found.lookup_many(addresses) == one_by_one
    assert LazyIndex(elf).lookup_many(addresses) == one_by_one
    cold = LazyIndex(ElfFile(program))
    assert [cold.lookup(at) for at in addresses[::17]] == one_by_one[::17]


def test_thousands_at_once_have_the_answers_that_each_has(program, monkeypatch):
    found = NativeIndex(Table.open(NativeCompiler().compile(program).to_bytes()))
    low, high = ElfFile(program).executable_ranges[0][0], ElfFile(program).executable_ranges[-1][1]
    addresses = array("Q", [*range(high + 2, low - 2, -1), *range(low, high, 3), 0, 2**64 - 1])
    one_by_one = [found.lookup(at) for at in addresses]
    monkeypatch.setattr(index_module, "_THOUSANDS", 1)
    assert found.lookup_many(addresses) == one_by_one
    assert all(type(frame).__name__ == "SourceLocation" for answer in found.lookup_many(addresses) for frame in answer)
    monkeypatch.setattr(
        batch, "chains", Mock(side_effect=batch.Odd)
    )  # a table whose numbers lead nowhere: each address has its own look-up
    assert found.lookup_many(addresses) == one_by_one


def test_a_unit_read_for_some_addresses_answers_others_too(program):
    elf = ElfFile(program)
    found = NativeIndex(Table.open(NativeCompiler().compile(program).to_bytes()))
    low, high = elf.executable_ranges[0][0], elf.executable_ranges[-1][1]
    for start in range(low - 2, high + 2, 41):
        cold = LazyIndex(elf)
        for asked in (list(range(start, min(start + 30, high), 7)), [start + 3], [start]):
            assert cold.lookup_many(asked) == [found.lookup(at) for at in asked]


def test_in_bulk_addresses_that_only_symbols_know_are_answered_one_by_one(program):
    elf = ElfFile(program)
    found = NativeIndex(Table.open(write_table(elf, Dwarf(elf), ()).to_bytes()))
    addresses = [symbol.address for symbol in elf.symbols()] * 64
    answers = found.lookup_many(addresses)
    assert len(addresses) >= 64
    assert all(answer and answer[0].symbol for answer in answers)
    assert answers == [found.lookup(address) for address in addresses]


# unit: name string, low_pc addr, high_pc data4, stmt_list sec_offset
_LINES_ONLY = dw.uleb(1) + dw.uleb(0x11) + b"\0" + bytes([0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0x10, 0x17, 0, 0]) + b"\0"


def units_of_lines(*tables):
    """Units that claim the same code, each with a line table and nothing else."""
    units, at = b"", 0
    for table in tables:
        content = (4).to_bytes(2, "little") + bytes(4) + b"\x08" + dw.uleb(1) + b"a.c\0" + (0x1000).to_bytes(8, "little")
        content += (0x20).to_bytes(4, "little") + at.to_bytes(4, "little")
        units += len(content).to_bytes(4, "little") + content
        at += len(table)
    return dw.Sections(debug_info=units, debug_abbrev=_LINES_ONLY, debug_line=b"".join(tables))


def test_of_units_that_have_lines_alone_at_one_address_the_first_has_it_however_they_are_read():
    three = units_of_lines(*(line_tables.table(line_tables.sequence((0x1000, number), end=0x1020)) for number in (11, 22, 33)))
    assert [at.line for at in index(three).lookup(0x1008)] == [11]
    assert [at.line for at in LazyIndex(three).lookup(0x1008)] == [11]


@pytest.mark.parametrize("number", [0, 7])
def test_a_row_whose_file_its_table_does_not_have_leaves_the_line_to_others(number):
    lost = line_tables.set_address(0x1000) + line_tables.file(9) + line_tables.line(number - 1) + line_tables.COPY
    lost = line_tables.table(lost + line_tables.set_address(0x1020) + line_tables.END)
    both = units_of_lines(lost, line_tables.table(line_tables.sequence((0x1000, 22), end=0x1020)))
    assert [at.line for at in index(both).lookup(0x1008)] == [22]
    assert [at.line for at in LazyIndex(both).lookup(0x1008)] == [22]


@pytest.mark.parametrize("number", [0, 7])
def test_a_row_in_a_file_without_a_name_is_the_line_of_its_unit_however_it_is_read(number):
    files = line_tables.files_v5([b"/src\0"], [b"a.c\0", b"\0"], [(1, 8)], [(1, 8)])
    nameless = line_tables.table(line_tables.sequence((0x1000, number), end=0x1020), version=5, files=files)
    both = units_of_lines(nameless, line_tables.table(line_tables.sequence((0x1000, 22), end=0x1020)))
    assert index(both).lookup(0x1008) == LazyIndex(both).lookup(0x1008) == index(both).lookup_many([0x1008] * 3000)[0] == []


def test_a_reference_to_another_unit_is_as_wide_as_an_address_in_dwarf_2_alone():
    # A function whose name is the origin's in another unit: DW_FORM_ref_addr, in files of 32-bit DWARF.
    for version, width in ((2, 8), (3, 4)):
        abbrev = dw.ABBREVS[:-1] + dw.uleb(7) + dw.uleb(0x2E) + b"\0" + bytes([0x31, 0x10, 0x11, 0x01, 0x12, 0x06, 0, 0]) + b"\0"
        first = dw.unit(dw.named("origin"), version=version, low=0x8000, size=0x10)
        rows = ((0x1000, dw.BODY_AT), (0x1010, dw.BODY_AT))  # two: the second is read where the first ended
        body = b"".join(
            dw.uleb(7) + at.to_bytes(width, "little") + low.to_bytes(8, "little") + (0x10).to_bytes(4, "little") for low, at in rows
        )
        found = index(container(first, dw.unit(body, version=version), abbrev=abbrev))
        assert [names(found.lookup(at)) for at in (0x1008, 0x1018)] == [["origin"], ["origin"]], version
