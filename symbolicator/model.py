"""The event, its stacktraces, frames and images: the data that all rooms but the format rooms share.

All values are frozen `msgspec.Struct`s with the names of Sentry's event JSON; every field is optional. Frames are ordered caller
first, the crash last, as in events. `lineno` and `colno` count from 1. `extra` has the fields we do not use, to be returned
unchanged; a change creates a new value (`msgspec.structs.replace`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Protocol

import msgspec

from symbolicator.problems import Problem

Json = Mapping[str, Any]

NO_FILE = "no_file"
"""The key of a frame's `data` with the reason why none of the user's files is missing: `package` or `extension` (of one
without a map), `unnamed` (the code is in no file), `no_place` (the engine said none), `system` (it belongs to the
system, and the report names its function). Such a frame
stays raw and has no problem; similar files are in `data.near`.
"""


class Status(str, Enum):
    """The result for a frame (`data.symbolicator_status`)."""

    RAW = "raw"
    """Not symbolicated: no transformer handled it, or its problems say why not."""
    SYMBOLICATED = "symbolicated"
    """Symbolicated, or already a source position."""
    MISSING_SYMBOL = "missing_symbol"
    """The file was found but has nothing at this position."""
    UNKNOWN_IMAGE = "unknown_image"
    """The address is outside every loaded module."""
    MISSING = "missing"
    """A file that was needed was not found."""
    MALFORMED = "malformed"
    """A file that was needed was found but cannot be read."""
    UNSUPPORTED = "unsupported"
    """The file's format or feature is not supported."""


class SourceText(Protocol):
    """The text that a frame's `lineno` refers to: a source in a map, a file on disk."""

    def context(self, line: int, before: int, after: int) -> tuple[list[str], str, list[str]] | None:
        """The lines before, at and after the 0-based `line`, without line ends; None if the text has no such line."""


# Without `gc`: events have many frames, and a frame contains no reference cycles.
class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One frame. `raw_index` is its index in `Stacktrace.raw_frames`; inlined frames share it."""

    platform: str | None = None
    function: str | None = None
    raw_function: str | None = None
    filename: str | None = None
    abs_path: str | None = None
    module: str | None = None
    package: str | None = None
    lineno: int | None = None
    colno: int | None = None
    in_app: bool | None = None
    symbol: str | None = None
    symbol_addr: int | None = None
    instruction_addr: int | None = None
    addr_mode: str | None = None
    lang: str | None = None
    pre_context: tuple[str, ...] | None = None
    context_line: str | None = None
    post_context: tuple[str, ...] | None = None
    status: Status = Status.RAW
    raw_index: int | None = None
    problems: tuple[Problem, ...] = ()
    source_text: SourceText | None = None
    """The source text around it; not written to JSON."""
    data: Json = {}
    """Other keys of `data`: `sourcemap`, `resolved_with`, `lookup_addr`, `inlined`, `eval_origin`, and those that came with the event."""
    extra: Json = {}


class Stacktrace(msgspec.Struct, frozen=True, kw_only=True):
    """Frames, caller first. `raw_frames` are the frames' JSON as it came, for every transformer; never changed."""

    frames: tuple[Frame, ...] = ()
    raw_frames: tuple[Any, ...] = ()
    platform: str | None = None
    """The platform of frames that have none: the owner's, else the event's."""
    registers: Json = {}
    faulted: bool = False
    """Whether an instruction of the process faulted (SIGILL, SIGBUS, SIGSEGV), if the event says so: used by the native transformer."""
    extra: Json = {}


class ExceptionValue(msgspec.Struct, frozen=True, kw_only=True):
    """One exception of a chain; the cause comes before what it caused."""

    type: str | None = None
    value: str | None = None
    module: str | None = None
    stacktrace: Stacktrace | None = None
    extra: Json = {}


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """One thread."""

    stacktrace: Stacktrace | None = None
    extra: Json = {}


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `debug_meta.images`: a loaded module, a source-mapped script, a mapping. Addresses are in bytes."""

    type: str | None = None
    code_file: str | None = None
    code_id: str | None = None
    debug_file: str | None = None
    debug_id: str | None = None
    image_addr: int | None = None
    image_size: int | None = None
    image_vmaddr: int | None = None
    arch: str | None = None
    uuid: str | None = None
    debug_status: str | None = None
    """found · unused · missing · malformed · unsupported"""
    features: Json | None = None
    candidates: tuple[Json, ...] = ()
    problems: tuple[Problem, ...] = ()
    extra: Json = {}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `source` is the JSON it was read from; `problems` are those of the event as a whole."""

    platform: str | None = None
    release: str | None = None
    dist: str | None = None
    exceptions: tuple[ExceptionValue, ...] = ()
    threads: tuple[Thread, ...] = ()
    stacktrace: Stacktrace | None = None
    stacktraces: tuple[Stacktrace, ...] = ()
    """The shorthand `{"stacktraces": [...]}`."""
    images: tuple[Image, ...] = ()
    problems: tuple[Problem, ...] = ()
    source: Json = {}

    def all_stacktraces(self) -> Iterator[Stacktrace]:
        """Every stacktrace: exceptions', threads', the event's own."""
        owners: tuple[ExceptionValue | Thread, ...] = (*self.exceptions, *self.threads)
        yield from (owner.stacktrace for owner in owners if owner.stacktrace is not None)
        if self.stacktrace is not None:
            yield self.stacktrace
        yield from self.stacktraces

    def map_stacktraces(self, change: Callable[[Stacktrace], Stacktrace]) -> Event:
        """A new event in which `change` was applied to every stacktrace, in the order of `all_stacktraces`."""
        replace = msgspec.structs.replace
        return replace(
            self,
            exceptions=tuple(replace(e, stacktrace=change(e.stacktrace)) if e.stacktrace is not None else e for e in self.exceptions),
            threads=tuple(replace(t, stacktrace=change(t.stacktrace)) if t.stacktrace is not None else t for t in self.threads),
            stacktrace=change(self.stacktrace) if self.stacktrace is not None else None,
            stacktraces=tuple(change(s) for s in self.stacktraces),
        )
