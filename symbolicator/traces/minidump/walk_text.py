"""A walked minidump in the form in which `minidump-stackwalk` prints it for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from symbolicator.control import tame
from symbolicator.keys import parse_address
from symbolicator.traces.json_reports.located import list_of, object_of
from symbolicator.traces.native.minidumps import FOUND_BY

Json = Mapping[str, Any]


def walk_text(body: Json) -> str:
    """A walked minidump as text, ending in a newline."""
    return "\n".join(tame(line, keep_bytes=True) for line in _lines(body)) + "\n"


def _lines(body: Json) -> Iterator[str]:
    system, info = object_of(body.get("system_info")), object_of(body.get("crash_info"))
    yield f"Operating system: {system.get('os') or 'unknown'}"
    yield f"                  {system.get('os_ver') or ''}".rstrip()
    yield f"CPU: {system.get('cpu_arch') or 'unknown'}"
    if system.get("cpu_info"):
        yield f"     {system['cpu_info']}"
    yield ""
    if info.get("type"):
        yield f"Crash reason:  {info['type']}"
        yield f"Crash address: {info.get('address') or 'unknown'}"
    else:
        yield "No crash"
    if info.get("assertion"):
        yield f"Assertion: {info['assertion']}"
    blamed = object_of(body.get("crashing_thread"))
    index = blamed.get("threads_index", info.get("crashing_thread"))
    threads = list(enumerate(map(object_of, list_of(body.get("threads"))))) or [(0, blamed)]
    threads.sort(key=lambda one: one[0] != index)
    for number, thread in threads:
        yield ""
        yield f"Thread {number} {thread.get('thread_name') or ''}".rstrip() + (" (crashed)" if number == index and info.get("type") else "")
        yield from _frames(thread)
    yield from ("", "Loaded modules:")
    main = body.get("main_module")
    for number, module in enumerate(map(object_of, list_of(body.get("modules")))):
        yield _module(module) + ("  (main)" if number == main else "")
    unloaded = list(map(object_of, list_of(body.get("unloaded_modules"))))
    if unloaded:
        yield from ("", "Unloaded modules:")
        yield from map(_module, unloaded)


def _frames(thread: Json) -> Iterator[str]:
    number = 0
    for frame in map(object_of, list_of(thread.get("frames"))):
        module = str(frame.get("module") or "")
        for inlined in map(object_of, list_of(frame.get("inlines"))):
            yield f"{number:2d}  {module}!{inlined.get('function') or '<unknown>'}{_place(inlined)}"
            yield "    Found by: inlining"
            number += 1
        address = parse_address(frame.get("offset")) or 0
        if frame.get("function"):
            plus = f" + {parse_address(frame.get('function_offset')) or 0:#x}"
            where = f"{module}!{frame['function']}{_place(frame) or plus}"
        elif module:
            where = f"{module} + {parse_address(frame.get('module_offset')) or 0:#x}"
        else:
            where = f"{address:#x}"
        yield f"{number:2d}  {where}"
        for lost in map(object_of, list_of(frame.get("unloaded_modules"))):
            yield f"    unloaded module: {lost.get('module')} {' '.join(map(str, list_of(lost.get('offsets'))))}".rstrip()
        yield f"    Found by: {FOUND_BY.get(str(frame.get('trust')), 'unknown')}"
        number += 1


def _place(frame: Json) -> str:
    file, line = frame.get("file"), frame.get("line")
    return f" [{file} : {line}]" if file and line else ""


def _module(module: Json) -> str:
    start, end = parse_address(module.get("base_addr")) or 0, parse_address(module.get("end_addr")) or 0
    return f"{start:#010x} - {max(end - 1, 0):#010x}  {module.get('filename')}  {module.get('version') or '???'}"
