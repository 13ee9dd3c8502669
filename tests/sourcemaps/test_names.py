"""Raw engine and compiler names, made readable: each convention with its row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.sourcemaps.names import tidy_name
from tests.counting import assert_in_proportion


@pytest.mark.parametrize(
    ("raw", "tidy"),
    [
        # names that are names
        ("total", "total"),
        ("Cart.total", "Cart.total"),
        ("get Cart.size", "get Cart.size"),
        ("new Cart", "new Cart"),
        ("new <anonymous>", "new <anonymous>"),
        ("Cart.#priv", "Cart.#priv"),
        ("Foo.<computed>", "Foo.<computed>"),
        ("Array.map", "Array.map"),
        ("__webpack_require__", "__webpack_require__"),
        ("_total2", "_total2"),
        ("$", "$"),
        ("eval", "eval"),
        # V8
        ("Object.<anonymous>", "<anonymous>"),
        ("Module.<anonymous>", "<anonymous>"),
        ("HTMLButtonElement.<anonymous>", "<anonymous>"),
        ("get broken [as broken]", "get broken"),
        ("Timeout.onTimeout [as _onTimeout]", "onTimeout"),
        ("Timeout._onTimeout", "<anonymous>"),
        ("Immediate.flush [as _onImmediate]", "flush"),
        ("Timeout.wait", "Timeout.wait"),
        ("async Cart.total", "Cart.total"),
        # webpack's module wrappers
        ("./src/main.ts", "<global>"),
        ("Module../src/main.ts", "<global>"),
        ("Object../src/main.ts", "<global>"),
        ("Module.583", "<global>"),
        # dart2js
        ("$async$foo", "foo"),
        ("Cart.$async$total$1", "total"),
        # regenerator
        ("_callee$", "<anonymous>"),
        ("_callee3$", "<anonymous>"),
        ("Context._callee2", "<anonymous>"),
        # Hermes
        ("?anon_0_each", "each"),
        ("?anon_0_", "<anonymous>"),
        # Metro's function maps
        ("Cart#total", "Cart.total"),
        ("Cart#constructor", "new Cart"),
        ("Cart##next", "Cart.#next"),
        ("Store#get__broken", "get Store.broken"),
        ("get__size", "get size"),
        ("set__featured", "set featured"),
        ("foo$argument_0", "<anonymous>"),
        ("names.map.reduce$argument_0", "<anonymous>"),
        ("Proxy$argument_1.get", "get"),
        # SpiderMonkey
        ("checkout/total<", "<anonymous>"),
        ("checkout/r<", "<anonymous>"),
        ("toJSON/<.lines<", "<anonymous>"),
        ("get broken/entries<", "<anonymous>"),
        ("checkout/total", "total"),
        ("checkout/</total", "total"),
        ("async*loadAll/<", "<anonymous>"),
        ("async*runAll", "runAll"),
        ("Foo.prototype.bar", "Foo.bar"),
        # JavaScriptCore and the old ones
        ("global code", "<global>"),
        ("module code", "<global>"),
        ("Global code", "<global>"),
        ("Anonymous function", "<anonymous>"),
        ("anonymous", "<anonymous>"),
        ("?", "<anonymous>"),
        # nothing
        ("", None),
        ("  ", None),
        (None, None),
        # what only looks like a convention
        ("src/main.ts", "src/main.ts"),
        ("a/b.js", "a/b.js"),
        ("get", "get"),
        ("operator<", "<anonymous>"),
        ("https://x/y", "https://x/y"),
    ],
)
def test_a_raw_name_becomes_what_a_person_would_write(raw: str | None, tidy: str | None) -> None:
    assert tidy_name(raw) == tidy


@given(st.text(alphabet="ab.#/<>$*[] _0123get__asyncargument", max_size=40) | st.text(max_size=30))
def test_tidying_never_raises_and_never_gives_an_empty_name(raw: str) -> None:
    assert tidy_name(raw) != ""


@pytest.mark.parametrize("piece", ["a.", "a/", "a<", "$argument_0", "a#", "get__", "[as ", " ", "?anon_0_", ".prototype.", "/<"])
def test_a_hostile_name_costs_little(piece: str) -> None:
    tidy_name(piece * 5_000)
    for end in ("", "!"):
        short, long = ((piece * 5_000)[:length] + end for length in (1_000, 4_000))
        assert_in_proportion(tidy_name, short, long, slack=100)
