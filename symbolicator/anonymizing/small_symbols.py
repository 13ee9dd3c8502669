"""Symbols of a module (Breakpad's form) with the functions at a few addresses and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Function(NamedTuple):
    """A function at a line: its name, its file, the line from 1; 0 if it is not known."""

    name: str
    file: str
    line: int


class Code(NamedTuple):
    """Addresses from the module's base, and the functions there: the outermost first, then those inlined into it."""

    start: int
    end: int
    functions: tuple[Function, ...]


def small_symbols(module: str, debug_id: str, rows: Iterable[Code]) -> bytes:
    """The symbols of the module with a debug id (32 hexadecimal digits and an age)."""
    found = {row.start: row for row in sorted(rows)}
    starts = sorted(found)
    files = sorted({function.file for row in found.values() for function in row.functions})
    inlined = sorted({function.name for row in found.values() for function in row.functions[1:]})
    lines = [f"MODULE Linux x86_64 {debug_id} {module}"]
    lines += [f"FILE {number} {file}" for number, file in enumerate(files)]
    lines += [f"INLINE_ORIGIN {number} {name}" for number, name in enumerate(inlined)]
    for start, beyond in zip(starts, [*starts[1:], None], strict=True):
        row = found[start]
        size = (row.end if beyond is None else min(row.end, beyond)) - start
        outer, *inner = row.functions
        lines.append(f"FUNC {start:x} {size:x} 0 {outer.name}")
        for depth, function in enumerate(inner):
            caller = row.functions[depth]
            lines.append(f"INLINE {depth} {caller.line} {files.index(caller.file)} {inlined.index(function.name)} {start:x} {size:x}")
        innermost = row.functions[-1]
        lines.append(f"{start:x} {size:x} {innermost.line} {files.index(innermost.file)}")
    return "".join(f"{line}\n" for line in lines).encode()
