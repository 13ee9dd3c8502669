"""`symbolicator lookup`: look up positions in one file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symbolicator.cli.failures import NOTHING, Failure, say, sentence
from symbolicator.cli.options import PATH, color_option, debug_option, format_option, on_terminal, open_engine, terminal_width, use_color
from symbolicator.cli.streams import NATIVE, show, show_json
from symbolicator.patterns import regex

if TYPE_CHECKING:
    from symbolicator.cli.style import Style

_POSITION = regex(r"(?:^|[:@(\s])(\d{1,10})(?::(\d{1,10}))?\)?$")
_ENGINE = {"no_cache": False, "cache_dir": None, "in_app": (), "transformers": (), "context": None, "path_map": ()}


@click.command()
@click.argument("arguments", nargs=-1, type=PATH, metavar="FILE [POS]...")
@click.option("-e", "--exe", type=PATH, metavar="FILE", help="The file, as with addr2line; all arguments are then positions.")
@click.option("-f", "--functions", is_flag=True, help="Native: print the function on its own line, before the position.")
@click.option("-i", "--inlines", is_flag=True, help="Native: also the functions it is inlined into.")
@click.option("-C", "--demangle", is_flag=True, help="Native: demangle names.")
@click.option("-p", "--pretty-print", is_flag=True, help="Native: one line for each position.")
@click.option("-s", "--basenames", is_flag=True, help="Native: file names without folders.")
@click.option("-a", "--addresses", is_flag=True, help="Native: print the address before its answer.")
@click.option(
    "--files", multiple=True, type=PATH, metavar="DIR", help="Native: folders with debug files and sources; may be repeated."
)
@click.option("--arch", metavar="NAME", help="Native: the slice of a fat file, by architecture or UUID.")
@click.option("--context", type=click.IntRange(0, 200), metavar="N", help="Pretty: source lines to show on each side.")
@format_option("pretty", "plain", "json", default=None)
@color_option
@debug_option
def lookup(
    arguments: tuple[str, ...],
    exe: str | None,
    functions: bool,
    inlines: bool,
    demangle: bool,
    pretty_print: bool,
    basenames: bool,
    addresses: bool,
    files: tuple[str, ...],
    arch: str | None,
    form: str | None,
    color: str,
    context: int | None,
) -> None:
    """Look up positions in one file: function, file, line and column.

    FILE is a source map, a script with its map inside or beside it, a native program, library or debug file, a ProGuard or R8 mapping, or a
    Portable PDB or assembly of .NET.
    POS is LINE:COLUMN as in stack traces (both from 1), or a whole `app.js:1:48213`. For native files it is a hexadecimal address in the
    file, `libapp.so+0x1f30`, or a symbol; for a mapping `a.b.c:12` or a whole `at a.b.c(SourceFile:12)`; for .NET a token and
    an IL offset, `0x6000002+0x6`, or, beside the assembly, `Shop.Cart.Total + 0x6`. Without POS, positions are read
    from standard input, one per line, and answered line by line. An unknown position is answered with `??:0`.

    With any of -e, -f, -i, -C, -p, -s and -a the output for a native file is as addr2line's; --format json as llvm-symbolizer's.

    \b
    Examples:
      symbolicator lookup dist/app.js.map 1:48213
      grep -o 'app.js:[0-9:]*' log.txt | symbolicator lookup dist/app.js
      symbolicator lookup build/libapp.so 0x1f30
      symbolicator lookup -Cfipe build/app 1f30 2a04
    """
    if not arguments and exe is None:
        raise click.UsageError("FILE is missing: name a source map, a script that has one, or a native file")
    file, positions = (exe, arguments) if exe is not None else (arguments[0], arguments[1:])
    if exe is None and _POSITION.search(file.strip()) and not positions and not Path(file).is_file():
        raise click.UsageError(f"{file!r} is a position; FILE comes first")
    from symbolicator.cli.style import Style

    style = Style(color=use_color(color), width=terminal_width(), context=context)
    habits = (functions, inlines, demangle, pretty_print, basenames, addresses)
    if _is_native(file):
        from symbolicator.cli.lookup_native import lookup_native

        asked, found = lookup_native(
            file, positions or _from_stdin("0x1f30", blanks=True), files, arch, form, habits if exe or any(habits) else None, style
        )
    else:
        asked, found = _lookup_map(file, positions or _from_stdin("1:48213"), form, functions, style)
    if not found:
        where = f"any of the {asked} positions" if asked > 1 else "this position" if asked else "no position"
        raise Failure(f"nothing {'is known' if _is_native(file) else 'maps'} at {where}", _advice(asked, file), NOTHING)


def _is_native(file: str) -> bool:
    """Whether a file, or a dSYM, is looked up by address.

    False for a pipe, because it can be read only once, and for unreadable files: opening them reports why.
    """
    from symbolicator.artifacts.layouts import in_bundle
    from symbolicator.cli.lookup_dotnet import is_dotnet

    try:
        path = in_bundle(Path(file))
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(16).startswith(NATIVE) and not is_dotnet(file)
    except (OSError, ValueError):
        return False


def _lookup_map(file: str, positions: Iterable[str], form: str | None, functions: bool, style: Style) -> tuple[int, int]:
    """Look up positions in a map, a mapping or a .NET file; returns how many were given, and how many of them were found."""
    from symbolicator.cli import lookup_dotnet, lookup_mapping
    from symbolicator.cli.one_map import open_map

    files: tuple[Any, ...]
    asking: Callable[[Any, str], list[dict[str, Any]] | None]
    if lookup_dotnet.is_dotnet(file):
        files, asking = lookup_dotnet.files_of(file), lookup_dotnet.ask
    elif lookup_mapping.is_mapping(file):
        files, asking = (file,), lookup_mapping.ask
    else:
        files, asking = (open_map(file),), _ask
    if form is None:
        form = "pretty" if on_terminal() and not functions else "plain"
    asked = found = 0
    with open_engine({**_ENGINE, "context": style.context}, files=files) as engine:
        for position in positions:
            asked += 1
            frames = asking(engine, position)
            found += frames is not None
            if form == "json":
                show_json({"position": position, "frames": frames or []})
            elif form == "plain" or frames is None:
                show(_plain(frames, functions))
            else:
                show(_pretty(frames, style))
    return asked, found


def _advice(asked: int, file: str) -> str:
    from symbolicator.cli.lookup_mapping import is_mapping

    if not asked:
        return "give POS, or positions on standard input"
    if _is_native(file):
        return "addresses are those in the file: subtract the load address first; `files id` shows what is in the file"
    from symbolicator.cli.lookup_dotnet import is_dotnet

    if is_dotnet(file):
        return "give the PDB of exactly that build; `files id` shows its id, and what is in it"
    if is_mapping(file):
        return "give the mapping of exactly that build; `files id` shows its ids"
    return "columns count from 1, as in stack traces; the map must be from exactly that build"


def _from_stdin(example: str, blanks: bool = False) -> Iterator[str]:
    """The positions on standard input; with `blanks` empty lines too, so that answers stay in step with the lines."""
    if sys.stdin.isatty():
        say(f"Type positions, one per line ({example}), then Ctrl-D.")
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", "replace").strip()
        if text or blanks:
            yield text


def _ask(engine: Any, position: str) -> list[dict[str, Any]] | None:
    """The frames at a position, innermost first; None (and a line on stderr) if no mapping there or it is not a position."""
    from symbolicator.cli.one_map import SCRIPT_URL

    read = _POSITION.search(position.strip())
    if read is None:
        say(f"symbolicator: {position!r} is not a position; expected LINE:COLUMN, e.g. 1:48213")
        return None
    if not int(read[1]):
        say(f"symbolicator: {position!r} is not a position; lines count from 1")
        return None
    frame = {"abs_path": SCRIPT_URL, "lineno": int(read[1]), "colno": int(read[2] or 1)}
    frames: list[dict[str, Any]] = engine.symbolicate_frames([frame])[::-1]
    data = frames[0].get("data", {}) if frames else {}
    if data.get("symbolicator_status") == "symbolicated":
        return frames
    problem: dict[str, Any] = next(iter(data.get("problems") or ()), {})
    detail = str(problem.get("detail") or "no mapping there").replace(f"{SCRIPT_URL}:{read[1]}:{read[2] or 1}", position)
    detail = detail if detail.startswith(position) else f"{position}: {detail}"
    say(f"symbolicator: {sentence(detail, str(problem.get('hint') or ''))}")
    return None


def _plain(frames: list[dict[str, Any]] | None, functions: bool) -> str:
    from symbolicator.rendering.frames import call, place

    if frames is None:
        return "??\n??:0\n" if functions else "??:0\n"
    between = "\n" if functions else " at "
    return "".join(f"{call(frame)}{between}{place(frame)}\n" for frame in frames)


def _pretty(frames: list[dict[str, Any]], style: Style) -> str:
    from symbolicator.cli.excerpt import excerpt
    from symbolicator.rendering.frames import call, place

    lines: list[str] = []
    for frame in frames:
        lines.append(f"{style.paint(call(frame), 'bold')}  {style.paint(place(frame), 'cyan')}")
        lines += excerpt(frame, 2 if style.context is None else style.context, style)
    return "\n".join(lines) + "\n"
