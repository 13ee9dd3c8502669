"""What kind of crash an event is: by the types of its exceptions, by what they say, by the signal and the address that was accessed.

Evidence is asked in this order, the root cause first; without any the category is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from symbolicator.keys import parse_address
from symbolicator.model import Event, ExceptionValue, Json
from symbolicator.patterns import regex
from symbolicator.transformers.category_rules import (
    ACCESS,
    HANG,
    MESSAGES,
    NULL,
    NUMBERS,
    REJECTION,
    SANITIZED,
    SIGNALS,
    STACK,
    TYPE,
    TYPES,
)
from symbolicator.transformers.grouped_frames import crash_chain

UNKNOWN: Final = "unknown"
_MAX_MESSAGE: Final = 1_000
"""Characters of a message that are read."""
_NULL_PAGE: Final = 0x1000
_NEAR_NULL: Final = 0x10000
_NEAR_STACK: Final = 0x10000
"""Bytes below the stack pointer at which a stack that is full is written."""
_ADDRESS: Final = regex(
    r"(?:\bat|\baddr(?:ess)?:?|address=|\(@|reading|writing)\s{1,3}\(?(0x[0-9a-fA-F]{1,16}|\(?nil\)|0(?=\s|$))|\(@(0x[0-9a-fA-F]{1,16})"
    r"|\bsegfault (?:\(\d{1,3}\) )?at ([0-9a-f]{1,16})\b"
)
_NAME: Final = regex(r"\b(?:SIG[A-Z]{2,6}|EXC_[A-Z_]{3,20}|EXCEPTION_[A-Z_]{5,40})\b")
_STACK_POINTERS: Final = ("rsp", "sp", "esp", "r1")


class Category(msgspec.Struct, frozen=True):
    """The kind of a crash, by which rule, and how sure that is: `high`, `medium`, `low`, `none`."""

    name: str
    rule: str
    confidence: str


def category_of(event: Event) -> Category:
    """The category of an event's crash."""
    values = crash_chain(event)[::-1]
    for find in (_by_type, _by_message, _by_signal, _by_mechanism):
        for value in values:
            found = find(value)
            if found is not None:
                return found
    return Category(UNKNOWN, "no rule fits", "none")


def _by_type(value: ExceptionValue) -> Category | None:
    kind = (value.type or "")[:_MAX_MESSAGE].replace("::", ".").rpartition(".")[2]
    name = TYPES.get(kind)
    if name is None:
        return None
    return Category(name, f"type {kind}", "high")


def _by_message(value: ExceptionValue) -> Category | None:
    text = f"{(value.type or '')[:100]}: {(value.value or '')[:_MAX_MESSAGE]}" if _is_native(value) else (value.value or "")[:_MAX_MESSAGE]
    for name, rule, confidence, pattern in MESSAGES:
        if pattern.search(text):
            return Category(name, f"message: {rule}", confidence)
    if value.type == "TypeError":
        return Category(TYPE, "type TypeError", "medium")
    return None


def _is_native(value: ExceptionValue) -> bool:
    """Whether the type is the runtime's or a tool's word and belongs to the message: `AddressSanitizer`, `panic`, `divide error`."""
    kind = value.type or ""
    return "Sanitizer" in kind or " " in kind or kind.startswith(("panic", "SIG", "EXC"))


def _by_signal(value: ExceptionValue) -> Category | None:
    name = _signal(value)
    if name is None and SANITIZED.search(value.value or "") is not None:
        name = "SIGSEGV"
    if name is None:
        return None
    category, confidence = SIGNALS[name]
    if category == ACCESS:
        address = _fault_address(value)
        if address is not None:
            near = _near(address, value)
            if near is not None:
                return Category(near[0], f"{name} at {address:#x}: {near[1]}", near[2])
    return Category(category, f"{name}, and nothing says more", confidence)


def _near(address: int, value: ExceptionValue) -> tuple[str, str, str] | None:
    """The category of an access at an address, why, and how sure."""
    if address < _NEAR_NULL:
        return NULL, "in the first page" if address < _NULL_PAGE else "near zero", "high" if address < _NULL_PAGE else "medium"
    registers = value.stacktrace.registers if value.stacktrace is not None else {}
    for register in _STACK_POINTERS:
        pointer = _number(registers.get(register))
        if pointer is not None and -_NEAR_STACK <= address - pointer <= 256:
            return STACK, "at the stack pointer", "medium"
    return None


def _signal(value: ExceptionValue) -> str | None:
    """The name of the signal or exception that stopped the process, as in `SIGNALS`."""
    meta = _mapping(_mapping(value.extra.get("mechanism")).get("meta"))
    signal = _mapping(meta.get("signal"))
    number = signal.get("number")
    names: list[object] = [
        _mapping(meta.get("mach_exception")).get("name"),
        signal.get("name"),
        NUMBERS.get(number) if isinstance(number, int) else None,
    ]
    names += _NAME.findall((value.type or "")[:_MAX_MESSAGE])
    names += _NAME.findall((value.value or "")[:_MAX_MESSAGE]) if value.type is None or _is_native(value) else []
    known = [name for name in names if isinstance(name, str) and name in SIGNALS]
    return min(known, key=lambda name: ("high", "medium", "low").index(SIGNALS[name][1]), default=None)


def _fault_address(value: ExceptionValue) -> int | None:
    """The address that was accessed, as the event or the message says."""
    for holder in _holders(value):
        for key in ("address", "fault_address", "relevant_address", "subcode"):
            number = _number(holder.get(key))
            if number is not None:
                return number
    found = _ADDRESS.search((value.value or "")[:_MAX_MESSAGE])
    if found is None:
        return None
    return int(found[3], 16) if found[3] else _number((found[1] or found[2]).replace("(nil)", "0").replace("nil)", "0"))


def _holders(value: ExceptionValue) -> Iterator[Json]:
    mechanism = _mapping(value.extra.get("mechanism"))
    meta = _mapping(mechanism.get("meta"))
    yield from (_mapping(meta.get("signal")), _mapping(mechanism.get("data")), _mapping(meta.get("mach_exception")))


def _by_mechanism(value: ExceptionValue) -> Category | None:
    kind = str(_mapping(value.extra.get("mechanism")).get("type") or "").lower()
    if "unhandledrejection" in kind:
        return Category(REJECTION, f"mechanism {kind[:60]}", "high")
    if kind in ("anr", "apphang", "app_hang"):
        return Category(HANG, f"mechanism {kind}", "high")
    return None


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> int | None:
    return parse_address(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
