"""What shows an event to a person or a program, by the name of its format."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from symbolicator.cli.failures import Failure
from symbolicator.cli.options import terminal_width, use_color

Page = Callable[[dict[str, Any]], str]
"""Shows an event; the text ends with a newline."""
FORMATS = ("pretty", "plain", "markdown", "github", "html", "agent", "json")
_LINES_IN_MARKDOWN = 2
"""Source lines on each side of a frame's own in Markdown, unless `--context` is given."""

full_option = click.option("--full", metavar="FILE", help="Agent: write all of it to FILE, as plain text with source lines.")


def page_of(form: str, file: str, options: dict[str, Any], color: str = "auto", *, show_all: bool = False) -> Page | None:
    """What shows an event in a format; None for JSON. `file` and `options` are those of the command. Raises `Failure`."""
    context, full = options["context"], options["full"]
    if full is not None and form != "agent":
        raise Failure(f"--full with --format {form}", "only --format agent leaves something out")
    if form == "json":
        return None
    if form == "pretty":
        from symbolicator.cli.pretty import pretty
        from symbolicator.cli.style import Style

        style = Style(color=use_color(color), width=terminal_width(), context=context, show_all=show_all)
        return lambda event: pretty(event, style)
    if form == "agent":
        return lambda event: _agent(event, _command(file, options), full)
    from symbolicator.rendering import render

    lines = _LINES_IN_MARKDOWN if context is None and form == "markdown" else context
    return lambda event: render(event, form, lines).rstrip("\n") + "\n"


def _agent(event: dict[str, Any], command: str, full: str | None) -> str:
    from symbolicator.rendering import render
    from symbolicator.rendering.agent import agent

    if full is not None:
        try:
            Path(full).write_text(render(event, "plain", context=5), "utf-8", "replace")
        except OSError as error:
            raise Failure(f"--full {full!r} cannot be written: {error.strerror or error}") from error
    return "\n".join((*agent(event, command, full or ""), ""))


def _command(file: str, options: dict[str, Any]) -> str:
    """The command that was given, as far as another has to repeat it."""
    name = click.get_current_context().command.name or "trace"
    files = (part for each in options["files"] for part in ("-f", each))
    return shlex.join(["symbolicator", name, file, *files])
