"""What was thrown in native code, and by which thread: the lines above a native stack.

Each tool has words of its own. The nearest line above a stack that holds such words, and below the stack before it, is the stack's; a
thread's heading (`Thread 2 (LWP 12)`, `goroutine 1 [running]:`) is distinguished from the reason of the crash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from symbolicator.patterns import regex
from symbolicator.traces.headers import LIKELY, SURE, Header
from symbolicator.traces.lines import Line, body_start
from symbolicator.traces.native.apple import SPECIFIC, heading_above, is_last, read_type
from symbolicator.traces.native.samples import FAMILY as SAMPLES
from symbolicator.traces.native.samples import thread_above
from symbolicator.traces.native.shape import MINIDUMPS
from symbolicator.traces.stack import MAX_MESSAGE_LINES, Stack

_SIGNALS = {
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    11: "SIGSEGV",
    13: "SIGPIPE",
    15: "SIGTERM",
    31: "SIGSYS",
}

# (a word that the line holds, what the line is: its groups are the type, or a pattern's own, and the value): the surest first.
_THROWN: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("anitizer", regex(r"(?:==\d{1,10}==\s?)?(?:ERROR|WARNING): (?P<type>\w{1,40}Sanitizer): (?P<value>.*?)(?= \(pc 0x|$)"), ""),
    ("runtime error:", regex(r"\S[^\n]{0,1000}?:\d{1,9}:\d{1,9}: (?P<type>runtime error): (?P<value>.*)"), ""),
    (
        " signal ",
        regex(
            r"(?:Program|Thread (?P<thread>\d{1,9})(?: \"[^\"]{0,100}\")?) (?:received|terminated with) signal "
            r"(?P<type>SIG\w{1,20}), (?P<value>.*?)\.?$"
        ),
        "",
    ),
    (
        "stop reason = ",
        regex(
            r"\*? *thread #\d{1,9}.{0,300}?stop reason = (?:signal (?P<type>SIG\w{1,20}):? ?|(?=(?P<exception>EXC_\w{1,40}))"
            r"|(?=hit program assert|Exception|abort))(?P<value>.*)"
        ),
        "",
    ),
    ("panicked at", regex(r"thread '.{0,200}?'(?: \(\d{1,12}\))? panicked at (?:'(?P<value>.*)', )?.*?:?$"), "panic"),
    ("panic: ", regex(r"(?:thread \d{1,12} )?(?P<type>panic): (?P<value>.*)"), ""),
    ("Fatal Python error: ", regex(r"(?P<type>Fatal Python error): (?P<value>.*)"), ""),
    ("FATAL ERROR: ", regex(r"(?:\[\d{1,10}\] )?FATAL ERROR: (?P<value>.*)"), "FATAL ERROR"),
    (
        "*** SIG",
        regex(r"\*\*\* (?P<type>SIG\w{1,20}) (?P<value>(?:\(@0x[0-9a-f]{1,16}\) )?received .{0,200}?)(?:; stack trace:)? \*\*\*"),
        "",
    ),
    ("] ", regex(r"F\d{4,8} \d\d:\d\d:\d\d\.\d{6} {1,5}\d{1,10} [^\s\]]{1,300}:\d{1,9}\] (?P<value>.*)"), "FATAL"),
    ("*** Program crashed: ", regex(r"\*\*\* (?P<type>Program crashed): (?P<value>.*) \*\*\*"), ""),
    (
        "uncaught exception '",
        regex(r"\*\*\* Terminating app due to uncaught exception '(?P<type>[^'\n]{1,200})', reason: '(?P<value>.*?)'?$"),
        "",
    ),
    ("Crashing on exception: ", regex(r"Crashing on exception: (?P<value>.*)"), "NSException"),
    ("atal Exception: ", regex(r"(?:Non-f|F)atal Exception: (?P<type>[^\s:]{1,200}):? ?(?P<value>.*)"), ""),
    ("fatal error: ", regex(r"(?P<type>fatal error): (?P<value>.*)"), ""),
    (
        "Process terminating",
        regex(r"(?:==\d{1,10}== ?)?Process terminating with default action of signal \d{1,3} \((?P<type>SIG\w{1,20})\)(?P<value>)"),
        "",
    ),
    ("signal ", regex(r"(?:Fatal )?signal \d{1,3} \((?P<type>SIG\w{1,20})\), (?P<value>.*)"), ""),
    ("ExceptionCode: ", regex(r"ExceptionCode: (?P<type>[0-9a-f]{8})(?: \((?P<value>[^()\n]{0,100})\))?"), ""),
    ("BUG: ", regex(r"(?:watchdog: )?(?P<type>BUG): (?P<value>.*)"), ""),
    ("Oops", regex(r"(?:Internal error: )?(?P<type>Oops)(?: -|:) (?P<value>.*)"), ""),
    ("kernel", regex(r"(?P<type>kernel BUG|Kernel panic - not syncing|Unable to handle kernel)(?: at|:)? (?P<value>.*)"), ""),
    ("WARNING: CPU", regex(r"(?P<type>WARNING): (?P<value>CPU: .*)"), ""),
    ("fault", regex(r"(?P<type>general protection fault|double fault|divide error)(?:, |: )(?P<value>.*)"), ""),
    ("terminate called", regex(r"terminate called after throwing an instance of '(?P<type>.{1,500})'(?P<value>)"), ""),
    ("*** ", regex(r"\*\*\* (?P<value>stack smashing detected|buffer overflow detected|.{1,80}?) \*\*\*: "), "SIGABRT"),
)
_LIKELY = regex(r"\b(SIG(?:SEGV|ABRT|BUS|FPE|ILL|TRAP|SYS|KILL|TERM|QUIT))\b|\b[Ss]ignal:? ?\(?(\d{1,2})\b|\b(Segmentation fault)\b")

_THREADS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "Thread ",
        regex(
            r"Thread (?P<id>\d{1,9}) \((?:Thread 0x[0-9a-f]{1,16} )?\(?(?:LWP \d{1,10})?\)?"
            r"(?: ?\"(?P<name>[^\"\n]{0,100})\")?.{0,100}\):"
        ),
    ),
    ("Stack trace of thread ", regex(r"Stack trace of thread (?P<id>\d{1,10}):")),
    ("thread #", regex(r"(?P<mark>\*)? *thread #(?P<id>\d{1,9})(?:, tid = \S{1,20})?(?:, name = '(?P<name>[^'\n]{0,100})')?")),
    ("goroutine ", regex(r"goroutine (?P<id>\d{1,12})(?: gp=\S{1,20})?(?: m=\S{1,20})?(?: mp=\S{1,20})? \[(?P<state>[^\]\n]{1,100})\]:")),
    ("panicked at", regex(r"thread '(?P<name>.{0,200}?)'(?: \((?P<id>\d{1,12})\))? panicked at ")),
    ("tid: ", regex(r"(?:Cmdline: .{0,200})?pid: \d{1,10}, tid: (?P<id>\d{1,10}), name: (?P<name>.{0,100}?)  >>>")),
    (" Comm: ", regex(r"CPU: \d{1,5} (?:UID: \d{1,10} )?PID: (?P<id>\d{1,10}) Comm: (?P<name>\S{1,40})")),
)  # fmt: skip
_REPORTED = regex(
    r"Thread (?P<id>\d{1,9})(?: name: .{0,100}|::? .{0,100})?(?: \"(?P<name>[^\"\n]{0,100})\")?(?P<crashed> [Cc]rashed)?:(?: .{0,200})?$"
)
_BEGINS = ("Incident Identifier:", "Exception Type:", "Process:")
"""What is above the first stack of one of Apple's reports only."""
_LISTS = frozenset(("#swift", "#apple"))
"""Formats whose reports hold all threads, what was thrown above the first of them."""
_SAMPLE = regex(
    r"(?P<name>\S.{0,40}?) +(?:\d{1,10}/)?(?P<id>\d{1,10}) +(?:\[\d{1,5}\] +)?"
    r"\d{1,12}\.\d{1,9}: +(?:\d{1,20} +)?(?P<event>[\w:/,=.-]{1,100}): *$"
)
_FAULTED = regex(r"(?<=[^\[\]\n])\[(?P<id>\d{1,10})\]:? (?P<value>.{1,100}?) \(?(?:nil|null|)\)? ?n?ip[ :]")
_CAUSES: Final = ("Cause: ", "Abort message: ")
_MOST_CAUSES: Final = 30
"""Lines below a signal's in which causes are looked for."""
_LONGEST_NAME = 64
_CURRENT = regex(r"\[Current thread is (\d{1,9}) ")


def attach(lines: Sequence[Line], stack: Stack, lowest: int, above: Stack | None) -> None:
    """Set a native stack's header and thread, from the lines between the stack above it (`lowest`) and its own first frame."""
    # glog prints its own position above what was thrown, which is above the frames.
    first = stack.lines[1] if stack.family == "glog" and stack.founds[0].number == 0 and len(stack.lines) > 1 else stack.lines[0]
    if stack.family == "fault":
        _fault(lines, stack)
        return
    if stack.family == "#dart":
        from symbolicator.traces.native import dart_headers  # few texts are Dart's

        dart_headers.attach(lines, stack, lowest)
        return
    if stack.family == MINIDUMPS:
        from symbolicator.traces.native import minidumps  # few texts are walked minidumps

        minidumps.attach(lines, stack, lowest)
        return
    if stack.family == "#windows-fault":
        from symbolicator.traces.native import windows_faults  # few texts are Windows' records

        windows_faults.attach(lines, stack)
        return
    if stack.family == SAMPLES:
        stack.thread = thread_above(lines, first)
        return
    best: tuple[Header, int] | None = None
    signalled: str | None = None
    heading = heading_above(lines, first)
    if heading is not None:
        stack.thread, stack.returning = heading.thread, bool(heading.thrown)
        is_new = any(line.plain.lstrip().startswith(_BEGINS) for line in lines[lowest:first])
        stack.settled = stack.returning or (above is not None and above.settled and not is_new)
    # The headings of the kernel's checkers have the position of their caller.
    for index in range(first if stack.family == "kernel" else first - 1, max(lowest, first - MAX_MESSAGE_LINES) - 1, -1):
        line = lines[index]
        plain = line.plain
        if line.region != stack.region:
            break
        if not plain:
            continue
        start = body_start(plain)
        if stack.thread is None and heading is None:
            _thread(plain, start, stack)
        if best is None or best[0].grade < SURE:
            header, thread = _thrown(lines, index, plain, start, first)
            if header is not None and (best is None or header.grade > best[0].grade):
                best, signalled = (header, index), thread
        if signalled is None and "[Current thread" in plain:
            current = _CURRENT.match(plain, start)
            signalled = current[1] if current else None
    if stack.family in _LISTS and stack.thread is not None:  # of all threads, of which the heading of one says that it crashed
        waiting = above.waiting if above is not None and best is None else None
        best = waiting[:2] if waiting else best
        signalled = str(stack.thread.get("id")) if stack.thread.get("crashed") else "" if best else None
    if heading is not None and heading.thrown == SPECIFIC and not is_last(lines, first):
        stack.waiting = (*best, "") if best else above.waiting if above else None  # what was thrown is the next one's
        stack.header, stack.header_line = Header(SPECIFIC, "", SURE, 0), first - 1
        return
    _settle(lines, stack, best, signalled, above)


def _settle(lines: Sequence[Line], stack: Stack, best: tuple[Header, int] | None, signalled: str | None, above: Stack | None) -> None:
    """Whose the header is: the stack's, or that of a thread of the dump that is yet to come."""
    if best is None and above is not None and above.waiting is not None:
        best, signalled = above.waiting[:2], above.waiting[2]
    if best is not None and signalled is not None and stack.thread is None and signalled.isdigit():
        stack.thread = {"id": int(signalled)}
    own = stack.thread.get("id") if stack.thread else None
    if best is not None and signalled is not None and own is not None and str(own) != signalled:
        stack.waiting = (*best, signalled)
        best = None
    if best is None and stack.thread is None:
        best = _line_above(lines, stack)
    if best is not None:
        stack.header, stack.header_line = best
        if stack.thread is not None and (best[0].type or stack.family != "perf"):
            stack.thread = {**stack.thread, "crashed": True, "current": True}


def _thread(plain: str, start: int, stack: Stack) -> None:
    """Set the stack's thread if the line is a thread's heading."""
    found = None
    for word, pattern in _THREADS:
        if word in plain:
            found = pattern.match(plain, start)
            if found is not None:
                break
    if found is None and stack.family in _LISTS:
        found = _REPORTED.match(plain, start)
    if found is None and stack.family == "perf":
        found = _SAMPLE.match(plain, start)
    if found is None:
        return
    groups = found.groupdict()
    thread: dict[str, Any] = {}
    if groups.get("id"):
        thread["id"] = int(groups["id"])
    if groups.get("name"):
        thread["name"] = groups["name"]
    if groups.get("state"):
        thread["state"] = groups["state"]
    if groups.get("crashed"):
        thread["crashed"] = True
    stack.thread = thread or None


def _thrown(lines: Sequence[Line], index: int, plain: str, start: int, first: int) -> tuple[Header | None, str | None]:
    """What was thrown according to a line, and by which thread if it says so."""
    if plain.startswith("Exception Type:", start):
        return read_type(lines, index), None
    for word, pattern, kind in _THROWN:
        if word not in plain:
            continue
        # What looks like a level of a log (`fatal`, `WARNING`) may be the heading's own word.
        found = pattern.match(plain, start) or pattern.match(plain, len(plain) - len(plain.lstrip()))
        if found is None:
            continue
        groups = found.groupdict()
        thrown = kind or groups.get("type") or groups.get("exception")
        value = (groups["value"] or _below(lines, index, first)).strip()
        if word == "signal ":
            value = "\n".join((value, *_causes(lines, index, first)))
        return Header(thrown, value, SURE, start), groups.get("thread")
    found = _LIKELY.search(plain, start)
    if found is None:
        return None, None
    signal = found[1] or ("SIGSEGV" if found[3] else _SIGNALS.get(int(found[2])))
    return (Header(signal, plain[start:].strip().removeprefix("#").lstrip(), LIKELY, start), None) if signal else (None, None)


def uncaught(plain: str) -> Header | None:
    """The uncaught exception in a line, if its message continues with its own stack."""
    for word, mark in (("uncaught exception '", "*** Terminating app"), ("atal Exception: ", "Fatal Exception: RCTFatal")):
        at = plain.find(mark)
        pattern = next(row[1] for row in _THROWN if row[0] == word)
        found = pattern.match(plain, at) if at >= 0 else None
        if found is not None:
            return Header(found["type"].partition(": ")[0], found["value"].removesuffix(", stack:"), SURE, at)
    return None


def _causes(lines: Sequence[Line], index: int, first: int) -> Iterator[str]:
    """Android's causes of a crash and what the program said, on the lines below the signal's."""
    for line in lines[index + 1 : min(first, index + 1 + _MOST_CAUSES)]:
        text = line.plain[body_start(line.plain) :].strip()
        if text.startswith(_CAUSES):
            yield text


def _below(lines: Sequence[Line], index: int, first: int) -> str:
    """The message if it is on the lines below its heading: Rust's, C++'s `what():`, valgrind's."""
    parts: list[str] = []
    for line in lines[index + 1 : min(first, index + 21)]:
        text = line.plain[body_start(line.plain) :].strip()
        if text.startswith("==") and "== " in text:
            text = text.partition("== ")[2].strip()
        if not text or text.startswith(("stack backtrace:", "note: ", "#", "[")):
            break
        parts.append(text.removeprefix("what():").strip())
    return "\n".join(parts)


def _line_above(lines: Sequence[Line], stack: Stack) -> tuple[Header, int] | None:
    """The line right above a stack of a sanitizer, of valgrind, of memory in a tombstone: `freed by thread T0 here:`."""
    if stack.family not in {"#sanitizer", "valgrind", "#tombstone"}:
        return None
    for index in range(stack.lines[0] - 1, max(stack.lines[0] - 6, -1), -1):
        plain = lines[index].plain
        text = plain
        if stack.family == "valgrind":
            text = plain.partition("== ")[2]
            if text.startswith(" "):
                continue
        text = text.strip()
        if stack.family == "#tombstone" and "allocated by thread " not in text:
            return None
        if not text or not any(c.isalpha() for c in text):
            return None
        return Header(None, text.rstrip(":"), LIKELY, body_start(plain)), index
    return None


def _fault(lines: Sequence[Line], stack: Stack) -> None:
    """The kernel's line about a program says it all itself."""
    index = stack.lines[0]
    plain = lines[index].plain
    found = _FAULTED.search(plain)
    if found is None:
        return
    what = found["value"].strip()
    kind = (
        "SIGSEGV"
        if what.startswith(("segfault", "general protection"))
        else "SIGILL"
        if "opcode" in what
        else "SIGFPE"
        if "divide" in what
        else None
    )
    stack.header, stack.header_line = Header(kind, what, SURE, 0), index
    name = plain[max(found.start() - _LONGEST_NAME, 0) : found.start()]
    name = name[max(name.rfind("["), name.rfind("]")) + 1 :].removeprefix("traps: ").strip()
    stack.thread = {"id": int(found["id"]), "name": name, "crashed": True, "current": True}
