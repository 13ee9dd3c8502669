"""The result for one generated file: the script, its map, or why there is none; with the wording of its problems."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from symbolicator.artifacts.evidence import is_page
from symbolicator.artifacts.files import Artifact, Found
from symbolicator.keys import url_segments
from symbolicator.patterns import regex
from symbolicator.problems import Problem, ProblemType
from symbolicator.sourcemaps.lookups import Lookups

MAP_ENDINGS = (".map", ".hbc.map", ".compiler.map")
"""What a map's name adds to its script's: the common ending, then what Hermes builds call the compiler's."""
HINT_NO_FILE = "give the folder of the deployed build with files="


class Generated(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was found for one script: the script itself, its opened map, by what the map was found; else the problems that say why not."""

    url: str
    script: Artifact | None = None
    map: Lookups | None = None
    map_artifact: Artifact | None = None
    how: str | None = None
    problems: tuple[Problem, ...] = ()
    first_line: int = 0
    """Lines to add to reported ones: the start of a module in a RAM bundle; negative for a script inside a page."""
    first_line_shift: int = 0
    shifted_line: int = 0
    """Columns to add, and the line (0-based, as frames report it) on which they are: the script's first."""
    source: int | None = None
    """The source of the map that the frame names itself: the runtime has mapped it already."""

    def place(self, line: int, column: int) -> tuple[int, int]:
        """A position of the script, as the map counts it (0-based)."""
        return line + self.first_line, column + (self.first_line_shift if line == self.shifted_line else 0)

    @property
    def map_name(self) -> str:
        """The map's name, for people."""
        return self.map_artifact.name if self.map_artifact else "the map"


def ambiguous(what: str, found: Found) -> Problem:
    """Several equally good files: none is chosen."""
    names = [artifact.name for artifact in found.artifacts]
    return Problem(
        type=ProblemType.AMBIGUOUS_FILE,
        detail=f"{what}: {len(names)} files fit equally well: {', '.join(names[:6])}{', …' if len(names) > 6 else ''}",
        artifact=names[0],
        tried=found.tried,
        hint="give only the folder of the right build, set the event's release, or use debug ids",
    )


def other_build(script: str, script_id: str, map_name: str, map_id: str) -> Problem:
    """A map whose debug id is not the script's."""
    return Problem(
        type=ProblemType.MISSING_SOURCEMAP,
        detail=f"{map_name} has debug id {map_id}, {script} has {script_id}: the map is from another build and was not used",
        artifact=map_name,
        hint="give the map that was built together with the script",
        another_build=True,
    )


def meant_by(url: str, name: str, rival: str) -> Problem:
    """A file with the right name that is `rival`, another file of the event."""
    return Problem(
        type=ProblemType.MISSING_SOURCE,
        detail=f"neither {url} nor a source map of it is among the files given; {name} has its name but is {rival}",
        artifact=url,
        tried=(f"{name}: is {rival}",),
        hint=HINT_NO_FILE,
    )


def no_position(path: str, lineno: int | None) -> Problem:
    """A frame without a line, or with an impossible one."""
    said = "the frame has no line" if lineno is None else f"line {lineno}; lines count from 1"
    return Problem(
        type=ProblemType.INVALID_LOCATION,
        detail=f"{path}: {said}",
        hint="the reporter that created the event should keep line and column",
    )


def webassembly(path: str) -> Problem:
    """A frame of a WebAssembly module that says no offset in it."""
    return Problem(
        type=ProblemType.INVALID_LOCATION,
        detail=f"{path}: no position in the WebAssembly module is given",
        artifact=path,
        hint="engines write it as wasm-function[3]:0x2af, or as line 1 and a column: keep it in the report",
    )


def no_column(path: str, lineno: int) -> Problem:
    """A frame that says its line alone."""
    return Problem(
        type=ProblemType.NO_COLUMN,
        detail=f"{path}:{lineno} has no column",
        artifact=path,
        hint="in a minified file only the column tells positions on a line apart: make the reporter keep it",
    )


_GIVE_NAME = "name such code with a comment, //# sourceURL=name.js"
_NO_FILE = regex(r"(?i)(blob|data|javascript|webpack-internal):|about:(?:blank|srcdoc)")
_NO_FILES = {
    "blob": ("code created at run time (a Blob) has no file", f"{_GIVE_NAME}, or give its map by name"),
    "data": ("the code of a data: URL has no file", _GIVE_NAME),
    "about": ("it is a page that has no file", _GIVE_NAME),
    "javascript": ("the code of a javascript: URL has no file", "move such code into its own script"),
    "webpack-internal": (
        "it is a module that a development bundle evaluates",
        "build with devtool: 'source-map', or give the folder with the bundle",
    ),
}
"""What a URL is that no file has, and what to do, by its scheme."""
_SHOWN = 200
"""Characters of a URL that a sentence shows."""


def missing(url: str, near: Sequence[str], tried: Sequence[str]) -> Problem:
    """Neither a script nor a map of it was found: what `url` is, if it cannot be a file's, and which files are `near` it."""
    shown = url if len(url) <= _SHOWN else f"{url[:_SHOWN]}…"
    found = _NO_FILE.match(url)
    what, hint = _NO_FILES[(found[1] or "about").lower()] if found else ("", HINT_NO_FILE)
    if not found and is_page(url):
        hint = "if it is a page, the script is inline: give the folder with the page's HTML with files="
    notes = [*(f"{name} looks like another build of it" for name in near[:1]), *([what] if what else [])]
    return Problem(
        type=ProblemType.MISSING_SOURCE,
        detail="; ".join((f"neither {shown} nor a source map of it is among the files given", *notes)),
        artifact=shown,
        tried=once(tried),
        hint=hint,
        another_build=bool(near),
    )


def script_name(map_path: str) -> str:
    """The path of the script that a map belongs to, by the map's own."""
    ending = next((each for each in (".packager.map", *reversed(MAP_ENDINGS)) if map_path.endswith(each)), "")
    return map_path.removesuffix(ending)


def file_name(path: str | None) -> str | None:
    """The last segment of a URL or path."""
    return next(iter(url_segments(path)[-1:]), None) if path else None


def once(tried: Sequence[str]) -> tuple[str, ...]:
    """Each place once, in order."""
    return tuple(dict.fromkeys(tried))
