"""The form of native requests to Sentry's Symbolicator, and of its answers (`routes/sentry_native.py`)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from symbolicator.service.sentry import Hex, Number, Options, Problems, Text


class SentryRawFrame(Struct, omit_defaults=True, kw_only=True):
    """A frame as it is sent. `addr_mode` is `abs` or `rel:N` with the index of a module."""

    instruction_addr: str | int
    addr_mode: Text = None
    adjust_instruction_addr: bool | None = None
    function_id: Hex = None
    platform: Text = None
    package: Text = None
    lang: Text = None
    symbol: Text = None
    sym_addr: Hex = None
    function: Text = None
    filename: Text = None
    abs_path: Text = None
    lineno: Number = None
    pre_context: list[str] | None = None
    context_line: Text = None
    post_context: list[str] | None = None
    source_link: Text = None
    in_app: bool | None = None
    trust: Text = None


class SentryRawStack(Struct, kw_only=True):
    """A stack as it is sent."""

    frames: list[SentryRawFrame]
    thread_id: Number = None
    thread_name: Text = None
    is_requesting: bool | None = None
    registers: dict[str, str | int] | None = None


class SentryModule(Struct, omit_defaults=True, kw_only=True):
    """A loaded module."""

    type: Text = None
    code_id: Text = None
    code_file: Text = None
    debug_id: Text = None
    debug_file: Text = None
    debug_checksum: Text = None
    image_addr: Hex = None
    image_size: Number = None


class SentryOptions(Options):
    """How to answer."""

    dif_candidates: bool | None = None


class SentrySource(Struct):
    """A source of debug files. Ours are used instead; the first one's name is that of candidates."""

    id: Text = None


class SentryNativeRequest(Struct, kw_only=True):
    """Stacks of addresses and the modules that were loaded; frames are callee first unless `options` say otherwise."""

    stacktraces: list[SentryRawStack] = []
    modules: list[SentryModule] = []
    platform: Text = None
    signal: Number = None
    sources: list[SentrySource] | None = None
    options: SentryOptions | None = None


class SentryFrame(SentryRawFrame, omit_defaults=True, kw_only=True):
    """A symbolicated frame; functions inlined into it share its `original_index`, the index of the frame as sent."""

    status: Literal["symbolicated", "missing_symbol", "unknown_image", "missing", "malformed"]
    original_index: int


class SentryStack(Struct, omit_defaults=True, kw_only=True):
    """A symbolicated stack."""

    frames: list[SentryFrame]
    thread_id: Number = None
    thread_name: Text = None
    is_requesting: bool | None = None
    registers: dict[str, str] | None = None


class SentryFeatures(Struct):
    """What the files of a module have."""

    has_debug_info: bool = False
    has_unwind_info: bool = False
    has_symbols: bool = False
    has_sources: bool = False


class SentryDownload(Struct, omit_defaults=True):
    """Whether a file was found."""

    status: str
    features: SentryFeatures | None = None


class SentryUsed(Struct):
    """Whether a file could be read."""

    status: str


class SentryCandidate(Struct, omit_defaults=True):
    """A file that was used for a module, or looked for."""

    source: str
    location: str
    download: SentryDownload
    unwind: SentryUsed | None = None
    debug: SentryUsed | None = None


class SentryModuleStatus(SentryModule, omit_defaults=True, kw_only=True):
    """A module, and what was found for it."""

    debug_status: str
    features: SentryFeatures
    arch: str
    candidates: list[SentryCandidate] | None = None


class SentryNativeAnswer(Problems, omit_defaults=True, kw_only=True):
    """The stacks in the order of the request."""

    status: Literal["completed"]
    stacktraces: list[SentryStack]
    modules: list[SentryModuleStatus]
