"""`symbolicator trace`: a text trace in, the symbolicated text out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from symbolicator.cli.failures import NO_TRACE, NOTHING, Failure, say
from symbolicator.cli.options import (
    EXIT_CODES,
    PATH,
    bounds_of,
    color_option,
    debug_option,
    engine_options,
    exit_code_option,
    format_option,
    on_terminal,
    open_engine,
    with_release,
)
from symbolicator.cli.outcome import report
from symbolicator.cli.pages import FORMATS, Page, full_option, links_option, page_of
from symbolicator.cli.streams import can_be_followed, checked, open_input, read_most, show, show_json, text_of, write
from symbolicator.event.envelope import is_envelope
from symbolicator.traces.encoded import bytes_of

WHAT = "a stack trace"


@click.command(epilog=EXIT_CODES)
@click.argument("file", default="-", type=PATH, metavar="[FILE|-]")
@engine_options
@format_option(*FORMATS)
@color_option
@exit_code_option
@click.option("--all", "show_all", is_flag=True, help="Pretty: show every frame, also those of libraries and the engine.")
@links_option
@full_option
@click.option("--whole", is_flag=True, help="Read to the end before anything is written, also of a running program or a large file.")
@debug_option
def trace(file: str, form: str | None, color: str, show_all: bool, whole: bool, **options: Any) -> None:
    """Read a stack trace as text and print it symbolicated. With `-` or no FILE, it is read from standard input.

    Text around the trace (a log, timestamps) is passed through unchanged. On a terminal, source lines are shown too. Apple's JSON reports
    (.ips, MetricKit) become the text of a .crash file, `minidump-stackwalk --json` that walker's text; `symbolicator event` writes them as
    JSON again.

    What a running program writes comes out as it is written, each stack as soon as it is complete; a file of more than 64 MB, too.

    \b
    Examples:
      symbolicator trace crash.txt -f dist/
      kubectl logs -f web-1 | symbolicator trace -f dist/ -f /srv/maps
    """
    form = form or ("pretty" if on_terminal() else "plain")
    page = page_of(form, file, options, color, show_all=show_all)
    page = page if form != "plain" else None  # it is written into the text
    content = _read(file, options, page, live=form in {"plain", "pretty"} and not whole)
    if content is None:
        return
    answer = _writer(form, page)
    if is_envelope(content):
        from symbolicator.cli.envelopes import show_envelope
        from symbolicator.event.envelope import Envelope

        with open_engine(options, once=True) as engine:
            show_envelope(Envelope(content), engine, options, answer, form)
        return
    text = text_of(content, file, WHAT)
    from symbolicator.errors import NothingToDo, ReportError, TraceError
    from symbolicator.traces import find_traces_within

    bounds = bounds_of(options)
    try:
        traces = find_traces_within(text, bounds)
    except TraceError as error:
        if form == "plain":
            show(text) if on_terminal() else write(content)  # a filter in a pipe loses nothing
        if isinstance(error, NothingToDo):
            if form not in {"plain", "pretty"}:
                raise Failure(str(error), "and there is no event of it to show: leave --format out", NOTHING, NO_TRACE) from error
            if form == "pretty":
                show(text)
            say(f"symbolicator: {error}")
            return
        if isinstance(error, ReportError):
            raise Failure(str(error), "give a crash report, a hang's or a sample", NOTHING, NO_TRACE) from error
        raise Failure("no stack frame found in the text", _where_else(text), NOTHING, NO_TRACE) from error
    with open_engine(options, once=True) as engine:
        event = engine.symbolicate(with_release(traces.event, options))
        if answer is None:
            written = traces.plain(event)
            show(written) if on_terminal() else write(bytes_of(written))
        else:
            answer(event)
        report(event, engine, form)


def _writer(form: str, page: Page | None) -> Callable[[dict[str, Any]], None] | None:
    """What writes an event; None if it is written into the text that it came in."""
    if form == "json":
        return lambda event: show_json(event, indent=2 if on_terminal() else 0)
    return None if page is None else page.show


def _read(file: str, options: dict[str, Any], page: Page | None, *, live: bool) -> bytes | None:
    """The content of FILE; None if a program was still writing it or it is large, and it was followed to its end."""
    with open_input(file, WHAT) as stream:
        if live and can_be_followed(stream):
            from symbolicator.cli import following  # not for a file

            content = following.read(stream.fileno(), WHAT, options, page)
            return None if content is None else checked(content, file, WHAT)
        return checked(read_most(stream, file), file, WHAT)


def _where_else(text: str) -> str:
    if text.lstrip().startswith(("{", "[{")):
        return "for an event as JSON use `symbolicator event`"
    return "paste the whole trace with its lines such as `at f (app.js:1:2)`, `f@https://host/app.js:1:2` or `at a.B.c(D.java:1)`"
