"""The messages between a parent and a child that reads files for it: JSON, one line each, decoded by type and never executed."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from symbolicator.artifacts.records import Record
from symbolicator.artifacts.scanning import Seen

REMEMBERED: Final = 24 * 3600.0
"""Seconds for which a file that cannot be read within limits is not tried again."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """A file of a folder, as a scan saw it."""

    root: str
    path: str
    size: int
    mtime_ns: int
    ctime_ns: int

    @property
    def seen(self) -> Seen:
        """As the scan saw it."""
        return Seen(self.path, self.size, self.mtime_ns, self.ctime_ns)


class Condemned(msgspec.Struct, frozen=True):
    """A file that killed a child, and why it is not read again."""

    place: Place
    reason: str


# ── to the child ──────────────────────────────────────────────────────────────────────────────────────────────────


class Start(msgspec.Struct, tag="start"):
    """The first: the engine's settings, and the limits. `memory`: bytes of address space; `seconds`: of CPU, for each table or file;
    `niceness`: what is added to the parent's.
    """

    settings: dict[str, Any]
    folder: str
    memory: int
    seconds: int
    niceness: int = 0


class Warm(msgspec.Struct, tag="warm"):
    """Symbolicate an event, to build its tables. `guests`: the folder of its own files, the folder for their tables, and
    the bytes they may decompress to. `uploads`: the folder of a store that it may use too.
    """

    event: msgspec.Raw
    guests: tuple[str, str, int | None] | None
    condemned: tuple[Condemned, ...]
    uploads: str | None = None


class Read(msgspec.Struct, tag="read"):
    """Identify a file, which may decompress to `inflated` bytes."""

    place: Place
    follow_links: bool
    inflated: int | None


# ── from it ───────────────────────────────────────────────────────────────────────────────────────────────────────


class AtTable(msgspec.Struct, tag="table", frozen=True):
    """It starts to compile this table, of a guest's file or of ours."""

    guest: bool
    folder: str
    stem: str


class AtFile(msgspec.Struct, tag="file", frozen=True):
    """It starts to identify this file."""

    place: Place


class AtNothing(msgspec.Struct, tag="nothing", frozen=True):
    """It has finished what it reported last; `trouble` says why there is no table, for this event only."""

    trouble: str | None = None


class Log(msgspec.Struct, tag="log", frozen=True):
    """A record for the log."""

    name: str
    level: int
    text: str


class Known(msgspec.Struct, tag="known", frozen=True):
    """The identified file. `inflated`: bytes it decompressed to, more than allowed if it is `beyond`."""

    record: Record
    inflated: int
    beyond: bool


class Done(msgspec.Struct, tag="done", frozen=True):
    """The event was symbolicated."""


Request = Start | Warm | Read
Answer = AtTable | AtFile | AtNothing | Log | Known | Done

encode: Final = msgspec.json.Encoder(enc_hook=str).encode
request_in: Final = msgspec.json.Decoder(Request).decode
answer_in: Final = msgspec.json.Decoder(Answer).decode
