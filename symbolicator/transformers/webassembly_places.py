"""The position of a frame in a WebAssembly module, in any of the forms of engines and SDKs."""

from __future__ import annotations

from typing import NamedTuple

from symbolicator.keys import parse_address
from symbolicator.model import Frame
from symbolicator.patterns import regex
from symbolicator.sourcemaps.paths import is_webassembly

_MARK = ":wasm-function["
_NOWHERE = "[wasm code]"
_FIREFOX = 1 << 31
"""Marks a function's number where a column stands (`WasmFrameIter::ColumnBit`)."""
_INDEX = regex(r"([^\n]{1,500})\.wasm-function\[(\d{1,9})\]$")
_NUMBERED = regex(r"(?:([^\n]{1,500}):)?wasm-function\[(\d{1,9})\]$")


class WasmPlace(NamedTuple):
    """A position in a module: its URL as the engine has it, the function's number if given, and the offset in the module."""

    url: str
    function: int | None
    offset: int


def wasm_place(frame: Frame) -> WasmPlace | None:
    """The position of a frame in a module; None if it is in none, has no position, or counts from an image of the event.

    Chrome, Node and Firefox print `URL:wasm-function[3]:0x2af` (a console leaves out the function), which SDKs may leave in the path.
    As line and column V8 (in call sites and error events) has line 1, and a column that is one more than the offset. In Firefox' error
    events the line is the offset, and the column 1; in older ones it is the function's number, marked by the highest bit.
    """
    if frame.addr_mode is not None:
        return None
    number = frame.data.get("wasm_function")
    path = frame.package or frame.abs_path or frame.filename or ""
    if frame.instruction_addr is not None:
        if "wasm_function" not in frame.data or not path:
            return None
        known = isinstance(number, int) and not isinstance(number, bool)
        return WasmPlace(path, number if known else None, frame.instruction_addr)
    path = frame.abs_path or frame.filename or ""
    if not is_webassembly(path):
        return None
    url, mark, rest = path.rpartition(_MARK)
    if mark:
        text, _, offset = rest.partition("]:")
        address = parse_address(offset) if offset.startswith("0x") else None
        return WasmPlace(url, int(text), address) if address is not None and text.isascii() and text.isdigit() and len(text) < 12 else None
    line, column = frame.lineno or 0, frame.colno or 0
    if line == 1:
        return WasmPlace(path, None, column - 1) if column > 0 else None
    number = column - _FIREFOX if column >= _FIREFOX else None
    return WasmPlace(path, number, line) if line > 1 and (number is not None or column in (0, 1)) else None


class WasmNumber(NamedTuple):
    """A function without a position in it: the name that its module has for itself, its number, and its name, each if given."""

    module: str | None
    number: int
    name: str | None


def wasm_number(frame: Frame) -> WasmNumber | None:
    """The function of a frame of which Safari says no position; None for other frames.

    Safari 26 prints `lift@<?>:wasm-function[12]`, and a module's name where it has one. Older ones print
    `<?>.wasm-function[12]@[wasm code]`, with a function's name instead of its number.
    """
    if frame.lineno is not None or frame.instruction_addr is not None:
        return None
    name = frame.raw_function or frame.function
    path = frame.abs_path or frame.filename or ""
    if path == _NOWHERE:
        found, name = _INDEX.match(name or ""), None
    else:
        found = _NUMBERED.match(path)
    if found is None:
        return None
    nameless = name in (None, "", found[2], f"wasm-function[{found[2]}]")
    return WasmNumber(None if found[1] in (None, "<?>") else found[1], int(found[2]), None if nameless else name)
