"""Names from source text: what V8 says, at every kind of function and on every boundary."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import re
import time
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator.artifacts.tables import Table
from symbolicator.errors import LimitExceeded
from symbolicator.isolation import CPU_SECONDS
from symbolicator.sourcemaps.functions import FunctionCompiler, FunctionIndex
from symbolicator.sourcemaps.languages import MAX_PARSE_SECONDS, MAX_SOURCE_BYTES, SourceText, language_of, parse
from symbolicator.sourcemaps.outline import outline

LOOKS = 20_000
"""At the clock, as often as a parser of a hostile text may: it looks each time that it has done a bounded amount of work."""


def index_of(text: str | bytes, name: str = "a.ts") -> FunctionIndex:
    compiler = FunctionCompiler.for_name(name)
    assert compiler is not None
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return compiler.open(Table.open(compiler.compile(memoryview(data)).to_bytes()))


def name_at_mark(text: str, name: str = "a.ts") -> str | None:
    """The name at `¦`, which is taken out of the text; the column is counted in UTF-16 code units."""
    before, _, after = text.partition("¦")
    lines = re.split("\r\n|[\n\r\u2028\u2029]", before)
    return index_of(before + after, name).name_at(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # declarations and variables
        ("function f() { ¦x() }", "f"),
        ("async function* f() { ¦x() }", "f"),
        ("const f = () => ¦x()", "f"),
        ("const f = async (a) => { ¦x() }", "f"),
        ("const f = function () { ¦x() }", "f"),
        ("const f = function own() { ¦x() }", "own"),
        ("let f; f ??= () => ¦x()", "f"),
        ("let f; f = (() => ¦x()) as Fn", "f"),
        ("const f = cond ? () => 1 : () => ¦x()", "f"),
        ("const f = g || (() => ¦x())", "f"),
        ("const { d = () => ¦x() } = {}", "d"),
        ("const [d = () => ¦x()] = []", "d"),
        ("function f(g = () => ¦x()) {}", "g"),
        ("function f(g: Fn = () => ¦x()) {}", "g"),
        # classes
        ("class Cart { total() { ¦x() } }", "Cart.total"),
        ("class Cart { async *total() { ¦x() } }", "Cart.total"),
        ("class Cart { get size() { ¦x() } }", "get Cart.size"),
        ("class Cart { set size(v) { ¦x() } }", "set Cart.size"),
        ("class Cart { static get size() { ¦x() } }", "get Cart.size"),
        ("class Cart { constructor() { ¦x() } }", "new Cart"),
        ("class Cart { 'constructor'() { ¦x() } }", "new Cart"),
        ("class Cart { static constructor() { ¦x() } }", "Cart.constructor"),
        ("class Cart { #priv() { ¦x() } }", "Cart.#priv"),
        ("class Cart { static create() { ¦x() } }", "Cart.create"),
        ("class Cart { get() { ¦x() } }", "Cart.get"),
        ("class Cart { onClick = () => { ¦x() } }", "Cart.onClick"),
        ("class Cart { #onClick = () => { ¦x() } }", "Cart.#onClick"),
        ("class Cart { static make = function () { ¦x() } }", "Cart.make"),
        ("class Cart { static handlers = { click() { ¦x() } } }", "Cart.handlers.click"),
        ("class Cart { constructor() { this.run = () => ¦x() } }", "Cart.run"),
        ("class Cart { a() { items.map(() => { this.run = () => ¦x() }) } }", "Cart.run"),
        ("class Cart { [Symbol.iterator]() { ¦x() } }", "Cart.[Symbol.iterator]"),
        ("class Cart { ['a' + \"b\"]() { ¦x() } }", "Cart.ab"),
        ("class Cart { [key]() { ¦x() } }", "Cart.<computed>"),
        ("class Cart { 'a-b'() { ¦x() } }", "Cart.a-b"),
        ("class Cart { 12() { ¦x() } }", "Cart.12"),
        ("const Cart = class { total() { ¦x() } }", "Cart.total"),
        ("const Cart = class Own { total() { ¦x() } }", "Own.total"),
        ("exports.Cart = class { constructor() { ¦x() } }", "new exports.Cart"),
        ("f(class { total() { ¦x() } })", "total"),
        ("f(class { constructor() { ¦x() } })", "new <anonymous>"),
        ("abstract class Cart { protected total(): void { ¦x() } }", "Cart.total"),
        ("class Cart<T> { private async total<U>(@Inject() a: U): Promise<void> { ¦x() } }", "Cart.total"),
        # object literals
        ("const handlers = { onClick() { ¦x() } }", "handlers.onClick"),
        ("const handlers = { onClick: () => ¦x() }", "handlers.onClick"),
        ("const handlers = { onClick: function own() { ¦x() } }", "own"),
        ("const handlers = { deep: { er() { ¦x() } } }", "handlers.deep.er"),
        ("const handlers = { get size() { ¦x() } }", "get handlers.size"),
        ("const rules = { ['computed' + 'Rule']: function () { ¦x() } }", "rules.computedRule"),
        ("const rules = { [key]: function () { ¦x() } }", "rules.<computed>"),
        ("createSlice({ reducers: { add(state) { ¦x() } } })", "reducers.add"),
        ("function f() { return { total() { ¦x() } } }", "total"),
        ("new Proxy({}, { get(target) { ¦x() } })", "get"),
        # assignments
        ("exports.load = function () { ¦x() }", "exports.load"),
        ("module.exports = function () { ¦x() }", "module.exports"),
        ("module.exports = { load() { ¦x() } }", "module.exports.load"),
        ("Foo.prototype.bar = function () { ¦x() }", "Foo.bar"),
        ("Foo.prototype = { bar: function () { ¦x() } }", "Foo.bar"),
        ("ex['q'] = () => ¦x()", "ex.q"),
        ("ex[k] = () => ¦x()", "ex.<computed>"),
        ("find().run = () => ¦x()", "run"),
        ("function Old() { this.m = function () { ¦x() } }", "Old.m"),
        ("function old() { this.m = function () { ¦x() } }", "m"),
        # exports
        ("export default function () { ¦x() }", "default"),
        ("export default () => ¦x()", "default"),
        ("export default class { total() { ¦x() } }", "default.total"),
        ("export default function load() { ¦x() }", "load"),
        ("export const load = () => ¦x()", "load"),
        # callbacks borrow nothing
        ("function f() { a.map(() => ¦x()) }", "<anonymous>"),
        ("function f() { a.map(function () { ¦x() }) }", "<anonymous>"),
        ("function f() { a.map(function own() { ¦x() }) }", "own"),
        ("const onClick = useCallback(() => ¦x(), [])", "<anonymous>"),
        ("const f = (a) => (b) => ¦x()", "<anonymous>"),
        ("const fs = [() => ¦x()]", "<anonymous>"),
        ("(function () { ¦x() })()", "<anonymous>"),
        ("const f = (() => { ¦x() })()", "<anonymous>"),
        ("const { a } = () => ¦x()", "<anonymous>"),
        # nested functions
        ("function outer() { function inner() { ¦x() } }", "inner"),
        ("function outer() { function inner() { } ¦x() }", "outer"),
        # the top level
        ("¦x()", "<global>"),
        ("if (a) { ¦x() }", "<global>"),
        # TypeScript's own
        ("namespace N { ¦x() }", "<anonymous>"),
        ("namespace N { export function f() { ¦x() } }", "f"),
        ("enum E { A = ¦x() }", "<anonymous>"),
        # initializers and static blocks
        ("class A { a = ¦x() }", "<instance_members_initializer>"),
        ("class A { static a = ¦x() }", "<static_initializer>"),
        ("class A { static { ¦x() } }", "<static_initializer>"),
        ("class A { a = list.map(() => ¦x()) }", "<anonymous>"),
    ],
)
def test_a_function_is_called_what_a_person_would_call_it(text: str, name: str) -> None:
    assert name_at_mark(text) == name
    # However the file is named and wherever the text stands.
    assert name_at_mark("/* 🛒 */ " + text) == name
    assert name_at_mark("let a = '☕'\u2028\r\n" + text, "a.mts") == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # a function owns all of itself
        ("¦function f() { }", "f"),
        ("¦async function f() { }", "f"),
        ("function ¦f() { }", "f"),
        ("function f¦() { }", "f"),
        ("function f(a = ¦x()) { }", "f"),
        ("function f() { ¦}", "f"),
        ("function f() { }¦ ", "<global>"),
        ("const ¦f = () => x()", "<global>"),
        ("const f = ¦() => x()", "f"),
        ("const f = ¦async () => x()", "f"),
        ("const f = () => x()¦;", "<global>"),
        ("class A { ¦total() { } }", "A.total"),
        ("class A { ¦static async total() { } }", "A.total"),
        ("class A { ¦ total() { } }", "<global>"),
        # keys and decorators run outside
        ("class A { [¦x()]() { } }", "<global>"),
        ("class A { [x()]¦() { } }", "A.<computed>"),
        ("class A { @¦dec() total() { } }", "<global>"),
        ("class A { @dec() ¦total() { } }", "<global>"),
        ("function f() { class A { @dec get ¦total() { } } }", "f"),
        ("class A { @dec() total(a = ¦x()) { } }", "A.total"),
        ("class A { @dec a = 1; ¦total() { } }", "A.total"),
        ("@¦dec() class A { }", "<global>"),
        ("class A { total(@¦Inject() a) { } }", "<global>"),
        ("class A { @¦dec() field = 1 }", "<global>"),
        ("const o = { ¦f: () => 1 }", "<global>"),
        # a function called on the spot: maps put the call at its closing brace
        ("(function () { x() ¦})()", "<global>"),
        ("(() => { x() ¦})()", "<global>"),
        ("(function () { x() })¦()", "<global>"),
        ("!function () { x() ¦}()", "<global>"),
        ("f(function () { x() ¦})", "<anonymous>"),
        # `class` is where V8 puts a constructor that nobody wrote
        ("¦class A extends B { }", "new A"),
        ("export ¦class A extends B { a = 1 }", "new A"),
        ("export default ¦class extends B { }", "new default"),
        ("¦class A extends B { constructor() { super() } }", "<global>"),
        ("class A extends ¦mixin(B) { }", "<global>"),
        ("class A { ¦a = 1 }", "<global>"),
        ("class A { a = ¦() => 1 }", "A.a"),
    ],
)
def test_a_position_on_a_boundary_belongs_to_what_runs_there(text: str, name: str) -> None:
    assert name_at_mark(text) == name


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        # JSX: an arrow in an attribute becomes a property's value
        ("a.tsx", "const App = () => <b onClick={() => ¦x()}>{items.map((i) => <i/>)}</b>", "onClick"),
        ("a.jsx", "function App() { return <b>{items.map((i) => ¦x())}</b> }", "<anonymous>"),
        ("a.js", "function App() { return <b>{¦x()}</b> }", "App"),
        # Flow under a .js name
        ("a.js", "// @flow\nfunction f(a: ?string, b: Array<number>): void { ¦x() }", "f"),
        ("a.js", "class A { +p: string; total(a: number): string { ¦x() } }", "A.total"),
        # TypeScript's angle-bracket cast is not JSX in .ts
        ("a.ts", "function f() { const a = <any>b; ¦x() }", "f"),
        # single-file components: offsets are the file's
        ("App.vue", "<template>\n <b/>\n</template>\n<script>\nexport default { methods: { save() { ¦x() } } }\n</script>", "methods.save"),
        ("App.vue", "<script setup lang=\"ts\">\nconst save = (a: string) => ¦x()\n</script>", "save"),
        ("App.vue", "<script setup>\n¦x()\n</script>", "setup"),
        ("App.vue", "<template>¦<b/></template><script>x()</script>", None),
        ("App.vue", "<template>🛒 ☕</template><script>function f() { ¦x() }</script>", "f"),
        ("App.vue?vue&type=script&lang.ts", "const save = (a: string) => ¦x()", "save"),
        ("App.svelte", "<script context=\"module\">¦x()</script><script>function f() { }</script>", "<global>"),
        ("App.svelte", "<p>{a}</p><script lang='ts'>function f(a: string) { ¦x() }</script>", "f"),
        ("App.svelte", "<script>¦x()</script>", None),
        ("page.astro", "---\nconst f = () => ¦x()\n---\n<p/>", "f"),
    ],
)  # fmt: skip
def test_every_dialect_of_javascript_is_read(file: str, text: str, name: str | None) -> None:
    assert name_at_mark(text, file) == name


def test_the_table_is_as_its_docstring_says() -> None:
    table = Table.open(FunctionCompiler("javascript").compile(memoryview(b"class A { b() { c } }")).to_bytes())
    assert list(table.column("starts")) == [0, 7, 10, 19, 22]
    assert list(table.column("owners")) == [1, 0, 2, 0, 2**32 - 1]
    assert [table.string("names", i) for i in range(3)] == ["<global>", "new A", "A.b"]
    assert list(table.column("identifiers")) == [2**64 - 1, 6, 10]


def test_the_chain_lets_a_caller_say_where_a_callback_is() -> None:
    index = index_of("class Cart { total() {\n return this.lines.map((line) =>\n  line.price()) } }")
    assert [f.name for f in index.enclosing(2, 2)] == ["<anonymous>", "Cart.total", "<global>"]
    assert index.anonymous_in(2, 2) == "Cart.total"
    assert len(index) == 4


@pytest.mark.parametrize(
    ("text", "at", "identifier"),
    [
        # the token of a minified name, to be looked up in the map
        ("var a=1;function e(t){return t.n()}", 30, (0, 17)),
        ("const e=t=>t.n()", 13, (0, 6)),
        ("class t{e(){return n()}}", 20, (0, 8)),
        ("class t{constructor(){n()}}", 23, (0, 6)),
        ("var t=class{constructor(){n()}}", 27, (0, 4)),
        ("x.prototype.e=function(){n()}", 26, (0, 12)),
        ("n({e(){n()}})", 8, (0, 3)),
        ("n({e:()=>n()})", 10, (0, 3)),
        ("[].map(t=>t.n())", 12, None),
        ("n()", 1, None),
    ],
)
def test_the_identifier_of_a_minified_function_is_found(text: str, at: int, identifier: tuple[int, int] | None) -> None:
    assert index_of(text, "bundle.min.js").identifier_at(0, at) == identifier


def test_text_that_cannot_be_parsed_gives_no_wrong_names() -> None:
    text = "function good() {\n a() }\nclass A {\n broken( { {{\n b()\n"
    index = index_of(text)
    assert index.name_at(1, 1) == "good"
    assert index.name_at(4, 1) not in ("good", "A.broken")
    # What the parser skips to go on takes the name with it: `out` is none.
    assert name_at_mark("class A<in out T> { m() { ¦x() } }", "a.js") != "out.m"


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("webpack://shop/./src/cart.ts?1a2b", "typescript"),
        ("C:\\src\\cart.tsx", "tsx"),
        ("./src/App.vue?vue&type=script&lang.ts", "vue"),
        ("webpack/runtime/chunk loaded", "javascript"),
        ("index.android.bundle", "javascript"),
        ("lib/main.dart", None),
        ("a.coffee", None),
        ("style.css", None),
    ],
)
def test_the_name_chooses_the_language(name: str, language: str | None) -> None:
    assert language_of(name) == language


@pytest.mark.parametrize(
    "text",
    [
        # each once made some parser crash, hang or recurse
        "(" * 300_000,
        "[" * 300_000 + "]" * 300_000,
        "{a:" * 100_000,
        "f((" * 100_000 + "))" * 100_000,
        "a=>" * 100_000,
        "class A{b=class{" * 20_000,
        "(function(){" * 20_000 + "})()" * 20_000,
        "`${" * 100_000,
        "x=" * 100_000 + "()=>1",
        "a?b:" * 100_000 + "()=>1",
        "'unterminated " + "x" * 500_000,
        "`unterminated {=>" * 30_000,
        "/* unterminated {=> " * 30_000,
        "/" * 400_000,
        "{a:" * 2_000,
        "{a:/*}*/" * 100_000,
        "}" * 100_000 + "{a:" * 100_000,
        "a<" * 100_000,
        "()" * 3_000 + "/*" * 500_000,
        "()" * 3_000 + '"\\' * 500_000,
        "()" * 3_000 + "`$" * 500_000,
        "a?" * 100_000,
        "<script " * 50_000,
        "\u2028" * 200_000,
        "\x00" * 100_000,
        "\ud800" * 1000 + "function f(){}",
    ],
)
@pytest.mark.parametrize("file", ["a.js", "a.tsx", "a.vue"])
def test_hostile_text_ends_soon_and_only_in_our_exceptions(text: str, file: str) -> None:
    looks = itertools.count()
    compiler = FunctionCompiler(language_of(file) or "", seconds=LOOKS, clock=lambda: next(looks))
    with contextlib.suppress(LimitExceeded):
        compiler.compile(memoryview(text.encode("utf-8", "surrogatepass")))
    assert next(looks) < LOOKS + 10


def test_a_parse_that_takes_too_long_is_stopped() -> None:
    ticks = iter(range(10**9))
    with pytest.raises(LimitExceeded, match="more than 5"):
        FunctionCompiler("javascript", seconds=5, clock=lambda: next(ticks)).compile(memoryview(b"f(a=>b);" * 10_000))


def test_a_busy_machine_takes_no_names_away() -> None:
    for bounded in (FunctionCompiler, outline, parse):
        assert inspect.signature(bounded).parameters["clock"].default is time.thread_time, bounded.__name__
    assert MAX_PARSE_SECONDS < CPU_SECONDS


def test_a_nest_too_deep_for_the_parsers_own_recursion_is_refused() -> None:
    with pytest.raises(LimitExceeded, match="100000 brackets deep"):
        FunctionCompiler("javascript").compile(memoryview(b"{a:" * 100_000))


def test_levels_hidden_by_brackets_in_comments_are_counted() -> None:
    with pytest.raises(LimitExceeded, match="100000 brackets deep"):
        FunctionCompiler("javascript").compile(memoryview(b"{a:/*}*/" * 100_000))


def test_a_large_bundle_full_of_quotes_in_regular_expressions_is_no_nest() -> None:
    text = ("f(function(){return /['\"(]/.test(a)||/[*/]/.test(b)});" + "g(1);" * 200) * 3_000
    compiler = FunctionCompiler("javascript", seconds=300)  # whatever else the machine is doing
    index = compiler.open(Table.open(compiler.compile(memoryview(text.encode())).to_bytes()))
    assert index.name_at(0, 20) == "<anonymous>"


def test_a_source_above_the_size_limit_is_refused() -> None:
    with pytest.raises(LimitExceeded, match=str(MAX_SOURCE_BYTES)):
        FunctionCompiler("javascript").compile(memoryview(bytes(MAX_SOURCE_BYTES + 1)))


_PIECES = st.sampled_from(
    [
        "function f(",
        ") {",
        "}",
        "class A {",
        "b() {",
        "x();",
        "=>",
        "(",
        ")",
        "🛒",
        "é",
        "\n",
        "\r\n",
        "\r",
        "\u2028",
        "'",
        "`",
        "${",
        "//",
        "/*",
        "*/",
        " ",
    ]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_stretches_ascend_and_owners_exist(text: str) -> None:
    result = outline(text, "javascript")
    assert result.starts == sorted(set(result.starts))
    assert result.starts[0] == 0
    assert all(owner == 0xFFFFFFFF or owner < len(result.functions) for owner in result.owners)
    assert all(f.parent == 0xFFFFFFFF or f.parent < i for i, f in enumerate(result.functions))


@given(st.text(alphabet=st.sampled_from("a\n\r\u2028\u2029🛒é ☕"), max_size=60))
def test_positions_count_utf16_code_units_and_javascript_lines(text: str) -> None:
    source = SourceText(text)
    units = text.encode("utf-16-le")
    for i in range(len(text) + 1):
        offset = len(text[:i].encode("utf-16-le")) // 2
        before = re.split("\r\n|[\n\r\u2028\u2029]", text[:i])
        if text[i - 1 : i + 1] == "\r\n":
            continue  # between CR and LF there is no position
        assert source.position(offset) == (len(before) - 1, len(before[-1].encode("utf-16-le")) // 2)
        assert source.packed(offset) == source.position(offset)[0] << 32 | source.position(offset)[1]
    assert len(source.flat) == len(units) // 2
    assert bisect_right(source.lines, len(source.flat)) == len(source.lines)


# What tree-sitter cannot be stopped within: type arguments that do not end, one after the other, in each other, and in several statements.
OPEN_TYPES = ["A<B,", "A<B|", "A<(B),", 'A<"x",', "A<B<C>,", "A<()=>B,", "//<\nA<B,", "A<B,A<{a;},", "A<B,;", "A<"]


@pytest.mark.parametrize("unit", OPEN_TYPES)
def test_type_arguments_that_do_not_end_are_counted_before_they_are_parsed(unit: str) -> None:
    for language in ("typescript", "tsx"):
        with pytest.raises(LimitExceeded, match="unclosed `<` at once"):
            parse("function run() {\n" + unit * 3_000, language)


def test_comparisons_arrows_and_type_arguments_that_end_are_no_nest() -> None:
    text = "".join(f"const f{i} = (a: Map<string, Array<number>>) => a.size < {i} && a.size <= 3 || 1 << 2 > 4;\n" for i in range(3_000))
    source, (block,) = parse(text, "typescript")
    assert not block.tree.root_node.has_error
    assert len(source.lines) == 3_001
