"""The frames of one native stack, brought back: images to debug files, addresses to functions.

What is read is in `debugfiles/`, which image and which instruction in `addresses.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.text import TextCompiler, TextIndex
from symbolicator.debugfiles.companions import Companions, find_companions, find_split
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.demangle import demangle, short_name
from symbolicator.debugfiles.index import NativeIndex, SourceLocation
from symbolicator.debugfiles.lazy import LAZY_FROM, LazyIndex, OpenFiles
from symbolicator.debugfiles.paths import relative
from symbolicator.keys import FileKind, Key
from symbolicator.lookup import Lookup
from symbolicator.model import Frame, Image, Stacktrace, Status
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.addresses import Images, call_address, is_exact

_COMPILER = NativeCompiler()
_TEXTS = TextCompiler()
_LANGUAGES = {
    0x1: "c",
    0x2: "c",
    0xC: "c",
    0x1D: "c",
    0x4: "cpp",
    0x1A: "cpp",
    0x21: "cpp",
    0x2B: "cpp",
    0x1C: "rust",
    0x16: "go",
    0x1E: "swift",
    0x10: "objc",
}

_MAX_SPLITS = 4096
"""Split files of one image that are looked for."""

_replace = msgspec.structs.replace


_Index = NativeIndex | LazyIndex


class _Opened(msgspec.Struct, frozen=True):
    """What is known of one image: its index, or the problem that there is none."""

    companions: Companions
    index: _Index | None
    problem: Problem | None
    program: _Index | None = None
    """The program beside its debug file: linkage stubs have their names there."""

    @property
    def status(self) -> str:
        """The image's `debug_status`."""
        if self.index is None:
            return "malformed" if self.companions.main else "missing"
        return "missing" if self.problem else "found"


class NativeStack:
    """The frames of one stack. `files` are kept open from one to the next."""

    def __init__(self, lookup: Lookup, stack: Stacktrace, files: OpenFiles) -> None:
        self._lookup = lookup
        self._files = files
        self._stack = stack
        self._images = Images(lookup.images)
        self._opened: dict[int, _Opened] = {}
        self._callee: str | None = None

    def frame(self, frame: Frame, place: int) -> tuple[Frame, ...]:
        """What one frame really was, outer function first."""
        callee, self._callee = self._callee, frame.function
        found = self._address(frame)
        if isinstance(found, Problem):
            return (_failed(frame, Status.UNKNOWN_IMAGE, found),)
        if found is None:
            return (_failed(frame, frame.status),)
        number, relative_address, address = found
        image = self._lookup.images[number]
        opened = self._open(number, image)
        frame = _replace(frame, package=frame.package or image.code_file)
        if opened.index is None:
            malformed = opened.companions.main is not None
            problems = (opened.problem,) if opened.problem else ()
            return (_failed(frame, Status.MALFORMED if malformed else Status.MISSING, *problems),)
        arch = image.arch or opened.index.arch
        exact = is_exact(frame, self._stack, place, callee, arch)
        base = opened.index.load_address if image.image_vmaddr is None else image.image_vmaddr
        svma = relative_address + base
        if not exact:
            svma = call_address(svma, arch)
        locations = self._look_up(opened, svma)
        if isinstance(locations, Problem):
            return (_failed(frame, Status.MALFORMED, locations),)
        frame = _replace(frame, data={**frame.data, "lookup_addr": hex(max(address - relative_address - base + svma, 0))})
        if not locations:
            status = Status.MISSING if opened.problem else Status.MISSING_SYMBOL
            return (_failed(frame, status, opened.problem or _nothing(image, svma)),)
        made = tuple(self._location(frame, each, opened, address - relative_address - base) for each in locations)
        self._callee = made[-1].function
        return made

    def _address(self, frame: Frame) -> tuple[int, int, int] | Problem | None:
        """(number of the image, address from its start, address in the process); None for a frame that has no address at all.

        Where no image is known to hold the address, or there is none, the frame may say it as a symbol and an offset.
        """
        address = frame.instruction_addr
        found = None if address is None else self._images.of(address, frame.addr_mode)
        if address is not None and found is not None:
            return (*found, address)
        offset = frame.data.get("symbol_offset")
        if isinstance(offset, int) and frame.function is not None:
            placed = self._by_symbol(frame, frame.function, offset)
            if placed is not None:
                return (*placed, placed[1] if address is None else address)
        return None if address is None else _unknown(frame, address, len(self._lookup.images))

    def _by_symbol(self, frame: Frame, symbol: str, offset: int) -> tuple[int, int] | None:
        """The image of the frame's file, and the address of a symbol in it; None where the file has no such symbol, or several."""
        images = enumerate(self._lookup.images)
        number = next((n for n, image in images if image.image_addr is None and image.code_file and image.code_file == frame.package), None)
        index = None if number is None else self._open(number, self._lookup.images[number]).index
        if number is None or index is None:
            return None
        starts = index.symbols_called(symbol, demangle)
        image = self._lookup.images[number]
        base = index.load_address if image.image_vmaddr is None else image.image_vmaddr
        return (number, next(iter(starts)) + offset - base) if len(starts) == 1 else None

    def _look_up(self, opened: _Opened, svma: int) -> list[SourceLocation] | Problem:
        """The functions at an address; a Problem where the file cannot be read by now, for what was not read before is read here."""

        def act() -> list[SourceLocation]:
            found = opened.index.lookup(svma) if opened.index else []
            return found or (opened.program.lookup(svma) if opened.program else [])

        return self._lookup.guarded(act, *opened.companions.artifacts)

    def _open(self, number: int, image: Image) -> _Opened:
        known = self._opened.get(number)
        if known is None:
            known = self._opened[number] = self._find(image)
            if isinstance(known.index, LazyIndex):
                known.index.prepare(self._addresses(number, image, known.index))
            features = {word: True for one in known.companions.artifacts for word in one.identity.features}
            self._lookup.mark_image(
                number, debug_status=known.status, features=features or None, arch=image.arch or (known.index.arch if known.index else None)
            )
        return known

    def _find(self, image: Image) -> _Opened:
        name = image.debug_file or image.code_file or self._only_program(image)
        key = Key(kind=FileKind.DEBUG_FILE, debug_id=image.debug_id, code_id=image.code_id, url=name)
        companions = find_companions(self._lookup.find, key)
        if companions.main is None:
            return _Opened(companions, None, _missing(image, companions))
        parts = tuple(one for one in (companions.main, companions.alt, companions.package) if one is not None)
        opened = self._index(parts)
        if isinstance(opened, Problem):
            return _Opened(companions, None, opened)
        splits = self._splits(companions, opened)
        if splits:
            whole = self._index((*parts, *splits))
            opened = opened if isinstance(whole, Problem) else whole
        # A stripped program knows what it exports, and that is all: its debug file is what is missing.
        knows = {"debug_info", "symbols"} & {word for one in companions.artifacts for word in one.identity.features}
        program = self._index((companions.program,)) if companions.program else None
        return _Opened(
            companions, opened, None if knows else _missing(image, companions), None if isinstance(program, Problem) else program
        )

    def _only_program(self, image: Image) -> str | None:
        """The name of the one program among the files given, for an image of which nothing is known: a text that names no module."""
        if image.debug_id or image.code_id:
            return None
        programs = [one for one in self._lookup.all(FileKind.DEBUG_FILE) if "code" in one.identity.features]
        return programs[0].path if len(programs) == 1 else None

    def _index(self, artifacts: tuple[Artifact, ...]) -> _Index | Problem:
        """The index of a debug file and what belongs to it: the whole table where there is one, or where it is soon made."""
        lookup = self._lookup
        if sum(one.size for one in artifacts) < LAZY_FROM or lookup.is_compiled(_COMPILER, *artifacts):
            return lookup.compiled(_COMPILER, *artifacts)

        def act() -> LazyIndex:
            file = self._files.get(tuple(one.digest() for one in artifacts), lambda: [one.read() for one in artifacts])
            return LazyIndex.kept(file, lambda compiler, name: lookup.part(compiler, name, *artifacts))

        return lookup.kept("native-lazy", act, *artifacts)

    def _addresses(self, number: int, image: Image, index: LazyIndex) -> list[int]:
        """All addresses of the event that lie in an image, svma: as they are, and of the calls before them."""
        found: list[int] = []
        base = index.load_address if image.image_vmaddr is None else image.image_vmaddr
        arch = image.arch or index.arch
        for stack in self._lookup.event.all_stacktraces():
            for frame in stack.frames:
                place = None if frame.instruction_addr is None else self._images.of(frame.instruction_addr, frame.addr_mode)
                if place is not None and place[0] == number:
                    svma = place[1] + base
                    found += (svma, call_address(svma, arch))
        return found

    def _splits(self, companions: Companions, opened: _Index) -> tuple[Artifact, ...]:
        """The .dwo files that the debug file names and that are among the files given."""
        found: dict[str, Artifact] = {}
        if companions.main is not None:
            for path in opened.missing_splits[:_MAX_SPLITS]:
                found |= {one.name: one for one in find_split(self._lookup.find, companions.main, path)}
        return tuple(found.values())

    def _location(self, frame: Frame, at: SourceLocation, opened: _Opened, slide: int) -> Frame:
        """One function at a frame's address; `slide` is what was added to the file's addresses when it was loaded."""
        symbol = at.symbol or at.function
        full = demangle(symbol) if symbol else None
        shown = short_name(full) if full else None
        own = at.file is not None and not at.file.startswith(("/usr/include/", "/usr/lib/", "/rustc/"))
        data: dict[str, Any] = {**frame.data, "resolved_with": opened.companions.found_by}
        if at.inlined:
            data["inlined"] = True
        return _replace(
            frame,
            function=shown or at.function,
            raw_function=full,
            symbol=at.symbol,
            symbol_addr=None if at.address is None else max(at.address + slide, 0),
            filename=relative(at.file, at.comp_dir) if at.file else None,
            abs_path=at.file,
            lineno=at.line or None,
            colno=at.column or None,
            lang=_LANGUAGES.get(at.language),
            in_app=own if frame.in_app is None else frame.in_app,
            status=Status.SYMBOLICATED,
            source_text=self._text(at.file) if at.file and at.line else None,
            data=data,
        )

    def _text(self, path: str) -> TextIndex | None:
        """The source on disk, where the folders given hold it: native builds are seldom shipped with theirs."""
        found = self._lookup.source(path)
        if len(found.artifacts) != 1:
            return None
        opened = self._lookup.compiled(_TEXTS, found.artifacts[0])
        return None if isinstance(opened, Problem) else opened


def _failed(frame: Frame, status: Status, *problems: Problem) -> Frame:
    """A frame that stays as it is. One whose line was known before lacks nothing: a debugger has been there."""
    if frame.lineno is not None and frame.function is not None:
        return _replace(frame, status=Status.SYMBOLICATED)
    return _replace(frame, status=status, problems=(*frame.problems, *problems))


def _unknown(frame: Frame, address: int, images: int) -> Problem:
    if frame.package:
        return Problem(
            type=ProblemType.UNKNOWN_IMAGE,
            detail=f"nothing says where {frame.package} was loaded",
            artifact=frame.package,
            hint="put the list of loaded modules beside the trace: /proc/PID/maps, gdb's `info proc mappings`, lldb's `image list`",
        )
    return Problem(
        type=ProblemType.UNKNOWN_IMAGE,
        detail=f"{address:#x} lies in none of the event's {images} images",
        hint="code made at run time and the kernel's own page are in none; else the reporter should send the list of loaded modules",
    )


def _nothing(image: Image, svma: int) -> Problem:
    return Problem(
        type=ProblemType.MISSING_SYMBOL,
        detail=f"{image.code_file or image.debug_id}: nothing is known of {svma:#x}",
        artifact=image.code_file,
    )


def _missing(image: Image, companions: Companions) -> Problem:
    ids: Mapping[str, str | None] = {"code id": image.code_id, "debug id": image.debug_id}
    wanted = ", ".join(f"{what} {value}" for what, value in ids.items() if value) or "no id"
    other = next(iter(companions.others), None)
    linked = next((place for place in companions.tried if "is of another build" in place), None)
    detail = f"no debug file of {image.code_file or image.debug_file or 'an image'} ({wanted}) is among the files given"
    if other is not None:
        said = next(iter(other.identity.code_ids or other.identity.debug_ids), "no id")
        detail = f"{other.name} is of another build than {image.code_file or image.debug_file}: its id is {said}, the image has {wanted}"
    if other is None and linked is not None:
        detail = f"{detail}; {linked}"
    if not any((image.code_file, image.debug_file, image.code_id, image.debug_id)):
        return Problem(
            type=ProblemType.MISSING_DEBUG_FILE,
            detail="nothing says which program this is",
            hint="give that program alone with files= or -f: where the files hold one program only, it is taken",
        )
    return Problem(
        type=ProblemType.MISSING_DEBUG_FILE,
        detail=detail,
        artifact=image.code_file,
        tried=companions.tried,
        hint="give the folder that holds the unstripped binary or its debug file of that very build with files= or -f",
    )
