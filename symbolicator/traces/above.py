"""The lines above a stack: whether one announces it, what was thrown, and by which thread.

The header is the nearest line above that starts with an error's name; then one that contains such a name; then a `Word: …`. Blank lines are
crossed only for the first kind (Jest prints the code between). Lines between the header and the first frame are the message. For native
code, what was thrown is read by `native/headers.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.traces.headers import LIKELY, SURE, Header, read_header, text_header
from symbolicator.traces.java.headers import SHRUNK, read_java_header, read_listed_thread, read_thread
from symbolicator.traces.lines import Line, body_start, is_others, prefix_end, writer
from symbolicator.traces.stack import MAX_BETWEEN, MAX_MESSAGE_LINES, Stack

MAX_STATE_LINES = 20
"""Lines between a thread's heading and its first frame."""
MAX_BLANKS = 2
"""Lines without a word between a native stack and the line that announces it."""


def is_announced(lines: Sequence[Line], stack: Stack, frame: int = 0) -> bool:
    """Whether the line above a frame of a stack announces one; registers are announced by lines on either side."""
    first, native = stack.lines[frame], stack.is_native
    if native:
        from symbolicator.traces.native import registers  # for native texts only
        from symbolicator.traces.native.address_lists import announces

        if stack.family == registers.FAMILY:
            return registers.faulted(lines, first, stack.end)
    own = writer(lines[first].plain)
    for index in range(first - 1, max(first - MAX_BETWEEN, 0) - 1, -1):
        plain = lines[index].plain
        if not is_others(plain, own):
            if native and (not plain.strip() and first - index <= MAX_BLANKS):
                continue
            return plain.rstrip().endswith("stack:") or (native and announces(plain))
    return False


def thread_above(lines: Sequence[Line], first: int) -> int | None:
    """The line above a stack with its thread's name, in an Android dump: only the thread's state (`| …`) is between."""
    for index in range(first - 1, max(first - MAX_STATE_LINES, 0) - 1, -1):
        plain = lines[index].plain
        if not plain.lstrip().startswith("|"):
            header = read_java_header(plain)
            return index if header is not None and header.relation == "thread" else None
    return None


def _find_listed_thread(lines: Sequence[Line], stack: Stack, above: Stack) -> None:
    """Set the header to the line above a stack, where Crashlytics lists one thread after the other, each below a blank line."""
    place = stack.lines[0] - 1
    known = stack.header is not None and (stack.header.grade == SURE or stack.header_line != place)
    listed = (above.is_java or above.thread is not None) and place - above.end >= 2 and not lines[place - 1].plain.strip()
    if listed and not known and lines[place].region == stack.region and read_listed_thread(lines[place].plain):
        stack.header, stack.header_line = Header(None, "", SURE, body_start(lines[place].plain), "thread"), place


def find_header(lines: Sequence[Line], stack: Stack, stacks: Sequence[Stack]) -> None:
    """Set the header and the thread of a stack that is below `stacks`."""
    above = next((other for other in reversed(stacks) if other.end < stack.lines[0]), None)
    above = above if above is not None and above.region == stack.region else None
    heading = thread_above(lines, stack.lines[0]) if stack.is_native else None
    if heading is not None:
        stack.thread = read_thread(lines[heading].plain, lines[heading + 1].plain)
        return
    if stack.is_native:
        from symbolicator.traces.native.headers import attach  # for native texts only

        attach(lines, stack, above.end + 1 if above else 0, above)
        return
    if stack.is_dotnet:
        from symbolicator.traces.dotnet.headers import attach as attach_dotnet  # as above

        attach_dotnet(lines, stack, above)
        return
    # Android prints a thread's native frames above its Java frames: its header is above both.
    _find_thrown(lines, stack, above.end + 1 if above and not (stack.is_java and above.is_native) else 0)
    if stack.is_java and above is not None:
        _find_listed_thread(lines, stack, above)
    if stack.header is not None and stack.header.relation == "thread":
        stack.thread = read_thread(lines[stack.header_line].plain, lines[stack.header_line + 1].plain)
    if stack.header is None and stack.family in {"at", "in"}:
        _take_text(lines, stack)


def _find_thrown(lines: Sequence[Line], stack: Stack, lowest: int) -> None:
    """Set the stack's header, by the rules above."""
    first = stack.lines[0]
    read = read_java_header if stack.is_java else read_header
    indent = stack.founds[0].start - prefix_end(lines[first].plain)
    best: tuple[Header, int] | None = None
    own = writer(lines[first].plain)
    blank = False
    for index in range(first - 1, max(lowest, first - MAX_MESSAGE_LINES) - 1, -1):
        line = lines[index]
        if line.region != stack.region:
            break
        if is_others(line.plain, own):
            continue
        if not line.plain.strip():
            if stack.family == "@" or (best is not None and best[0].grade >= LIKELY):
                break
            blank = True
            continue
        header = read(line.plain)
        if header is None or header.indent - prefix_end(line.plain) > indent > 0:
            continue
        if header.grade == SURE:
            best = header, index
            break
        near = header.grade == LIKELY or index == first - 1 or (stack.is_java and len(header.type or "") <= SHRUNK)
        if near and not blank and (best is None or header.grade > best[0].grade):
            best = header, index
    if best is not None:
        stack.header, stack.header_line = best


def _take_text(lines: Sequence[Line], stack: Stack) -> None:
    """The line right above as the message, if it is less indented than the frames."""
    index = stack.lines[0] - 1
    if index < 0 or lines[index].region != stack.region:
        return
    header = text_header(lines[index].plain)
    first = lines[stack.lines[0]].plain
    if header is not None and header.indent - prefix_end(lines[index].plain) < stack.founds[0].start - prefix_end(first):
        stack.header, stack.header_line = header, index


def message(lines: Sequence[Line], stack: Stack) -> str | None:
    """The message: the header's, and every line between it and the first frame, without prefixes."""
    if stack.header is None or stack.header.relation == "thread":
        return None
    if stack.family == "#dart":
        from symbolicator.traces.native import dart_headers  # few texts are Dart's

        return dart_headers.message(lines, stack)
    if stack.is_native or stack.is_dotnet:
        return stack.header.value
    parts = [stack.header.value]
    own = writer(lines[stack.header_line].plain)
    prefixed = prefix_end(lines[stack.lines[0]].plain) > 0  # a message line may also begin with a time of day
    for index in range(stack.header_line + 1, stack.lines[0]):
        plain = lines[index].plain
        if is_others(plain, own):
            continue
        start = prefix_end(plain) if prefixed else 0
        parts.append(plain[start + 1 :] if start else plain)
    if len(parts) > 2 and parts[-1].strip() and not parts[-1].strip(" \t^~"):
        del parts[-2:]  # Deno shows the line that threw, and its position, between the message and the frames
    text = "\n".join(parts).rstrip()
    return text.removesuffix(", stack:")
