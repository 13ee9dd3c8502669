"""React Native's `JavascriptException` on Android: the JavaScript stack inside a Java exception's message.

::

    com.facebook.react.common.JavascriptException: TypeError: x, stack:
    function@1:11940
    function@seg-3_5.js:1:200

No file is named but the module of a RAM bundle: the others ran from the bundle, and are given its usual name,
`index.android.bundle`, with `data.assumed_path`. Lines count from 1, columns from 0 (`ReactAndroid/…/JSStackTrace.kt` prints what
the engine's parser gave it), so `colno` is N + 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.traces import gecko
from symbolicator.traces.format import Format, Found
from symbolicator.traces.lines import body_start
from symbolicator.traces.positions import make_frame, split_position

BUNDLE = "index.android.bundle"


def read(plain: str) -> Found | None:
    """The frame of a line, None where it names any file that is not a RAM module."""
    start = body_start(plain)
    text = plain[start:].rstrip()
    name, separator, place = text.rpartition("@")
    if not separator or " " in name or len(name) > 1_000:
        return None
    module, lineno, colno = split_position("\0:" + place)
    module = module[2:].rstrip(":") if module != "\0" else ""
    if lineno is None or colno is None or (module and not _is_ram_module(module)):
        return None
    if module:
        return Found(make_frame(name, module, lineno, colno + 1), start, start + len(text))
    return Found(make_frame(name, BUNDLE, lineno, colno + 1, assumed_path=True), start, start + len(text))


def _is_ram_module(path: str) -> bool:
    """`12.js`, `seg-3.js`, `seg-3_5.js`."""
    stem = path.removesuffix(".js").removeprefix("seg-")
    first, _, second = stem.partition("_")
    return path.endswith(".js") and first.isdigit() and (not second or second.isdigit())


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """As it was where the frame did not move; `function@path:line:column`, which counts from 1, where it did."""
    if all(frame.get(key) == raw.get(key) for key in ("abs_path", "lineno", "colno")):
        file = "" if (raw.get("data") or {}).get("assumed_path") else f"{raw.get('abs_path')}:"
        return f"{frame.get('function') or ''}@{file}{raw.get('lineno')}:{(raw.get('colno') or 1) - 1}"
    return gecko.write(frame, raw)


FORMAT = Format("android", "@", "javascript", "@", read, write)
