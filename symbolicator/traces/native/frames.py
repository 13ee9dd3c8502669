"""A native frame as its formats make and write it: an address, a function, a place in a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import join_position, split_position
from symbolicator.keys import parse_address
from symbolicator.traces.javascript.positions import Frame

MAX_NAME = 4_000
"""Longer names are no functions: the longest template anybody meets is shorter, and reading costs time in their length."""


def make_native(function: str | None = None, place: str | None = None, *, package: str | None = None, **data: object) -> Frame:
    """One frame; `place` is `file:line` or `file:line:column` as printed, counting from 1. A line 0 means unknown."""
    frame: Frame = {"platform": "native"}
    if function and function not in {"??", "???", "<unknown>", "[unknown]", "<redacted>"}:
        frame["function"] = function
    if place:
        path, lineno, colno = split_position(place)
        if path not in {"??", "<unknown>"}:
            frame["filename"] = path
            frame["abs_path"] = path
            if lineno:
                frame["lineno"] = lineno
            if colno:
                frame["colno"] = colno
    if package:
        frame["package"] = package
    if data:
        frame["data"] = data
    return frame


def name_of(frame: Mapping[str, Any], unknown: str = "??") -> str:
    """The function to write."""
    return str(frame.get("function") or unknown)


def place_of(frame: Mapping[str, Any]) -> str:
    """`file:line:column`, as far as known, with a short form of the file; "" without a file."""
    path = frame.get("filename") or frame.get("abs_path")
    if not path:
        return ""
    return join_position(str(path).removeprefix("./"), frame.get("lineno"), frame.get("colno"))


def same_place(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> bool:
    """Whether a frame is at the line in its text: then further details in the text (arguments) can stay."""
    return raw.get("lineno") is not None and frame.get("lineno") == raw.get("lineno") and _base(frame) == _base(raw)


def _base(frame: Mapping[str, Any]) -> str:
    return str(frame.get("filename") or "").rpartition("/")[2]


def data_of(raw: Mapping[str, Any], key: str, default: str = "") -> str:
    """What a reader kept of a frame's text."""
    return str((raw.get("data") or {}).get(key) or default)


_ADDRESS = (1 << 47) - 1
"""Of an address without a signature (arm64e)."""


def offset_of(frame: Mapping[str, Any]) -> int | None:
    """The offset of an address in its function, in bytes; None if unknown."""
    address, start = parse_address(frame.get("instruction_addr")), parse_address(frame.get("symbol_addr"))
    offset = -1 if address is None or start is None else (address & _ADDRESS) - start
    return offset if offset >= 0 else None


def is_inlined(frame: Mapping[str, Any]) -> bool:
    """Whether a transformer found the frame's body in that of its caller."""
    return bool((frame.get("data") or {}).get("inlined"))
