"""Maps whose rows are decoded where they are asked for answer like their compiled tables."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.sourcemaps import SourceMap
from symbolicator.sourcemaps.sampled import Sampled
from tests.counting import peak_bytes
from tests.makers.source_maps import dumps, flat
from tests.sourcemaps.test_sourcemap import compiled

column = st.integers(0, 30)
whole = st.lists(st.tuples(st.integers(0, 3), column, st.integers(0, 2), st.integers(0, 3), column, st.integers(0, 2)), max_size=12)


def rows_of(segments, times):
    """Segments of many lines, some without a source, some without a name, some at one place; as they come, lines may be unsorted."""
    rows = []
    for turn in range(times):
        for line, at, *original in sorted(segments, key=lambda each: each[0]):
            rows.append((4 * turn + line, at, *original[: (4, 3, 0)[(line + at) % 3]]))
    return rows


def answers(index, line, column):
    """All that the rules of `Lookups` say of one place."""
    return (
        index.lookup(line, column),
        index.first_at(line, column),
        index.run_around(line, column),
        index.knows_columns(line, column),
        index.last_column(line),
        index.only_line(line),
        index.frames(line, column),
        index.delegate(line, column),
        index.section_at(line),
    )


def holdings(index):
    """All that it says of its sources and their texts."""
    return [
        (index.source(i), index.is_ignored(i), index.has_content(i), index.content(i), index.content_digest(i), index.context(i, 1, 1, 2))
        for i in range(index.source_count)
    ]


TEXTS = ["a\n\tb\r\nc\u2028d\U0001f600", None, "", "\ud83d", 7, ["x"]]


@given(whole, st.integers(1, 120), st.data(), st.permutations(TEXTS), st.sampled_from(["sorted", "unsorted", "broken", "ranges", "sections", "escaped", "strict"]))
def test_a_map_in_memory_answers_like_its_table(segments, times, data, texts, kind):
    rows = rows_of(segments, times)
    more = {} if kind == "strict" else {"sourcesContent": texts[:4], "x_facebook_offsets": [1, None], "debugId": 32 * "a"}
    document = flat(sorted(rows, key=lambda row: row[:2]) if kind != "unsorted" else rows, ignoreList=[1], **more)
    if kind == "broken":
        document["mappings"] += ",AA,AAAAAA,A!,AAAAZ;AAAA"
    elif kind == "ranges":
        document["rangeMappings"] = "B"
    elif kind == "sections":
        places = [{"line": 0, "column": 0}, {"line": 3, "column": 7}, {"line": 4 * times, "column": 0}]
        document = {"version": 3, "sections": [{"offset": place, "map": document} for place in places]}
    text = dumps(document)
    if kind == "escaped":
        text = text.replace(b'"mappings": "', b'"mappings": "\\u003b')
    live = SourceMap.parse(text, strict=kind == "strict")
    table = compiled(document) if kind != "escaped" else compiled({**document, "mappings": ";" + document["mappings"]})
    assert (live.index.row_count, live.warnings, len(list(live))) == (table.row_count, table.warnings, table.row_count)
    assert (live.index.line_count, live.extras, live.debug_id) == (table.line_count, table.extras, table.debug_id)
    assert holdings(live.index) == holdings(table)
    lines = [data.draw(st.integers(-1, 4 * times + 1)) for _ in range(4)]
    for line in {0, 3, 4, *lines}:
        for column in (-1, 0, 1, 7, 15, 30, 2**33):
            assert answers(live.index, line, column) == answers(table, line, column)


def test_only_maps_without_a_fault_are_decoded_in_parts():
    regular = flat([(0, 0, 0, 1, 2), (0, 4, 1, 0, 0, 2), (3, 1)])
    assert isinstance(SourceMap.parse(dumps(regular))._content.rows, Sampled)
    for other in (flat([(0, 4, 0, 1, 2), (0, 0)]), regular | {"rangeMappings": "B"}, regular | {"names": []}, regular | {"sources": ["a"]}):
        assert not isinstance(SourceMap.parse(dumps(other))._content.rows, Sampled)


def test_reading_a_map_and_asking_for_a_crash_makes_no_arrays_of_its_rows():
    chosen = random.Random(1)
    text = dumps(flat([(0, 9 * i, i % 3, i // 8, chosen.randrange(90), i % 3) for i in range(40_000)]))
    parse, places = SourceMap.parse, [(0, 9 * chosen.randrange(40_000) + 2) for _ in range(30)]
    parse(text)

    def crash():
        opened = parse(text)
        assert all(opened.lookup(*place) for place in places)

    assert peak_bytes(crash) < len(text)
    assert peak_bytes(lambda: next(iter(parse(text)))) > 3 * len(text)


@pytest.mark.parametrize("count", [255, 256, 257, 511, 512, 513])
def test_the_last_row_is_found_wherever_a_window_ends(count):
    opened = SourceMap.parse(dumps(flat([(0, i, 0, i, 0) for i in range(count)])))
    assert [opened.lookup(0, i).line for i in range(count)] == list(range(count))
    assert opened.lookup(0, count + 9).line == count - 1
    assert opened.lookup(1, 0) is None
