"""Everything that is fuzzed, by name: what makes a case out of chance, and holds it. A case raises where something is wrong: an exception that
is not ours, an answer that differs from another way to it, a problem of type `internal_error`.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import fuzz_mappings, fuzz_maps
from symbolicator import Symbolicator
from symbolicator.artifacts.bundles import container_kind, members
from symbolicator.artifacts.tables import DamagedTable
from symbolicator.errors import MalformedArtifact, TraceError
from symbolicator.mappings import MappingCompiler
from symbolicator.sourcemaps import SourceMapCompiler
from symbolicator.traces import find_traces
from symbolicator.traces.encoded import text_in
from tests.fuzz import apple, breakpad, documents, doors, dwarf, forger, native, pdb
from tests.makers.cabinets import STORED, cabinet

Target = Callable[[random.Random], None]
LONGEST = 64_000
"""Characters of a text: lines that are doubled again and again are 64,000 frames, which take their time."""
JUNK = (
    "\0",
    "\x1b[31m",
    "\u2028",
    "\ud800",
    "    at ",
    "<anonymous>",
    "(",
    "/../",
    "#0 0x",
    "0x" + "f" * 17,
    ":1:1",
    "at " * 9,
    "\r",
    "\r\n",
    "{",
    '"',
    "Caused by: ",
    "a" * 200,
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1 << 70,
    2.5,
    "",
    "x",
    "\ud800",
    "0x",
    "0xffffffffffffffff",
    [],
    {},
    [None],
    [[]],
    {"a": 1},
    "../../etc/passwd",
    "\0",
)


def tables(chance: random.Random) -> None:
    with suppress(DamagedTable):
        forger.questions(chance.choice(sorted(forger.kinds())), chance)


def damaged_native(chance: random.Random) -> None:
    native.all_ways(*native.case(str(chance.random())))


def generated_dwarf(chance: random.Random) -> None:
    native.all_ways(chance, dwarf.made(chance))


def damaged_breakpad(chance: random.Random) -> None:
    breakpad.all_ways(chance, breakpad.damaged(chance))


def damaged_pdb(chance: random.Random) -> None:
    pdb.all_ways(pdb.damaged(chance))


def maps(chance: random.Random) -> None:
    fuzz_maps.check(fuzz_maps.case(chance, []), SourceMapCompiler())


def mappings(chance: random.Random) -> None:
    fuzz_mappings.check(fuzz_mappings.case(chance, []), MappingCompiler())


@cache
def _texts() -> list[str]:
    found = [path.read_text("utf-8", "replace") for path in sorted((forger.FIXTURES / "traces").rglob("*.txt"))]
    return [text[:6000] for text in found if text]


def texts(chance: random.Random) -> None:
    lines = chance.choice(_texts()).splitlines(keepends=True)
    for _ in range(chance.choice((1, 2, 4, 9))):
        at = chance.randrange(len(lines))
        how = chance.randrange(6)
        if how == 0:
            lines[at:at] = chance.choice(_texts()).splitlines(keepends=True)[:8]
        elif how == 1:
            lines[at] = lines[at] * chance.choice((2, 40))
        elif how == 2 and len(lines) > 1:
            del lines[at]
        else:
            place = chance.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:place] + chance.choice(JUNK) + lines[at][place + chance.choice((0, 1, 7)) :]
    text = "".join(lines)[:LONGEST]
    try:
        traces = find_traces(text)
    except TraceError:
        return
    out = _engine().symbolicate(traces.event)
    assert "internal_error" not in json.dumps(out), "a bug of ours"
    traces.render(out)


@cache
def _archives() -> list[bytes]:
    found: list[bytes] = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("app.js", "let a = 1\n//# sourceMappingURL=app.js.map" + " " * 500)
            archive.writestr("a/b/app.js.map", '{"version":3,"sources":["a.ts"],"mappings":"AAAA"}')
            archive.writestr(
                "manifest.json",
                json.dumps({"files": {"app.js": {"type": "minified_source", "url": "~/app.js", "headers": {"debug-id": "x"}}}}),
            )
        found += [file.getvalue(), b"SYSB\2\0\0\0" + file.getvalue()]
    found += [cabinet({"app.js": b"let a = 1\n" * 9_000, "b.pdb": b"b"}), cabinet({"c": b"c" * 999}, STORED, reserves=b"room")]
    return [
        *found,
        gzip.compress(b"x" * 9000),
        gzip.compress(b"a") + gzip.compress(b"b") + bytes(9),
        b"\x28\xb5\x2f\xfd\x04\x58" + bytes(40),
    ]


def archives(chance: random.Random) -> None:
    data = bytearray(chance.choice(_archives()))
    for _ in range(chance.choice((1, 1, 3, 9))):
        at, width = chance.randrange(len(data)), chance.choice((1, 2, 4))
        data[at : at + width] = (chance.choice(forger.NASTY) & (1 << 8 * width) - 1).to_bytes(width, "little")
    if chance.random() < 0.15:
        del data[chance.randrange(len(data)) :]
    view = memoryview(bytes(data))
    if container_kind(view) is not None:
        with suppress(MalformedArtifact):
            for member in members("build.zip", view):
                assert member.content is not None or member.trouble


@cache
def _engine() -> Symbolicator:
    return Symbolicator(
        [forger.FIXTURES / "javascript" / "esbuild-min", forger.FIXTURES / "jvm", forger.FIXTURES / "native" / "gcc-dwarf5"],
        cache_dir=False,
    )


@cache
def _events() -> list[str]:
    said = json.loads((forger.FIXTURES / "native" / "gcc-dwarf5" / "expected.json").read_text())
    frames = [{"instruction_addr": look["addr"], "function": "f"} for look in said["lookups"][:12]]
    scripts = [
        {"abs_path": "https://x/app.js", "lineno": 1, "colno": 400 * i, "function": "a", "in_app": True, "data": {}} for i in range(9)
    ]
    return [
        json.dumps(
            {
                "platform": "native",
                "debug_meta": {"images": said["images"]},
                "exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]},
            }
        ),
        json.dumps(
            {
                "platform": "javascript",
                "release": "a@1",
                "dist": "2",
                "exception": {"values": [{"type": "E", "value": "v", "stacktrace": {"frames": scripts}, "raw_stacktrace": None}]},
                "threads": {"values": [{"id": 1, "crashed": True, "stacktrace": {"frames": scripts[:2]}}]},
            }
        ),
        json.dumps(
            {
                "platform": "java",
                "frames": [{"module": "a.b", "function": "c", "lineno": 3, "filename": "SourceFile"}],
                "debug_meta": {"images": [{"type": "proguard", "uuid": "x"}]},
            }
        ),
    ]


def events(chance: random.Random) -> None:
    event = json.loads(chance.choice(_events()))
    documents.damage(chance, event, VALUES, chance.choice((1, 1, 2, 6)))
    out = _engine().symbolicate(event)
    assert "internal_error" not in json.dumps(out), "a bug of ours"


def apple_reports(chance: random.Random) -> None:
    apple.all_ways(apple.damaged(chance))


def tombstones(chance: random.Random) -> None:
    """Tombstones as protobuf, with slips in them; what they became is symbolicated."""
    bad = bytearray(chance.choice(_tombstones()))
    for _ in range(chance.choice((1, 1, 3, 20))):
        at = chance.randrange(len(bad))
        bad[at : at + chance.choice((1, 1, 2, 40))] = chance.choice(
            (b"", b"\xff" * 11, b"\0", bytes([chance.randrange(256)]), b"\x82\x01\0" * 40)
        )
    with suppress(TraceError):
        _engine().symbolicate(find_traces(text_in(bytes(bad))).event)


@cache
def _tombstones() -> list[bytes]:
    return [path.read_bytes() for path in sorted((forger.FIXTURES / "traces" / "tombstone").glob("*.pb"))]


def telemetry(chance: random.Random) -> None:
    doors.telemetry(chance, VALUES)


def envelopes(chance: random.Random) -> None:
    doors.envelopes(chance, VALUES)


def uploads(chance: random.Random) -> None:
    doors.uploaded(chance, VALUES)


TARGETS: dict[str, Target] = {
    "tombstones": tombstones,
    "apple": apple_reports,
    "tables": tables,
    "native": damaged_native,
    "dwarf": generated_dwarf,
    "breakpad": damaged_breakpad,
    "pdb": damaged_pdb,
    "maps": maps,
    "mappings": mappings,
    "texts": texts,
    "archives": archives,
    "events": events,
    "otlp": telemetry,
    "envelopes": envelopes,
    "uploads": uploads,
}
FOUND = Path(__file__).parent / "found.json"
"""Seeds of cases that were once wrong, by target."""


def run(name: str, seed: str) -> None:
    """One case, which its seed alone decides."""
    TARGETS[name](random.Random(f"{name} {seed}"))


__all__ = ["FOUND", "TARGETS", "run"]
