"""From lines to stacks: which lines are frames of one stack. `above.py` reads the lines above a stack.

The rules, each with a test:

* A stack is a run of frames of one family, in one region. `... 5 lines matching`, lines too long to read and unreadable `at` lines do
  not end it.
* At least one of them must certainly be a frame; an uncertain `foo@bar:1:2` at its top belongs to the message.
* A numbered frame continues the stack whose last frame has the previous number, whatever is between (gdb prints variables there,
lldb sources); a frame 0 opens a stack.
* Java's frames (`java/frames.py`) start with `at` as V8's do, and end the stack of a `JavascriptException`, after a blank line at most.
* Other writers may log lines in between: up to three such lines do not end a stack whose next frame follows in exactly the
same column, if none of them is an error's header, ends in `:` or separates things. Lines that look like frames within a message are
therefore frames too: leaving real ones raw would be worse.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.patterns import regex
from symbolicator.traces.above import MAX_STATE_LINES, find_header, is_announced, thread_above
from symbolicator.traces.dotnet.words import ends_inner, is_rule
from symbolicator.traces.format import Format, Found
from symbolicator.traces.headers import LIKELY, read_header
from symbolicator.traces.java.headers import read_java_header
from symbolicator.traces.java.locks import OPENJ9, read_lock
from symbolicator.traces.lines import Line, body_start, likeness, prefix_end, writer
from symbolicator.traces.stack import MAX_BETWEEN, Lock, Stack

_SAYS = regex(r"[^\W_]")
_MARKS = r"(?:\0|\.{3}|\*/|-->|%0[AaDd]|\(truncated|\+\d{1,9}m?s$)"
_CLOSED = regex(
    r"(?::\d{1,10}\)?|[\w>]\)|[0-9a-f]\])(?=\t| {0,8}(?:[\"'`|}\]\\]|</)|(?<=\))(?:[,;.]|&[a-z#])|(?<=\]) ?\))"
    rf"|:\d{{1,10}}:\d{{1,10}}\)?(?= {{0,8}}(?:[»”’…<\[{{]|{_MARKS})| {{0,200}}[│┃║])"
)
"""The end of a place, with the closing part of what was opened before the frame: `"`, `\\n' +`, `</pre>`, `]`, a table's `|` or tab; or
with a separator from more text (`, referer: …`). Behind line and column also what opens or marks more: `[/code]`, `{"level": …}`, `+2ms`.
"""
_MAY_CLOSE = regex(rf"[│┃║\"'`|}}\]\\<)\t[{{»”’…]|\d {{0,8}}{_MARKS}")
"""A necessary part of `_CLOSED`: most lines of a log do not contain it, and need not be matched."""
_MARKS_BETWEEN = ("<", "Call ", "RIP: ", "RAX: ", "RDX: ", "RBP: ", "R10: ", "R13: ", "ORIG_RAX: ")
"""What is between frames of the kernel without numbers; the registers are those that crash shows below the instruction that faulted."""
_UNALIGNED = ("@", "#registers", "kernel")
"""Families whose uncertain frames need not be in one column."""
MAX_CLOSED = 4
"""How many such ends of one line are tried."""
MAX_FOREIGN = 3
"""How many lines of other writers may be between two frames."""
_REMEMBERED = 50_000
"""Kinds of lines that are known to be no frames."""
SOURCE_LINES = 2
"""How many lines may be below a Zig frame: its source, and a mark below that."""


def find_stacks(lines: Sequence[Line], formats: Sequence[Format]) -> list[Stack]:
    """All stacks of a text, in order, each with its header: a day's log has thousands."""
    stacks: list[Stack] = []
    current: Stack | None = None
    at, waiting = "", dict[str, Stack | None]()  # the line's writer, if a log names it; the stacks interrupted by others' lines
    taken = 0  # lines before this one belong to the last frame
    pairs = any(form.read_pair for form in formats)
    frameless = set[tuple[int, int, bool]]()  # the likeness of lines, and of those below them, that are no frames
    for index, line in enumerate(lines):
        if index < taken:
            continue
        plain = line.plain
        own = writer(plain) or at
        if own != at:
            waiting[at], current, at = current, waiting.pop(own, None), own
            if current is not None and index - current.end - 1 > MAX_BETWEEN:
                _close(current, lines, stacks)
                current = None
        below = lines[index + 1] if pairs and index + 1 < len(lines) else None
        beside = below.plain if below is not None and below.region == line.region else ""
        read = None if line.frameless else _read_once(line, beside, formats, frameless)
        if read is not None and current is not None and read[0].name == "java" != current.formats[-1].name and not read[1].strong:
            read = None  # another language's line, which Java's syntax allows
        if read is not None:
            form, found = read
            taken = index + found.lines
            fits = current is not None and current.region == line.region and (current.family == form.family or _ends(lines, current, form))
            if current is not None and fits and form.platform == "native":
                fits = _goes_on(current, found, index, lines)
            loose = found.strong or form.family in _UNALIGNED
            if current is not None and fits and not loose and found.start != current.founds[0].start:
                fits = False  # `at last` below a stack, in another column: prose
            if not fits:
                _close(current, lines, stacks)
                current = Stack(form.family, line.region)
            assert current is not None  # noqa: S101
            current.add(index, form, found)
        elif current is not None:
            if line.region == current.region and (
                _is_gap(line, current, index)
                or _is_component(lines, index, current, formats)
                or _is_seam(lines, index, current, formats)
                or _is_foreign(lines, index, current, formats)
            ):
                current.unread += not line.plain and line.end > line.start
                lock = read_lock(plain) if current.formats[-1].name == "java" else None
                if lock is not None:
                    current.locks.append(Lock(len(current.lines) - 1, index, *lock))
                continue
            _close(current, lines, stacks)
            current = None
    for stack in (*waiting.values(), current):
        _close(stack, lines, stacks)
    return sorted(stacks, key=lambda stack: stack.lines[0])


def _read_once(line: Line, below: str, formats: Sequence[Format], frameless: set[tuple[int, int, bool]]) -> tuple[Format, Found] | None:
    """`read_line`, once for lines that are alike and no frames. An address makes a line what it is: those are read each. What is not marked
    can be an uncertain frame, which nothing closes.
    """
    plain = line.plain
    if not plain or not may_hold(plain, formats, closed=line.marked):
        return None
    if "0x" in plain:
        return read_line(plain, formats, below)
    alike = likeness(plain), likeness(below) if below else 0, line.marked
    if alike in frameless:
        return None
    read = read_line(plain, formats, below) if line.marked else _read(plain, formats, below)
    if read is None and len(frameless) < _REMEMBERED:
        frameless.add(alike)
    return read


def may_hold(plain: str, formats: Sequence[Format], *, closed: bool = True) -> bool:
    """False if `read_line` reads nothing in the line, nor in any part of it that begins later: a quick check, for most lines of a log.
    Without `closed`, what is closed by something behind it does not count.
    """
    for form in formats:
        if form.marker in plain and (form.may_end is None or form.may_end(plain)):
            return True
    return closed and _MAY_CLOSE.search(plain) is not None and _CLOSED.search(plain) is not None


def read_line(plain: str, formats: Sequence[Format], below: str = "") -> tuple[Format, Found] | None:
    """The first format that reads the line (with the one `below` it, if a frame may take two), and what it read.

    If none does, the frame may be the last thing inside something that closes after it: a quote, a bracket, a tag, a table's edge.
    """
    read = _read(plain, formats, below)
    if read is not None or not (":" in plain or "0x" in plain) or _MAY_CLOSE.search(plain) is None:
        return read
    for _, closed in zip(range(MAX_CLOSED), _CLOSED.finditer(plain), strict=False):
        head = plain[: closed.end()]
        if head.count("(") > head.count(")"):  # within an eval's place
            continue
        read = _read(head, formats)
        if read is not None and read[1].strong and (read[0].platform != "native" or plain[closed.end() :].lstrip()[:1] in '")'):
            return read
    return None


def _read(plain: str, formats: Sequence[Format], below: str = "") -> tuple[Format, Found] | None:
    for form in formats:
        if form.marker in plain:
            found = form.read_pair(plain, below) if form.read_pair is not None else form.read(plain)
            if found is not None:
                return form, found
    return None


def _goes_on(stack: Stack, found: Found, index: int, lines: Sequence[Line]) -> bool:
    """Whether a native frame is the next one of the stack above it."""
    number, last = found.number, stack.founds[-1].number
    between = range(stack.end + 1, index)
    if number is not None and last is not None:
        return number == last + 1 or (number > last and len(between) <= 1)
    if number == 0:
        return False
    # The kernel shows registers and code between the faulting instruction and its callers, and marks interrupts' stacks (` <IRQ>`).
    if stack.family == "zig" and len(between) <= SOURCE_LINES:
        return True
    return (len(stack.founds) == 1 and last == 0) or all(_is_mark(lines[place].plain) for place in between)


def _is_mark(plain: str) -> bool:
    return plain.startswith(_MARKS_BETWEEN, body_start(plain))


def _is_gap(line: Line, stack: Stack, index: int) -> bool:
    """Whether a stack continues after a line (the text's `index`th) that is not a frame."""
    if not line.plain:
        return line.end - line.start > 0
    if stack.is_native:
        # Frames without numbers follow each other directly; after the first one the kernel prints registers.
        waits = stack.founds[-1].number is not None or _is_mark(line.plain)
        waits = waits or (stack.family == "zig" and index - stack.end <= SOURCE_LINES)
        return waits and index - stack.end <= MAX_BETWEEN
    if stack.family == "console" and line.plain.rstrip().endswith("(async)"):  # `Promise.then (async)`
        return True
    start = body_start(line.plain)
    if stack.formats[-1].name == "dotnet" and is_rule(line.plain.strip()):  # an exception that was thrown again
        return not ends_inner(line.plain.strip())
    # The code excerpt that Sentry shows; Node 12's original position of the frame above.
    if start > stack.founds[-1].start and (stack.family == "sentry" or line.plain.startswith("-> ", start)):
        return True
    # A lock; an alternative of the frame above.
    if stack.formats[-1].name == "java" and line.plain.startswith(("- ", "<OR> ", OPENJ9), start):
        return True
    return line.plain.startswith(("... ", "at "), min(stack.founds[-1].start, start))


def _is_component(lines: Sequence[Line], index: int, stack: Stack, formats: Sequence[Format]) -> bool:
    """Whether the line is a bare name (`div`, `Suspense`) in a component stack of Firefox or Safari: a frame follows soon."""
    if stack.family != "@":
        return False
    for place in range(index, min(index + MAX_STATE_LINES, len(lines))):
        word = lines[place].plain.strip()
        if not word.replace("-", "_").replace(".", "_").isidentifier():
            below = read_line(lines[place].plain, formats)
            return below is not None and below[0].family == "@" and below[1].strong and lines[place].region == stack.region
    return False


def _is_foreign(lines: Sequence[Line], index: int, stack: Stack, formats: Sequence[Format]) -> bool:
    """Whether others wrote the line: the stack goes on soon, in the same column, and nothing between opens another one."""
    if stack.family not in {"at", "@"} or stack.is_native:
        return False
    last = stack.founds[-1]
    column = last.start - prefix_end(lines[stack.end].plain)
    for place in range(index, min(stack.end + MAX_FOREIGN + 2, len(lines))):
        plain = lines[place].plain
        if lines[place].region != stack.region:
            return False
        read = read_line(plain, formats)
        if read is not None:
            form, found = read
            alike = form.family == stack.family and form.platform == stack.formats[-1].platform and found.strong
            return alike and found.start - prefix_end(plain) == column
        if _opens(plain):
            return False
    return False


def _opens(plain: str) -> bool:
    """Whether a line may be above a stack, or separate two: an error's header, a thread's, a title, a rule, a blank."""
    body = plain[body_start(plain) :].rstrip()
    if _SAYS.search(body) is None or body.endswith((":", "{", "[")) or body.startswith(("--", "==", "──", "Caused by ")):
        return True
    header, java = read_header(plain), read_java_header(plain)
    return any(found is not None and found.grade >= LIKELY for found in (header, java))


def _ends(lines: Sequence[Line], stack: Stack, form: Format) -> bool:
    """Whether a Java frame is one of a stack's callers: of JavaScript in a Java exception's message, of a thread's native frames."""
    if form.name != "java" or stack.formats[-1].name not in {"android", "tombstone", "java"}:
        return False
    return stack.family == "@" or (stack.is_native and thread_above(lines, stack.lines[0]) is not None)


def _is_seam(lines: Sequence[Line], index: int, stack: Stack, formats: Sequence[Format]) -> bool:
    """Whether the line is the blank one between the two parts of such a stack: the message's last line end, printed."""
    plain = lines[index].plain
    if stack.formats[-1].name != "android" or plain[body_start(plain) :].strip() or index + 1 == len(lines):
        return False
    below = read_line(lines[index + 1].plain, formats)
    return below is not None and _ends(lines, stack, below[0]) and below[1].strong


def _close(stack: Stack | None, lines: Sequence[Line], stacks: list[Stack]) -> None:
    """Keep a run that is a stack, with its header."""
    if stack is None:
        return
    if stack.family == "@":
        # `someone@example.org:1:2` above the first sure frame is the last line of the message; `…, stack:` ends one in any case.
        first = 0
        while first < len(stack.founds) and not stack.founds[first].strong and "lineno" in stack.founds[first].frame:
            if is_announced(lines, stack, first):
                break
            first += 1
        del stack.lines[:first], stack.founds[:first], stack.formats[:first]
    if not any(found.strong for found in stack.founds) and not (stack.founds and is_announced(lines, stack)):
        return
    if [form.name for form in stack.formats[:2]] in (["android"], ["android", "java"]) and not is_announced(lines, stack):
        return
    find_header(lines, stack, stacks)
    stacks.append(stack)
