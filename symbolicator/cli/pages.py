"""What shows an event to a person or a program, by the name of its format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from symbolicator import rendering
from symbolicator.cli.failures import Failure
from symbolicator.cli.options import PATH, on_terminal, path_map_of, terminal_width, use_color
from symbolicator.cli.streams import refuse_input, show


class Page(NamedTuple):
    """Shows events: `write` gives the text, which ends with a newline; `links` tells whether it may have links."""

    write: Callable[[dict[str, Any]], str]
    links: bool = False

    def show(self, event: dict[str, Any], end: str = "") -> None:
        """Write an event to standard output, and `end` behind it."""
        show(self.write(event) + end, links=self.links)


FORMATS = ("pretty", *rendering.FORMATS, "json")
_LINES_IN_MARKDOWN = 2
"""Source lines on each side of a frame's own in Markdown, unless `--context` is given."""

links_option = click.option(
    "--links",
    default="auto",
    metavar="HOW",
    shell_complete=lambda _, __, typed: [word for word in ("file", "vscode", "idea", "none") if word.startswith(typed)],
    help="Pretty: make places clickable: file, vscode, idea, a URL with {path}, {line} and {column}, or none. Default: by the terminal.",
)
full_option = click.option(
    "--full", type=PATH, metavar="FILE", help="Agent: write all of it to FILE, as plain text with source lines."
)


def page_of(form: str, file: str, options: dict[str, Any], color: str = "auto", *, show_all: bool = False) -> Page | None:
    """What shows an event in a format; None for JSON. `file` and `options` are those of the command. Raises `Failure`."""
    context, full = options["context"], options["full"]
    if full is not None and form != "agent":
        raise Failure(f"--full with --format {form}", "only --format agent leaves something out")
    if full is not None:
        refuse_input(full, file, "--full")
    if options["links"] not in {"auto", "none"}:
        from symbolicator.cli.links import pattern_of

        pattern_of(options["links"])  # a wrong one is told where none are shown, too
    if form == "json":
        return None
    if form == "pretty":
        from symbolicator.cli.links import linker_of
        from symbolicator.cli.pretty import pretty
        from symbolicator.cli.style import Style

        linker = linker_of(options["links"], options["files"], path_map_of(options), on_terminal=on_terminal())
        style = Style(color=use_color(color), width=terminal_width(), context=context, show_all=show_all, linker=linker)
        return Page(lambda event: pretty(event, style), links=linker is not None)
    if form == "agent":
        return Page(lambda event: _agent(event, _command(file, options), full))
    lines = _LINES_IN_MARKDOWN if context is None and form == "markdown" else context
    return Page(lambda event: rendering.render(event, form, lines).rstrip("\n") + "\n")


def refuse_several(form: str, options: dict[str, Any]) -> None:
    """Raises `Failure` for what shows one event."""
    if form == "html":
        raise Failure("--format html for several events", "a page shows one event; give one, or choose another format")
    if options["full"] is not None:
        raise Failure("--full for several events", "the file is of one event; give one, or leave --full out")


def _agent(event: dict[str, Any], command: str, full: str | None) -> str:
    from symbolicator.rendering.agent import agent

    if full is not None:
        try:
            Path(full).write_text(rendering.render(event, "plain", context=5), "utf-8", "replace")
        except OSError as error:
            raise Failure(f"--full {full!r} cannot be written: {error.strerror or error}") from error
    return "\n".join((*agent(event, command, full or ""), ""))


def _command(file: str, options: dict[str, Any]) -> str:
    """The command that was given, as far as another has to repeat it."""
    from shlex import join

    name = click.get_current_context().command.name or "trace"
    given = [("-f", each) for each in options["files"]] + [("--path-map", each) for each in options["path_map"]]
    given += [(f"--{key}", options[key]) for key in ("release", "dist") if options[key]]
    return join(["symbolicator", name, file, *(part for pair in given for part in pair)])
