"""Apple's crash reports as text: their frames, and the lines above their stacks.

::

    Exception Type:  EXC_BAD_ACCESS (SIGSEGV)                     what the process died of; below it more of that
    Last Exception Backtrace:                                     where an exception was thrown that nobody caught
    Application Specific Backtrace 1:                             the same, of AppKit; it has the process' name where others have an image's
    Thread 0 name:  Dispatch queue: com.apple.main-thread
    Thread 0 Crashed:                                             iOS; Crashed:: Dispatch queue: com.apple.main-thread   macOS
    1   UIKitCore        0x00007ff80d0f1a2b -[UIApplication run] + 815
    2   apiary           0x00000001007c4c70 0x100020000 + 8014960
    3   apiary           0x00000001007c4c70 main + 12 (main.swift:12)
    4   apiary           0x00000001007c4c70 0x100020000 + 8014960 (run + 12)    KSCrash

KSCrash, PLCrashReporter and Swift before 5.9 write these too, Xcode and TestFlight with other blanks. Where an exception was thrown is the
crash: the thread that is said to have crashed stands in `abort` then, and is one of the threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.headers import SURE, Header
from symbolicator.traces.lines import Line, body_start
from symbolicator.traces.native.frames import data_of, make_native, name_of, offset_of, place_of

Json = Mapping[str, Any]
MAX_HEADING = 4
"""Lines right above a stack that are headings of it."""
_MAX_DIED = 40
"""Lines below `Exception Type:` that say more of it."""
_MAX_ASIDE = 1_000
"""Headings of stacks that come before the threads."""

_FRAME = regex(r"(\d{1,4}) {0,3}(?<=[ ])(\S[^\t\n]{0,100}?)[ \t]{1,60}0x([0-9a-fA-F]{1,16})(?=$| )")
_SHORT = 8
"""Digits of an address, if the image is known."""
_LOADED_AT = regex(r" (?:0x)?([0-9a-fA-F]{1,16}) \+ (\d{1,12})(?=$| \()")
_PLACE = regex(r" \(([^()\n]{1,300}:\d{1,9})(?::\d{1,9})?\)(?: \[inlined\])?$")
_KNOWN = regex(r" \((\S[^\n]{0,4000}?) \+ (\d{1,12})\)$")
_UNKNOWN = frozenset(("_mh_execute_header", "<redacted>"))
"""What a reporter prints instead of a missing symbol."""
_PLUS = regex(r" \+ (\d{1,12})$")

_THREAD = regex(
    r"Thread (?P<id>\d{1,9})(?P<named> name)?(?P<crashed> Crashed)?:"
    r"(?::? {0,4}(?P<name>\S.{0,100}?)?(?: {1,4}Dispatch queue: (?P<queue>\S.{0,200}))?)?\s*$"
)
_QUEUE = "Dispatch queue: "
LAST, SPECIFIC = "Last Exception Backtrace", "Application Specific Backtrace"
_THROWN = (LAST, SPECIFIC)
_TYPE = regex(r"Exception Type: {1,20}(?P<type>[A-Z]\w{2,60})(?: \((?P<signal>[^()\n]{1,100})\))?")
_INFORMATION = "Application Specific Information:"
_MAX_MESSAGES = 5
ABORTED = frozenset(("abort() called", "Abort Cause"))
"""What libraries leave that says nothing of why."""
_MORE = ("Exception Subtype:", "Exception Codes:", "Exception Message:")


def read_frame(plain: str) -> Found | None:
    """A frame: a function and an offset in it, or a load address and an offset from it."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _FRAME.match(plain, start)
    if head is None or head.end() - start < 8:
        return None
    rest, module, number = plain[head.end() : end], head[2].rstrip(), int(head[1])
    unknown = module == "???"
    if len(head[3]) < _SHORT and not unknown:
        return None
    address, lead = int(head[3], 16), plain[head.start(2) : head.end()] + " "
    if unknown and (not rest or rest == " ???"):
        return Found(make_native(lead=lead), start, end, number=number, where=Where(address))
    loaded = _LOADED_AT.match(rest)
    if len(head[3]) < _SHORT and loaded is None:
        return None
    placed = _PLACE.search(rest)
    place = placed[1] if placed else None
    if loaded is not None and (rest[1:3] == "0x" or loaded[1] == "0" or unknown):
        known = _KNOWN.match(rest, loaded.end())
        if known is not None and known[1] not in _UNKNOWN:  # KSCrash's
            frame = make_native(known[1], package=module, lead=lead, symbol_offset=int(known[2]))
            return Found(frame, start, end, number=number, where=Where(address, module))
        if unknown or loaded[1] == "0":
            package = None if unknown else module
            return Found(make_native(package=package, lead=lead), start, end, number=number, where=Where(address, package))
        offset = int(loaded[2]) if address - int(loaded[1], 16) == int(loaded[2]) else None
        return Found(make_native(package=module, lead=lead), start, end, number=number, where=Where(address, module, offset))
    function = rest[1 : placed.start()] if placed else rest[1:]
    plus = _PLUS.search(function)
    if plus is None and placed is None:
        return None
    data: dict[str, Any] = {"symbol_offset": int(plus[1])} if plus else {}
    frame = make_native(function[: plus.start()] if plus else function, place, package=module, lead=lead, **data)
    # A line that has its place keeps it: whoever wrote it had the files, and wrote each function of an address.
    return Found(frame, start, end, number=number, where=None if placed else Where(address, module))


def write_frame(frame: Json, raw: Json) -> str:
    """`image  0x… function (file:line)`; `function + 52` if its file is unknown."""
    place = place_of({**frame, "colno": None})
    behind = f" ({place})" if place else f" + {offset_of(frame) or 0}"
    return f"{data_of(raw, 'lead')}{name_of(frame)}{behind}"


APPLE = Format("apple", "#apple", "native", "0x", read_frame, write_frame, numbering="{:<4d}")


class Heading(NamedTuple):
    """What stands right above a stack: the thread whose stack it is, or that an exception was thrown there (`thrown`: by which words)."""

    thread: dict[str, Any] | None
    thrown: str = ""


def heading_above(lines: Sequence[Line], first: int) -> Heading | None:
    """The heading of a stack whose first frame is in the `first` line; None if it is not one of Apple's."""
    thread: dict[str, Any] | None = None
    for index in range(first - 1, max(first - MAX_HEADING, 0) - 1, -1):
        plain = lines[index].plain
        text = plain[body_start(plain) :].strip()
        if text.startswith(_THROWN) and thread is None:
            return Heading(None, LAST if text.startswith(LAST) else SPECIFIC)
        found = _THREAD.match(text)
        if found is None and any(char.isalnum() for char in text):
            break
        if found is None or (thread is not None and thread["id"] != int(found["id"])):
            continue
        name = found["name"] or ""
        queue = found["queue"] or (name.removeprefix(_QUEUE) if name.startswith(_QUEUE) else "")
        name = queue or name
        thread = {"id": int(found["id"]), **({"name": name} if name else {}), **(thread or {})}
        if found["crashed"]:
            thread["crashed"] = True
    return None if thread is None else Heading(thread)


def read_type(lines: Sequence[Line], index: int) -> Header | None:
    """What the process died of, from the line `Exception Type:` and those below it that say more."""
    plain = lines[index].plain
    start = body_start(plain)
    found = _TYPE.match(plain, start)
    if found is None:
        return None
    kind, signal = told_type(found["type"], found["signal"])
    parts = [signal] if signal else []
    more: dict[str, str] = {}
    messages: list[str] | None = None  # of libraries, below their heading: of `fatalError`, of an assertion
    for line in lines[index + 1 : index + _MAX_DIED]:
        text = line.plain.strip()
        word = next((word for word in _MORE if text.startswith(word)), None)
        if word is not None:
            more[word] = text.removeprefix(word).strip()
        elif text.startswith(("Thread ", "Exception Type:", *_THROWN)) or (messages and not text):
            break
        elif text.startswith(_INFORMATION):
            messages = []
        elif messages is not None and len(messages) < _MAX_MESSAGES and text not in ABORTED:
            messages.append(text)
    parts += [value for value in (more.get(_MORE[0]) or more.get(_MORE[1]), more.get(_MORE[2])) if value]
    return Header(kind, "\n".join(filter(None, [", ".join(parts), *(messages or ())])), SURE, start)


def told_type(kind: str, signal: str | None) -> tuple[str, str | None]:
    """An exception's type and further details: `EXC_CRASH` adds nothing to its signal."""
    return (signal.split()[0], None) if kind == "EXC_CRASH" and signal and signal.split() else (kind, signal)


def is_last(lines: Sequence[Line], first: int) -> bool:
    """Whether no `Last Exception Backtrace:` follows below a stack whose first frame is in the `first` line, before the threads."""
    for line in lines[first : first + _MAX_ASIDE]:
        text = line.plain.lstrip()
        if text.startswith(LAST):
            return False
        if text.startswith("Thread "):
            break
    return True
