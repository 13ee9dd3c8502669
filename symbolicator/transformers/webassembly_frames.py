"""Symbolicates the WebAssembly frames of one stack. `webassembly_modules.py` finds their modules.

What an engine reports is the instruction itself, also of a call: nothing is subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.lookup import Lookup
from symbolicator.model import NO_FILE, Frame, Status
from symbolicator.problems import Problem
from symbolicator.sourcemaps.names import tidy_name
from symbolicator.transformers.generated import TEXTS
from symbolicator.transformers.javascript import ScriptStack
from symbolicator.transformers.native_frames import NativeFunction, function_at
from symbolicator.transformers.webassembly_modules import Module, WasmModules
from symbolicator.transformers.webassembly_places import WasmPlace, wasm_number, wasm_place

_replace = msgspec.structs.replace


class WasmStack:
    """The WebAssembly frames of one stack."""

    def __init__(self, lookup: Lookup, frames: Sequence[Frame]) -> None:
        self._lookup = lookup
        self._modules = lookup.once_per_event("webassembly", lambda: WasmModules(lookup))
        self._scripts = ScriptStack(lookup, frames)

    def frame(self, frame: Frame) -> tuple[Frame, ...]:
        """What one frame really was, outer function first."""
        place = wasm_place(frame)
        if place is None:
            return (self._numbered(frame),)
        module = self._modules.find(place.url)
        locations: list[SourceLocation] = []
        if module.index is not None:
            index = module.index
            found = self._lookup.guarded(lambda: index.lookup(place.offset + module.origin), *module.parts)
            locations = [] if isinstance(found, Problem) else found
        if any(at.file for at in locations):
            return tuple(self._native(frame, module, place, function_at(at)) for at in locations)
        named = function_at(locations[-1]) if locations else None
        name = None if module.names is None or place.function is None else module.names.lookup(place.function)
        if name is not None:
            named = function_at(SourceLocation(None, name, None, 0, 0, None, None, 0, False))
        if module.generated is not None and module.generated.map is not None:
            return (self._mapped(frame, module, place, named),)
        problems = (*frame.problems, *([module.problem] if module.problem else []))
        if named is None:
            status = Status.MISSING if module.problem else Status.MISSING_SYMBOL
            return (_replace(frame, status=status, problems=problems),)
        return (_replace(self._native(frame, module, place, named), problems=problems),)

    def _numbered(self, frame: Frame) -> Frame:
        """A frame of which the engine said no more than the function: it has a name at most."""
        known = wasm_number(frame)
        if known is None:  # whoever asks has asked `handles` first
            return frame
        function = self._modules.function(known)
        raw = frame.raw_function or frame.function
        return _replace(
            frame,
            function=function or frame.function,
            raw_function=raw if function else frame.raw_function,
            status=Status.SYMBOLICATED,
            data={**frame.data, NO_FILE: "no_place"},
        )

    def _native(self, frame: Frame, module: Module, place: WasmPlace, at: NativeFunction) -> Frame:
        data: dict[str, Any] = {**frame.data, "debug_file": module.name}
        start = None if at.address is None else at.address - module.origin
        known = at.abs_path is not None
        return _replace(
            frame,
            function=at.function or frame.function,
            raw_function=at.raw_function or frame.raw_function,
            symbol=at.symbol,
            filename=at.filename if known else frame.filename,
            abs_path=at.abs_path if known else frame.abs_path,
            lineno=at.lineno if known else frame.lineno,
            colno=at.colno if known else frame.colno,
            lang=at.lang,
            package=frame.package or place.url,
            symbol_addr=start,
            status=Status.SYMBOLICATED,
            in_app=at.own if frame.in_app is None else frame.in_app,
            source_text=self._text(at.path),
            data={**data, **at.frame_data} if at.frame_data else data,
        )

    def _mapped(self, frame: Frame, module: Module, place: WasmPlace, named: NativeFunction | None) -> Frame:
        """A frame through its module's source map: the module is one line, and the column is the offset."""
        assert module.generated is not None  # noqa: S101  # asked before
        known = _replace(frame, function=named.function) if named is not None and named.function else frame
        answer = self._scripts.through(known, module.generated, 0, place.offset)
        if answer.status is not Status.SYMBOLICATED:
            return answer if named is None else _replace(answer, function=known.function)
        # Names of C++ and Rust are what somebody wrote, and no engine's way to say it.
        written = named is not None and (named.function != named.symbol or "::" in (named.function or ""))
        function = known.function if written and answer.function == tidy_name(known.function) else answer.function
        return _replace(answer, function=function, raw_function=frame.raw_function or frame.function, package=frame.package or place.url)

    def _text(self, path: str | None) -> Any:
        """The source on disk, if the given folders have it."""
        if path is None:
            return None
        found = self._lookup.source(path).artifacts
        text = self._lookup.compiled(TEXTS, found[0]) if len(found) == 1 else None
        return None if isinstance(text, Problem) else text
