"""SpiderMonkey's and JavaScriptCore's stack frames: Firefox, gjs; Safari, React Native on JSC.

::

    [async cause*]function@path:line:column          function@path line 1 > Function:3:36
    function@[native code]      path:line:column     function@     function@module:wasm-function[12]

The first `@` before an address is the separator, else the first: packages have one in their path (`@scope/x`, `vue@3.4.0`), and so may the
names of methods (`@fn@https://…`). SpiderMonkey marks the
first frame behind an asynchronous call (`async*`, `setTimeout handler*`): `data.async` holds the words. JSC prints no `@` where a
function has no name, and nothing after it in an eval. Both count lines and columns from 1. (`js/src/vm/SavedStacks.cpp`,
`Source/JavaScriptCore/runtime/StackFrame.cpp`.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import read_gecko_eval, split_position
from symbolicator.keys import SCRIPT_ENDINGS, WRITTEN_ENDINGS
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript.positions import (
    Frame,
    eval_chain,
    make_frame,
    split_wasm,
    split_wasm_number,
    wasm_frame,
    write_place,
    write_wasm,
)
from symbolicator.traces.lines import body_start

_SPACED_NAMES = frozenset(("global code", "eval code", "module code", "Global Code", "Eval Code", "Module Code", "anonymous function"))
SCRIPTS = (*SCRIPT_ENDINGS, *WRITTEN_ENDINGS, ".vue", ".svelte", ".html", ".htm", ".php")
"""How the files end that scripts come from."""
_AT = regex(r"@(?=[a-z][a-z0-9+.-]{1,30}://|/|\[(?:native|wasm) code\]|<\?>:wasm-f|wasm-f|[A-Za-z]:\\)")
"""The separator: the first `@` followed by an address; names may contain others (`@fn@https://…`)."""
_NO_FILES = ("<", "debugger ", "self-hosted", "resource:", "javascript:", "blob:", "data:")


def read(plain: str) -> Found | None:
    """The frame of a line, None where it is none; weak where only its neighbours can tell."""
    start = body_start(plain)
    text = plain[start:].rstrip()
    end = start + len(text)
    at = _AT.search(text)
    name, place = (text[: at.start()], text[at.end() :]) if at else text.partition("@")[::2]
    known_path = "://" in place or place.startswith(("/", "[native code]", "[wasm code]")) or split_wasm_number(place) is not None
    data: dict[str, Any] = {}
    name, cause = _split_cause(name)
    if cause is not None:
        data["async"] = cause
    elif name.startswith("async "):
        data["async"], name = "async ", name[6:]
    if len(name) > 1_000:
        return None
    if not place:
        named = _is_identifier(name) or name in _SPACED_NAMES
        return Found({"platform": "javascript", "function": name}, start, end, strong=False) if named else None
    frame = _placed(name, place, data)
    if frame is None:
        return None
    path = frame.get("abs_path") or ""
    bare = path.partition("?")[0]
    # A computed name may hold spaces (`odd["a b"]@a.js:1:2`), and so does the sentence before an address: `write to me@host:1:2`.
    spaced = any(c.isspace() for c in name) and name not in _SPACED_NAMES
    if spaced and not known_path and frame.get("colno") is None:
        return None
    strong = known_path or "/" in path or "\\" in path or path.startswith(_NO_FILES) or bare.endswith(SCRIPTS)
    return Found(frame, start, end, strong)


def read_nameless(plain: str) -> Found | None:
    """JSC's frame of a nameless function: a URL with line and column, and nothing else."""
    if not plain.rstrip()[-1:].isdigit():
        return None
    start = body_start(plain)
    text = plain[start:].rstrip()
    path, lineno, colno = split_position(text)
    scheme = path.partition("://")[0]
    if lineno is None or colno is None or not scheme.replace("-", "").isalnum() or any(c.isspace() for c in text):
        return None
    return Found(make_frame(None, path, lineno, colno), start, start + len(text))


def _split_cause(name: str) -> tuple[str, str | None]:
    """`setTimeout handler*fire` → `fire` and `setTimeout handler*`."""
    cause, star, rest = name.rpartition("*")
    return (rest, cause + star) if star and not rest.startswith((" ", "/")) else (name, None)


def _is_identifier(name: str) -> bool:
    return bool(name) and name.replace("$", "_").replace(".", "_").isidentifier()


def _placed(name: str, place: str, data: dict[str, Any]) -> Frame | None:
    """`name@place`."""
    if place in {"[native code]", "[wasm code]"}:
        return make_frame(name, place, **data)
    path, lineno, colno = split_position(place)
    if lineno is None:
        number = split_wasm_number(place)
        if number is not None:
            return make_frame(f"wasm-function[{number}]" if name in ("", str(number)) else name, place, **data)
        wasm = split_wasm(place)
        return wasm_frame(name, *wasm, data) if wasm else None
    if path.isdigit() or not path.strip():
        return None
    origin = read_gecko_eval(path)
    if origin is not None:
        return make_frame(name, "<anonymous>", lineno, colno, **data, eval_origin=origin[0], eval_kind=origin[1])
    return make_frame(name, path, lineno, colno, **data)


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`function@place`, with the words of an asynchronous call before it."""
    data = raw.get("data") or {}
    lead = data.get("async") if isinstance(data.get("async"), str) else ""
    name = f"{lead}{frame.get('function') or ''}"
    if not frame.get("abs_path") and not frame.get("filename"):
        return f"{name}@"
    if frame.get("instruction_addr") and frame.get("lineno") is None:
        return f"{name}@{write_wasm(frame, raw)}"
    place = write_place(frame, raw)
    chain = eval_chain(frame)
    if chain and frame.get("abs_path") == raw.get("abs_path"):
        steps = [f"eval line {origin.get('lineno')}" for origin in chain[:-1]]
        script = write_place({**chain[-1], "lineno": None}, (eval_chain(raw) or chain)[-1])
        steps.append(f"{script} line {chain[-1].get('lineno')}")
        place = " > ".join((*reversed(steps), str(data.get("eval_kind", "eval")))) + place.removeprefix("<anonymous>")
    return f"{name}@{place}"


def write_nameless(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """The place alone; JSC's usual form once the function has a name."""
    return write(frame, raw) if frame.get("function") else write_place(frame, raw)


FORMAT = Format("gecko", "@", "javascript", "@", read, write)
NAMELESS = Format("jsc", "@", "javascript", "://", read_nameless, write_nameless)
