"""`symbolicator explain`: why each frame has its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from symbolicator.cli.failures import NO_TRACE, NOTHING, Failure, in_options
from symbolicator.cli.options import (
    PATH,
    bounds_of,
    color_option,
    debug_option,
    engine_options,
    on_terminal,
    open_engine,
    terminal_width,
    use_color,
    with_release,
)
from symbolicator.cli.streams import read_input, show, show_json, text_of
from symbolicator.cli.text_width import fill
from symbolicator.control import tame
from symbolicator.event.envelope import is_envelope

if TYPE_CHECKING:
    from symbolicator.explain import Explanation
    from symbolicator.traces import Traces

_MOST_HANGING: Final = 16
"""Cells that further lines are indented by at most."""
WHAT = "a stack trace, or an event as JSON"
_COLOURS: Final = {
    **dict.fromkeys(("looked: ", "not used: ", "[raw] ", "[readable] "), "dim"),
    **dict.fromkeys(("to do: ", "[symbolicated] "), "green"),
    "→ ": "cyan",
}
"""The colours of lines by what they begin with; other states of frames and problems are yellow, headings bold."""
_UNCOLOURED: Final = ("Files: ", "group: ", "suspect: ", "commit: ", "owners: ")


@click.command()
@click.argument("file", default="-", type=PATH, metavar="[FILE|-]")
@engine_options
@click.option("--format", "form", type=click.Choice(["plain", "json"]), default="plain", help="Default: plain.")
@color_option
@debug_option
def explain(file: str, form: str, color: str, **options: Any) -> None:
    """Show for each frame: before and after, what was looked for and where, and what to do.

    FILE is a trace as text, or an event as JSON. With `-` or no FILE, it is read from standard input.
    """
    event = read_event(file, options)
    with open_engine(options) as engine:
        explanation = engine.explain(event)
        if form == "json":
            from msgspec import to_builtins

            show_json(to_builtins(explanation), indent=2)
        elif on_terminal() or use_color(color):
            show(_page(explanation, color))
        else:
            show(in_options(f"{explanation}\n"))


def _page(explanation: Explanation, color: str) -> str:
    """The explanation for a terminal: in its width, wrapped between words, in colours."""
    from symbolicator.cli.style import Style
    from symbolicator.explain import lines

    style = Style(color=use_color(color), width=terminal_width() if on_terminal() else 10_000)
    out: list[str] = []
    for line in lines(explanation):
        colour = "bold" if line.indent == 0 and not line.text else _COLOURS.get(line.lead, "" if line.lead in _UNCOLOURED else "yellow")
        lead = tame(" " * line.indent + line.lead)
        # Behind a long lead, what follows has its own, smaller indent.
        hang = len(lead) if len(lead) <= _MOST_HANGING else line.indent + 2
        first, *rest = fill(tame(in_options(line.text)), max(style.columns - hang, 20), len(lead) - hang)
        out += [style.paint(lead, *filter(None, [colour])) + first, *(" " * hang + each for each in rest)]
        if colour == "bold":
            out.insert(-1, "")
    return "\n".join(out) + "\n"


def read_event(file: str, options: dict[str, Any]) -> Any:
    """The event in FILE, or of the trace in it, with `--release` and `--dist`. Raises `Failure` if there is neither."""
    return read_given(file, options)[0]


def read_given(file: str, options: dict[str, Any]) -> tuple[Any, Traces | None]:
    """The same, and the traces if FILE is a text."""
    from symbolicator.errors import NothingToDo, ReportError, TraceError
    from symbolicator.event.given import given_in

    content = read_input(file, WHAT)
    if not is_envelope(content):
        text_of(content, file, WHAT)  # raises for binary content
    try:
        event, traces = given_in(content, bounds_of(options))
        return with_release(event, options), traces
    except ReportError as error:
        raise Failure(str(error), "give a crash report, a hang's or a sample", NOTHING) from error
    except NothingToDo as error:
        raise Failure(str(error), "", NOTHING, NO_TRACE) from error
    except TraceError as error:
        raise Failure("neither a stack frame nor an event in the text", "give a whole trace, or one event as JSON", NOTHING) from error
