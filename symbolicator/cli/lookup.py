"""`symbolicator lookup`: positions in one file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from symbolicator.cli.failures import NOTHING, Failure, say, sentence
from symbolicator.cli.options import color_option, debug_option, format_option, on_terminal, open_engine, terminal_width, use_color
from symbolicator.cli.streams import bytes_of, write, write_json
from symbolicator.patterns import regex

_POSITION = regex(r"\s*(?:.*?[:@(\s])??(\d{1,10})(?::(\d{1,10}))?\)?\s*")
_ENGINE = {"no_cache": False, "cache_dir": None, "in_app": (), "transformers": (), "context": None, "path_map": ()}


@click.command()
@click.argument("arguments", nargs=-1, metavar="FILE [POS]...")
@click.option("-e", "--exe", metavar="FILE", help="The file, in addr2line's way; all else are positions.")
@click.option("-f", "--functions", is_flag=True, help="The function on a line of its own, before the place.")
@click.option("--context", type=click.IntRange(0, 200), metavar="N", help="Pretty: lines of source on each side.")
@format_option("pretty", "plain", "json")
@color_option
@debug_option
def lookup(arguments: tuple[str, ...], exe: str | None, functions: bool, form: str | None, color: str, context: int | None) -> None:
    """What stands at positions of one generated file: function, file, line and column.

    FILE is a source map, or a script whose map lies beside it or in it. POS is LINE:COLUMN as stack traces print them (both from 1), or a
    whole `app.js:1:48213`; without POS, positions are read from standard input, one a line. A position where nothing maps gives `??:0`.

    \b
    Examples:
      symbolicator lookup dist/app.js.map 1:48213
      grep -o 'app.js:[0-9:]*' log.txt | symbolicator lookup dist/app.js
    """
    if not arguments and exe is None:
        raise click.UsageError("FILE is missing: name a source map, or a script that has one")
    from symbolicator.cli.one_map import open_map

    file, positions = (exe, arguments) if exe is not None else (arguments[0], arguments[1:])
    if exe is None and _POSITION.fullmatch(file) and not positions:
        raise click.UsageError(f"{file!r} is a position; FILE comes before it")
    if form is None:
        form = "pretty" if on_terminal() and not functions else "plain"
    store = open_map(file)
    asked = found = 0
    with open_engine({**_ENGINE, "context": context}, files=(store,)) as engine:
        for position in positions or _from_stdin():
            asked += 1
            frames = _ask(engine, position)
            found += frames is not None
            if form == "json":
                write(write_json({"position": position, "frames": frames or []}))
            elif form == "plain" or frames is None:
                write(bytes_of(_plain(frames, functions)))
            else:
                write(bytes_of(_pretty(frames, color, context)))
    if not found:
        raise Failure(
            f"nothing maps at {'any of the ' + str(asked) + ' positions' if asked > 1 else 'this position' if asked else 'no position'}",
            _advice(asked),
            NOTHING,
        )


def _advice(asked: int) -> str:
    return (
        "columns count from 1, as stack traces print them, and the map must be of that very build"
        if asked
        else "give POS, or positions on standard input"
    )


def _from_stdin() -> Iterator[str]:
    if sys.stdin.isatty():
        say("Positions, one a line (1:48213), then Ctrl-D.")
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", "replace").strip()
        if text:
            yield text


def _ask(engine: Any, position: str) -> list[dict[str, Any]] | None:
    """The frames at a position, innermost first; None (and a line on stderr) where nothing maps or it is no position."""
    from symbolicator.cli.one_map import SCRIPT_URL

    read = _POSITION.fullmatch(position)
    if read is None:
        say(f"symbolicator: {position!r} is no position; it is LINE:COLUMN, e.g. 1:48213")
        return None
    frame = {"abs_path": SCRIPT_URL, "lineno": int(read[1]), "colno": int(read[2] or 1)}
    frames: list[dict[str, Any]] = engine.symbolicate_frames([frame])[::-1]
    data = frames[0].get("data", {}) if frames else {}
    if data.get("symbolicator_status") == "symbolicated":
        return frames
    problem: dict[str, Any] = next(iter(data.get("problems") or ()), {})
    detail = str(problem.get("detail") or "nothing maps there").replace(f"{SCRIPT_URL}:{read[1]}:{read[2] or 1}", position)
    detail = detail if detail.startswith(position) else f"{position}: {detail}"
    say(f"symbolicator: {sentence(detail, str(problem.get('hint') or ''))}")
    return None


def _plain(frames: list[dict[str, Any]] | None, functions: bool) -> str:
    from symbolicator.render import call, place

    if frames is None:
        return "??\n??:0\n" if functions else "??:0\n"
    between = "\n" if functions else " at "
    return "".join(f"{call(frame)}{between}{place(frame)}\n" for frame in frames)


def _pretty(frames: list[dict[str, Any]], color: str, context: int | None) -> str:
    from symbolicator.cli.excerpt import excerpt
    from symbolicator.cli.style import Style
    from symbolicator.render import call, place

    style = Style(color=use_color(color), width=terminal_width())
    lines: list[str] = []
    for frame in frames:
        lines.append(f"{style.paint(call(frame), 'bold')}  {style.paint(place(frame), 'cyan')}")
        lines += excerpt(frame, 2 if context is None else context, style)
    return "\n".join(lines) + "\n"
