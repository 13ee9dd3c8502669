"""Modules in eval strings: found by sourceURL, decoded, with their inline maps."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.errors import MalformedArtifact
from symbolicator.sourcemaps.evals import eval_module, eval_urls, unescape
from tests.counting import assert_text_in_proportion

MAP = b'{"version":3,"sources":[],"mappings":""}'
INLINE = "//# sourceMappingURL=data:application/json;charset=utf-8;base64," + base64.b64encode(MAP).decode()
URL = "webpack-internal:///./src/a.ts"
BODY = "const cup = '☕\\n';\nf(\"🛒\");\n"


def bundle(*literals: str) -> memoryview:
    return memoryview("".join(f"/***/ (() => {{\n\neval({literal});\n\n}}),\n" for literal in literals).encode())


@pytest.mark.parametrize(
    "call",
    [
        # what webpack, rspack and Next write
        json.dumps(f"{BODY}{INLINE}\n//# sourceURL={URL}\n", ensure_ascii=False),
        json.dumps(f"{BODY}{INLINE}\n//# sourceURL={URL}\n"),
        "__webpack_require__.ts(" + json.dumps(f"{BODY}{INLINE}\n//# sourceURL={URL}\n") + ")",
        json.dumps(f"{BODY}//# sourceURL=[module]\n{INLINE}\n//# sourceURL={URL}\n"),
        # by hand
        "'" + json.dumps(f"{BODY}{INLINE}\n//# sourceURL={URL}\n")[1:-1].replace('\\"', '"').replace("'", "\\'") + "'",
        "`" + f"{BODY}{INLINE}\n//# sourceURL={URL}\n".replace("\\", "\\\\") + "`",
        '"' + "".join(f"\\x{ord(c):02x}" if c.isascii() else f"\\u{{{ord(c):x}}}" for c in BODY)
        + json.dumps(f"{INLINE}\n//# sourceURL={URL}\n")[1:-1] + '"',
    ],
)  # fmt: skip
def test_a_module_is_given_with_its_text_and_its_map(call: str) -> None:
    data = bundle(json.dumps("other\n//# sourceURL=other"), call)
    assert eval_urls(data) == ["other", URL]
    module = eval_module(data, URL)
    assert module is not None
    assert module.map == MAP
    assert module.text.startswith(BODY)


def test_a_module_without_a_map_has_its_text() -> None:
    data = bundle(json.dumps("f();\n//# sourceURL=webpack://shop/./src/a.js?"))
    module = eval_module(data, "webpack://shop/./src/a.js?")
    assert module is not None
    assert module.map is None
    assert module.text.startswith("f();")


def test_of_two_modules_with_one_url_the_later_ran_last() -> None:
    data = bundle(json.dumps(f"first\n//# sourceURL={URL}"), json.dumps(f"second\n//# sourceURL={URL}"))
    module = eval_module(data, URL)
    assert module is not None
    assert module.text.startswith("second")


def test_a_module_that_mentions_eval_is_whole() -> None:
    data = bundle(json.dumps(f"eval('x'); eval(\"y\");\n{INLINE}\n//# sourceURL={URL}\n"))
    module = eval_module(data, URL)
    assert module is not None
    assert module.text.startswith("eval('x')")


@pytest.mark.parametrize(
    "text", ["", "f()", "//# sourceURL=a.js", "eval(x)", "eval('//# sourceURL=')", 'eval("unterminated //# sourceURL=a']
)
def test_other_scripts_hold_no_modules(text: str) -> None:
    assert eval_urls(memoryview(text.encode())) == []
    assert eval_module(memoryview(text.encode()), "a") is None


def test_a_broken_map_is_malformed_and_not_silence() -> None:
    with pytest.raises(MalformedArtifact):
        eval_module(bundle(json.dumps(f"f()\n//# sourceMappingURL=data:application/json;base64,A\n//# sourceURL={URL}\n")), URL)


@given(st.text(max_size=40))
def test_a_literal_written_by_json_is_read_back(text: str) -> None:
    literal = json.dumps(text)
    assert unescape(literal.encode()) == text
    # By the slow path too: the same literal in single quotes.
    if "\ufffd" not in text and "'" not in text and '"' not in text:
        assert unescape(b"'" + literal.encode()[1:-1] + b"'") == text


@pytest.mark.parametrize(
    "text",
    [
        "eval('" * 100_000,
        'eval("' * 100_000 + "sourceURL=a",
        "eval(`sourceURL=" * 50_000,
        "eval(a(b(" * 100_000,
        'eval("' + "\\" * 500_000,
        "sourceURL=a" * 100_000,
    ],
)  # fmt: skip
def test_hostile_bundles_are_read_in_bounded_time(text: str) -> None:
    def read(data):
        eval_urls(memoryview(data))
        eval_module(memoryview(data), "a")

    read(text.encode())
    assert_text_in_proportion(read, text.encode())
