"""Method signatures: the types of a method's parameters, as stack traces print them (ECMA-335 §II.23.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from symbolicator.portable_pdb.metadata import unsigned

ANY: Final = "?"
"""A parameter of a generic type's own, or of one that has no name: what a trace prints there is unknown here."""
_PLAIN: Final = {
    0x01: "Void", 0x02: "Boolean", 0x03: "Char", 0x04: "SByte", 0x05: "Byte", 0x06: "Int16", 0x07: "UInt16", 0x08: "Int32", 0x09: "UInt32",
    0x0A: "Int64", 0x0B: "UInt64", 0x0C: "Single", 0x0D: "Double", 0x0E: "String", 0x16: "TypedReference", 0x18: "IntPtr",
    0x19: "UIntPtr", 0x1C: "Object",
}  # fmt: skip
_POINTER, _REFERENCE, _VALUE, _CLASS, _VAR, _ARRAY, _GENERIC, _FUNCTION, _VECTOR, _METHOD_VAR = (
    0x0F, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x1B, 0x1D, 0x1E,
)  # fmt: skip
_MODIFIERS: Final = (0x1F, 0x20)
_TRANSPARENT: Final = (0x41, 0x45)
"""Marks that no trace shows: the sentinel of variable arguments, pinned."""
_SUFFIXES: Final = {_POINTER: "*", _REFERENCE: "&", _VECTOR: "[]"}
_HAS_GENERICS: Final = 0x10
MAX_PARAMETERS: Final = 256
_MAX_SUFFIXES: Final = 16

NameOf = Callable[[int], str]
"""The name of the type that a `TypeDefOrRef` is."""


def parameters(blob: memoryview, name_of: NameOf) -> tuple[str, ...] | None:
    """The types of a method's parameters, without namespaces (``String``, ``List`1``, ``Int32[]``); None if it is not a signature."""
    if len(blob) < 3:
        return None
    at = 1
    if blob[0] & _HAS_GENERICS:
        _, at = unsigned(blob, at)
    count, at = unsigned(blob, at)
    if count > MAX_PARAMETERS:
        return None
    found: list[str] = []
    for _ in range(count + 1):  # the first is what it returns
        if at >= len(blob):
            return None
        name, at = _type(blob, at, name_of)
        found.append(name)
    return tuple(found[1:])


def _type(blob: memoryview, at: int, name_of: NameOf) -> tuple[str, int]:
    """The name of the type at `at`, and where it ends."""
    suffix = ""
    while at < len(blob):
        kind, at = blob[at], at + 1
        if kind in _SUFFIXES and len(suffix) < _MAX_SUFFIXES:
            suffix = _SUFFIXES[kind] + suffix
        elif kind in _MODIFIERS:
            _, at = unsigned(blob, at)
        elif kind in (_CLASS, _VALUE):
            token, at = unsigned(blob, at)
            return name_of(token) + suffix, at
        elif kind == _GENERIC:
            token, _ = unsigned(blob, at + 1)
            return name_of(token) + suffix, _skip(blob, at - 1)
        elif kind == _ARRAY:
            inner, after = _type_in_array(blob, at, name_of)
            rank, _ = unsigned(blob, after)
            return f"{inner}[{',' * (min(rank, 32) - 1)}]{suffix}", _skip(blob, at - 1)
        elif kind not in _TRANSPARENT:
            return (_PLAIN.get(kind) or ANY) + suffix, at if kind in _PLAIN else _skip(blob, at - 1)
    return ANY, at


def _type_in_array(blob: memoryview, at: int, name_of: NameOf) -> tuple[str, int]:
    """The name of an array's element, where that is a plain one, and where it ends."""
    kind = blob[at] if at < len(blob) else 0
    if kind in _PLAIN:
        return _PLAIN[kind], at + 1
    if kind in (_CLASS, _VALUE):
        token, end = unsigned(blob, at + 1)
        return name_of(token), end
    return ANY, _skip(blob, at)


def _skip(blob: memoryview, at: int) -> int:
    """Where the type at `at` ends. What is within it waits on a list: True for a type, False for the sizes of an array."""
    waiting = [True]
    while waiting and at < len(blob):
        if not waiting.pop():
            _, at = unsigned(blob, at)  # its rank
            for _ in range(2):
                count, at = unsigned(blob, at)
                for _ in range(min(count, len(blob) - at)):
                    _, at = unsigned(blob, at)
            continue
        kind, at = blob[at], at + 1
        if kind in _SUFFIXES or kind in _TRANSPARENT:
            waiting.append(True)
        elif kind in _MODIFIERS:
            _, at = unsigned(blob, at)
            waiting.append(True)
        elif kind in (_CLASS, _VALUE, _VAR, _METHOD_VAR):
            _, at = unsigned(blob, at)
        elif kind == _ARRAY:
            waiting += (False, True)
        elif kind == _GENERIC:
            _, at = unsigned(blob, at + 1)
            count, at = unsigned(blob, at)
            waiting += [True] * min(count, len(blob) - at)
        elif kind == _FUNCTION:
            generic = at < len(blob) and blob[at] & _HAS_GENERICS
            at += 1
            if generic:
                _, at = unsigned(blob, at)
            count, at = unsigned(blob, at)
            waiting += [True] * min(count + 1, len(blob) - at)
    return at
