"""Finds and opens the files of one event. Files are looked up only here.

A `Lookup` knows the event's images, release and dist, searches the stores, passes files to the cache with the compiler for them, and
remembers what it opened. Malformed files become problems here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from symbolicator import bounds
from symbolicator.artifacts.changing import settled
from symbolicator.artifacts.embedded import home
from symbolicator.artifacts.evidence import NAME_ONLY
from symbolicator.artifacts.files import Artifact, ArtifactStore, Found
from symbolicator.artifacts.tables import DamagedTable
from symbolicator.errors import BoundReached, LimitExceeded, MalformedArtifact, Unreadable
from symbolicator.keys import FileKind, Key, common_tail, url_segments
from symbolicator.log import log_of
from symbolicator.model import Event
from symbolicator.problems import Problem, ProblemType

if TYPE_CHECKING:
    from symbolicator.artifacts.cache import Cache
    from symbolicator.artifacts.compiler import Compiler
    from symbolicator.artifacts.recent import Moment

T = TypeVar("T")

_MALFORMED = {
    FileKind.SOURCEMAP: ProblemType.MALFORMED_SOURCEMAP,
    FileKind.SCRIPT: ProblemType.MISSING_SOURCE,
    FileKind.SOURCE: ProblemType.MISSING_SOURCE_CONTENT,
    FileKind.MAPPING: ProblemType.MALFORMED_MAPPING,
    FileKind.DEBUG_FILE: ProblemType.MALFORMED_DEBUG_FILE,
    FileKind.PORTABLE_PDB: ProblemType.MALFORMED_DEBUG_FILE,
}

_HINT_UNREADABLE = (
    "make the file readable for this user and check the disk; if a build is being written there, a later event reads it again"
)


class Lookup:
    """One event's access to files. Not shared between threads.

    Results are remembered for as long as they stay true:

    ==================  =======================================================  ==================================================
    memory              of what                                                  how long
    ==================  =======================================================  ==================================================
    `once_per_event`    a transformer's own state, by name                       this event, all its stacks
    `once_per_files`    what was computed from files, or why it failed           this event, while the files have this content
    `for_a_moment`      the stores' answers, nothing from an event or table      a tenth of a second, events of one release, this process
    `recent`            answers that depend only on files' contents              until replaced by newer ones, all events, this process
    `compiled`, `part`  tables of whole files, and of parts of them              on disk, all processes, by the files' content
    ==================  =======================================================  ==================================================
    """

    def __init__(self, event: Event, store: ArtifactStore, cache: Cache, path_map: tuple[tuple[str, ArtifactStore], ...] = ()) -> None:
        self.event = event
        self.images = event.images
        self._store = store
        self._cache = cache
        self.recent = cache.recent
        """Answers that depend only on files' contents, kept from one event to the next."""
        self._moment: Moment | None = getattr(store, "moment", None)
        self._path_map = path_map
        self._found: dict[tuple[Key, str], Found] = {}
        self._opened: dict[tuple[tuple[str, int], tuple[str, ...]], object] = {}
        self._once: dict[str, Any] = {}

    def once_per_event(self, name: str, make: Callable[[], T]) -> T:
        """The result of `make`, computed once for all stacks of the event: here a transformer keeps its state for the event."""
        if name not in self._once:
            self._once[name] = make()
        made: T = self._once[name]
        return made

    def for_a_moment(self, key: Hashable, find: Callable[[], T]) -> T:
        """The result of `find`, or that of an event of the same release a moment ago; it must not depend on an event or a table."""
        if self._moment is None:
            return find()
        return self._moment.get((self.event.release, self.event.dist, key), find)

    def mark_image(self, place: int, **changes: Any) -> None:
        """Change fields of the image at `place`: its `debug_status`, features, candidates."""
        images = list(self.images)
        images[place] = msgspec.structs.replace(images[place], **changes)
        self.images = tuple(images)

    def find(self, key: Key, near: Artifact | None = None) -> Found:
        """What the stores have for `key`, completed with the event's release and dist. See `ArtifactStore.find`."""
        if key.release is None and self.event.release is not None:
            key = msgspec.structs.replace(key, release=self.event.release, dist=self.event.dist)
        near = None if near is None else home(near)
        memo = key, near.name if near else ""
        found = self._found.get(memo)
        if found is None:
            bounds.check()
            found = self._found[memo] = self._ask(key, near)
        return found

    def may_answer(self, url: str, endings: tuple[str, ...]) -> bool:
        """False if no file has the name of `url`, with or without one of the endings: a quick check before `find`."""
        ask = getattr(self._store, "may_answer", None)
        return ask is None or bool(ask(url, endings))

    def where(self) -> str:
        """The names of the stores, for messages."""
        return self._store.describe()

    def source(self, source: str, near: Artifact | None = None) -> Found:
        """The file on disk of a source path: beside `near`, or where at least the folder's name fits too.

        There are many files called `index.ts`, and a wrong text is worse than none.
        """
        found = self.find(Key(kind=FileKind.SOURCE, url=source), near=near)
        if found.how == "path" or not found.artifacts:
            return found
        wanted = url_segments(source)
        needed = min(2, len(wanted))
        fitting = tuple(a for a in found.artifacts if "/" not in a.path or common_tail(url_segments(a.path), wanted) >= needed)
        if len(fitting) == len(found.artifacts):
            return found
        names = ", ".join(artifact.name for artifact in found.artifacts[:3])
        return Found(artifacts=fitting, how=found.how, tried=(*found.tried, f"{names}: {NAME_ONLY}"))

    def all(self, kind: FileKind) -> tuple[Artifact, ...]:
        """Every file of one kind in the stores, for searches that have no name."""
        return tuple(artifact for artifact in self._store.artifacts() if artifact.identity.kind is kind)

    def named(self, kind: FileKind) -> tuple[Artifact, ...]:
        """The files of one kind that were given as files, not within a folder: they are meant, whatever their names."""
        return tuple(artifact for artifact in self.all(kind) if getattr(artifact.store, "is_file", False))

    def _ask(self, key: Key, near: Artifact | None) -> Found:
        """The stores' answer; for sources, first that of the folders in the user's path map."""
        tried: tuple[str, ...] = ()
        if key.kind is FileKind.SOURCE and key.url is not None:
            for prefix, store in self._path_map:
                if key.url.startswith(prefix):
                    found = store.find(msgspec.structs.replace(key, url=key.url[len(prefix) :]))
                    if found.artifacts:
                        return found
                    tried += found.tried
        found = self._store.find(key, near)
        return msgspec.structs.replace(found, tried=tried + found.tried) if tried else found

    def compiled(self, compiler: Compiler[T], *artifacts: Artifact) -> T | Problem:
        """The opened index of `artifacts`, compiled now or before; a problem if they cannot be read."""
        return self._guarded(artifacts, (compiler.name, compiler.version), lambda: self._cache.get(compiler, *artifacts))

    def is_compiled(self, compiler: Compiler[Any], *artifacts: Artifact) -> bool:
        """Whether `compiled` would find a table and compile nothing."""
        try:
            return self._cache.has(compiler, *artifacts)
        except MalformedArtifact:
            return False  # it is gone: `compiled` reports that

    def part(self, compiler: Compiler[T], name: str | None, *artifacts: Artifact) -> T:
        """The opened table of one part of `artifacts`, or of all (None); for indexes that read them part by part, within `guarded`. See
        `Cache.get`.
        """
        return self._cache.get(compiler, *artifacts, part=name)

    def guarded(self, act: Callable[[], T], *artifacts: Artifact) -> T | Problem:
        """The result of `act`; a problem if the artifacts it reads cannot be read."""
        return self._guarded(artifacts, None, act)

    def once_per_files(self, name: str, act: Callable[[], T], *artifacts: Artifact) -> T | Problem:
        """`guarded`, once in an event for these artifacts."""
        return self._guarded(artifacts, (name, 0), act)

    def read(self, artifact: Artifact) -> memoryview | Problem:
        """The content of one artifact, or why it cannot be read."""
        return self._guarded((artifact,), None, lambda: settled(artifact.read()))

    def _guarded(self, artifacts: tuple[Artifact, ...], what: tuple[str, int] | None, act: Callable[[], T]) -> T | Problem:
        """The result of `act`, remembered for these artifacts in this event if it has a name and a version (`what`)."""
        name, kind = artifacts[0].name, artifacts[0].identity.kind
        memo: tuple[tuple[str, int], tuple[str, ...]] | None = None
        answer: T | Problem
        try:
            if what is not None:
                memo = what, tuple([artifact.digest() for artifact in artifacts])
                if memo in self._opened:
                    return self._opened[memo]  # type: ignore[return-value]  # the memo's key names the compiler, and so the type
            bounds.check()
            answer = act()
        except DamagedTable:
            raise  # the cache's own file, not the user's: the engine rebuilds it
        except Unreadable as error:
            answer = unreadable(error, name, kind)
        except LimitExceeded as error:
            answer = Problem(
                type=ProblemType.LIMIT_EXCEEDED,
                detail=_named(error, name),
                artifact=name,
                hint=bounds.HINT if isinstance(error, BoundReached) else "this file exceeds the limits; build a smaller one",
            )
        except MalformedArtifact as error:
            answer = Problem(
                type=_MALFORMED.get(kind, ProblemType.UNSUPPORTED),
                detail=_named(error, name),
                artifact=name,
                hint="build or upload the file again: it may be truncated or not what its name says",
            )
        except Exception:  # noqa: BLE001 - logged; the other files of the event go on
            log_of(__name__).exception("a bug of ours while reading %s", name)
            return Problem(
                type=ProblemType.INTERNAL_ERROR,
                detail=f"a bug of ours while reading {name}; its traceback is in the log",
                artifact=name,
            )
        if memo is not None:
            self._opened[memo] = answer
        return answer


def _named(error: MalformedArtifact, name: str) -> str:
    """What is wrong with the file that the user knows as `name`, beginning with that."""
    return str(error) if error.artifact == name else f"{name}: {error}"


def unreadable(error: Unreadable, name: str | None = None, kind: FileKind = FileKind.OTHER) -> Problem:
    """The problem of a file that is not available now; `name` is its name for the user."""
    name = error.artifact or name
    of = "" if error.artifact or name is None else f"{name}: "
    return Problem(type=_MALFORMED.get(kind, ProblemType.UNSUPPORTED), detail=f"{of}{error}", artifact=name, hint=_HINT_UNREADABLE)
