"""Stripped Go programs for Apple's systems: their own table of functions and lines."""

import pytest

from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.identify import identify
from tests.makers.go import GoFunc, go_table
from tests.makers.macho import ARM64, EXECUTE, PIE, TEXT, Maker

START = TEXT + 0x400
BREW = GoFunc(b"main.(*Brew).taste", 0x40, ((0, b"brew/main.go", 11), (0x10, b"brew/main.go", 14), (0x20, b"brew/hops.go", 3)))
MAIN = GoFunc(b"main.main", 0x20, ((0, b"brew/main.go", 300), (0x10, b"brew/main.go", 5)))


@pytest.mark.parametrize("version", [16, 18, 20])
@pytest.mark.parametrize("segment", ["__TEXT", "__DATA_CONST"])
def test_functions_files_and_lines_are_read(version, segment):
    table = go_table([BREW, MAIN], START, version, 64, True)
    content = Maker(cpu=ARM64, kind=EXECUTE, flags=PIE).code().section("__gopclntab", table, segment, TEXT + 0x4000).build()
    assert "gopclntab" in identify("brew", content).features
    index = NativeCompiler().open(Table.open(NativeCompiler().compile(content).to_bytes()))
    found = [[(one.function, one.file, one.line) for one in index.lookup(START + at)] for at in (0, 0x10, 0x20, 0x40, 0x50, 0x60)]
    assert found == [
        [("main.(*Brew).taste", "brew/main.go", 11)],
        [("main.(*Brew).taste", "brew/main.go", 14)],
        [("main.(*Brew).taste", "brew/hops.go", 3)],
        [("main.main", "brew/main.go", 300)],
        [("main.main", "brew/main.go", 5)],
        [],
    ]


def test_a_table_whose_functions_are_in_no_code_is_not_believed():
    table = go_table([BREW, MAIN], TEXT + 0x90000, 20, 64, True)
    content = Maker(cpu=ARM64, kind=EXECUTE).code().section("__gopclntab", table, "__TEXT", TEXT + 0x4000).build()
    index = NativeCompiler().open(Table.open(NativeCompiler().compile(content).to_bytes()))
    assert index.lookup(START) == []
