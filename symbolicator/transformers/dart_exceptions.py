"""The classes of Dart's exceptions, and what their messages name, of a build that was obfuscated.

`--obfuscate` renames classes and members; debug information has the names somebody wrote, `runtimeType` and messages have not. What was
renamed to what, `--save-obfuscation-map` writes: a JSON array of names, each followed by what it became. Nothing in it says of which build
it is, so it is used where it is the only one. `a` is in every such file, and a word: in a message a name counts where Dart's own wording
leaves no doubt (`type 'aB' is not a subtype of type 'cD'`). What came is kept beside it (`raw_type`, `raw_value`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from symbolicator.artifacts.files import Artifact
from symbolicator.keys import FileKind
from symbolicator.lookup import Lookup
from symbolicator.model import Event
from symbolicator.patterns import regex
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.exception_texts import MAX_MESSAGE, rewritten

_MAX_BYTES: Final = 64 << 20
_MAX_MAPS: Final = 64
_NAME: Final = regex(r"(?<![\w$.])[A-Za-z_$][\w$]*")
_QUOTED: Final = regex(
    r"\b(?:[Ii]nstance of|type|of|[Cc]lass|method|getter|setter|constructor|operator|[Ff]ield|Function|extension) '([^'\n]{1,1000})'"
)
_CALLED: Final = regex(r"\bTried calling: (?:new )?([A-Za-z_$][\w$.]{0,500})")
_CLOSURE: Final = "Closure: ("


def renamed(event: Event, lookup: Lookup) -> Event:
    """The event with the names in its exceptions as they were written, where an obfuscation map is among the files."""
    found = [(one, names) for one in _candidates(lookup) if (names := _names(one, lookup))]
    if not found:
        return event
    if len({tuple(sorted(names.items())) for _, names in found}) > 1:
        return msgspec.structs.replace(event, problems=(*event.problems, _ambiguous([one.name for one, _ in found])))
    names = found[0][1]

    def spelled(key: str, text: str) -> str:
        return message(text, names) if key == "value" else _spelled(text, names)

    return msgspec.structs.replace(event, exceptions=tuple(rewritten(one, spelled) for one in event.exceptions))


def _candidates(lookup: Lookup) -> list[Artifact]:
    """Files that may be obfuscation maps, by what they are called; one that was given by name may be called anything."""
    named = [one for one in lookup.named(FileKind.SOURCE) if one.file_name.endswith(".json")]
    called = [one for one in lookup.all(FileKind.SOURCE) if one.file_name.endswith(".json") and "map" in one.file_name.lower()]
    return [one for one in {one.name: one for one in (*named, *called)}.values() if one.size <= _MAX_BYTES][:_MAX_MAPS]


def _names(artifact: Artifact, lookup: Lookup) -> dict[str, str]:
    """What each obfuscated name was; empty for a file that is no obfuscation map. A name that several became is left out."""
    content = lookup.read(artifact)
    if isinstance(content, Problem):
        return {}
    try:
        flat = msgspec.json.decode(content, type=list[str])
    except msgspec.DecodeError:  # any other JSON
        return {}
    names: dict[str, str] = {}
    twice: set[str] = set()
    for written, short in zip(flat[::2], flat[1::2], strict=False):
        if names.setdefault(short, written) != written:
            twice.add(short)
    return {} if len(flat) % 2 else {short: written for short, written in names.items() if short not in twice and short != written}


def message(value: str, names: Mapping[str, str]) -> str:
    """A message with the names in it as they were written.

    >>> message("type 'aB' is not a subtype of type 'Map<aB, cD>?' in type cast", {"aB": "Basket", "cD": "Line"})
    "type 'Basket' is not a subtype of type 'Map<Basket, Line>?' in type cast"
    """
    head, tail = value[:MAX_MESSAGE], value[MAX_MESSAGE:]
    spans = sorted((*(found.span(1) for pattern in (_QUOTED, _CALLED) for found in pattern.finditer(head)), *_closures(head)))
    parts: list[str] = []
    at = 0
    for start, end in spans:
        if start >= at:
            parts += (head[at:start], _spelled(head[start:end], names))
            at = end
    return "".join((*parts, head[at:], tail))


def _closures(text: str) -> Iterator[tuple[int, int]]:
    """Where the types of functions stand: `Closure: (aB) => cD from Function 'eF':.`"""
    at = text.find(_CLOSURE)
    while at >= 0:
        start = at + len(_CLOSURE) - 1
        line = text.find("\n", start)
        end = text.find(" from ", start, line if line >= 0 else len(text))
        if end >= 0:
            yield start, end
        at = text.find(_CLOSURE, start)


def _spelled(text: str, names: Mapping[str, str]) -> str:
    """A type or a name in which each word is what it was."""
    return _NAME.sub(lambda found: names.get(found[0], found[0]), text)


def _ambiguous(maps: list[str]) -> Problem:
    return Problem(
        type=ProblemType.AMBIGUOUS_FILE,
        detail=f"{len(maps)} obfuscation maps are among the files ({', '.join(maps[:4])}), and they do not say which build each is from",
        hint="give the one of exactly that build; until then the names in messages stay as they are",
    )
