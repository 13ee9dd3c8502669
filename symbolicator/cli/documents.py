"""One JSON document, or JSON Lines? The content decides; lines are read one by one because a file of events may be larger than memory.

Apple's crash reports are two documents, a header line and the report; here they count as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import IO, Any, NamedTuple

from symbolicator.cli.failures import NO_TRACE, NOTHING, USAGE, Failure
from symbolicator.cli.streams import MOST, lines_of, read_most, too_large
from symbolicator.event.envelope import Envelope, is_envelope_start
from symbolicator.event.wire import read_json
from symbolicator.traces.apple.headers import is_header

Numbered = tuple[int, bytes]
"""A non-blank line and its number, from 1."""
_MISSING = object()


class Documents(NamedTuple):
    """Either the `one` document and its bytes, or the `lines` of JSON Lines, of which some may be bad, or an envelope."""

    one: Any
    content: bytes
    lines: Iterator[Numbered] | None
    envelope: Envelope | None = None


def read_documents(stream: IO[bytes], name: str) -> Documents:
    """The content of a stream. Raises `Failure` if it is neither."""
    source = lines_of(stream, name)
    number, start = next(((at, line) for at, line in enumerate(source, 1) if line.strip()), (1, b""))
    below = next(source, b"")  # of an envelope, every byte counts
    if is_envelope_start(start, below):
        return Documents(None, b"", None, Envelope(read_most(stream, name, start + below)))
    lines = ((at, line) for at, line in enumerate(chain((start, below), source), number) if line.strip())
    first = next(lines, None)
    if first is None:
        raise Failure(f"{name} is empty", "it must contain an event as JSON, or events as JSON Lines", NOTHING, NO_TRACE)
    second = next(lines, None)
    value = _read(first)
    if second is None and value is not _MISSING:
        return Documents(value, first[1], None)
    if second is not None and isinstance(value, dict) and is_header(value):
        return Documents(value, read_most(stream, name, first[1] + second[1]), None)
    head = [first] if second is None else [first, second]
    if _is_event(value) or name.endswith((".jsonl", ".ndjson")) or (second is not None and _is_event(_read(second))):
        return Documents(None, b"", chain(head, lines))
    everything = _all(head, lines, name)  # a document over several lines, or JSON Lines whose first lines are bad
    try:
        content = b"".join(line for _, line in everything)
        return Documents(read_json(content), content, None)
    except ValueError as error:
        if any(_is_event(_read(each)) for each in everything):
            return Documents(None, b"", iter(everything))
        raise Failure(
            f"{name} is not JSON: {error}", "give an event as JSON, or JSON Lines; for a trace as text use `symbolicator trace`", USAGE
        ) from error


def _all(head: list[Numbered], lines: Iterator[Numbered], name: str) -> list[Numbered]:
    """The lines of a document as a whole. Raises `Failure` if they are too many bytes."""
    everything, size = head, sum(len(line) for _, line in head)
    for one in lines:
        size += len(one[1])
        if size > MOST:
            raise too_large("the document", name)
        everything.append(one)
    return everything


def _read(line: Numbered) -> Any:
    """The value of a line that is complete by itself; an indented line is part of a document."""
    with suppress(ValueError):
        return read_json(line[1]) if not line[1][:1].isspace() else _MISSING
    return _MISSING


def _is_event(value: object) -> bool:
    return isinstance(value, dict)
