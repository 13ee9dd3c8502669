"""The formats there are, in the order in which a line is tried on them. A new one is a file of its own and a line here."""

from __future__ import annotations

from symbolicator.traces import android, console, gecko, hermes, react, v8
from symbolicator.traces.format import Format

FORMATS: tuple[Format, ...] = (
    hermes.FORMAT,  # before V8, whose syntax it has: `address at index.android.bundle` would be a path there
    v8.FORMAT,
    console.CHROME,  # before gecko: `f @ a.js:1`, spaces around the separator
    android.FORMAT,  # before gecko: `f@12.js:1:2` counts columns otherwise
    gecko.FORMAT,
    console.VITEST,
    console.SAFARI,
    console.FIREFOX,  # a word and a URL: after everything that has a mark of its own
    gecko.NAMELESS,
    react.FORMAT,  # last: `in` is a word of English
)
