r"""Frames of WebAssembly as runtimes without JavaScript print them. They count from the module's first byte, and say where it calls.

::

       0:  0xa1 - <unknown>!plum::lift(int)                    Wasmtime; the module has a name if it was given one
       at lift (<module>[3]:0xa1)                              Wasmer, with the function's number
    #00: 0x00a1 - lift                                         WAMR
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.frames import data_of, is_inlined, make_native, name_of, place_of

Json = Mapping[str, Any]
_NAMELESS: Final = "<module>"

_WASMTIME: Final = regex(
    r"(?P<lead>\d{1,4}: {1,10}0x(?P<address>[0-9a-f]{1,8}) - (?:<unknown>|(?P<module>[^\s!<>]{1,300}))!)(?P<function>\S[^\n]{0,4000})$"
)
_WASMER: Final = regex(
    r"(?P<lead>at )(?:(?P<function>\S[^\n]{0,4000}?) )?"
    r"(?P<trail>\((?:<module>|(?P<module>[^()\[\]<>\s]{1,300}))(?<!wasm-function)\[(?P<number>\d{1,9})\]:0x(?P<address>[0-9a-f]{1,8})\))$"
)
_WAMR: Final = regex(r"(?P<lead>#\d{2,4}: 0x(?P<address>[0-9a-f]{4,8}) - )(?P<function>[^\s(][^\n]{0,4000})$")


def _reader(pattern: Any) -> Callable[[str], Found | None]:
    def read(plain: str) -> Found | None:
        text = plain.rstrip()
        found = pattern.match(text, body_start(plain))
        if found is None:
            return None
        groups = found.groupdict()
        number = int(groups["number"]) if groups.get("number") else None
        data = {"lead": groups["lead"], "trail": groups.get("trail") or ""}
        frame = make_native(groups["function"], package=groups.get("module") or _NAMELESS, **data)
        frame.setdefault("data", {})["wasm_function"] = number
        frame["instruction_addr"] = f"0x{groups['address']}"
        return Found(frame, found.start(), len(text))

    return read


def write(frame: Json, raw: Json) -> str:
    """The text before the function, the function and its position, and the text after it."""
    place = place_of({**frame, "colno": None})
    trail = data_of(raw, "trail")
    inlined = " (inlined)" if is_inlined(frame) else ""
    return f"{data_of(raw, 'lead')}{name_of(frame)}{f' at {place}' if place else ''}{inlined}{' ' if trail else ''}{trail}"


WASM: Final = (
    Format("wasmtime", "#wasmtime", "native", "!", _reader(_WASMTIME), write),
    Format("wasmer", "#wasmer", "native", "]:0x", _reader(_WASMER), write),
    Format("wamr", "#wamr", "native", "#0", _reader(_WAMR), write),
)
