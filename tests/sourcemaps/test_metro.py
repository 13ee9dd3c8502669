"""Metro's and Hermes' extensions."""

import pytest

from tests.makers.source_maps import flat, signed
from tests.sourcemaps.test_sourcemap import compiled, index_map, parse, section


def function_map(rows):
    """`rows`: line from 1, column from 0, name index."""
    text, line, column, name, first = "", 1, 0, 0, True
    for row_line, row_column, row_name in rows:
        if row_line != line and not first:
            text += ";"
            column = 0
        elif not first:
            text += ","
        text += signed(row_column - column) + signed(row_name - name) + signed(row_line - line)
        line, column, name, first = row_line, row_column, row_name, False
    return text


MAPPED = function_map([(1, 0, 0), (3, 4, 1), (3, 20, 2), (4, 1, 0), (90, 7, 2)])
METADATA = [[{"names": ["<global>", "Cart", "Cart#total"], "mappings": MAPPED}], None, [None]]


def test_a_function_map_names_by_the_greatest_lower_bound_of_the_original_position():
    document = flat([(0, 0, 0, 2, 21)], x_facebook_sources=METADATA)
    for m in (parse(document), compiled(document)):
        found = {p: m.function_name(0, *p) for p in [(0, 0), (2, 3), (2, 4), (2, 19), (2, 20), (3, 0), (3, 1), (88, 0), (89, 7), (500, 0)]}
        assert list(found.values()) == [
            "<global>",
            "<global>",
            "Cart",
            "Cart",
            "Cart#total",
            "Cart#total",
            "<global>",
            "<global>",
            "Cart#total",
            "Cart#total",
        ]
        assert [m.function_name(i, 0, 0) for i in (1, 2, 3, -1)] == [None] * 4


def test_the_line_delta_may_be_left_out():
    assert parse(flat([], x_facebook_sources=[[{"names": ["a", "b"], "mappings": "AAA,CC"}]])).function_name(0, 0, 1) == "b"


def test_function_maps_of_sections_belong_to_their_sources():
    document = index_map(
        section(0, 0, flat([], sources=["a", "b"])), section(1, 0, flat([], sources=["b", "c"], x_facebook_sources=[None, METADATA[0]]))
    )
    for m in (parse(document), compiled(document)):
        assert [m.function_name(i, 2, 4) for i in range(3)] == [None, None, "Cart"]


@pytest.mark.parametrize(
    "metadata",
    [
        [[{"names": 5, "mappings": MAPPED}]],
        [[{"names": [], "mappings": MAPPED}]],
        [[{"names": ["a"], "mappings": "!!;A;gg,AAAAAAAA,D"}]],
        [[{}]],
        [[5]],
        [5],
        [[[]]],
    ],
)
def test_broken_function_maps_cost_themselves(metadata):
    m = parse(flat([(0, 0, 0, 0, 0)], x_facebook_sources=metadata))
    assert m.lookup(0, 0).source == "a.js"
    assert "x_facebook_sources" in m.warnings[0]


def test_tables_of_react_native_are_carried():
    inner = flat([(0, 0, 0, 0, 0)])
    document = flat(
        [],
        x_metro_module_paths=["a.js", None],
        x_facebook_offsets=[0, None, 25],
        x_facebook_segments={"3": inner},
        x_hermes_function_offsets={"0": [0, 64, 512]},
    )
    for m in (parse(document), compiled(document)):
        assert m.extras.module_paths == ("a.js", None)
        assert m.extras.offsets == (0, None, 25)
        assert parse(m.extras.segments["3"]).lookup(0, 0).source == "a.js"
        assert m.extras.hermes_address("0", 1, 6) == 70
        assert m.extras.hermes_address("0", 3, 6) is None
        assert m.extras.hermes_address("1", 0, 6) is None
