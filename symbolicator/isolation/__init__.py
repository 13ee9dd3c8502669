"""Reading files in child processes with limits, for `isolate=True`.

The parent processes every event itself, with a cache that compiles nothing (`artifacts/cold_cache.py`). If a table is missing, a child
gets the event (`child.py`), compiles what it needs, and leaves the tables in the cache folder, where the parent then finds them. A child
also identifies files, one by one. If a child dies or takes too long, the file it was reading is refused for a
while, and the rest of the event continues. See `docs/decisions/0004-files-are-read-in-a-child.md`.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from symbolicator import event as event_json
from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.cold_cache import Cold, ColdCache, Refusing
from symbolicator.artifacts.compiler import TableKey
from symbolicator.artifacts.folders import unwritable
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.records import Record, unread
from symbolicator.artifacts.scanning import Seen
from symbolicator.artifacts.scratch import scratch
from symbolicator.bounds import current
from symbolicator.errors import BoundReached, ConfigError, LimitExceeded
from symbolicator.event.wire import write_json
from symbolicator.isolation.messages import REMEMBERED, AtFile, AtTable, Condemned, Known, Place, Read, Start, Warm
from symbolicator.isolation.pool import Pool
from symbolicator.isolation.process import Died
from symbolicator.log import log_of
from symbolicator.model import Event
from symbolicator.settings import Settings
from symbolicator.workshop import IDENTIFIERS, Guests, InProcess

MEMORY: Final = 3 << 30
"""Bytes of address space of a child; mapped files count too."""
CPU_SECONDS: Final = 5
"""CPU seconds for each table and each file."""
SECONDS: Final = 8.0
"""Clock seconds for everything an event needs; for files that came with it, identifying and compiling together."""
LEAST_SECONDS: Final = 2.0
"""At least this many clock seconds to compile files that came with an event, however long identifying them took."""
SENT_NICENESS: Final = 2
"""The niceness of children that read files from events: their senders wait, and other events are not slowed down."""
SLOW_REMEMBERED: Final = 60.0
"""Seconds for which a file that took too long by the clock is not tried again: the machine may have been busy."""
_MOST_ROUNDS: Final = 16
_MOST_CONDEMNED: Final = 1024


class _Condemned:
    """The files that killed a child while it identified them."""

    def __init__(self) -> None:
        self._until: dict[Place, tuple[str, float]] = {}

    def add(self, place: Place, death: Died) -> None:
        """Do not read it for a while; if there are too many, the oldest is dropped."""
        self._until[place] = death.reason, time.monotonic() + (SLOW_REMEMBERED if death.slow else REMEMBERED)
        while len(self._until) > _MOST_CONDEMNED:
            self._until.pop(next(iter(self._until)), None)

    def reason(self, place: Place) -> str | None:
        """Why it is not read now."""
        reason, until = self._until.get(place, ("", 0.0))
        return reason if time.monotonic() < until else None

    def all(self) -> tuple[Condemned, ...]:
        """The list for a child."""
        return tuple(Condemned(place, reason) for place in list(self._until) if (reason := self.reason(place)) is not None)


class _AskingIdentifiers(Identifiers):
    """Identifiers that use a child. `end`: the deadline of all files together (`time.monotonic`); None if each file has its own time."""

    def __init__(self, pool: Pool, condemned: _Condemned, end: float | None = None) -> None:
        super().__init__(IDENTIFIERS)
        self._pool = pool
        self._condemned = condemned
        self.end = end

    def record(self, seen: Seen, root: str, follow_links: bool) -> Record:
        """See `Identifiers`."""
        place = Place(root, *seen)
        reason = self._condemned.reason(place)
        if reason is not None:
            return unread(seen, LimitExceeded(reason))
        deadline = time.monotonic() + SECONDS
        if self.end is not None:
            deadline = min(deadline, self.end)
        ledger = current()
        left = None if ledger is None else ledger.left
        if left == 0:
            left = 1  # with zero, nothing could be reported
        try:
            with self._pool.child(deadline) as child:
                answer = child.ask(Read(place, follow_links, left), deadline)
        except Died as death:
            log_of(__name__).warning("%s of %s: %s", place.path, place.root, death.reason)
            if death.step is not None:
                self._condemned.add(place, death)
            return unread(seen, LimitExceeded(death.reason), again=death.slow or death.step is None)
        except UnicodeEncodeError:  # a folder whose name is not valid text
            return unread(seen, LimitExceeded("is in a folder whose name is not valid text"))
        if not isinstance(answer, Known) or answer.record.path != seen.path:
            return unread(seen, LimitExceeded("was not read"))
        if ledger is not None and ledger.left is not None:
            with suppress(BoundReached):  # the record mentions it
                ledger.inflate(ledger.left + 1 if answer.beyond else min(max(answer.inflated, 0), ledger.left))
        return answer.record


class InChildren(InProcess):
    """The workshop of an isolated engine. Raises `ConfigError` if isolation is not possible."""

    def __init__(self, settings: Settings) -> None:
        if os.name != "posix":
            raise ConfigError("isolate=True needs process limits, which this system does not have", "leave `isolate` out")
        if not all(isinstance(one, str | os.PathLike) for one in settings.all_files):
            raise ConfigError("isolate=True cannot send a store object to a child process", "give folders and files by path")
        self._settings = settings
        self._condemned = _Condemned()
        self._unsaid = ""

    def cache(self, folder: Path | None, memory_bytes: int) -> Cache:
        """See `InProcess`. If no folder can be written, a temporary one is used while this process lives."""
        folder = None if folder is None else folder.absolute()  # a child is in another folder
        if (why := unwritable(folder)) is not None:
            self._unsaid = f"compiled files are kept in memory only: {folder} cannot be written: {why}; make it writable, or give another"
            folder = None
        self._cache = ColdCache(folder or _temporary_cache(), memory_bytes)
        if self._cache.folder is None:
            self._cache = ColdCache(_temporary_cache(), memory_bytes)
        files = tuple(os.path.abspath(os.fspath(one)) for one in self._settings.all_files)  # noqa: PTH100 - the child's folder is another
        path_map = {prefix: os.path.abspath(target) for prefix, target in self._settings.path_map.items()}  # noqa: PTH100
        given = msgspec.structs.replace(
            self._settings, files=files, path_map=path_map, cache_dir=str(self._cache.folder), isolate=False, strict=False
        )
        start = Start(msgspec.to_builtins(given), str(self._cache.folder), MEMORY, CPU_SECONDS)
        self._pool = Pool(start)
        self._pool_of_sent = Pool(msgspec.structs.replace(start, niceness=SENT_NICENESS), at_once=1)
        self.identifiers = _AskingIdentifiers(self._pool, self._condemned)
        return self._cache

    def guests(self) -> tuple[Cache, Identifiers]:
        """See `InProcess`: the tables are in a folder that is removed after the event."""
        return ColdCache(scratch.folder("guests")), self.guests_identifiers()

    def guests_identifiers(self) -> Identifiers:
        """See `InProcess`: they use the child with lower priority."""
        return _AskingIdentifiers(self._pool_of_sent, self._condemned, time.monotonic() + SECONDS)

    def close(self) -> None:
        """See `InProcess`: ends the children. A new one is started when needed."""
        self._pool.close()
        self._pool_of_sent.close()

    def last_resort(self) -> Cache:
        """See `InProcess`."""
        return Refusing(self._cache, "the cache folder cannot be read")

    def complete(
        self, event: Event, cache: Cache, guests: Guests | None, attempt: Callable[[Cache], Event], uploads: Path | None = None
    ) -> Event:
        """See `InProcess`: a child builds missing tables, and the attempt is repeated, until nothing is missing or the time is up."""
        try:
            return self._complete(event, cache, guests, attempt, uploads)
        finally:
            if guests is not None and guests.cache.folder is not None:
                shutil.rmtree(guests.cache.folder, ignore_errors=True)  # tables in use stay open

    def _complete(
        self, event: Event, cache: Cache, guests: Guests | None, attempt: Callable[[Cache], Event], uploads: Path | None
    ) -> Event:
        try:
            return attempt(cache)
        except Cold as cold:
            wanted = cold.key
        if self._unsaid:
            said, self._unsaid = self._unsaid, ""
            log_of(__name__).warning("%s", said)
        deadline = _deadline(guests)
        try:
            written = msgspec.Raw(write_json(event_json.write(event)).rstrip())
            request = Warm(written, _folders(guests), (), None if uploads is None else str(uploads))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            return attempt(Refusing(cache, f"could not be compiled: the event cannot be sent to the reader process as JSON ({error})"))
        reason = "could not be compiled; see the log"
        for _ in range(_MOST_ROUNDS):
            if time.monotonic() >= deadline:
                reason = "could not be compiled in the time that an event has; try again"
                break
            death, troubles = self._warm(request, deadline)
            if death is not None and not self._learn(death, guests):
                reason = death.reason
                break
            try:
                return attempt(cache)
            except Cold as cold:
                if death is None and (cold.key == wanted or cold.key in troubles):
                    reason = troubles.get(cold.key, reason)
                    break
                wanted = cold.key
        return attempt(Refusing(cache, reason))

    def _warm(self, request: Warm, deadline: float) -> tuple[Died | None, dict[TableKey, str]]:
        """Have a child build the tables of an event; returns how it died, if it did, and why tables were not built."""
        try:
            with (self._pool if request.guests is None else self._pool_of_sent).child(deadline) as child:
                child.ask(msgspec.structs.replace(request, condemned=self._condemned.all()), deadline)
                return None, child.troubles
        except Died as death:
            what = f"{death.step.folder}/{death.step.stem}" if isinstance(death.step, AtTable) else death.step or "an event"
            log_of(__name__).warning("while a child compiled %s: %s", what, death.reason)
            return death, {}

    def _learn(self, death: Died, guests: Guests | None) -> bool:
        """Refuse the file that killed a child from now on; returns whether it is known."""
        if isinstance(death.step, AtFile):
            self._condemned.add(death.step.place, death)
        elif isinstance(death.step, AtTable):
            cache = guests.cache if death.step.guest and guests is not None else self._cache
            key: TableKey = death.step.folder, death.step.stem
            if not isinstance(cache, ColdCache) or not cache.refuse(key, death.reason, SLOW_REMEMBERED if death.slow else REMEMBERED):
                return False
        return death.step is not None


def _deadline(guests: Guests | None) -> float:
    """The deadline for building an event's tables; identifying its own files counts too."""
    now = time.monotonic()
    known = None if guests is None or not isinstance(guests.identifiers, _AskingIdentifiers) else guests.identifiers.end
    return now + SECONDS if known is None else max(known, now + LEAST_SECONDS)


def _folders(guests: Guests | None) -> tuple[str, str, int | None] | None:
    return None if guests is None else (str(guests.folder), str(guests.cache.folder), guests.inflated)


def _temporary_cache() -> Path:
    try:
        return scratch.folder("cache")
    except FileNotFoundError as error:  # what `tempfile` raises where it finds no folder
        hint = "name one that can be written with $TMPDIR; in a container with a read-only root, mount a tmpfs at /tmp"
        raise ConfigError("there is no folder for temporary files", hint=hint) from error
