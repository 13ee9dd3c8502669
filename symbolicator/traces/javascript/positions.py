"""What all JavaScript engines print in the same way: a position (`path:line:column`), and the frame built from it.

Shared by the formats, which decide which lines are frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import MAX_EVALS, is_number, join_position

HEX_DIGITS = "0123456789abcdefABCDEF"
Frame = dict[str, Any]
"""A frame in the shape of Sentry's event JSON."""

_KNOWN = ("REPL", "VM", "[eval", "<", "native", "unknown", "JavaScript", "debugger eval code", "self-hosted", "eval code", "anonymous")


def looks_like_path(path: str) -> bool:
    """Whether `path` can be a script's: not a time of day (`12`), not a bare word."""
    return any(c in path for c in "/\\.:") or path.startswith(_KNOWN)


def make_frame(function: str | None, path: str | None, lineno: int | None = None, colno: int | None = None, **data: object) -> Frame:
    """One JavaScript frame; keys without a value are left out. `lineno` and `colno` count from 1: 0:0 is how reporters write that the
    engine gave no place (`(native):0:0`).
    """
    if lineno == 0 and not colno:
        path, lineno, colno = "native" if path == "(native)" else path, None, None
    frame: Frame = {"platform": "javascript"}
    if function:
        frame["function"] = function
    if path:
        frame["filename"] = display_path(path)
        frame["abs_path"] = path
    if lineno is not None:
        frame["lineno"] = lineno
    if colno is not None:
        frame["colno"] = colno
    if data:
        frame["data"] = data
    return frame


def display_path(path: str) -> str:
    """The path part of a URL, without host, query and fragment; a path that is no URL as it is.

    >>> display_path("https://cdn.example/assets/app.3f2.js?v=1")
    '/assets/app.3f2.js'
    >>> display_path("webpack-internal:///./src/main.ts")
    './src/main.ts'
    """
    scheme, separator, rest = path.partition("://")
    if not separator or not scheme.replace("-", "").replace("+", "").replace(".", "").isalnum():
        return path
    rest = rest.partition("?")[0].partition("#")[0]
    host, slash, tail = rest.partition("/")
    if not host and scheme != "file":
        return tail.lstrip("/") or path
    return slash + tail if tail else path


def write_place(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`path:line:column` of a frame that was read as `raw`.

    A frame that moved to another file is written in a short form (the file name, no leading `./`), one that did not
    as it was printed.
    """
    path = frame.get("abs_path")
    if not path or path != raw.get("abs_path"):
        path = frame.get("filename") or path or frame.get("module") or "<anonymous>"
        path = path.removeprefix("./")
    return join_position(path, frame.get("lineno"), frame.get("colno"))


def split_wasm(text: str) -> tuple[str, int | None, str] | None:
    """`module:wasm-function[12]:0x1a2` → the module, the function's index, the offset in the module; None for anything else.

    Chrome's console shortens it to `app.wasm:0x1a2`, without an index.
    """
    place, separator, offset = text.rpartition(":0x")
    if not separator or not 0 < len(offset) <= 16 or not all(c in HEX_DIGITS for c in offset):
        return None
    if place.endswith(".wasm"):
        return place, None, "0x" + offset
    path, mark, index = place.removesuffix("]").rpartition(":wasm-function[")
    return (path, int(index), "0x" + offset) if mark and place.endswith("]") and is_number(index) else None


def split_wasm_number(text: str) -> int | None:
    """`<?>:wasm-function[12]`, `wasm-function[12]` → the function's index: Safari's place, which has no offset. None for anything else."""
    path, mark, index = text.removesuffix("]").rpartition("wasm-function[")
    return int(index) if mark and text.endswith("]") and path[-1:] in ("", ":") and is_number(index) else None


def wasm_frame(function: str | None, path: str, index: int | None, offset: str, data: dict[str, Any]) -> Frame:
    """A WebAssembly frame: native code in the module `package`, at `instruction_addr` bytes from the module's start."""
    name = function or (None if index is None else f"wasm-function[{index}]")
    frame = make_frame(name, path, **data, wasm_function=index)
    return {**frame, "platform": "native", "package": path, "instruction_addr": offset}


def write_wasm(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`module:wasm-function[12]:0x1a2` of a frame that was read as `raw`."""
    index = (raw.get("data") or {}).get("wasm_function", 0)
    function = "" if index is None else f":wasm-function[{index}]"
    return f"{frame.get('package') or frame.get('abs_path')}{function}:{frame['instruction_addr']}"


def eval_chain(frame: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The places of the evals that made a frame's code, innermost first, of bounded length."""
    chain: list[Mapping[str, Any]] = []
    origin = (frame.get("data") or {}).get("eval_origin")
    while isinstance(origin, Mapping) and len(chain) < MAX_EVALS:
        chain.append(origin)
        origin = origin.get("eval_origin")
    return chain
