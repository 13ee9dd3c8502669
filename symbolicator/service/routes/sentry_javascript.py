"""`POST /symbolicate-js`: JavaScript for clients of Sentry's Symbolicator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct
from werkzeug.wrappers import Response

from symbolicator import event as event_json
from symbolicator.service.answers import json_answer
from symbolicator.service.event_requests import model_in
from symbolicator.service.openapi import json_operation
from symbolicator.service.routes import Route, View
from symbolicator.service.script_lines import ScriptLines
from symbolicator.service.sentry import Number, Options, Order, Problems, Text, context_of, in_order, order_of, problems_of, wants_context
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_BY_ID = "debug_id"
_RESOLVED = {_BY_ID: "debug-id", "release": "release", "url": "url", "path": "url", "inline": "url"}
_ERRORS = frozenset(("invalid_location", "missing_source", "missing_sourcemap", "malformed_sourcemap", "missing_source_content"))
_NO_REFERENCE = "(it has no sourceMappingURL)"
"""A script without a map is no error there: it may be the source."""
_INLINE = ("inline", _BY_ID)
"""How maps are found that have no URL of their own."""


class SentryScriptModule(Struct, kw_only=True):
    """A script, and its debug id."""

    type: Text = "sourcemap"
    code_file: Text = None
    debug_id: Text = None


class SentryScriptData(Struct, omit_defaults=True, kw_only=True):
    """How a frame was symbolicated."""

    symbolicated: bool
    sourcemap: Text = None
    resolved_with: Text = None


class SentryRawScriptFrame(Struct, omit_defaults=True, kw_only=True):
    """A frame as it is sent; `lineno` and `colno` count from 1. Those in no script (`at Object.hasOwnProperty (<anonymous>)`) have
    neither path nor line: they come back as sent, and the others of their stack are symbolicated.
    """

    abs_path: Text = None
    lineno: Number = None
    colno: Number = None
    function: Text = None
    filename: Text = None
    module: Text = None
    platform: Text = None
    pre_context: list[str] | None = None
    context_line: Text = None
    post_context: list[str] | None = None


class SentryScriptFrame(SentryRawScriptFrame, omit_defaults=True, kw_only=True):
    """A frame, symbolicated or as it was sent."""

    data: SentryScriptData


class SentryRawScriptStack(Struct):
    """A stack as it is sent."""

    frames: list[SentryRawScriptFrame]


class SentryScriptStack(Struct):
    """A stack, with as many frames as were sent."""

    frames: list[SentryScriptFrame]


class SentryScriptOptions(Options):
    """How to answer."""


class SentryScraping(Struct):
    """Whether scripts may be fetched, which we never do: it decides what a missing one is called."""

    enabled: bool | None = None


class SentryScriptRequest(Struct, kw_only=True):
    """Stacks and the debug ids of scripts; frames are caller first unless `options` say otherwise."""

    stacktraces: list[SentryRawScriptStack] = []
    modules: list[SentryScriptModule] = []
    platform: Text = None
    release: Text = None
    dist: Text = None
    options: SentryScriptOptions | None = None
    scraping: SentryScraping | None = None
    allow_scraping: bool | None = None


class SentryScriptError(Struct, omit_defaults=True, kw_only=True, frozen=True, order=True):
    """What is wrong with a script; which members it has depends on its `type`."""

    abs_path: str
    type: str
    line: int = 0
    col: int = 0
    url: str = ""
    source: str = ""
    sourcemap: str = ""


class SentryScriptAnswer(Problems, omit_defaults=True, kw_only=True):
    """The stacks in the order of the request, and beside them as they were sent."""

    status: Literal["completed"]
    stacktraces: list[SentryScriptStack]
    raw_stacktraces: list[SentryScriptStack]
    errors: list[SentryScriptError] = []


def _make(work: Work) -> View:
    def symbolicate_js() -> Response:
        asked = model_in(current_request(), work, SentryScriptRequest)
        work.check_frames(sum(len(stack.frames) for stack in asked.stacktraces))
        event = event_json.read_frames(_event(asked))
        out = work.run(event)
        return json_answer(_answer(asked, out, ScriptLines(work, event)))

    return symbolicate_js


def _event(asked: SentryScriptRequest) -> dict[str, Any]:
    order = _order(asked)
    stacks = [{"frames": in_order(map(_raw, stack.frames), order, "caller_first")} for stack in asked.stacktraces]
    images = [msgspec.to_builtins(module) for module in asked.modules]
    return {
        "platform": "javascript",
        "release": asked.release,
        "dist": asked.dist,
        "stacktraces": stacks,
        "modules": images,
    }


def _raw(frame: SentryRawScriptFrame) -> dict[str, Any]:
    """A frame for the engine: whatever its platform is called, here it is a script's."""
    return {**msgspec.to_builtins(frame), "platform": "javascript"}


def _order(asked: SentryScriptRequest) -> Order:
    return order_of(asked.options, "caller_first")


def _answer(asked: SentryScriptRequest, out: Mapping[str, Any], lines: ScriptLines) -> SentryScriptAnswer:
    order = _order(asked)
    with_context = wants_context(asked.options)
    fetching = not (asked.allow_scraping is False or (asked.scraping and asked.scraping.enabled is False))
    errors: set[SentryScriptError] = set()
    stacks, raw = [], []
    for stack, made in zip(asked.stacktraces, out["stacktraces"], strict=True):
        sent = in_order(stack.frames, order, "caller_first")
        # The innermost function of a frame is the last: there, a frame sent is a frame answered.
        answers = {one["data"]["raw_index"]: one for one in made["frames"]}
        frames = [_frame(frame, answers.get(index, {}), with_context) for index, frame in enumerate(sent)]
        for index, frame in enumerate(sent):
            for problem in answers.get(index, {}).get("data", {}).get("problems", ()):
                errors.update(_error(frame, problem, fetching))
        stacks.append(SentryScriptStack(in_order(frames, "caller_first", order)))
        minified = [_minified(frame, answers.get(index, {}), lines if with_context else None) for index, frame in enumerate(sent)]
        raw.append(SentryScriptStack(in_order(minified, "caller_first", order)))
    return SentryScriptAnswer(status="completed", stacktraces=stacks, raw_stacktraces=raw, errors=sorted(errors), problems=problems_of(out))


def _as_sent(frame: SentryRawScriptFrame) -> SentryScriptFrame:
    return SentryScriptFrame(**msgspec.structs.asdict(frame), data=SentryScriptData(symbolicated=False))


def _minified(sent: SentryRawScriptFrame, out: Mapping[str, Any], lines: ScriptLines | None) -> SentryScriptFrame:
    """A frame as it was sent, with the lines of its script around it."""
    frame = _as_sent(sent)
    known = "resolved_with" in out.get("data", {}) and sent.context_line is None
    if lines is None or not known or sent.abs_path is None or sent.lineno is None:
        return frame
    return msgspec.structs.replace(frame, **lines.around(sent.abs_path, sent.lineno, sent.colno or 1))


def _frame(sent: SentryRawScriptFrame, out: Mapping[str, Any], with_context: bool) -> SentryScriptFrame:
    data = out.get("data", {})
    how, name = data.get("resolved_with"), data.get("sourcemap")
    context = context_of(out) if with_context else {}
    if name is None or data.get("symbolicator_status") != "symbolicated":
        plain = _as_sent(sent)  # it may be the source itself: then its lines are known
        return msgspec.structs.replace(plain, **context) if data.get("symbolicator_status") == "symbolicated" else plain
    url = sent.abs_path or sent.filename
    return SentryScriptFrame(
        abs_path=out.get("abs_path") or sent.abs_path,
        lineno=out.get("lineno") or sent.lineno,
        colno=out.get("colno"),
        function=out.get("function"),
        filename=out.get("filename"),
        module=out.get("module"),
        platform=sent.platform,
        data=SentryScriptData(symbolicated=True, sourcemap=url if how in _INLINE else name, resolved_with=_RESOLVED.get(how, "unknown")),
        **context,
    )


def _error(sent: SentryRawScriptFrame, problem: Mapping[str, Any], fetching: bool) -> list[SentryScriptError]:
    """A problem of ours as that side says it; those it does not know are in `problems` only."""
    kind, artifact = problem["type"], problem.get("artifact") or ""
    if kind not in _ERRORS or (kind == "missing_sourcemap" and problem["detail"].endswith(_NO_REFERENCE)):
        return []
    if kind == "missing_source" and not fetching:
        kind = "scraping_disabled"
    members: dict[str, Any] = {}
    if kind == "invalid_location":
        members = {"line": sent.lineno or 0, "col": sent.colno or 0}
    elif kind == "malformed_sourcemap":
        members = {"url": artifact}
    elif kind == "missing_source_content":
        members = {"source": _source_in(problem["detail"]), "sourcemap": artifact}
    return [SentryScriptError(abs_path=sent.abs_path or sent.filename or "", type=kind, **members)]


def _source_in(detail: str) -> str:
    """The source that a problem says has no text: `a.map has no text for SOURCE, and no …`."""
    return detail.partition(" has no text for ")[2].partition(", and no such file")[0]


ROUTE = Route(
    "POST",
    "/symbolicate-js",
    _make,
    json_operation("symbolicateJs", "Symbolicate JavaScript, as Sentry's Symbolicator", SentryScriptRequest, SentryScriptAnswer),
    guarded=True,
    models=(SentryScriptRequest, SentryScriptAnswer),
)
