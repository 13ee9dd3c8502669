"""Events, their exceptions, threads and images, and what is added to them, as types."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from symbolicator.types.frames import EventError, InputFrame, InputStacktrace, OutputFrame, OutputStacktrace


class Mechanism(TypedDict, total=False):
    """What caused what in a chain of exceptions."""

    type: str
    exception_id: int
    parent_id: int
    source: str
    handled: bool
    is_exception_group: bool
    meta: dict[str, Any]
    data: dict[str, Any]


class _Exception(TypedDict, total=False):
    type: str
    value: str
    module: str
    platform: str
    thread_id: int | str
    mechanism: Mechanism


class InputException(_Exception, total=False):
    """One exception of a chain; the cause comes before what it caused."""

    stacktrace: InputStacktrace


class OutputException(_Exception, total=False):
    """One exception as it is returned. `raw_type` and the like are what was reported, where names were restored."""

    stacktrace: OutputStacktrace
    raw_stacktrace: InputStacktrace
    """The frames as they came."""
    raw_type: str
    raw_value: str
    raw_module: str


class InputExceptions(TypedDict, total=False):
    """An event's `exception`."""

    values: list[InputException]


class OutputExceptions(TypedDict, total=False):
    """An event's `exception` as it is returned."""

    values: list[OutputException]


class _Thread(TypedDict, total=False):
    id: int | str
    name: str
    crashed: bool
    current: bool
    state: str
    source: str
    platform: str


class InputThread(_Thread, total=False):
    """One thread."""

    stacktrace: InputStacktrace


class OutputThread(_Thread, total=False):
    """One thread as it is returned."""

    stacktrace: OutputStacktrace
    raw_stacktrace: InputStacktrace


class InputThreads(TypedDict, total=False):
    """An event's `threads`."""

    values: list[InputThread]


class OutputThreads(TypedDict, total=False):
    """An event's `threads` as they are returned."""

    values: list[OutputThread]


class InputImage(TypedDict, total=False):
    """One of `debug_meta.images`: a loaded module, a script with its debug id, a mapping."""

    type: str
    code_file: str
    code_id: str
    debug_file: str
    debug_id: str
    uuid: str
    arch: str
    image_addr: str | int
    image_size: str | int
    image_vmaddr: str | int
    mapped: list[dict[str, Any]]
    """This and the next ones: where the text of a trace said that the module is, or what its addresses count from."""
    offsets: str
    movable: bool
    image_symbol: str


class Features(TypedDict, total=False):
    """What the files of an image have."""

    code: bool
    debug_info: bool
    symbols: bool
    debug_addr: bool
    line_info: bool


class OutputImage(InputImage, total=False):
    """An image as it is returned."""

    debug_status: Literal["found", "unused", "missing", "malformed", "unsupported"]
    features: Features
    candidates: list[dict[str, Any]]


class InputDebugMeta(TypedDict, total=False):
    """An event's `debug_meta`."""

    images: list[InputImage]


class OutputDebugMeta(TypedDict, total=False):
    """An event's `debug_meta` as it is returned."""

    images: list[OutputImage]


class SuspectFrame(TypedDict, total=False):
    """A frame whose line a suspected commit last changed."""

    function: str | None
    path: str
    lineno: int
    owners: list[str]


class PullRequest(TypedDict, total=False):
    """The request that a commit came with."""

    number: int
    url: str | None


class Suspect(TypedDict, total=False):
    """A commit that last changed a line of the crash (docs/commits.md)."""

    commit: str
    summary: str
    date: str | None
    confidence: Literal["high", "medium", "low"]
    reason: str
    in_release: bool | None
    repository: str
    revision: str
    revision_from: str
    frames: list[SuspectFrame]
    author: str
    url: str
    pull_request: PullRequest


class Category(TypedDict, total=False):
    """The kind of a crash, and the rule that says so."""

    name: str
    rule: str
    confidence: Literal["high", "medium", "low", "none"]


class Component(TypedDict, total=False):
    """A part of an event that counts for its fingerprint, or does not, and why."""

    what: Literal["exception", "frame", "message"]
    value: str
    counts: bool
    why: str


class Fingerprint(TypedDict, total=False):
    """An event's `grouping` (docs/grouping.md)."""

    version: int
    fingerprint: str | None
    title: str
    category: Category
    components: list[Component]


class _Event(TypedDict, total=False):
    event_id: str
    timestamp: float | str
    platform: str
    release: str
    dist: str
    environment: str
    server_name: str
    transaction: str
    level: str
    logger: str
    message: Any
    logentry: dict[str, Any]
    tags: Any
    user: dict[str, Any]
    contexts: dict[str, Any]
    extra: dict[str, Any]
    request: dict[str, Any]
    breadcrumbs: Any
    sdk: dict[str, Any]
    modules: Any
    """The packages of a program; with `stacktraces`, its images."""
    fingerprint: list[str]


class InputEvent(_Event, total=False):
    """An event: Sentry's JSON, or one of the shorthands with `frames` or `stacktraces` in the event itself."""

    exception: InputExceptions
    threads: InputThreads
    stacktrace: InputStacktrace
    debug_meta: InputDebugMeta
    frames: list[InputFrame]
    stacktraces: list[InputStacktrace]
    images: list[InputImage]
    errors: list[Any]


class ShortStacktrace(OutputStacktrace, total=False):
    """One of `stacktraces`, as it is returned."""

    raw_stacktrace: InputStacktrace


class OutputEvent(_Event, total=False):
    """An event as it is returned."""

    exception: OutputExceptions
    threads: OutputThreads
    stacktrace: OutputStacktrace
    debug_meta: OutputDebugMeta
    frames: list[OutputFrame]
    stacktraces: list[ShortStacktrace]
    images: list[OutputImage]
    raw_stacktrace: InputStacktrace
    """Of `stacktrace` or `frames`: the frames as they came."""
    errors: list[EventError]
    """Each distinct problem once."""
    suspect_commits: list[Suspect]
    """With `repos`."""
    grouping: Fingerprint
    """With `grouping=True`."""
