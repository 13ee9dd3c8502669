"""V8's stack frames: Chrome, Node, Edge, Deno, Electron. Also what legacy Edge and Internet Explorer, Bun and Hermes running from
source print.

::

    at [async ][new ]function[ [as method]] (place)
    at [async ]place
    place = path:line:column | native | <anonymous> | index N | eval at function (place), place | module[:wasm-function[N]]:0xN

(V8's `src/objects/call-site-info.cc`.) `async` and `[as method]` go to `data.async` and `data.as`; `new` stays in the name, as
Sentry's clients keep it. In an eval's frame the position is that inside the evaluated text, and `data.eval_origin` is the position
of the eval.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import read_eval, split_position
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript.positions import (
    Frame,
    eval_chain,
    looks_like_path,
    make_frame,
    split_wasm,
    wasm_frame,
    write_place,
    write_wasm,
)
from symbolicator.traces.lines import find_marker

_ZONE = regex(r"[)\d] \[[^\[\]\s][^\[\]\n]{0,60}\]$")
"""zone.js writes the zone's name after each frame (` [angular]`, ` [<root>]`)."""
_COUNTER = regex(r":\d{1,9}(?P<counter>\(\d{1,9}\))\)?$")
"""goja (k6, Grafana, Nakama) writes the instruction after each position: `at f (file:///load.js:3:9(4))`, `at <eval>:6:3(7)`."""
_LINK = regex(
    r"(?:\[[^\[\]\n]{1,1000}\]\((?P<markdown>[^()\s]{1,2000})\)"
    r"|\[(?:[^\[\]|\n]{1,1000}\|)?(?P<jira>[^\[\]|\s]{1,2000})\]"
    r"|<(?P<slack>[^<>|\s]{1,2000})(?:\|[^<>\n]{0,2000})?>"
    r"|(?P<mail>[^<>|\s]{1,2000}) ?<(?P=mail)>)$"
)
"""How Markdown, Jira, Slack and mail programs format an address."""

_NOWHERE = frozenset(("native", "native code", "<anonymous>", "unknown", "unknown location", "unknown source", "wasm code", "anonymous"))


def read(plain: str) -> Found | None:
    """The frame of a line, None if it is not one; weak if it has a function and no position."""
    start = find_marker(plain, "at ")
    if start < 0:
        return None
    text = plain[start + 3 :].rstrip()
    for tail in (" {", ",", " }"):  # node's inspect closes and opens objects after the last frame
        text = text.removesuffix(tail)
    zone = _ZONE.search(text)
    text = text[: zone.start() + 1] if zone else text
    end = start + 3 + len(text)
    frame = read_call(text)
    if frame is not None:
        return Found(frame, start, end)
    return Found({"platform": "javascript", "function": text}, start, end, strong=False) if _is_name(text) else None


def read_call(text: str) -> Frame | None:
    """The frame in the text after `at `, None if it has no position."""
    data: dict[str, Any] = {}
    counted = _COUNTER.search(text) if text.endswith(")") else None
    if counted is not None:
        text = text[: counted.start("counter")] + text[counted.end("counter") :]
    if text.startswith("async "):
        data["async"] = True
        text = text[6:]
    if " @ " in text and not text.endswith(")"):  # Datadog's `f @ place`
        name, _, place = text.partition(" @ ")
        if " [as " in name and name.endswith("]"):
            name, _, alias = name.rpartition(" [as ")
            data["as"] = alias[:-1]
        return _placed("" if name == "<anonymous>" else name, place.strip(), {**data, "separator": "@"})
    opening = find_place(text)
    if opening >= 0:
        name = text[:opening].strip()
        if name.endswith("]") and " [as " in name:
            name, _, alias = name.rpartition(" [as ")
            data["as"] = alias[:-1]
        frame = _placed(name, text[opening + 1 : -1], data)
        if frame is not None:
            return frame
    elif text.endswith(")"):
        # No engine omits the space, but some formatters do; Java does too, and prints no column.
        name, _, place = text[:-1].partition("(")
        path, lineno, colno = split_position(place)
        return make_frame(name, path, lineno, colno, **data) if colno is not None and not path.isdigit() else None
    return _bare(text, data)


def find_place(text: str) -> int:
    """Where the parenthesis opens that closes at the end of `text`; names and paths may contain parentheses. -1 without one."""
    if not text.endswith(")"):
        return -1
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        char = text[index]
        if char == ")":
            depth += 1
        elif char == "(":
            depth -= 1
            if depth <= 0 and (index == 0 or text[index - 1] == " "):
                return index
    return text.find(" (") + 1 or -1  # a path with a lone parenthesis in it


def _unlinked(place: str) -> str:
    """The address of a link."""
    link = _LINK.match(place) if (place[:1] in "[<" or place.endswith(">")) and place not in _NOWHERE else None
    target = link and link[link.lastgroup or 0]
    return target if target and split_position(target)[1] is not None else place


def _placed(name: str, place: str, data: dict[str, Any]) -> Frame | None:
    """`name (place)`."""
    place = _unlinked(place)
    if place in _NOWHERE or (place.startswith("index ") and place[6:].isdigit()):
        return make_frame(name, place, **data)
    if place.startswith("eval at "):
        return _evaluated(name, place, data)
    path, lineno, colno = split_position(place)
    if lineno is None:
        wasm = split_wasm(place)
        if wasm is not None:
            return wasm_frame(name, *wasm, data)
        # A script without a position: V8 prints it for code that has none (a sourceURL inside an eval).
        return make_frame(name, place, **data) if "://" in place or place.startswith(("/", "node:", "eval code")) else None
    if path.isdigit() or not path.strip():  # a time of day
        return None
    return make_frame(name, path, lineno, colno, **data)


def _bare(text: str, data: dict[str, Any]) -> Frame | None:
    """A position alone: code of a script's top level, or a nameless function."""
    text = _unlinked(text)
    path, lineno, colno = split_position(text)
    if lineno is None:
        wasm = split_wasm(text)
        if wasm is not None:
            return wasm_frame(None, *wasm, data)
        return make_frame(None, text, **data) if text in {"<anonymous>", "native"} else None
    if path.isdigit() or not looks_like_path(path):
        return None
    if colno is None and any(c.isspace() for c in path):  # prose: `at the end of main.c:12`
        return None
    return make_frame(None, path, lineno, colno, **data)


def _is_name(text: str) -> bool:
    """Whether `text` can be a function's name: one word, or one word after `new`, `async`, `get` …"""
    if not text or len(text) > 200 or any(c in text for c in "(){};,:"):
        return False
    name = text.rpartition(" [as ")[0] if text.endswith("]") and " [as " in text else text
    first, _, rest = name.rpartition(" ")
    return not rest.endswith(".") and (not first or first in {"new", "async", "get", "set", "static", "async new"})


def _evaluated(name: str, place: str, data: dict[str, Any]) -> Frame:
    """`eval at function (place), inner place`: the frame is at the inner place; the outer ones are kept as a chain, innermost first."""
    inner, origin = read_eval(place)
    path, lineno, colno = split_position(inner)
    return make_frame(name, path, lineno, colno, **data, eval_origin=origin)


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`at function (place)`. `async` is kept; `[as method]` only if the function's name is still the raw one."""
    data = raw.get("data") or {}
    function = frame.get("function") or ""
    if data.get("as") and function == raw.get("function"):
        function = f"{function} [as {data['as']}]"
    lead = "at async " if data.get("async") else "at "
    place = _write_place(frame, raw)
    if data.get("separator"):
        return f"{lead}{function or '<anonymous>'} @ {place}"
    return f"{lead}{function} ({place})" if function else lead + place


def _write_place(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    if frame.get("instruction_addr") and frame.get("lineno") is None:
        return write_wasm(frame, raw)
    place = write_place(frame, raw)
    origin = (frame.get("data") or {}).get("eval_origin")
    if not origin or frame.get("abs_path") != raw.get("abs_path"):
        return place
    text = ""
    for step, raw_step in reversed(list(zip(eval_chain(frame), eval_chain(raw), strict=False))):
        own = write_place(step, raw_step) if step.get("abs_path") or step.get("filename") else ""
        text = f"{text}, {own}" if text and own else text or own
        text = f"eval at {step['function']} ({text})" if step.get("function") else f"eval at {text}"
    return f"{text}, {place}"


FORMAT = Format("v8", "at", "javascript", "at ", read, write)
