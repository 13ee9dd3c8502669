"""A folder, or one file, as a store: scanned by content, with a saved index, scanned again when something may have changed.

`scanning.py` walks the folder, `index.py` remembers the files, `matching.py` finds answers. Here is when that happens: the first look-up
loads the index and walks the folder (only changed files are read); later ones walk again after `LOOK_AGAIN` seconds, or after
`LOOK_AGAIN_MISSING` if something was not found, but never spend more than a twentieth of the time on walking.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from symbolicator import bounds
from symbolicator.artifacts.changing import describe, still
from symbolicator.artifacts.files import Artifact, Found, Identifier
from symbolicator.artifacts.folders import trusted
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.index import VERSION, Saved, find_index, index_path, refreshed, save_index
from symbolicator.artifacts.matching import MAX_TRIED, Shelf
from symbolicator.artifacts.places import Place
from symbolicator.artifacts.records import MemberRecord, Record
from symbolicator.artifacts.scanning import UNREAD, open_view, see, walk
from symbolicator.errors import ConfigError, MalformedArtifact, Unreadable
from symbolicator.forks import renewed_in_child
from symbolicator.keys import Key

LOOK_AGAIN: Final = 2.0
LOOK_AGAIN_MISSING: Final = 0.25
_SECOND: Final = 1_000_000_000
_SHARE: Final = 20.0
_SAVE_AT_MOST_EVERY: Final = 1.0
_MOST_UNREAD: Final = 4
"""Unreadable files that are reported to a look-up that found nothing."""
_READ_BELOW: Final = 32 << 20
"""Files below this size are read rather than mapped: nobody can change what was read (`changing.py`)."""


class Known(NamedTuple):
    """A file or member, with what is remembered about it."""

    place: Place
    record: Record
    member: MemberRecord | None = None


class DirectoryStore:
    """The files of `folder` (or the one file it names), as an `ArtifactStore`. Safe to share between threads.

    `cache_folder` is where the index is kept (None: nowhere); `identifiers` decide what files are (`identifying.py`); `follow_links` allows
    links that leave the folder; `alias` is the folder's name for users, whose files are then named without it; the decompressed bytes of
    a `guest`'s files count for its event (`bounds.py`). ConfigError if there is no such folder or it cannot be listed.
    """

    has_journal = False
    """Whether `version` changes when a file is added."""

    def __init__(
        self,
        folder: str | Path,
        cache_folder: Path | None = None,
        identifiers: Sequence[Identifier | str] | Identifiers = (),
        *,
        follow_links: bool = False,
        alias: str | None = None,
        guest: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label = str(folder) if alias is None else alias
        self._prefix = f"{self._label.rstrip('/')}/" if alias is None else ""
        real = os.path.realpath(folder)
        try:
            self._file: str | None = None
            if os.path.isdir(real):  # noqa: PTH112 - realpath gives a string
                self._root = real
                os.scandir(real).close()
            else:
                # A link keeps its own name, and may lead anywhere because it was given by name.
                os.stat(real)  # noqa: PTH116
                parent, self._file = os.path.split(os.path.abspath(folder))  # noqa: PTH100 - not resolved
                self._root = os.path.realpath(parent)
                follow_links = True
        except FileNotFoundError as error:
            raise ConfigError(f"no such file or folder: {folder}", "give the folder that the build wrote, or one of its files") from error
        except (OSError, ValueError) as error:
            raise ConfigError(f"{folder} cannot be read: {describe(error)}", "check its permissions") from error
        self._identifiers = identifiers if isinstance(identifiers, Identifiers) else Identifiers(identifiers)
        self._follow_links = follow_links
        self._guest = guest
        self._clock = clock
        self._cache_folder = cache_folder = trusted(cache_folder)
        self._path = os.path.join(self._root, self._file or "")  # noqa: PTH118
        self._index_path = None if cache_folder is None else index_path(cache_folder, self._path, self._identifiers.fingerprint)
        self._lock = threading.Lock()
        renewed_in_child(self)
        self._shelf: Shelf | None = None
        self._records: dict[str, Record] = {}
        self._by_path: dict[str, Known] = {}
        self._notes: tuple[str, ...] = ()
        self._unread: tuple[str, ...] = ()
        self._scanned_ns = 0
        self._looked_at = 0.0
        self._changed = False  # a file was found to have changed
        self._walk_seconds = 0.0
        self._unsaved = False
        self._saved_at = 0.0

    def after_fork(self) -> None:
        """In a forked child: a scan that another thread had begun is begun again."""
        if self._lock.locked():
            self._shelf, self._looked_at = None, 0.0
        self._lock = threading.Lock()

    def version(self) -> int:
        """Nothing is known of changes until the next scan."""
        return 0

    @property
    def is_file(self) -> bool:
        """Whether it is one file given by name, not a folder."""
        return self._file is not None

    def find(self, key: Key, near: Artifact | None = None) -> Found:
        """The best files for a key (see `matching.py`). `near` counts if it is from this store."""
        shelf = self._current(LOOK_AGAIN)
        found = shelf.find(key, self._place(near))
        if not found.artifacts:
            again = self._current(LOOK_AGAIN_MISSING)
            if again is not shelf:
                found = again.find(key, self._place(near))
        if not found.artifacts and self._unread:
            # An unreadable file may be the one that is needed; those with its name come first.
            name = (key.url or "").rpartition("/")[2]
            unread = sorted(self._unread, key=lambda note: not (name and f"{name}:" in note))[:_MOST_UNREAD]
            found = Found(how=found.how, tried=(*unread, *found.tried)[:MAX_TRIED])
        return found

    def may_answer(self, url: str, endings: tuple[str, ...]) -> bool:
        """False if nothing is found for `url`, with or without one of the endings, except by an id; see `Shelf.may_answer`."""
        shelf = self._current(LOOK_AGAIN_MISSING)
        return bool(self._unread) or shelf.may_answer(url, endings)  # an unreadable file may be the one

    def shelves(self) -> tuple[object, ...]:
        """See `StoreChain.shelves`."""
        return (object() if self._shelf is None else self._current(LOOK_AGAIN_MISSING),)

    def read(self, artifact: Artifact) -> memoryview:
        """The content. Raises `MalformedArtifact` if the file changed since it was found, or cannot be read."""
        return self._content(self._known(artifact))

    def digest(self, artifact: Artifact) -> str:
        """See `digests.py`, 32 hex digits; remembered until the file changes, also for later processes."""
        known = self._known(artifact)
        holder = known.record if known.member is None else known.member
        if holder.digest is None:
            from symbolicator.artifacts.digests import digest_of  # only for new files

            place = os.path.join(self._root, known.place.artifact.path)  # noqa: PTH118 - only hashed
            content = self._content(known)
            digest = digest_of(content, holder.identity, place, artifact.stamp)
            self._unless_changed(known, content)
            holder.digest = digest
            self._unsaved = True
            if self._clock() - self._saved_at > _SAVE_AT_MOST_EVERY:
                with self._lock:
                    self._save()
        return holder.digest

    def artifacts(self) -> Sequence[Artifact]:
        """Every file, and every member of a container, ordered by path."""
        return tuple(place.artifact for place in self._current(LOOK_AGAIN).places)

    def notes(self) -> Sequence[str]:
        """Messages about what was skipped or could not be read."""
        self._current(LOOK_AGAIN)
        return self._notes + tuple(note for record in self._records.values() for note in record.notes)

    def describe(self) -> str:
        """The folder or file as given."""
        return self._label

    def close(self) -> None:
        """Save the digests computed since then. The store can still be used."""
        with self._lock:
            self._save()

    def _current(self, after: float) -> Shelf:
        """The shelf, rebuilt if the last scan is more than `after` seconds ago. One thread scans; the others use the old one."""
        shelf = self._shelf
        if shelf is not None:
            after = LOOK_AGAIN_MISSING if self._changed else after
            if self._clock() - self._looked_at < max(after, _SHARE * self._walk_seconds) or not self._lock.acquire(blocking=False):
                return shelf
        else:
            self._lock.acquire()
        try:
            with nullcontext() if self._guest else bounds.of_our_own():
                return self._look(shelf)
        finally:
            self._lock.release()

    def _look(self, before: Shelf | None) -> Shelf:
        if self._shelf is not None and self._shelf is not before:
            return self._shelf  # another thread scanned while we waited
        if self._shelf is None and self._index_path is not None:
            saved = find_index(self._index_path, self._path, self._identifiers.fingerprint)
            if saved is not None:
                self._records = {record.path: record for record in saved.records}
                self._scanned_ns = saved.scanned_ns
        self._changed = False
        began, wall_ns = self._clock(), time.time_ns()
        files, notes = walk(self._root, self._follow_links) if self._file is None else see(self._root, self._file)
        self._walk_seconds = self._clock() - began
        read = partial(self._identifiers.record, root=self._root, follow_links=self._follow_links)
        records, changed = refreshed(self._records, self._scanned_ns, files, read)
        self._notes = tuple(notes)
        if changed or self._shelf is None:
            # The shelf last: an artifact from it must find its record.
            places = [place for record in records for place in self._places(record)]
            self._records = {record.path: record for record in records}
            troubles = [f"{record.path}: {record.identity.trouble}" for record in records if record.identity.trouble]
            self._unread = tuple(f"{self._prefix}{note}" for note in (*troubles, *notes) if UNREAD in note)
            self._by_path = {known.place.artifact.path: known for known in places}
            label = self._label if self._file is None else str(Path(self._label).parent)
            self._shelf = Shelf([known.place for known in places], label, Path(self._root).parts[1:])
        if changed:
            self._scanned_ns = wall_ns
            self._unsaved = True
            self._save()
        self._looked_at = self._clock()
        return self._shelf

    def _save(self) -> None:
        if self._unsaved and self._cache_folder is not None and self._index_path is not None:
            saved = Saved(
                version=VERSION,
                root=self._path,
                fingerprint=self._identifiers.fingerprint,
                scanned_ns=self._scanned_ns,
                records=list(self._records.values()),
            )
            save_index(self._cache_folder, self._index_path, saved)
        self._unsaved = False
        self._saved_at = self._clock()

    def _places(self, record: Record) -> list[Known]:
        segments = tuple(record.path.split("/"))
        label = self._label if self._file is not None else f"{self._prefix}{record.path}"
        stamp = record.seen.stamp
        artifact = Artifact(
            name=label, path=record.path, identity=record.identity, size=record.size, stamp=stamp, store=self,
            mtime=record.mtime_ns // _SECOND,
        )  # fmt: skip
        places = [Known(Place(artifact, "", segments, segments[:-1]), record)]
        if record.members:
            from symbolicator.artifacts.bundles import is_inner_name  # few folders have containers
        for member in record.members:
            name = f"{record.path}!{member.name}"
            shown = f"{label}!{member.name}"
            artifact = Artifact(name=shown, path=name, identity=member.identity, size=member.size, stamp=stamp, store=self)
            if len(record.members) == 1 and is_inner_name(segments[-1], member.name):
                # A .gz or .pd_ takes the place of its content: in the folder itself, not in a folder of its own.
                place = Place(artifact, "", (*segments[:-1], member.name), segments[:-1])
            else:
                stem = segments[-1].rpartition(".")[0] or segments[-1]
                place = Place(artifact, f"{record.path}!", member.place, (*segments[:-1], stem, *member.place[:-1]))
            places.append(Known(place, record, member))
        return places

    def _place(self, near: Artifact | None) -> Place | None:
        known = self._by_path.get(near.path) if near is not None and near.store is self else None
        return None if known is None else known.place

    def _known(self, artifact: Artifact) -> Known:
        """The record of an artifact from this store. Its path is looked up, never opened."""
        known = self._by_path.get(artifact.path)
        if known is None or artifact.stamp != known.place.artifact.stamp:
            raise Unreadable("changed or disappeared since it was found", artifact=artifact.name)
        return known

    def _content(self, known: Known) -> memoryview:
        try:
            data = open_view(self._root, known.record.seen, self._follow_links, _READ_BELOW)
            if known.member is None:
                return data
            from symbolicator.artifacts.bundles import content_again

            return content_again(data, known.member.name)
        except MalformedArtifact as error:
            self._changed = self._changed or isinstance(error, Unreadable)
            raise type(error)(error.reason, error.offset, known.place.artifact.name) from error

    def _unless_changed(self, known: Known, content: memoryview) -> None:
        """Raises `Unreadable`, with the name, if a file was rewritten while its content was read."""
        try:
            still(content)
        except Unreadable as error:
            self._changed = True
            raise Unreadable(error.reason, artifact=known.place.artifact.name) from error
