"""What Sentry's tools hear of a file that they uploaded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from symbolicator.artifacts.files import Identity
    from symbolicator.artifacts.journal import Entry

_FEATURES = {"debug_info": "debug", "records": "debug", "symbols": "symtab"}


class SentryStored(Struct, rename="camel"):
    """A debug file, mapping or bundle that is there. An id that is none is null: `""` makes the client fail."""

    uuid: str | None
    debug_id: str | None
    object_name: str
    cpu_name: str
    sha1: str
    size: int
    data: dict[str, Any]
    id: str
    symbol_type: str
    headers: dict[str, str]
    date_created: str
    code_id: str | None


def stored(identity: Identity, debug_id: str | None, name: str, entry: Entry) -> SentryStored:
    """One of the files in an entry, known by `debug_id`."""
    return SentryStored(
        uuid=debug_id, debug_id=debug_id, object_name=name, cpu_name="any", sha1=entry.sha1, size=entry.record.size,
        data={"features": [word for feature, word in _FEATURES.items() if feature in identity.features]},
        id=entry.sha1, symbol_type=identity.kind.value, headers={"Content-Type": "application/octet-stream"},
        date_created=datetime.fromtimestamp(entry.at, UTC).isoformat(), code_id=next(iter(identity.code_ids), None),
    )  # fmt: skip
