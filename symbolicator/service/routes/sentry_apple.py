"""`POST /applecrashreport`: Apple's crash reports for clients of Sentry's Symbolicator, as native stacks with what their heads say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from werkzeug.wrappers import Response

from symbolicator.errors import TraceError
from symbolicator.event.wire import read_json
from symbolicator.patterns import regex
from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.event_requests import FORM, as_model, form_fields
from symbolicator.service.openapi import answer, form_operation
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.routes.sentry_native import answer_to
from symbolicator.service.sentry import Number, Text
from symbolicator.service.sentry_native_models import SentryModule, SentryNativeAnswer, SentryNativeRequest, SentryOptions
from symbolicator.service.uploads import current_request
from symbolicator.traces.encoded import text_in

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_REPORT = "apple_crash_report"
_FIELDS = (_REPORT, "options")
_MODULE = SentryModule.__struct_fields__
_HEAD = 16 << 10
"""Characters in which a report says what its lines of `Name: value` say."""
_LINE = regex(r"(?m)^([A-Z][A-Za-z/ ]{2,30}):[ \t]{1,40}(\S.{0,300})$")
_SYSTEM = regex(r"(.{1,60}?) ([0-9][0-9.]{0,20})(?: \(([0-9A-Za-z]{1,20})\))?")
_DETAILS = regex(r"(?m)^Application Specific Information:\n((?:.+\n){1,40})")
_CPUS = {"X86-64": "x86_64", "X86": "x86", "ARM-64": "arm64", "ARM": "arm", "PPC": "ppc", "PPC64": "ppc64"}
_TIME = "%Y-%m-%d %H:%M:%S.%f %z"


class SentrySystem(Struct, omit_defaults=True):
    """The device and its system."""

    os_name: str = ""
    os_version: str = ""
    os_build: str = ""
    cpu_arch: str = ""
    device_model: str = ""


class SentryAppleAnswer(SentryNativeAnswer, omit_defaults=True, kw_only=True):
    """The report's threads; an exception's own stack stands after them, without a `thread_id`. `timestamp` is in seconds since 1970."""

    crashed: bool
    timestamp: Number = None
    system_info: SentrySystem
    crash_reason: Text = None
    crash_details: Text = None


def _make(work: Work) -> View:
    def applecrashreport() -> Response:
        fields = dict(_fields(work))
        if _REPORT not in fields:
            raise Refusal(400, "missing apple crash report", f"send it as the field {_REPORT} of a form ({FORM})")
        text = text_in(fields[_REPORT])
        event, plain = _read(work, text)
        asked = _asked(event, fields.get("options"))
        return json_answer(_with_head(answer_to(work, asked), plain, asked))

    return applecrashreport


def _fields(work: Work) -> list[tuple[str, bytes]]:
    request = current_request()
    work.gate.check()
    return form_fields(request, work, _FIELDS)


def _read(work: Work, text: str) -> tuple[Mapping[str, Any], str]:
    """The event of a report, and the report as people read it."""
    from symbolicator.traces import find_traces_within

    try:
        traces = find_traces_within(text, work.engine.settings.bounds)
    except TraceError as error:
        raise Refusal(400, f"the report cannot be read: {error}", "send a crash report of Apple's systems") from error
    return traces.event, traces.plain(traces.event)


def _asked(event: Mapping[str, Any], options: bytes | None) -> SentryNativeRequest:
    """The report as a request for its stacks, callee first."""
    stacks = _stacks(_values(event, "threads"), _values(event, "exception"))
    images = event.get("debug_meta", {}).get("images", ())
    modules = [{key: value for key, value in image.items() if key in _MODULE} for image in images]
    asked = as_model({"stacktraces": stacks, "modules": modules}, SentryNativeRequest)
    if options is not None:
        try:
            asked.options = as_model(read_json(options), SentryOptions)
        except ValueError as error:
            raise Refusal(400, f"`options` is not JSON: {error}") from error
        if asked.options.frame_order == "caller_first":
            for stack in asked.stacktraces:
                stack.frames.reverse()
    return asked


def _values(event: Mapping[str, Any], group: str) -> Sequence[Mapping[str, Any]]:
    values: Sequence[Mapping[str, Any]] = event.get(group, {}).get("values", ())
    return values


def _stacks(threads: Sequence[Mapping[str, Any]], exceptions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The threads' stacks by their numbers, also those that are exceptions'; then those of exceptions that are no thread's."""
    of_threads = {one["thread_id"]: one for one in exceptions if "thread_id" in one}
    owned = [(thread, thread if thread.get("stacktrace") else of_threads.pop(thread.get("id"), {})) for thread in threads]
    owned.sort(key=lambda each: number if isinstance(number := each[0].get("id"), int) else len(threads))
    rest = [one for one in exceptions if "thread_id" not in one or one["thread_id"] in of_threads]
    owned += [({"name": one.get("type"), "id": one.get("thread_id")}, one) for one in rest]
    return [_stack(owner["stacktrace"], thread) for thread, owner in owned if owner.get("stacktrace")]


def _stack(stack: Mapping[str, Any], thread: Mapping[str, Any]) -> dict[str, Any]:
    number = thread.get("id")
    return {
        "thread_id": number if isinstance(number, int) else None,
        "thread_name": thread.get("name"),
        "is_requesting": bool(thread.get("crashed")),
        "frames": [_frame(frame) for frame in reversed(stack["frames"])],
    }


def _frame(frame: Mapping[str, Any]) -> dict[str, Any]:
    """A frame without the short name of its image, which the modules say in full."""
    kept = {key: frame[key] for key in ("adjust_instruction_addr", "function", "filename", "lineno") if key in frame}
    return {"instruction_addr": frame.get("instruction_addr", 0), **kept}


def _with_head(found: SentryNativeAnswer, text: str, asked: SentryNativeRequest) -> SentryAppleAnswer:
    text = text[:_HEAD]
    head: dict[str, str] = {}
    for line in _LINE.finditer(text):
        head.setdefault(line[1], line[2].strip())
    details = _DETAILS.search(text)
    system = _SYSTEM.fullmatch(head.get("OS Version", ""))
    name, version, build = ("", "", "") if system is None else (part or "" for part in system.groups())
    cpu = head.get("Code Type", "").partition(" ")[0]
    return SentryAppleAnswer(
        **msgspec.structs.asdict(found),
        crashed=any(stack.is_requesting for stack in asked.stacktraces),
        timestamp=_seconds(head.get("Date/Time", "")),
        system_info=SentrySystem(name, version, build, _CPUS.get(cpu.upper(), cpu.lower()), head.get("Hardware Model", "")),
        crash_reason=head.get("Exception Type"),
        crash_details=None if details is None else details[1].strip(),
    )


def _seconds(written: str) -> int | None:
    try:
        return int(datetime.strptime(written, _TIME).timestamp())
    except (ValueError, OverflowError):
        return None


ROUTE = Route(
    "POST",
    "/applecrashreport",
    _make,
    form_operation(
        "appleCrashReport",
        "Symbolicate an Apple crash report, as Sentry's Symbolicator",
        {_REPORT: "A crash report (`.crash`, `.ips`)", "options": "As of `POST /symbolicate`, JSON"},
        answer(SentryAppleAnswer.__name__, JSON),
    ),
    guarded=True,
    models=(SentryAppleAnswer,),
)
