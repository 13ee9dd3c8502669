"""The shapes of requests and answers, from which the OpenAPI document is generated.

Events are read far more leniently than this (`symbolicator/event/reading.py`): a value of another type is ignored, and keys not
named here are returned unchanged. These models describe, they do not validate.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from symbolicator.model import Status
from symbolicator.problems import Problem

Text = str | None
Number = int | None
Address = str | int | None


class RawFrame(Struct):
    """A frame as a crash reporter sends it. `lineno` and `colno` count from 1; addresses are numbers or `0x…`."""

    platform: Text = None
    function: Text = None
    filename: Text = None
    abs_path: Text = None
    module: Text = None
    package: Text = None
    lineno: Number = None
    colno: Number = None
    instruction_addr: Address = None
    addr_mode: Text = None
    function_id: Address = None
    in_app: bool | None = None


class RawStacktrace(Struct):
    """Frames, caller first: the crash is last."""

    frames: list[RawFrame]


class RawException(Struct):
    """One exception; a cause comes before what it caused."""

    type: Text = None
    value: Text = None
    module: Text = None
    stacktrace: RawStacktrace | None = None


class RawExceptions(Struct):
    """The exceptions of an event."""

    values: list[RawException]


class RawThread(Struct):
    """One thread."""

    id: str | int | None = None
    name: Text = None
    crashed: bool | None = None
    stacktrace: RawStacktrace | None = None


class RawThreads(Struct):
    """The threads of an event."""

    values: list[RawThread]


class RawImage(Struct):
    """A loaded module, a source-mapped script, or a mapping."""

    type: Text = None
    code_file: Text = None
    code_id: Text = None
    debug_file: Text = None
    debug_id: Text = None
    image_addr: Address = None
    image_size: Address = None
    image_vmaddr: Address = None
    arch: Text = None
    uuid: Text = None


class DebugMeta(Struct):
    """What was loaded when the program crashed."""

    images: list[RawImage]


class RawEvent(Struct):
    """An event, or the shorthands `frames` with `images` and `stacktraces` with `modules`. It must have a frame somewhere."""

    platform: Text = None
    release: Text = None
    dist: Text = None
    exception: RawExceptions | None = None
    threads: RawThreads | None = None
    stacktrace: RawStacktrace | None = None
    debug_meta: DebugMeta | None = None
    frames: list[RawFrame] | None = None
    images: list[RawImage] | None = None
    stacktraces: list[RawStacktrace] | None = None
    modules: list[RawImage] | None = None


class Report(Struct):
    """An Apple crash report in JSON: the object of an `.ips` file, with or without its heading, or MetricKit's payload. It is answered in
    its own form, with `symbol`, `sourceFile` and `sourceLine` in its frames. The members here are those it is recognized by.
    """

    usedImages: list[Any] | UnsetType = UNSET  # Apple's names
    callStackTree: Any | UnsetType = UNSET
    crashDiagnostics: list[Any] | UnsetType = UNSET
    hangDiagnostics: list[Any] | UnsetType = UNSET


class FrameData(Struct):
    """The result for a frame. `raw_index` is its index in `raw_stacktrace.frames`; functions inlined into it share it."""

    symbolicator_status: Status
    raw_index: int | UnsetType = UNSET
    sourcemap: str | UnsetType = UNSET
    resolved_with: str | UnsetType = UNSET
    lookup_addr: str | int | UnsetType = UNSET
    inlined: bool | UnsetType = UNSET
    problems: list[Problem] | UnsetType = UNSET


class Frame(Struct):
    """A symbolicated frame, with all keys that it came with."""

    data: FrameData | UnsetType = UNSET
    function: str | UnsetType = UNSET
    raw_function: str | UnsetType = UNSET
    filename: str | UnsetType = UNSET
    abs_path: str | UnsetType = UNSET
    module: str | UnsetType = UNSET
    package: str | UnsetType = UNSET
    lineno: int | UnsetType = UNSET
    colno: int | UnsetType = UNSET
    in_app: bool | UnsetType = UNSET
    lang: str | UnsetType = UNSET
    symbol: str | UnsetType = UNSET
    symbol_addr: str | int | UnsetType = UNSET
    instruction_addr: str | int | UnsetType = UNSET
    pre_context: list[str] | UnsetType = UNSET
    context_line: str | UnsetType = UNSET
    post_context: list[str] | UnsetType = UNSET


class Stacktrace(Struct):
    """Frames, caller first."""

    frames: list[Frame | Any]


class Stack(Struct):
    """An object with frames: an exception, a thread. The raw frames are beside them."""

    stacktrace: Stacktrace | UnsetType | None = UNSET
    raw_stacktrace: Any | UnsetType = UNSET


class Event(Struct):
    """The event that was sent, its frames symbolicated in place, with `raw_stacktrace` beside them; other keys unchanged.

    `exception` and `threads` have the shape in which they were sent; each of their values is a `Stack`.
    """

    stacktrace: Stacktrace | Any | UnsetType = UNSET
    frames: list[Frame | Any] | Any | UnsetType = UNSET
    stacktraces: list[Stack | Any] | Any | UnsetType = UNSET
    exception: Any | UnsetType = UNSET
    threads: Any | UnsetType = UNSET
    debug_meta: Any | UnsetType = UNSET
    suspect_commits: list[Any] | UnsetType = UNSET
    grouping: dict[str, Any] | UnsetType = UNSET
    errors: list[Problem | Any] | UnsetType = UNSET


class Error(Struct):
    """Why a request was refused, and what to do."""

    detail: str
    request_id: str
    hint: str | UnsetType = UNSET


class Health(Struct):
    """The process answers."""

    status: str
    version: str


class Ready(Struct):
    """Whether events can be served: for each of `files` what is wrong with it, or null; the same for the cache."""

    status: str
    files: dict[str, str | None]
    cache: str | None
