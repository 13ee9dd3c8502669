"""Two speeds, one answer: a PDB read module by module, and compiled whole."""

import random
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.debugfiles.compiling import NativeCompiler, compile_container, index_container
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.pdb.msf import Msf
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.errors import MalformedArtifact
from tests.makers import pdb as cv

NATIVE = Path(__file__).parents[3] / "fixtures" / "native"
CASES = ("pdb-x64", "pdb-x86", "pdb-arm64", "pdb-publics")
CODE = range(0x1000, 0x1140)


def module(turn, stray=0):
    """Functions and lines of a module whose code begins 0x40 bytes after the one before's; with `stray` another function lies there."""
    start = 0x40 * turn
    symbols = cv.procedure(f"first{turn}", start, 0x18) + cv.inline(0x1000 + turn, 6, 2, 3, 8, 4, 8) + cv.record(cv.INLINE_END, b"")
    symbols += cv.record(cv.END, b"") + cv.procedure(f"second{turn}", start + 0x20, 0x10, cv.LPROC) + cv.record(cv.END, b"")
    if stray:
        symbols += cv.procedure(f"stray{turn}", stray, 0x20) + cv.record(cv.END, b"")
    lines = cv.lines(start, 0x30, [(0, 10 + turn), (0x10, 20), (0x20, 30)]) + cv.inlinees((0x1000 + turn, 8, 5))
    return symbols, lines


@cache
def several():
    """Four modules: the first has a function in the code of the second, the last is nowhere in the contributions."""
    maker = cv.Maker()
    maker.functions = [f"inlined{turn}" for turn in range(4)]
    maker.each = [module(0, 0x50), module(1), module(2), module(3)]
    maker.contributions = [(0, 0, 0x40), (1, 0x40, 0x38), (2, 0x80, 0x40)]
    maker.publics = b"".join(cv.public(f"?first{turn}@@YAHXZ", 0x40 * turn) for turn in range(4)) + cv.public("after", 0x110)
    return maker.build()


def answers(data, wanted):
    whole, some = open_container(memoryview(data)), open_container(memoryview(data))
    index, lazy = NativeIndex(compile_container(whole).table()), index_container(some)
    assert isinstance(lazy, LazyIndex)
    for address in wanted:
        assert lazy.lookup(address) == index.lookup(address), hex(address)
    together = index_container(open_container(memoryview(data)))
    assert together.lookup_many(list(wanted)) == index.lookup_many(list(wanted))
    for name in ("first1", "after", "second2", "?first0@@YAHXZ", "stray0"):
        assert lazy.symbols_called(name, str) == index.symbols_called(name, str)


@pytest.mark.parametrize("name", CASES)
def test_module_by_module_a_file_answers_as_it_does_whole(name):
    data = (NATIVE / name / "files" / "press.pdb").read_bytes()
    (start, end), *_ = open_container(memoryview(data)).executable_ranges
    answers(data, range(start - 2, end + 2))


def test_modules_answer_for_the_code_that_the_linker_took_from_them():
    answers(several(), CODE)
    index = index_container(open_container(memoryview(several())))

    def told(address):
        return [one.function or one.symbol for one in index.lookup(address)]

    assert told(0x100C) == ["first0", "inlined0"]
    assert told(0x1054) == ["first1"]  # and not `stray0`
    assert told(0x1062) == ["second1"]
    assert told(0x107A) == []  # the public symbol before it does not reach beyond its module's code
    assert told(0x10C4) == ["?first3@@YAHXZ"]  # the linker took nothing of the last module


def test_only_the_modules_of_the_addresses_are_read(monkeypatch):
    index = index_container(open_container(memoryview(several())))
    read = []
    stream = Msf.stream
    monkeypatch.setattr(Msf, "stream", lambda msf, number: read.append(number) or stream(msf, number))
    index.lookup(0x1045)
    index.lookup(0x1062)
    assert {number for number in read if number >= cv.FIRST_MODULE} == {cv.FIRST_MODULE + 1}


def test_names_of_inlined_functions_are_read_without_the_rest_of_their_streams(monkeypatch):
    maker = cv.Maker()
    maker.functions = [f"function{turn}" for turn in range(20_000)]
    maker.each = [module(0)]
    maker.contributions = [(0, 0, 0x40)]
    container = open_container(memoryview(maker.build()))
    joined = []
    for name in ("stream", "window"):
        monkeypatch.setattr(Msf, name, counted(getattr(Msf, name), joined))
    assert [one.function for one in index_container(container).lookup(0x100C)] == ["first0", "function0"]
    assert container.msf.size(4) > 400_000
    assert sum(size for _, size in joined) < 20_000


def crowd(modules, functions=40):
    """Modules with many functions each, and a public symbol for each function."""
    maker = cv.Maker()
    maker.functions, maker.sorts_publics = ["inlined"], True
    maker.sections = [(0x1000, 0x100 * modules * functions, cv.CODE)]
    for number in range(modules):
        starts = [(turn, 0x100 * (number * functions + turn)) for turn in range(functions)]
        symbols = [cv.procedure(f"f{number}_{turn}", start, 0x40) + inlined() + cv.record(cv.END, b"") for turn, start in starts]
        lines = [cv.lines(start, 0x40, [(0, 10 + turn), (0x10, 20 + turn)]) for turn, start in starts]
        maker.each.append((b"".join(symbols), b"".join(lines) + cv.inlinees((0x1000, 0, 5))))
        maker.contributions += [(number, start, 0x40) for _, start in starts]
        maker.publics += b"".join(cv.public(f"?f{number}_{turn}@@YAHXZ", start) for turn, start in starts)
    return maker.build()


def inlined():
    return cv.inline(0x1000, 6, 2, 3, 8, 4, 8) + cv.record(cv.INLINE_END, b"")


def test_a_look_up_reads_no_more_of_a_file_with_four_times_as_many_modules(monkeypatch):
    sizes, joined = [], []
    for name in ("stream", "window"):
        monkeypatch.setattr(Msf, name, counted(getattr(Msf, name), joined))
    for modules in (8, 32):
        container = open_container(memoryview(crowd(modules)))
        joined.clear()
        found = index_container(container).lookup(0x1000 + 0x100 * 41 + 9)
        assert [(one.function, one.symbol) for one in found] == [("f1_1", "?f1_1@@YAHXZ"), ("inlined", None)]
        known = [3, container.dbi.public_stream]  # who has which code, and the list of public symbols
        sizes.append(sum(size for number, size in joined if number not in known))
    assert sizes[1] < 1.1 * sizes[0]


def test_functions_and_public_symbols_that_were_not_asked_for_are_passed_over():
    data = bytearray(crowd(2))
    index = index_container(open_container(memoryview(bytes(data))))
    wanted = [0x1000 + 0x100 * turn + 9 for turn in (3, 4, 45)]
    expected = index.lookup_many(wanted)
    assert [one[-1].function for one in expected] == ["inlined"] * 3
    kept = [f"f{number}_{turn}".encode() for number, turn in ((0, 3), (0, 4), (1, 5))]
    spoiled = 0
    for number in range(2):
        for turn in range(40):
            name = f"f{number}_{turn}".encode()
            at = data.index(b"\0" + name + b"\0") + 1
            if name not in kept:
                data[at : at + len(name)] = b"!" * len(name)
                body = data.index(cv.INLINE.to_bytes(2, "little"), at) - 2
                data[body : body + 2] = b"\xff\xff"  # a record that reaches beyond the module
                spoiled += 1
    assert spoiled == 77
    assert index_container(open_container(memoryview(bytes(data)))).lookup_many(wanted) == expected


def test_a_file_with_many_functions_answers_as_it_does_whole():
    data = crowd(3, 5)
    answers(data, range(0x1000, 0x1000 + 0x100 * 15, 0x20))


@given(st.lists(st.integers(0, 1 << 32), max_size=20))
def test_a_list_of_public_symbols_in_any_order_names_no_function_wrongly(numbers):
    data = bytearray(crowd(2, 4))
    container = open_container(memoryview(bytes(data)))
    listed = container.msf.size(container.dbi.public_stream) - 44
    at = bytes(data).index(bytes(container.msf.window(container.dbi.public_stream, 44, listed)))
    for turn, number in enumerate(numbers[: listed // 4]):
        data[at + 4 * turn : at + 4 * turn + 4] = min(number, 0xFFFFFFFF).to_bytes(4, "little")
    for address, found in zip(
        range(0x1000, 0x1800, 0x100),
        index_container(open_container(memoryview(data))).lookup_many(range(0x1000, 0x1800, 0x100)),
        strict=True,
    ):
        turn = (address - 0x1000) >> 8
        name = f"f{turn // 4}_{turn % 4}"
        assert [(one.function, one.symbol) for one in found] in ([(name, f"?{name}@@YAHXZ")], [(name, name)])


def counted(function, joined):
    def call(*arguments):
        found = function(*arguments)
        joined.append((arguments[1], len(found)))
        return found

    return call


def test_without_contributions_the_first_module_that_knows_a_function_has_it():
    maker = cv.Maker()
    maker.each = [module(0), (cv.procedure("same", 0, 0x30) + cv.record(cv.END, b""), b"")]
    data = maker.build()
    answers(data, CODE)
    assert index_container(open_container(memoryview(data))).lookup(0x1004)[0].function == "first0"


@given(
    st.lists(st.tuples(st.integers(cv.BLOCK, len(several()) - 1), st.sampled_from([0, 1, 2, 4, 0x10, 0x40, 0x80, 0xC0, 0xFF])), max_size=6)
)
def test_damaged_files_answer_the_same_at_both_speeds(damage):
    data = bytearray(several())
    for at, byte in damage:
        data[at] = byte
    try:
        NativeCompiler().compile(memoryview(bytes(data)))
    except MalformedArtifact:
        return
    answers(bytes(data), CODE[::3])


def test_contributions_of_modules_that_are_not_there_are_passed_over():
    maker = cv.Maker()
    maker.each = [module(0)]
    maker.contributions = [(0, 0, 0x40), (7, 0x40, 0x40), (0xFFFF, 0x80, 0x40)]
    answers(maker.build(), CODE)


def test_contributions_over_each_other_are_parted_in_order():
    maker = cv.Maker()
    maker.each = [module(0), module(1)]
    chance = random.Random(8)
    maker.contributions = [(chance.randrange(2), chance.randrange(0x80), chance.randrange(1, 0x60)) for _ in range(40)]
    container = open_container(memoryview(maker.build()))
    ranges = container.dbi.claims.ranges.tolist()
    ends = [0, *ranges[1::3]]
    assert all(end <= start < stop for end, start, stop in zip(ends, ranges[::3], ranges[1::3], strict=False))
    answers(maker.build(), CODE)
