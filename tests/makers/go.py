"""Small tables of Go's, of every layout, pointer size and byte order."""

from __future__ import annotations

import struct
from typing import NamedTuple

MAGICS = {2: 0xFFFFFFFB, 16: 0xFFFFFFFA, 18: 0xFFFFFFF0, 20: 0xFFFFFFF1}


class GoFunc(NamedTuple):
    """A function of `size` bytes; `rows`: (offset, file, line) in it, `inlined` (start, end, number in `calls`) of code that was inlined.

    `calls`: (name, offset of the call) of each entry of its tree of inlined calls; a call's own place may be inlined.
    """

    name: bytes
    size: int
    rows: tuple[tuple[int, bytes, int], ...]
    inlined: tuple[tuple[int, int, int], ...] = ()
    calls: tuple[tuple[bytes, int], ...] = ()


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def values(spans, quantum) -> bytes:
    """`spans`: (bytes of code, value)."""
    out, last = b"", -1
    merged = []
    for length, value in spans:
        same = bool(merged) and merged[-1][1] == value  # a change of 0 would end the table
        merged.append((length + (merged.pop()[0] if same else 0), value))
    for length, value in merged:
        change = value - last
        out += varint((change << 1) if change >= 0 else (~change << 1 | 1)) + varint(length // quantum)
        last = value
    return out + b"\0"


def spans(function: GoFunc, values_of):
    starts = [row[0] for row in function.rows] + [function.size]
    return [(end - start, values_of(row)) for row, start, end in zip(function.rows, starts, starts[1:], strict=False)]


def inline_spans(function: GoFunc):
    at, found = 0, []
    for start, end, number in function.inlined:
        found += [(start - at, -1)] if start > at else []
        found.append((end - start, number))
        at = end
    return [*found, (function.size - at, -1)] if function.size > at else found


def go_table(functions, text, version=20, bits=64, little=True, quantum=1, text_start=None) -> bytes:
    """The section. Functions follow one another from `text`; `text_start` is what the head says of it, if that is something else."""
    order, word = "<" if little else ">", "Q" if bits == 64 else "I"
    pack = lambda form, *numbers: struct.pack(order + form, *numbers)  # noqa: E731
    files = list(dict.fromkeys(row[1] for function in functions for row in function.rows))
    heads = {2: 1, 16: 7, 18: 8, 20: 8}
    pair = word if version < 18 else "I"
    head_size = 8 + heads[version] * struct.calcsize(word)
    first = 1 if version == 2 else 0
    names, tables = bytearray(), bytearray(b"\0")
    places = []
    for function in functions:
        numbers = {"name": len(names)}
        names += function.name + b"\0"
        for key, content in (
            ("file", values(spans(function, lambda row: files.index(row[1]) + first), quantum)),
            ("line", values(spans(function, lambda row: row[2]), quantum)),
            ("inline", values(inline_spans(function), quantum) if function.inlined else b""),
        ):
            numbers[key] = len(tables) if content else 0
            tables += content
        places.append(numbers)
    for function in functions:
        for name, _ in function.calls:
            names += name + b"\0"
    paths, units = bytearray(), bytearray()
    for file in files:
        units += pack("I", len(paths))
        paths += file + b"\0"
    # what stands before the functions, whose place in it is counted from its beginning in Go 1.2
    rows_size = (2 * len(functions) + 1) * struct.calcsize(pair)
    record = struct.calcsize("=" + pair) + 32 + (8 if version >= 20 else 4) + 12 + 16
    names_at = head_size
    units_at = names_at + len(names)
    paths_at, tables_at = units_at + len(units), units_at + len(units) + len(paths)
    rows_at = tables_at + len(tables)
    if version == 2:
        rows_at = head_size
        records_at = rows_at + rows_size + 4
        names_at = records_at + record * len(functions)
        tables_at = names_at + len(names)
        files_at = tables_at + len(tables)
        paths_at = files_at + 4 * (len(files) + 1)
    else:
        records_at = rows_at + rows_size
    zero = 0 if version >= 18 else text
    rows, records = b"", b""
    at, tree = zero, 0
    for function, numbers in zip(functions, places, strict=True):
        place = records_at + len(records)
        rows += pack(pair * 2, at, place if version == 2 else place - rows_at)
        shift = tables_at if version == 2 else 0
        name = numbers["name"] + (names_at if version == 2 else 0)
        inline = numbers["inline"] and numbers["inline"] + shift
        one = pack(pair + "8I", at, name, 0, 0, 0, numbers["file"] + shift, numbers["line"] + shift, 3, 0)
        one += bytes(7 if version >= 20 else 3) + bytes((4 if function.calls else 0,)) + pack("3I", 0, 0, inline)
        one += pack("4I", *(0xFFFFFFFF,) * 3, tree if function.calls else 0xFFFFFFFF)
        tree += len(function.calls) * (16 if version >= 20 else 20)
        records += one + bytes(record - len(one))
        at += function.size
    rows += pack(pair, at)
    head = pack("I", MAGICS[version]) + bytes((0, 0, quantum, bits // 8))
    if version == 2:
        head += pack(word, len(functions))
        index = pack("I", len(files) + 1)
        at = paths_at
        for file in files:
            index += pack("I", at)
            at += len(file) + 1
        return head + rows + pack("I", files_at) + records + bytes(names) + bytes(tables) + index + bytes(paths)
    start = [] if version == 16 else [text if text_start is None else text_start]
    head += pack(word * heads[version], len(functions), len(files), *start, names_at, units_at, paths_at, tables_at, rows_at)
    return head + bytes(names) + bytes(units) + bytes(paths) + bytes(tables) + rows + records


def go_trees(functions, version=20, little=True) -> bytes:
    """The trees of inlined calls of all functions, one after the other, as `go_table` counts them."""
    order = "<" if little else ">"
    at = sum(len(function.name) + 1 for function in functions)
    out = b""
    for function in functions:
        for name, parent in function.calls:
            out += struct.pack(order + ("4xiii" if version >= 20 else "12xii"), at, parent, *([0] if version >= 20 else []))
            at += len(name) + 1
    return out


def go_module(table, text, trees, version=20, bits=64, little=True) -> bytes:
    """`runtime.moduledata`, as far as it says where these are."""
    words = [0] * 48
    words[0], words[22], words[40 if version >= 20 else 38] = table, text, trees
    return struct.pack(("<" if little else ">") + ("Q" if bits == 64 else "I") * len(words), *words)
