r"""Stacks that were folded into other lines: puts each frame on its own line again.

Log shippers write a whole trace into one line (blanks, tabs, `\r`, syslog's `#012` or ` | ` for its line ends), pages have `<br>` and
character references, JSON has an array of strings or an object for each line, error handlers print error and position on one line. The
result are `Line`s as in `lines.py`: their `[start, stop)` follow each other without a gap, so unedited text stays byte
for byte. Nothing is split if no frame follows.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.patterns import regex
from symbolicator.traces.format import Format
from symbolicator.traces.headers import SURE, read_header
from symbolicator.traces.javascript.objects import split_objects
from symbolicator.traces.lines import MAX_LINE, Line
from symbolicator.traces.scan import read_line

_FRAME_AHEAD = (
    r"(?=at \S|Caused by: |\.\.\. \d{1,5} more|#\d{1,3}:? {1,2}0x|#\d{1,3} {1,4}abs [0-9a-f]"
    r"|/[^\s()]{1,300}\([^\s()]{0,2000}\) ?\[0x"
    r"|[^\s@]{0,100}+@(?:https?|file|app|capacitor|webpack|[a-z-]{2,20}-extension)://)"
)
# What stands for a line end; a run of blanks alone is one too if a frame follows it.
_MARK = r"(?:->|\(?-->|\\[rn]|#01[25]|%0[AaDd]|&#(?:10|13|x[aAdD]);|\^[MJI]|#(?!0)|[|~;⏎↵¶])"
_FOLD = regex(rf"(?<!\s)(?:\s++|{_MARK})(?:\s++|{_MARK}|\\t|#011){{0,12}}+{_FRAME_AHEAD}")
_TAG = regex(r"(?i)<(?:/?(?:pre|code|p|div|li|ul|ol|span|h[1-6]|td|tr|body|html|title|samp|b|i|em|strong|a)\b[^<>]{0,500}|br ?/?)>")
_PAGE = regex(r"(?i)<(?:br|pre|html|!doctype|div|p|ul|ol|table)\b[^<>]{0,200}>|&(?:nbsp|quot|#x2f|#47);")
_MARKS_OF_PAGES = ("<br", "<p", "<html", "<!doctype", "<div", "<ul", "<ol", "<table", "&nbsp", "&quot", "&#")
"""One of these is in any page: a quick check."""
_HEAD = 100_000
"""Characters in which a page shows that it is one."""
_ARRAY_FRAME = regex(
    r"\"\s{0,100},\s{0,100}\"(?:(?:\s|\\t){0,100}+at \S|[\w$./<>-]{3,500}\([\w$. -]{1,100}(?::\d{1,9})?\)\"|[^\"@\s]{0,500}@[a-z][a-z0-9+.-]{1,30}://)"
)
_LIST = regex(r"\[(?=[\w$./]{1,500}\([\w$. ]{1,100}(?::\d{1,9})?\), )")
_LISTED = regex(r"([^\s,()\[\]]{1,1000}\([^()\n]{1,300}\))(, |\]|$)")
_ITEM = regex(r"\"((?:[^\"\\]|\\.){0,9000}+)\"(\s{0,100},\s{0,100}|\s{0,100}\])")
_QUOTED_LINE = regex(r"\s{0,200}\"((?:[^\"\\]|\\.){0,9000}+)\",?\s{0,20}$")
_MEMBER = regex(r"\"([^\"\\]{1,60})\"\s{0,20}:\s{0,20}\"((?:[^\"\\]|\\.){0,9000}+)\"")

_THROWN_AT = regex(
    r",? \(?((?:at )?[a-z][a-z-]{1,30}://[^\s()\"',]{1,1000}"
    r"(?::\d{1,9}|,? (?:line|Line:) ?\d{1,9},? (?:col(?:umn)?|Col(?:umn)?:) ?\d{1,9}))\)?[.\"']?\s*$"
)


def is_page(text: str) -> bool:
    """Whether a text is written in HTML."""
    head = text[:_HEAD]
    if "<" not in head and "&" not in head:
        return False
    small = head.lower()
    return any(mark in small for mark in _MARKS_OF_PAGES) and _PAGE.search(head) is not None


def unfolded(text: str, lines: Sequence[Line], formats: Sequence[Format], page: bool) -> Sequence[Line]:
    """The lines, with each folded stack on its own lines; `lines` itself if there is none. `page`: whether the text is HTML."""
    if page:
        lines = _without_markup(text, lines)
    if '"' in text:
        lines = _json_arrays(text, split_objects(text, lines), formats)
        lines = _json_members(_json_lines(lines, formats), formats)
    if "), " in text:
        lines = _java_lists(text, lines, formats)
    out: list[Line] = []
    cut = False
    for at, line in enumerate(lines):
        pieces = _unfold(text, line, formats)
        if len(pieces) == 1 and "://" in line.plain:
            pieces = _thrown_at(text, line, lines[at + 1].plain if at + 1 < len(lines) else "", formats)
        cut = cut or len(pieces) > 1
        out += pieces
    return out if cut else lines


def _unfold(text: str, line: Line, formats: Sequence[Format]) -> Sequence[Line]:
    """The pieces of a line with several frames."""
    plain = line.plain
    if not plain and line.end - line.start > MAX_LINE and not line.depth and not line.region:
        plain = text[line.start : line.end]
    if not _may_fold(plain):
        return (line,)
    cuts: list[tuple[int, int]] = []
    good = marked = 0
    family = ""  # all are frames of one kind: `#1 0x… in f () at a.c:3` is not two
    depth = position = 0
    first = len(plain) - len(plain.lstrip())
    folds = [found for found in _FOLD.finditer(plain) if found.start() > first]
    for at, found in enumerate(folds):
        piece = plain[position : found.start()]
        depth += piece.count("(") - piece.count(")")
        position = found.start()
        end = folds[at + 1].start() if at + 1 < len(folds) else len(plain)
        one = plain[found.end() : end]
        if depth > 0 and len(cuts) == 0 and not piece.rstrip().endswith(")"):
            continue  # `eval at f (…)` within a frame's parentheses
        read = read_line(one, formats) if len(one) <= MAX_LINE else None
        if read is not None and read[1].strong and family in ("", read[0].family):
            family = read[0].family
            cuts.append((found.start(), found.end()))
            depth = 0
            good += 1
            marked += len(found[0]) > 1 or not found[0].isspace() or found[0] in "\t\r"
        elif cuts and one.startswith(("Caused by: ", "... ")):
            cuts.append((found.start(), found.end()))
            depth = 0
    # A single frame may be after a collector's prefix, or in prose: it was folded if an error is before it.
    if good == 0 or (good == 1 and not (marked and _is_error(plain[: cuts[0][0]]))):
        return (line,)
    pieces: list[Line] = []
    start, from_ = line.start, 0
    places = line if line.plain else Line(text, line.number, line.start, line.start, line.start)  # unread, for its length: as it stands
    for end, after in cuts:
        pieces.append(_piece(text, line, start, places.at(end), places.at(after), from_))
        start, from_ = places.at(after), after
    pieces.append(_piece(text, line, start, line.end, line.stop, from_))
    return pieces


def _thrown_at(text: str, line: Line, below: str, formats: Sequence[Format]) -> Sequence[Line]:
    """The error, the position and the rest of a line with both, as in handlers of `window.onerror`; for one above frames, the line."""
    found = _THROWN_AT.search(line.plain) if "rror" in line.plain or "xception" in line.plain else None
    if found is None or not _is_error(line.plain[: found.start()]):
        return (line,)
    read = read_line(line.plain[found.start(1) : found.end(1)], formats)
    if read is None or read[0].platform != "javascript" or read_line(below, formats) is not None:
        return (line,)
    start, end = line.at(found.start(1)), line.at(found.end(1))
    head = _piece(text, line, line.start, line.at(found.start()), start, 0)
    return (head, _piece(text, line, start, end, end, 1), _piece(text, line, end, line.end, line.stop, 1))


def _piece(text: str, line: Line, start: int, end: int, stop: int, from_: int) -> Line:
    made = Line(text, line.number, start, end, stop, region=line.region, depth=line.depth, markup=line.markup)
    if from_ == 0 and line.at(0) > start:  # the first piece has the line's own prefix
        made.skip(line.at(0) - start)
    return made


def _is_error(before: str) -> bool:
    header = read_header(before)
    return header is not None and header.grade == SURE


def _may_fold(plain: str) -> bool:
    """Cheap: whether a closer check is worthwhile."""
    if plain.count("at ") > 1 or plain.count("@") > 1 or plain.count("#") > 1 or plain.count("[0x") > 1:
        return True
    place = plain.find("at ", 1)
    return place > 1 and (plain[place - 1] in "\t\r|" or plain[place - 2 : place] in ("  ", "12", "\\n")) and not plain[:place].isspace()


def _without_markup(text: str, lines: Sequence[Line]) -> list[Line]:
    """The lines of a page, split at its tags, with character references resolved."""
    out: list[Line] = []
    for line in lines:
        if line.region or not ("<" in text[line.start : line.end] or "&" in line.plain):
            out.append(line)
            continue
        start = line.start
        ends = [(tag.start(), tag.end()) for tag in _TAG.finditer(text, line.start, line.end)]
        for end, stop in (*ends, (line.end, line.stop)):
            if start == end and stop > end and ends and out and not out[-1].region:  # nothing before a tag: part of how the last line ends
                out[-1].stop = stop
            else:
                out.append(Line(text, line.number, start, end, stop, markup=True))
            start = stop
    return out


def _java_lists(text: str, lines: Sequence[Line], formats: Sequence[Format]) -> Sequence[Line]:
    """The items of a list of frames on one line, each on its own line: Java's `[a.b.c(SourceFile:1), a.d.e(SourceFile:2)]`."""
    out: list[Line] = []
    for line in lines:
        found = _LIST.search(line.plain) if "), " in line.plain else None
        position = found.end() if found is not None else 0
        items: list[tuple[int, int]] = []
        while position and (item := _LISTED.match(line.plain, position)) is not None:
            items.append(item.span(1))
            position = item.end() if item[2] == ", " else 0
        if len(items) < 2 or any(read_line(line.plain[a:b], formats) is None for a, b in items[:2]):
            out.append(line)
            continue
        out.append(_piece(text, line, line.start, line.at(items[0][0]), line.at(items[0][0]), 0))
        for at, (start, end) in enumerate(items):
            stop = items[at + 1][0] if at + 1 < len(items) else end
            out.append(_piece(text, line, line.at(start), line.at(end), line.at(stop), 1))
        out.append(_piece(text, line, line.at(items[-1][1]), line.end, line.stop, 1))
    return out


def _json_arrays(text: str, lines: Sequence[Line], formats: Sequence[Format]) -> Sequence[Line]:
    """The items of an array of strings on one line, each on its own line: AWS Lambda's `"stack": ["Error: …", "    at …"]`."""
    out: list[Line] = []
    region = max((line.region for line in lines), default=0)
    for line in lines:
        found = _ARRAY_FRAME.search(text, line.start, line.end) if not line.region and '"' in text[line.start : line.end] else None
        opening = text.rfind("[", line.start, found.start()) if found is not None else -1
        position = line.start
        while found is not None and opening >= position:
            region += 1
            quote = text.find('"', opening)
            items: list[tuple[int, int]] = []
            item = _ITEM.match(text, quote, line.end)
            while item is not None:
                items.append(item.span(1))
                if item[2].endswith("]"):
                    break
                item = _ITEM.match(text, item.end(), line.end)
            if not any(read_line(text[a:b].replace("\\t", "\t").strip(), formats) for a, b in items):
                break
            out.append(Line(text, line.number, position, items[0][0], items[0][0]))
            for at, (start, end) in enumerate(items):
                stop = items[at + 1][0] if at + 1 < len(items) else end
                out.append(Line(text, line.number, start, end, stop, region=region, depth=1))
            position = items[-1][1]
            found = _ARRAY_FRAME.search(text, position, line.end)
            opening = text.rfind("[", position, found.start()) if found is not None else -1
        out.append(line if position == line.start else Line(text, line.number, position, line.end, line.stop))
    return out


def _json_lines(lines: Sequence[Line], formats: Sequence[Format]) -> Sequence[Line]:
    """The items of an array of strings over several lines: runs of lines that contain only a JSON string."""
    run: list[tuple[Line, int, int]] = []
    for line in (*lines, None):
        found = _QUOTED_LINE.match(line.plain) if line is not None and not line.region and not line.whole and line.plain else None
        if line is not None and found is not None:
            run.append((line, line.start + found.start(1), line.start + found.end(1)))
            continue
        if len(run) > 1 and any((read := read_line(_unquoted(one.plain), formats)) and read[1].strong for one, _, _ in run):
            for one, start, end in run:
                one.wrapped_in(start, end)
        run.clear()
    return lines


def _unquoted(plain: str) -> str:
    return plain.strip().removesuffix(",").strip('"')


def _json_members(lines: Sequence[Line], formats: Sequence[Format]) -> Sequence[Line]:
    """One JSON object for each line, with a line of the trace in the same member (`{"log": "    at …\\n", "stream": "stderr"}`)."""
    names: set[str] = set()
    candidates: list[Line] = []
    for line in lines:
        if line.region or line.whole or line.depth or not line.plain.lstrip().startswith("{"):
            continue
        candidates.append(line)
        if len(names) >= 4 or not ("at " in line.plain or "@" in line.plain or "0x" in line.plain):
            continue
        for member in _MEMBER.finditer(line.plain):
            value = member[2].removesuffix("\\n").removesuffix("\\r")
            read = read_line(value.replace("\\t", "\t"), formats) if "\\n" not in value else None
            if read is not None and read[1].strong:
                names.add(member[1])
    if not names:
        return lines
    for line in candidates:
        found = next((member for member in _MEMBER.finditer(line.plain) if member[1] in names), None)
        if found is not None:
            value = found[2].removesuffix("\\n").removesuffix("\\r")
            if "\\n" not in value:
                start = line.start + found.start(2)
                line.wrapped_in(start, start + len(value))
    return lines
