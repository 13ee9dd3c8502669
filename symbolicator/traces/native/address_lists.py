"""Lists of addresses: which words announce one, and each address of a list in one line on a line of its own.

::

    Backtrace: 0x400d1033:0x3ffb1f50 0x400d1063:0x3ffb1f70     ESP-IDF; Seastar, GNAT and heap profiles list addresses too
    please use: addr2line -e rtthread.elf -a -f 0x0800116b     RT-Thread
    unlock@mutex.cpp:272] >> debug unlock, lbt=0x7f62ca352c0e 0x44a9af     OceanBase
    @ 0x55b39afa11cd 0x55b39afa12b2                            jemalloc's heap profiles
    (0x18a3b4c8c 0x1845d0ac8 0x104b144bc)                      Apple's, below `Last Exception Backtrace:`
    {"bt":[{"a":"55B39AFA11CD","b":"55B39AFA0000","o":"11CD"}]}  MongoDB
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.patterns import regex
from symbolicator.traces.lines import Line
from symbolicator.traces.native.registers import pair

MAX_LISTED = 1_000
"""Addresses of one line that are read."""

_LISTING = regex(
    r"(?i)(?:back ?trace(?:\|? ?\d{0,9})?:?|call ?stack:?|stack ?trace:?|traceback(?: locations)?:|call trace:|\] @)"
    r"(?:[ \t]{1,20}|#012\s{0,20})"
    r"(?=(?:0x[0-9a-f]{3,16}|/\S{1,300}\+0x[0-9a-f]{1,16})\b)"
    r"|\b(?:(?:back|stack) ?trace\"?[:=] ?\[?|lbt(?:\(\))?=)\"?(?=0x[0-9a-f]{3,16}\b)"
    r"|\baddr2line(?: -\w{1,20}| (?!0x)[\w./-]{1,200}){1,8} (?=0x[0-9a-f]{3,16}\b)"
)
_PROFILED = regex(r"\s{0,8}@(?: 0x[0-9a-f]{3,16}){1,1000}\s{0,8}$")
_LISTED = regex(
    r"(?:0x[0-9a-fA-F]{3,16}(?::0x[0-9a-fA-F]{1,16})?|/[^\s+]{1,500}\+0x[0-9a-fA-F]{1,16})(?![^\s\",;|)\]#<-])"
    r"(?! (?!0x)[^\n]{1,400}? at [^\s()]{1,400}:\d)"
)
"""One that we symbolicated before has its position after it."""
_BETWEEN = regex(r"(?:\s|#01[125]|[,;|\"]|<-|->){1,40}")
"""What separates two of a list; `#012` is a line's end in a line of syslog's."""
_MONGO = regex(r"(?:\"a\":\"[0-9A-F]{4,16}\",)?\"b\":\"[0-9A-F]{1,16}\",\"o\":\"[0-9A-F]{1,16}\"")
_HEADED = regex(
    r"(?i)(?:back ?trace|call ?stack|stack ?trace|traceback locations|call trace)[^\n]{0,40}:\s*$"
    r"|addr2line(?: -\w{1,20}| (?!0x)[\w./-]{1,200}){1,8}\s*$"
)


def listed(text: str, lines: Sequence[Line]) -> Sequence[Line]:
    """The lines, with each address of a list in one line on a line of its own."""
    out: list[Line] = []
    headed, cut = "", False
    for line in lines:
        plain = line.plain
        spans: list[tuple[int, int]] = []
        if line.depth or not plain:
            pass
        elif '"b":"' in plain:
            spans = [one.span() for _, one in zip(range(MAX_LISTED), _MONGO.finditer(plain), strict=False)]
        elif registers := pair(plain):
            spans = registers
        elif "0x" in plain:
            heading = _LISTING.search(plain) if _may_list(plain) else None
            profiled = plain.startswith("@ 0x", len(plain) - len(plain.lstrip())) and _PROFILED.match(plain) is not None
            indent = len(plain) - len(plain.lstrip(headed))
            begin = heading.end() if heading else plain.index("0x") if profiled else indent if headed else -1
            while begin >= 0 and len(spans) < MAX_LISTED and (one := _LISTED.match(plain, begin)) is not None:
                spans.append(one.span())
                between = _BETWEEN.match(plain, one.end())
                begin = between.end() if between else -1
            if not heading and not profiled and len(spans) < 2:
                spans.clear()
        # What may be before the first address on the next line. `*** First throw call stack:` stays a message: it has no images.
        headed = "" if not plain or _HEADED.search(plain) is None else " \t(" if plain.startswith("Last Exception") else " \t"
        if not spans:
            out.append(line)
            continue
        cut = True
        start = line.start
        out.append(Line(text, line.number, start, line.at(spans[0][0]), line.at(spans[0][0]), region=line.region))
        for at, (first, last) in enumerate(spans):
            stop = line.at(spans[at + 1][0]) if at + 1 < len(spans) else line.at(last)
            out.append(Line(text, line.number, line.at(first), line.at(last), stop, region=line.region))
        out.append(Line(text, line.number, line.at(spans[-1][1]), line.end, line.stop, region=line.region))
    return out if cut else lines


def _may_list(plain: str) -> bool:
    """Cheap: whether it is worth looking for a heading."""
    return any(word in plain for word in ("race", "RACE", "tack", "STACK", "] @", "lbt", "addr2line"))


def announces(plain: str) -> bool:
    """Whether a line says that a native stack follows."""
    return _ANNOUNCES.search(plain[-200:]) is not None


_ANNOUNCES = regex(
    r"(?i)(?:back ?trace|call ?stack|stack ?trace|call ?trace|traceback|locations|\bstack)[^\n]{0,60}$"
    r"|^\($|(?:\]|^)\s*@\s*$|@\w{0,40}\[[^\n]{0,100}$|\bTID \d{1,9}:\s*$|\blbt(?:\(\))?=\"?$|\baddr2line -[^\n]{1,120}$"
    r"|\bPID: \d{1,10} {1,8}TASK: [0-9a-f]{8}"
)
