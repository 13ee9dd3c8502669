"""Why each frame is what it is, in words."""

import json
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace

HARBOUR = Path(__file__).parent.parent / "fixtures" / "react-native" / "harbour"


@pytest.fixture(scope="module")
def told():
    event = json.loads((HARBOUR / "events" / "three-languages.json").read_text())["event"]
    with Symbolicator(files=HARBOUR / "files", cache_dir=False) as engine:
        return str(engine.explain(event)).splitlines()


def test_a_java_frame_is_told_with_its_class(told):
    assert any("→ harbour.app.Dispatcher.begin at Dispatcher.java:11" in line for line in told)
    assert "  [symbolicated] harbour.app.Dispatcher.a at SourceFile:11" in told


@pytest.mark.parametrize(
    ("place", "file"), [("Dispatcher.java:11", "mapping.txt"), ("/srv/harbour/src/gate.js:4:13", "index.android.bundle.map")]
)
def test_the_file_that_brought_a_frame_back_is_named(told, place, file):
    (line,) = [line for line in told if f" at {place} " in line]
    assert line.endswith(f"/{file})")


def test_a_native_frame_names_its_debug_file_and_not_where_it_ran(told):
    (line,) = [line for line in told if "→ harbour::open at host.cpp:18:19" in line]
    assert line.endswith("/harbour-host)")
    assert "/srv/harbour/native" not in line


def test_a_frame_that_came_readable_is_not_said_to_be_symbolicated():
    """A stack that explains itself as mapped already is no help (getsentry/sentry-cli#1694)."""
    with Symbolicator(cache_dir=False) as engine:
        lines = str(engine.explain(parse_trace("Error: x\n    at f (node:internal/x:1:2)\n"))).splitlines()
    assert "  [readable] f at node:internal/x:1:2" in lines
