"""The options that several commands share, and the engine built from them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from symbolicator.cli.failures import DETAILED, Failure, say, set_up_log
from symbolicator.cli.sizes import read_size
from symbolicator.settings import MAX_CONTEXT_LINES

if TYPE_CHECKING:
    from symbolicator.bounds import Bounds
    from symbolicator.engine import Symbolicator

Command = TypeVar("Command", bound=Callable[..., Any])

_BUILD_FOLDERS = ("dist", "build", "out", "public", ".next", ".output", "www")
"""Where bundlers write by default: searched if the current folder itself has no maps."""
_LOOKED_AT = 2000
"""How many names are checked before giving up: the current folder may be a home directory."""

_FILES_HELP = "A folder, file or bundle of your build; may be repeated. Default: $SYMBOLICATOR_FILES, else the maps in this folder."

PATH = click.Path(readable=False)
"""A file or folder that a shell completes. Whether it is there and can be read is said by what reads it."""
debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks and log messages.")

_OF_EVENTS = (
    click.option(
        "--repo", "repos", multiple=True, type=PATH, metavar="DIR",
        help="A git clone: names the commits that last changed the lines.",
    ),
    click.option("--authors", is_flag=True, help="With --repo: who wrote these commits, too."),
    click.option("--grouping", is_flag=True, help="Also a fingerprint that other builds of the code share, and the kind of crash."),
)  # fmt: skip
"""What adds to an event: commits and groups."""
_ENGINE = (
    click.option("-f", "--files", multiple=True, type=PATH, metavar="DIR", help=_FILES_HELP),
    click.option("--context", type=click.IntRange(0, MAX_CONTEXT_LINES), metavar="N", help="Source lines on each side of a frame's line."),
    click.option("--path-map", multiple=True, metavar="FROM=TO", help="Look up sources whose path begins with FROM in the folder TO."),
    click.option("--in-app", multiple=True, metavar="PREFIX", help="Paths or modules of your own code; everything else is not."),
    click.option("--release", metavar="R", help="The release, if the event names none."),
    click.option("--dist", metavar="D", help="The release's distribution, if the event names none."),
    click.option("--transformer", "transformers", multiple=True, metavar="NAME", help="Replaces the defaults; `defaults` stands for them."),
    *_OF_EVENTS,
    click.option(
        "--cache-dir", type=PATH, metavar="DIR", help="The cache folder. Default: $SYMBOLICATOR_CACHE_DIR, else your own."
    ),
    click.option("--no-cache", is_flag=True, help="Keep compiled files in memory only."),
    click.option("--bound", "bounds", multiple=True, metavar="NAME=N", help="Change a limit on events: frames, images, lines, seconds …"),
)  # fmt: skip


def engine_options(command: Command) -> Command:
    """Adds the engine's options to a command, which passes them to `open_engine`. Its own follow, and last `debug_option`."""
    return _with(_ENGINE, command)


def text_options(command: Command) -> Command:
    """As `engine_options`, without those that add to an event: for a command that gives back texts alone."""
    return _with([each for each in _ENGINE if each not in _OF_EVENTS], command)


def _with(added: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(added):
        command = option(command)
    return command


def format_option(*formats: str, default: str | None = None) -> Callable[[Command], Command]:
    """`--format` with these names."""
    text = f"Default: {default}." if default else "Default: pretty on a terminal, else plain. json is the event."
    return click.option("--format", "form", type=click.Choice(formats), default=default, help=text)


color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Default: auto; NO_COLOR and FORCE_COLOR are respected."
)


def _keep_detailed(ctx: click.Context, _: click.Parameter, choice: str) -> None:
    ctx.ensure_object(dict)[DETAILED] = choice == "detailed"


exit_code_option = click.option(
    "--exit-code", type=click.Choice(["simple", "detailed"]), default="simple", expose_value=False, callback=_keep_detailed,
    help="What the exit code tells; see below. Default: simple.",
)  # fmt: skip

EXIT_CODES = """\b
Exit codes: 0 done; 1 nothing could be symbolicated, or there is no trace;
2 wrong options. With --exit-code detailed also: 3 some frames lack files;
4 the file found for a frame is from another build; 5 there is no trace.
"""


def use_color(choice: str) -> bool:
    """Whether to write colours to standard output. The command line takes precedence over the environment."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] != "0"
    return on_terminal() and os.environ.get("TERM") != "dumb"


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def terminal_width() -> int:
    """The columns of the terminal: `$COLUMNS`, else its own size, else 80."""
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
    """The engine described by the shared options. `files` if the command has its own; `once` for a
    single event; `bounds` if the command's differ from the library's; `isolate` for files from strangers;
    `memory`: the memory for opened files, as text.
    Raises `Failure` and `ConfigError`.
    """
    from symbolicator.engine import Symbolicator
    from symbolicator.settings import isolated, make_settings

    set_up_log(bool((click.get_current_context().obj or {}).get("debug")))
    if options["no_cache"] and options["cache_dir"]:
        raise Failure("--no-cache and --cache-dir contradict each other", "give one of them")
    settings: dict[str, Any] = {"cache_dir": False if options["no_cache"] else options["cache_dir"]}
    for name in ("in_app", "transformers", "repos", "authors", "grouping"):
        if options.get(name):
            settings[name] = options[name]
    if once and not options["no_cache"]:
        settings["memory_bytes"] = 0  # no later event will need the opened files
    if memory is not None:
        try:
            settings["memory_bytes"] = read_size(memory)
        except ValueError as error:
            raise Failure(
                f"--memory {memory!r} is not a size", "e.g. --memory 512M, or 0 to keep nothing between events"
            ) from error
    if options.get("authors") and not options["repos"]:
        raise Failure("--authors without --repo", "give the folder of a git clone of your code: --repo .")
    for repo in options.get("repos", ()):
        _check_clone(repo)
    if options["context"] is not None:
        settings["context_lines"] = options["context"]
    if options["path_map"]:
        settings["path_map"] = path_map_of(options)
    settings["bounds"] = bounds_of(options, bounds)
    made = make_settings(list(chosen_files(options["files"]) if files is None else files), **settings)
    return Symbolicator(settings=isolated(made) if isolate else made)


def bounds_of(options: dict[str, Any], bounds: Bounds | None = None) -> Bounds:
    """The given bounds with the changes of `--bound`; without any, the library's. Raises `Failure` and `ConfigError`."""
    import msgspec

    from symbolicator.bounds import Bounds

    changed: dict[str, int | float | None] = {}
    for text in options.get("bounds", ()):
        name, _, value = text.partition("=")
        if name not in Bounds.__struct_fields__:
            raise Failure(f"--bound {text!r}: no such limit", f"there are {', '.join(Bounds.__struct_fields__)}")
        try:
            changed[name] = None if value == "none" else float(value) if name == "seconds" else read_size(value)
        except ValueError as error:
            raise Failure(f"--bound {text!r}: {value!r} is not a number", "e.g. --bound frames=1000000, or none for no limit") from error
    return msgspec.structs.replace(bounds or Bounds(), **changed)


def scopes_of(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The names and tokens of `--scope`. Raises `Failure`, which shows no token."""
    pairs = [text.partition("=") for text in given]
    for name, equals, token in pairs:
        if not (name and equals and token):
            raise Failure(f"--scope {name!r:.40} is not NAME=TOKEN", "e.g. --scope shop=$(openssl rand -hex 16)")
    return tuple((name, token) for name, _, token in pairs)


def path_map_of(options: dict[str, Any]) -> dict[str, str]:
    """The folders of `--path-map` by prefix. Raises `Failure`."""
    return dict(map(_pair, options["path_map"]))


def _check_clone(folder: str) -> None:
    from symbolicator.history.clone import open_clone
    from symbolicator.history.git import GitError

    try:
        open_clone(Path(folder))
    except GitError as error:
        raise Failure(f"--repo: {error}", "give the folder of a git clone of your code") from error
    except OSError as error:
        raise Failure(f"--repo: {folder} cannot be read: {error.strerror or error}", "check its permissions") from error


def _pair(text: str) -> tuple[str, str]:
    prefix, equals, folder = text.partition("=")
    if not equals or not prefix or not folder:
        raise Failure(f"--path-map {text!r} is not FROM=TO", "e.g. --path-map webpack://shop/=/home/me/shop/")
    if not Path(folder).is_dir():
        raise Failure(f"--path-map {text!r}: there is no folder {folder!r}")
    return prefix, folder


def chosen_files(given: tuple[str, ...]) -> tuple[str, ...]:
    """The files of `-f`, else of `$SYMBOLICATOR_FILES`, else the maps in this folder (reported on stderr)."""
    where, files = "-f", given
    if not files:
        where, files = "SYMBOLICATOR_FILES", tuple(part for part in os.environ.get("SYMBOLICATOR_FILES", "").split(os.pathsep) if part)
    for each in files:
        if not Path(each).exists():
            raise Failure(f"{where}: {each!r} does not exist", "give the folder that your build wrote, with its maps")
        if not os.access(each, os.R_OK | (os.X_OK if Path(each).is_dir() else 0)):
            raise Failure(f"{where}: {each!r} cannot be read: permission denied", "make it readable for this user")
    if any(Path(each).is_file() for each in files):
        from symbolicator.builds.given import with_maps  # a script may have been given alone

        return with_maps(files)
    if files:
        return tuple(files)
    found = find_build(Path())
    if found:
        names = ", ".join(_shown(each) for each in found)
        say(f"symbolicator: no -f given: using the maps in {names}")
    return tuple(str(each) for each in found)


def _shown(folder: Path) -> str:
    return f"this folder ({Path.cwd()})" if folder == Path() else f"{folder}{os.sep}"


def find_build(here: Path) -> list[Path]:
    """`here` if it has maps, else the build folders in it that do. Checks a limited number of names only."""
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
    """The event with `--release` and `--dist` if it names none; what is not an object is returned unchanged."""
    if not isinstance(event, dict):
        return event
    from symbolicator.event import shapes

    return shapes.with_release(event, options["release"], options["dist"])
