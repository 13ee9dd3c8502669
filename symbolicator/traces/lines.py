r"""A text as lines for the readers, each with its position in the text.

A trace rarely comes alone: a collector puts a time and a tag before each line, a terminal colours it, a JSON logger writes the whole
stack into one string with `\n` for line ends. `split_lines` undoes all that without loss: the lines' `[start, stop)` follow
each other without a gap, so the text put together again from them is the same, byte for byte. Formats decide what a frame is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from symbolicator.patterns import compile_pattern
from symbolicator.traces.escapes import colour_codes, unescape, unescape_html, without_colours

MAX_LINE = 10_000
"""Longer lines pass through unread: no engine prints one, and reading takes time in their length."""

UNREAD = -1
"""The region of skipped lines (`quiet.py`)."""

_BLANKS = dict.fromkeys((0xA0, 0x202F, 0x3000, *range(0x2000, 0x200B)), " ")
"""Blanks of pages, mails and documents; a frame copied out of one has them between its words."""


class Quiet(NamedTuple):
    """`text[start:stop]` is `lines` whole lines without content."""

    start: int
    stop: int
    lines: int


class Line:
    r"""One logical line: `text[start:end]` is what it says, `text[end:stop]` how it ends (`\\n`, `\\r\\n`, an escaped `\\n`, or nothing).

    `region` is 0 for plain text and a number for each JSON string that was split; lines of two regions never belong
    together; it is `UNREAD` for a run of skipped lines. `depth` says how often the line's text is JSON-escaped. `plain` is
    the text without escapes and colours, `number` counts the text's own lines from 1; `whole` marks a line with a wrapper on
    both sides of the text, `frameless` one that is known to hold no frame.
    """

    __slots__ = (
        "_lead", "_offsets", "depth", "end", "frameless", "marked", "markup", "number", "plain", "region", "start", "stop", "whole",
    )  # fmt: skip

    def __init__(
        self, text: str, number: int, start: int, end: int, stop: int, *, region: int = 0, depth: int = 0, markup: bool = False
    ) -> None:
        self.number, self.start, self.end, self.stop, self.region, self.depth = number, start, end, stop, region, depth
        self.whole = self.frameless = False
        self.marked = True
        self.markup = markup
        self._lead = 0
        self._offsets: list[int] | None = None
        self.plain = ""
        if end - start <= MAX_LINE:
            self.plain = text[start:end]
            if (depth and "\\" in self.plain) or "\x1b" in self.plain or (markup and "&" in self.plain):
                self._decode(start)
            elif not self.plain.isascii():
                self.plain = self.plain.translate(_BLANKS)

    def _decode(self, start: int) -> None:
        """Undo escapes and colours, and remember the position of each character."""
        chars, offsets = list(self.plain), list(range(start, self.end + 1))
        for _ in range(self.depth):
            chars, offsets = unescape(chars, offsets)
        if self.markup:
            chars, offsets = unescape_html(chars, offsets)
        if "\x1b" in chars:
            chars, offsets = without_colours(chars, offsets)
        self.plain, self._offsets = "".join(chars).translate(_BLANKS), offsets

    def wrapped_in(self, start: int, end: int) -> Line:
        """The line itself, with only `[start, end)` as its text and the rest as a wrapper around every line (Docker's json-file)."""
        raw_start, raw_end, raw_stop = self.start, self.end, self.stop
        self.plain = self.plain[start - raw_start : end - raw_start]
        self.start, self.end, self.depth, self.whole = start, end, 1, True
        self._decode(start)
        self.start, self.end, self.stop = raw_start, raw_end, raw_stop
        return self

    def skip(self, count: int) -> None:
        """Drop the first `count` characters of `plain`: a collector's prefix before what the program printed."""
        self.plain = self.plain[count:]
        if self._offsets is None:
            self._lead += count
        else:
            self._offsets = self._offsets[count:]

    def joined(self, text: str, below: Line, lead: int, between: str) -> Line:
        """The line and the one below it (without its first `lead` characters) as one line, joined by `between`."""
        made = Line(text, self.number, self.start, self.start, below.stop, region=self.region, depth=self.depth, markup=self.markup)
        made.end = below.end
        head = self.plain.rstrip()
        made.plain = head + between + below.plain[lead:]
        made._offsets = [
            *map(self.at, range(len(head))),
            *(self.at(len(head)) for _ in between),
            *map(below.at, range(lead, len(below.plain) + 1)),
        ]
        return made

    def at(self, index: int) -> int:
        """The position in the text of the character `index` of `plain`."""
        return self.start + self._lead + index if self._offsets is None else self._offsets[index]

    def encode(self, text: str) -> str:
        """`text` as this line has to write it: escaped as often as the line is."""
        if self.markup:
            import html  # few lines are markup

            text = html.escape(text, quote=False)
        if not self.depth:
            return text
        import json  # few lines are escaped

        for _ in range(self.depth):
            text = json.dumps(text, ensure_ascii=False)[1:-1]
        return text


@cache
def _pattern(source: str) -> re.Pattern[str]:
    """Compiled when first needed: importing this module compiles no pattern."""
    return compile_pattern(source)


# A frame after an escaped line end. Runs of backslashes are entered only at their first one, so a megabyte of them is scanned once.
_ESCAPED_FRAME = (
    r"(?<!\\)(\\{1,4})n(?:\s|\\{1,4}t)*+(?:at |in [A-Z]|[^\s\"\\@]{0,200}@"
    r"|#\d|(?:\* )?frame #|==\d{1,10}==|\d{1,6}: {1,9}0x|[^\s\"\\]{1,200}\.go:\d)"
)
_DOCKER = '{"log":"'


def split_lines(text: str, quiet: Sequence[Quiet] = (), marks: Sequence[int] | None = None) -> list[Line]:
    """Every line of `text`, in order; a JSON string with a stack is split at its escaped line ends, and each of the `quiet` runs is
    one line, unread and in its own region. `marks` says for each line of the text whether it may hold a certain frame.
    """
    lines: list[Line] = []
    position, size, regions, number = 0, len(text), 0, 0
    escapes = "\\n" in text
    runs = iter(quiet)
    run = next(runs, None)
    while position < size:
        number += 1
        if run is not None and position == run.start:
            unread = Line(text, number, position, position, run.stop, region=UNREAD)
            unread.end = run.stop - 1
            lines.append(unread)
            number += run.lines - 1
            position, run = run.stop, next(runs, None)
            continue
        newline = text.find("\n", position)
        end, stop = (size, size) if newline < 0 else (newline, newline + 1)
        if end > position and text[end - 1] == "\r":
            end -= 1
        if escapes and text.find("\\n", position, end) >= 0:
            regions = _split_escaped(text, Line(text, number, position, end, stop), lines, regions)
        else:
            line = Line(text, number, position, end, stop)
            line.marked = marks is None or marks[number - 1] != 0
            lines.append(line)
        position = stop
    return lines


def _split_escaped(text: str, whole: Line, lines: list[Line], regions: int) -> int:
    """Append the logical lines of one physical line with escaped line ends; returns the number of regions so far."""
    number, start, end, stop = whole.number, whole.start, whole.end, whole.stop
    frames = _pattern(_ESCAPED_FRAME)
    if text.startswith(_DOCKER, start) and frames.search(text, start, end) is None:
        quote = text.find('\\n"', start, end)
        if quote >= 0 and whole.plain:
            lines.append(whole.wrapped_in(start + len(_DOCKER), quote))
            return regions
    position = start
    while (found := frames.search(text, position, end)) is not None:
        width = len(found[1])
        if width == 3:  # no number of encodings doubles a backslash into three
            break
        depth = width.bit_length()
        quote_pattern = _pattern(rf'(?<!\\)\\{{{width - 1}}}"')
        opening = position
        for mark in quote_pattern.finditer(text, position, found.start()):
            opening = mark.end()
        closing = quote_pattern.search(text, found.end(), end)
        region_end = closing.start() if closing else end
        if opening > position:
            lines.append(Line(text, number, position, opening, opening))
        regions += 1
        cursor = opening
        for newline in _pattern(rf"(?<!\\)(?:\\{{{width}}}r)?\\{{{width}}}n").finditer(text, opening, region_end):
            lines.append(Line(text, number, cursor, newline.start(), newline.end(), region=regions, depth=depth))
            cursor = newline.end()
        lines.append(Line(text, number, cursor, region_end, region_end, region=regions, depth=depth))
        position = region_end
    lines.append(Line(text, number, position, end, stop))
    return regions


# What collectors put before a line, one atom each; possessive, so that no text makes it backtrack.
_PREFIX = r"""(?x)
(?: \s*+ (?:
    \d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(?::\d\d)?+(?:[.,]\d+)?+(?:\ ?(?:Z|UTC|[+-]\d\d:?\d\d))?+         # ISO 8601
  | \d\d-\d\d\ \d\d:\d\d:\d\d\.\d+(?:\ [+-]\d{4})?+                                      # logcat's time
  | [A-Z][a-z]{2}\ {1,2}\d{1,2}\ \d\d:\d\d:\d\d\ [\w.-]+                              # syslog's time and host
  | \d\d:\d\d:\d\d(?:[.,]\d+)?+
  | \d{1,10}\s+\d{1,10}\ [VDIWEFA]\ [\w.:$\ -]{1,60}?:(?=\s)                            # logcat -v threadtime
  | [VDIWEFA]/[\w.$:-]{1,60}\s*(?:\(\s*\d{1,10}\s*\))?:                               # logcat -v brief, time, tag
  | [VDIWEFA]\(\s*\d{1,10}(?::\s*\d{1,10})?\)                                          # logcat -v process, thread
  | \d{1,10}-\d{1,10}/[\w.?:-]{1,100}\ [VDIWEFA]/[\w.$:-]{1,60}:                       # Android Studio's logcat, before 2022
  | \d{1,10}-\d{1,10}\s+[\w.$:/-]{1,60}\s+[\w.:-]{1,100}\s+[VDIWEFA]                    # and since
  | \[(?!cause\]|errors\]|\w{0,100}Error\b)[^\][\n]{0,100}\]:?(?=\s|$)                  # [pid], [tag]
  | std(?:out|err)\ [FP](?=\s)                                                        # containerd
  | (?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|LOG|trace|debug|info|warn(?:ing)?|error|fatal|ERR|ERR!)(?=[\s:]):?
  | [\w.@/-]{1,60}(?:\[\d{1,10}\]:|\s*+\|)(?=\s|$)                                      # proc[123]:, compose's `web_1  |`
  | \d{1,6}\|[\w.@/-]{1,60}\s*+\|                                                         # pm2's `0|app  |`
  | [|>│┃](?=\s|$)
) (?=\s|$) ){1,8}+
"""


@lru_cache(maxsize=2)  # several formats ask about one line, in turn
def prefix_end(plain: str) -> int:
    """Where a collector's prefix ends (0 if there is none); white space after it is not part of it."""
    if plain.startswith(("    ", "\t")):  # no collector indents its prefix, and every engine its frames
        return 0
    start = plain.lstrip()
    head = start.partition(":")[0]
    # How engines, and no collectors, begin lines: checked without the pattern, which a short run would compile for nothing (0.9 ms).
    if start[:1] in "]})" or start.startswith("[errors]") or (head.endswith("Error") and head.isidentifier()):
        return 0
    found = _pattern(_PREFIX).match(plain)
    return found.end() if found else 0


_WRITER = (
    r"(?:(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9}(?: [+-]\d{4})? +)?"
    r"(?:(\d{1,10} +\d{1,10} [VDIWEFA] [^:\n]{1,60}):"  # threadtime
    r"|([VDIWEFA]/[^(:\n]{1,60}\( *\d{1,10}\)):"  # brief, time
    r"|(\d{1,10}-\d{1,10}/\S{1,100} [VDIWEFA]/[^:\n]{1,60}):"  # Android Studio, before 2022
    r"|(\d{1,10}-\d{1,10} +\S{1,60} +\S{1,100} +[VDIWEFA])(?= ))"  # and since
)
_DIGITS = frozenset("0123456789")
_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")


def likeness(plain: str) -> int:
    """A number that lines share which differ in digits alone: a log has few kinds of lines."""
    return hash(plain.encode("utf-8", "surrogatepass").translate(_AS_ZERO))


def writer(plain: str) -> str:
    """Who wrote the line: process, thread and tag, as far as logcat says; "" if unknown."""
    return writer_and_start(plain)[0]


def is_others(plain: str, own: str) -> bool:
    """Whether another writer than `own` is known to have written the line."""
    return own != "" and writer(plain) not in ("", own)


def writer_and_start(plain: str) -> tuple[str, int]:
    """Who wrote the line, and where their text begins."""
    if plain[:1] not in _DIGITS and plain[1:2] != "/":  # checked without the pattern: most texts are not logs
        return "", 0
    found = _pattern(_WRITER).match(plain)
    return (" ".join(found[found.lastindex or 0].split()), found.end()) if found else ("", 0)


@lru_cache(maxsize=2)  # several formats ask about one line, in turn
def body_start(plain: str) -> int:
    """Where the program's own text begins: after the prefix and the indentation."""
    start = prefix_end(plain)
    while start < len(plain) and plain[start].isspace():
        start += 1
    return start


@lru_cache(maxsize=2)
def find_marker(plain: str, marker: str) -> int:
    """Where `marker` starts the program's own text, or -1.

    Before it is nothing, an indentation, or a prefix; two spaces or a tab before it are always an indentation.
    """
    index = plain.find(marker)
    for _ in range(8):
        if index < 0:
            return -1
        before = plain[:index]
        if not before or before.isspace() or before.endswith(("  ", "\t")):
            return index
        if before[-1].isspace() and prefix_end(before) >= len(before.rstrip()):
            return index
        index = plain.find(marker, index + 1)
    return -1


def codes_in(raw: str) -> str:
    """The colour codes in a text, without the text: its replacement must leave the terminal in the same state."""
    return "".join(colour_codes(raw)) if "\x1b" in raw else ""
