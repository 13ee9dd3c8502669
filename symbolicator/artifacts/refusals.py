"""Refusals: what a compiler said of a file that it could not read, as an error and as a table of kind `malformed`, which remembers it."""

from __future__ import annotations

from typing import Final

from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.tables import DamagedTable, Table, TableWriter
from symbolicator.errors import LimitExceeded, MalformedArtifact

KIND: Final = "malformed"


def written(error: MalformedArtifact, until: float | None) -> TableWriter:
    """The table of a refusal, which holds until a time by the wall clock where one is given."""
    writer = TableWriter(KIND, 1)
    reason = error.reason.encode("utf-8", "backslashreplace").decode()
    writer.meta = {"reason": reason, "offset": error.offset, "limit": isinstance(error, LimitExceeded)}
    if until is not None:
        writer.meta["until"] = until
    return writer


def until(table: Table) -> float | None:
    """The time by the wall clock up to which a table's refusal holds; None for one that holds for good."""
    found = table.meta.get("until")
    return found if isinstance(found, float) else None


def read(table: Table) -> MalformedArtifact:
    """The refusal of a table. Raises `DamagedTable` where it has none."""
    reason, offset = table.meta.get("reason"), table.meta.get("offset")
    if not isinstance(reason, str) or not isinstance(offset, int | None):
        raise DamagedTable("a refusal without its reason", table.origin)
    return (LimitExceeded if table.meta.get("limit") else MalformedArtifact)(reason, offset)


def again(error: MalformedArtifact, artifacts: tuple[Artifact, ...]) -> MalformedArtifact:
    """The refusal for one asker: its own object (tracebacks are not shared between threads), named as the asker knows the file."""
    name = error.artifact or (artifacts[0].name if artifacts else None)
    return (LimitExceeded if isinstance(error, LimitExceeded) else MalformedArtifact)(error.reason, error.offset, name)
