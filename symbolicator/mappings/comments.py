"""The metadata that R8 writes as JSON in comments (`doc/retrace.md`): sourceFile, synthesized, residualsignature, outline, outlineCallsite,
rewriteFrame, mapping.

Comments belong to the class, field or method above them. Ids were written with a leading `x-` while their version was experimental.
The specification's own examples have bare keys and single quotes, so these are accepted too.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from symbolicator.mappings.frames import Callsite, Metadata, Rewrite
from symbolicator.patterns import regex

_QUALIFIED: Final = "com.android.tools.r8."
_BARE_KEY: Final = regex(r"([{,]\s*)([A-Za-z_]\w*)(\s*:)")
_THROWS: Final = regex(r"throws\(L([^;()]+);\)")
_REMOVE: Final = regex(r"removeInnerFrames\((\d{1,4})\)")
_MAX_LINE: Final = 2**31
_MAX_COMMENT: Final = 1 << 20


def parse(text: str) -> dict[str, Any] | None:
    """The JSON object in a comment; None if there is none."""
    if len(text) > _MAX_COMMENT:
        return None
    for written in (text, _BARE_KEY.sub(r'\1"\2"\3', text.replace("'", '"'))):
        try:
            found = msgspec.json.decode(written)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return None


def kind(found: dict[str, Any]) -> str | None:
    """The last part of the id: `sourceFile`, `outline`, …"""
    name = found.get("id")
    return name.removeprefix("x-").removeprefix(_QUALIFIED) if isinstance(name, str) else None


def add(metadata: Metadata, found: dict[str, Any]) -> bool:
    """Add an `outline`, `outlineCallsite` or `rewriteFrame` to a method's metadata; False for anything else, or if it is malformed."""
    what = kind(found)
    if what == "outline":
        metadata.outline = True
        return True
    made = _callsite(found) if what == "outlineCallsite" else _rewrite(found) if what == "rewriteFrame" else None
    if isinstance(made, Callsite):
        metadata.callsites.append(made)
    elif made is not None:
        metadata.rewrites.append(made)
    return made is not None


def _callsite(found: dict[str, Any]) -> Callsite | None:
    positions, outline = found.get("positions"), found.get("outline")
    if not isinstance(positions, dict):
        return None
    lines: dict[int, int] = {}
    for inner, outer in positions.items():
        if inner.isascii() and inner.isdigit() and len(inner) < 11 and isinstance(outer, int) and 0 <= outer < _MAX_LINE:
            lines[int(inner)] = outer
    return Callsite(lines, outline if isinstance(outline, str) else None)


def _rewrite(found: dict[str, Any]) -> Rewrite | None:
    """All conditions must hold; actions run in order. An unknown one makes the whole rule unknown."""
    conditions, actions = found.get("conditions"), found.get("actions")
    if not isinstance(conditions, list) or not isinstance(actions, list) or not actions:
        return None
    throws = [_THROWS.fullmatch(one) if isinstance(one, str) else None for one in conditions]
    removes = [_REMOVE.fullmatch(one) if isinstance(one, str) else None for one in actions]
    if not all(throws) or not all(removes):
        return None
    return Rewrite(tuple(one[1].replace("/", ".") for one in throws if one), sum(int(one[1]) for one in removes if one))
