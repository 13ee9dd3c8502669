"""The scopes proposal: which functions enclose a position, which were inlined there."""

from tests.makers.source_maps import dumps, flat, scopes
from tests.sourcemaps.test_sourcemap import compiled, parse

# file.js, as in the proposal's example, and the generated code with the call of `z` inlined:
#   0 var x = 1;                      0 var _x = 1;
#   1 function z(message) {           1 function _z(_m) {
#   2   let y = 2;                    2   let _y = 2;
#   3   console.log(message + y);     3   console.log(_m + _y);
#   4 }                               4 }
#   5 z("Hello World");               5 console.log("Hello World2");
NAMES = ["global", "x", "z", "function", "message", "y", "_x", "_z", "_m", "_y", '"Hello World"', "2"]
SCOPES = scopes(
    (1, 2, 0, 0, (0,)),
    (3, (1,), (1,)),
    (1, 7, 1, 10, (2,), (3,)),
    (3, (2,), (1,)),
    (2, 3, 1),
    (2, 1, 17),
    (4, 2, 0, (0,)),
    (6, 7, 8),
    (4, 7, 1, 11, (1,)),
    (6, 9, 10),
    (7, 1, 1, 3, 0, 1, 0, 10),
    (5, 3, 1),
    (4, 3, 1, 0, (0,)),
    (6, 11, 12),
    (8, 0, 5, 0),
    (5, 28),
    (5, 0),
)
DOCUMENT = flat(
    [(0, 0, 0, 0, 0), (1, 0, 0, 1, 0), (3, 2, 0, 3, 2), (4, 1), (5, 0, 0, 3, 2), (5, 12, 0, 3, 10)],
    sources=["file.js"],
    names=NAMES,
    scopes=SCOPES,
)


def frames(m, line, column):
    return [frame[:4] for frame in m.frames(line, column)]


def test_an_inlined_function_and_what_it_was_inlined_into_are_two_frames():
    for m in (parse(DOCUMENT), compiled(DOCUMENT)):
        assert frames(m, 5, 14) == [("z", 0, 3, 10), (None, 0, 5, 0)]


def test_a_function_of_its_own_is_one_frame():
    for m in (parse(DOCUMENT), compiled(DOCUMENT)):
        assert frames(m, 3, 5) == [("z", 0, 3, 2)]
        assert frames(m, 0, 3) == [(None, 0, 0, 0)]
        assert frames(m, 9, 0) == []


def test_a_function_is_named_by_its_original_position():
    for m in (parse(DOCUMENT), compiled(DOCUMENT)):
        assert m.function_name(0, 3, 0) == "z"
        assert m.function_name(0, 1, 9) is None
        assert m.function_name(0, 1, 10) == "z"
        assert m.function_name(0, 4, 1) is None
        assert m.function_name(7, 1, 10) is None


# The source: `function outer() { const inner = () => {…}; … }` on lines 0 to 5, `inner` on lines 1 to 3; then a module's code.
TWO = [(1, 0, 0, 0), (1, 5, 0, 3, (0,)), (1, 5, 1, 4, (1,)), (2, 2, 3), (2, 2, 1), (2, 3, 0)]


def two(*ranges):
    """The map of that source with these generated ranges; column 20 leads to the end of `inner`, column 40 to the module's own code."""
    segments = [(0, 0, 0, 0, 0), (0, 20, 0, 3, 2), (0, 40, 0, 6, 4)]
    return flat(segments, sources=["a.js"], names=["outer", "inner"], scopes=scopes(*TWO, *ranges))


def test_the_generated_range_s_function_has_the_word_over_a_coarse_original_position():
    document = two((4, 2, 0, (0,)), (4, 6, 5, (1,)), (4, 6, 5, (1,)), (5, 10), (5, 10), (5, 20))
    for m in (parse(document), compiled(document)):
        assert m.function_name(0, 3, 2) == "inner"
        assert m.frames(0, 25)[0].name == "outer"


def test_a_block_s_range_is_its_function_s():
    document = two((4, 2, 0, (0,)), (4, 6, 5, (1,)), (4, 0, 5), (5, 20), (5, 5), (5, 15))
    assert parse(document).frames(0, 25)[0].name == "outer"


def test_outside_of_functions_the_original_position_names_what_has_no_range_of_its_own():
    alone = two((4, 2, 0, (0,)), (5, 50))
    assert parse(alone).frames(0, 25)[0].name == "inner"
    elsewhere = two((4, 2, 0, (0,)), (4, 6, 2, (2,)), (5, 5), (5, 43))
    assert parse(elsewhere).frames(0, 25)[0].name is None


def test_variables_and_bindings_are_decoded():
    found = parse(DOCUMENT).scopes
    assert found.variables == ["x", "z", "message", "y"]
    assert found.bindings[0] == [[(0, 0, "_x")], [(0, 0, "_z")]]
    assert found.bindings[1] == [[(1, 11, "_m")], [(1, 11, "_y"), (2, 3, None), (3, 0, "_y")]]
    assert found.bindings[2] == [[(5, 0, '"Hello World"')], [(5, 0, "2")]]


def test_hidden_functions_say_so_and_anonymous_ones_borrow_no_name():
    items = scopes((1, 5, 0, 0, (0,)), (1, 4, 1, 0), (2, 1, 0), (2, 3, 0), (4, 14, 0, (1,)), (5, 50))
    m = parse(flat([(0, 0, 0, 1, 2)], names=["outer"], scopes=items))
    assert m.frames(0, 10)[0] == ("<anonymous>", 0, 1, 2, True)
    assert m.function_name(0, 3, 0) == "outer"


def test_empty_items_are_sources_without_scopes():
    items = scopes((), (1, 5, 0, 0, (0,)), (2, 9, 0))
    m = parse(flat([], names=["f"], scopes=items))
    assert [m.function_name(i, 4, 4) for i in range(3)] == [None, "f", None]


def test_each_source_counts_its_positions_from_its_start():
    items = scopes((1, 5, 3, 0, (0,)), (2, 2, 0), (1, 5, 1, 0, (1,)), (2, 1, 0))
    m = parse(flat([], names=["f", "g"], scopes=items))
    assert (m.function_name(0, 4, 0), m.function_name(1, 1, 5), m.function_name(1, 2, 0)) == ("f", "g", None)


def test_scopes_of_sections_are_moved_and_renumbered():
    other = flat([(0, 0, 0, 0, 0)], sources=["other.js"], names=["q"])
    document = {
        "version": 3,
        "sections": [{"offset": {"line": 0, "column": 0}, "map": other}, {"offset": {"line": 10, "column": 4}, "map": DOCUMENT}],
    }
    for m in (parse(document), compiled(document)):
        assert frames(m, 15, 14) == [("z", 1, 3, 10), (None, 1, 5, 0)]
        assert frames(m, 10, 7) == [(None, 1, 0, 0)]
        assert frames(m, 10, 3) == []


def test_unknown_items_are_passed_over_and_broken_ones_counted():
    m = parse(DOCUMENT | {"scopes": SCOPES.replace("H", "~H", 1)})
    assert m.warnings
    m = parse(DOCUMENT | {"scopes": scopes((20, 1, 2)) + "," + "!!,C,F,G,HAA,IAA,E,B,g"})
    assert "items that cannot be read" in m.warnings[0]
    unknown = parse(flat([], names=["f"], scopes=scopes((1, 5, 0, 0, (0,)), (33, 1), (2, 9, 0))))
    assert unknown.function_name(0, 3, 3) == "f"
    assert not unknown.warnings


def test_a_map_of_scopes_survives_compiling_without_them():
    assert compiled({k: v for k, v in DOCUMENT.items() if k != "scopes"}).scopes is None
    assert dumps(DOCUMENT)
