"""Requests of every route, made from its own schema and then bent: each gets an answer in order, and what is promised of it."""

import json
import re
from functools import cache
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator.bounds import SERVICE
from symbolicator.service import create_app
from symbolicator.service.openapi import document
from symbolicator.service.routes import routes
from symbolicator.settings import Settings

from .conftest import CASE, ROOT, told

FILES = [CASE / "files", *(ROOT / "fixtures" / name / "files" for name in ("native/clang-dwarf5", "native/pdb-x64", "jvm/repackaged"))]
DOCUMENT = document(routes())
SCHEMAS = DOCUMENT["components"]["schemas"]
# What routes look at closely: so that some of what is made leads further than the first check.
WORDS = st.sampled_from(
    [
        "cca9b6ba305d27a72d14f6838ae4fe87af16a159", "bab6a9cc-5d30-a727-2d14-f6838ae4fe87", "BAB6A9CC5D30A7272D14F6838AE4FE870", "apiary",
        "1d506e0c-480d-50ea-ac87-028515df3636", "rel:0", "rel:99", "abs", "0x2b91", "0x500000002b91", "0", "native", "javascript", "java",
        "https://x/app.js", "harbor.Main", "harbor.e", "proguard", "elf", "pe", "scan", "_start", "press.pdb", "/build/apiary/hive.cpp",
        "Error: x\n    at f (https://x/app.js:1:4223)", "\0", "\u2028", "..", "a" * 300,
    ]
) | st.text(max_size=6)  # fmt: skip
NUMBERS = st.sampled_from([0, 1, -1, 2, 7, 4223, 11153, 0x500000002B91, 1 << 31, 1 << 53, 1 << 63, (1 << 64) - 1, 1 << 64, -(1 << 63)])
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


@cache
def valid(name):
    return st.deferred(lambda: of_schema(SCHEMAS[name]))


def of_schema(schema):
    """Values of a JSON schema, as msgspec writes them; one in twelve is anything."""
    return st.integers(0, 11).flatmap(lambda dice: ANYTHING if not dice else _of_schema(schema))


def _of_schema(schema):
    if "$ref" in schema:
        return valid(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return st.one_of([_of_schema(one) for one in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        named = {name: of_schema(one) for name, one in schema.get("properties", {}).items()}
        if not named:
            return st.dictionaries(WORDS, ANYTHING, max_size=3)
        needed = set(schema.get("required", ()))
        return st.fixed_dictionaries(
            {n: s for n, s in named.items() if n in needed}, optional={n: s for n, s in named.items() if n not in needed}
        )
    if kind == "array":
        if "prefixItems" in schema:
            return st.tuples(*map(of_schema, schema["prefixItems"])).map(list)
        return st.lists(of_schema(schema.get("items", {})), max_size=3)
    return {"string": WORDS, "integer": NUMBERS, "boolean": st.booleans(), "null": st.none(), "number": NUMBERS}.get(kind, ANYTHING)


def operations():
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            yield path, method, operation, schema


@pytest.fixture(scope="module")
def service():
    return create_app(Settings(files=tuple(FILES), cache_dir=False)).test_client()


@pytest.mark.parametrize(("path", "method", "operation", "schema"), [*operations()], ids=lambda one: one if isinstance(one, str) else "")
def test_every_answer_is_one_that_the_document_names(service, path, method, operation, schema):
    @settings(max_examples=40)
    @given(
        body=st.just(None) if schema is None else of_schema(schema),
        parts=st.lists(WORDS, min_size=4, max_size=4),
        query=st.sampled_from(["", "?timeout=5&scope=1", "?release=1.2&dist=3"]),
    )
    def ask(body, parts, query):
        place = iter(parts)
        url = re.sub(r"\{\w+\}", lambda _: quote(next(place) or "x", safe="").replace("..", "%2E%2E"), path) + query
        data = None if body is None else json.dumps(body).encode("utf-8", "replace")
        answer = service.open(url, method=method.upper(), data=data, content_type="application/json" if data else None)
        assert str(answer.status_code) in operation["responses"] or answer.status_code in (308, 404), answer.get_data()
        assert answer.status_code != 500
        if answer.status_code >= 400:
            told(answer, answer.status_code)
        elif answer.mimetype == "application/json":
            json.loads(answer.get_data())

    ask()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/symbolicate", {"sources": [], "modules": [], "stacktraces": [{"frames": [{"instruction_addr": 1}] * 3}] * 2}),
        ("/symbolicate-js", {"stacktraces": [{"frames": [{}] * 3}] * 2}),
        ("/symbolicate-jvm", {"stacktraces": [{"frames": [{"function": "", "module": "", "index": 0}] * 3}] * 2}),
        ("/symbolicate/v5", {"memoryMap": [], "stacks": [[[-1, 0]] * 3] * 2}),
    ],
)
def test_no_door_takes_more_frames_than_an_event_may_have(path, body):
    """Their answers are many times as large as what is asked."""
    for most, code in ((5, 413), (6, 200)):
        client = create_app(Settings(cache_dir=False, bounds=msgspec.structs.replace(SERVICE, frames=most))).test_client()
        answer = client.post(path, json=body)
        assert answer.status_code == code
        if code != 200:
            told(answer, code)


@pytest.mark.parametrize(
    ("path", "method", "schema"), [(p, m, s) for p, m, _, s in operations() if s], ids=lambda one: one if isinstance(one, str) else ""
)
def test_half_a_surrogate_pair_anywhere_is_no_bug_of_ours(service, path, method, schema):
    url = path.replace("{project}", "a").replace("{org}", "a").replace("{version}", "1")
    for half in (
        {"\ud800": 1},
        {"checksum": "\ud800"},
        {"\ud800": {"\ud800": "\ud800"}},
        {"options": {"frame_order": "\ud800"}, "frames": [{"\ud800": 1}]},
    ):
        answer = service.open(url, method=method.upper(), data=json.dumps(half), content_type="application/json")
        assert answer.status_code in (200, 400, 422, 501), answer.text
