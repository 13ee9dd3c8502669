"""Writes a text again: edits that put symbolicated frames and headers in place of the raw ones.

An edit replaces `text[start:end]`. Everything outside of edits is unchanged, byte for byte.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from symbolicator.control import tame
from symbolicator.traces.format import Format, Found
from symbolicator.traces.headers import Header
from symbolicator.traces.javascript.positions import eval_chain
from symbolicator.traces.lines import Line, codes_in, prefix_end
from symbolicator.traces.node import Node
from symbolicator.traces.stack import Stack

Json = Mapping[str, Any]
_WRITTEN = ("function", "filename", "abs_path", "lineno", "colno", "module", "package", "instruction_addr")


class Edit(NamedTuple):
    """`text[start:end]` becomes `replacement`."""

    start: int
    end: int
    replacement: str


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits applied; one that overlaps an earlier one is dropped."""
    parts: list[str] = []
    position = 0
    for edit in sorted(edits):
        if edit.start < position:
            continue
        parts += (text[position : edit.start], edit.replacement)
        position = edit.end
    return "".join((*parts, text[position:]))


def stack_edits(text: str, lines: Sequence[Line], stack: Stack, raw_frames: Sequence[Json], frames: Sequence[Json]) -> list[Edit]:
    """The edits that turn a stack's lines into `frames` (caller first, tied to `raw_frames` by `data.raw_index`).

    If the order of the frames is that of the text, each line is edited in place; if a transformer moved frames, the lines are
    filled again from the top. A raw frame without an answer loses its line, unless the line has other text.
    """
    groups = groups_of(frames, len(raw_frames))
    last = len(raw_frames) - 1
    order = [last - index for index, _ in groups]  # the place of each group in the text, callee first
    in_order = all(a < b for a, b in itertools.pairwise(order))
    targets = order if in_order else [min(place, last) for place in range(len(groups))]
    contents: dict[int, list[str]] = {}
    counted = -1
    for target, (index, group) in zip(targets, groups, strict=True):
        place = last - index
        line, found, form = lines[stack.lines[place]], stack.founds[place], stack.formats[place]
        lead = 0
        if found.number is not None and form.numbering:
            counted = found.number if counted < 0 else counted + 1 + found.number - _number_above(stack, place)
            lead = len(form.numbering.format(found.number))
        if target == place and _is_unchanged(group, raw_frames[index]):
            whole = text[line.at(found.start) : lines[stack.lines[place] + found.lines - 1].at(found.end)]
            if lead and counted != found.number:  # frames above it became several
                whole = form.numbering.format(counted) + whole[lead:]
            contents.setdefault(target, []).append(whole)
            continue
        written = _write(form, group, raw_frames[index])
        if lead:
            written = [form.numbering.format(counted + step) + one for step, one in enumerate(written)]
            counted += len(written) - 1
        contents.setdefault(target, []).extend(_encode(text, lines, stack.lines[place], one) for one in written)
    edits: list[Edit] = []
    for place in range(last + 1):
        edit = _line_edit(text, lines, stack.lines[place], stack.founds[place], contents.get(place), stack.formats[place].again)
        if edit is not None:
            edits.append(edit)
    return edits


def _number_above(stack: Stack, place: int) -> int:
    """The last number in the text above a frame: it may omit some."""
    above = stack.founds[place - 1].number if place else None
    number = stack.founds[place].number or 0
    return number if above is None else above + 1


def _encode(text: str, lines: Sequence[Line], index: int, written: str) -> str:
    """A frame's text as written into its line. If it takes two lines, the second gets the collector's prefix of the first."""
    line = lines[index]
    if "\n" not in written:
        return line.encode(written)
    head = text[line.start : line.at(prefix_end(line.plain))]
    ending = text[line.end : line.stop] or "\n"
    return (ending + head).join(line.encode(one) for one in written.split("\n"))


def groups_of(frames: Sequence[Json], count: int) -> list[tuple[int, list[Json]]]:
    """Frames that share a raw frame, callee first; each group's frames callee first too."""
    groups: list[tuple[int, list[Json]]] = []
    for position in range(len(frames) - 1, -1, -1):
        frame = frames[position]
        index = (frame.get("data") or {}).get("raw_index", position)
        if not isinstance(index, int) or not 0 <= index < count:
            continue
        if groups and groups[-1][0] == index:
            groups[-1][1].append(frame)
        else:
            groups.append((index, [frame]))
    return groups


def _is_unchanged(group: Sequence[Json], raw: Json) -> bool:
    """Whether a frame is unchanged: not symbolicated, or symbolicated to itself."""
    if len(group) != 1 or _alternatives(group[0]):
        return False
    frame = group[0]
    data = frame.get("data") or {}
    if [_key(step) for step in eval_chain(frame)] != [_key(step) for step in eval_chain(raw)]:
        return False
    status = data.get("symbolicator_status")
    if raw.get("platform") in ("native", "csharp") and _is_same_line(frame, raw):  # a debugger's line says more than ours would
        return True
    # A class known to the mapping is written by its original name, even if its method is unknown: a module changes only there.
    raw_still = status is not None and status != "symbolicated" and frame.get("module") == raw.get("module")
    return raw_still or all(frame.get(key) == raw.get(key) for key in _WRITTEN)


def _is_same_line(frame: Json, raw: Json) -> bool:
    base, before = (str(each.get("filename") or "").rpartition("/")[2] for each in (frame, raw))
    return raw.get("lineno") is not None and frame.get("lineno") == raw.get("lineno") and base == before


def _key(step: Json) -> tuple[Any, ...]:
    return tuple(step.get(key) for key in ("function", "abs_path", "lineno", "colno"))


def _write(form: Format, group: Sequence[Json], raw: Json) -> list[str]:
    """A group's lines, and below a frame its alternatives; `raw` has a `step` for those after the first.

    Line ends inside a name or a path would break the trace: they become spaces. Control characters become their pictures.
    """
    if form.write_all is not None:
        return [_in_one_line(form.write_all(group, raw))]
    written: list[str] = []
    for step, frame in enumerate(group):
        written.append(form.write(frame, {**raw, "step": step} if step else raw))
        written += ["<OR> " + form.write(other, raw) for other in _alternatives(frame)]
    if form.read_pair is None:
        return [_in_one_line(one) for one in written]
    return ["\n".join(map(_in_one_line, one.split("\n"))) for one in written]


def _in_one_line(written: str) -> str:
    return "\t".join(tame(part, keep_bytes=True) for part in " ".join(written.splitlines()).split("\t"))


def _alternatives(frame: Json) -> Sequence[Json]:
    """The alternatives of an ambiguous frame, printed as R8's retrace does."""
    others = (frame.get("data") or {}).get("alternatives")
    return [other for other in others if isinstance(other, Mapping)] if isinstance(others, list | tuple) else ()


def _line_edit(
    text: str, lines: Sequence[Line], index: int, found: Found, contents: Sequence[str] | None, again: tuple[str, str] = ("", "")
) -> Edit | None:
    """The edit of one frame's line or lines: `contents` in its place, with the line's own head and tail around each."""
    line = lines[index]
    start = line.at(found.start)
    line_start = line.start
    line = lines[index + found.lines - 1]
    end = line.at(found.end)
    if not contents:
        alone = not text[end : line.end].strip()  # ` {` and `,` connect the text around the stack
        return Edit(line_start, line.stop, "") if alone and line.stop > line.end else None
    raw = text[start:end]
    if len(contents) == 1:
        return None if contents[0] == raw else Edit(start, end, contents[0] + codes_in(raw))
    head, tail = text[line_start:start], text[end : line.end] if line.whole else ""
    if again[0]:
        before, _, after = head.rpartition(again[0])
        head = before + again[1] + after if before or head.startswith(again[0]) else head
    ending = text[line.end : line.stop] or (text[lines[index - 1].end : lines[index - 1].stop] if index else "") or "\n"
    return Edit(start, end, (tail + ending + head).join(contents) + codes_in(raw))


def header_edits(lines: Sequence[Line], node: Node, value: Json, raw: Json) -> list[Edit]:
    """The edits of the lines that name an exception: where its type changed, and its message if that still has as many lines."""
    edits: list[Edit] = []
    for index, header in ((node.header_line, node.header), *node.echoes):
        if header is not None:
            edits += _naming_edits(lines[index], header, value, raw)
    new, old = value.get("value"), raw.get("value")
    if node.header is not None and isinstance(new, str) and isinstance(old, str) and new != old:
        edits += _message_edits(lines, node.header_line, new.split("\n"), old.split("\n"))
    return edits


def _naming_edits(line: Line, header: Header, value: Json, raw: Json) -> list[Edit]:
    """The type, and the message's first line."""
    edits: list[Edit] = []
    new_type = _type_name(value)
    if header.type and new_type and new_type != _type_name(raw):
        edits.append(Edit(line.at(header.type_start), line.at(header.type_end), line.encode(new_type)))
    new, old = value.get("value"), raw.get("value")
    if isinstance(new, str) and isinstance(old, str) and new != old:
        many = "\n" in old  # if the message had one line, all of the new one goes to that line
        new, old = (new.partition("\n")[0], old.partition("\n")[0]) if many else (" ".join(new.splitlines()), old)
        if new != old and header.value.rstrip() == old.rstrip():
            edits.append(Edit(line.at(header.value_start), line.at(header.value_end), line.encode(new)))
    return edits


def _type_name(value: Json) -> str | None:
    """An exception's type as Java prints it, with its package; as JavaScript does, without one."""
    kind, module = value.get("type"), value.get("module")
    return f"{module}.{kind}" if isinstance(kind, str) and isinstance(module, str) and module else kind if isinstance(kind, str) else None


def _message_edits(lines: Sequence[Line], header_line: int, new: Sequence[str], old: Sequence[str]) -> Iterator[Edit]:
    """The further lines of a message."""
    if len(new) != len(old):
        return
    for place in range(1, min(len(old), len(lines) - header_line)):
        line = lines[header_line + place]
        if old[place] != new[place] and line.plain.endswith(old[place]):
            start = line.at(len(line.plain) - len(old[place]))
            yield Edit(start, line.at(len(line.plain)), line.encode(new[place]))
