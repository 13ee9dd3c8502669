"""Functions that a compiler added: they have no source, though a segment before them, or one for all of them, seems to lead to one."""

import json

import pytest

from symbolicator import Symbolicator
from tests.makers.builds import one, source_map

ONE = "export const label = (n: number) => `item ${n}`;\n"
TWO = "export function open(list) { if (!list) throw new Error('none'); }\n"
# As esbuild writes it: TypeScript's helper stands between two modules, and no segment is its own.
HELPER = "var __awaiter=function(n,r){return new Promise(function(e,o){function c(t){try{o(r.next(t))}catch(x){n(x)}}c()})};"
BEFORE, AFTER = "const label=n=>`item ${n}`;", "function open(t){if(!t)throw new Error('none')}"


@pytest.fixture
def at(tmp_path):
    def make(script, segments, needle, contents, names=(), ending="ts"):
        """File, line and problems of the frame at the first `needle` of `script`; no file if it stays raw."""
        (tmp_path / "app.js").write_text(f"{script}\n//# sourceMappingURL=app.js.map")
        sources = [f"{number}.{ending}" for number in range(len(contents))]
        (tmp_path / "app.js.map").write_text(json.dumps(source_map([segments], sources, contents, names)))
        frame = one(Symbolicator([str(tmp_path)], cache_dir=False), function="x", colno=script.index(needle) + 1)
        return frame.get("filename"), frame["lineno"], [problem["detail"] for problem in frame["data"].get("problems", [])]

    return make


def _modules(helper):
    after = len(BEFORE + helper)
    own = [(0, 0, 0, 7), (6, 0, 0, 13), (12, 0, 0, 21), (15, 0, 0, 36), (23, 0, 0, 44), (24, 0, 0, 45)]
    return BEFORE + helper + AFTER, [
        *own,
        *((after + column, 1, 0, original) for column, original in ((0, 7), (9, 16), (17, 29), (23, 40), (29, 46))),
    ]


@pytest.mark.parametrize("needle", ["new Promise", "next(t)", "c()"])
def test_a_function_between_two_modules_whose_words_the_source_does_not_have_is_not_the_module_before(at, needle):
    script, segments = _modules(HELPER)
    filename, _, (detail,) = at(script, segments, needle, [ONE, TWO])
    assert filename is None
    assert detail.endswith("app.js.map maps nothing there")
    assert at(script, segments, "new Error", [ONE, TWO])[:2] == ("1.ts", 1)


def test_far_after_a_short_line_it_is_no_fault_of_the_map(at):
    script, segments = _modules(HELPER * 4 + "var late=function(){var x={helperWords:1,wholly:2,unknown:3};fail()};")
    assert at(script, segments, "fail()", [ONE, TWO])[2][0].endswith("app.js.map maps nothing there")


def test_a_function_whose_words_the_source_has_belongs_to_it_though_the_map_is_coarse(at):
    source = ONE + "export const __awaiter = (n, r) => new Promise((e, o) => { try { o(r.next(n)) } catch (x) { n(x) } })\n"
    script, segments = _modules(HELPER)
    assert at(script, segments, "next(t)", [source, TWO])[0] == "0.ts"


SHIP = "class Ship {\n  constructor(name) { this.name = name }\n}\nexport async function load() { await 1; }\n"


@pytest.mark.parametrize("minified", [True, False])
def test_a_helper_that_babel_maps_to_a_statement_of_the_file_is_none_of_it(at, minified):
    name = "g" if minified else "_classCallCheck"
    script = f'function {name}(t,r){{if(!(t instanceof r))throw new TypeError("Cannot call a class as a function")}}var A=1'
    after = len(name)
    segments = [(0, 0, 1, 0), (9, 0, 1, 0, *((0,) if minified else ())), (9 + after, 0, 1, 0), (16 + after, 0, 1, 0), (38 + after, 0, 1, 0)]
    segments += [(script.index("var"), 0, 0, 6), (script.index("A=1"), 0, 0, 9)]
    filename, _, (detail,) = at(script, segments, "new TypeError", [SHIP], ["_classCallCheck"])
    assert filename is None
    assert "maps nothing there" in detail


def test_what_babel_makes_of_an_async_function_is_that_function(at):
    script = "function load(){return _load.apply(this,arguments)}function _load(){return(_load=_asyncToGenerator(_regenerator().m(function _callee(){"
    places = [
        0,
        9,
        16,
        script.index("_load.a"),
        script.index("apply"),
        script.index("function _load"),
        script.index("_asyncTo"),
        script.index("_callee"),
    ]
    segments = [(column, 0, 3, 7) for column in places]
    assert at(script, segments, "_asyncToGenerator", [SHIP])[:2] == ("0.ts", 4)
    assert at(script, segments, "apply", [SHIP])[:2] == ("0.ts", 4)


def test_a_function_that_the_bundler_named_is_the_source_s(at):
    # Rollup calls a default export by its file, and maps the line.
    script = "function ledger (list) { return list.map(function inner(n) { return n.amount; }); }"
    source = "export default function (list) { return list.map(function inner(n) { return n.amount; }); }\n"
    assert at(script, [(0, 0, 0, 0)], "amount", [source])[:2] == ("0.ts", 1)


def test_a_source_in_another_language_has_other_words(at):
    script, segments = _modules(HELPER)
    assert at(script, segments, "next(t)", [ONE, TWO], ending="kt")[0] == "0.kt"
