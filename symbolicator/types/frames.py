"""Frames, stacktraces and problems as types."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

ProblemName = Literal[
    "missing_source",
    "missing_sourcemap",
    "malformed_sourcemap",
    "missing_source_content",
    "invalid_location",
    "no_column",
    "ambiguous_file",
    "unknown_image",
    "missing_debug_file",
    "malformed_debug_file",
    "missing_symbol",
    "missing_mapping",
    "malformed_mapping",
    "ambiguous_frame",
    "missing_seam",
    "missing_history",
    "unsupported",
    "limit_exceeded",
    "invalid_data",
    "internal_error",
]
"""The values of `symbolicator.ProblemType`; docs/problems.md describes each."""
StatusName = Literal["raw", "symbolicated", "missing_symbol", "unknown_image", "missing", "malformed", "unsupported"]
"""The values of `symbolicator.Status`."""


class Problem(TypedDict, total=False):
    """What is wrong with a frame, a file or the event."""

    type: ProblemName
    detail: str
    """What is wrong, in one sentence."""
    artifact: str
    """The file it is about."""
    tried: list[str]
    """The places that were searched, in order, each with what was there."""
    hint: str
    """What to do."""
    another_build: bool
    """True if a file was found, of another build."""


class EventError(Problem, total=False):
    """One of an event's `errors`: a problem of ours, or what the SDK had sent."""

    of: str
    """`text`: found when the trace was read."""


class Place(TypedDict, total=False):
    """A position that is no frame of its own."""

    function: str
    abs_path: str
    filename: str
    lineno: int
    colno: int
    eval_origin: dict[str, Any]
    """The place of the eval that this one was created by, in turn."""


class Folded(TypedDict, total=False):
    """The frames that one frame stands for, where stacks of two languages were joined."""

    frames: int
    raw_index: list[int]
    functions: list[str]


class TextData(TypedDict, total=False):
    """What a frame's `data` has of the line of text that it was read from, to write that line again."""

    form: str
    gap: str
    printed: str
    args: str
    arguments: str
    created_by: str | bool
    """The component that made this one (React); the frame is what started the goroutine (Go)."""
    assumed_path: bool
    """The text named no file; it is taken to be the bundle."""
    moving: bool
    wrapper: str
    runtime: bool
    java_module: str
    java_file_module: str
    java_offset: str
    lead: str
    trail: str
    separator: str
    addresses: str
    printed_addr: str
    module_offset: int
    title: str
    depth: int
    samples: int
    dart: dict[str, str]
    locks: list[dict[str, str]]
    unreliable: bool
    """It lay on the stack and looked like a return address."""


class RuntimeData(TextData, total=False):
    """What a runtime reported about a frame besides its place."""

    # JavaScript
    eval_origin: Place
    eval_kind: str
    hermes_address: int
    wasm_function: int | None
    # native
    symbol_offset: int
    symbol_size: int
    pc: str
    build_id: str
    file_offset: str
    # .NET
    il: str
    il_offset: int
    mvid: str


_Words = TypedDict("_Words", {"async": bool | str, "as": str}, total=False)
"""`async`: the call was resumed; `as`: the method's name where it differs (V8)."""


class FrameData(RuntimeData, _Words, total=False):
    """A frame's `data`, as it is returned."""

    symbolicator_status: StatusName
    raw_index: int
    """The frame's index in `raw_stacktrace.frames`; inlined frames share it."""
    problems: list[Problem]
    resolved_with: str
    """How the file was found: `debug_id`, `url`, `build_id`, `release` …"""
    sourcemap: str
    mapping: str
    debug_file: str
    lookup_addr: str
    """The address that was looked up: of a return address, that of the call."""
    inlined: bool
    """The frame's body was inlined into that of the frame before it."""
    alternatives: list[dict[str, Any]]
    """The other frames that are as likely."""
    plain_name: str
    context_column: int
    """The column in `context_line`, from 0, where that is a part of a longer line."""
    source_from: str
    source_link: str
    no_file: Literal["package", "extension", "unnamed", "no_place", "system"]
    """Why nothing is missing for a frame that stays raw."""
    near: list[str]
    """Files with its name that were not used, and why."""
    folded: Folded
    commit: str
    no_commit: str
    owners: list[str]


class InputFrame(TypedDict, total=False):
    """One frame as an SDK sends it."""

    platform: str
    function: str
    filename: str
    abs_path: str
    module: str
    package: str
    lineno: int
    colno: int
    in_app: bool
    instruction_addr: str | int
    symbol_addr: str | int
    addr_mode: str
    adjust_instruction_addr: bool
    native: bool
    trust: str
    """How a minidump's walker found the frame; `scan` may be none."""
    context_line: str
    pre_context: list[str]
    post_context: list[str]
    data: Any
    """A dict that comes back with what `FrameData` describes."""


class OutputFrame(InputFrame, total=False):
    """One frame as it is returned."""

    raw_function: str
    """The function's name as it was reported, where it changed."""
    symbol: str
    """The linker's name of the function."""
    lang: str
    data: FrameData


class InputStacktrace(TypedDict, total=False):
    """The frames of one stack, caller first."""

    frames: list[InputFrame]
    registers: dict[str, Any]




class OutputStacktrace(TypedDict, total=False):
    """The frames of one stack as they are returned, caller first."""

    frames: list[OutputFrame]
    registers: dict[str, Any]
    woven: list[dict[str, Any]]
    """The parts that were joined: `from`, `platform`, and how many `frames`."""
    woven_into: str
    """The stack that this one's frames are in now."""
    apart: str
    """Why two languages' stacks were not joined, where nothing is missing."""
