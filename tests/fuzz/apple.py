"""Damaged reports of Apple's and walked minidumps: as text, as JSON whose text is damaged, and as JSON in which values are others'."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

from symbolicator import Symbolicator
from symbolicator.errors import TraceError
from symbolicator.traces import find_traces
from tests.fuzz import documents, forger

JUNK = (
    "\0", "{", "}", "[", "]", '"', ",", ":", "\\", "\\u12", "0x", " + ", "\n", "\t", "???", "Thread 0 Crashed:\n", "Last Exception Backtrace:\n", "(0x104b14458 0x104b146b8)",
    "Binary Images:\n", "0   libsmoker.dylib 0x104b14440 x + 1\n", "Exception Type: EXC_CRASH (SIGABRT)\n", "Application Specific Backtrace 1:\n", " + !  : | 7 f (in x) + 4  [0x104b14440]\n",
    "9" * 400, "<", ">", "1e999", "-0", "\ud800",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1 << 64,
    1 << 70,
    2.5,
    "",
    "x",
    "0x10",
    [],
    {},
    [None],
    [[]],
    {"a": 1},
    {"subFrames": [{}]},
    "\0",
    "00000000-0000-0000-0000-000000000000",
)
LONGEST = 40_000


@cache
def _texts() -> list[str]:
    paths = [path for folder in ("apple", "minidump") for path in sorted((forger.FIXTURES / "traces" / folder).iterdir())]
    return [path.read_text() for path in paths if path.suffix in (".crash", ".ips", ".json", ".txt") and path.name != "expected.json"]


@cache
def _engine() -> Symbolicator:
    return Symbolicator([forger.FIXTURES / "native" / case / "files" for case in ("macho-dsym", "crash-segv")], cache_dir=False)


def _with_other_values(chance: random.Random, text: str) -> str:
    head, _, rest = text.partition("\n") if text.startswith('{"app_name"') else ("", "", text)
    document = json.loads(rest)
    documents.damage(chance, document, VALUES, chance.choice((1, 1, 2, 6, 20)))
    return f"{head}\n{json.dumps(document)}" if head else json.dumps(document)


def damaged(chance: random.Random) -> str:
    """A report with something wrong in it."""
    text = chance.choice(_texts())
    if any(mark in text for mark in ('"usedImages"', '"callStackTree"', '"crash_info"')) and chance.random() < 0.6:
        return _with_other_values(chance, text)[:LONGEST]
    for _ in range(chance.choice((1, 2, 5, 20))):
        at = chance.randrange(len(text) + 1)
        how = chance.randrange(4)
        if how == 0:
            text = text[:at] + chance.choice(JUNK) + text[at:]
        elif how == 1:
            text = text[:at] + text[at + chance.choice((1, 1, 3, 40, 400)) :]
        elif how == 2:
            end = at + chance.choice((1, 20, 200))
            text = text[:at] + text[at:end] * chance.choice((2, 3, 30)) + text[end:]
        else:
            text = text[:at] + chance.choice(JUNK) + text[at + chance.choice((1, 2, 8)) :]
    return text[:LONGEST]


def all_ways(text: str) -> None:
    """A text through every door; what it became is read again."""
    try:
        traces = find_traces(text)
    except TraceError:
        return
    out = _engine().symbolicate(traces.event)
    assert "internal_error" not in json.dumps(out), "a bug of ours"
    for written in (traces.render(out), traces.plain(out)):
        try:
            find_traces(written)
        except TraceError:
            continue
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict):
        json.dumps(_engine().symbolicate(document))
