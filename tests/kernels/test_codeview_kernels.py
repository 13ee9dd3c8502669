"""The kernels of CodeView, compiled and as they stand: the same table from the same bytes; and names as the source has them."""

import re
import sys
from array import array

from hypothesis import given
from hypothesis import strategies as st

from symbolicator.debugfiles import outline, symbols
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.pdb import compiling, dbi, inlinees, publics, reading
from symbolicator.debugfiles.table import string_heap
from symbolicator.debugfiles.table import writing as table_writing
from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import codeview_names, codeview_publics, codeview_symbols
from tests.makers import pdb as cv
from tests.makers.kernels import uncompiled

INSTALLED = [module for name, module in sys.modules.items() if name.startswith("symbolicator.kernels.")]
DECORATED = re.compile(rb"[_@]?([^@?]+)@{1,2}\d+")
"""`_name@8` of stdcall, `@name@8` of fastcall, `name@@8` of vectorcall."""


def content():
    """`main` calls `inner`, which calls `deep`; a part of `main` is elsewhere; `other` overlaps; a public symbol for one of them."""
    maker = cv.Maker()
    maker.functions = ["inner", "deep"]
    inner = cv.inline(0x1000, 6, 2, 3, 0x10, 6, 2, 3, 8, 4, 8) + cv.inline(0x1001, 3, 0x12, 4, 4) + cv.record(cv.INLINE_END, b"") * 2
    maker.symbols = cv.procedure("main", 0, 0x40) + inner + cv.separate(0x80, 0x20) + cv.record(cv.END, b"") * 2
    maker.symbols += cv.procedure("other", 0x30, 0x30) + cv.record(cv.END, b"")
    maker.lines = cv.lines(0, 0x40, [(0, 10), (0x20, 13), (0x10, 12)], columns=(1, 5, 3)) + cv.lines(0x30, 0x30, [(0, 7)], file=8)
    maker.lines += cv.inlinees((0x1000, 8, 5), (0x1001, 0, 9)) + cv.inlinees((0x1000, 0, 1), extra=(0, 8))
    maker.publics = cv.public("?main@@YAHXZ", 0) + cv.public("_late@8", 0x90)
    return maker.build()


CONTENT = content()


def table(data):
    try:
        return compiling.write_table(open_container(memoryview(data))).to_bytes()
    except MalformedArtifact as error:
        return str(error)


def test_the_example_has_functions_calls_and_lines():
    assert all(name in table(CONTENT) for name in (b"main", b"inner", b"deep", b"other", b"late", b"a.cpp"))


@given(st.lists(st.tuples(st.integers(0, len(CONTENT) - 1), st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xC0, 0xE0, 0xFF])), max_size=5))
def test_a_table_is_the_same_made_by_compiled_kernels_and_by_those_that_stand(damage):
    data = bytearray(CONTENT)
    for at, byte in damage:
        data[at] = byte
    installed = table(bytes(data))
    modules = (compiling, dbi, inlinees, outline, publics, reading, string_heap, table_writing, symbols)
    was = [(module, name, value) for module in modules for name, value in vars(module).items() if value in INSTALLED]
    try:
        for module, name, value in was:
            setattr(module, name, uncompiled()[value.__name__.rpartition(".")[2]])
        assert table(bytes(data)) == installed
    finally:
        for module, name, value in was:
            setattr(module, name, value)


def bare(name, underscore):
    """What a name is in the source."""
    found = DECORATED.fullmatch(name)
    if found is not None:
        return found[1]
    return name[1:] if underscore and name.startswith(b"_") and len(name) > 1 else name


@given(st.lists(st.text(alphabet="_@?a8", min_size=1, max_size=8), max_size=6), st.booleans())
def test_names_of_public_symbols_are_without_their_calling_convention(names, underscore):
    data = b"".join(cv.public(name, 0) for name in names)
    for kernel in (codeview_publics, uncompiled()["codeview_publics"]):
        starts, places = memoryview(array("Q", [0]) * (len(data) // 15 + 1)), memoryview(array("I", [0]) * (len(data) // 15 + 1))
        count = kernel.publics(data, memoryview(array("Q", (0x1000, 0x1000))), starts, places)
        assert starts[:count].tolist() == [0x1000] * len(names)
        text, found = memoryview(bytearray(len(data) + count)), memoryview(array("I", [0]) * count)
        used = kernel.bare(data, places[:count], underscore, text, found)
        assert bytes(text[:used]) == b"".join(bare(name.encode(), underscore) + b"\0" for name in names)


def test_records_are_found_in_blocks_wherever_they_stand():
    function = cv.record(0x1601, bytes(8) + b"inner\0")
    stream = (
        bytes(16)
        + cv.record(0x1605, bytes(4) + b"ns\0")
        + cv.record(0x1601, (0x1000).to_bytes(4, "little") + bytes(4) + b"outer\0")
        + function * 200
    )
    blocks = [stream[at : at + 16].ljust(16, b"\0") for at in range(0, len(stream), 16)]
    for kernel in (codeview_names, uncompiled()["codeview_names"]):
        numbers = memoryview(array("I", range(len(blocks) - 1, -1, -1)))
        records = [kernel.Records(b"".join(reversed(blocks)), numbers, 4, len(stream), 1 << 16) for _ in range(3)]
        index = memoryview(array("I", [0]) * 20)
        found = kernel.survey(records[0], 16, 0x1000, index)
        assert index[: 2 * found : 2].tolist() == [0x1000, 0x1040, 0x1080, 0x10C0]
        for one in records:
            one.give(index[: 2 * found])
        text, references = memoryview(bytearray(1 << 18)), memoryview(array("Q", [0]) * 4)
        wanted = memoryview(array("I", (0x1001, 0x10C5, 0x1000, 0x2000)))
        assert kernel.write(*records, wanted, 0, text, references) == 4
        assert bytes(text[:16]) == b"ns::outer\0inner\0"
        assert references.tolist() == [0, 10, *[codeview_symbols.NAMELESS] * 2]
