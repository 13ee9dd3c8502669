"""Events per second: `symbolicate(event)` with 30 frames and context, warm, on one core; and where its time goes, by room.

Usage: python benchmarks/events.py [--repeat N] [--seconds S] [small | medium | large]      (default: medium)

The event has one exception of 30 frames in one minified script, at 30 positions spread over 30 sources of its map. Each run is a fresh process with
a fresh `Symbolicator(files=<folder of the script and its map>)`: the first event (the map is compiled, the sources that occur are parsed for
names), the same from the cache folder in another process, then warm ones for S seconds of CPU time. The answers are checked against
`SourceMap.lookup`: a run with wrong ones is void.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import sys
import tempfile
import time
from pathlib import Path

import children
import source_maps

REPEAT = 5
SECONDS = 2.0
SETTLING = 0.5
INSIDE = 3
"""Every third frame stands within a segment and not at its start, as about that many do in real stacks."""
ROOMS = (  # the first whose path fits owns the time
    ("event JSON → model", ("event/reading.py:",)),
    ("model → event JSON", ("event/",)),
    ("model", ("model.py:", "problems.py:")),
    ("desk (lookup.py)", ("symbolicator/lookup.py:", "keys.py:")),
    ("stores", ("artifacts/stores.py:", "artifacts/directory.py:", "artifacts/matching.py:", "artifacts/index.py:", "artifacts/records.py:", "artifacts/scanning.py:", "artifacts/bundles.py:", "artifacts/zips.py:", "artifacts/files.py:", "artifacts/derived.py:")),
    ("cache", ("artifacts/cache.py:", "artifacts/compiler.py:", "artifacts/table_folder.py:", "artifacts/folders.py:", "artifacts/memory.py:")),
    ("tables", ("artifacts/table_reading.py:", "artifacts/blocks.py:", "artifacts/table_writing.py:", "artifacts/text.py:")),
    ("paths", ("sourcemaps/paths.py:", "urllib/")),
    ("function names", ("transformers/function_names.py:", "sourcemaps/functions.py:", "sourcemaps/naming.py:", "sourcemaps/outline.py:", "sourcemaps/languages.py:")),
    ("source maps: look-up, context", ("sourcemaps/",)),
    ("JavaScript transformer", ("transformers/",)),
    ("context (cutting)", ("context.py:",)),
    ("pipeline, engine", ("pipeline.py:", "engine.py:", "registry.py:")),
)  # fmt: skip


def make_event(script: str, positions: list[list[int]]) -> dict:
    """An event as a browser's SDK would send it, caller first."""
    frames = [
        {
            "function": "e",
            "abs_path": f"https://shop.example/assets/{script}",
            "filename": f"/assets/{script}",
            "lineno": line + 1,
            "colno": column + 1,
            "in_app": True,
        }
        for line, column in positions
    ]
    return {
        "event_id": "9ec79c33ec9942ab8353589fcb2e04dc", "platform": "javascript", "release": "shop@1.4.2", "environment": "production",
        "exception": {"values": [{"type": "TypeError", "value": "Cannot read properties of undefined (reading 'sku')", "stacktrace": {"frames": frames}}]},
        "tags": [["browser", "Chrome 129"]], "user": {"id": "7"}, "breadcrumbs": {"values": [{"category": "ui.click", "message": "button"}] * 10},
    }  # fmt: skip


def copied(path: Path, folder: Path) -> str:
    """A build's output folder holding one script and its map; the script's name.

    Waits: a file that changed in the moments before a scan is read again by the next process, and a build that is symbolicated is older.
    """
    folder.mkdir()
    script = path.with_suffix("")
    for each in (script, path):
        (folder / each.name).write_bytes(each.read_bytes())
    time.sleep(SETTLING)
    return script.name


# ── in the child ──────────────────────────────────────────────────────────────────────────────────────────────────


def child_expected(path: Path) -> dict:
    """The positions, and what the map says of each."""
    from symbolicator.sourcemaps import SourceMap

    positions = source_maps.child_positions(path, inside=INSIDE)["positions"]
    opened = SourceMap.parse(path.read_bytes())
    hits = [opened.hit(line, column) for line, column in positions]
    starts = [hit.generated_column == column for hit, (_, column) in zip(hits, positions, strict=True)]
    return {"positions": positions, "places": [[hit.line + 1, hit.column + 1] for hit in hits], "starts": starts}


def right(event: dict, expected: dict) -> int:
    """How many frames are at the place the map says, with their context; at or after it where the position is within a segment."""
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    return sum(
        ([frame["lineno"], frame["colno"]] == place or (not start and [frame["lineno"], frame["colno"]] > place))
        and frame["data"]["symbolicator_status"] == "symbolicated" and frame.get("context_line") is not None
        for frame, place, start in zip(frames, expected["places"], expected["starts"], strict=True)
    )  # fmt: skip


def child_events(folder: Path, cache: Path, script: str, expected: dict, seconds: float) -> dict:
    """The first event, then warm ones."""
    import symbolicator
    from symbolicator.transformers import javascript  # noqa: F401 - imports are not measured

    event = make_event(script, expected["positions"])
    start = time.process_time()
    with symbolicator.Symbolicator(files=[folder], cache_dir=cache) as engine:
        first = engine.symbolicate(event)
        first_seconds = time.process_time() - start
        for _ in range(20):
            engine.symbolicate(event)
        count, start = 0, time.process_time()
        while time.process_time() - start < seconds:
            last = engine.symbolicate(event)
            count += 1
        warm_seconds = (time.process_time() - start) / count
    named = sum(frame.get("function") != "e" for frame in last["exception"]["values"][0]["stacktrace"]["frames"])
    return {
        "first": first_seconds,
        "warm": warm_seconds,
        "right": min(right(first, expected), right(last, expected)),
        "named": named,
        "same": first == last,
    }


def child_profile(folder: Path, cache: Path, script: str, expected: dict, count: int) -> dict:
    """Self time of each function over `count` warm events, in seconds; that of built-ins is their callers'."""
    import symbolicator

    event = make_event(script, expected["positions"])
    profile = cProfile.Profile()
    with symbolicator.Symbolicator(files=[folder], cache_dir=cache) as engine:
        for _ in range(20):
            engine.symbolicate(event)
        profile.enable()
        for _ in range(count):
            engine.symbolicate(event)
        profile.disable()
    spent: dict[str, list[float]] = {}
    for (file, line, name), (_, calls, self_time, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file == "~" or "symbolicator" not in file:
            for (caller_file, caller_line, caller_name), (_, _, caller_time, _) in callers.items():
                _add(spent, f"{caller_file}:{caller_name}:{caller_line}", caller_time, 0)
        else:
            _add(spent, f"{file}:{name}:{line}", self_time, calls)
    return {name: [seconds / count, calls / count] for name, (seconds, calls) in spent.items()}


def _add(spent: dict[str, list[float]], name: str, seconds: float, calls: int) -> None:
    entry = spent.setdefault(name, [0.0, 0])
    entry[0] += seconds
    entry[1] += calls


# ── in the parent ─────────────────────────────────────────────────────────────────────────────────────────────────


def child(*arguments: object) -> dict:
    return children.run([sys.executable, __file__, "--child", *map(str, arguments)])


def room_of(name: str) -> str:
    return next((room for room, parts in ROOMS if any(part in name for part in parts)), "other")


def print_profile(spent: dict[str, list[float]]) -> None:
    """Two tables: by room, and the dozen functions that cost most."""
    whole = sum(seconds for seconds, _ in spent.values())
    rooms: dict[str, float] = {}
    for name, (seconds, _) in spent.items():
        rooms[room_of(name)] = rooms.get(room_of(name), 0.0) + seconds
    rows = [
        (room, f"{seconds * 1e6:.0f}", f"{seconds / whole:.0%}") for room, seconds in sorted(rooms.items(), key=lambda entry: -entry[1])
    ]
    print("\nWhere a warm event's time goes (under cProfile, which makes calls dearer than they are):")
    print(children.table(("room", "µs", "share"), rows))
    top = sorted(spent.items(), key=lambda entry: -entry[1][0])[:12]
    rows = [
        (name.partition("symbolicator/")[2] or name, f"{calls:.0f}", f"{seconds * 1e6:.0f}", f"{seconds / whole:.0%}")
        for name, (seconds, calls) in top
    ]
    print("\n" + children.table(("function, with the built-ins it calls", "calls", "µs", "share"), rows), flush=True)


def main(size: str, repeat: int, seconds: float) -> list[tuple[str, bool]]:
    """Measure and print; whether the answers were right."""
    path = next(path for path in children.require_maps() if path.name.startswith(size))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "dist"
        script = copied(path, folder)
        told = Path(name) / "expected.json"
        expected = child("expected", path)
        told.write_text(json.dumps(expected))
        cold, warm = [], []
        for turn in range(repeat):
            cache = Path(name) / f"cache{turn}"
            cold.append(child("events", folder, cache, script, told, 0.01))
            warm.append(child("events", folder, cache, script, told, seconds))
        first, later = children.medians(cold, "first", "warm"), children.medians(warm, "first", "warm")
        answers_right = min(one["right"] for one in (*cold, *warm))
        print(f"\nsymbolicate(event): 30 frames with context, {path.name}")
        rows = [
            ("first event, nothing cached", f"{first['first'] * 1000:.1f}", ""),
            ("first event of a process, compiled before", f"{later['first'] * 1000:.1f}", ""),
            ("warm event", f"{later['warm'] * 1000:.2f}", f"{1 / later['warm']:.0f}"),
        ]
        print(children.table(("", "CPU ms", "events/s on one core"), rows))
        print(f"right: {answers_right}/{len(expected['places'])} frames; named otherwise than the minified name: {later['named']}")
        print_profile(child("profile", folder, Path(name) / "cache0", script, told, 200))
    return [
        (
            f"symbolicate(event): {1 / later['warm']:.0f} warm events/s, {answers_right}/{len(expected['places'])} frames right",
            answers_right == len(expected["places"]),
        )
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        what, *rest = sys.argv[2:]
        if what == "expected":
            answer = child_expected(Path(rest[0]))
        elif what == "events":
            answer = child_events(Path(rest[0]), Path(rest[1]), rest[2], json.loads(Path(rest[3]).read_text()), float(rest[4]))
        else:
            answer = child_profile(Path(rest[0]), Path(rest[1]), rest[2], json.loads(Path(rest[3]).read_text()), int(rest[4]))
        print(json.dumps(answer))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("size", nargs="?", default="medium", choices=children.SIZES)
    parser.add_argument("--repeat", type=int, default=REPEAT)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    main(options.size, options.repeat, options.seconds)
