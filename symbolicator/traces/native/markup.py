"""The load addresses of modules in symbolizer markup: Fuchsia, LLVM's runtimes and the sanitizers print it for a filter to read.

::

    {{{reset}}}                                                   what was said before is of another process
    {{{module:0:orchard:elf:1ae5d2da78cceb53bcee55e529c3ed21}}}   number, name, build id
    {{{mmap:0x55b39afa1000:0x1000:load:0:rx:0x1000}}}             address, size, the module's number, access, the module's own address there

Frames (`{{{bt:0:0x55b39afa11cd:pc}}}`) are a row of `shape_rows.py`. (LLVM's "Symbolizer Markup Format".)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from symbolicator.patterns import regex
from symbolicator.traces.lines import Line
from symbolicator.traces.native.module_maps import Module

MAX_MODULES: Final = 10_000
"""Modules and mappings of one text that are kept, of each."""
_RESET: Final = "{{{reset"
_MODULE: Final = regex(r"\{\{\{module:(0x[0-9a-f]{1,8}|\d{1,9}):([^:\n{}]{0,1000}):elf:([0-9a-f]{2,64})\}\}\}")
_MMAP: Final = regex(
    r"\{\{\{mmap:0x([0-9a-fA-F]{1,16}):(0x[0-9a-fA-F]{1,16}|\d{1,18}):load:(0x[0-9a-f]{1,8}|\d{1,9}):[rwxRWX]{0,3}:0x([0-9a-fA-F]{1,16})\}\}\}"
)


class _Mapped(NamedTuple):
    start: int
    size: int
    vmaddr: int


def read_markup(lines: Sequence[Line]) -> list[Module]:
    """The modules that a text's markup says the place of; none that contradicts itself, or that another process has something else at."""
    processes: list[list[Module]] = []
    names: dict[int, tuple[str, str]] = {}
    mapped: dict[int, list[_Mapped]] = {}
    kept = 0

    def close() -> None:
        processes.append([module for number, parts in mapped.items() if (module := _module(*names.get(number, ("", "")), parts))])
        names.clear()
        mapped.clear()

    for line in lines:
        plain = line.plain
        if "{{{" not in plain or kept >= MAX_MODULES:
            continue
        if _RESET in plain:
            close()
        elif (found := _MODULE.search(plain)) is not None:
            names[int(found[1], 0)] = found[2], found[3]
            kept += 1
        elif (found := _MMAP.search(plain)) is not None:
            part = _Mapped(int(found[1], 16), int(found[2], 0), int(found[4], 16))
            mapped.setdefault(int(found[3], 0), []).append(part)
            kept += 1
    close()
    return _undisputed(processes)


def _module(name: str, build_id: str, parts: Sequence[_Mapped]) -> Module | None:
    """The module with these mappings; None if it has no name, or its mappings contradict each other."""
    if not (name or build_id) or len({part.start - part.vmaddr for part in parts}) != 1:
        return None
    first = min(parts)
    return Module(first.start, max(part.start + part.size for part in parts) - first.start, name, build_id or None, vmaddr=first.vmaddr)


def _undisputed(processes: Sequence[Sequence[Module]]) -> list[Module]:
    """The modules of all processes, without addresses where two processes differ: frames do not say which process is theirs."""
    every = sorted(dict.fromkeys(module for modules in processes for module in modules), key=lambda one: one.start)
    disputed: set[int] = set()
    furthest, end = 0, 0
    for at, module in enumerate(every):
        if module.start < end:
            disputed |= {at, furthest}
        if module.start + module.size > end:
            furthest, end = at, module.start + module.size
    return [module for at, module in enumerate(every) if at not in disputed]
