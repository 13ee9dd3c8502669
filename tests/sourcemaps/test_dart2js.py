"""Maps of dart2js: a statement's segment may stand at the end of the line before it, so look-ups cross lines there, and only there."""

import json

import pytest

from symbolicator.artifacts.tables import Table
from symbolicator.sourcemaps import SourceMap
from symbolicator.sourcemaps.compiling import SourceMapCompiler

# Generated line 1 (from 0) has one segment at column 4; line 3 has one at column 2.
MAP = {"version": 3, "sources": ["a.dart"], "names": ["A.b"], "mappings": ";IAEEA;;EAGE"}


def maps(value):
    data = json.dumps(value).encode()
    compiler = SourceMapCompiler()
    yield SourceMap.parse(data).index
    yield compiler.open(Table.open(compiler.compile(memoryview(data)).to_bytes()))


def places(index):
    return {(line, column): hit and hit.line for line in range(5) for column in (0, 9) for hit in [index.lookup(line, column)]}


@pytest.mark.parametrize("extension", [{}, {"minified_names": {"global": "", "instance": ""}, "frames": ""}])
def test_a_line_without_segments_takes_the_last_one_before_it(extension):
    for index in maps({**MAP, "x_org_dartlang_dart2js": extension}):
        assert places(index) == {
            (0, 0): None, (0, 9): None, (1, 0): None, (1, 9): 2, (2, 0): 2, (2, 9): 2, (3, 0): 2, (3, 9): 5, (4, 0): 5, (4, 9): 5,
        }  # fmt: skip


def test_no_other_map_is_read_so():
    for index in maps(MAP):
        assert [place for place, line in places(index).items() if line is not None] == [(1, 9), (3, 9)]


def test_nor_is_a_map_of_sections():
    section = {"offset": {"line": 0, "column": 0}, "map": {**MAP, "x_org_dartlang_dart2js": {}}}
    for index in maps({"version": 3, "sections": [section], "x_org_dartlang_dart2js": {}}):
        assert index.lookup(2, 0) is None
