"""A text written again: the edits that put symbolicated frames and headers where the raw ones stood.

An edit replaces `text[start:end]`. Nothing outside of an edit is touched, so what stays raw stays byte for byte.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from symbolicator.traces.chain import Node
from symbolicator.traces.format import Format, Found
from symbolicator.traces.lines import Line, codes_in
from symbolicator.traces.positions import eval_chain
from symbolicator.traces.scan import Stack

Json = Mapping[str, Any]
_WRITTEN = ("function", "filename", "abs_path", "lineno", "colno", "module", "package", "instruction_addr")


class Edit(NamedTuple):
    """`text[start:end]` becomes `replacement`."""

    start: int
    end: int
    replacement: str


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made; one that overlaps an earlier one is left out."""
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

    Where the order of the frames is that of the text, each line is edited in place; where a transformer moved frames, the lines are
    filled anew from the top. A raw frame without an answer loses its line, unless something else stands on it.
    """
    groups = _groups(frames, len(raw_frames))
    last = len(raw_frames) - 1
    order = [last - index for index, _ in groups]  # the place of each group in the text, callee first
    in_order = all(a < b for a, b in itertools.pairwise(order))
    targets = order if in_order else [min(place, last) for place in range(len(groups))]
    contents: dict[int, list[str]] = {}
    for target, (index, group) in zip(targets, groups, strict=True):
        place = last - index
        line, found, form = lines[stack.lines[place]], stack.founds[place], stack.formats[place]
        if target == place and _is_unchanged(group, raw_frames[index]):
            contents.setdefault(target, []).append(text[line.at(found.start) : line.at(found.end)])
            continue
        written = _write(form, group, raw_frames[index])
        contents.setdefault(target, []).extend(line.encode(one) for one in written)
    edits: list[Edit] = []
    for place in range(last + 1):
        edit = _line_edit(text, lines, stack.lines[place], stack.founds[place], contents.get(place))
        if edit is not None:
            edits.append(edit)
    return edits


def _groups(frames: Sequence[Json], count: int) -> list[tuple[int, list[Json]]]:
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
    """Whether a frame is what it was: not brought back, or brought back to itself."""
    if len(group) != 1:
        return False
    frame = group[0]
    data = frame.get("data") or {}
    if [_key(step) for step in eval_chain(frame)] != [_key(step) for step in eval_chain(raw)]:
        return False
    status = data.get("symbolicator_status")
    return (status is not None and status != "symbolicated") or all(frame.get(key) == raw.get(key) for key in _WRITTEN)


def _key(step: Json) -> tuple[Any, ...]:
    return tuple(step.get(key) for key in ("function", "abs_path", "lineno", "colno"))


def _write(form: Format, group: Sequence[Json], raw: Json) -> list[str]:
    """A group's lines. Line ends inside a name or a path would break the trace: they become spaces."""
    return [" ".join(form.write(frame, raw).splitlines()) for frame in group]


def _line_edit(text: str, lines: Sequence[Line], index: int, found: Found, contents: Sequence[str] | None) -> Edit | None:
    """The edit of one line: `contents` in the place of its frame, the line's own head and tail around each."""
    line = lines[index]
    start, end = line.at(found.start), line.at(found.end)
    if not contents:
        alone = not text[end : line.end].strip()  # ` {` and `,` hold the text around the stack together
        return Edit(line.start, line.stop, "") if alone and line.stop > line.end else None
    raw = text[start:end]
    if len(contents) == 1:
        return None if contents[0] == raw else Edit(start, end, contents[0] + codes_in(raw))
    head, tail = text[line.start : start], text[end : line.end] if line.whole else ""
    ending = text[line.end : line.stop] or (text[lines[index - 1].end : lines[index - 1].stop] if index else "") or "\n"
    return Edit(start, end, (tail + ending + head).join(contents) + codes_in(raw))


def header_edits(lines: Sequence[Line], node: Node, value: Json, raw: Json) -> list[Edit]:
    """The edits of a header line whose exception got another type, or another message of one line."""
    header = node.header
    if header is None:
        return []
    line = lines[node.header_line]
    edits: list[Edit] = []
    new_type = value.get("type")
    if header.type and isinstance(new_type, str) and new_type != raw.get("type"):
        edits.append(Edit(line.at(header.type_start), line.at(header.type_end), line.encode(new_type)))
    new_value = value.get("value")
    if isinstance(new_value, str) and new_value != raw.get("value") and header.value == raw.get("value"):
        edits.append(Edit(line.at(header.value_start), line.at(header.value_end), line.encode(" ".join(new_value.splitlines()))))
    return edits
