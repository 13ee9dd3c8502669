"""The same answers as others, where they and we are right: the PyPI package `sourcemap`, and `symbolic` where it is installed."""

import json

import pytest
import sourcemap
from hypothesis import given
from hypothesis import strategies as st

from tests.makers.source_maps import flat
from tests.sourcemaps.test_sourcemap import parse

rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 60), st.integers(0, 2), st.integers(0, 50), st.integers(0, 50), st.integers(-1, 2)),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[:2],
).map(lambda found: [row[:5] if row[5] == -1 else row for row in sorted(found)])
POSITIONS = [(line, column) for line in range(5) for column in range(0, 70, 3)]


@given(rows)
def test_flat_maps_answer_as_the_pypi_package_does(segments):
    document = flat(segments)
    m, theirs = parse(document), sourcemap.loads(json.dumps(document))
    for position in POSITIONS:
        try:
            token = theirs.lookup(*position)
        except IndexError:
            assert m.lookup(*position) is None
        else:
            assert m.lookup(*position) == (token.src, token.src_line, token.src_col, token.name)


@given(rows)
def test_to_index_is_what_the_pypi_package_makes(segments):
    document = flat(segments)
    ours, theirs = parse(document).to_index(), sourcemap.loads(json.dumps(document))
    assert type(ours) is type(theirs)
    assert list(ours) == list(theirs)
    assert ours.sources == theirs.sources
    assert ours.line_index == theirs.line_index
    assert ours.index == theirs.index


@given(rows)
def test_flat_maps_answer_as_symbolic_does(segments):
    symbolic = pytest.importorskip("symbolic")
    document = flat(segments)
    m, view = parse(document), symbolic.SourceMapView.from_json_bytes(json.dumps(document).encode())
    for line, column in POSITIONS:
        token, found = view.lookup(line, column), m.lookup(line, column)
        if token is not None and token.dst_line == line:  # symbolic crosses lines, which we do not
            assert found == (token.src, token.src_line, token.src_col, token.name or None)
        else:
            assert found is None
