"""Real answers against `symbolicator.types`: what is declared is what comes back, and nothing else does."""

import json
import types as builtin
import typing
from pathlib import Path

import pytest

from symbolicator import Symbolicator, TraceError, parse_trace
from symbolicator.types import InputEvent, OutputEvent
from tests.makers.builds import CART, FRAME, build
from tests.makers.repositories import Repository

FIXTURES = Path(__file__).parent.parent / "fixtures"
PLATFORMS = sorted({files.relative_to(FIXTURES).parts[0] for files in FIXTURES.glob("**/files")})
_MOST = 2
"""Events of one case: more of them have the same shape."""


def faults(value, kind, where="event"):
    """How a value differs from a type, one sentence for each place."""
    origin = typing.get_origin(kind)
    if kind is typing.Any:
        return
    if typing.is_typeddict(kind):
        if not isinstance(value, dict):
            yield f"{where} is {value!r:.60}, not a {kind.__name__}"
            return
        keys = typing.get_type_hints(kind)
        for key, inner in value.items():
            if key in keys:
                yield from faults(inner, keys[key], f"{where}.{key}")
            else:
                yield f"{where}.{key} is not declared: {inner!r:.60}"
    elif origin is typing.Literal:
        if value not in kind.__args__:
            yield f"{where} is {value!r:.60}, none of {kind.__args__}"
    elif origin in {builtin.UnionType, typing.Union}:
        if all(any(faults(value, one)) for one in kind.__args__):
            yield f"{where} is {value!r:.60}, not {kind}"
    elif origin is list:
        if type(value) is list:
            for number, inner in enumerate(value):
                yield from faults(inner, kind.__args__[0], f"{where}[{number}]")
        else:
            yield f"{where} is {value!r:.60}, not {kind}"
    elif type(value) is not (origin or kind):
        yield f"{where} is {value!r:.60}, not {kind}"


def events_of(case):
    """Events of a fixture: its cases as JSON, and its traces."""
    for path in sorted(case.rglob("*")):
        if not path.is_file() or (case / "files") in path.parents:
            continue
        if path.suffix == ".json":
            document = json.loads(path.read_text())
            event = document.get("event") if isinstance(document, dict) else None
            if isinstance(event, dict):
                yield event
        elif path.suffix in {".txt", ".log", ".trace"}:
            try:
                yield parse_trace(path.read_bytes())
            except TraceError:
                continue


@pytest.mark.parametrize("platform", PLATFORMS)
def test_answers_are_what_the_types_say_and_equal_their_json(platform):
    seen = 0
    for files in sorted((FIXTURES / platform).glob("**/files")):
        events = list(events_of(files.parent))
        if not events:
            continue
        with Symbolicator(files, cache_dir=False, grouping=True) as engine:
            for event in events[:: -(-len(events) // _MOST)]:
                assert list(faults(event, InputEvent)) == []
                answer = engine.symbolicate(event)
                assert list(faults(answer, OutputEvent)) == []
                assert json.loads(json.dumps(answer)) == answer
                seen += 1
    assert seen


def test_what_is_read_from_texts_is_declared():
    with Symbolicator([], cache_dir=False) as engine:
        for path in sorted((FIXTURES / "traces").rglob("*")):
            if path.suffix in {".txt", ".ips", ".json", ".crash"}:
                try:
                    event = parse_trace(path.read_bytes())
                except TraceError:
                    continue
                assert list(faults(event, InputEvent)) == [], path
                assert list(faults(engine.symbolicate(event), OutputEvent)) == [], path


def test_a_wrong_shape_is_seen():
    frame = {"function": "f", "lineno": "3", "data": {"symbolicator_status": "fine", "mine": 1}}
    told = list(faults({"frames": [frame], "errors": {}}, OutputEvent))
    assert [one.split(" is ")[0] for one in told] == [
        "event.frames[0].lineno",
        "event.frames[0].data.symbolicator_status",
        "event.frames[0].data.mine",
        "event.errors",
    ]


def test_suspects_and_pull_requests_are_as_declared(tmp_path):
    repository = Repository(tmp_path / "shop")
    repository.commit({"src/cart.ts": CART}, "Count the items (#12)", author="ada")
    (tmp_path / "shop" / "CODEOWNERS").write_text("* @shop\n")
    build(tmp_path / "dist")
    with Symbolicator(tmp_path / "dist", cache_dir=False, repos=tmp_path / "shop", authors=True) as engine:
        answer = engine.symbolicate({"platform": "javascript", "stacktrace": {"frames": [dict(FRAME)]}})
    assert answer["suspect_commits"]
    assert list(faults(answer, OutputEvent)) == []
    assert json.loads(json.dumps(answer)) == answer
