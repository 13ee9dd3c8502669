"""Which of Apple's reports a text is, and the event that it amounts to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from symbolicator.errors import ReportError, TraceError
from symbolicator.patterns import regex
from symbolicator.traces.apple.crash_text import crash_text, diagnostics_text
from symbolicator.traces.apple.headers import is_header
from symbolicator.traces.apple.ips import Crash, is_crash, without_stacks
from symbolicator.traces.apple.metrickit import Binaries, diagnostics, threads, thrown
from symbolicator.traces.apple.stacks import Texts
from symbolicator.traces.json_reports.located import Located, objects_of, read_object
from symbolicator.traces.json_reports.report import Json, JsonReport, Written
from symbolicator.traces.native.apple import SPECIFIC
from symbolicator.traces.native.images import TRAMPOLINES

_TRANSLATED = regex(r"^(?:Thread \d{1,6}(?: name)?:|Binary Images:)", 8)

Find = Callable[[str, str], Any]
"""`find_traces`, of the texts within a report."""


class Document(NamedTuple):
    """A report in a text: its header, where it has one, and itself."""

    header: Located | None
    body: Located
    diagnostics: bool
    """Whether it is MetricKit's."""


def find_document(text: str) -> Document | None:
    """The first of Apple's reports in a text, or None. A crash report's first document alone makes one too: what it is stands there."""
    for found in objects_of(text):
        # Below a report that was translated to text the same one stands again as JSON.
        if _TRANSLATED.search(text, 0, found.start) is not None:
            return None
        if is_header(found):
            body = read_object(text, found.end)
            if body is None and text.startswith("{", len(text) - len(text[found.end :].lstrip())):
                raise ReportError("this starts like an Apple report, but its first line is not followed by JSON: was it truncated?")
            if body is None:
                return None  # what follows is text: reports before iOS 15, and samples
            return Document(found, body, not is_crash(body) and bool(diagnostics(body)))
        if is_crash(found):
            return Document(None, found, diagnostics=False)
        if diagnostics(found):
            return Document(None, found, diagnostics=True)
    return None


def read_apple(text: str, find: Find) -> JsonReport | None:
    """The report that a text is; None where it is none. Raises `ReportError` where it is one without stacks, and says which."""
    document = find_document(text)
    if document is None:
        return None
    values: list[tuple[Json, Written]] = []
    others: list[tuple[Json, Written | None]] = []
    if document.diagnostics:
        images = _of_diagnostics(document.body, values, others)
    else:
        if not is_crash(document.body):
            raise ReportError(f"this is {without_stacks(document.header or {}, document.body)}")
        images = _of_crash(Crash(document.body), values, others, find)
    event = _event(values, others, images)
    if event is None:
        raise ReportError("this is a report of Apple's in which no stack has a frame")
    stacks = [stack for _, stack in values] + [stack for _, stack in others if stack is not None]
    return JsonReport(text, event, stacks, _plain, "apple json")


def _of_crash(crash: Crash, values: list[tuple[Json, Written]], others: list[tuple[Json, Written | None]], find: Find) -> list[Json]:
    """The stacks of a crash report, the crash itself the last of `values`; its images."""
    values += _of_texts(crash, find)
    last, is_known = crash.last_exception, bool(values) and values[-1][0].get("type") == SPECIFIC
    if last is not None:
        values.append((crash.thrown(), last))
    elif is_known:
        values[-1] = crash.thrown(), values[-1][1]
    for thread, stack in crash.threads():
        if thread.get("crashed") and stack.frames and last is None and not is_known:
            values.append(({**crash.died(), "thread_id": thread["id"]}, stack))
            others.append((thread, None))
            is_known = True
        elif stack.frames or thread.get("crashed"):
            others.append((thread, stack if stack.frames else None))
    return crash.images


def _of_diagnostics(body: Located, values: list[tuple[Json, Written]], others: list[tuple[Json, Written | None]]) -> list[Json]:
    binaries, number = Binaries(), 0
    for diagnostic in diagnostics(body):
        stacks = list(threads(diagnostic.entry, binaries))
        blamed = next((stack for stack in stacks if stack.attributed), stacks[0] if stacks else None)
        for stack in stacks:
            if not stack.stack.frames:
                continue
            if stack is blamed:
                values.append(({**thrown(diagnostic), "thread_id": number}, stack.stack))
                others.append(({"id": number, "current": True, **({"crashed": True} if diagnostic.is_crash else {})}, None))
            else:
                others.append(({"id": number}, stack.stack))
            number += 1
    return binaries.images


def _of_texts(crash: Crash, find: Find) -> Iterator[tuple[Json, Texts]]:
    """The stacks that stand as text within the report. The same one may stand there twice."""
    seen: set[str] = set()
    for text, (start, end), native in crash.texts():
        if not (native or ", stack:" in text) or text in seen:
            continue
        seen.add(text)
        try:
            stack = Texts(find(text, "native" if native else "javascript"), start, end)
        except TraceError:
            continue
        if native:
            _mark_returned(stack.frames)
        yield {"type": SPECIFIC} if native else {**stack.value, "mechanism": {"type": "chained", "source": "reason"}}, stack


def _mark_returned(frames: Sequence[Json]) -> None:
    """Say of frames (caller first) that they are return addresses, all of them: those of an exception's own stack."""
    for frame, callee in zip(frames, [*frames[1:], {}], strict=True):
        if "instruction_addr" in frame:
            frame["adjust_instruction_addr"] = str(callee.get("function") or "") not in TRAMPOLINES


def _event(values: list[tuple[Json, Written]], others: list[tuple[Json, Written | None]], images: list[Json]) -> Json | None:
    """The event of these stacks; None where they have no frame."""
    if not any(stack.frames for _, stack in values) and not any(stack and stack.frames for _, stack in others):
        return None
    event: Json = {"platform": "native"}
    if values:
        exceptions = [{**value, "stacktrace": {"frames": stack.frames}} for value, stack in values]
        if len(exceptions) > 1:  # none of them caused another, but for an error that stands in the reason of the last one
            for at, value in enumerate(exceptions):
                mechanism = {"type": "generic", **value.get("mechanism", {}), "exception_id": len(exceptions) - 1 - at}
                value["mechanism"] = {**mechanism, "parent_id": 0} if mechanism.get("source") == "reason" else mechanism
        event["exception"] = {"values": exceptions}
    if others:
        event["threads"] = {
            "values": [thread if stack is None else {**thread, "stacktrace": {"frames": stack.frames}} for thread, stack in others]
        }
    if images:
        event["debug_meta"] = {"images": images}
    return event


def _plain(text: str) -> str:
    """A text with a report in it, the report in the form of a `.crash` file."""
    document = find_document(text)
    if document is None:
        return text
    start = (document.header or document.body).start
    head, tail = text[:start], text[document.body.end :]
    written = diagnostics_text(document.body) if document.diagnostics else crash_text(document.header or {}, document.body)
    return head + written + tail.lstrip("\r\n")
