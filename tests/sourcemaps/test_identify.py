"""What a file is, by its content first."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.artifacts.files import Identity
from symbolicator.keys import FileKind
from symbolicator.sourcemaps.identify import identify

ID = "85314830-023f-4cf1-a267-535f4e37bb17"
MAP = {"version": 3, "file": "app.js", "sources": ["a.ts"], "names": [], "mappings": "AAAA", "debugId": ID}
MAP_IDENTITY = Identity(kind=FileKind.SOURCEMAP, debug_ids=(ID,), file="app.js")


@pytest.mark.parametrize(
    ("name", "content", "identity"),
    [
        # maps, whatever they are called
        ("app.js.map", json.dumps(MAP), MAP_IDENTITY),
        ("app.json", json.dumps(MAP), MAP_IDENTITY),
        ("app.map", ")]}'\n" + json.dumps(MAP), MAP_IDENTITY),
        ("app.map", ")]}'" + json.dumps(MAP), MAP_IDENTITY),
        ("app.map", "\ufeff \n" + json.dumps(MAP), MAP_IDENTITY),
        ("app.map", json.dumps({**MAP, "debugId": None, "debug_id": ID.upper()}), MAP_IDENTITY),
        ("app.map", json.dumps({"version": "3", "mappings": ""}), Identity(kind=FileKind.SOURCEMAP)),
        ("app.map", json.dumps({"version": 3, "sections": []}), Identity(kind=FileKind.SOURCEMAP)),
        # a damaged one is still a map: whoever asks for it is told what is wrong with it
        ("app.js.map", json.dumps(MAP)[:40], Identity(kind=FileKind.SOURCEMAP)),
        # other JSON
        ("package.json", '{"version": "1.0.0", "file": "x"}', None),
        ("data.json", '{"version": 3, "mappings": {"a": 1}}', None),
        ("data.json", "{", None),
        # scripts
        ("app.js", "f()", Identity(kind=FileKind.SCRIPT)),
        ("app.mjs", "f()\n//# sourceMappingURL=app.mjs.map", Identity(kind=FileKind.SCRIPT, map_url="app.mjs.map")),
        ("app.js", "f()\n//# sourceMappingURL=data:application/json;base64,AAAA", Identity(kind=FileKind.SCRIPT, map_url="data:")),
        ("index.android.bundle", f"f()\n//# debugId={ID}", Identity(kind=FileKind.SCRIPT, debug_ids=(ID,))),
        (
            "app.js",
            '{eval("f()\\n//# sourceURL=webpack-internal:///./a.ts")}',
            Identity(kind=FileKind.SCRIPT, urls=("webpack-internal:///./a.ts",)),
        ),
        ("3f2a1b", "f()\n//# sourceMappingURL=app.js.map", Identity(kind=FileKind.SCRIPT, map_url="app.js.map")),
        ("main.hbc", b"\xc6\x1f\xbc\x03\xc1\x03\x19\x1f" + bytes(100), Identity(kind=FileKind.SCRIPT)),
        ("main.jsbundle", b"\xe5\xd1\x0b\xfb" + bytes(100), Identity(kind=FileKind.SCRIPT)),
        ("UNBUNDLE", b"\xe5\xd1\x0b\xfb", Identity(kind=FileKind.OTHER)),
        # sources
        ("cart.ts", "f()", Identity(kind=FileKind.SOURCE)),
        ("cart.tsx", "f()", Identity(kind=FileKind.SOURCE)),
        ("App.vue", "<script>f()</script>", Identity(kind=FileKind.SOURCE)),
        # other rooms'
        ("style.css", "a{}\n/*# sourceMappingURL=style.css.map */", None),
        ("notes.txt", "see //# sourceMappingURL=\n", None),
        ("a.out", b"\x7fELF\x02\x01\x01" + bytes(100), None),
        ("empty.js", "", None),
    ],
)
def test_a_file_is_what_its_content_says(name: str, content: str | bytes, identity: Identity | None) -> None:
    assert identify(name, memoryview(content if isinstance(content, bytes) else content.encode())) == identity


def test_a_large_map_is_identified_without_being_taken_into_memory() -> None:
    data = memoryview(json.dumps({**MAP, "sourcesContent": ["x" * 30_000_000]}).encode())
    tracemalloc.start()
    try:
        assert identify("app.js.map", data) == MAP_IDENTITY
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@given(
    st.sampled_from(["a.js", "a.map", "a.ts", "a", "a.bundle"]),
    st.binary(max_size=200) | st.text(alphabet="{}[]\":,)]}'vermapins3 \n", max_size=80).map(str.encode),
)
def test_no_content_makes_it_raise(name: str, data: bytes) -> None:
    identify(name, memoryview(data))
