"""`Symbolicator`: the engine that library, service and command line share. `one_call.py` has the function for a single call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

import msgspec

from symbolicator import event as event_json
from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.folders import cache_folder
from symbolicator.artifacts.stores import StoreChain, open_stores
from symbolicator.artifacts.tables import DamagedTable
from symbolicator.bounds import Ledger, kept_by
from symbolicator.errors import ConfigError, TraceError
from symbolicator.event.envelope import Envelope, is_envelope
from symbolicator.event.shapes import with_release
from symbolicator.log import log_of
from symbolicator.lookup import Lookup
from symbolicator.model import Event
from symbolicator.pipeline import Pipeline
from symbolicator.problems import Problem, ProblemType
from symbolicator.registry import load
from symbolicator.settings import Files, Options, Settings, make_settings
from symbolicator.traces.encoded import as_text, bytes_of, pieces_of_text, text_in
from symbolicator.traces.json_reports.parsed import may_be_report, report_of
from symbolicator.workshop import IDENTIFIERS, Guests, InProcess

__all__ = ["IDENTIFIERS", "Symbolicator"]

if TYPE_CHECKING:
    from symbolicator.explain import Explanation
    from symbolicator.traces.following import Part
    from symbolicator.types import InputEvent, InputFrame, InputImage, OutputEvent, OutputFrame

_MAX_REBUILDS = 32
"""Damaged tables dropped and rebuilt for one event before giving up: more of them means that the disk is failing."""


class Symbolicator:
    """Symbolicates events. Create it once, keep it, share it between threads; everything slow is cached in it.

    >>> with Symbolicator("dist/", context_lines=1) as engine:
    ...     text = engine.symbolicate_text("    at a.total (https://shop.example/app.js:1:35)")
    >>> text
    '    at Cart.total (src/cart.ts:3:23)'

    `files`: folders, files and bundles of your build (one path, or a list in the order of searching), or `ArtifactStore` objects;
    without it, those that `$SYMBOLICATOR_FILES` names. The other keywords, each with its default:

    * `cache_dir=None`: the folder for compiled files; None is the user's cache folder, False keeps them in memory only.
    * `transformers=("defaults",)`: names in their order; `"defaults"` stands for the built-in ones.
    * `context_lines=5`: source lines on each side of a frame's own, 0 to 200.
    * `path_map={}`: prefixes of source paths → the folders where they are now.
    * `in_app=()`: prefixes of paths or modules that are your own code; if given, nothing else is.
    * `repos=()`, `authors=False`: git clones that say which commits last changed the lines of a crash; whether authors are named.
    * `grouping=False`: whether events get a fingerprint and a category.
    * `bounds=Bounds()`: limits for one event; `memory_bytes=268435456`: opened files kept in memory, at most.
    * `isolate=None`: whether files are read in child processes: for files from strangers.
    * `strict=False`: whether a transformer's bug raises instead of becoming a problem.

    Instead of these, `settings` takes a `Settings`. `workshop` is for the service. Raises `ConfigError` for wrong settings; nothing in an
    event ever raises.
    """

    def __init__(
        self,
        files: Files | None = None,
        *,
        settings: Settings | None = None,
        workshop: InProcess | None = None,
        **options: Unpack[Options],
    ) -> None:
        if isinstance(files, Settings):
            raise ConfigError("settings were given as files", hint="give them by name: Symbolicator(settings=…)")
        if settings is not None and (files is not None or options):
            raise ConfigError("give either `settings` or single options, not both")
        self.settings = settings or make_settings(files, **options)
        folder = cache_folder(self.settings.cache_dir)
        self.workshop = workshop or _workshop_of(self.settings)
        self._guests: Guests | None = None
        self._uploads: Path | None = None
        self._cache = self.workshop.cache(folder, self.settings.memory_bytes)
        identifiers = self.workshop.identifiers
        self._store = open_stores(self.settings.all_files, folder, identifiers)
        self._path_map = tuple((prefix, open_stores((target,), folder, identifiers)) for prefix, target in self.settings.path_map.items())
        self._pipeline = Pipeline(
            load(self.settings.transformers, self.settings),
            context_lines=self.settings.context_lines,
            in_app=self.settings.in_app,
            strict=self.settings.strict,
        )

    def __reduce__(self) -> tuple[Callable[[], Symbolicator], tuple[()]]:
        """A copy, or one sent to another process, is a new engine with the same settings: it opens its files and cache again."""
        if self._guests is not None:
            raise TypeError("a Symbolicator with the files of a request cannot be copied: the files are removed after the answer")
        return partial(type(self), settings=self.settings), ()

    @property
    def store(self) -> StoreChain:
        """All given files, as one store."""
        return self._store

    @property
    def cache_folder(self) -> Path | None:
        """The folder for compiled files; None if no folder was requested. They may be elsewhere if it is not writable."""
        return cache_folder(self.settings.cache_dir)

    @property
    def cache(self) -> Cache:
        """The cache of compiled files."""
        return self._cache

    def with_guests(self, folder: Path, inflated: int | None = None) -> Symbolicator:
        """An engine like this one that searches `folder` first, for an event with its own files, which may decompress to
        `inflated` bytes together.

        Their compiled tables are removed with it: nothing of a guest is written to the cache folder.
        """
        from symbolicator.artifacts.directory import DirectoryStore
        from symbolicator.artifacts.guests import GuestCache

        engine = object.__new__(type(self))
        vars(engine).update(vars(self))
        own, identifiers = self.workshop.guests()
        guests = DirectoryStore(folder, None, identifiers, alias="the files of the request", guest=True)
        engine._store = open_stores((guests, self._store))
        engine._cache = GuestCache(self._cache, self._store.owns, own)
        engine._guests = Guests(folder, own, identifiers, inflated)
        return engine

    def with_uploads(self, folder: Path, alias: str | None = None) -> Symbolicator:
        """An engine like this one that searches the upload store in `folder` too, called `alias`. They share the cache."""
        from symbolicator.artifacts.uploaded import UploadedStore

        engine = object.__new__(type(self))
        vars(engine).update(vars(self), _uploads=folder)
        engine.settings = msgspec.structs.replace(self.settings, files=(*self.settings.all_files, folder))
        engine._store = self._store.followed_by(UploadedStore(folder, self.workshop.identifiers, alias=alias))
        return engine

    @property
    def transformers(self) -> tuple[str, ...]:
        """The names of the active transformers, in order."""
        return tuple(transformer.name for transformer in self._pipeline.transformers)

    def __enter__(self) -> Symbolicator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Save what was learnt about the files. The object can still be used."""
        self._store.close()
        self.workshop.close()

    def run(self, event: Event) -> Event:
        """Model in, model out: the part of `symbolicate` between reading and writing JSON."""
        return self.workshop.complete(event, self._cache, self._guests, partial(self._attempt, event, []), self._uploads)

    def _attempt(self, event: Event, ledgers: list[Ledger], cache: Cache) -> Event:
        before = ledgers[-1] if ledgers else None
        dropped: set[Path] = set()
        while len(dropped) < _MAX_REBUILDS:
            try:
                return self._run(event, self._ledger(ledgers, before), cache)
            except DamagedTable as damage:
                # A compiled file was found damaged when it was read. It is dropped, and the event starts again: the file is rebuilt.
                if damage.origin is None or damage.origin in dropped:
                    break  # damaged again after rebuilding: the disk is not reliable
                dropped.add(damage.origin)
                cache.discard(damage.origin)
        try:
            return self._run(event, self._ledger(ledgers, before), self.workshop.last_resort())
        except DamagedTable:  # one that was just built: a bug
            log_of(__name__).exception("a compiled table is inconsistent")
            detail = "a bug of ours: a compiled table is inconsistent; its traceback is in the log"
            return msgspec.structs.replace(event, problems=(*event.problems, Problem(type=ProblemType.INTERNAL_ERROR, detail=detail)))

    def _ledger(self, ledgers: list[Ledger], before: Ledger | None) -> Ledger:
        """A ledger for another attempt; what the stores decompressed in the previous one is not decompressed again, but counts."""
        ledger = Ledger(self.settings.bounds, None if self._guests is None else self._guests.inflated)
        if before is not None:
            ledger.resume(before)
        ledgers.append(ledger)
        return ledger

    def _run(self, event: Event, ledger: Ledger, cache: Cache) -> Event:
        with kept_by(ledger):
            out = self._pipeline.run(event, lambda prepared: Lookup(prepared, self._store, cache, self._path_map))
        if "inflated" in ledger.problems:
            cache.recent.clear()  # some of it may depend on what could not be read
        return out

    def lookup(self, event: Event) -> Lookup:
        """The files for an event, as a transformer sees them: for what is not about frames, such as a whole source."""
        return Lookup(event, self._store, self._cache, self._path_map)

    @overload
    def symbolicate(self, event: InputEvent, *, release: str | None = None, dist: str | None = None) -> OutputEvent: ...

    @overload
    def symbolicate(self, event: Mapping[str, Any], *, release: str | None = None, dist: str | None = None) -> dict[str, Any]: ...

    def symbolicate(self, event: Any, *, release: str | None = None, dist: str | None = None) -> Any:
        """Takes an event (`symbolicator.types.InputEvent`), returns a new one (`OutputEvent`); the argument is unchanged.

        >>> event = {"platform": "javascript", "frames": [{"abs_path": "https://shop.example/app.js", "lineno": 1, "colno": 35}]}
        >>> with Symbolicator("dist/") as engine:
        ...     (frame,) = engine.symbolicate(event)["frames"]
        >>> frame["filename"], frame["lineno"], frame["data"]["symbolicator_status"]
        ('src/cart.ts', 3, 'symbolicated')

        `release` and `dist` apply if the event names none. Problems with frames or files are in the result. Raises TypeError if `event`
        is not a mapping. A JSON report (the second document of an `.ips`, MetricKit's diagnostics, a walked minidump) is returned as such a
        report.
        """
        if isinstance(event, Mapping):
            report = report_of(event) if may_be_report(event) else None
            if report is not None:
                return report.written(self.symbolicate(report.event, release=release, dist=dist))
            event = with_release(event, release, dist)
        return event_json.write(self.run(event_json.read(event)))

    def symbolicate_many(self, events: Iterable[Mapping[str, Any]], workers: int | None = None) -> Iterator[dict[str, Any]]:
        """The events symbolicated, one answer for each and in their order, with bounded memory: no more than a window is held at once.

        >>> event = {"platform": "javascript", "frames": [{"abs_path": "https://shop.example/app.js", "lineno": 1, "colno": 35}]}
        >>> with Symbolicator("dist/") as engine:
        ...     [answer["frames"][0]["function"] for answer in engine.symbolicate_many([event] * 3, workers=2)]
        ['Cart.total', 'Cart.total', 'Cart.total']

        `workers` processes share the work; None or 1 does it in this one. They need no `if __name__ == "__main__"`, and end with this
        process. An event that a worker dies over is tried once more, alone; then it comes back raw with a problem, as does what is no
        mapping. Where `events` raises, the answers to those before it come first. Stores that are objects cannot be sent to other
        processes: with them, this process does the work.
        """
        if isinstance(events, Mapping):
            raise TypeError("one event is not many: give a list of events, or call symbolicate")
        if workers is None or workers <= 1 or not all(isinstance(f, str | os.PathLike) for f in self.settings.all_files):
            return map(self.answer, events)
        from symbolicator.batch import in_processes

        return in_processes(self.settings, self.answer, events, workers)

    def answer(self, event: Any) -> dict[str, Any]:
        """As `symbolicate`; what is no mapping gets an answer that says so."""
        return self.symbolicate(event) if isinstance(event, Mapping) else event_json.refusal(event)

    def symbolicate_frames(
        self,
        frames: Sequence[InputFrame | Mapping[str, Any]],
        platform: str = "javascript",
        images: Sequence[InputImage | Mapping[str, Any]] = (),
        release: str | None = None,
        dist: str | None = None,
    ) -> list[OutputFrame]:
        """Frames in (caller first), frames out; one raw frame may become several with the same `data.raw_index`.

        >>> with Symbolicator("dist/") as engine:
        ...     (frame,) = engine.symbolicate_frames([{"abs_path": "https://shop.example/app.js", "lineno": 1, "colno": 35}])
        >>> frame["context_line"].strip()
        'return this.items.length;'
        """
        event = {"platform": platform, "release": release, "dist": dist, "frames": list(frames), "images": list(images)}
        out: list[OutputFrame] = self.symbolicate(event)["frames"]
        return out

    def symbolicate_text(self, text: str | bytes, *, release: str | None = None, dist: str | None = None) -> str:
        """Symbolicates a text trace of any supported format, returned as text; the class has an example.

        A log around it is passed through byte for byte; a text without frames is returned unchanged. A JSON report stays JSON. `release`
        and `dist` are those of the build, which texts do not name.
        """
        from symbolicator.traces import find_traces_within

        text = as_text(text)
        content = bytes_of(text)
        if is_envelope(content):
            return text_in(self.symbolicate_envelope(content))
        try:
            traces = find_traces_within(text, self.settings.bounds)
        except TraceError:
            return text
        return traces.render(self.symbolicate(with_release(traces.event, release, dist)))

    def symbolicate_stream(
        self, pieces: Iterable[str | bytes], *, release: str | None = None, dist: str | None = None
    ) -> Iterator[str]:
        """A text of any length, in pieces (lines, or blocks of a file's bytes), symbolicated as it comes: a log of gigabytes takes no more
        memory than a page of it.

        >>> with Symbolicator("dist/") as engine:
        ...     "".join(engine.symbolicate_stream(["12:00 Error: x\\n    at a.total (https://shop.exa", "mple/app.js:1:35)\\n"]))
        '12:00 Error: x\\n    at Cart.total (src/cart.ts:3:23)\\n'

        Where it was cut into pieces makes no difference. A stack is written some hundred lines below its end, and what is further away
        than that (a list of modules at the end of the text) is not known for it; `symbolicate_text` knows all of a text.
        """
        from symbolicator.traces.following import Following

        following = Following()
        for piece in pieces_of_text(pieces):
            for part in following.feed(piece):
                yield self._written(part, release, dist)
        for part in following.rest():
            yield self._written(part, release, dist)

    def _written(self, part: Part, release: str | None, dist: str | None) -> str:
        return part.written({} if part.traces is None else self.symbolicate(with_release(part.traces.event, release, dist)))

    def symbolicate_envelope(self, envelope: bytes) -> bytes:
        """A Sentry envelope in, the same envelope out: its events symbolicated, their lengths written anew, all else byte for byte.

        Raises ValueError where it is none. See `symbolicator.event.envelope` for what is passed by.
        """
        if not is_envelope(envelope):
            raise ValueError("not an envelope: expected a line of JSON, then items, each a line of JSON with its type, and a payload")
        read = Envelope(envelope)
        return read.written([self.symbolicate(event) for event in read.events])

    def explain(self, event: Mapping[str, Any]) -> Explanation:
        """Why each frame has its result, as data; `str()` of it is readable text.

        >>> with Symbolicator("dist/") as engine:
        ...     why = engine.explain({"platform": "javascript", "frames": [{"abs_path": "/gone.js", "lineno": 1, "colno": 5}]})
        >>> why.frames[0].status.value, why.frames[0].problems[0].hint
        ('missing', 'give the folder of the deployed build with files=')
        """
        from symbolicator.explain import explain

        report = report_of(event) if isinstance(event, Mapping) and may_be_report(event) else None
        return explain(self.run(event_json.read(event if report is None else report.event)), self._store.describe())


def _workshop_of(settings: Settings) -> InProcess:
    if not settings.isolate:
        return InProcess()
    from symbolicator.isolation import InChildren  # it starts processes, which few users want

    return InChildren(settings)
