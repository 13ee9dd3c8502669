"""The JSON of a map: prefixes, members and their types. Nothing big is copied: members are views into the file until they are
used.

Follows ECMA-426 §"Source map format" and §"Decoding source maps". Mappings are decoded in `segments.py`, sections combined in
`sections.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from typing import Any, Final

import msgspec

from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.patterns import regex
from symbolicator.sourcemaps.faults import Faults

ABSENT: Final = msgspec.Raw()
"""A member that the object does not have."""
NULL: Final = msgspec.Raw(b"null")


class Members(msgspec.Struct, rename={"debug_id_": "debug_id"}):
    """The members of a map that we read, each as its JSON text."""

    version: msgspec.Raw = ABSENT
    file: msgspec.Raw = ABSENT
    sourceRoot: msgspec.Raw = ABSENT
    sources: msgspec.Raw = ABSENT
    sourcesContent: msgspec.Raw = ABSENT
    names: msgspec.Raw = ABSENT
    mappings: msgspec.Raw = ABSENT
    ignoreList: msgspec.Raw = ABSENT
    x_google_ignoreList: msgspec.Raw = ABSENT
    sections: msgspec.Raw = ABSENT
    debugId: msgspec.Raw = ABSENT
    debug_id_: msgspec.Raw = ABSENT
    scopes: msgspec.Raw = ABSENT
    rangeMappings: msgspec.Raw = ABSENT
    x_facebook_sources: msgspec.Raw = ABSENT
    x_facebook_offsets: msgspec.Raw = ABSENT
    x_facebook_segments: msgspec.Raw = ABSENT
    x_metro_module_paths: msgspec.Raw = ABSENT
    modulePaths: msgspec.Raw = ABSENT
    x_hermes_function_offsets: msgspec.Raw = ABSENT
    x_org_dartlang_dart2js: msgspec.Raw = ABSENT


class Offset(msgspec.Struct):
    """A section's `offset`."""

    line: msgspec.Raw = ABSENT
    column: msgspec.Raw = ABSENT


class Section(msgspec.Struct):
    """One of `sections`."""

    offset: msgspec.Raw = ABSENT
    map: msgspec.Raw = ABSENT
    url: msgspec.Raw = ABSENT


_MEMBERS: Final = msgspec.json.Decoder(Members)
_RAW_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OPTIONAL_STRINGS: Final = msgspec.json.Decoder(list[str | None])
_STRINGS: Final = msgspec.json.Decoder(list[str])
_ANY: Final = msgspec.json.Decoder()


class _Unreadable:
    """Stands for a JSON value without a Python equivalent: 1e999."""


UNREADABLE: Final = _Unreadable()


def read_members(data: bytes | bytearray | memoryview | str, faults: Faults) -> Members:
    """The members of the map in `data`. Raises `MalformedArtifact` where it is not a JSON object, `LimitExceeded` where it nests too
    deep.
    """
    text = _without_prefix(_as_bytes(data), faults)
    try:
        return _members(text)
    except MalformedArtifact:
        whole = bytes(text)
        # Lone surrogates are valid JSON for JSON.parse but not for us; each becomes U+FFFD, which has the same width in UTF-16 units.
        repaired = _ESCAPE.sub(_repaired_escape, whole) if b"\\ud" in whole or b"\\uD" in whole else whole
        if repaired == whole:
            raise
        return _members(memoryview(repaired))


def _members(text: memoryview) -> Members:
    try:
        return _MEMBERS.decode(text)
    except RecursionError as error:
        raise LimitExceeded("the JSON is nested too deeply") from error
    except msgspec.ValidationError as error:
        raise MalformedArtifact(f"a source map is a JSON object: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        found = re.search(r"byte (\d+)", str(error))
        raise MalformedArtifact(f"not JSON: {error}", int(found[1]) if found else None) from error


def _as_bytes(data: bytes | bytearray | memoryview | str) -> memoryview:
    view = memoryview(_encoded(data) if isinstance(data, str) else data)
    return view if view.format == "B" and view.ndim == 1 and view.c_contiguous else memoryview(view.tobytes())


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # lone surrogates, as above
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _without_prefix(text: memoryview, faults: Faults) -> memoryview:
    """`text` without byte order mark and without the `)]}'` line (ECMA-426 FetchSourceMap)."""
    if bytes(text[:3]) == b"\xef\xbb\xbf":
        text = text[3:]
    head = bytes(text[:4])
    if head[:3] != b")]}":
        return text
    start = 4 if head == b")]}'" else 3
    if bytes(text[start : start + 1]) == b"{":
        faults.report("no line end after the prefix )]}'", start)
        return text[start:]
    ends = _LINE_END.search(text, start)
    if ends is None:
        raise MalformedArtifact("nothing but the prefix )]}'")
    return text[ends.end() :]


_LINE_END: Final = regex(rb"[\r\n]+")
_ESCAPE: Final = regex(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|(u[dD][c-fC-F][0-9a-fA-F]{2})|.)", re.DOTALL)


def _repaired_escape(found: re.Match[bytes]) -> bytes:
    whole = found[0]
    if found[1] is None and (found[2] is not None or (len(whole) == 6 and whole[:2] == b"\\u")):
        return b"\\ufffd"
    return whole


# Readers of single members. Each takes the member's text and reports errors in it; `key` is for the message.


def value(raw: msgspec.Raw) -> Any:  # JSON is of any type
    """The Python value of a small member; `UNREADABLE` if it has none."""
    try:
        return _ANY.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            return _ANY.decode(bytes(raw).decode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            return UNREADABLE


def kind(raw: msgspec.Raw) -> str:
    """The JSON type of a member, for messages: `an array`, `a string`, …"""
    return _KINDS.get(bytes(memoryview(raw)[:1]), "a number")


_KINDS: Final = {
    b"{": "an object",
    b"[": "an array",
    b'"': "a string",
    b"n": "null",
    b"t": "a boolean",
    b"f": "a boolean",
    b"": "absent",
}


def optional_string(raw: msgspec.Raw, key: str, faults: Faults) -> str | None:
    """ECMA-426 GetOptionalString."""
    if raw is ABSENT:
        return None
    found = value(raw)
    if isinstance(found, str):
        return found
    faults.report(f"`{key}` is {kind(raw)}; expected a string")
    return None


def items(raw: msgspec.Raw, key: str, faults: Faults) -> list[msgspec.Raw]:
    """The elements of an array, as their JSON text; [] if it is absent or not an array."""
    if raw is ABSENT:
        return []
    try:
        return _RAW_LIST.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        faults.report(f"`{key}` is {kind(raw)}; expected an array")
        return []


def optional_strings(raw: msgspec.Raw, key: str, faults: Faults) -> list[str | None]:
    """ECMA-426 GetOptionalListOfOptionalStrings."""
    try:
        return _OPTIONAL_STRINGS.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = [value(item) for item in items(raw, key, faults)]
    wrong = [i for i, item in enumerate(found) if item is not None and not isinstance(item, str)]
    if wrong:
        faults.report(f"`{key}` holds {len(wrong)} elements that are neither strings nor null, the first at {wrong[0]}")
    return [item if isinstance(item, str) else None for item in found]


def strings(raw: msgspec.Raw, key: str, faults: Faults) -> list[str]:
    """ECMA-426 GetOptionalListOfStrings; numbers are read as their text, anything else as ""."""
    try:
        return _STRINGS.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = [value(item) for item in items(raw, key, faults)]
    wrong = [i for i, item in enumerate(found) if not isinstance(item, str)]
    if wrong:
        faults.report(f"`{key}` holds {len(wrong)} elements that are not strings, the first at {wrong[0]}")
    return [item if isinstance(item, str) else str(item) if type(item) in {int, float} else "" for item in found]


def indexes(raw: msgspec.Raw, key: str, count: int, faults: Faults) -> frozenset[int]:
    """ECMA-426 GetOptionalListOfArrayIndexes, for an array of `count` elements."""
    found = [integral(item) for item in items(raw, key, faults)]
    good = frozenset(item for item in found if item is not None and 0 <= item < count)
    wrong = [item for item in found if item is None or not 0 <= item < count]
    if wrong:
        faults.report(f"`{key}` holds {len(wrong)} elements that are not an index into the {count} sources")
    return good


def integral(raw: msgspec.Raw) -> int | None:
    """The value of a JSON number without a fraction (3 and 3.0), else None. 1e999 is infinite, so None."""
    found = value(raw)
    if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
        return None
    return int(found) if found == int(found) else None


def check_version(raw: msgspec.Raw, faults: Faults) -> None:
    """`version` must be the number 3. Lenient mode accepts "3" silently, and anything else with a warning."""
    if integral(raw) == 3 or (not faults.strict and value(raw) == "3"):
        return
    said = "is absent" if raw is ABSENT else f"is {bytes(raw)[:20].decode('utf-8', 'replace')}"
    faults.report(f"`version` {said}; expected 3")


def join_source_root(root: str | None, sources: Sequence[str | None], room: int) -> list[str | None] | None:
    """Each source with `sourceRoot` before it (ECMA-426 DecodeSourceMapSources); None if that adds more than `room` characters.
    Absolute URLs and paths are unchanged, as in every tool we know of.

    >>> join_source_root("app:///src", ["a.ts", None, "https://x.test/b.ts"], 100)
    ['app:///src/a.ts', None, 'https://x.test/b.ts']
    """
    if not root:
        return list(sources)
    prefix = root if root.endswith("/") else f"{root}/"
    relative = [source is not None and not _ABSOLUTE.match(source) for source in sources]
    if len(prefix) * sum(relative) > room:
        return None
    return [prefix + (source or "") if joins else source for source, joins in zip(sources, relative, strict=True)]


_ABSOLUTE: Final = regex(r"[A-Za-z][A-Za-z0-9+.\-]*:|/")
