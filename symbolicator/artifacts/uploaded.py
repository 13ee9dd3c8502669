"""A store that files are uploaded to, as a look-up sees it: its journal is the index, so nothing is scanned.

A file is found as in the folder that `files add` would write (`adding.py`): below its release and dist by the path of its URL, native
files and mappings by id. Each look-up reads what other processes appended to the journal since; what is in it was identified when it was
uploaded.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from symbolicator import bounds
from symbolicator.artifacts.directory import DirectoryStore, Known
from symbolicator.artifacts.files import Identifier
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.journal import Entry, Journal
from symbolicator.artifacts.matching import Shelf
from symbolicator.artifacts.places import Place
from symbolicator.artifacts.records import Record
from symbolicator.artifacts.scanning import Seen
from symbolicator.errors import ConfigError, Unreadable
from symbolicator.keys import FileKind

_NAMED: Final = frozenset((FileKind.SCRIPT, FileKind.SOURCEMAP, FileKind.SOURCE))


class UploadedStore(DirectoryStore):
    """The uploaded files in `folder`, as an `ArtifactStore`, in the order in which they were added. Safe to share between threads. Raises
    `ConfigError`.
    """

    has_journal = True

    def __init__(self, folder: str | Path, identifiers: Sequence[Identifier | str] | Identifiers = (), *, alias: str | None = None) -> None:
        super().__init__(folder, None, identifiers, alias=alias)
        self.journal = Journal(Path(self._root), self._identifiers.fingerprint)
        self.journal.refresh()
        self._prefix = f"{self._label.rstrip('/')}/"
        self._filled = -1
        self._stored: dict[str, Entry] = {}
        self._known_of: dict[str, tuple[Entry, list[Known]]] = {}

    def _current(self, after: float) -> Shelf:
        """The shelf, with everything that was added until now."""
        version = self.version()
        shelf = self._shelf
        if shelf is None or self._filled != version:
            with self._lock:
                shelf = self._shelf
                if shelf is None or self._filled != version:
                    shelf = self._fill()
        return shelf

    def version(self) -> int:
        """Another number when something was added or removed."""
        with suppress(ConfigError):  # somebody wrote over the journal: what was read of it stays
            self.journal.refresh()
        return self.journal.version

    def _fill(self) -> Shelf:
        version, entries = self.journal.version, self.journal.entries
        known_of = {}
        for path, entry in entries.items():
            before = self._known_of.get(path)
            known_of[path] = before if before is not None and before[0] is entry else (entry, self._places_of(entry))
        known = [one for _, each in known_of.values() for one in each]
        self._stored, self._known_of = entries, known_of
        self._records = {entry.path: entry.record for entry in entries.values()}
        self._by_path = {one.place.artifact.path: one for one in known}
        self._shelf = shelf = Shelf(_latest([one.place for one in known]), self._label)
        self._filled = version
        return shelf

    def _places_of(self, entry: Entry) -> list[Known]:
        record = entry.record
        if self.journal.stale:
            with bounds.of_our_own():
                record = self._identifiers.record(self._seen(entry), self._root, follow_links=False)
        known = self._places(msgspec.structs.replace(record, path=entry.path))
        return [one._replace(place=one.place._replace(release=entry.release)) for one in known]

    def _seen(self, entry: Entry) -> Seen:
        """The file as it is now: its times are not its own any more when the store was moved to another disk."""
        try:
            status = os.stat(os.path.join(self._root, entry.stored))  # noqa: PTH116, PTH118 - as `walk` does
        except OSError:
            return Seen(entry.stored, -1, 0, 0)
        return Seen(entry.stored, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def _content(self, known: Known) -> memoryview:
        entry = self._stored.get(known.record.path)
        seen = None if entry is None else self._seen(entry)
        if seen is None or seen.size != known.record.size:
            raise Unreadable("was removed from the store", artifact=known.place.artifact.name)
        path, size, mtime_ns, ctime_ns = seen
        record: Record = msgspec.structs.replace(known.record, path=path, size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns)
        return super()._content(known._replace(record=record))


def _latest(places: Sequence[Place]) -> list[Place]:
    """The places, of which those whose release has a later file of the same path are found by their ids alone.

    A release that is built and uploaded again has the files that came last. Its earlier build is known by its debug ids, if it has some.
    """
    last: dict[tuple[tuple[str, ...], tuple[str, ...], FileKind], int] = {}
    for at, place in enumerate(places):
        if place.base and place.artifact.identity.kind in _NAMED:
            last[_key(place)] = at
    return [
        place._replace(only_by_id=place.base != "" and last.get(_key(place), at) != at) for at, place in enumerate(places)
    ]


def _key(place: Place) -> tuple[tuple[str, ...], tuple[str, ...], FileKind]:
    """Its release's folders, and its path there."""
    return tuple(place.base.split("/")[:-1]), place.inner, place.artifact.identity.kind
