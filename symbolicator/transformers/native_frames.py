"""Symbolicates the frames of one native stack: addresses to functions.

`debugfiles/` reads the files; `native_images.py` finds them; `addresses.py` chooses image and instruction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec

from symbolicator.debugfiles import dw_lang
from symbolicator.debugfiles.demangle import Spoken, demangle, spoken
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.debugfiles.macho.linked import LinkedIndex
from symbolicator.debugfiles.open_files import OpenFiles
from symbolicator.debugfiles.paths import relative
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.keys import mapped_path, parse_address
from symbolicator.lookup import Lookup
from symbolicator.model import NO_FILE, Frame, Image, Stacktrace, Status
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.addresses import APPLES, TRAMPOLINES, is_apples_own, is_exact
from symbolicator.transformers.dart_names import is_dart, is_own, spoken_in_dart
from symbolicator.transformers.missing_files import missing_object
from symbolicator.transformers.native_images import NativeImages, Opened
from symbolicator.transformers.symbol_offsets import KERNEL_UNIT, PAGE, slide_of, slides_within, symbol_at

_LANGUAGES = (
    dict.fromkeys(dw_lang.EVERY_C, "c")
    | dict.fromkeys(dw_lang.EVERY_C_PLUS_PLUS, "cpp")
    | {dw_lang.RUST: "rust", dw_lang.GO: "go", dw_lang.SWIFT: "swift", dw_lang.OBJC: "objc"}
)
"""Events' names of languages, by DW_LANG."""

_WIDE = frozenset(("x86_64", "arm64", "mips64", "ppc64", "s390x", "riscv64", "loongarch64", "sparc64", "alpha", "ia64"))
"""Architectures whose kernels are above 4 GiB."""
_FIRST_PAGE = 0x1000
"""No program has code below."""
_TOOLS = ("/usr/include/", "/usr/lib/", "/rustc/", "/Applications/Xcode")
"""Folders with the sources of libraries and compilers."""
_KEY_COST = 256
_FUNCTION_COST = 1024
"""Bytes charged for a remembered address, and for each function there, beside its names."""

_replace = msgspec.structs.replace
_SYMBOLICATED = Status.SYMBOLICATED  # cached: Enum attribute access is slow


class NativeFunction(NamedTuple):
    """A function at an address as frames have it: everything that depends only on files."""

    function: str | None
    raw_function: str | None
    symbol: str | None
    filename: str | None
    abs_path: str | None
    lineno: int | None
    colno: int | None
    lang: str | None
    address: int | None
    own: bool
    path: str | None
    """Of the source, if its line is known too."""
    frame_data: Mapping[str, str | bool]
    """Its values for the frame's data: `inlined`, and `mark` (`demangle.Spoken`)."""


class NativeStack:
    """The frames of one stack. `files` are kept open from one event to the next."""

    def __init__(self, lookup: Lookup, stack: Stacktrace, files: OpenFiles) -> None:
        self._lookup = lookup
        self._stack = stack
        self._images: NativeImages = lookup.once_per_event("native", lambda: NativeImages(lookup, files))
        self._recent = lookup.recent
        self._callee: str | None = None
        self._last = len(stack.frames) - 1
        self._start = self._end = 0
        """The image of the previous frame, which is usually also the next one's."""
        self._number = 0
        self._moved: dict[int, tuple[int, ...]] = {}
        self._agreed: dict[int, int | None] = {}

    def frame(self, frame: Frame, place: int) -> tuple[Frame, ...]:
        """The original of one frame, outermost function first."""
        callee, self._callee = self._callee, frame.function
        address = frame.instruction_addr
        if address is not None and self._start <= address < self._end and frame.addr_mode is None:
            number, rel_addr = self._number, address - self._start
        else:
            found = None if address is None else self._images.of(address, frame.addr_mode)
            if found is None:
                named = self._by_symbol(frame)
                if isinstance(named, Problem):
                    return (_failed(frame, Status.MISSING_SYMBOL, named),)
                found = named
                if found is None and address is None:
                    return (_failed(frame, frame.status),)
                if found is None:
                    return (_failed(frame, Status.UNKNOWN_IMAGE, _unknown(frame, len(self._lookup.images))),)
            number, rel_addr = found
            start = self._lookup.images[number].image_addr
            # Without the signature that it may have had.
            address = rel_addr if address is None else address if frame.addr_mode or start is None else start + rel_addr
            self._number = number
            self._start, self._end = self._images.extent(number)
        opened = self._images.open(number)
        image = self._lookup.images[number]
        if opened.index is None:
            frame = self._in_image(frame, number)
            if frame.function and not opened.is_malformed and image.type in APPLES and is_apples_own(image.code_file or ""):
                return (_replace(frame, data={**frame.data, NO_FILE: "system"}),)  # named by the device, and nobody has that file
            problems = (opened.problem,) if opened.problem else ()
            return (_failed(frame, Status.MALFORMED if opened.is_malformed else Status.MISSING, *problems),)
        svma = rel_addr + opened.base
        if opened.place is not None:
            in_file = opened.place.svma(rel_addr)
            if in_file is None:
                return (_failed(self._in_image(frame, number), Status.MISSING_SYMBOL, _nothing(image, rel_addr)),)
            svma = in_file
        slide = address - svma
        # Skip the exactness check in mid-stack: such frames are many and never exact.
        middle = place != self._last and not frame.extra and callee not in TRAMPOLINES
        if middle or not is_exact(frame, self._stack, place, callee, opened.arch):
            inside = svma & opened.inside_bits  # Dart prints such addresses
            svma = svma & opened.call_mask if inside else (svma & opened.call_mask) - opened.call_step
            svma = svma if svma > 0 else 0  # faster than calling `max`, for every frame
        functions = self._functions(opened, svma)
        if isinstance(functions, Problem):
            return (_failed(self._in_image(frame, number), Status.MALFORMED, functions),)
        looked_up = slide + svma
        data = {**frame.data, "lookup_addr": hex(looked_up) if looked_up > 0 else "0x0"}
        if not functions:
            status = Status.MALFORMED if opened.is_malformed else Status.MISSING if opened.problem else Status.MISSING_SYMBOL
            return (_failed(_replace(self._in_image(frame, number), data=data), status, opened.problem or _nothing(image, svma)),)
        data |= opened.frame_data
        if isinstance(opened.index, LinkedIndex) and (lacking := opened.index.lacking(svma)) is not None:
            frame = _replace(frame, problems=(*frame.problems, missing_object(image, *lacking)))
        package = frame.package or image.code_file
        ours = self._images.is_ours(number)
        made = tuple([self._made(frame, package, each, slide, data, ours) for each in functions])
        if any(_may_be_il2cpps(each.abs_path) for each in functions):
            made = self._in_csharp(made, functions, opened, image)
        self._callee = made[-1].function
        return made

    def _in_csharp(self, made: Sequence[Frame], functions: Sequence[NativeFunction], opened: Opened, image: Image) -> tuple[Frame, ...]:
        """Frames in C++ that il2cpp generated, in C#."""
        from symbolicator.transformers.il2cpp import Il2cpp  # few programs are Unity's

        mappings = self._lookup.once_per_event("il2cpp", lambda: Il2cpp(self._lookup))

        def first(at: NativeFunction) -> int | None:
            """The line of a function's first instruction."""
            begins = () if at.address is None else self._functions(opened, at.address)
            own = [] if isinstance(begins, Problem) else [one.lineno for one in begins if one.raw_function == at.raw_function]
            return own[-1] if own else None

        return tuple(
            mappings.weave(frame, image, partial(first, at), self._images.text) if _may_be_il2cpps(at.abs_path) else frame
            for frame, at in zip(made, functions, strict=True)
        )

    def _in_image(self, frame: Frame, number: int) -> Frame:
        """A frame of which only the image is known."""
        package = frame.package or self._lookup.images[number].code_file
        in_app = self._images.is_ours(number) if frame.in_app is None else frame.in_app
        return frame if (package, in_app) == (frame.package, frame.in_app) else _replace(frame, package=package, in_app=in_app)

    def _by_symbol(self, frame: Frame) -> tuple[int, int] | Problem | None:
        """(number of the image, address from its start) of a frame that gives its address as a symbol of its file and an offset.

        None if it does not, or the file has no such symbol; a Problem if it is ambiguous.
        """
        offset = frame.data.get("symbol_offset")
        if frame.function is None or not (isinstance(offset, int) or "printed_addr" in frame.data):
            return None
        number = self._of_package(frame)
        opened = None if number is None else self._images.open(number)
        if number is None or opened is None or opened.index is None:
            return None
        if not isinstance(offset, int):
            moved = self._moved_by(number, opened.index)
            return None if moved is None else (number, (parse_address(frame.data["printed_addr"]) or 0) - moved - opened.base)
        called = opened.index.symbols_called(frame.function, demangle)
        if frame.package is None and frame.function != "main":  # HAProxy counts nameless code from there
            called = tuple(one for one in called if offset <= max(one.size, one.extent))  # else it is another file's, with the same name
        if not called:
            return None
        slides = self._slides(number, opened.index) if len(called) > 1 else ()
        start = symbol_at(frame, called, slides, frame.package or "the program", opened.index.arch in _WIDE)
        return start if isinstance(start, Problem) else (number, start + offset - opened.base)

    def _of_package(self, frame: Frame) -> int | None:
        """The image with an unknown load address; for a frame without a module the one of which nothing is known."""
        package = frame.package and mapped_path(frame.package)
        for number, image in enumerate(self._lookup.images):
            if image.image_addr is None and image.code_file == package and (package or not (image.code_id or image.debug_id)):
                return number
        return None

    def _slides(self, number: int, index: NativeIndex | LazyIndex | LinkedIndex) -> tuple[int, ...]:
        """The load bias of an image, from frames of this stack with both an address and a unique symbol."""
        known = self._moved.get(number)
        if known is None:
            found: set[int] = set()
            for frame in self._stack.frames:
                if "printed_addr" in frame.data and frame.function and self._of_package(frame) == number:
                    called = index.symbols_called(frame.function, demangle)
                    slide = slide_of(frame, called[0], index.arch in _WIDE) if len(called) == 1 else None
                    if slide is not None:
                        found.add(slide)
            known = self._moved[number] = tuple(found)
        return known

    def _moved_by(self, number: int, index: NativeIndex | LazyIndex | LinkedIndex) -> int | None:
        """How far an image was moved, by all frames of this stack with an address in a function of its: None if they do not agree."""
        if number not in self._agreed:
            unit = PAGE if (self._lookup.images[number].code_file or "").endswith(".ko") else KERNEL_UNIT
            frames = [one for one in self._stack.frames if "printed_addr" in one.data and one.function and self._of_package(one) == number]
            named = [(one, called) for one in frames if (called := index.symbols_called(one.function or "", demangle))]
            agreed = set.intersection(*(slides_within(one, called, unit) for one, called in named)) if named else set()
            self._agreed[number] = agreed.pop() if len(agreed) == 1 else None
        return self._agreed[number]

    def _functions(self, opened: Opened, svma: int) -> tuple[NativeFunction, ...] | Problem:
        """The functions at an address, outermost function first."""
        key = "native", opened.digests, svma
        known: tuple[NativeFunction, ...] | None = self._recent.get(key) if opened.digests else None
        if known is None:
            locations = self._images.look_up(opened, svma)
            if isinstance(locations, Problem):
                return locations
            known = tuple(map(function_at, locations))
            if opened.digests:
                self._recent.put(key, known, sum(map(_cost, known), _KEY_COST))
        return known

    def _made(self, frame: Frame, package: str | None, at: NativeFunction, slide: int, data: dict[str, Any], ours: bool | None) -> Frame:
        """The frame of one function at an address; `slide` was added to the file's addresses when it was loaded, `ours` is
        `NativeImages.is_ours`.
        """
        start = None if at.address is None else at.address + slide
        # Each field by name: merging a dict of them into the call takes six times as long.
        return _replace(
            frame,
            function=at.function,
            raw_function=at.raw_function,
            symbol=at.symbol,
            filename=at.filename,
            abs_path=at.abs_path,
            lineno=at.lineno,
            colno=at.colno,
            lang=at.lang,
            package=package,
            status=_SYMBOLICATED,
            symbol_addr=start if start is None or start > 0 else 0,
            in_app=frame.in_app if frame.in_app is not None else at.own if ours is None else ours and (at.own or at.abs_path is None),
            source_text=self._images.text(at.path) if at.path else None,
            data={**data, **at.frame_data} if at.frame_data else data,
        )


def _is_tools(file: str) -> bool:
    """Whether a source belongs to a library or a compiler, by its path."""
    return file.startswith(_TOOLS) or file.endswith("<compiler-generated>")


def _may_be_il2cpps(path: str | None) -> bool:
    """Whether a source may be one that il2cpp wrote: such files lie in a folder that says so."""
    return path is not None and path.endswith((".cpp", ".h")) and "il2cpp" in path.lower()


def function_at(at: SourceLocation) -> NativeFunction:
    """A frame's values for a function at an address."""
    dart = is_dart(at.file)
    name = at.function if dart else None  # linkers' rules do not apply to Dart's symbols
    function, raw_function, mark = Spoken(spoken_in_dart(name), name) if name else spoken(at.symbol or at.function, at.function)
    return NativeFunction(
        function=function,
        raw_function=raw_function,
        symbol=at.symbol,
        filename=relative(at.file, at.comp_dir) if at.file else None,
        abs_path=at.file,
        lineno=at.line or None,
        colno=at.column or None,
        lang="dart" if dart else _LANGUAGES.get(at.language),
        address=at.address,
        own=at.file is not None and (is_own(at.file) if dart else not _is_tools(at.file)),
        path=at.file if at.line else None,
        frame_data={**({"inlined": True} if at.inlined else {}), **({"mark": mark} if mark else {})},
    )


def _cost(function: NativeFunction) -> int:
    """The bytes it takes in memory, roughly."""
    return _FUNCTION_COST + sum(len(value) for value in function if isinstance(value, str))


def _failed(frame: Frame, status: Status, *problems: Problem) -> Frame:
    """A frame that stays unchanged. If its line was known already, nothing is missing: a debugger has symbolicated it."""
    if frame.lineno is not None and frame.function is not None:
        return _replace(frame, status=Status.SYMBOLICATED)
    return _replace(frame, status=status, problems=(*frame.problems, *problems))


def _unknown(frame: Frame, images: int) -> Problem:
    if frame.package:
        return Problem(
            type=ProblemType.UNKNOWN_IMAGE,
            detail=f"the load address of {frame.package} is unknown",
            artifact=frame.package,
            hint="put the list of loaded modules beside the trace: /proc/PID/maps, gdb's `info proc mappings`, lldb's `image list`",
        )
    if frame.instruction_addr is not None and frame.instruction_addr < _FIRST_PAGE:
        return Problem(
            type=ProblemType.UNKNOWN_IMAGE,
            detail=f"{frame.instruction_addr:#x} is no code: something was called through a null pointer",
            hint="its caller is the next frame: look there",
        )
    return Problem(
        type=ProblemType.UNKNOWN_IMAGE,
        detail=f"{frame.instruction_addr:#x} is outside every loaded module (the event lists {images})",
        hint="JIT code and the vDSO belong to none; for anything else the reporter should send the list of loaded modules",
    )


def _nothing(image: Image, svma: int) -> Problem:
    return Problem(
        type=ProblemType.MISSING_SYMBOL,
        detail=f"{image.code_file or image.debug_id}: no symbol at {svma:#x}",
        artifact=image.code_file,
        hint="the address is in no function that the file knows: look whether the load address (image_addr) is right",
    )
