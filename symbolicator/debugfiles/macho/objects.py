"""The object files that a debug map names: which of the files given they are, and whether they are still those that were linked.

A path is no proof: object files are built again, and then hold other lines for other code. What counts is when they were last written,
which the map notes to the second, and what is in the header of an archive's member. Copying loses times, often: where neither the linked
file nor any object has the time that it should have, times say nothing, and every function's code has to be the one that was linked
(`placing.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import gmtime, strftime
from typing import Final, NamedTuple, Protocol, TypeVar

from symbolicator.artifacts.compiler import Compiler
from symbolicator.artifacts.embedded import part_of, slices_of
from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.tables import DamagedTable
from symbolicator.cached import cached_property
from symbolicator.debugfiles.arches import pick
from symbolicator.debugfiles.companions import Find
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.macho.archive_index import ArchiveCompiler, ArchiveIndex, ArchiveMember
from symbolicator.debugfiles.macho.debug_map import DebugMap
from symbolicator.debugfiles.macho.placing import Placed, PlacingCompiler
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.errors import BoundReached, MalformedArtifact
from symbolicator.keys import FileKind, Key
from symbolicator.patterns import regex

T = TypeVar("T")

_MEMBER: Final = regex(r"(?s)(.+)\(([^()]+)\)")
_MAX_PATH: Final = 4096
_LINKED_WITHIN: Final = 3600
"""A program is written at most this many seconds after its newest object file, if its time is intact."""
_LOOKED_AT: Final = 64
"""Object files whose times are looked at, to know whether times were kept."""
_MOST_TRIED: Final = 16
_COMPILER: Final = NativeCompiler()


class Make(Protocol):
    """The index that `compiler` gives of some files, or (`part`) a part of them that it has by itself: made now or before, as `Cache.get`
    does. Raises what the compiler does.
    """

    def __call__(self, compiler: Compiler[T], part: str | None, /, *artifacts: Artifact) -> T:
        """See the class."""


class ObjectFile(NamedTuple):
    """An object file of a debug map: its own index and the places of its functions, or why it is not used."""

    lines: NativeIndex | None
    placed: Placed | None
    reason: str


class _Candidate(NamedTuple):
    artifact: Artifact
    by_code: bool


class ObjectFiles:
    """The object files of one linked file, by their numbers in its debug map, each looked up when first needed.

    `linked` is the linked file, of the architecture `arch`; `find` asks the stores, `make` compiles.
    """

    def __init__(self, find: Find, make: Make, linked: Artifact, debug_map: DebugMap, arch: str) -> None:
        self._find, self._make = find, make
        self._linked, self._map, self._arch = linked, debug_map, arch
        self._known: dict[int, ObjectFile] = {}
        self._archives: dict[str, ArchiveIndex] = {}

    def open(self, number: int) -> ObjectFile:
        """An object file. Raises `BoundReached` and `DamagedTable` only: whatever else is wrong with it is the reason it is not used."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = self._open(number)
        return known

    def _open(self, number: int) -> ObjectFile:
        reasons: list[str] = []
        fitting: list[tuple[Artifact, Placed]] = []
        for artifact, by_code in self._candidates(number, reasons)[:_MOST_TRIED]:
            with _told(artifact, reasons):
                if any(artifact.digest() == other.digest() for other, _ in fitting):
                    continue  # a copy of it
                compiler = PlacingCompiler(partial(self._map.functions_of, number), self._linked, artifact, by_code=by_code)
                part = f"{number}-code" if by_code else str(number)
                fitting.append((artifact, self._make(compiler, part, self._linked, artifact)))
        if len(fitting) > 1:
            names = " and ".join(artifact.name for artifact, _ in fitting)
            return ObjectFile(None, None, f"{names} fit equally well")
        for artifact, placed in fitting:
            with _told(artifact, reasons):
                return ObjectFile(self._make(_COMPILER, None, artifact), placed, "")
        return ObjectFile(None, None, "; ".join(reasons) or "not among the files given")

    def _candidates(self, number: int, reasons: list[str]) -> list[_Candidate]:
        """The files that may be the one, with what each has to show."""
        path, noted = self._map.path(number)[:_MAX_PATH], self._map.time(number)
        member = _MEMBER.fullmatch(path)
        if member is not None:
            archives = self._named(FileKind.ARCHIVE, member[1])
            return [one for archive in archives for one in self._members(archive, member[2], noted, reasons)]
        found: list[_Candidate] = []
        for one in self._named(FileKind.DEBUG_FILE, path):
            artifact = _for_arch(one, self._arch)
            if noted and one.mtime == noted:
                found.append(_Candidate(artifact, by_code=False))
            elif noted and one.mtime is not None and self._times_are_kept:
                reasons.append(f"{one.name} was written {_date(one.mtime)}, and the one that was linked {_date(noted)}")
            else:
                found.append(_Candidate(artifact, by_code=True))
        # One that has its time needs no other's word.
        return [one for one in found if not one.by_code] or found

    def _members(self, archive: Artifact, name: str, noted: int, reasons: list[str]) -> list[_Candidate]:
        """The members of an archive that may be meant: those with its time, if recorded. Of several, the code decides."""
        called: list[ArchiveMember] = []
        with _told(archive, reasons):
            called = self._listed(archive).called(name)
            called = [one for one in called if one.arch in ("", self._arch)]
            if not called:
                raise MalformedArtifact(f"has no {name} for {self._arch}")
        fitting = [one for one in called if one.time == noted] if noted else called
        if called and not fitting:
            reasons.append(f"{archive.name} has a {name} written {_date(called[0].time)}, and the one that was linked {_date(noted)}")
        by_code = not noted or len(fitting) > 1
        return [
            _Candidate(part_of(archive, f"{name} at {one.offset:#x}", FileKind.DEBUG_FILE, partial(_cut, one.offset, one.size)), by_code)
            for one in fitting[:_MOST_TRIED]
        ]

    def _listed(self, archive: Artifact) -> ArchiveIndex:
        """What is in an archive. Kept: a thousand of the objects may be in one, and `make` need not remember."""
        found = self._archives.get(archive.name)
        if found is None:
            found = self._archives[archive.name] = self._make(ArchiveCompiler(), None, archive)
        return found

    def _named(self, kind: FileKind, path: str) -> tuple[Artifact, ...]:
        """The files of a path: where it says, from the linked file's folder if it is relative, or by its longest tail; and beside the
        linked file.
        """
        found: dict[str, Artifact] = {}
        for url, near in ((path, None if path.startswith("/") else self._linked), (path.rpartition("/")[2], self._linked)):
            found |= {one.name: one for one in self._find(Key(kind=kind, url=url), near).artifacts if one.identity.kind is kind}
        return tuple(found.values())

    @cached_property
    def _times_are_kept(self) -> bool:
        """Whether files have the times that they were written at, as far as can be told: the linked file's is soon after its newest
        object's, or an object has the time that is noted.
        """
        own, newest = self._linked.mtime, self._map.newest
        if own is not None and 0 <= own - newest <= _LINKED_WITHIN:
            return True
        for number in range(min(self._map.objects, _LOOKED_AT)):
            path, noted = self._map.path(number)[:_MAX_PATH], self._map.time(number)
            if noted and any(one.mtime == noted for one in self._named(FileKind.DEBUG_FILE, path)):
                return True
        return False


def _for_arch(artifact: Artifact, arch: str) -> Artifact:
    """The slice of a fat object file for an architecture; the file itself if it is not fat, or has none."""
    number = pick([(one.arch, one.identity.debug_ids) for one in artifact.identity.slices], (), arch)
    return artifact if number is None else slices_of(artifact)[number]


@contextmanager
def _told(artifact: Artifact, reasons: list[str]) -> Iterator[None]:
    """What is wrong with a file is a reason not to use it; what says nothing of it goes on."""
    try:
        yield
    except (BoundReached, DamagedTable):
        raise
    except MalformedArtifact as error:
        reasons.append(f"{artifact.name} {error.reason}")


def _cut(offset: int, size: int, data: memoryview) -> memoryview:
    return data[offset : offset + size]


def _date(seconds: int) -> str:
    """A time for people."""
    try:
        return strftime("%Y-%m-%d %H:%M:%S UTC", gmtime(seconds)) if seconds else "at a time that is not kept"
    except (OverflowError, ValueError, OSError):
        return f"{seconds} seconds after 1970"
