"""`symbolicator otlp`: OpenTelemetry's traces and logs in JSON, with the stacks of exceptions symbolicated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import click

from symbolicator.cli.failures import NOTHING, Failure, say
from symbolicator.cli.options import PATH, debug_option, on_terminal, open_engine, text_options
from symbolicator.cli.streams import lines_of, open_input, read_most, show, show_json_bytes, write
from symbolicator.event.wire import read_json, write_json
from symbolicator.traces.encoded import text_in

_WHAT = "OpenTelemetry's JSON, a document or one in each line"


@click.command()
@click.argument("file", default="-", type=PATH, metavar="[FILE|-]")
@text_options
@debug_option
def otlp(file: str, **options: Any) -> None:
    """Symbolicate `exception.stacktrace` in OpenTelemetry's traces and logs: OTLP's JSON in and out.

    Takes a document, or one in each line, as a collector's file exporter writes them. The text that came is kept in
    `exception.stacktrace.original`, everything else as it is; the resource's `service.version` is the release. A line that is none of it
    is passed through, and reported; the exit code is then 1.

    \b
    Example:
      symbolicator otlp traces.jsonl -f dist/ > readable.jsonl
    """
    from symbolicator.event.otlp import is_otlp, rewriter, rewritten

    odd = foreign = 0
    with open_input(file, _WHAT) as stream, open_engine(options) as engine:
        for content, document in _documents(stream, file):
            if isinstance(document, dict):
                foreign += not is_otlp(document)
                done = rewritten(document, rewriter(engine.symbolicate, engine.settings.bounds))
                show_json_bytes(content if done is document else write_json(done))
            else:
                odd += bool(content.strip())
                show(text_in(content)) if on_terminal() else write(content)
    if odd:
        hint = "give OTLP as JSON; Protobuf goes to the service"
        raise Failure(f"{odd} lines are no JSON objects, and were passed through", hint, NOTHING)
    if foreign:
        hint = "it has `resourceLogs` or `resourceSpans`; for events use `symbolicator event`"
        raise Failure(f"{foreign} documents are not OpenTelemetry's, and were passed through", hint, NOTHING)


def _documents(stream: IO[bytes], file: str) -> Iterator[tuple[bytes, object]]:
    """The bytes of each document and what it is; None for a line that is no JSON. A first line that is none may begin a document."""
    source = lines_of(stream, file)
    first = next((line for line in source if line.strip()), b"")
    document = _parsed(first)
    if document is None and first:
        whole = read_most(stream, file, first)
        document = _parsed(whole)
        if document is not None:
            yield whole, document
            return
        say(f"symbolicator: line 1 is no JSON: {first[:60].decode('utf-8', 'replace').rstrip()}")
        lines = iter(whole.splitlines(keepends=True))
        yield next(lines), None
        yield from ((line, _parsed(line)) for line in lines)
        return
    yield first, document
    yield from ((line, _parsed(line)) for line in source)


def _parsed(content: bytes) -> object:
    try:
        return read_json(content)
    except ValueError:
        return None
