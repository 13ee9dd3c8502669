"""Finds the prefix that a logger puts before each line, from the text itself.

`lines.prefix_end` knows common ones: times, hosts, levels, tags. There are more loggers than anybody can list, but all do the same: they
write the same words before every line, and only times, numbers and levels change. So if the end of some line is a frame but the line as a
whole is not, what is before the frame is a prefix if other lines have it too; it is then dropped from all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from symbolicator.patterns import regex
from symbolicator.traces.format import Format
from symbolicator.traces.lines import Line, body_start, writer
from symbolicator.traces.scan import may_hold, read_line

MAX_TRIED = 2_000
"""How many different lines of one text are tried for a frame after an unknown prefix; then as many again that end like
one."""
MAX_PREFIX = 240
"""Characters of a prefix."""
MAX_CUTS = 24
"""Positions in one line where a frame may begin."""
MAX_PREFIXES = 16
"""Prefixes of one text."""

# Two lines that differ only in (hexadecimal) digits are alike: both contain a frame, or neither.
_ALIKE = bytes.maketrans(b"123456789abcdefABCDEF", b"0" * 21)
_LIKE_A_FRAME = regex(r":\d{1,10}\)?[ {,]{0,3}$|\b0x[0-9a-fA-F]{8,16}\b")
_CUT = regex(r"[\]>)|:,;*-](?=[^\s\]>)|:,;*-])|\s(?=\S)")
_HEADING = regex(r"(?i)\b(?:back ?trace|stack ?trace|call ?trace|call ?stack): ?$")
# What changes from line to line: levels; words with digits (times, numbers, ids, addresses).
_DIGITS = r"[A-Za-z_.+-]*+\d[\w.+-]*+"
_CHANGES = regex(rf"(?i)\b(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|CRIT(?:ICAL)?|FATAL|EMERG|ALERT)\b|{_DIGITS}")


def strip_prefixes(lines: Sequence[Line], formats: Sequence[Format]) -> int:
    """Drop the prefixes that this text's lines have in common from the lines' `plain`.

    Returns the number (from 1) of the line from which on no other prefix was searched for, 0 if the whole text was searched.
    """
    seen: Counter[str] = Counter()
    tried = stopped = 0
    patterns: list[str] = []
    any_of: re.Pattern[str] | None = None
    markers = dict.fromkeys(form.marker for form in formats)
    settled: set[int] = set()  # hashes of lines that are frames already, or contain none
    heading: re.Pattern[str] | None = None  # what is before the heading of a list of addresses
    for line in lines:
        plain = line.plain
        if plain.endswith((":", ": ")) and ("trace" in plain[-40:] or "stack" in plain[-40:]):
            heading = _before_heading(plain)
        elif heading is not None:
            lead = heading.match(plain)
            if lead is not None and read_line(plain, formats) is None and read_line(plain[lead.end() :], formats) is not None:
                patterns.append(heading.pattern)
                any_of = _any_of(patterns)
            heading = None
        if not line.marked:
            continue
        if tried >= MAX_TRIED and not ((":" in plain[-16:] or "0x" in plain) and _LIKE_A_FRAME.search(plain)):
            continue
        if not plain or line.whole or plain.startswith("=="):
            continue
        if not any(marker in plain for marker in markers) or (any_of is not None and any_of.match(plain)):
            continue
        if not may_hold(plain, formats):
            line.frameless = True
            continue
        if writer(plain):
            continue
        like = hash(plain.encode("utf-8", "surrogatepass").translate(_ALIKE))
        if like in settled:
            continue
        known = read_line(plain, formats)
        if known is not None and known[1].strong:
            settled.add(like)
            continue
        tried += 1
        if tried > 2 * MAX_TRIED or len(patterns) >= MAX_PREFIXES:
            stopped = line.number
            break
        mask = _prefix_of(plain, formats)
        if mask is None:
            settled.add(like)
            continue
        seen[mask] += 1
        if seen[mask] == 2:
            patterns.append(mask)
            any_of = _any_of(patterns)
    if not patterns and seen:  # only one frame: its prefix counts if other lines have it too
        for mask in list(seen)[:MAX_PREFIXES]:
            pattern = re.compile(mask)
            if sum(pattern.match(line.plain) is not None for line in lines if line.plain) > 1:
                patterns.append(mask)
        any_of = _any_of(patterns) if patterns else None
    if any_of is None:
        return stopped
    for line in lines:
        if line.plain and not line.whole:
            found = any_of.match(line.plain)
            if found is not None and found.end():
                line.skip(found.end())
    return stopped


def _before_heading(plain: str) -> re.Pattern[str] | None:
    """A pattern for what is before `Backtrace:`, if it is more than the logger's usual prefix."""
    word = _HEADING.search(plain, 0, MAX_PREFIX)
    lead = plain[: word.start()].rstrip() if word is not None else ""
    return re.compile(_mask(lead) + r"\s*(?=\S)") if lead and word is not None and body_start(plain) < word.start() else None


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """One pattern for all: the longest match is used."""
    return re.compile("|".join(f"(?:{one})" for one in sorted(patterns, key=len, reverse=True)))


def _prefix_of(plain: str, formats: Sequence[Format]) -> str | None:
    """A pattern for what is before the first frame at the end of a line; None if it does not end in a frame."""
    first = body_start(plain)
    for _, cut in zip(range(MAX_CUTS), _CUT.finditer(plain, 0, MAX_PREFIX), strict=False):
        at = cut.end()
        read = read_line(plain[at:], formats)
        if read is None or not read[1].strong:
            continue
        lead = plain[:at]
        if at <= first or not lead.strip() or lead.rstrip().endswith("#"):
            return None  # a known prefix fits this line already; HotSpot's reports begin with comments
        return _mask(lead.rstrip()) + (r"\s?" if lead[-1].isspace() else "")
    return None


def _mask(lead: str) -> str:
    """A pattern for `lead` in which changing words match any of their kind."""
    parts: list[str] = []
    position = 0
    for word in _CHANGES.finditer(lead):
        parts.append(_literal(lead[position : word.start()]))
        parts.append(_DIGITS if any(c.isdigit() for c in word[0]) else r"[A-Za-z]{3,9}+")
        position = word.end()
    return "".join((*parts, _literal(lead[position:])))


def _literal(text: str) -> str:
    return re.sub(r"(?:\\\s|\s)+", r"\\s+", re.escape(text))
