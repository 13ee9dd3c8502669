"""A store that files are uploaded to, as a look-up sees it: its journal is the index, so nothing is scanned.

A file is found as in the folder that `files add` would write (`adding.py`): below its release and dist by the path of its URL, native
files and mappings by id. Each look-up reads what other processes appended to the journal since; what is in it was identified when it was
uploaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from operator import is_
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

_Key = tuple[tuple[str, ...], tuple[str, ...], FileKind]
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
        self._named: set[_Key] = set()

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
        shelf = self._grown(entries) or self._whole(entries)
        self._stored = entries
        self._shelf = shelf
        self._filled = version
        return shelf

    def _grown(self, entries: Mapping[str, Entry]) -> Shelf | None:
        """The shelf with what was added. None if something else changed, or what was added changes how an older file is found."""
        shelf, before = self._shelf, self._stored
        if shelf is None or len(entries) < len(before) or not all(map(is_, before.values(), entries.values())):
            return None
        known = self._known_in(islice(entries.values(), len(before), None))
        places = [one.place for one in known]
        named = _named(places)
        if not self._named.isdisjoint(named):
            return None
        self._named |= named
        self._records = {**self._records, **{one.record.path: one.record for one in known}}
        self._by_path.update((one.place.artifact.path, one) for one in known)
        return shelf.grown(_latest(places))

    def _whole(self, entries: Mapping[str, Entry]) -> Shelf:
        known = self._known_in(entries.values())
        self._known_of = {path: self._known_of[path] for path in entries}
        places = [one.place for one in known]
        self._named = _named(places)
        self._records = {entry.path: entry.record for entry in entries.values()}
        self._by_path = {one.place.artifact.path: one for one in known}
        return Shelf(_latest(places), self._label)

    def _known_in(self, entries: Iterable[Entry]) -> list[Known]:
        """The files and members of entries; those of an entry that was seen before are the same as then."""
        found: list[Known] = []
        for entry in entries:
            there = self._known_of.get(entry.path)
            if there is None or there[0] is not entry:
                there = self._known_of[entry.path] = entry, self._places_of(entry)
            found += there[1]
        return found

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
    last = {_key(place): at for at, place in enumerate(places) if _is_named(place)}
    return [
        place._replace(only_by_id=True) if _is_named(place) and last[_key(place)] != at else place for at, place in enumerate(places)
    ]


def _named(places: Iterable[Place]) -> set[_Key]:
    """What of a release is there by its path."""
    return {_key(place) for place in places if _is_named(place)}


def _is_named(place: Place) -> bool:
    return place.base != "" and place.artifact.identity.kind in _NAMED


def _key(place: Place) -> _Key:
    """Its release's folders, and its path there."""
    return tuple(place.base.split("/")[:-1]), place.inner, place.artifact.identity.kind
