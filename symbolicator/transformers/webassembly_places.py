"""The position of a frame in a WebAssembly module, in any of the forms of engines and SDKs."""

from __future__ import annotations

from typing import NamedTuple

from symbolicator.keys import parse_address
from symbolicator.model import Frame
from symbolicator.patterns import regex
from symbolicator.sourcemaps.paths import is_webassembly

_MARK = ":wasm-function["
_NOWHERE = "[wasm code]"
_INDEX = regex(r"([^\n]{1,500})\.wasm-function\[(\d{1,9})\]$")


class WasmPlace(NamedTuple):
    """A position in a module: its URL as the engine has it, the function's number if given, and the offset in the module."""

    url: str
    function: int | None
    offset: int


def wasm_place(frame: Frame) -> WasmPlace | None:
    """The position of a frame in a module; None if it is in none, has no position, or counts from an image of the event.

    Chrome, Node and Firefox print `URL:wasm-function[3]:0x2af` (a console leaves out the function), which SDKs may leave in the path. As
    line and column (V8's call sites) it is line 1, and the column is one more than the offset.
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
    if frame.lineno != 1 or not frame.colno or frame.colno < 1:
        return None
    return WasmPlace(path, None, frame.colno - 1)


def wasm_number(frame: Frame) -> tuple[str | None, int] | None:
    """The module's own name and the function's number of a frame that has no position; None for others.

    Safari prints `<?>.wasm-function[12]@[wasm code]`, with a module's name where it has one, and a function's instead of its number.
    """
    if frame.abs_path != _NOWHERE or frame.lineno is not None:
        return None
    found = _INDEX.match(frame.raw_function or frame.function or "")
    return (None if found[1] == "<?>" else found[1], int(found[2])) if found else None
