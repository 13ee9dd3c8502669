"""The kernels of units and of merging, compiled and as they stand: the same numbers from the same bytes."""

import re
import sys
from array import array
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from symbolicator.debugfiles.dwarf import functions, info, line_files, line_rows, lines, names, painting, split, units, writing
from symbolicator.debugfiles.table import string_heap
from symbolicator.debugfiles.table import writing as table_writing
from symbolicator.kernels import dwarf_line_tables, dwarf_lines, dwarf_merge, native_layers
from tests.makers import dwarf_bytes as dw
from tests.makers.kernels import uncompiled

PLAIN_MERGE = uncompiled()["dwarf_merge"]
INSTALLED = [module for name, module in sys.modules.items() if name.startswith("symbolicator.kernels.")]
NAMES = dw.named("outer") + dw.named("inner")
INFO = dw.unit(NAMES + dw.function(0x1000, 0x20, dw.BODY_AT, dw.inlined(0x1004, 4, dw.BODY_AT + 7, 7)), language=4)


def table(debug_info, abbrev):
    container = dw.Sections(debug_info=debug_info, debug_abbrev=abbrev)
    return writing.write_table(container, info.Dwarf(container), None).to_bytes()


@given(st.data())
def test_a_table_is_the_same_made_by_compiled_kernels_and_by_those_that_stand(data):
    debug_info, abbrev = bytearray(INFO * 2), bytearray(dw.ABBREVS)
    for target in (debug_info, abbrev):
        for at, byte in data.draw(
            st.lists(st.tuples(st.integers(0, len(target) - 1), st.sampled_from([0, 1, 127, 128, 255, 0x16, 0x21])), max_size=4)
        ):
            target[at] = byte
    installed = table(bytes(debug_info), bytes(abbrev))
    modules = (writing, info, functions, names, split, units, painting, lines, line_rows, line_files, string_heap, table_writing)
    was = [(module, name, value) for module in modules for name, value in vars(module).items() if value in INSTALLED]
    try:
        for module, name, value in was:
            setattr(module, name, uncompiled()[value.__name__.rpartition(".")[2]])
        assert table(bytes(debug_info), bytes(abbrev)) == installed
    finally:
        for module, name, value in was:
            setattr(module, name, value)


@given(
    st.lists(st.sampled_from([b"\0\5\2", b"\0\x09\2", b"\0", b"\5\2", b"\x10\0\0\0", b"\x20\0\0\0\0\0\0\0", b"\x31"]), max_size=12).map(b"".join),
    st.booleans(),
    st.integers(1, 3),
)
def test_sequences_that_begin_between_claims_are_found_by_the_bytes_of_set_address(line, big, room):
    order, wanted = "big" if big else "little", []
    for found in re.finditer(rb"(?s)\x00(?:\x05\x02(?=(.{4}))|\x09\x02(?=(.{8})))", line):
        address = int.from_bytes(found[1] or found[2], order)
        if 8 <= address < 1 << 40 and not 0x10 <= address < 0x20:
            wanted.append((address, found.start()))
    bounds, starts, ends = array("Q", [8, 1 << 40]), array("Q", [0x10]), array("Q", [0x20])
    for kernel in (dwarf_line_tables, uncompiled()["dwarf_line_tables"]):
        addresses, places = array("Q", [0] * room), array("Q", [0] * room)
        have, at, count = [], 0, room
        while count == room:
            count = kernel.begun(kernel.Lines(line, b"", big), at, bounds, starts, ends, addresses, places)
            have += zip(addresses[:count], places[:count], strict=True)
            at = places[count - 1] + 1
        assert have == wanted


interval = st.tuples(st.integers(0, 40), st.integers(1, 20))


@given(
    st.lists(interval, max_size=12),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([0, 1, 0xFFFFFFFF])), max_size=10),
    st.booleans(),
)
def test_painting_gives_each_address_its_innermost_owner_and_line(spans, lines, residual):
    lines = [*sorted({at: (file, at + 1) for at, file in lines}.items()), (70, (4294967295, 0))]
    answers = []
    for layers, kernel in ((native_layers, dwarf_lines), (uncompiled()["native_layers"], uncompiled()["dwarf_lines"])):
        entries = array("Q", [0] * 9 * max(len(spans), 1))
        for i in range(len(spans)):
            entries[9 * i + 1] = 1 << 32 | 0xFFFFFFFF
        intervals = array("Q", [n for i, (start, size) in enumerate(spans) for n in (start, start + size, i)])
        room = 4 * len(spans) + len(lines) + 8
        rows, places, chunks = array("Q", [0] * room), array("I", [0] * 4 * room), array("Q", [0] * 5 * room)
        columns = [array("Q", [at for at, _ in lines])] + [
            array("I", [row[part] if part < 2 else 0 for _, row in lines]) for part in range(3)
        ]
        painted, width = layers.Painted(), 5 * room
        painted.give(rows, places, chunks)
        sweep = layers.Sweep(*(array("I", [0] * width) for _ in range(3)), array("Q", [0] * width), array("Q", [0] * (4 * room)))
        turn = array("Q", [0, len(spans), 0, len(lines), 0, 0, 2, 5, residual])
        layers.paint(
            layers.Functions(entries, array("Q", [0] * max(len(spans), 1)), intervals), kernel.Columns(*columns), turn, sweep, painted
        )
        out_rows, out_places = array("Q", [0] * (5 * room + 1)), array("I", [0] * 4 * (5 * room + 1))
        count = layers.combine(chunks[: 5 * painted.chunk], rows, places, sweep, out_rows, out_places)
        answers.append((out_rows[:count].tolist(), out_places[: 4 * count].tolist()))
    assert answers[0] == answers[1]
    starts, flat = answers[0]
    assert starts == sorted(set(starts))
    for at in range(80):
        owner = max((i for i, (start, size) in enumerate(spans) if start <= at < start + size), default=0xFFFFFFFF)
        file, line = next((row for start, row in reversed(lines) if start <= at), (0xFFFFFFFF, 0))
        if file == 0xFFFFFFFF or (owner == 0xFFFFFFFF and not residual):
            file, line = 0xFFFFFFFF, 0
        row = sum(start <= at for start in starts) - 1
        assert (flat[4 * row : 4 * row + 3] if row >= 0 else [0xFFFFFFFF, 0xFFFFFFFF, 0]) == [owner, file, line]


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 3)), max_size=60))
def test_numbering_is_alike_compiled_and_not(pairs):
    results = []
    for kernel in (dwarf_merge, PLAIN_MERGE):
        kept, index = array("Q", [0] * 2 * (len(pairs) + 1)), array("I", [0] * (len(pairs) + 1))
        flat = array("Q", [n for pair in pairs for n in pair])
        results.append((kernel.distinct(flat, array("I", [0] * 256), kept, index), kept.tolist(), index.tolist()))
    assert results[0] == results[1]
    assert results[0][0] == len(set(pairs))


@given(st.lists(st.integers(0, 50), max_size=100))
def test_sorting_is_by_key_and_leaves_equal_ones_in_order(keys):
    records = memoryview(array("Q", [number for key in [9, *keys] for number in (key, 0, 0)]))
    order, spare = (memoryview(array("I", [0] * len(keys))) for _ in range(2))
    uncompiled()["sorting"].sort(records, 3, 1, len(keys), order, spare)
    assert order.tolist() == sorted(range(len(keys)), key=keys.__getitem__)


@given(st.lists(st.tuples(interval, st.booleans()), max_size=12), st.lists(interval, max_size=6))
def test_lines_beyond_given_ranges_are_found(chunks, ranges):
    covered = sorted({at for start, size in ranges for at in range(start, start + size)})
    starts = array("Q", [at for at in covered if at - 1 not in covered])
    ends = array("Q", [at + 1 for at in covered if at + 1 not in covered])
    flat = array("Q", [n for (start, size), alone in chunks for n in (start, start + size, 0, 1, alone << 31)])
    wanted = [i for i, ((start, size), alone) in enumerate(chunks) if alone and not {*range(start, start + size)} <= {*covered}]
    for kernel in (native_layers, uncompiled()["native_layers"]):
        out = array("I", [0] * len(chunks))
        assert out[: kernel.beyond(flat, len(chunks), starts, ends, out)].tolist() == wanted


@given(st.lists(st.tuples(interval, st.integers(0, 3)), max_size=12))
def test_intervals_are_put_together_by_owner(spans):
    flat = array("Q", [n for (start, size), owner in spans for n in (start, start + size, owner)])
    for kernel in (native_layers, uncompiled()["native_layers"]):
        order, spare, firsts = array("I", [0] * len(spans)), array("I", [0] * len(spans)), array("I", [0] * 5)
        starts, ends = array("Q", [0] * len(spans)), array("Q", [0] * len(spans))
        found = kernel.by_owner(flat, len(spans), order, spare, firsts, starts, ends)
        assert firsts[4] == found
        for owner in range(4):
            ranges = list(zip(starts, ends, strict=True))[firsts[owner] : firsts[owner + 1]]
            assert all(one[1] < other[0] for one, other in pairwise(ranges))
            covered = {at for (start, size), whose in spans for at in range(start, start + size) if whose == owner}
            assert {at for start, end in ranges for at in range(start, end)} == covered


NEWER = [
    "_ZN4shop5priceITkNS_5SmallEiEEiT_",
    "_Z4rateIiQ5SmallIT_EEiS0_",
    "_ZN1AC2EvQ1B",
    "_ZZ4mainENKUlTyT_E_clIiEEDaS_",
    "_Z1fITpTyJiEEvv",
    "_ZN1AW3mod1fEv",
    "_ZNH1A1fES_",
    "_ZNSt3__110__distanceB9nqn230105IPcTnNS_9enable_ifIXsr4__hasIT_EE5valueEiE4typeELi0EEEvv",
    "_Z1fPU3AS1c",
    "__Z1fITkiEvv",
]
OLDER = [
    "_ZN5Quick4TypeEv",
    "_ZN2TyC1Ev",
    "_Z3fooILi5EEvT_",
    "_Z3fooILin5EEvT_",
    "_ZN4core3ptr5QueueE17h0123456789abcdefE",
    "_Z1fPA10_c",
    "_ZN1A3QueES0_",
    "main",
    "Quick",
    "_RNvC1Q1f",
    "Z1Q",
]


def test_names_that_demanglers_may_not_know_are_told_without_being_misled_by_what_stands_in_names():
    names = [*NEWER, *OLDER]
    section = b"\0".join(name.encode() for name in names) + b"\0"
    places = [section.index(name.encode() + b"\0") for name in names]
    file = 3 << 44
    pairs = array("Q", [number for place in places for number in (0, 1 << 60 | file | place)])
    pairs.extend((0, 2 << 60 | file | places[0], 0, 1 << 60 | 4 << 44 | places[0], 0, 1 << 60 | file | len(section)))  # others', and beyond
    for kernel in (dwarf_merge, PLAIN_MERGE):
        out = array("I", [0] * (len(pairs) // 2))
        found = kernel.newer(memoryview(section), 1 << 60 | file, pairs, out)
        assert [names[at] for at in out[:found]] == NEWER


@given(st.binary(max_size=40).map(lambda tail: b"_Z" + tail))
def test_telling_newer_names_is_alike_compiled_and_not(section):
    answers = []
    for kernel in (dwarf_merge, PLAIN_MERGE):
        out = array("I", [0])
        answers.append(kernel.newer(memoryview(section), 0, array("Q", [0, 0]), out))
    assert answers[0] == answers[1]


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=8), st.sets(st.integers(1, 5)))
def test_a_linkage_name_that_cannot_be_read_gives_way_to_the_origin_s_and_then_to_the_entry_itself(rows, without):
    entries = array("Q", [number for at, (name, linkage, _) in enumerate(rows) for number in (100 + at, 0, 0, name, linkage, 0, 0, 0, 0)])
    found = array("Q", [number for at, row in enumerate(rows) for number in (50 + at, row[2], 200 + at, 0, 0)])
    index = array("I", range(len(rows)))
    for kernel in (dwarf_merge, PLAIN_MERGE):
        pairs = array("Q", [0] * 2 * len(rows))
        kernel.label(entries, len(rows), 7 << 44, index, found, array("Q", sorted(without)), pairs)
        for at, (name, own, other) in enumerate(rows):
            linkage = own if own and own not in without else other if other not in without else 0
            holder = 8 << 60 | 7 << 44 | (100 + at) if name else 200 + at
            assert pairs[2 * at : 2 * at + 2].tolist() == [name or 50 + at, linkage or holder]
