"""`SourceMap` and the index over its compiled table: what a position comes from."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.artifacts.tables import Table
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.sourcemaps import SourceMap, SourceMapCompiler
from tests.makers.source_maps import dumps, flat

COMPILER = SourceMapCompiler()


def parse(document, **how):
    return SourceMap.parse(document if isinstance(document, bytes | str) else dumps(document), **how)


def compiled(document):
    data = document if isinstance(document, bytes) else dumps(document)
    return COMPILER.open(Table.open(COMPILER.compile(memoryview(data)).to_bytes()))


def section(line, column, inner, **more):
    return {"offset": {"line": line, "column": column}, "map": inner, **more}


def index_map(*sections, **more):
    return {"version": 3, "sections": list(sections), **more}


def test_the_greatest_segment_at_or_before_the_column_answers():
    m = parse(flat([(0, 2, 0, 5, 1, 0), (0, 9, 1, 6, 0)]))
    assert m.lookup(0, 1) is None
    assert m.lookup(0, 2) == ("a.js", 5, 1, "x")
    assert m.lookup(0, 8) == ("a.js", 5, 1, "x")
    assert m.lookup(0, 9) == ("b.js", 6, 0, None)
    assert m.lookup(0, 10**9) == ("b.js", 6, 0, None)


def test_look_up_never_crosses_a_generated_line():
    m = parse(flat([(0, 0, 0, 0, 0), (2, 4, 0, 1, 0)]))
    assert m.lookup(1, 0) is None
    assert m.lookup(2, 3) is None
    assert m.lookup(3, 0) is None


@pytest.mark.parametrize("position", [(-1, 0), (0, -1), (-5, -5), (2**40, 0), (2**80, 2**80)])
def test_impossible_positions_map_nowhere(position):
    assert parse(flat([(0, 0, 0, 0, 0)])).lookup(*position) is None
    assert compiled(flat([(0, 0, 0, 0, 0)])).lookup(*position) is None


def test_a_column_past_32_bits_does_not_reach_the_next_line():
    assert parse(flat([(0, 0, 0, 7, 0), (1, 0, 0, 8, 0)])).lookup(0, 2**33).line == 7


def test_a_segment_of_one_field_maps_nowhere_rather_than_to_its_neighbour():
    assert parse(flat([(0, 0, 0, 0, 0), (0, 5), (0, 9, 0, 3, 0)])).lookup(0, 6) is None


def test_of_two_segments_at_one_column_the_last_wins_there_and_to_its_right():
    m = parse(flat([(0, 0, 0, 1, 0), (0, 4, 0, 2, 0), (0, 4, 0, 3, 0)]))
    assert m.lookup(0, 4).line == 3
    assert m.lookup(0, 5).line == 3


def test_unsorted_segments_are_sorted_and_equal_ones_keep_their_order():
    m = parse(flat([(0, 9, 0, 1, 0), (0, 4, 0, 2, 0), (0, 9, 0, 3, 0), (1, 0, 0, 4, 0)]))
    assert [s.line for s in m] == [2, 1, 3, 4]
    assert m.lookup(0, 9).line == 3


@pytest.mark.parametrize("prefix", [b")]}'\n", b")]}'", b")]}\n", b")]}'garbage here\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf)]}'\n"])
def test_prefixes_and_byte_order_marks_are_read(prefix):
    assert parse(prefix + dumps(flat([(0, 0, 0, 0, 0)]))).lookup(0, 0).source == "a.js"


def test_text_is_read_as_bytes_are():
    assert parse(json.dumps(flat([(0, 0, 0, 0, 0)], sources=["é\ud800.js"]), ensure_ascii=False)).sources == ["é\ufffd.js"]


def test_a_lone_surrogate_costs_its_own_character_only():
    m = parse(b'{"version":3,"sources":["\\ud83d\\ude00\\\\ud800\\ud800x\\udc00"],"names":[],"mappings":"AAAA"}')
    assert m.sources == ["\U0001f600\\ud800\ufffdx\ufffd"]
    assert not m.warnings


def test_escaped_mappings_are_unescaped():
    assert parse(b'{"version":3,"sources":["a"],"names":[],"mappings":"AAAA\\u002cg\\/B\\u0041"}').warnings
    m = parse(b'{"version":3,"sources":["a"],"names":[],"mappings":"AAAA\\u002cEAACA\\u003bAAAA"}')
    assert [(s.generated_line, s.generated_column) for s in m] == [(0, 0), (0, 2), (1, 0)]


def test_sources_contents_and_names_may_be_null_short_or_absent():
    m = parse(flat([(0, 0, 0, 0, 0), (0, 4, 1, 0, 0)], sources=[None, "b.js"], sourcesContent=["only"]))
    assert m.lookup(0, 0) == (None, 0, 0, None)
    assert m.source_content(0) == "only"
    assert m.source_content(1) is None
    assert m.source_content(7) is None
    assert parse(b'{"version":3,"sources":["a"],"mappings":"AAAA"}').names == []


def test_numeric_names_are_read_as_text():
    m = parse(flat([(0, 0, 0, 0, 0, 1)], names=["x", 7, {}]))
    assert m.lookup(0, 0).name == "7"
    assert m.warnings == ("`names` holds 2 elements that are not strings, the first at 1",)


def test_what_is_out_of_range_is_said_with_its_numbers():
    m = parse(flat([(0, 0, 7, 0, 0), (0, 5, 0, 0, 0, 9), (0, 8, 8, 0, 0)]))
    assert m.lookup(0, 0) is None
    assert m.lookup(0, 5) == ("a.js", 0, 0, None)
    assert m.warnings == (
        "segment refers to source 7; the map has 3 (generated line 0, segment 0; 1 more like it)",
        "segment refers to name 9; the map has 3 (generated line 0, segment 1)",
    )


def test_a_broken_segment_leaves_the_rest_of_its_line():
    m = parse({"version": 3, "sources": ["a"], "names": [], "mappings": "AAAA,AA,E!!,EAAE"})
    assert m.lookup(0, 4) == ("a", 0, 2, None)
    assert len(m.warnings) == 2


@pytest.mark.parametrize(
    ("root", "source", "joined"),
    [
        ("app:///src", "a.js", "app:///src/a.js"),
        ("root/", "a.js", "root/a.js"),
        ("", "a.js", "a.js"),
        ("root", "/abs/a.js", "/abs/a.js"),
        ("root", "webpack:///a.js", "webpack:///a.js"),
        ("root", "../a.js", "root/../a.js"),
    ],
)
def test_source_root_goes_before_relative_sources(root, source, joined):
    m = parse(flat([], sources=[source, None], sourceRoot=root))
    assert m.sources == [joined, None]
    assert m.raw_sources == [source, None]


def test_ignore_lists_and_debug_ids_of_both_names():
    first = parse(flat([], ignoreList=[1], x_google_ignoreList=[0], debugId="DFB8E43AF2423D73A453AEB6A777EF75"))
    assert (first.ignore_list, first.debug_id) == ([1], "dfb8e43a-f242-3d73-a453-aeb6a777ef75")
    second = parse(flat([], x_google_ignoreList=[0, 2, 99], debug_id="dfb8e43a-f242-3d73-a453-aeb6a777ef75", debugId=None))
    assert (second.ignore_list, second.debug_id) == ([0, 2], "dfb8e43a-f242-3d73-a453-aeb6a777ef75")


def test_sections_are_moved_and_clipped_and_do_not_leak():
    one, two = flat([(0, 0, 0, 1, 0), (0, 50, 0, 2, 0)], sources=["one.js"]), flat([(0, 5, 0, 3, 0), (1, 2, 0, 4, 0)], sources=["two.js"])
    m = parse(index_map(section(0, 0, one), section(0, 20, two)))
    assert m.lookup(0, 19) == ("one.js", 1, 0, None)
    assert m.lookup(0, 22) is None
    assert m.lookup(0, 25) == ("two.js", 3, 0, None)
    assert m.lookup(0, 60) == ("two.js", 3, 0, None)
    assert m.lookup(1, 2) == ("two.js", 4, 0, None)
    assert m.warnings == ("section 0: segment is after the start of the next section (generated line 0, segment 1)",)


def test_sections_nest_and_share_sources():
    leaf = flat([(0, 0, 0, 1, 0, 0)], sources=["a.js"], names=["leaf"])
    m = parse(index_map(section(0, 0, leaf), section(3, 4, index_map(section(0, 2, leaf), section(2, 1, leaf)))))
    assert m.sources == ["a.js"]
    assert [(s.generated_line, s.generated_column) for s in m] == [(0, 0), (3, 6), (5, 1)]
    assert m.lookup(5, 1) == ("a.js", 1, 0, "leaf")


def test_sections_out_of_order_are_put_in_order():
    m = parse(index_map(section(4, 0, flat([(0, 0, 0, 1, 0)])), section(0, 0, flat([(0, 0, 0, 2, 0)]))))
    assert (m.lookup(0, 0).line, m.lookup(4, 0).line) == (2, 1)
    assert m.warnings


@pytest.mark.parametrize(
    "offset",
    [
        '{"line":1e999,"column":0}',
        '{"line":-1,"column":0}',
        '{"line":0.5,"column":0}',
        '{"line":9e99,"column":0}',
        "[]",
        "null",
        '{"line":"1","column":0}',
    ],
)
def test_absurd_offsets_cost_their_section_only(offset):
    inner = dumps(flat([(0, 0, 0, 1, 0)])).decode()
    m = parse(f'{{"version":3,"sections":[{{"offset":{{"line":0,"column":0}},"map":{inner}}},{{"offset":{offset},"map":{inner}}}]}}')
    assert m.lookup(0, 0).line == 1
    assert len(m) == 1
    assert "the section is skipped" in m.warnings[0]


@pytest.mark.parametrize(
    "broken",
    [
        # what a bundler writes for a part that has no map
        {"map": None},
        {},
        {"map": "a.js.map"},
        {"map": {"version": 3, "sources": []}},
        {"map": {"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": None}]}},
    ],
)
def test_a_section_without_a_map_ends_the_one_before(broken):
    whole = flat([(0, 0, 0, 1, 0)])
    m = parse(index_map(section(0, 0, whole), {"offset": {"line": 0, "column": 9}, **broken}, section(0, 20, whole)))
    assert [m.lookup(0, column) is not None for column in (8, 9, 19, 20)] == [True, False, False, True]
    assert m.warnings


def test_sections_elsewhere_are_delegated():
    document = index_map(
        section(0, 0, flat([(0, 0, 0, 1, 0)])), {"offset": {"line": 1, "column": 5}, "url": "b.map"}, section(9, 0, flat([(0, 0, 0, 2, 0)]))
    )
    for m in (parse(document), compiled(document)):
        assert m.delegate(0, 0) is None
        assert m.delegate(1, 4) is None
        assert m.delegate(1, 7) == ("b.map", 0, 2)
        assert m.delegate(8, 3) == ("b.map", 7, 3)
        assert m.delegate(9, 0) is None
        assert m.lookup(2, 0) is None


def test_range_mappings_move_with_the_column_and_the_line():
    document = flat([(0, 0, 0, 1, 2), (0, 20, 0, 9, 9), (4, 3, 1, 0, 0)], rangeMappings="B;;;;B")
    for m in (parse(document), compiled(document)):
        assert (m.lookup(0, 8).line, m.lookup(0, 8).column) == (1, 10)
        assert m.lookup(0, 25).column == 9
        assert m.lookup(1, 0) is None
        assert (m.lookup(4, 5).line, m.lookup(4, 5).column) == (0, 2)
        assert (m.lookup(6, 5).line, m.lookup(6, 5).column) == (2, 5)


def test_the_example_of_the_range_mappings_proposal_names_its_mappings():
    document = flat([(0, i, 0, 0, 0) for i in range(40)] + [(2, 0, 0, 0, 0), (2, 4, 0, 0, 0)], rangeMappings="BBCgB;;C")
    rows = parse(document)._content.rows
    assert [i for i in range(42) if rows.flags[i]] == [0, 1, 3, 35, 41]


def test_a_range_mapping_at_offset_zero_is_refused_and_none_is_read():
    document = flat([(0, 0, 0, 1, 2), (1, 0, 0, 9, 9)], rangeMappings="A;B")
    with pytest.raises(MalformedArtifact, match="offset of zero"):
        parse(document, strict=True)
    lenient = parse(document)
    assert lenient.lookup(1, 5).column == 9
    assert any("offset of zero" in warning for warning in lenient.warnings)


def test_two_sections_at_one_offset_overlap():
    document = {"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": flat([(0, 0, 0, line, 0)])} for line in (1, 2)]}
    with pytest.raises(MalformedArtifact, match="overlap"):
        parse(document, strict=True)
    assert parse(document).lookup(0, 0).line == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"[]",
        b"null",
        b"3",
        b"{}",
        b'{"version":3}',
        b'{"version":3,"sources":[],"mappings":5}',
        b'{"version":3,"sources":[],"mappings":null}',
        b")]}'",
        b'{"mappings":',
        b'{"version":3,"sources":[],"mappings":"AAAA',
        b"\xff\xfe{\x00}\x00",
        "",
    ],
)
def test_what_is_no_map_is_malformed(data):
    with pytest.raises(MalformedArtifact):
        parse(data)


@pytest.mark.parametrize("data", [b'{"x":' * 100_000, b'{"mappings":"","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"])
def test_json_that_nests_too_deep_is_a_limit(data):
    with pytest.raises(LimitExceeded):
        parse(data)


def test_sections_that_are_none_leave_the_mappings():
    m = parse(flat([(0, 0, 0, 1, 0)], sections=None))
    assert m.lookup(0, 0).line == 1
    assert m.warnings == ("`sections` is null; expected an array; `mappings` is read",)
    with pytest.raises(MalformedArtifact):
        parse({"version": 3, "sections": None})


def test_sections_within_sections_have_a_depth():
    document = flat([(0, 0, 0, 1, 0)])
    for _ in range(30):
        document = index_map(section(0, 0, document))
    assert "sections nest deeper than 8" in parse(document).warnings[0]


WRONG = [
    "null",
    "1e999",
    "-1",
    "[]",
    "{}",
    '"\\ud800"',
    "true",
    "[[[]]]",
    '[null,1e999,"x",{}]',
    '{"a":1e999}',
    "12345678901234567890123",
    '"\xff"',
]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(
    "member",
    [
        "version",
        "file",
        "sourceRoot",
        "sources",
        "sourcesContent",
        "names",
        "ignoreList",
        "x_google_ignoreList",
        "debugId",
        "scopes",
        "rangeMappings",
        "x_facebook_sources",
        "x_facebook_offsets",
        "x_facebook_segments",
        "x_metro_module_paths",
        "x_hermes_function_offsets",
    ],
)
def test_a_member_of_a_wrong_type_costs_itself_only(member, wrong):
    data = dumps(flat([(0, 0, 0, 1, 0)]))[:-1] + f',"{member}":{wrong}}}'.encode("latin-1")
    m = parse(data)
    assert len(m) == 1
    assert m.extras is not None
    assert compiled(data).lookup(0, 0) == m.hit(0, 0)


def test_warnings_are_bounded():
    m = parse(index_map(*(section(i, 0, flat([(0, 0, 9, 0, 0)])) for i in range(500))))
    assert len(m.warnings) == 101
    assert m.warnings[-1] == "400 more"


def test_context_follows_the_line_ends_of_javascript():
    text = "one\r\ntwo\rthree\u2028four\u2029five\n\nlast"
    document = flat([], sourcesContent=[text, "", None])
    for m in (parse(document).index, compiled(document)):
        lines = [m.context(0, i, 0, 0)[1] for i in range(7)]
        assert lines == ["one", "two", "three", "four", "five", "", "last"]
        assert m.context(0, 2, 1, 2) == (["two"], "three", ["four", "five"])
        assert m.context(0, 6, 99, 99) == (lines[:6], "last", [])
        assert m.context(0, 7, 1, 1) == ([], None, [])
        assert m.context(0, -1, 1, 1) == ([], None, [])
        assert m.context(1, 0, 5, 5) == ([], "", [])
        assert m.context(2, 0, 5, 5) is None
        assert [m.has_content(i) for i in range(4)] == [True, True, False, False]


rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(0, 3), st.integers(0, 50), st.integers(0, 50), st.integers(-2, 3)),
    max_size=25,
).map(lambda found: [row[:2] if row[5] == -2 else row[:5] if row[5] == -1 else row for row in sorted(found, key=lambda row: row[0])])
flats = st.builds(
    flat,
    rows,
    sources=st.lists(st.none() | st.text(max_size=4), max_size=4),
    names=st.lists(st.text(max_size=3), max_size=4),
    sourcesContent=st.lists(st.none() | st.text(alphabet="ab\r\n\u2028é\U0001f600", max_size=20), max_size=5),
    ignoreList=st.lists(st.integers(0, 3), max_size=2),
    sourceRoot=st.none() | st.text(max_size=3),
    rangeMappings=st.sampled_from(["", "A", "AB;B", ";;A"]),
)
maps = flats | st.lists(st.tuples(st.integers(0, 6), st.integers(0, 20), flats), min_size=1, max_size=4).map(
    lambda found: index_map(*(section(*s) for s in found))
)


@given(maps)
def test_a_compiled_map_answers_as_the_map_in_memory(document):
    m, index = parse(document), compiled(document)
    for line in range(12):
        for column in range(0, 40, 3):
            assert index.lookup(line, column) == m.hit(line, column)
            assert index.delegate(line, column) == m.delegate(line, column)
    assert index.source_count == len(m.sources)
    assert index.warnings == m.warnings
    for i in range(index.source_count):
        live = m.index
        assert (index.source(i), index.content(i), index.content_digest(i)) == (live.source(i), live.content(i), live.content_digest(i))
        assert index.is_ignored(i) == live.is_ignored(i) == (i in m.ignore_list)
        for line in range(-1, 8):
            assert index.context(i, line, 2, 1) == live.context(i, line, 2, 1)


@given(flats)
def test_look_up_is_what_a_plain_search_finds(document):
    document["rangeMappings"] = ""
    m = parse(document)
    segments = list(m)
    for line in range(6):
        for column in range(0, 32, 3):
            best = None
            for s in segments:
                if (
                    s.generated_line == line
                    and s.generated_column <= column
                    and (best is None or s.generated_column >= best.generated_column)
                ):
                    best = s
            found = m.lookup(line, column)
            assert (found and found[1:3]) == (None if best is None or best.source is None else (best.line, best.column))


def test_thousands_of_segments_are_found_through_the_samples():
    document = flat([(i // 1500, i % 1500 * 2, 0, i, 0) for i in range(4000)])
    m, index = parse(document), compiled(document)
    for i in range(0, 4000, 7):
        assert index.lookup(i // 1500, i % 1500 * 2 + 1) == m.hit(i // 1500, i % 1500 * 2 + 1)
        assert index.lookup(i // 1500, i % 1500 * 2 + 1).line == i


def test_a_damaged_table_is_said_to_be_damaged():
    data = bytearray(COMPILER.compile(memoryview(dumps(flat([(0, 0, 0, 1, 0)], sourcesContent=["x"])))).to_bytes())
    for at in range(len(data) - 1, 0, -13):
        data[at] ^= 0x55
        try:
            index = COMPILER.open(Table.open(bytes(data)))
            assert index.lookup(0, 0)[:4] == (0, "a.js", 1, 0)
            assert index.context(0, 0, 1, 1)[1] == "x"
        except MalformedArtifact:
            pass
        data[at] ^= 0x55
