"""The options that several commands share, and the engine they amount to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from symbolicator.cli.failures import Failure, say, set_up_log
from symbolicator.cli.sizes import read_size
from symbolicator.settings import MAX_CONTEXT_LINES

if TYPE_CHECKING:
    from symbolicator.bounds import Bounds
    from symbolicator.engine import Symbolicator

Command = TypeVar("Command", bound=Callable[..., Any])

_BUILD_FOLDERS = ("dist", "build", "out", "public", ".next", ".output", "www")
"""Where bundlers write by default: looked into where the current folder itself holds no maps."""
_LOOKED_AT = 2000
"""Names looked at before giving up: the current folder may be a home directory."""

_FILES_HELP = "A folder, file or bundle of your build; may be repeated. Default: $SYMBOLICATOR_FILES, else this folder with its maps."

debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks and the log.")

_ENGINE = (
    click.option("-f", "--files", multiple=True, metavar="DIR", help=_FILES_HELP),
    click.option("--context", type=click.IntRange(0, MAX_CONTEXT_LINES), metavar="N", help="Lines of source on each side of a frame's."),
    click.option("--path-map", multiple=True, metavar="FROM=TO", help="Sources whose path begins with FROM are below the folder TO."),
    click.option("--in-app", multiple=True, metavar="PREFIX", help="Paths or modules that are your own; all else is not."),
    click.option("--release", metavar="R", help="The release, where the event names none."),
    click.option("--dist", metavar="D", help="Its distribution, likewise."),
    click.option("--transformer", "transformers", multiple=True, metavar="NAME", help="Instead of the defaults; `defaults` means those."),
    click.option("--cache-dir", metavar="DIR", help="Where compiled files are kept. Default: $SYMBOLICATOR_CACHE_DIR, else your own."),
    click.option("--no-cache", is_flag=True, help="Keep nothing on disk."),
    click.option("--bound", "bounds", multiple=True, metavar="NAME=N", help="The most an event may have: frames, images, lines, seconds …"),
    debug_option,
)  # fmt: skip


def engine_options(command: Command) -> Command:
    """The options that make an engine, for a command that passes them on to `open_engine`."""
    for option in reversed(_ENGINE):
        command = option(command)
    return command


def format_option(*formats: str, default: str | None = None) -> Callable[[Command], Command]:
    """`--format` of the given names."""
    text = f"Default: {default}." if default else "Default: pretty on a terminal, else plain. json is the event."
    return click.option("--format", "form", type=click.Choice(formats), default=default, help=text)


color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Default: auto; NO_COLOR and FORCE_COLOR are heard."
)


def use_color(choice: str) -> bool:
    """Whether to write colours to standard output. What was asked for on the command line is heard before the environment."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] != "0"
    return on_terminal() and os.environ.get("TERM") != "dumb"


def on_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout is not None and sys.stdout.isatty()


def terminal_width() -> int:
    """The columns of the terminal: `$COLUMNS`, else as it says itself, else 80."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80 if stream is not None else 80
        except (OSError, ValueError):
            continue
    return 80


def open_engine(
    options: dict[str, Any],
    files: tuple[Any, ...] | None = None,
    once: bool = False,
    bounds: Bounds | None = None,
    isolate: bool = False,
    memory: str | None = None,
) -> Symbolicator:
    """The engine that the shared options describe. `files` where the command brings its own; `once` for a
    single event; `bounds` where the command's own differ from the library's; `isolate` for files of strangers;
    `memory`: a size for what is kept opened.
    Raises `Failure` and `ConfigError`.
    """
    from symbolicator.engine import Symbolicator
    from symbolicator.settings import isolated, make_settings

    set_up_log(bool((click.get_current_context().obj or {}).get("debug")))
    if options["no_cache"] and options["cache_dir"]:
        raise Failure("--no-cache and --cache-dir contradict each other", "give one of them")
    settings: dict[str, Any] = {"cache_dir": False if options["no_cache"] else options["cache_dir"]}
    for name in ("in_app", "transformers"):
        if options[name]:
            settings[name] = options[name]
    if once and not options["no_cache"]:
        settings["memory_bytes"] = 0  # what one event opened, no other will ask for
    if memory is not None:
        try:
            settings["memory_bytes"] = read_size(memory)
        except ValueError as error:
            raise Failure(
                f"--memory {memory!r} is no size", "e.g. --memory 512M, or 0 to keep nothing from one event to the next"
            ) from error
    if options["context"] is not None:
        settings["context_lines"] = options["context"]
    if options["path_map"]:
        settings["path_map"] = dict(_pair(each) for each in options["path_map"])
    settings["bounds"] = bounds_of(options, bounds)
    made = make_settings(list(chosen_files(options["files"]) if files is None else files), **settings)
    return Symbolicator(settings=isolated(made) if isolate else made)


def bounds_of(options: dict[str, Any], bounds: Bounds | None = None) -> Bounds:
    """The bounds that `--bound` makes of these; of the library's where there are none. Raises `Failure` and `ConfigError`."""
    import msgspec

    from symbolicator.bounds import Bounds

    changed: dict[str, int | float | None] = {}
    for text in options.get("bounds", ()):
        name, _, value = text.partition("=")
        if name not in Bounds.__struct_fields__:
            raise Failure(f"--bound {text!r}: there is no such bound", f"there are {', '.join(Bounds.__struct_fields__)}")
        try:
            changed[name] = None if value == "none" else float(value) if name == "seconds" else read_size(value)
        except ValueError as error:
            raise Failure(f"--bound {text!r}: {value!r} is no number", "e.g. --bound frames=1000000, or none for no bound") from error
    return msgspec.structs.replace(bounds or Bounds(), **changed)


def _pair(text: str) -> tuple[str, str]:
    prefix, equals, folder = text.partition("=")
    if not equals or not prefix or not folder:
        raise Failure(f"--path-map {text!r} is not FROM=TO", "e.g. --path-map webpack://shop/=/home/me/shop/")
    if not Path(folder).is_dir():
        raise Failure(f"--path-map {text!r}: there is no folder {folder!r}")
    return prefix, folder


def chosen_files(given: tuple[str, ...]) -> tuple[str, ...]:
    """The files of `-f`, else of `$SYMBOLICATOR_FILES`, else what this folder holds of a build (said on stderr)."""
    where, files = "-f", given
    if not files:
        where, files = "SYMBOLICATOR_FILES", tuple(part for part in os.environ.get("SYMBOLICATOR_FILES", "").split(os.pathsep) if part)
    for each in files:
        if not Path(each).exists():
            raise Failure(f"{where}: there is no {each!r}", "give the folder that your build wrote, with its maps")
    if files:
        from symbolicator.builds.given import with_maps

        return with_maps(files)
    found = find_build(Path())
    if found:
        names = ", ".join(_shown(each) for each in found)
        say(f"symbolicator: no -f given: using the maps in {names}")
    return tuple(str(each) for each in found)


def _shown(folder: Path) -> str:
    return f"this folder ({Path.cwd()})" if folder == Path() else f"{folder}{os.sep}"


def find_build(here: Path) -> list[Path]:
    """`here` where it holds maps, else the build folders in it that do. Looks at names only, and not at many."""
    if _holds_maps(here, deep=False):
        return [here]
    return [here / name for name in _BUILD_FOLDERS if _holds_maps(here / name, deep=True)]


def _holds_maps(folder: Path, *, deep: bool) -> bool:
    waiting, budget = [folder], _LOOKED_AT
    while waiting and budget > 0:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    budget -= 1
                    if entry.name.endswith((".map", ".jsbundle", ".hbc")):
                        return True
                    if deep and entry.name != "node_modules" and entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
        except OSError:
            continue
    return False


def with_release(event: Any, options: dict[str, Any]) -> Any:
    """The event with `--release` and `--dist` where it names none; what is no object stays as it is."""
    if not isinstance(event, dict):
        return event
    given = {name: options[name] for name in ("release", "dist") if options[name] and not event.get(name)}
    return {**event, **given} if given else event
