"""Breakpad symbol files, by what addresses in them answer."""

from __future__ import annotations

import pytest

from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.breakpad import compiling, reading
from symbolicator.debugfiles.breakpad.header import read_header
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.demangle import demangle
from symbolicator.errors import MalformedArtifact

MODULE = "MODULE Linux x86_64 D3096ED481217FD4C16B29CD9BC208BA0 libgauge.so"
FILES = "FILE 0 /src/a.c\nFILE 1 /src/b.h"


def index(*lines):
    text = "\n".join((MODULE, FILES, *lines)) + "\n"
    return NativeCompiler().open(Table.open(NativeCompiler().compile(memoryview(text.encode())).to_bytes()))


def told(found):
    """`name file:line` of each frame, outer first."""
    return [f"{at.function or at.symbol} {(at.file or '?').rpartition('/')[2]}:{at.line}" for at in found]


def ask(lines, address):
    return told(index(*lines).lookup(address))


def test_a_line_record_says_file_and_line_of_its_bytes():
    lines = ["FUNC 1000 10 0 fill(int)", "1000 4 6 0", "1004 c 7 1"]
    assert ask(lines, 0x1003) == ["fill(int) a.c:6"]
    assert ask(lines, 0x1004) == ["fill(int) b.h:7"]
    assert ask(lines, 0xFFF) == []
    assert ask(lines, 0x1010) == []


def test_line_records_are_the_innermost_call_s_and_call_lines_are_in_inline():
    lines = [
        "INLINE_ORIGIN 0 inner(int)", "INLINE_ORIGIN 1 innermost", "FUNC 1000 20 0 outer",
        "INLINE 0 7 0 0 1004 8", "INLINE 1 3 1 1 1006 2",
        "1000 4 6 0", "1004 2 2 1", "1006 2 9 1", "1008 18 3 1",
    ]  # fmt: skip
    assert ask(lines, 0x1000) == ["outer a.c:6"]
    assert ask(lines, 0x1005) == ["outer a.c:7", "inner(int) b.h:2"]
    assert ask(lines, 0x1007) == ["outer a.c:7", "inner(int) b.h:3", "innermost b.h:9"]
    assert ask(lines, 0x1008) == ["outer a.c:7", "inner(int) b.h:3"]


def test_a_call_may_be_inlined_in_several_ranges():
    lines = ["INLINE_ORIGIN 5 cold", "FUNC 1000 40 0 outer", "INLINE 0 7 0 5 1004 4 1020 8 1030 4", "1000 40 2 1"]
    assert [len(ask(lines, address)) for address in (0x1003, 0x1004, 0x1008, 0x1020, 0x1028, 0x1033, 0x1034)] == [1, 2, 1, 2, 1, 2, 1]


def test_calls_are_nested_by_their_ranges_wherever_their_records_stand():
    levels = ["INLINE 0 1 0 0 1000 8 1020 8", "INLINE 0 2 0 1 1010 8", "INLINE 1 3 0 2 1012 2", "INLINE 1 4 0 3 1022 2"]
    names = ["INLINE_ORIGIN 0 a", "INLINE_ORIGIN 1 b", "INLINE_ORIGIN 2 c", "INLINE_ORIGIN 3 d"]
    lines = ["FUNC 1000 40 0 outer", *levels, "1000 40 9 1", *names]
    assert ask(lines, 0x1012) == ["outer a.c:2", "b a.c:3", "c b.h:9"]
    assert ask(lines, 0x1022) == ["outer a.c:1", "a a.c:4", "d b.h:9"]


@pytest.mark.parametrize(
    "calls",
    [
        ["INLINE 1 7 0 0 1004 4"],  # nothing is inlined at level 0
        ["INLINE 1 7 0 0 1004 4", "INLINE 0 7 0 0 1004 0"],  # what is has no code
    ],
)
def test_a_call_that_nothing_around_it_could_have_made_is_left_out_and_counted(calls):
    found = index("INLINE_ORIGIN 0 stray", "FUNC 1000 10 0 outer", *calls, "1000 10 6 0")
    assert told(found.lookup(0x1005)) == ["outer a.c:6"]
    assert "were skipped: 1" in found.warnings[0]


def test_a_call_that_ended_before_made_no_further_calls():
    found = index("INLINE_ORIGIN 0 a", "FUNC 1000 10 0 f", "INLINE 0 7 0 0 1000 4", "INLINE 1 8 0 0 1008 4", "1000 10 6 0")
    assert [len(found.lookup(address)) for address in (0x1000, 0x1008)] == [2, 1]
    assert "were skipped: 1" in found.warnings[0]


def test_a_call_that_is_written_before_the_one_it_is_in_is_left_out():
    found = index("INLINE_ORIGIN 0 a", "FUNC 1000 10 0 f", "INLINE 1 8 0 0 1004 4", "INLINE 0 7 0 0 1000 8", "1000 10 6 0")
    assert told(found.lookup(0x1004)) == ["f a.c:7", "a a.c:6"]
    assert "were skipped: 1" in found.warnings[0]


def test_a_call_without_code_is_nothing_to_complain_of():
    assert not index("FUNC 1000 10 0 outer", "INLINE 0 7 0 0 1004 0", "1000 10 6 0").warnings


def test_a_call_of_an_origin_that_is_not_there_has_no_name_and_keeps_its_line():
    for origin in (9, 2**31, 2**32 - 2):
        lines = ["INLINE_ORIGIN 0 other", "FUNC 1000 10 0 outer", f"INLINE 0 7 0 {origin} 1004 4", "1000 10 6 1"]
        assert ask(lines, 0x1005) == ["outer a.c:7", "None b.h:6"]


def test_what_lies_outside_of_its_function_is_cut_off_or_left_out():
    found = index("FUNC 1000 10 0 outer", "1000 40 6 0", "2000 4 7 0", "FUNC 1010 10 0 other", "1010 10 8 0")
    assert told(found.lookup(0x1011)) == ["other a.c:8"]
    assert told(found.lookup(0x2000)) == []
    assert "were skipped: 1" in found.warnings[0]


def test_a_line_record_that_reaches_into_the_next_function_ends_before_it():
    assert ask(["FUNC 1000 10 0 f", "1000 40 6 0", "FUNC 1010 10 0 bare"], 0x1010) == ["bare ?:0"]


def test_a_call_that_reaches_beyond_its_function_ends_with_it():
    assert ask(["INLINE_ORIGIN 0 a", "FUNC 1000 10 0 f", "INLINE 0 7 0 0 1008 40", "1000 10 6 0"], 0x1010) == []


def test_between_line_records_the_line_is_not_known():
    assert ask(["FUNC 1000 10 0 f", "1000 4 6 0", "1008 8 7 0"], 0x1005) == ["f ?:0"]


def test_a_function_may_lack_lines():
    assert ask(["FUNC 1000 10 0 bare"], 0x1005) == ["bare ?:0"]


def test_a_line_of_a_file_that_is_not_there_is_no_line():
    assert ask(["FUNC 1000 10 0 f", "1000 10 6 7"], 0x1005) == ["f ?:0"]


def test_of_records_out_of_order_each_has_its_bytes():
    lines = ["FUNC 2000 10 0 late", "2008 8 2 0", "2000 8 1 0", "FUNC 1000 10 0 early", "1008 8 4 0", "1000 8 3 0"]
    assert [ask(lines, address)[0] for address in (0x2000, 0x2008, 0x1000, 0x1008)] == [
        "late a.c:1",
        "late a.c:2",
        "early a.c:3",
        "early a.c:4",
    ]


def test_a_public_symbol_reaches_to_the_next_symbol_or_function():
    lines = ["PUBLIC 1000 0 first", "PUBLIC 1010 0 second", "FUNC 1020 10 0 f", "PUBLIC 1040 0 last"]
    assert [ask(lines, at) for at in (0xFFF, 0x100F, 0x101F, 0x102F, 0x1030)] == [[], ["first ?:0"], ["second ?:0"], ["f ?:0"], []]
    assert ask(lines, 0x1FFF) == ["last ?:0"]
    assert ask(lines, 0x2000) == [], "the last one ends with its page"


def test_a_public_symbol_within_a_function_does_not_reach_beyond_it():
    assert ask(["FUNC 1000 10 0 f", "PUBLIC 1008 0 label"], 0x1010) == []


def test_a_function_without_a_size_reaches_as_far_as_a_public_symbol():
    assert ask(["FUNC 1000 0 0 thunk", "FUNC 1010 10 0 f"], 0x100F) == ["thunk ?:0"]


def test_the_mark_of_several_names_is_no_part_of_the_address():
    assert ask(["FUNC m 1000 10 0 folded", "PUBLIC m 1020 0 merged"], 0x1001) == ["folded ?:0"]
    assert ask(["FUNC m 1000 10 0 folded", "PUBLIC m 1020 0 merged"], 0x1021) == ["merged ?:0"]


@pytest.mark.parametrize("name", ["_ZN3foo3barEv", "_RNvCs_4main", "?bar@foo@@YAXXZ", "$s4main3baryyF", "__ZN3foo3barEv"])
def test_a_mangled_name_is_a_linkage_name(name):
    (found,) = index(f"FUNC 1000 10 0 {name}").lookup(0x1000)
    assert (found.function, found.symbol) == (None, name)


def test_a_demangled_name_is_the_function_s():
    (found,) = index("FUNC 1000 10 0 foo::bar(char const*) const").lookup(0x1000)
    assert found.function == "foo::bar(char const*) const"


def test_functions_and_public_symbols_are_known_by_their_names():
    found = index("FUNC 1000 10 0 fill(int)", "PUBLIC 1020 0 drain", "FUNC 1040 10 0 _ZN4tank4pumpEv")
    called = [found.symbols_called(name, demangle) for name in ("fill(int)", "drain", "tank::pump()", "_ZN4tank4pumpEv", "other")]
    assert [[(one.start, one.size) for one in each] for each in called] == [
        [(0x1000, 16)],
        [(0x1020, 32)],
        [(0x1040, 16)],
        [(0x1040, 16)],
        [],
    ]


@pytest.mark.parametrize("name", ["", "<name omitted>"])
def test_a_name_that_was_left_out_is_none(name):
    assert ask([f"FUNC 1000 10 0 {name}", "1000 10 6 0"], 0x1000) == ["None a.c:6"]


@pytest.mark.parametrize(
    "bad",
    [
        "zz 4 6 0",  # no address
        "1000 4 6",  # too few numbers
        "1000 4 -1 0",  # a line below 0
        "1000 4 4294967295 0",  # more than a line can be
        "11111111111111111 4 6 0",  # more than 64 bits
        "INLINE 0 7 0",  # no origin
        "INLINE 0 7 0 0 1000",  # half a range
        "INLINE 600 7 0 0 1000 4",  # deeper than anybody calls
        "FILE x /src/c.c",
        "FILE 99999999 /src/c.c",
        "PUBLIC zz 0 name",
        "NONSENSE",
    ],
)  # fmt: skip
def test_a_bad_line_costs_itself_and_is_counted(bad):
    found = index("FUNC 1000 10 0 f", bad, "1008 8 7 0")
    assert told(found.lookup(0x1008)) == ["f a.c:7"]
    assert found.warnings == ("lines that are damaged or outside their function were skipped: 1; the first is line 5",)


def test_a_bad_function_takes_its_lines_with_it_and_no_other():
    found = index("FUNC 1000 10 0 f", "1000 10 6 0", "FUNC 2000 zz 0 g", "2000 10 7 0", "FUNC 3000 10 0 h", "3000 10 8 0")
    assert [told(found.lookup(at)) for at in (0x1000, 0x2000, 0x3000)] == [["f a.c:6"], [], ["h a.c:8"]]
    assert ask(["FUNC 1000 10 0 f", "1000 10 6 0", "FUNC 1000 zz 0 g", "1008 8 7 0"], 0x1008) == ["f a.c:6"]


def test_records_of_stacks_and_comments_are_passed_over():
    assert not index(
        "# made by hand", "STACK CFI INIT 1000 10 .cfa: $rsp 8 +", "STACK WIN 4 1000 10 0 0 0 0 0 0 1 x", "INFO URL u"
    ).warnings


def test_lines_may_end_as_windows_ends_them():
    text = f"{MODULE}\r\nFILE 0 /src/a.c\r\nFUNC 1000 10 0 f\r\n1000 10 6 0\r\n"
    found = NativeCompiler().open(NativeCompiler().compile(memoryview(text.encode())).table())
    assert told(found.lookup(0x1000)) == ["f a.c:6"]
    assert not found.warnings


def test_paths_are_cleaned():
    assert index("FILE 2 /src/./x/../c.c", "FUNC 1000 10 0 f", "1000 10 6 2").lookup(0x1000)[0].file == "/src/c.c"


def test_a_file_in_pieces_answers_as_one_in_one(monkeypatch):
    lines = [
        f"INLINE_ORIGIN {i} inlined{i}\nFUNC {i:x}000 10 0 f{i}\nINLINE 0 7 0 {i} {i:x}004 4\n{i:x}000 10 {i} 1\nPUBLIC {i:x}100 0 p{i}"
        for i in range(1, 40)
    ]
    asked = [0x1000 * i + more for i in range(1, 41) for more in (0, 5, 0x10, 0x101)]
    whole = index(*lines).lookup_many(asked)
    monkeypatch.setattr(reading, "PIECE", 100)
    assert index(*lines).lookup_many(asked) == whole
    assert sum(map(len, whole)) == 39 * 4


def test_no_more_is_held_at_once_than_the_records_of_a_piece(monkeypatch):
    """Chrome's files have 500 MB."""
    monkeypatch.setattr(reading, "PIECE", 4096)
    rooms = []
    zeros = reading.zeros
    monkeypatch.setattr(reading, "zeros", lambda code, count: rooms.append(count) or zeros(code, count))
    index(*(f"FUNC {i:x}000 10 0 f{i}\n{i:x}000 10 {i} 1" for i in range(1, 4000)))
    assert max(rooms) < 3 * 4096


def test_a_number_that_no_writer_counts_up_to_takes_no_room(monkeypatch):
    rooms = []
    filled = compiling.filled
    monkeypatch.setattr(compiling, "filled", lambda code, count, value: rooms.append(count) or filled(code, count, value))
    assert index("FILE 16777215 /src/c.c", "FUNC 1000 10 0 f", "1000 10 6 16777215").warnings
    assert max(rooms) < 100


def test_a_module_record_that_is_cut_short_is_refused():
    with pytest.raises(MalformedArtifact, match="MODULE record"):
        NativeCompiler().compile(memoryview(b"MODULE Linux x86_64\n"))


@pytest.mark.parametrize("arch", ["arm", "armv7", "armv7s"])
def test_apple_s_names_of_arm_are_known(arch):
    assert read_header(memoryview(f"MODULE mac {arch} B8C3832869C5302F8E9F29E4BE7ED02B0 app\n".encode())).arch == "arm"
