"""The child: an ordinary engine that reports what it is doing, with limits on memory and CPU. Run with `python -m`; it ends with its
parent.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final

from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.compiler import TableKey
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.records import Record, unread
from symbolicator.artifacts.scanning import Seen
from symbolicator.bounds import Bounds, Ledger, kept_by
from symbolicator.engine import IDENTIFIERS, Symbolicator
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.event.wire import read_json
from symbolicator.isolation import messages
from symbolicator.isolation.messages import REMEMBERED, Answer, Place
from symbolicator.log import before_the_first_record
from symbolicator.processes.lifeline import be_the_one_to_go, end_with_parent, pipes_to_parent
from symbolicator.settings import make_settings
from symbolicator.workshop import InProcess

_MEMORY_BYTES: Final = 32 << 20
"""Memory for tables: they are on disk for the parent."""
_LONGEST_LOG: Final = 8192
_MOST_STORES: Final = 8
"""Upload stores that are kept open."""


class _OutOfMemory(LimitExceeded):
    """The process has reached its memory limit."""


class Voice:
    """Reports to the parent, and sets the clock: each step has its own CPU seconds."""

    def __init__(self, out: BinaryIO, seconds: int) -> None:
        self._out = out
        self._seconds = seconds

    def say(self, answer: Answer) -> None:
        """Send it now. If the parent is gone, the process ends."""
        self._out.write(messages.encode(answer) + b"\n")
        self._out.flush()

    @contextmanager
    def at(self, step: Answer) -> Iterator[None]:
        """While one thing is read. Raises `LimitExceeded` if there is not enough memory."""
        self.rewind()
        self.say(step)
        trouble = None
        try:
            yield
        except MemoryError as error:
            raise _OutOfMemory("needs more memory to read than the limit for a file") from error
        except MalformedArtifact as error:  # remembered refusals do not get here
            trouble = error.reason
            raise
        finally:
            self.say(messages.AtNothing(trouble))
            self.rewind()

    def rewind(self) -> None:
        """Give the process its CPU seconds from now on."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + 1 + self._seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


class _ToldCache(Cache):
    """A cache that reports what it compiles."""

    compiles_at_once = True  # the tables are what the parent waits for

    def __init__(self, folder: Path, voice: Voice, guest: bool) -> None:
        super().__init__(folder, _MEMORY_BYTES)
        self._voice = voice
        self._guest = guest

    def _compiled(self, key: TableKey, *rest: Any) -> Any:
        try:
            with self._voice.at(messages.AtTable(self._guest, *key)):
                return super()._compiled(key, *rest)
        except _OutOfMemory as error:
            self._refused(key, error, time.time() + REMEMBERED)
            raise


class _ToldIdentifiers(Identifiers):
    """Identifiers that report what they read, and skip files that killed another child."""

    hashes_members = True

    def __init__(self, voice: Voice) -> None:
        super().__init__(IDENTIFIERS)
        self._voice = voice
        self.condemned: dict[Place, str] = {}

    def record(self, seen: Seen, root: str, follow_links: bool) -> Record:
        """See `Identifiers`."""
        place = Place(root, *seen)
        if place in self.condemned:
            return unread(seen, LimitExceeded(self.condemned[place]))
        try:
            with self._voice.at(messages.AtFile(place)):
                return super().record(seen, root, follow_links)
        except _OutOfMemory as error:
            return unread(seen, error, again=False)


class _ReportingWorkshop(InProcess):
    """The workshop of the child's engine."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self._folder = folder
        self._voice = voice
        self.guests_in: Path | None = None
        self.identifiers: _ToldIdentifiers = _ToldIdentifiers(voice)

    def cache(self, folder: Path | None, memory_bytes: int) -> Cache:
        """The cache with the tables that the parent opens."""
        return _ToldCache(self._folder, self._voice, guest=False)

    def guests(self) -> tuple[Cache, Identifiers]:
        """The same for the event's own files."""
        assert self.guests_in is not None  # noqa: S101 - the folders came in one message
        return _ToldCache(self.guests_in, self._voice, guest=True), self.identifiers


class _Handler(logging.Handler):
    """Sends log records to the parent."""

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self._voice = voice

    def emit(self, record: logging.LogRecord) -> None:
        """Send it; an error here matters less than what the record is about."""
        with suppress(Exception):
            self._voice.say(messages.Log(record.name, record.levelno, self.format(record)[-_LONGEST_LOG:]))


def _limit(memory: int, niceness: int) -> None:
    os.nice(niceness)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # the system has a lower limit; macOS has none
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    be_the_one_to_go()


def main() -> None:
    """Answer until the parent ends."""
    requests, out = pipes_to_parent()
    end_with_parent(int(sys.argv[1]))
    start = messages.request_in(next(requests))
    assert isinstance(start, messages.Start)  # noqa: S101 - always the first
    _limit(start.memory, start.niceness)
    voice = Voice(out, start.seconds)
    voice.rewind()
    before_the_first_record(lambda: logging.getLogger("symbolicator").addHandler(_Handler(voice)))
    workshop = _ReportingWorkshop(Path(start.folder), voice)
    given = {**start.settings, "bounds": Bounds(**start.settings["bounds"])}
    engine = Symbolicator(settings=make_settings(**given), workshop=workshop)
    with_uploads = lru_cache(_MOST_STORES)(lambda folder: engine.with_uploads(Path(folder)))
    for line in requests:
        request = messages.request_in(line)
        voice.rewind()
        if isinstance(request, messages.Read):
            place, ledger = request.place, Ledger(Bounds(inflated=request.inflated))
            with kept_by(ledger):
                record = workshop.identifiers.record(place.seen, place.root, request.follow_links)
            used = (request.inflated or 0) - (ledger.left or 0)
            voice.say(messages.Known(record, used, "inflated" in ledger.problems))
        elif isinstance(request, messages.Warm):
            workshop.identifiers.condemned = {one.place: one.reason for one in request.condemned}
            _warm(engine if request.uploads is None else with_uploads(request.uploads), workshop, request)
            voice.say(messages.Done())


def _warm(engine: Symbolicator, workshop: _ReportingWorkshop, request: messages.Warm) -> None:
    if request.guests is not None:
        workshop.guests_in = Path(request.guests[1])
        engine = engine.with_guests(Path(request.guests[0]), request.guests[2])
    with suppress(MemoryError):  # from the event itself: the parent has it too, and reports what is missing
        engine.symbolicate(read_json(bytes(request.event)))


if __name__ == "__main__":
    with suppress(BrokenPipeError, StopIteration):
        main()
    os._exit(0)
