"""What holds of every event that the fixtures have: what comes out is JSON as it stands, and what we do not read comes back untouched."""

import copy
import json
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.errors import TraceError

FIXTURES = Path(__file__).parent.parent / "fixtures"
UNKNOWN = {"x_unknown": [1, None, {"deep": "ünï", "number": 1.5}], "x_null": None, "x_empty": {}}
_EVENTS = frozenset(("exception", "threads", "stacktrace", "stacktraces", "frames"))


def events(path):
    """The events of a fixture's file: JSON that is one or holds some, a text as `parse_trace` reads it."""
    if path.suffix == ".txt":
        try:
            return [parse_trace(path.read_text("utf-8", "replace"))]
        except TraceError:
            return []
    try:
        document = json.loads(path.read_text())
    except ValueError:
        return []
    found, waiting = [], [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "crash_info" in value:  # a walked minidump is no event: it comes back in its own form
                continue
            if not _EVENTS.isdisjoint(value) and "expected" not in value:
                found.append(value)
            else:
                waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def files_of(path):
    """The folder of files that belongs to a fixture."""
    return next((folder / "files" for folder in path.parents if (folder / "files").is_dir()), path.parent)


PATHS = [
    path
    for path in sorted(FIXTURES.rglob("*"))
    if path.suffix in {".json", ".txt"} and "files" not in path.parts and "app" not in path.parts and "recipe" not in path.parts
]
FOLDERS = sorted({path.parent for path in PATHS if events(path)})


def holders(event):
    """The objects of an event that hold stacks: itself, exceptions, threads."""
    found = [event]
    for name in ("exception", "threads", "stacktraces"):
        value = event.get(name) or []
        found += value if isinstance(value, list) else value.get("values", [value])
    return found


def stacks(event, name="stacktrace"):
    """Each holder of frames, with what holds it."""
    for holder in holders(event):
        if holder.get(name):
            yield holder[name], holder
        elif "frames" in holder:
            yield holder, holder


def owners(event):
    """Everything in an event that is an object and no frame."""
    yield from holders(event)
    yield from (stack for stack, holder in stacks(event) if stack is not holder)
    yield from (event.get("debug_meta") or {}).get("images", ())


def marked(event):
    """An event with unknown keys in everything that is an object."""
    event = copy.deepcopy(event)
    frames = [frame for stack, _ in stacks(event) for frame in stack["frames"]]
    for owner in (*owners(event), *frames, *(frame.setdefault("data", {}) for frame in frames)):
        owner.update(copy.deepcopy(UNKNOWN))
    return event


def has_unknown(owner):
    return {key: owner.get(key, "gone") for key in UNKNOWN} == UNKNOWN


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(FIXTURES)))
def test_what_comes_out_is_json_as_it_stands_and_unknown_keys_come_back(folder):
    with Symbolicator(files=[files_of(folder / "x")], cache_dir=False, strict=True) as engine:
        for path in PATHS:
            if path.parent != folder:
                continue
            for event in map(marked, events(path)):
                before = copy.deepcopy(event)
                out = engine.symbolicate(event)
                assert event == before, path
                assert json.loads(json.dumps(out)) == out, path
                # Stacks that an event carries elsewhere are given exceptions and threads of their own, which have no such keys.
                assert sum(map(has_unknown, owners(out))) == sum(map(has_unknown, owners(event))), path
                for stack, holder in stacks(out):
                    raw = holder["raw_stacktrace"]["frames"]
                    for frame in stack["frames"]:
                        was = raw[frame["data"]["raw_index"]]
                        assert has_unknown(frame) == has_unknown(was), path
                        assert has_unknown(frame["data"]) == has_unknown(was.get("data", {})), path
                assert engine.symbolicate(out) == out, path


def test_there_are_events_of_every_platform():
    assert {folder.relative_to(FIXTURES).parts[0] for folder in FOLDERS} >= {"javascript", "jvm", "native", "react-native", "traces"}
