"""All formats, in the order in which they are tried on a line. A new one is a new file and a line here."""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.traces.dotnet import frames as dotnet
from symbolicator.traces.dotnet import unity
from symbolicator.traces.format import Format
from symbolicator.traces.java import art, debuggers, javacore
from symbolicator.traces.java import frames as java
from symbolicator.traces.javascript import bare, console, crashlytics, gecko, hermes, host_exceptions, objects, react, sentry, spelled, v8
from symbolicator.traces.lines import Line

_TOGETHER = 2_000
"""Lines searched at once."""

FORMATS: tuple[Format, ...] = (
    objects.JAVA,  # whole objects, before what may be in their members
    objects.SCRIPT,
    crashlytics.FORMAT,  # before Safari's console, which reads its end
    dotnet.FORMAT,  # before Java and V8, which read some of its lines, too; it reads none of theirs
    unity.FORMAT,  # likewise
    hermes.FORMAT,  # before V8, whose syntax it has: `address at index.host_exceptions.bundle` would be a path there
    javacore.FORMAT,
    art.FORMAT,  # before Java, which reads its end
    java.SPACED,  # before V8, which writes a blank there too, and never a place like Java's
    spelled.WORDS,  # before V8, which takes `URL 1:2` for a path with a blank in it
    v8.FORMAT,
    spelled.FILE,
    java.FORMAT,
    java.BARE,
    java.BARE_SPACED,
    debuggers.JFR,
    debuggers.IDEA,
    console.CHROME,  # before gecko: `f @ a.js:1`, spaces around the separator
    host_exceptions.FORMAT,  # before gecko: `f@12.js:1:2` counts columns otherwise
    gecko.FORMAT,
    console.VITEST,
    console.SAFARI,
    console.FIREFOX,  # a word and a URL: after everything with a mark of its own
    gecko.NAMELESS,
    sentry.FORMAT,
    spelled.PLACE_FIRST,
    spelled.PAIR,
    bare.FORMAT,  # V8's without `at`: after everything with a mark of its own
    bare.CALLS,
    dotnet.TRANSLATED,  # words such as `in` and `en`
    react.FORMAT,  # last: `in` is a word of English
)

# Every native trace contains one of these: a cheap test, so that the formats below are loaded only for texts that may need them.
_NATIVE_MARKERS = (
    "0x",
    "#0",
    "#1",
    "+0x",
    "stack backtrace:",
    "segfault ",
    " sp:",
    " pc ",
    ">] ",
    ".go:",
    " @ 0",
    "[unknown] (",
    " ([kernel.",
    " at ffff",
    "[<ffff",
    "[exception RIP: ",
    '","b":"',
    '"processInfo":',
    "  $0",
    "Unknown  ",
    "@[",
    ", sp = ",
    "User PSW : ",
    "\n 00",
    "0# ",
    ": 00007FF",
    "(filename not available)",
    "Exception Offset:",
    "\n 08",
    "PC   : ",
    "PC: ",
    "mepc: ",
    " ra: ",
)


def formats_for(text: str) -> tuple[Format, ...]:
    """The formats that a text may contain, in order. Native ones come first: their patterns are narrower."""
    if not any(marker in text for marker in _NATIVE_MARKERS):
        return FORMATS
    from symbolicator.traces.native.deleted_paths import may_be_gone, reading_gone
    from symbolicator.traces.native.formats import FORMATS as NATIVE  # for native texts only
    from symbolicator.traces.native.placed import may_be_placed, reading_placed

    native = NATIVE
    if may_be_placed(text):
        native = tuple(map(reading_placed, native))
    if may_be_gone(text):
        native = tuple(map(reading_gone, native))
    return tuple(dict.fromkeys((dotnet.FORMAT, unity.FORMAT, *native, *FORMATS)))  # Mono's offsets look like glibc's addresses


def all_formats() -> tuple[Format, ...]:
    """Every format there is, in the order of `formats_for`."""
    return formats_for(_NATIVE_MARKERS[0])


def occurring(formats: Sequence[Format], lines: Sequence[Line]) -> tuple[Format, ...]:
    """The formats whose marker occurs in the lines: the others need not be tried."""
    missing = {form.marker for form in formats}
    for first in range(0, len(lines), _TOGETHER):
        if not missing:
            break
        text = "\n".join(line.plain for line in lines[first : first + _TOGETHER])
        missing = {marker for marker in missing if marker not in text}
    return tuple(form for form in formats if form.marker not in missing)
