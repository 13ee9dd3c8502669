"""Stacks as consoles and test runners show them: laid out for eyes, not by an engine.

::

    priceOf @ cart.js:12                              Chrome's console, copied; tabs around the @ likewise
    $price_of @ cart.wasm:0x1a2                       and of WebAssembly; 95e547f2:0x1a2 if the module was compiled from bytes
    priceOf https://shop.example/cart.js:12           Firefox's console, copied
    priceOf (cart.js:12:3)                            Safari's console, copied
    ❯ Cart.priceOf src/cart.ts:12:3                   Vitest

The first three name the file's last part and often no column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import split_position
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript.positions import (
    HEX_DIGITS,
    looks_like_path,
    make_frame,
    split_wasm,
    wasm_frame,
    write_place,
    write_wasm,
)
from symbolicator.traces.lines import body_start

_FROM_BYTES = regex(r"([0-9a-f]{8}):(0x[0-9a-f]{1,16})")
"""V8's number for a module (`debugfiles/wasm/v8_hashes.py`), and an offset in it."""


def read_chrome(plain: str) -> Found | None:
    """`function @ file:line`, `function @ module:0xoffset`."""
    if plain.rstrip()[-1:] not in HEX_DIGITS:
        return None
    start = body_start(plain)
    text = plain[start:].rstrip()
    name, place = (part.strip() for part in text.partition("@")[::2])
    path, lineno, colno = split_position(place)
    wasm = split_wasm(place) if lineno is None else None
    from_bytes = _FROM_BYTES.fullmatch(place)
    if from_bytes is not None:
        wasm = f"wasm://wasm/{from_bytes[1]}", None, from_bytes[2]
    if not name or len(name) > 200 or (wasm is None and (lineno is None or path.isdigit() or not looks_like_path(path))):
        return None
    spaced = text.partition("@")[0]
    if not spaced[-1:].isspace() or any(c.isspace() for c in path):
        return None
    if " " in name and not name.startswith(("async ", "get ", "set ", "new ")):
        return None
    data = {}
    if name.startswith("async "):
        data["async"], name = True, name[6:]
    frame = make_frame(name, path, lineno, colno, **data) if wasm is None else wasm_frame(name, *wasm, data)
    return Found(frame, start, start + len(text))


def write_chrome(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`function @ file:line`, as it was read."""
    lead = "async " if (raw.get("data") or {}).get("async") else ""
    place = write_wasm(frame, raw) if frame.get("instruction_addr") and frame.get("lineno") is None else write_place(frame, raw)
    return f"{lead}{frame.get('function') or '(anonymous)'} @ {place}"


def read_firefox(plain: str) -> Found | None:
    """`function URL:line`, indented."""
    if not plain.rstrip()[-1:].isdigit():
        return None
    start = body_start(plain)
    text = plain[start:].rstrip()
    name, _, place = text.rpartition(" ")
    path, lineno, colno = split_position(place)
    if not start or not name or " " in name or lineno is None or "://" not in path:
        return None
    if name.endswith((":", ",")) or name in {"at", "in", "@", "❯"}:
        return None
    return Found(make_frame(name, path, lineno, colno), start, start + len(text))


def read_safari(plain: str) -> Found | None:
    """`function (file:line:column)`, indented by a tab."""
    start = body_start(plain)
    text = plain[start:].rstrip()
    name, _, place = text.partition(" (")
    if start < 1 or plain[start - 1] != "\t" or name.startswith("at ") or not place.endswith(")") or not name:
        return None
    if " " in name and name not in {"Global Code", "Module Code", "Eval Code", "anonymous function"}:
        return None
    if place == "[native code])":
        return Found(make_frame(name, "[native code]"), start, start + len(text))
    path, lineno, colno = split_position(place[:-1])
    if lineno is None or path.isdigit() or not looks_like_path(path):
        return None
    return Found(make_frame(name, path, lineno, colno), start, start + len(text))


def write_firefox(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`function URL:line`."""
    return f"{frame.get('function') or '<anonymous>'} {write_place(frame, raw)}"


def write_safari(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`function (file:line:column)`."""
    return f"{frame.get('function') or '(anonymous function)'} ({write_place(frame, raw)})"


def read_vitest(plain: str) -> Found | None:
    """`❯ [function ]path:line:column`."""
    start = plain.find("❯ ")
    text = plain[start + 2 :].rstrip()
    name, _, place = text.rpartition(" ")
    path, lineno, colno = split_position(place)
    if start < 0 or plain[:start].strip() or lineno is None or colno is None or path.isdigit() or not looks_like_path(path):
        return None
    return Found(make_frame(name or None, path, lineno, colno), start, start + 2 + len(text))


def write_vitest(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`❯ [function ]path:line:column`."""
    name = frame.get("function")
    return f"❯ {name} {write_place(frame, raw)}" if name else f"❯ {write_place(frame, raw)}"


CHROME = Format("chrome-console", "console", "javascript", "@", read_chrome, write_chrome)
FIREFOX = Format("firefox-console", "console-firefox", "javascript", "://", read_firefox, write_firefox)
SAFARI = Format("safari-console", "console-safari", "javascript", " (", read_safari, write_safari)
VITEST = Format("vitest", "vitest", "javascript", "❯ ", read_vitest, write_vitest)
