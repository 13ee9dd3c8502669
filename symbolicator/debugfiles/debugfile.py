"""`DebugFile`: one native file, opened with the files that belong to it, for looking up addresses.

It searches where debuggers do: beside the file, in `.debug/` there, in `.build-id/` beside it and of the system,
below `/usr/lib/debug`, and at the paths in the file itself (dwz's file, .dwo). A file is used if its ids, its CRC-32 or
its dwo_id match; `companions.py` defines the order.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from symbolicator.artifacts.changing import describe
from symbolicator.artifacts.embedded import slices_of
from symbolicator.artifacts.files import Artifact, ArtifactStore
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.layouts import LayoutStore, in_bundle
from symbolicator.artifacts.scanning import open_view, see
from symbolicator.artifacts.stores import StoreChain
from symbolicator.artifacts.text import TextCompiler
from symbolicator.debugfiles.arches import arch_name, pick
from symbolicator.debugfiles.companions import Find
from symbolicator.debugfiles.compiling import compile_container, index_container
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.family import Family, find_family, open_family
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.debugfiles.macho.hidden_names import HiddenNames
from symbolicator.debugfiles.macho.linked import LinkedIndex, in_memory, is_linked_only, open_linked
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.errors import ConfigError, MalformedArtifact
from symbolicator.keys import FileKind, Key

if TYPE_CHECKING:
    from typing_extensions import Buffer

_CALL_COSTS: Final = 2 << 20
_ADDRESS_COSTS: Final = 100 << 10
"""The cost of reading the units for one call, and for one more address in it: bytes of the file that could be compiled in that time.

Measured on a library with 95 MB of DWARF: a new unit 31 ms, 1,000 addresses in one call 2.3 s, the whole file 1.6 s.
"""
_NOWHERE: Final = 0xFFFFFFFFFFFFFFFF
"""An address that is in no file."""
_FEW: Final = 32
"""So few addresses are never worth compiling the whole file."""
_READ_BELOW: Final = 1 << 20
_GIVE: Final = "give a native file: a program, a library or its debug file"


class DebugFile:
    """A native file, with the files that belong to it. A context manager; safe to share between threads.

    >>> with DebugFile.open("apiary") as file:
    ...     [(one.function, one.line) for one in file.lookup(0x2B91)]
    [('harvest', 90), ('at', 37)]

    All addresses are svmas: as in the file, not as in a process. For a return address look up one instruction earlier.
    Engines print WebAssembly offsets from the module's first byte: add `container.load_address`.
    """

    def __init__(self, path: str, own: Container, family: Family, find: Find | None = None) -> None:
        self.path = path
        """The path as given."""
        self.family = family
        """The files used for it: `main` is the one with debug information, this file or another."""
        self._container: Container | None = own
        mine, theirs = "records" in own.features, "records" in family.main.identity.features
        self._moved = own.load_address if theirs and not mine else 0
        """The addresses of this file minus those of `main`: records count from the load address."""
        self._counts_from_start = mine
        self._lazy: NativeIndex | LazyIndex | LinkedIndex | None = None
        self._hidden = None if family.names is None else HiddenNames(in_memory(TextCompiler(), None, family.names))
        self._linked = open_linked(find, in_memory, family.main) if find is not None and is_linked_only(family.main) else None
        self._whole: NativeIndex | None = None
        self._program: NativeIndex | LazyIndex | None = None
        self._asked = self._calls = 0

    @classmethod
    def open(cls, path: str | os.PathLike[str], arch: str | None = None, *, store: ArtifactStore | None = None) -> DebugFile:
        """The file at `path`, with the files that belong to it. `arch` (`x86_64`, `arm64`, …) is the wanted architecture, or the debug
        id of a slice of a fat file; `store` is searched for companions first.

        Raises `MalformedArtifact` if it is not a native file or cannot be read; `ConfigError` if there is no such file, it is for
        another architecture, or it is a fat file and `arch` does not identify a slice.
        """
        given = os.fspath(path)
        own, url, stores = _look(given, store)
        try:
            own = _slice(given, own, arch)
            container = open_container(own.read())
            if arch is not None and arch_name(arch) != container.arch and arch != container.debug_id:
                raise ConfigError(f"{given} is for {container.arch}, not {arch}", f"omit `arch`, or open the file built for {arch}")
            return cls(given, container, find_family(stores.find, own, url), stores.find)
        except MalformedArtifact as error:
            raise type(error)(error.reason, error.offset, error.artifact or given) from error

    @property
    def format(self) -> str:
        """`elf`, `macho`, `pe`, `wasm`, `breakpad`, …"""
        return self._opened.format

    @property
    def arch(self) -> str:
        """`x86_64`, `arm64`, …; see `Container.arch`."""
        return self._opened.arch

    @property
    def code_id(self) -> str | None:
        """The build id, or the UUID, in hex; None if the file has none."""
        return self._opened.code_id

    @property
    def debug_id(self) -> str | None:
        """The debug id as in events; None if the file has nothing to derive it from."""
        return self._opened.debug_id

    @property
    def features(self) -> frozenset[str]:
        """The contents of this file alone, as keys of `container.FEATURES`."""
        return self._opened.features

    @property
    def container(self) -> Container:
        """The file itself: sections, segments, symbols."""
        return self._opened

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was skipped because it is broken, as far as was read."""
        index = self._whole or self._lazy
        return tuple(dict.fromkeys((*self._opened.warnings, *(index.warnings if index else ()))))

    def lookup(self, address: int) -> list[SourceLocation]:
        """The functions at `address` (svma), outermost function first, innermost inlined one last; [] if nothing is known.

        Reads only the units that cover it.
        """
        return self.lookup_many([address])[0]

    def lookup_many(self, addresses: Sequence[int] | Buffer) -> list[list[SourceLocation]]:
        """`lookup` for each of `addresses`, in order: any buffer of u64, or a sequence of numbers. Equal answers may be the same list.

        Reads the units that contain them; once that has cost as much as the whole file would, the file is compiled, in memory.
        """
        self._opened  # noqa: B018 - a closed file has no answers
        addresses = _numbers(addresses)
        self._asked += len(addresses)
        self._calls += 1
        if self._linked is not None:
            self._lazy = self._linked
        elif self._whole is None and self._asked > _FEW:
            spent = self._calls * _CALL_COSTS + self._asked * _ADDRESS_COSTS
            if spent >= sum(one.size for one in self.family.parts):
                self._whole = self._compiled()
        if self._whole is None and self._lazy is None:
            self._lazy = index_container(*open_family(self.family.parts))
        index = self._whole or self._lazy
        assert index is not None  # noqa: S101  # one of the two is open by now
        answers = self._moved_back(index, addresses) if self._moved else index.lookup_many(addresses)
        if self.family.program is not None and not all(answers):
            answers = [answer or self._of_program(address) for answer, address in zip(answers, addresses, strict=True)]
        return answers if self._hidden is None else [list(map(self._hidden.shown, answer)) for answer in answers]

    def lacking(self, address: int) -> tuple[str, str] | None:
        """The object file with the lines of `address`, as named in the debug map, and why it is not used; None if none is missing."""
        return None if self._linked is None else self._linked.lacking(address)

    def missing_objects(self) -> tuple[int, list[tuple[str, str]]]:
        """For a file whose lines are in the object files named by its debug map: how many it names, and those that are not used, each
        with the reason. All of them are read. (0, []) for other files.
        """
        return (0, []) if self._linked is None else self._linked.check()

    def close(self) -> None:
        """Close the file. It cannot be used any more."""
        self._container = self._lazy = self._linked = self._whole = self._program = None

    def __enter__(self) -> DebugFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def _opened(self) -> Container:
        if self._container is None:
            raise ValueError(f"{self.path} is closed")
        return self._container

    def _compiled(self) -> NativeIndex:
        return NativeIndex(compile_container(*open_family(self.family.parts)).table())

    def _of_program(self, address: int) -> list[SourceLocation]:
        """What the program knows if its debug file has no answer: linkage stubs have their names there."""
        if self._program is None and self.family.program is not None:
            self._program = index_container(open_container(self.family.program.read()))
        if self._program is None:
            return []
        return self._program.lookup(address + (self._program.load_address if self._counts_from_start else 0))

    def _moved_back(
        self, index: NativeIndex | LazyIndex | LinkedIndex, addresses: Sequence[int] | memoryview
    ) -> list[list[SourceLocation]]:
        """The answers of a main file that counts addresses from this file's load address."""
        moved = self._moved
        answers = index.lookup_many([address - moved if address >= moved else _NOWHERE for address in addresses])
        return [[at if at.address is None else at._replace(address=at.address + moved) for at in answer] for answer in answers]


def _numbers(addresses: Sequence[int] | Buffer) -> Sequence[int] | memoryview:
    """A buffer as u64, whatever its item type; a sequence unchanged."""
    try:
        view = memoryview(addresses)  # type: ignore[arg-type]  # fails for what is not a buffer
    except TypeError:
        return addresses  # type: ignore[return-value]  # so it is a sequence
    return view if view.format == "Q" else view.cast("B").cast("Q")


def _slice(given: str, own: Artifact, arch: str | None) -> Artifact:
    """The slice of a fat file that `arch` means; the file itself if it is not fat. Raises `ConfigError` if it means none of them."""
    slices = own.identity.slices
    if not slices:
        return own
    number = pick([(one.arch, one.identity.debug_ids) for one in slices], (arch,), arch)
    if number is None:
        there = ", ".join(f"{one.arch} ({', '.join(one.identity.debug_ids) or 'without UUID'})" for one in slices)
        raise ConfigError(f"{given} holds {there}", f"choose an architecture, e.g. {slices[0].arch}")
    return slices_of(own)[number]


def _look(given: str, store: ArtifactStore | None) -> tuple[Artifact, str, StoreChain]:
    """The file as an artifact, its path as a URL, and the stores with its companions.

    Raises `ConfigError` if it cannot be opened, `MalformedArtifact` if it is not a native file.
    """
    try:
        real = in_bundle(Path(given).resolve(strict=True))
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(f"{given} cannot be read: {describe(error)}", _GIVE) from error
    seen, notes = see(str(real.parent), real.name)
    if not seen:
        raise ConfigError(f"{given}: {notes[0].partition(': ')[2]}", _GIVE)
    identifiers = Identifiers((identify,))
    disk = LayoutStore(real.anchor, identifiers)
    path = real.relative_to(real.anchor).as_posix()
    url = "/" + path.replace("%", "%25").replace("?", "%3F").replace("#", "%23")
    found = disk.find(Key(kind=FileKind.DEBUG_FILE, url=url)).artifacts
    own = next((one for one in found if one.path == path), None)
    if own is None:
        try:
            open_container(open_view(str(real.parent), seen[0], True, _READ_BELOW))
        except MalformedArtifact as error:
            raise type(error)(error.reason, error.offset, given) from error
        raise MalformedArtifact("is a native file without code; for a core dump, give its program", artifact=given)
    return own, url, StoreChain([*([store] if store is not None else []), disk, LayoutStore(real.parent, identifiers)])
