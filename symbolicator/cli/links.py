"""Links from a frame on a terminal to its source on this machine (OSC 8, which many terminals make clickable).

A file is linked only if it is there and its lines are those of the frame: a working copy that has moved on would lead to a wrong line.
It is looked for in the folders that the user works in or gave, and nowhere else, whatever path an event names. A file that is not
there is linked at its repository's host if the revision of the build is known: from a clone (`--repo`), or by .NET's Source Link.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from symbolicator.cli.failures import Failure
from symbolicator.context import SNIP
from symbolicator.patterns import regex
from symbolicator.rendering.frames import Json, as_list, hosted

Linker = Callable[[Json], str]
"""The URL of a frame's source; "" if it is neither on this machine nor at a host."""

PATTERNS: Final = {
    "file": "file://{host}{path}",
    "vscode": "vscode://file{path}:{line}:{column}",
    "idea": "idea://open?file={path}&line={line}&column={column}",
}
_PATTERN: Final = regex(r"[a-z][a-z0-9+.-]{1,31}:(?:[A-Za-z0-9/:._~?&=#%+@,!-]|\{(?:path|line|column|host)\}){1,400}")
"""A URL with a scheme, of the characters that `Style.link` lets through."""
_MAX_BYTES: Final = 8 << 20
_MAX_PARTS: Final = 16
"""Parts of a path that are looked for below a folder, from its end."""
_MAX_UP: Final = 12
"""Folders above one that are looked at for the project's `.git`."""
_KNOWING: Final = frozenset(("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby", "WarpTerminal"))
_KNOWING_TERMS: Final = ("xterm-kitty", "alacritty", "foot", "wezterm", "xterm-ghostty", "contour")


def linker_of(choice: str, files: Iterable[str], path_map: Mapping[str, str], *, on_terminal: bool) -> Linker | None:
    """What links frames; None if nothing is to be linked. `choice` is `--links`: a name of `PATTERNS`, a pattern, `none`, or `auto`: on a
    terminal that is known to make links clickable. Raises `Failure` for another choice.
    """
    if choice == "auto":
        choice = _by_terminal(os.environ) if on_terminal else "none"
    if choice == "none":
        return None
    pattern = pattern_of(choice)
    roots = tuple(dict.fromkeys(_roots(files)))
    return cache_by_place(lambda frame: _url(frame, roots, path_map, pattern) or hosted(frame))


def pattern_of(choice: str) -> str:
    """The URL of `--links`, with its places to fill. Raises `Failure` if it is none."""
    pattern = PATTERNS.get(choice, choice)
    if "{path}" not in pattern or not _PATTERN.fullmatch(pattern):
        known = ", ".join(("auto", *PATTERNS, "none"))
        raise Failure(f"--links {choice!r} is no URL with {{path}} in it", f"give {known}, or e.g. 'editor://open?{{path}}:{{line}}:{{column}}'")
    return pattern


def _by_terminal(environment: Mapping[str, str]) -> str:
    """The scheme for this terminal. Those that do not know links may print them as text, so only known ones get any."""
    program, term = environment.get("TERM_PROGRAM", ""), environment.get("TERM", "")
    if environment.get("TMUX") or term.startswith(("screen", "tmux", "dumb", "linux")):
        return "none"  # tmux passes links on only if its terminal is known to it, and does not say
    if program == "vscode":
        return "vscode"
    if environment.get("TERMINAL_EMULATOR") == "JetBrains-JediTerm":
        return "idea"
    vte, konsole = environment.get("VTE_VERSION", ""), environment.get("KONSOLE_VERSION", "")
    new = (vte.isdecimal() and int(vte) >= 5000) or (konsole.isdecimal() and int(konsole) >= 201200)
    knows = new or program in _KNOWING or term.startswith(_KNOWING_TERMS) or "WT_SESSION" in environment or "KITTY_WINDOW_ID" in environment
    return "file" if knows else "none"


def _roots(files: Iterable[str]) -> Iterator[Path]:
    """The folders in which sources may lie: this one and its project, those given and what is beside them, and their projects."""
    for given in (Path(), *map(Path, files)):
        folder = given.absolute()
        if not folder.is_dir():
            folder = folder.parent
        own = folder != folder.parent
        yield from (each for each in (folder, folder.parent)[: 1 if given == Path() else 2] if own and each != each.parent)
        above = list(folder.parents)[:_MAX_UP]
        yield from (each for each in [folder, *above] if (each / ".git").exists() and each != each.parent)


def cache_by_place(find: Linker) -> Linker:
    """`find`, asked once for each place."""
    known: dict[tuple[object, ...], str] = {}

    def remembered(frame: Json) -> str:
        key = tuple(str(frame.get(name)) for name in ("abs_path", "filename", "lineno", "colno", "context_line"))
        key += (hosted(frame),)
        if key not in known:
            known[key] = find(frame)
        return known[key]

    return remembered


def _url(frame: Json, roots: Sequence[Path], path_map: Mapping[str, str], pattern: str) -> str:
    lineno, own = frame.get("lineno"), frame.get("context_line")
    if not isinstance(lineno, int) or not isinstance(own, str):
        return ""
    before = [str(line) for line in as_list(frame.get("pre_context"))]
    shown = [*before, own, *(str(line) for line in as_list(frame.get("post_context")))]
    for path in _candidates(frame, roots, path_map):
        lines = _lines(path)
        first = lineno - 1 - len(before)
        if lines is not None and first >= 0 and len(lines) >= first + len(shown) and all(map(_is_same, shown, lines[first:])):
            return _filled(pattern, path, lineno, frame.get("colno"))
    return ""


def _candidates(frame: Json, roots: Sequence[Path], path_map: Mapping[str, str]) -> Iterator[Path]:
    """The places where a frame's source may be, the likeliest first; all are within the roots and the folders of `path_map`."""
    names = [name for name in (frame.get("abs_path"), frame.get("filename")) if isinstance(name, str) and name and "\0" not in name]
    for name in names:
        yield from (Path(folder, *_parts(name[len(prefix) :])) for prefix, folder in path_map.items() if name.startswith(prefix))
    for name in names:
        parts = _parts(name.partition("?")[0].replace("\\", "/").rpartition("://")[2])[-_MAX_PARTS:]
        for at in range(len(parts)):
            yield from (root.joinpath(*parts[at:]) for root in roots)


def _parts(path: str) -> list[str]:
    return [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]


@lru_cache(64)
def _lines(path: Path) -> list[str] | None:
    """The lines of a file; None if it is none, or too large for a source."""
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _MAX_BYTES:
            return None  # nor a link: it may lead out of the folder
        with path.open("rb") as file:
            return file.read(_MAX_BYTES).decode("utf-8", "replace").split("\n")
    except (OSError, ValueError):
        return None


def _is_same(shown: str, line: str) -> bool:
    """Whether a line is the one that an event shows, which may be a part of it."""
    line = line.rstrip("\r")
    part = shown.removeprefix(SNIP).removesuffix(SNIP)
    return shown == line or (part != shown and part in line)


def _filled(pattern: str, path: Path, line: int, column: object) -> str:
    from urllib.parse import quote

    where = path.as_posix()
    values = {
        "{path}": quote(os.fsencode(where if where.startswith("/") else f"/{where}"), safe="/:"),
        "{line}": str(line),
        "{column}": str(column if isinstance(column, int) and column > 0 else 1),
        "{host}": quote(_host(), safe="."),
    }
    for name, value in values.items():
        pattern = pattern.replace(name, value)
    return pattern


@cache
def _host() -> str:
    from socket import gethostname

    return gethostname()
