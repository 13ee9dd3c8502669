"""The line that says what was thrown: `TypeError: x is undefined`, in all the forms of engines and loggers.

::

    Uncaught (in promise) TypeError: x          [cause]: RangeError: y          Caused by: Error: z
    AssertionError [ERR_ASSERTION]: 1 == 2      [AggregateError: All promises were rejected] {       { Error: old Node
    u [GaugeError]: z      (node, where a minifier renamed the class `u` and `name` says what it was)

Whether a line *is* the header of a stack depends on its position, which `scan.py` checks; here it gets a grade.
"""

from __future__ import annotations

from functools import cache
from re import Pattern

import msgspec

from symbolicator.patterns import compile_pattern
from symbolicator.traces.lines import body_start

SURE, LIKELY, MAYBE = 3, 2, 1
"""An error-like type starts the line; one is somewhere in the line; a capitalised word and a colon."""


class Header(msgspec.Struct, frozen=True):
    """A parsed header line. `type_start` … `value_end` are positions in the line's plain text."""

    type: str | None
    value: str
    grade: int
    indent: int
    relation: str = ""
    """`cause` (node's `[cause]:`, or `cause:` where it was assigned; nested by indentation), `caused by` (below what it
    caused), one of Java's (`java/headers.py`), or nothing.
    """
    type_start: int = 0
    type_end: int = 0
    value_start: int = 0
    value_end: int = 0
    module: str | None = None
    """The package of a Java class; `type_start` is then its beginning."""


# Only words that end like an error's name, entered at their start, of bounded length: so a megabyte of letters is scanned once.
_TYPE = (
    r"(?<![\w$.])((?:[A-Za-z_$][\w$]{0,100}\.){0,10}(?:[A-Za-z_$][\w$]{0,100}?)?"
    r"(?:Error|(?<=\w)Exception|(?<=\w)Failure|(?<=\w)Rejection|(?<=\w)Warning)|Invariant Violation|(?:console\.)?Trace)"
    r"(?: \[[\w-]{1,80}\])?(?=:(?:\s|$)|\s*\{?$|\]:\s|\](?: \{)?,?$)"
)
_LEADS = (
    r"(?:(?:Uncaught|Unhandled|\(in promise\)|Error|[Rr]ejection|[Pp]romise|Caused by|\[cause\]|cause|Exception|Thrown|EXCEPTION"
    r"|[{\[\"'×✖●✗-]|\d{1,4}\)|[A-Za-z_$][\w$]{0,40} (?=\[))[: ]*+)*+"
)
_MAYBE = r"([A-Z][\w$.]{0,100})(?: \[[\w-]{1,80}\])?: "
_UNHANDLED = "Unhandled JS Exception: "
_THROWN = r"(?:Uncaught|Unhandled)(?: \(in promise\))?(?: (?:exception|rejection))?:? "


@cache
def _pattern(source: str) -> Pattern[str]:
    return compile_pattern(source)


def read_header(plain: str) -> Header | None:
    """The header that a line may be, None if it cannot be one."""
    indent = body_start(plain)
    if not len(plain) - indent > 0:
        return None
    relation = (
        "cause" if plain.startswith(("[cause]:", "cause:"), indent) else "caused by" if plain.startswith("Caused by:", indent) else ""
    )
    found = _pattern(_TYPE).search(plain, indent)
    if found is not None:
        leads = _pattern(_LEADS).match(plain, indent, found.start(1))
        grade = SURE if leads is not None and leads.end() == found.start(1) else LIKELY
        return _header(plain, indent, relation=relation, grade=grade, span=found.span(1), end=found.end())
    thrown = _pattern(_THROWN).match(plain, indent)
    if thrown is not None:
        return Header(None, plain[thrown.end() :].strip(), SURE, indent, relation, 0, 0, thrown.end(), len(plain.rstrip()))
    if relation:
        start = plain.index(":", indent) + 1
        return Header(None, plain[start:].strip(), SURE, indent, relation, 0, 0, min(start + 1, len(plain)), len(plain.rstrip()))
    maybe = _pattern(_MAYBE).match(plain, indent)
    if maybe is None:
        return None
    return _header(plain, indent, relation=relation, grade=MAYBE, span=maybe.span(1), end=maybe.end(1))


def _header(plain: str, indent: int, *, relation: str, grade: int, span: tuple[int, int], end: int) -> Header:
    """The header with its type at `span` and its value after `end` (and a colon)."""
    start = end
    while start < len(plain) and plain[start] in ": ]":
        start += 1
    stop = len(plain.rstrip())
    if plain[span[0] - 1 : span[0]] == "[" and not plain.startswith(
        "]:", end
    ):  # `[AggregateError: x] {`: how node shows an error without frames
        for tail in (",", " {", "]"):
            stop -= len(tail) * plain.endswith(tail, start, stop)
    stop = max(start, stop)
    kind = plain[span[0] : span[1]]
    value = plain[start:stop]
    if kind.endswith(("JavascriptException", "RCTFatalException")):  # React Native: the JavaScript error is this one's message
        # iOS says it twice, the second time at length: `'RCTFatalException: Unhandled JS Exception: …', reason: 'Unhandled JS Exception: …`
        start = max(plain.rfind(_UNHANDLED) + len(_UNHANDLED), start) if _UNHANDLED in plain else start
        value = plain[start:stop]
        inner = _pattern(_TYPE).match(plain, start)
        value = value.removesuffix(", stack:").removesuffix(" stack:")
        stop = start + len(value)
        if inner is not None:
            kind, span = inner[1], inner.span(1)
            start = inner.end()
            while start < stop and plain[start] in ": ":
                start += 1
            value = plain[start:stop]
    if value in {"{", "["}:
        value, stop = "", start
    return Header(kind, value, grade, indent, relation, span[0], span[1], start, stop)


def text_header(plain: str) -> Header | None:
    """A line without a type right above a stack, used as the message; None if it says nothing."""
    indent = body_start(plain)
    end = len(plain.rstrip())
    if not any(c.isalnum() for c in plain[indent:end]):
        return None
    return Header(None, plain[indent:end], MAYBE, indent, "", 0, 0, indent, end)
