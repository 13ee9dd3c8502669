"""React Native's JavaScript stack inside a host's exception: Android's `JavascriptException`, iOS' `RCTFatalException`.

::

    com.facebook.react.common.JavascriptException: TypeError: x, stack:
    function@1:11940
    function@seg-3_5.js:1:200
    forEach@-1                                  (iOS: forEach@<null>:<null>) where the engine gave no position
    global code@1:14

Only modules of a RAM bundle are named: other frames ran from the bundle, and are given its usual name,
`index.android.bundle`, with `data.assumed_path`. Lines count from 1, columns from 0 (`ReactAndroid/…/JSStackTrace.kt` and
`RCTAssert.m` print the values of the engine's parser), so `colno` is N + 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import split_position
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript import gecko
from symbolicator.traces.javascript.positions import make_frame
from symbolicator.traces.lines import body_start

BUNDLE = "index.android.bundle"
_NOWHERE = frozenset(("-1", "(null):(null)", "<null>:<null>"))
"""What is printed for the position of the engine's own functions: Java's -1, Foundation's `<null>`."""


def read(plain: str) -> Found | None:
    """The frame of a line, None if it names a file that is not a RAM module; weak if it may be prose."""
    start = body_start(plain)
    text = plain[start:].rstrip()
    end = start + len(text)
    name, separator, place = text.rpartition("@")
    if not separator or len(name) > 1_000:
        return None
    if place in _NOWHERE:
        return Found(make_frame(name, "[native code]"), start, end, strong=False)
    module, lineno, colno = split_position("\0:" + place)
    module = module[2:].rstrip(":") if module != "\0" else ""
    if lineno is None or colno is None or (module and not _is_ram_module(module)):
        return None
    # `new Cart`, `global code`, `Cart.total [as sum]`: engines' names may contain spaces, and so does `call me@12:30`.
    strong = " " not in name
    if module:
        return Found(make_frame(name, module, lineno, colno + 1), start, end, strong)
    return Found(make_frame(name, BUNDLE, lineno, colno + 1, assumed_path=True), start, end, strong)


def _is_ram_module(path: str) -> bool:
    """`12.js`, `seg-3.js`, `seg-3_5.js`."""
    stem = path.removesuffix(".js").removeprefix("seg-")
    first, _, second = stem.partition("_")
    return path.endswith(".js") and first.isdigit() and (not second or second.isdigit())


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """Unchanged if the frame did not move; else `function@path:line:column`, which counts from 1."""
    if all(frame.get(key) == raw.get(key) for key in ("abs_path", "lineno", "colno")):
        file = "" if (raw.get("data") or {}).get("assumed_path") else f"{raw.get('abs_path')}:"
        return f"{frame.get('function') or ''}@{file}{raw.get('lineno')}:{(raw.get('colno') or 1) - 1}"
    return gecko.write(frame, raw)


FORMAT = Format("android", "@", "javascript", "@", read, write)
