"""What Microsoft's compiler and linker do that others do not: calls that stand for several, functions folded into one, code made at link
time.
"""

from symbolicator.debugfiles.compiling import compile_container, index_container
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.table.index import NativeIndex
from tests.makers.pdb import END, INLINE_END, X86, Maker, exported, imported, inline, inlinees, lines, procedure, public, record

CLOSE, CLOSE_SITE = record(END, b""), record(INLINE_END, b"")
LENGTH, CODE, LINE, FILE, PIECE = 4, 3, 6, 5, 12
"""Annotations; `PIECE`: bytes of code, and how far from the one before they begin."""
CODE_RANGE = range(0x1000, 0x1040)


def told(maker, address):
    """(function, line) of each frame, outer first; the same whether the file is read in part or whole."""
    data = memoryview(maker.build())
    index = NativeIndex(compile_container(open_container(data)).table())
    found = index.lookup(address)
    assert index_container(open_container(data)).lookup(address) == found
    return [(one.function, one.line) for one in found]


def merged():
    """`main` calls `size` in lines 11 and 20, and each call calls `digits`: the compiler wrote one call of each."""
    maker = Maker()
    maker.functions = ["size", "digits"]
    maker.symbols = procedure("main", 0, 0x40)
    maker.symbols += inline(0x1000, PIECE, 8, 8, LINE, 2, PIECE, 8, 0x18)
    maker.symbols += inline(0x1001, PIECE, 4, 8, PIECE, 4, 0x18) + CLOSE_SITE + CLOSE_SITE + CLOSE
    maker.lines = lines(0, 0x40, [(0, 10), (8, 11), (0x10, 12), (0x20, 20), (0x28, 21)]) + inlinees((0x1000, 8, 5), (0x1001, 8, 70))
    return maker


def test_a_call_that_stands_for_several_has_the_line_of_each():
    assert told(merged(), 0x100C) == [("main", 11), ("size", 5)]
    assert told(merged(), 0x1024) == [("main", 20), ("size", 6)]
    assert told(merged(), 0x1030) == [("main", 21)]


def test_calls_inlined_into_one_that_stands_for_several_know_which_it_is():
    assert told(merged(), 0x1009) == [("main", 11), ("size", 5), ("digits", 70)]
    assert told(merged(), 0x1021) == [("main", 20), ("size", 6), ("digits", 70)]


def test_a_call_made_from_many_places_keeps_the_first_where_there_is_no_room():
    maker = Maker()
    maker.functions = ["size"]
    pieces = [number for turn in range(40) for number in (PIECE, 1, 1 if turn else 0)]
    maker.symbols = procedure("main", 0, 0x40) + inline(0x1000, *pieces) + CLOSE_SITE + CLOSE
    maker.lines = lines(0, 0x40, [(turn, 10 + turn) for turn in range(0x40)]) + inlinees((0x1000, 8, 5))
    assert told(maker, 0x1000) == [("main", 10), ("size", 5)]
    assert told(maker, 0x1003) == [("main", 13), ("size", 5)]
    assert told(maker, 0x1027) == [("main", 10), ("size", 5)]


def test_of_functions_folded_into_one_the_first_has_the_lines():
    maker = Maker()
    maker.symbols = procedure("box::clear", 0, 0x40) + CLOSE + procedure("list::clear", 0, 0x40) + CLOSE
    maker.lines = lines(0, 0x40, [(0, 10)]) + lines(0, 0x40, [(0, 20), (8, 21), (0x20, 22)])
    assert {tuple(told(maker, at)) for at in CODE_RANGE} == {(("box::clear", 10),)}


def linked_late(listed=(), known=()):
    """`main` in the first module calls a function that the second has under a number of its own."""
    maker = Maker(files=("C:\\src\\a.cpp", "m1.obj", "gone.obj"))
    maker.functions = ["first", "size"]
    at = maker.files[0].encode()
    places = len(at) + 2, len(at) + 2 + len("m1.obj") + 1
    symbols = procedure("main", 0, 0x40) + inline(0x80000000 | 1 << 20 | 1, CODE, 8, LENGTH, 8) + CLOSE_SITE + CLOSE
    body = lines(0, 0x40, [(0, 10), (8, 11)]) + inlinees((0x80000000 | 1 << 20 | 1, 0, 5))
    body += imported((places[1], [0x80000007]), (places[0], listed or [0x1000, 0x80000003]))
    other = exported(*(known or [(0x1000, 0x1000), (0x80000003, 0x1001)]))
    maker.each = [(symbols, body), (procedure("other", 0x80, 8) + CLOSE, other)]
    maker.contributions = [(0, 0, 0x40), (1, 0x80, 0x10)]
    return maker


def test_code_made_at_link_time_names_functions_of_other_modules():
    assert told(linked_late(), 0x100A) == [("main", 11), ("size", 5)]


def test_what_the_other_module_does_not_export_has_no_name():
    for maker in (linked_late(known=[(0x80000004, 0x1001)]), linked_late(listed=[0x1000, 0x1001]), linked_late(listed=[0x80000003])):
        assert told(maker, 0x100A) == [("main", 11), (None, 5)]


def test_a_function_in_assembly_has_the_name_of_its_public_symbol_and_its_lines():
    maker = Maker(X86)
    maker.lines = lines(0, 0x20, [(0, 70), (8, 71)])
    maker.publics = public("@_EH4_TransferToHandler@8", 0) + public("_after", 0x20)
    assert told(maker, 0x100C) == [(None, 71)]
    found = index_container(open_container(memoryview(maker.build()))).lookup(0x100C)[0]
    assert (found.symbol, found.file) == ("_EH4_TransferToHandler", maker.files[0])


def test_constants_in_the_code_name_no_function_and_end_the_one_before():
    maker = Maker()
    names = ("?press@@YAXXZ", "??_C@_1DA@HOOFFHMM@?$AAK@", "__real@3ff0000000000000", "__xmm@0123", "__real_name", "?next@@YAXXZ")
    maker.publics = b"".join(public(name, 0x40 * turn) for turn, name in enumerate(names))
    data = memoryview(maker.build())
    index = index_container(open_container(data))
    found = [[one.symbol for one in index.lookup(0x1008 + 0x40 * turn)] for turn in range(6)]
    assert found == [["?press@@YAXXZ"], [], [], [], ["__real_name"], ["?next@@YAXXZ"]]


def test_a_file_that_begins_within_another_one_s_name_is_no_file():
    maker = Maker()
    maker.functions = ["{ctor}"]
    # MSVC 19.16 names files by offsets that are not those of entries: here the middle of the first.
    maker.symbols = procedure("main", 0, 0x40) + inline(0x1000, FILE, 4, CODE, 8, LENGTH, 8) + CLOSE_SITE + CLOSE
    maker.lines = lines(0, 0x40, [(0, 10), (8, 11)]) + inlinees((0x1000, 8, 5)) + lines(0x80, 8, [(0, 9)], file=2)
    found = index_container(open_container(memoryview(maker.build()))).lookup(0x100A)
    assert [(one.function, one.file, one.line) for one in found] == [("main", maker.files[0], 11), ("{ctor}", None, 0)]
