"""`POST /symbolicate-jvm`: Java and Kotlin for clients of Sentry's Symbolicator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct
from werkzeug.wrappers import Response

from symbolicator import event as event_json
from symbolicator.service.answers import json_answer
from symbolicator.service.event_requests import model_in
from symbolicator.service.openapi import json_operation
from symbolicator.service.routes import Route, View
from symbolicator.service.sentry import Number, Options, Order, Problems, Text, context_of, in_order, order_of, problems_of, wants_context
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_IMAGES = {"proguard": {"type": "proguard"}, "source": {"type": "jvm"}}


class SentryJvmModule(Struct):
    """A mapping, or a bundle of sources, by the uuid that the app's build gave it."""

    uuid: str
    type: Literal["proguard", "source"]


class SentryJvmException(Struct):
    """The class of an exception: its name and its package, which may be empty."""

    type: str
    module: str


class SentryJvmFrame(Struct, omit_defaults=True, kw_only=True):
    """A frame; `index` is the sender's, and shared by the frames of methods that were inlined."""

    function: str
    module: str
    index: int
    filename: Text = None
    abs_path: Text = None
    lineno: Number = None
    signature: Text = None
    in_app: bool | None = None
    platform: Text = None
    method_synthesized: bool = False
    pre_context: list[str] | None = None
    context_line: Text = None
    post_context: list[str] | None = None


class SentryJvmStack(Struct, omit_defaults=True, kw_only=True):
    """A stack, and the exception that it belongs to."""

    frames: list[SentryJvmFrame]
    exception: SentryJvmException | None = None


class SentryJvmOptions(Options):
    """How to answer."""


class SentryJvmRequest(Struct, kw_only=True):
    """Exceptions, stacks and further classes of one event; frames are caller first unless `options` say otherwise."""

    exceptions: list[SentryJvmException] = []
    stacktraces: list[SentryJvmStack] = []
    modules: list[SentryJvmModule] = []
    classes: list[str] = []
    release_package: Text = None
    options: SentryJvmOptions | None = None


class SentryJvmError(Struct):
    """A mapping that is not there, or cannot be read."""

    uuid: str
    type: Literal["missing", "invalid"]


class SentryJvmAnswer(Problems, omit_defaults=True, kw_only=True):
    """The original names; `classes` has those that changed."""

    status: Literal["completed"]
    exceptions: list[SentryJvmException]
    stacktraces: list[SentryJvmStack]
    classes: dict[str, str]
    errors: list[SentryJvmError]


def _make(work: Work) -> View:
    def symbolicate_jvm() -> Response:
        asked = model_in(current_request(), work, SentryJvmRequest)
        work.check_frames(sum(len(stack.frames) for stack in asked.stacktraces))
        out = work.run(event_json.read_frames(_event(asked)))
        return json_answer(_answer(asked, out))

    return symbolicate_jvm


def _event(asked: SentryJvmRequest) -> dict[str, Any]:
    """The request as an event: an exception for each stack, for each exception and for each class."""
    values = [{**_named(stack.exception), "stacktrace": {"frames": _frames(stack, _order(asked))}} for stack in asked.stacktraces]
    values += [_named(one) for one in asked.exceptions]
    values += [{"type": name} for name in asked.classes]
    images = [{**_IMAGES[one.type], "uuid": one.uuid, "debug_id": one.uuid} for one in asked.modules]
    return {"platform": "java", "exception": {"values": values}, "debug_meta": {"images": images}}


def _order(asked: SentryJvmRequest) -> Order:
    return order_of(asked.options, "caller_first")


def _named(exception: SentryJvmException | None) -> dict[str, Any]:
    return {} if exception is None else {"type": exception.type, "module": exception.module}


def _frames(stack: SentryJvmStack, order: Order) -> list[dict[str, Any]]:
    """The frames for the engine: whatever their platform is called, here they are Java's."""
    return [{**msgspec.to_builtins(frame), "platform": "java"} for frame in in_order(stack.frames, order, "caller_first")]


def _answer(asked: SentryJvmRequest, out: Mapping[str, Any]) -> SentryJvmAnswer:
    values = iter(out["exception"]["values"])
    stacks = [_stack(asked, stack, next(values)) for stack in asked.stacktraces]
    exceptions = [_class_of(one, next(values)) for one in asked.exceptions]
    classes = {name: found for name in asked.classes if (found := next(values).get("type") or name) != name}
    return SentryJvmAnswer(
        status="completed",
        exceptions=exceptions,
        stacktraces=stacks,
        classes=classes,
        errors=_errors(asked.modules, out["debug_meta"]["images"]),
        problems=problems_of(out),
    )


def _class_of(sent: SentryJvmException, out: Mapping[str, Any]) -> SentryJvmException:
    return SentryJvmException(type=out.get("type") or sent.type, module=out.get("module") or ("" if "raw_type" in out else sent.module))


def _stack(asked: SentryJvmRequest, sent: SentryJvmStack, out: Mapping[str, Any]) -> SentryJvmStack:
    order = _order(asked)
    listed = in_order(sent.frames, order, "caller_first")
    with_context = wants_context(asked.options)
    frames = [_frame(asked, listed[one["data"]["raw_index"]], one, with_context) for one in out["stacktrace"]["frames"]]
    exception = None if sent.exception is None else _class_of(sent.exception, out)
    return SentryJvmStack(frames=in_order(frames, "caller_first", order), exception=exception)


def _frame(asked: SentryJvmRequest, sent: SentryJvmFrame, out: Mapping[str, Any], with_context: bool) -> SentryJvmFrame:
    module = out.get("module") or sent.module
    found = out.get("filename") != sent.filename
    ours = asked.release_package is not None and module.startswith(asked.release_package)
    return SentryJvmFrame(
        function=out.get("function") or sent.function,
        module=module,
        index=sent.index,
        filename=out.get("filename"),
        abs_path=out.get("filename") if found else sent.abs_path,
        lineno=out.get("lineno"),
        signature=sent.signature,
        in_app=True if sent.in_app is None and ours else sent.in_app,
        platform=sent.platform,
        method_synthesized=sent.method_synthesized,
        **(context_of(out) if with_context else {}),
    )


def _errors(modules: Sequence[SentryJvmModule], images: Sequence[Mapping[str, Any]]) -> list[SentryJvmError]:
    """The mappings that were asked for and are not there; what no frame needed was not looked for."""
    found = []
    for module, image in zip(modules, images, strict=True):
        status = image.get("debug_status")
        if module.type == "proguard" and status in ("missing", "malformed"):
            found.append(SentryJvmError(module.uuid, "missing" if status == "missing" else "invalid"))
    return found


ROUTE = Route(
    "POST",
    "/symbolicate-jvm",
    _make,
    json_operation("symbolicateJvm", "Symbolicate Java, as Sentry's Symbolicator", SentryJvmRequest, SentryJvmAnswer),
    guarded=True,
    models=(SentryJvmRequest, SentryJvmAnswer),
)
