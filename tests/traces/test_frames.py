"""One line at a time: what each format reads of it."""

import pytest

from symbolicator.traces.formats import FORMATS, all_formats
from symbolicator.traces.scan import read_line


def read(line):
    """(format, function, abs_path, lineno, colno, data) of a line; None where it is no frame."""
    got = read_line(line, FORMATS)
    if got is None or not got[1].strong:
        return None
    frame = got[1].frame
    return got[0].name, frame.get("function"), frame.get("abs_path"), frame.get("lineno"), frame.get("colno"), frame.get("data", {})


V8 = [
    # the plain forms
    ("    at total (/srv/shop/cart.js:12:7)", "total", "/srv/shop/cart.js", 12, 7, {}),
    ("    at /srv/shop/cart.js:12:7", None, "/srv/shop/cart.js", 12, 7, {}),
    ("at total (cart.js:12)", "total", "cart.js", 12, None, {}),
    # names
    ("    at Object.<anonymous> (/srv/a.js:1:2)", "Object.<anonymous>", "/srv/a.js", 1, 2, {}),
    (
        "    at HTMLButtonElement.<anonymous> (https://x.example/a.js:1:2)",
        "HTMLButtonElement.<anonymous>",
        "https://x.example/a.js",
        1,
        2,
        {},
    ),
    ("    at get size [as size] (/srv/a.js:1:2)", "get size", "/srv/a.js", 1, 2, {"as": "size"}),
    ("    at Shop.<computed> [as buy] (/srv/a.js:1:2)", "Shop.<computed>", "/srv/a.js", 1, 2, {"as": "buy"}),
    ("    at new Cart (/srv/a.js:1:2)", "new Cart", "/srv/a.js", 1, 2, {}),
    ("    at async Promise.all (index 3)", "Promise.all", "index 3", None, None, {"async": True}),
    ("    at async Object.buy [as purchase] (/srv/a.js:1:2)", "Object.buy", "/srv/a.js", 1, 2, {"async": True, "as": "purchase"}),
    ("    at async file:///srv/a.mjs:1:2", None, "file:///srv/a.mjs", 1, 2, {"async": True}),
    ("    at #secret (/srv/a.js:1:2)", "#secret", "/srv/a.js", 1, 2, {}),
    ("    at Shop.price (net) (/srv/a.js:1:2)", "Shop.price (net)", "/srv/a.js", 1, 2, {}),
    ("    at $scope.größe_名 (/srv/a.js:1:2)", "$scope.größe_名", "/srv/a.js", 1, 2, {}),
    ("    at ./src/main.ts (/srv/a.js:1:2)", "./src/main.ts", "/srv/a.js", 1, 2, {}),
    ("    at Anonymous function (http://shop.example/a.js:1:2)", "Anonymous function", "http://shop.example/a.js", 1, 2, {}),
    ("   at Global code (http://shop.example/a.js:1:2)", "Global code", "http://shop.example/a.js", 1, 2, {}),
    # files
    ("    at f (/srv/my app (copy)/[id]/a b.js:1:2)", "f", "/srv/my app (copy)/[id]/a b.js", 1, 2, {}),
    ("    at /srv/my app (copy)/a b.js:1:2", None, "/srv/my app (copy)/a b.js", 1, 2, {}),
    ("    at f (/srv/odd) name/a.js:1:2)", "f", "/srv/odd) name/a.js", 1, 2, {}),
    (r"    at f (C:\My Shop\dist\a.js:1:2)", "f", r"C:\My Shop\dist\a.js", 1, 2, {}),
    (r"    at C:\shop\a.js:1:2", None, r"C:\shop\a.js", 1, 2, {}),
    ("    at f (http://[::1]:3000/a.js:1:2)", "f", "http://[::1]:3000/a.js", 1, 2, {}),
    ("    at f (http://localhost:3000/a.js?t=10:20:30:1:2)", "f", "http://localhost:3000/a.js?t=10:20:30", 1, 2, {}),
    ("    at f (blob:https://shop.example/1b2c-3d:1:2)", "f", "blob:https://shop.example/1b2c-3d", 1, 2, {}),
    ("    at f (data:text/javascript,throw%201:1:2)", "f", "data:text/javascript,throw%201", 1, 2, {}),
    ("    at f (chrome-extension://abcdef/a.js:1:2)", "f", "chrome-extension://abcdef/a.js", 1, 2, {}),
    ("    at f (capacitor://localhost/a.js:1:2)", "f", "capacitor://localhost/a.js", 1, 2, {}),
    ("    at f (webpack-internal:///./src/a.ts:1:2)", "f", "webpack-internal:///./src/a.ts", 1, 2, {}),
    ("    at f (/srv/node_modules/@scope/x@1.2.0/a.js:1:2)", "f", "/srv/node_modules/@scope/x@1.2.0/a.js", 1, 2, {}),
    ("    at node:internal/main/run_main_module:28:49", None, "node:internal/main/run_main_module", 28, 49, {}),
    # code without a place of its own
    ("    at Array.map (<anonymous>)", "Array.map", "<anonymous>", None, None, {}),
    ("    at construct (native)", "construct", "native", None, None, {}),
    ("    at <anonymous>", None, "<anonymous>", None, None, {}),
    ("    at <anonymous>:1:7", None, "<anonymous>", 1, 7, {}),
    ("    at evalmachine.<anonymous>:1:6", None, "evalmachine.<anonymous>", 1, 6, {}),
    ("    at REPL1:1:7", None, "REPL1", 1, 7, {}),
    ("    at [eval]:1:7", None, "[eval]", 1, 7, {}),
    ("    at inner (JavaScript:1:55)", "inner", "JavaScript", 1, 55, {}),
    # written by people
    ("    at f(/srv/a.js:1:2)", "f", "/srv/a.js", 1, 2, {}),
    # node's inspect goes on behind the last frame
    ("      at f (/srv/a.js:1:2) {", "f", "/srv/a.js", 1, 2, {}),
    ("      at f (/srv/a.js:1:2),", "f", "/srv/a.js", 1, 2, {}),
]


@pytest.mark.parametrize("row", V8, ids=[row[0].strip() for row in V8])
def test_v8_frame(row):
    line, *expected = row
    assert read(line) == ("v8", *expected)


def test_a_frame_of_an_eval_is_at_its_inner_position_and_keeps_the_outer_one():
    got = read("    at inner (eval at run (/srv/a.js:1:4683), <anonymous>:3:36)")
    assert got == (
        "v8",
        "inner",
        "<anonymous>",
        3,
        36,
        {"eval_origin": {"function": "run", "abs_path": "/srv/a.js", "lineno": 1, "colno": 4683}},
    )


def test_evals_in_evals_are_a_chain_innermost_first():
    origin = read("    at eval (eval at inner (eval at <anonymous> (/srv/a.js:15:7)), <anonymous>:1:6)")[5]["eval_origin"]
    assert origin == {"function": "inner", "eval_origin": {"function": "<anonymous>", "abs_path": "/srv/a.js", "lineno": 15, "colno": 7}}


def test_evals_nested_without_end_are_cut():
    place = "/srv/a.js:1:2"
    for _ in range(100):
        place = f"eval at f ({place}), <anonymous>:1:1"
    assert read(f"    at f ({place})")[2:5] == ("<anonymous>", 1, 1)


def test_a_wasm_frame_is_native_to_its_module():
    for line in ("    at mul (wasm://wasm/3dd5e9f6:wasm-function[12]:0x1a2)", "mul@wasm://wasm/3dd5e9f6:wasm-function[12]:0x1a2"):
        frame = read_line(line, FORMATS)[1].frame
        assert frame["platform"] == "native"
        assert (frame["function"], frame["package"], frame["instruction_addr"]) == ("mul", "wasm://wasm/3dd5e9f6", "0x1a2")
    assert read_line("    at wasm://wasm/3dd5e9f6:wasm-function[12]:0x1a2", FORMATS)[1].frame["function"] == "wasm-function[12]"


def test_a_hermes_address_counts_from_0_and_its_colno_from_1():
    assert read("    at priceOf (address at index.android.bundle:1:11940)") == (
        "hermes", "priceOf", "index.android.bundle", 1, 11941, {"hermes_address": 11940},
    )  # fmt: skip
    assert read("    at ?anon_0_each (address at /data/app/base.apk/assets/index.android.bundle:1:7)")[2:5] == (
        "/data/app/base.apk/assets/index.android.bundle", 1, 8,
    )  # fmt: skip


def test_a_hermes_address_counts_from_0_also_without_a_blank_before_it():
    form, found = read_line("       at .priceOf(address at index.android.bundle:1:11940)", FORMATS)
    assert (form.name, found.frame["function"], found.frame["colno"], found.frame["abs_path"]) == (
        "hermes",
        "priceOf",
        11941,
        "index.android.bundle",
    )


def test_hermes_running_from_source_counts_as_it_prints():
    assert read("    at priceOf (index.android.bundle:989:67)") == ("v8", "priceOf", "index.android.bundle", 989, 67, {})


GECKO = [
    ("total@https://shop.example/cart.js:12:7", "total", "https://shop.example/cart.js", 12, 7, {}),
    ("@https://shop.example/cart.js:12:7", None, "https://shop.example/cart.js", 12, 7, {}),
    ("total@file:///srv/cart.js:12", "total", "file:///srv/cart.js", 12, None, {}),
    ("total/<@https://shop.example/cart.js:12:7", "total/<", "https://shop.example/cart.js", 12, 7, {}),
    ("each.prototype.next/run<@a.js:1:2", "each.prototype.next/run<", "a.js", 1, 2, {}),
    ("async*load@https://shop.example/cart.js:1:2", "load", "https://shop.example/cart.js", 1, 2, {"async": "async*"}),
    ("setTimeout handler*load@https://shop.example/a.js:1:2", "load", "https://shop.example/a.js", 1, 2, {"async": "setTimeout handler*"}),
    ("get size@/srv/a.js:1:2", "get size", "/srv/a.js", 1, 2, {}),
    ("a b c@https://shop.example/a.js:1:2", "a b c", "https://shop.example/a.js", 1, 2, {}),
    ("f@https://cdn.example/npm/vue@3.4.0/@scope/a.js:1:2", "f", "https://cdn.example/npm/vue@3.4.0/@scope/a.js", 1, 2, {}),
    ("f@https://shop.example/a.js?t=10:20:1:2", "f", "https://shop.example/a.js?t=10:20", 1, 2, {}),
    ("f@http://[::1]:3000/a.js:1:2", "f", "http://[::1]:3000/a.js", 1, 2, {}),
    ("f@moz-extension://12-34/a b.js:1:2", "f", "moz-extension://12-34/a b.js", 1, 2, {}),
    ("f@debugger eval code:1:9", "f", "debugger eval code", 1, 9, {}),
    ("map@[native code]", "map", "[native code]", None, None, {}),
    ("global code@capacitor://localhost/a.js:1:2", "global code", "capacitor://localhost/a.js", 1, 2, {}),
    ("f@/var/containers/1-2/Shop.app/main.jsbundle:1:2", "f", "/var/containers/1-2/Shop.app/main.jsbundle", 1, 2, {}),
]  # fmt: skip


@pytest.mark.parametrize("row", GECKO, ids=[row[0] for row in GECKO])
def test_spidermonkey_and_jsc_frame(row):
    line, *expected = row
    assert read(line) == ("gecko", *expected)


def test_jsc_prints_a_nameless_function_as_its_place_alone():
    assert read("https://shop.example/a.js:1:2") == ("jsc", None, "https://shop.example/a.js", 1, 2, {})


@pytest.mark.parametrize(
    ("line", "origin"),
    [
        ("f@a.js line 72 > Function:3:36", {"abs_path": "a.js", "lineno": 72}),
        (
            "f@a.js line 72 > eval line 1 > eval:3:36",
            {"abs_path": "<anonymous>", "lineno": 1, "eval_origin": {"abs_path": "a.js", "lineno": 72}},
        ),
    ],
)
def test_spidermonkey_eval_is_at_its_inner_position(line, origin):
    name, function, path, lineno, colno, data = read(line)
    assert (name, function, path, lineno, colno, data["eval_origin"]) == ("gecko", "f", "<anonymous>", 3, 36, origin)


ANDROID = [
    ("priceOf@1:11940", "priceOf", "index.android.bundle", 1, 11941, {"assumed_path": True}),
    ("<unknown>@45:0", "<unknown>", "index.android.bundle", 45, 1, {"assumed_path": True}),
    ("t.value@seg-3_5.js:1:200", "t.value", "seg-3_5.js", 1, 201, {}),
    ("t.value@12.js:4:0", "t.value", "12.js", 4, 1, {}),
]


@pytest.mark.parametrize("row", ANDROID, ids=[row[0] for row in ANDROID])
def test_android_javascript_exception_counts_columns_from_0(row):
    line, *expected = row
    assert read(line) == ("android", *expected)


def test_a_place_of_0_0_is_none():
    """As React Native's reporters write it (react/metro#966): of the engine's own functions, and where the engine knew none."""
    assert read("       at .apply((native):0:0)")[1:5] == (".apply", "native", None, None)
    assert read("       at .<unknown>(main.jsbundle:0:0)")[1:5] == (".<unknown>", "main.jsbundle", None, None)
    assert read("    at f (main.jsbundle:0:3)")[2:5] == ("main.jsbundle", 0, 3)


def test_crashlytics_lists_frames_of_ios_with_their_line_three_times():
    head = "2  ???                            0x0 "
    assert read(head + "t.value + 4 (main.jsbundle:4:624:4)") == ("crashlytics", "t.value", "main.jsbundle", 4, 624, {})
    assert read(head + "<unknown> + 3 (main (2).jsbundle:3:252:3)") == ("crashlytics", None, "main (2).jsbundle", 3, 252, {})
    assert read(head + "map + 0 ([native code]:0:0:0)") == ("crashlytics", "map", "[native code]", None, None, {})
    # Only bytecode has functions on line 1: the number is an offset, from 0.
    bytecode = ("crashlytics", "f", "main.jsbundle", 1, 7587, {"hermes_address": 7586})
    assert read(head + "f + 1 (main.jsbundle:1:7586:1)") == read(head + "f + 1 (address at main.jsbundle:1:7586:1)") == bytecode


@pytest.mark.parametrize(
    "place", ["t.value + 4 (main.jsbundle:5:624:5)", "t.value + 4 (main.jsbundle:4:624:5)", "<unknown> (aground at 7 with 1)"]
)
def test_crashlytics_lines_that_differ_are_no_frame(place):
    form = read("2  ???                            0x0 " + place)
    assert form is None or form[0] != "crashlytics"


CONSOLES = [
    ("priceOf @ cart.js:12", "chrome-console", "priceOf", "cart.js", 12, None),
    ("(anonymous)\t@\tcart.js:12", "chrome-console", "(anonymous)", "cart.js", 12, None),
    ("async load @ https://shop.example/cart.js:12:3", "chrome-console", "load", "https://shop.example/cart.js", 12, 3),
    ("    priceOf https://shop.example/cart.js:12", "firefox-console", "priceOf", "https://shop.example/cart.js", 12, None),
    ("\tpriceOf (cart.js:12:3)", "safari-console", "priceOf", "cart.js", 12, 3),
    ("\tGlobal Code (cart.js:12)", "safari-console", "Global Code", "cart.js", 12, None),
    (" ❯ Cart.priceOf src/cart.ts:12:3", "vitest", "Cart.priceOf", "src/cart.ts", 12, 3),
    (" ❯ src/cart.test.ts:12:3", "vitest", None, "src/cart.test.ts", 12, 3),
    ("    in Cart (at src/App.js:12)", "react", "Cart", "src/App.js", 12, None),
    ("    in Cart (at View.js:34), js engine: hermes", "react", "Cart", "View.js", 34, None),
    ("    in Cart (created by App)", "react", "Cart", None, None, None),
]


@pytest.mark.parametrize("row", CONSOLES, ids=[row[0].strip() for row in CONSOLES])
def test_console_and_component_stack_frame(row):
    line, *expected = row
    assert list(read(line)[:5]) == expected


@pytest.mark.parametrize(
    "line",
    [
        "the meeting is at 12:34:56",
        "at 12:34:56",
        "    at 12:34:56",
        "    at noon (12:34:56)",
        "write to someone@example.org:1:2",
        "foo@bar:1:2",
        "ssh root@10.0.0.1:22",
        "Listening on http://localhost:3000",
        "    at the end of the line",
        "    at least one of them",
        "in the end (at last)",
        "GET https://shop.example/a.js:80 200",
        "Node.js v20.1.0",
        "/srv/shop/cart.js:3",
        "",
        "at ",
        "@",
        "    at ()",
        "    at f ()",
        "a@",
    ],
)  # fmt: skip
def test_a_line_that_is_no_frame(line):
    assert read(line) is None


PREFIXES = [
    "12-01 10:00:00.000 E/ReactNativeJS( 123): ",
    "12-01 10:00:00.000  1234  5678 E ReactNativeJS: ",
    "E/AndroidRuntime( 123): ",
    "2026-11-22T10:00:00.123456789Z stderr F ",
    "2026-11-22 10:00:00,123 ERROR ",
    "Nov 22 10:00:00 web-1 node[77]: ",
    "[1234] ",
    "[web] [pid 7] ",
    "web_1  | ",
    "0|shop  | ",
    "| ",
    "> ",
    "10:00:00.123 ",
]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("indent", ["", "    ", "\t"])
@pytest.mark.parametrize(
    "line", ["at f (/srv/a.js:1:2)", "at /srv/a.js:1:2", "f@https://shop.example/a.js:1:2", "f@1:234", "at f (address at x.bundle:1:9)"]
)
def test_a_collectors_prefix_is_no_part_of_the_frame(prefix, indent, line):
    assert read(prefix + indent + line) == read(line)
    assert read(line) is not None


def test_no_line_is_tried_twice_on_one_format():
    assert len(set(all_formats())) == len(all_formats())
