"""The original classes in an exception's message.

`a` is a class of every mapping, and a word. So a name counts if it is qualified (`a.b`), if it is in a descriptor or an array's name
(`La;`, `[La.b;`), and where the virtual machine's fixed wording leaves no doubt (`class a cannot be cast to class b`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from symbolicator.patterns import regex
from symbolicator.transformers.exception_texts import MAX_MESSAGE
from symbolicator.transformers.jvm_mappings import OpenMapping

_WORD: Final = r"(?:[^\W\d]|\$)[\w$]{0,200}"
_CLASS: Final = rf"({_WORD}(?:\.{_WORD}){{0,20}}+)(?:\[\]){{0,9}}"
_PATH: Final = rf"({_WORD}(?:[./]{_WORD}){{0,20}}+)"

_DOTTED: Final = regex(r"(?<![\w$.@/-])(?:[^\W\d]|\$)[\w$]*+(?:\.(?:[^\W\d]|\$)[\w$]*+)++(?![\w$/-]|@(?![0-9a-f]{1,8}\b))(?:\(?)")
_DESCRIPTOR: Final = regex(r"(?<![\w$/.-])L((?:[^\W\d]|\$)[\w$]*(?:/[\w$]+)*);|(?<=\[)L((?:[^\W\d]|\$)[\w$]*(?:\.[\w$]+)*);")
_SURE: Final = regex(rf"ComponentInfo\{{[\w.]{{1,200}}/{_CLASS}\}}|\bjava\.lang\.Class<{_CLASS}>")
"""Formats in which the platform prints a class's name, anywhere."""
_SIGNATURE: Final = regex(r"(?:method|field) (?:'([^'\n]{1,500})'|\"([^\"\n]{1,500})\")")
_TYPE: Final = regex(rf"(?<![\w$.]){_WORD}(?![\w$.(])")
_THROWN: Final = regex(r"(?<![\w.])java\.lang\.(\w{5,40}): ")
_WORDING: Final = {
    "ClassCastException": (
        regex(rf"(?:class )?{_CLASS} cannot be cast to (?:class )?{_CLASS}(?=[\s;:,.]|$)"),
        regex(rf"Cannot cast {_CLASS} to {_CLASS}$"),
    ),
    "ArrayStoreException": (
        regex(rf"{_CLASS}$"),
        regex(rf"{_CLASS} cannot be stored in an array of type {_CLASS}$"),
        regex(rf".{{1,400}}? to the type of the destination array, {_CLASS}$"),
    ),
    "ClassNotFoundException": (regex(rf"{_CLASS}$"), regex(rf"Didn't find class \"{_CLASS}\" on path")),
    "NoClassDefFoundError": (
        regex(rf"{_PATH}(?: \(wrong name: {_PATH}\))?$"),
        regex(rf"Could not initialize class {_CLASS}$"),
    ),
    "IllegalAccessError": (
        regex(rf"(?:class {_CLASS} )?tried to access (?:private |protected )?class {_CLASS} from class {_CLASS}"),
        regex(rf"(?:superinterface check failed: )?[Cc]lass {_CLASS} (?:tried to|cannot) access "),
    ),
    "IncompatibleClassChangeError": (regex(rf"Class '?{_CLASS}'? does not implement (?:the requested )?interface '?{_CLASS}'?"),),
    "AbstractMethodError": (regex(rf"abstract method \"[^\"\n]{{1,500}}\" on receiver {_CLASS}$"),),
    "VerifyError": (regex(rf"(?:Verifier rejected|Rejecting re-init on previously-failed) class {_CLASS}:"),),
    "InstantiationError": (regex(rf"{_PATH}$"),),
    "InstantiationException": (regex(rf"(?:can't instantiate (?:abstract )?class )?{_CLASS}$"),),
}
"""Fixed texts of the virtual machines (HotSpot, Android's runtime) in the exceptions they throw; each group is a class."""
_WHERE: Final = regex(rf"(?<=[(; ]){_CLASS}(?= and | is in | are in )")
"""HotSpot's text about the modules of the two classes of a cast."""

_MAX_WHERE: Final = 2_000
"""Characters of it that are read."""

Edit = tuple[int, int, str]


def class_name(name: str, chain: Sequence[OpenMapping]) -> str | None:
    """A class through all the mappings that know it; None if none does."""
    found: str | None = None
    for mapping in chain:
        found = mapping.index.class_name(found or name) or found
    return found


def message(value: str, kind: str | None, chain: Sequence[OpenMapping]) -> str:
    """The message `value` of an exception of class `kind` with the original names of classes, and of their methods and fields."""
    head, tail = value[:MAX_MESSAGE], value[MAX_MESSAGE:]
    made: list[str] = []
    position = 0
    # The most certain readings come first if two begin at one position.
    for start, end, text in sorted([*_worded(head, kind, chain), *_unambiguous(head, chain)], key=lambda edit: edit[0]):
        if start >= position:
            made += (head[position:start], text)
            position = end
    return "".join((*made, head[position:], tail))


def _worded(value: str, kind: str | None, chain: Sequence[OpenMapping]) -> Iterator[Edit]:
    """Names in the virtual machine's text, in this exception or in one that the message quotes (`java.lang.X: …`)."""
    names = [(0, kind.removeprefix("java.lang."))] if kind is not None and kind.startswith("java.lang.") else []
    names += ((found.end(), found[1]) for found in _THROWN.finditer(value))
    end = len(value.rstrip())
    for start, name in names:
        if name not in _WORDING:
            continue
        newline = value.find("\n", start, end)
        stop = end if newline < 0 else newline
        for pattern in _WORDING[name]:
            found = pattern.match(value, start, stop)
            if found is None:
                continue
            yield from _groups(found, chain)
            if name == "ClassCastException":
                for where in _WHERE.finditer(value, found.end(), min(stop, found.end() + _MAX_WHERE)):
                    yield from _groups(where, chain)
            break


def _unambiguous(value: str, chain: Sequence[OpenMapping]) -> Iterator[Edit]:
    """Unambiguous names, whoever wrote the message."""
    for found in _SURE.finditer(value):
        yield from _groups(found, chain)
    for found in _SIGNATURE.finditer(value):
        for name in _TYPE.finditer(value, *found.span(found.lastindex or 0)):
            original = class_name(name[0], chain)
            if original is not None:
                yield (*name.span(), original)
    for found in _DESCRIPTOR.finditer(value):
        yield from _groups(found, chain, slashed=found[1] is not None)
    for found in _DOTTED.finditer(value):
        text = _dotted(found[0], chain)
        if text != found[0]:
            yield (*found.span(), text)


def _groups(found: re.Match[str], chain: Sequence[OpenMapping], *, slashed: bool = False) -> Iterator[Edit]:
    """Each group of a match, a class; `slashed` ones are written with slashes, even without a package."""
    for number, name in enumerate(found.groups(), 1):
        original = class_name(name.replace("/", "."), chain) if name is not None else None
        if original is not None:
            yield (*found.span(number), original.replace(".", "/") if slashed or "/" in name else original)


def _dotted(name: str, chain: Sequence[OpenMapping]) -> str:
    plain = name.removesuffix("(")
    original = class_name(plain, chain)
    if original is not None and plain == name:
        return original
    owner, _, member = plain.rpartition(".")
    if class_name(owner, chain) is None:
        return name
    for mapping in chain:
        index = mapping.index
        found = index.methods(owner, member) if plain != name else index.fields(owner, member)
        owner = index.class_name(owner) or owner
        if len({method for _, method in found}) == 1:
            member = found[0][1]
    return f"{owner}.{member}{'(' if plain != name else ''}"
