"""The group of a crash: a fingerprint that is the same in other builds of the same code, a short title, and what kind of crash it is.

Active if `grouping` is set. The event gets `grouping`; a `fingerprint` that an SDK sent stays as it is.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from symbolicator.control import tame
from symbolicator.model import Event
from symbolicator.transformers import Transformer
from symbolicator.transformers.crash_categories import category_of
from symbolicator.transformers.grouped_frames import Component, Grouped, grouped
from symbolicator.transformers.grouped_names import path_tail

if TYPE_CHECKING:
    from symbolicator.lookup import Lookup

VERSION: Final = 1
"""Of the rules: fingerprints of different versions are not comparable."""
_MOST_TITLE: Final = 80
"""Characters of each part of a title."""


class Grouping(Transformer):
    """The transformer."""

    name: ClassVar[str] = "grouping"

    def finish(self, event: Event, lookup: Lookup) -> Event:
        """The event with `grouping`."""
        found = grouped(event)
        grouping = {
            "version": VERSION,
            "fingerprint": fingerprint(found.components),
            "title": _title(found),
            "category": msgspec.structs.asdict(category_of(event)),
            "components": [msgspec.structs.asdict(one) for one in found.components],
        }
        return msgspec.structs.replace(event, source={**event.source, "grouping": grouping})


def fingerprint(components: tuple[Component, ...]) -> str | None:
    """32 hexadecimal digits of the components that count; None if none does."""
    counting = [[one.what, one.value] for one in components if one.counts]
    if not counting:
        return None
    return hashlib.sha256(msgspec.json.encode([VERSION, counting])).hexdigest()[:32]


def _title(found: Grouped) -> str:
    """`GaugeError in published (src/harbour/notices.ts)`; the message where no frame counts."""
    exception, frame = found.exception, found.frame
    kind = (exception.type if exception is not None else None) or "Crash"
    if frame is None:
        message = (exception.value if exception is not None else None) or ""
        return _part(kind) + (f": {_part(message)}" if message else "")
    name = frame.function or ""
    if frame.platform in ("java", "csharp") and frame.module:
        name = f"{frame.module.rpartition('.')[2]}.{name}"
    where = path_tail(frame.filename or frame.abs_path or frame.package, 3)
    return f"{_part(kind)}{f' in {_part(name)}' if name else ''}{f' ({_part(where)})' if where else ''}"


def _part(text: str) -> str:
    line = tame(" ".join(text[: _MOST_TITLE * 4].split()))
    return line if len(line) <= _MOST_TITLE else line[: _MOST_TITLE - 1] + "…"
