"""Walked minidumps in a text, and the event that one amounts to."""

from __future__ import annotations

from symbolicator.errors import ReportError
from symbolicator.traces.json_reports.located import Located, objects_of
from symbolicator.traces.json_reports.report import Json, JsonReport, Written
from symbolicator.traces.minidump.walk import Walk, is_walk
from symbolicator.traces.minidump.walk_text import walk_text


def find_document(text: str) -> tuple[Located, Located] | None:
    """The first walked minidump in a text, and the object around it: Socorro's processed crashes have one as `json_dump`."""
    for found in objects_of(text):
        for body in (found, found.get("json_dump")):
            if isinstance(body, Located) and is_walk(body):
                return body, found
    return None


def read_walk(text: str) -> JsonReport | None:
    """The walked minidump that a text is; None where it is none. Raises `ReportError` if no stack in it has a frame."""
    document = find_document(text)
    if document is None:
        return None
    walk = Walk(document[0])
    stacks: list[Written] = []
    threads: list[Json] = []
    event: Json = {"platform": "native"}
    for thread, stack, registers in walk.threads():
        trace: Json = {"frames": stack.frames, **({"registers": dict(registers)} if registers else {})}
        threads.append(thread)
        if stack.frames and thread.get("crashed"):
            event["exception"] = {"values": [{**walk.died(), "thread_id": thread["id"], "stacktrace": trace}]}
            stacks.insert(0, stack)
        elif stack.frames:
            thread["stacktrace"] = trace
            stacks.append(stack)
    if not stacks:
        raise ReportError("this is a walked minidump in which no stack has a frame")
    event["threads"] = {"values": threads}
    if walk.images:
        event["debug_meta"] = {"images": walk.images}
    return JsonReport(text, event, stacks, _plain, "minidump json")


def _plain(text: str) -> str:
    """A text with a walked minidump in it, that in the form in which the walker prints it."""
    document = find_document(text)
    if document is None:
        return text
    body, around = document
    return text[: around.start] + walk_text(body) + text[around.end :].lstrip("\r\n")
