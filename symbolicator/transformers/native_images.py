"""The images of one event's native frames: their debug files, opened once for all stacks.

`debugfiles/companions.py` decides which files belong together; `addresses.py` which image contains an address; `return_addresses.py`
whether a file fits by its calls.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from symbolicator.artifacts.files import Artifact, Found
from symbolicator.artifacts.text import TextCompiler, TextIndex
from symbolicator.cached import cached_property
from symbolicator.debugfiles.companions import Companions, apart, find_companions, find_split
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.container import NAMING
from symbolicator.debugfiles.demangle import demangle
from symbolicator.debugfiles.lazy import LAZY_FROM, LazyIndex, is_read_whole
from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.debugfiles.macho.hidden_names import HiddenNames, find_symbol_map
from symbolicator.debugfiles.macho.linked import LinkedIndex, is_linked_only, open_linked
from symbolicator.debugfiles.open_files import OpenFiles
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.keys import FileKind, Key, mapped_path
from symbolicator.lookup import Lookup
from symbolicator.model import Frame, Image
from symbolicator.patterns import regex
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.addresses import APPLES, Images, call_address, call_rule, is_apples_own
from symbolicator.transformers.dart_builds import BY_LINES, other_files, other_lines
from symbolicator.transformers.image_places import PLACES, Known, Place, place_of
from symbolicator.transformers.missing_files import damaged, missing_files
from symbolicator.transformers.return_addresses import misfit, returning
from symbolicator.transformers.time_stamps import linked_at_another_time

_COMPILER = NativeCompiler()
_TEXTS = TextCompiler()
_MAX_SPLITS = 4096
"""How many split files of one image are looked up."""
_MAX_KNOWN = 1024
"""How many frames of one image are used to find its load address."""

_GUID = 36
"""Characters of a debug id before its age."""
_WINDOWS = (".exe", ".dll", ".sys")
_BY_ID = ("debug_id", "code_id")

_LIBRARY = regex(r"\.so(?:\.|$)|\.(?:dylib|dll|ko|node|oat|odex|vdex|apk|jar)$|^ld-|^\[|^linux-vdso")
_SYSTEM = ("/lib/", "/lib64/", "/usr/lib/", "/system/", "/apex/", "[")
"""Libraries: a file given under another name is never one of these."""

_Index = NativeIndex | LazyIndex | LinkedIndex


class Opened(msgspec.Struct, frozen=True):
    """What is known about one image: its index, or the problem why there is none."""

    companions: Companions
    index: _Index | None
    problem: Problem | None
    program: _Index | None = None
    """The program beside its debug file: linkage stubs have their names there."""
    digests: tuple[str, ...] = ()
    """Of all files that answers depend on; () if these are not known in advance."""
    base: int = 0
    """The svma of the image's start in the file."""
    place: Place | None = None
    """If the image's addresses are file offsets: its segments, to convert them."""
    call_mask: int = ~0
    call_step: int = 1
    """See `call_rule`."""
    inside_bits: int = 0
    """Bits that no return address has: one that has any is within the call already."""
    arch: str | None = None
    frame_data: Mapping[str, str] = {}
    """Values for its frames' data."""
    program_base: int = 0
    """The program's addresses minus the debug file's: not 0 if they count from different places."""

    hidden: HiddenNames | None = None
    """The names that the file hides."""

    @property
    def is_malformed(self) -> bool:
        """Whether a file exists that cannot be read."""
        return self.problem is not None and self.problem.type is ProblemType.MALFORMED_DEBUG_FILE

    def svma(self, rel_addr: int) -> int | None:
        """The address in the debug file; None if there is no code there."""
        if self.place is None:
            return rel_addr + self.base
        svma = self.place.svma(rel_addr)
        return None if svma is None else svma - self.program_base

    @property
    def status(self) -> str:
        """The image's `debug_status`."""
        if self.index is None:
            return "malformed" if self.is_malformed else "missing"
        return "missing" if self.problem else "found"


class NativeImages:
    """The images of one event. `files` are kept open from one event to the next."""

    def __init__(self, lookup: Lookup, files: OpenFiles) -> None:
        self._lookup = lookup
        self._files = files
        self._images = Images(lookup.images)
        self.of = self._images.of
        self.extent = self._images.extent
        self._opened: dict[int, Opened] = {}
        self._texts: dict[str, TextIndex | None] = {}
        self._sources: dict[str, Found] = lookup.for_a_moment("sources", dict[str, Found])

    def is_ours(self, number: int) -> bool | None:
        """Whether an image belongs to the app that crashed, not the system, by its path; None if that is unclear."""
        image = self._lookup.images[number]
        path = image.code_file or ""
        return not is_apples_own(path) if image.type in APPLES and "/" in path else None

    def open(self, number: int) -> Opened:
        """The files of an image; its status and features are set in the event."""
        known = self._opened.get(number)
        if known is None:
            image = self._lookup.images[number]
            known = self._find(image)
            arch = image.arch or (known.index.arch if known.index else None)
            if known.index is not None:
                known = self._placed(number, known, known.index, arch)
            if known.index is not None and (other := self._of_another_build(number, known)) is not None:
                known = msgspec.structs.replace(known, index=None, program=None, problem=other)
            self._opened[number] = known
            if isinstance(known.index, LazyIndex):
                svmas = [known.svma(rel_addr) or 0 for rel_addr, _ in self._frames.get(number, ())]
                known.index.prepare([each for svma in svmas for each in (svma, call_address(svma, arch))])
            features = {word: True for one in known.companions.artifacts for word in one.identity.features}
            self._lookup.mark_image(number, debug_status=known.status, features=features or None, arch=arch)
        return known

    def _placed(self, number: int, known: Opened, index: _Index, arch: str | None) -> Opened:
        """An image with its files, and how its addresses map to them; without an index if that is uncertain."""
        assert known.companions.main is not None  # noqa: S101  # there is an index
        image = self._lookup.images[number]
        linked = image.image_vmaddr if "records" not in known.companions.main.identity.features else None
        place = Place(index.load_address if linked is None else linked)
        if not PLACES.isdisjoint(image.extra) or _lost_code(known):
            found = self._place(number, known)
            if isinstance(found, Problem):
                known = msgspec.structs.replace(known, index=None, program=None, problem=found)
            else:
                place = found._replace(base=found.base - known.program_base)
        mask, step = call_rule(arch)
        return msgspec.structs.replace(
            known, base=place.base, place=place if place.segments else None, call_mask=mask, call_step=step, arch=arch,
            inside_bits=3 if mask == ~3 else 0,
            frame_data=known.companions.frame_data,
        )  # fmt: skip

    def _place(self, number: int, known: Opened) -> Place | Problem:
        """Where the addresses of an image are in its file. The program is used if available: debug files may lack the information."""
        main = known.companions.program or known.companions.main
        assert main is not None  # noqa: S101  # there is an index
        image, frames = self._lookup.images[number], self._frames.get(number, ())

        def knowns() -> list[Known]:
            svmas = ((rel_addr, self._by_symbol(frame, known)) for rel_addr, frame in frames[:_MAX_KNOWN])
            return [Known(rel_addr, None if svma is None else svma + known.program_base) for rel_addr, svma in svmas]

        return self._lookup.guarded(lambda: place_of(image, main.name, open_container(main.read()), knowns), main)

    def _of_another_build(self, number: int, known: Opened) -> Problem | None:
        """Why a file that was found only by its name is not the image's: there are no calls before the return addresses."""
        if known.companions.found_by in _BY_ID:
            return None
        if known.companions.found_by == BY_LINES:
            rows = [svma for rel_addr, _ in self._frames.get(number, ()) if (svma := known.svma(rel_addr)) is not None]
            return other_lines(self._lookup.images[number], known.companions, lambda svma: self.look_up(known, svma), rows)
        code = next((one for one in (known.companions.program, known.companions.main) if one and "code" in one.identity.features), None)
        svmas = (known.svma(rel_addr) for rel_addr in self._returns.get(number, ()))
        base = known.program_base if code is known.companions.program else 0
        returns = {(svma + base) & known.call_mask for svma in svmas if svma is not None and svma > 0}
        image = self._lookup.images[number]
        return None if code is None else linked_at_another_time(image, code) or misfit(self._lookup, image, code, returns)

    @cached_property
    def _returns(self) -> dict[int, set[int]]:
        """The return addresses of the event's frames, relative to the starts of their images, by the image's number."""
        found: dict[int, set[int]] = {}
        for frame in returning(self._lookup.event):
            place = None if frame.instruction_addr is None else self.of(frame.instruction_addr, frame.addr_mode)
            if place is not None:
                found.setdefault(place[0], set()).add(place[1])
        return found

    def _by_symbol(self, frame: Frame, known: Opened) -> int | None:
        """The address in the file given by a frame's symbol and offset, if only one symbol has that name."""
        offset = frame.data.get("symbol_offset")
        if known.index is None or not isinstance(offset, int) or frame.function is None:
            return None
        called = known.index.symbols_called(frame.function, demangle)
        return called[0].start + offset if len(called) == 1 else None

    @cached_property
    def _frames(self) -> dict[int, list[tuple[int, Frame]]]:
        """The event's frames with addresses relative to the starts of their images, by the image's number."""
        found: dict[int, list[tuple[int, Frame]]] = {}
        for stack in self._lookup.event.all_stacktraces():
            for frame in stack.frames:
                place = None if frame.instruction_addr is None else self.of(frame.instruction_addr, frame.addr_mode)
                if place is not None:
                    found.setdefault(place[0], []).append((place[1], frame))
        return found

    def look_up(self, opened: Opened, svma: int) -> list[SourceLocation] | Problem:
        """The functions at an address; a Problem if the file can no longer be read, because parts are read only here."""

        def act() -> list[SourceLocation]:
            found = opened.index.lookup(svma) if opened.index else []
            found = found or (opened.program.lookup(svma + opened.program_base) if opened.program else [])
            return found if opened.hidden is None else list(map(opened.hidden.shown, found))

        return self._lookup.guarded(act, *opened.companions.artifacts)

    def text(self, path: str) -> TextIndex | None:
        """The source on disk, if the given folders have it: native builds are seldom shipped with their sources."""
        if path not in self._texts:
            self._texts[path] = self._find_text(path)
        return self._texts[path]

    def _find_text(self, path: str) -> TextIndex | None:
        found = self._sources.get(path)
        if found is None:
            found = self._sources[path] = self._lookup.source(path)
        if len(found.artifacts) != 1:
            return None
        opened = self._lookup.compiled(_TEXTS, found.artifacts[0])
        return None if isinstance(opened, Problem) else opened

    def _find(self, image: Image) -> Opened:
        name = image.debug_file or (image.code_file and mapped_path(image.code_file)) or self._only_program(image)
        # Without a PDB, Windows clients write a debug id of zeros beside the code id.
        debug_id = image.debug_id if image.debug_id and image.debug_id[:_GUID].strip("0-") else None
        key = Key(kind=FileKind.DEBUG_FILE, debug_id=debug_id, code_id=image.code_id, url=name)
        companions = self._companions(key, image.arch)
        if companions.main is None and image.type == "pe" and name and "." not in name.replace("\\", "/").rpartition("/")[2]:
            key, companions = self._with_ending(key, companions, image.arch)
        if companions.main is None and "image_symbol" in image.extra:
            companions = other_files(image, key, self._companions) or companions
        if companions.main is None and (named := self._named_program(image)) is not None:
            key = Key(kind=FileKind.DEBUG_FILE, url=named)
            companions = self._companions(key, image.arch)
        if companions.main is None:
            return Opened(companions, None, missing_files(image, companions))
        parts = tuple(one for one in (companions.main, companions.alt, companions.package) if one is not None)
        opened = self._linked(companions.main) if is_linked_only(companions.main) else self._index(parts)
        if isinstance(opened, Problem):
            return Opened(companions, None, opened)
        splits = self._splits(companions, opened)
        if splits:
            whole = self._index((*parts, *splits))
            opened, parts = (opened, parts) if isinstance(whole, Problem) else (whole, (*parts, *splits))
        # A stripped program knows only its exports: its debug file is what is missing.
        knows = NAMING & {word for one in companions.artifacts for word in one.identity.features}
        program = self._index((companions.program,)) if companions.program else None
        if isinstance(program, Problem):
            program = None
        if companions.program is not None and program is not None:
            parts = (*parts, companions.program)
        names, hidden = self._hidden(companions.main)
        if names is not None:
            parts = (*parts, names)
        digests = self._lookup.guarded(lambda: tuple(one.digest() for one in parts), *parts)
        if isinstance(digests, Problem):
            return Opened(companions, None, digests)
        base = 0
        if companions.program is not None and program is not None and apart(companions.main, companions.program):
            base = program.load_address - opened.load_address
        if isinstance(opened, LinkedIndex):
            digests = ()  # answers also depend on object files, which may change
        lacking = None if knows else damaged(companions.main, opened.warnings) or missing_files(image, companions)
        return Opened(companions, opened, lacking, program, digests, program_base=base, hidden=hidden)

    def _companions(self, key: Key, arch: str | None) -> Companions:
        return self._lookup.for_a_moment(("companions", key, arch), lambda: find_companions(self._lookup.find, key, arch))

    def _with_ending(self, key: Key, companions: Companions, arch: str | None) -> tuple[Key, Companions]:
        """The file of a Windows module that a text calls by its bare name, as debuggers do, if there is only one."""
        keys = [msgspec.structs.replace(key, url=f"{key.url}{ending}") for ending in _WINDOWS]
        found = {one.main.name: (key, one) for key in keys if (one := self._companions(key, arch)).main is not None}
        return next(iter(found.values())) if len(found) == 1 else (key, companions)

    def _named_program(self, image: Image) -> str | None:
        """The only native file given by name, for a program that the text calls otherwise (`-f pumpd.full` for `./pumpd`)."""
        name = (image.code_file or "").replace("\\", "/").rpartition("/")[2]
        library = "image_symbol" not in image.extra and (_LIBRARY.search(name) or (image.code_file or "").startswith(_SYSTEM))
        if image.debug_id or image.code_id or not name or library:
            return None
        named = self._lookup.named(FileKind.DEBUG_FILE)
        return named[0].path if len(named) == 1 else None

    def _only_program(self, image: Image) -> str | None:
        """The name of the only program among the given files, for an image of which nothing is known: a text that names no module."""
        if image.debug_id or image.code_id:
            return None
        given = self._lookup.all(FileKind.DEBUG_FILE)
        programs = [one for one in given if "code" in one.identity.features] or given  # its debug file alone is enough
        return programs[0].path if len(programs) == 1 else None

    def _index(self, artifacts: tuple[Artifact, ...]) -> _Index | Problem:
        """The index of a debug file and its companions: the whole table if there is one, or if it is built quickly."""
        lookup = self._lookup
        whole = sum(one.size for one in artifacts) < LAZY_FROM or lookup.is_compiled(_COMPILER, *artifacts)
        records = "records" in artifacts[0].identity.features
        if whole or (records and lookup.guarded(lambda: is_read_whole(artifacts[0].read()), artifacts[0])):
            return lookup.compiled(_COMPILER, *artifacts)

        def act() -> LazyIndex:
            file = self._files.get(tuple(one.digest() for one in artifacts), lambda: [one.read() for one in artifacts])
            return LazyIndex.kept(file, lambda compiler, name: lookup.part(compiler, name, *artifacts))

        return lookup.once_per_files("native-lazy", act, *artifacts)

    def _hidden(self, main: Artifact) -> tuple[Artifact | None, HiddenNames | None]:
        """The names that a Mach-O file hides, if their list is among the given files."""
        found = find_symbol_map(self._lookup.find, main)
        opened = None if found is None else self._lookup.compiled(_TEXTS, found)
        return (None, None) if opened is None or isinstance(opened, Problem) else (found, HiddenNames(opened))

    def _linked(self, main: Artifact) -> LinkedIndex | Problem:
        """The index of a file whose lines are in the object files named by its debug map."""
        lookup = self._lookup
        return lookup.guarded(lambda: open_linked(lookup.find, lookup.part, main), main)

    def _splits(self, companions: Companions, opened: _Index) -> tuple[Artifact, ...]:
        """The .dwo files that the debug file names and that are among the given files."""
        found: dict[str, Artifact] = {}
        if companions.main is not None:
            for path in opened.missing_splits[:_MAX_SPLITS]:
                found |= {one.name: one for one in find_split(self._lookup.find, companions.main, path)}
        return tuple(found.values())


def _lost_code(known: Opened) -> bool:
    """Whether the debug file of a WebAssembly module lacks the code section from which its addresses count; the module has it."""
    main, index = known.companions.main, known.index
    return main is not None and index is not None and index.arch.startswith("wasm") and "code" not in main.identity.features
