"""Symbolicates .NET frames. `dotnet_files.py` finds the files, `dotnet_names.py` handles names.

The body of an async method or an iterator went to another method, `MoveNext` of a type that the compiler made. CoreCLR prints the name and
the token of the method that was written, and the offset in that body: a method without lines of its own is looked up in its body.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from symbolicator.keys import parse_address
from symbolicator.lookup import Lookup
from symbolicator.model import NO_FILE, Frame, Status
from symbolicator.portable_pdb import Method, SourcePlace, row_of_token
from symbolicator.portable_pdb.names import argument_types, fits, plain_name
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.dotnet_files import HINT, DotnetFiles, Module
from symbolicator.transformers.dotnet_names import is_framework, tidied

_DETERMINISTIC: Final = "/_/"
"""What builds in CI write in the place of the repository's folder."""
_NO_OFFSET: Final = (
    "have the runtime print IL offsets (AppContext switch Switch.System.Diagnostics.StackTrace.ShowILOffsets), or ship the .pdb files"
)
_MONO_AOT: Final = "Mono's .mSYM folders, which lead from one to the other, are not read"
_NATIVE_AOT: Final = "NativeAOT counts from the method's start; where it prints `app!<BaseAddress>+0x…`, the program's debug file answers"
_SAID: Final = 3
_MAX_LOOKED_AT: Final = 1_000
"""Frames of an event that are compared with the code of a module."""

_replace = msgspec.structs.replace


class _Hit(NamedTuple):
    """A place that a frame may be of, and the row of the method that it is in."""

    module: Module
    row: int
    place: SourcePlace


class DotnetFrames:
    """The frames of one event."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._files = DotnetFiles(lookup)
        self._misfits: dict[str, str | None] = {}

    def frame(self, frame: Frame) -> Frame:
        """What one frame really was."""
        if frame.lineno or (frame.filename is not None and self._offset(frame) is None):  # the runtime had its PDB
            path = frame.abs_path or frame.filename
            text = self._files.text_on_disk(path) if path else None
            return self._named(_replace(frame, status=Status.SYMBOLICATED, source_text=text))
        row, modules, problem = self._asked(frame)
        hits = [hit for module in modules for hit in self._hits(frame, module, row)]
        places = {(hit.place.file, hit.place.line): hit for hit in hits}
        if len(places) == 1:
            columns = {hit.place.column for hit in hits}
            return self._placed(frame, hits[0], hits[0].place.column if len(columns) == 1 else 0)
        if places:
            some = ", ".join(f"{file}:{line}" for file, line in list(places)[:_SAID])
            problem = Problem(
                type=ProblemType.AMBIGUOUS_FRAME,
                detail=f"{_called(frame)} may be any of {len(places)} places: {some}",
                hint="its arguments or its module would tell; give the files of this build only",
            )
            return self._raw(frame, Status.RAW, problem)
        found = [module for module in modules if module.pdb is not None]
        if problem is None and not found:
            problem = next((module.problem for module in modules if module.problem), None) or _unknown(frame)
        if problem is None:
            problem = self._nothing(frame, found[0], row)
        return self._raw(frame, _status(problem), problem)

    # ── what is asked ─────────────────────────────────────────────────────────────────────────────────────────────

    def _asked(self, frame: Frame) -> tuple[int | None, tuple[Module, ...], Problem | None]:
        """The method's row, where a token says it; the modules that it may be in; or why there are none."""
        token, row = _token(frame)
        if token is not None and row is None:
            detail = f"function_id {token:#x} is not a method's token"
            return None, (), _of_frame(ProblemType.INVALID_DATA, detail, "tokens of methods begin with 0x06")
        mode = frame.addr_mode or ""
        if mode.startswith("rel:") and mode[4:].isascii() and mode[4:].isdigit():
            place = int(mode[4:]) if len(mode) < 14 else len(self._lookup.images)
            if place < len(self._lookup.images):
                return row, (self._files.of_image(place),), None
            detail = f"{_called(frame)} is in image {mode[4:]}, of {len(self._lookup.images)} that the event has"
            return row, (), _of_frame(ProblemType.UNKNOWN_IMAGE, detail, "send the pe_dotnet images in debug_meta")
        data = frame.data
        if "native_offset" in data:
            return (
                row,
                (),
                _of_frame(
                    ProblemType.UNSUPPORTED,
                    f"{_called(frame)} was compiled ahead of time: the trace has a native address, not an IL offset",
                    _MONO_AOT if data.get("form") == "mono" else _NATIVE_AOT,
                ),
            )
        if data.get("il2cpp") is True:
            return (
                row,
                (),
                _of_frame(
                    ProblemType.UNSUPPORTED,
                    f"{_called(frame)} was compiled by il2cpp: the trace has zeros in the places of its module and its offset",
                    "have the app log native addresses too: those are symbolicated with Unity's symbols.zip of that build",
                ),
            )
        if isinstance(data.get("mvid"), str):
            return row, (self._files.of_mvid(data["mvid"]),), None
        if row is not None and frame.package:
            return row, (self._files.of_file(_file_of(frame.package)),), None
        return row, self._files.having(_full_name(frame)) if frame.function else (), None

    def _offset(self, frame: Frame) -> int | None:
        if frame.instruction_addr is not None:
            return frame.instruction_addr
        return parse_address(frame.data.get("il_offset"))

    # ── one module ────────────────────────────────────────────────────────────────────────────────────────────────

    def _hits(self, frame: Frame, module: Module, row: int | None) -> Iterable[_Hit]:
        """Where a frame may be in one module: of a token there is one answer at most, of a name one for each overload."""
        if module.pdb is None or self._misfit(module) is not None:
            return
        for number in self._rows(frame, module, row):
            for body in self._bodies(module, number, self._offset(frame)):
                place = self._place(module, body, self._offset(frame))
                if place is not None:
                    yield _Hit(module, number, place)

    def _rows(self, frame: Frame, module: Module, row: int | None) -> list[int]:
        """The rows of the methods that a frame may be in: the one of its token, or those of its name."""
        if row is not None:
            if module.assembly is None:
                return [row]
            method = module.assembly.method(row)
            return [row] if method is not None and (module.by_id or _agrees(frame, method)) else []
        if module.assembly is None or not frame.function:
            return []
        named = module.assembly.find(_full_name(frame))
        arguments = frame.data.get("arguments")
        if len(named) > 1 and isinstance(arguments, str):
            types = argument_types(arguments)
            named = [one for one in named if fits(one.parameters, types)]
        return [one.row for one in named]

    def _bodies(self, module: Module, row: int, offset: int | None) -> list[int]:
        """The methods that hold the lines of the one in `row`: itself, or the body that its code went to, as far as the offset fits it."""
        assert module.pdb is not None  # noqa: S101  # asked of modules with lines
        bodies = [one for one in (row, module.pdb.machine_of(row)) if one and module.pdb.has_points(one)]
        return bodies if offset is None else [one for one in bodies if self._fits(module, one, offset)]

    def _fits(self, module: Module, row: int, offset: int) -> bool:
        """Whether an offset is in a method's code; where no id says that this is the build, an instruction has to begin there."""
        if 0 < self._size(module, row) <= offset:
            return False
        return module.by_id or self._files.begins_instruction(module, row, offset) is not False

    def _misfit(self, module: Module) -> str | None:
        """The method of a frame that shows a module, found by a name alone, to be another build's: its offset fits no method called so."""
        if module.by_id or module.assembly_artifact is None:
            return None
        name = module.assembly_artifact.name
        if name not in self._misfits:
            self._misfits[name] = None  # while frames are looked at
            frames = (frame for stack in self._lookup.event.all_stacktraces() for frame in stack.frames)
            self._misfits[name] = next((_called(one) for one in islice(frames, _MAX_LOOKED_AT) if self._is_misfit(module, one)), None)
        return self._misfits[name]

    def _is_misfit(self, module: Module, frame: Frame) -> bool:
        offset = self._offset(frame)
        if offset is None or not frame.function or frame.addr_mode is not None or "mvid" in frame.data or "native_offset" in frame.data:
            return False
        _, row = _token(frame)
        if row is not None and (not frame.package or self._files.of_file(_file_of(frame.package)) is not module):
            return False
        known = [one for one in self._rows(frame, module, row) if self._bodies(module, one, None)]
        return bool(known) and not any(self._bodies(module, one, offset) for one in known)

    def _size(self, module: Module, row: int) -> int:
        method = module.assembly.method(row) if module.assembly is not None else None
        size = method.size if method is not None else 0
        return size or (module.pdb.size(row) if module.pdb is not None else 0)

    def _place(self, module: Module, row: int, offset: int | None) -> SourcePlace | None:
        """The place of an offset; of a frame without one, that of a method all of whose code is in one line."""
        assert module.pdb is not None  # noqa: S101  # as above
        return module.pdb.only_line(row) if offset is None else module.pdb.lookup(row, offset)

    # ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _placed(self, frame: Frame, hit: _Hit, column: int) -> Frame:
        module, place = hit.module, hit.place
        data: dict[str, Any] = {**frame.data, "resolved_with": module.found_by, "debug_file": module.file}
        link = module.pdb.source_link(place.document) if module.pdb is not None else None
        if link:
            data["source_link"] = link
        method = module.assembly.method(hit.row) if module.assembly is not None and not frame.function else None
        if method is not None:
            frame = _replace(frame, module=method.type, function=method.name)
        return self._named(
            _replace(
                frame,
                filename=place.file.removeprefix(_DETERMINISTIC),
                abs_path=place.file,
                lineno=place.line,
                colno=column or None,
                lang=place.language or frame.lang,
                status=Status.SYMBOLICATED,
                source_text=self._files.text(module, place.document, place.file),
                data=data,
            )
        )

    def _named(self, frame: Frame) -> Frame:
        """With the original names, and whether it is the user's code."""
        module, function = frame.module or "", frame.function
        own = not is_framework(module) if frame.in_app is None and module else frame.in_app
        if not function:
            return _replace(frame, in_app=own)
        kind, method = tidied(module, function)
        if (kind, method) == (module, function):
            return _replace(frame, in_app=own)
        return _replace(frame, module=kind or None, function=method, raw_function=frame.raw_function or function, in_app=own)

    def _raw(self, frame: Frame, status: Status, problem: Problem) -> Frame:
        """A frame that stays as it is. A framework's lacks nothing where no file of it is given."""
        if frame.data.get("runtime") or (problem.type is ProblemType.MISSING_DEBUG_FILE and is_framework(f"{frame.module or ''}.")):
            data = {**frame.data, NO_FILE: "package"}
            return _replace(frame, in_app=False if frame.in_app is None else frame.in_app, data=data)
        return _replace(frame, status=status, problems=(*frame.problems, problem))

    def _nothing(self, frame: Frame, module: Module, row: int | None) -> Problem:
        """Why a module that is there has no answer."""
        name, offset = module.file, self._offset(frame)
        if offset is None:
            where = self._whole(frame, module, row)
            return _of_frame(ProblemType.INVALID_LOCATION, f"{_called(frame)} has neither a line nor an IL offset{where}", _NO_OFFSET, name)
        misfit = self._misfit(module)
        if misfit is not None:
            detail = f"{name} is from another build: no instruction of {misfit} begins at the offset in the trace"
            hint = f"{HINT}; of a trimmed app, those in its obj/…/linked"
            return _of_frame(ProblemType.MISSING_DEBUG_FILE, detail, hint, name, another_build=True)
        if row is not None and module.assembly is not None and not module.by_id:
            method = module.assembly.method(row)
            if method is None or not _agrees(frame, method):
                said = f"{method.type}.{method.name}" if method is not None else "no method"
                detail = f"{name} is from another build: its token {0x06000000 + row:#x} is {said}, the trace says {_called(frame)}"
                return _of_frame(ProblemType.MISSING_DEBUG_FILE, detail, HINT, name, another_build=True)
        if row is None and module.assembly is None:
            detail = f"{name} has lines and no names, and the frame has a name and no token"
            return _of_frame(ProblemType.MISSING_DEBUG_FILE, detail, HINT, name)
        if any(self._bodies(module, one, offset) for one in self._rows(frame, module, row)):
            detail = f"the code at offset {offset:#x} of {_called(frame)} is in no source"
            return _of_frame(ProblemType.MISSING_SYMBOL, detail, "the compiler generated it, or `#line hidden` is set", name)
        detail = f"{name} has nothing at offset {offset:#x} of {_called(frame)}"
        return _of_frame(ProblemType.MISSING_SYMBOL, detail, "it is from another build, or the compiler generated this method", name)

    def _whole(self, frame: Frame, module: Module, row: int | None) -> str:
        """Where a method is, of which it is not known where in it a frame stood."""
        assert module.pdb is not None  # noqa: S101  # as above
        bodies = [body for one in self._rows(frame, module, row) for body in self._bodies(module, one, None)]
        firsts = [place for body in bodies if (place := module.pdb.first_place(body))]
        return f"; it begins at {firsts[0].file}:{firsts[0].line}" if len(firsts) == 1 else ""


def _token(frame: Frame) -> tuple[int | None, int | None]:
    """The token that a frame says, and the row of the method whose token that is."""
    token = parse_address(frame.extra.get("function_id"))
    return token, None if token is None else row_of_token(token)


def _file_of(package: str) -> str:
    """The file name of an assembly, from the name sent by clients, with its version: `Shop, Version=1.0.0.0, Culture=neutral`."""
    name, comma, _ = package.partition(",")
    return f"{name.strip()}.dll" if comma else package


def _full_name(frame: Frame) -> str:
    """The type and the method of a frame in one, as its trace has it."""
    return ".".join(filter(None, (frame.module, frame.raw_function or frame.function)))


def _agrees(frame: Frame, method: Method) -> bool:
    """Whether nothing in a frame's name speaks against a method: found by a file's name alone, it may be another build's."""
    if not frame.function:
        return True
    wanted, kind = _full_name(frame), method.type if frame.module else ""
    return plain_name(".".join(filter(None, (kind, method.name)))) == plain_name(wanted) or tidied(kind, method.name) == tidied(
        frame.module or "", frame.raw_function or frame.function
    )


def _called(frame: Frame) -> str:
    return _full_name(frame) or "the frame"


def _status(problem: Problem) -> Status:
    return {
        ProblemType.MISSING_DEBUG_FILE: Status.MISSING,
        ProblemType.MALFORMED_DEBUG_FILE: Status.MALFORMED,
        ProblemType.MISSING_SYMBOL: Status.MISSING_SYMBOL,
        ProblemType.UNKNOWN_IMAGE: Status.UNKNOWN_IMAGE,
        ProblemType.UNSUPPORTED: Status.UNSUPPORTED,
    }.get(problem.type, Status.RAW)


def _unknown(frame: Frame) -> Problem:
    detail = f"no assembly among the files given has a method {_called(frame)}, and its PDB beside it"
    return Problem(type=ProblemType.MISSING_DEBUG_FILE, detail=detail, hint=HINT)


def _of_frame(kind: ProblemType, detail: str, hint: str, artifact: str | None = None, *, another_build: bool = False) -> Problem:
    return Problem(type=kind, detail=detail, hint=hint, artifact=artifact, another_build=another_build)
