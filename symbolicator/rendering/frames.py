"""A frame of an event's JSON in words: its call, its place, its source, and why it is not symbolicated.

No content can make any of this raise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import join_position
from symbolicator.model import NO_FILE

Json = Mapping[str, Any]

MAX_ADDRESS = 2000
"""Characters of an address that is linked."""
MAX_REASON = 160
"""Characters of a reason shown on a frame's line."""


_LANGUAGES = {
    "javascript": "js", "node": "js", "android": "java", "cocoa": "native", "objc": "native", "c": "native", "cpp": "native",
    **dict.fromkeys(("csharp", "dotnet", "fsharp", "vb"), ".net"),
}
LANGUAGE_WIDTH = 6


def language(frame: Json) -> str:
    """A label for the frame's platform: `js`, `java`, `native`; other platforms' own names; "" without a platform."""
    platform = frame.get("platform")
    return _LANGUAGES.get(platform, platform) if isinstance(platform, str) else ""


def folded(frame: Json) -> str:
    """Which frames the frame and those it called replaced, as text; "" if none."""
    replaced = as_mapping(as_mapping(frame.get("data")).get("folded"))
    count = replaced.get("frames")
    names = [str(name) for name in as_list(replaced.get("functions"))]
    if not isinstance(count, int) or not names:
        return ""
    return f"… replaces {count} frames, {names[0]} first" if count > 1 else f"… replaces {names[0]}"


def call(frame: Json) -> str:
    """A frame's function, with its class or module if the function alone is ambiguous."""
    function = frame.get("function") or frame.get("symbol") or ("<unknown>" if frame.get("instruction_addr") else "<anonymous>")
    module = frame.get("module")
    if module and language(frame) in ("java", ".net"):
        return f"{module}.{function}"
    return str(function)


def place(frame: Json) -> str:
    """`file:line:column`, as far as it is known; an address for a native frame without a file; "" where nothing is known."""
    path = frame.get("filename") or frame.get("abs_path")
    if status(frame) != "symbolicated":
        path = frame.get("abs_path") or path  # a minified file has no original name: the URL says more
    if not path:
        return " ".join(str(part) for part in (frame.get("package"), frame.get("instruction_addr")) if part)
    return join_position(str(path).removeprefix("./"), frame.get("lineno"), frame.get("colno"))


def hosted(frame: Json) -> str:
    """The address of the frame's line at its repository's host; "" if it is not known, or at no host we know."""
    address = as_mapping(frame.get("data")).get("source_link")
    if not isinstance(address, str) or len(address) > MAX_ADDRESS:
        return ""
    from symbolicator.history.links import is_known  # few frames have a link

    return address if is_known(address) else ""


def status(frame: Json) -> str | None:
    """The frame's `symbolicator_status`; None if it was never symbolicated."""
    word = as_mapping(frame.get("data")).get("symbolicator_status")
    return word if isinstance(word, str) else None


def no_file(frame: Json) -> str | None:
    """Why nothing is missing for a frame that stays raw (`model.NO_FILE`); None if something may be missing."""
    word = as_mapping(frame.get("data")).get(NO_FILE)
    return word if isinstance(word, str) and status(frame) == "raw" else None


def doubt(frame: Json) -> str:
    """A note on a frame that lay on the stack and may be none, as its `trust` says; "" for others."""
    return "found by scanning the stack" if frame.get("trust") in ("scan", "cfi_scan") else ""


def reason(frame: Json) -> str:
    """Why a frame is not symbolicated, in one line; "" if it is, or if nothing was wrong (native code of the engine)."""
    if status(frame) in {None, "symbolicated"}:
        return ""
    problems = problems_of(frame)
    if not problems:
        return ""
    text = " ".join(said(problems[0]).split())
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 1] + "…"


def excerpt(frame: Json, context: int) -> list[tuple[int, str, bool]]:
    """The source around a frame, up to `context` lines on each side: (line number, text, whether it is the frame's own line)."""
    lineno, own = frame.get("lineno"), frame.get("context_line")
    if not isinstance(lineno, int) or not isinstance(own, str):
        return []
    before = [str(line) for line in as_list(frame.get("pre_context"))][-context:] if context > 0 else []
    after = [str(line) for line in as_list(frame.get("post_context"))][: max(context, 0)]
    first = lineno - len(before)
    return [(first + i, text, first + i == lineno) for i, text in enumerate((*before, own, *after))]


def column_of(frame: Json) -> int | None:
    """The 0-based column (UTF-16 code units) in the frame's `context_line`, which may be a part of a longer line; None if it is unknown."""
    inside = as_mapping(frame.get("data")).get("context_column")
    if isinstance(inside, int):
        return inside
    colno = frame.get("colno")
    return colno - 1 if isinstance(colno, int) and colno > 0 else None


def problems_of(frame: Json) -> list[Json]:
    """The problems of a frame."""
    return [problem for problem in as_list(as_mapping(frame.get("data")).get("problems")) if isinstance(problem, Mapping)]


def errors_of(event: Json) -> list[Json]:
    """The `errors` of an event; one that is no object is an empty one."""
    return [as_mapping(error) for error in as_list(event.get("errors"))]


def said(problem: Json) -> str:
    """What is wrong, as a problem says it, or an error that came with the event; "" if it says nothing."""
    return str(problem.get("detail") or problem.get("message") or problem.get("type") or "")


def remedy(problem: Json) -> str:
    """What to do about a problem, in one line; "" if nothing is known. How files are given (`files=`, `-f`) is left out."""
    return " ".join(str(problem.get("hint") or "").replace(" with files=", "").split())


def is_lacking(frame: Json) -> bool:
    """Whether a frame should have been symbolicated, and something is missing for it."""
    return status(frame) != "symbolicated" and no_file(frame) is None


def as_mapping(value: object) -> Json:
    """`value` if it is an object, else an empty one."""
    # The ABC's check is slow, and nearly all are dicts.
    return value if type(value) is dict or isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Any]:
    """`value` as a list if it is one, else an empty one."""
    return list(value) if isinstance(value, list | tuple) else []
