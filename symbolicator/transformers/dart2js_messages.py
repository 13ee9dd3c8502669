"""Names that dart2js shortened, in what was thrown: `Instance of 'minified:aB'`, `method not found: 'gb'`.

Dart marks its own (`minified:`); the engine's messages name members in words of its own. The names are those of the maps that the
exception's own frames were found by. What came is kept beside it (`raw_type`, `raw_value`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from symbolicator.keys import FileKind
from symbolicator.lookup import Lookup
from symbolicator.model import Event, ExceptionValue
from symbolicator.patterns import regex
from symbolicator.problems import Problem
from symbolicator.sourcemaps.dart2js import Dart2js
from symbolicator.transformers.dart2js_calls import DART2JS
from symbolicator.transformers.exception_texts import MAX_MESSAGE, came, rewritten
from symbolicator.transformers.script_maps import MAPS

_CLASSES: Final = regex(r"minified:([A-Za-z0-9_$]{1,100})")
_MEMBERS: Final = regex(
    r"(?<=method not found: ')([A-Za-z0-9_$]{1,100})(?=')|(?<=Cannot read property ')([A-Za-z0-9_$]{1,100})(?=' of)"
    r"|(?<=\(reading ')([A-Za-z0-9_$]{1,100})(?='\))|(?<=\.)([A-Za-z0-9_$]{1,100})(?= is not a function)"
)


def renamed(event: Event, lookup: Lookup) -> Event:
    """The event with the names in its exceptions as they were written."""

    def exception(one: ExceptionValue) -> ExceptionValue:
        names = _names_of(one, lookup)
        return rewritten(one, lambda _, text: message(text, names)) if names else one

    return replace(event, exceptions=tuple(map(exception, event.exceptions)))


def _marked(text: str | None) -> bool:
    head = (text or "")[:MAX_MESSAGE]
    return "minified:" in head or _MEMBERS.search(head) is not None


def _names_of(one: ExceptionValue, lookup: Lookup) -> list[Dart2js]:
    """The names of the maps of dart2js by which an exception's frames were found."""
    if one.stacktrace is None or not (_marked(came(one, "type")) or _marked(came(one, "value"))):
        return []
    used = {name for frame in one.stacktrace.frames if isinstance(name := frame.data.get("sourcemap"), str)}
    maps = [artifact for artifact in lookup.all(FileKind.SOURCEMAP) if artifact.name in used] if used else []
    found: list[Dart2js] = []
    for artifact in maps:
        opened = lookup.compiled(MAPS, artifact)
        names = lookup.compiled(DART2JS, artifact) if not isinstance(opened, Problem) and opened.crosses_lines else None
        if isinstance(names, Dart2js):
            found.append(names)
    return found


def message(text: str, names: Sequence[Dart2js]) -> str:
    """A message with the names in it as they were written; those that two maps have different originals for stay."""
    head, tail = text[:MAX_MESSAGE], text[MAX_MESSAGE:]
    head = _CLASSES.sub(lambda found: _one(found[1], [each.classes for each in names]) or found[0], head)
    return _MEMBERS.sub(lambda found: _one(found[0], [each.members for each in names]) or found[0], head) + tail


def _one(short: str, ask: Sequence[Callable[[str], str | None]]) -> str | None:
    answers = {answer for each in ask if (answer := each(short)) is not None}
    return answers.pop() if len(answers) == 1 else None
