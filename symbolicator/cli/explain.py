"""`symbolicator explain`: why each frame has its result."""

from __future__ import annotations

from typing import Any

import click

from symbolicator.cli.failures import NOTHING, Failure, in_options
from symbolicator.cli.options import bounds_of, debug_option, engine_options, open_engine, with_release
from symbolicator.cli.streams import read_input, show, show_json, text_of
from symbolicator.event.envelope import is_envelope

WHAT = "a stack trace, or an event as JSON"


@click.command()
@click.argument("file", default="-", metavar="[FILE|-]")
@engine_options
@click.option("--format", "form", type=click.Choice(["plain", "json"]), default="plain", help="Default: plain.")
@debug_option
def explain(file: str, form: str, **options: Any) -> None:
    """Show for each frame: before and after, what was looked for and where, and what to do.

    FILE is a trace as text, or an event as JSON. With `-` or no FILE, it is read from standard input.
    """
    event = read_event(file, options)
    with open_engine(options) as engine:
        explanation = engine.explain(event)
        if form == "json":
            from msgspec import to_builtins

            show_json(to_builtins(explanation), indent=2)
        else:
            show(in_options(f"{explanation}\n"))


def read_event(file: str, options: dict[str, Any]) -> Any:
    """The event in FILE, or of the trace in it, with `--release` and `--dist`. Raises `Failure` if there is neither."""
    from symbolicator.errors import ReportError, TraceError
    from symbolicator.event.given import event_in

    content = read_input(file, WHAT)
    if not is_envelope(content):
        text_of(content, file, WHAT)  # raises for binary content
    try:
        return with_release(event_in(content, bounds_of(options)), options)
    except ReportError as error:
        raise Failure(str(error), "give a crash report, a hang's or a sample", NOTHING) from error
    except TraceError as error:
        raise Failure("neither a stack frame nor an event in the text", "give a whole trace, or one event as JSON", NOTHING) from error
