"""Refusals: a compiler's error about a file it could not read, and the table of kind `malformed` that remembers it."""

from __future__ import annotations

from typing import Final

from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.tables import DamagedTable, Table, TableWriter
from symbolicator.errors import LimitExceeded, MalformedArtifact

KIND: Final = "malformed"


def written(error: MalformedArtifact, until: float | None) -> TableWriter:
    """The table of a refusal, valid until a wall-clock time if one is given."""
    writer = TableWriter(KIND, 1)
    reason = error.reason.encode("utf-8", "backslashreplace").decode()
    writer.meta = {"reason": reason, "offset": error.offset, "limit": isinstance(error, LimitExceeded)}
    if until is not None:
        writer.meta["until"] = until
    return writer


def until(table: Table) -> float | None:
    """Until when a table's refusal is valid, as a wall-clock time; None for one that is always valid."""
    found = table.meta.get("until")
    return found if isinstance(found, float) else None


def read(table: Table) -> MalformedArtifact:
    """The refusal in a table. Raises `DamagedTable` if it has none."""
    reason, offset = table.meta.get("reason"), table.meta.get("offset")
    if not isinstance(reason, str) or not isinstance(offset, int | None):
        raise DamagedTable("a refusal without its reason", table.origin)
    return (LimitExceeded if table.meta.get("limit") else MalformedArtifact)(reason, offset)


def again(error: MalformedArtifact, artifacts: tuple[Artifact, ...]) -> MalformedArtifact:
    """The refusal for one caller: its own object (tracebacks are not shared between threads), with the caller's name for the file."""
    name = error.artifact or (artifacts[0].name if artifacts else None)
    return (LimitExceeded if isinstance(error, LimitExceeded) else MalformedArtifact)(error.reason, error.offset, name)
