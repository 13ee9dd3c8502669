"""Frames as crash handlers print them that are linked into programs.

::

    PC: @     0x55555555523a  (unknown)  hatch()                         glog, Abseil (which adds the frame's size), folly
        @     0x555555555264 Queen::lay()
     2# 0x00005555555563EB in ./apiary                                   Boost.Stacktrace and std::stacktrace
     3# Queen::lay(int const*) const at /build/queen.cpp:12
     #4 0x00007f090c065180 clang::Parser::Parse(int) (/lib/libclang.so+0x1665180)       LLVM
    #1 0x55d0c8a4f3b9 base::debug::StackTrace::StackTrace()              Chromium
    frame #2: torch::autograd::backward() + 0x57 (0x7f7c3b3e in /lib/libtorch.so)      PyTorch
     1: 0xb78db3 node::OOMErrorHandler(char const*) [node]               Node.js

All print what stood on the stack: return addresses, the first one too, but for `PC`. Below a signal's trampoline stands the instruction
that was interrupted (`images.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import split_position
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.frames import data_of, is_inlined, make_native, name_of, place_of

Json = Mapping[str, Any]

_GLOG = regex(
    r"(PC: )?@ {1,20}(0x)?([0-9a-f]{1,16}) {1,2}(?: {0,12}(?:\d{1,12}|\(unknown\))  )?(?=\S)"
    r"(?!0x[0-9a-f]|[0-9a-f]{2,4}:[0-9a-f]{2,8} \d|<[0-9a-f]{8,64}>\])"  # lists of addresses; perf's mappings: offset, device, inode
)
_BOOST = regex(r"(\d{1,4})# {1,2}")
_BOOST_ADDRESS = regex(r"0x([0-9A-Fa-f]{1,16}) in (\S[^\n]{0,1000})$")
_STD_ADDRESS = regex(r" \[0x([0-9a-f]{1,16})\]$")
_LLVM = regex(r"#(\d{1,4}) 0x([0-9a-f]{16}) (?!in )")
_CHROMIUM = regex(r"#(\d{1,4}) 0x([0-9a-f]{6,16}) (?!in )(?=[\w<(~])")
_MODULE = regex(r"\((\S[^\n]{0,1000}?)\+0x([0-9a-f]{1,16})\)$")
_TORCH = regex(r"frame #(\d{1,6}): (?=\S)")
_TORCH_TAIL = regex(r" \(0x([0-9a-f]{1,16}) in ([^()\n]{1,1000})\)$")
_PLUS = regex(r" \+ 0x([0-9a-f]{1,12})$")
_NODE = regex(r"(\d{1,3}): 0x([0-9a-f]{1,16}) ")


def read_glog(plain: str) -> Found | None:
    """A frame of glog's, Abseil's or folly's."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _GLOG.match(plain, start)
    if head is None or not (head[2] or len(head[3]) == 16):
        return None
    begin = start + len(head[1] or "")
    function = plain[head.end() : end]
    frame = make_native(None if function == "(unknown)" else function, lead=plain[begin : head.end()])
    where = Where(int(head[3], 16), exact=bool(head[1]))
    return Found(frame, begin, end, number=0 if head[1] else None, where=where)


def write_glog(frame: Json, raw: Json) -> str:
    """`@ 0x… function at file:line`; what the handler aligned stays so."""
    place = place_of({**frame, "colno": None})
    inlined = " (inlined)" if is_inlined(frame) else ""
    return f"{data_of(raw, 'lead')}{name_of(frame, '(unknown)')}{f' at {place}' if place else ''}{inlined}"


def read_boost(plain: str) -> Found | None:
    """A frame of Boost.Stacktrace or std::stacktrace."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _BOOST.match(plain, start)
    if head is None:
        return None
    number, rest = int(head[1]), plain[head.end() : end]
    bare = _BOOST_ADDRESS.match(rest)
    if bare is not None:
        where = Where(int(bare[1], 16), bare[2], exact=False)
        return Found(make_native(package=bare[2], printed=rest[: bare.start(2) - 4]), start, end, number=number, where=where)
    last = _STD_ADDRESS.search(rest)
    address = int(last[1], 16) if last else None
    rest = rest[: last.start()] if last else rest
    function, at, place = rest.rpartition(" at ")
    if at and (place == ":0" or split_position(place)[1] is not None):
        data: dict[str, Any] = {"std": True} if last else {}
        frame = make_native(function.strip() or None, None if place == ":0" else place, **data)
        return Found(frame, start, end, number=number, where=Where(address, exact=False) if address else None)
    function, found, module = rest.rpartition(" in ")
    if not found or not function.strip() or not module or " " in module.strip():
        return None
    return Found(make_native(function, package=module), start, end, strong="/" in module, number=number)


def write_boost(frame: Json, raw: Json) -> str:
    """`function at file:line`, or the module if nothing else is known."""
    place = place_of({**frame, "colno": None})
    name = name_of(frame, data_of(raw, "printed", "??"))
    address = f" [{raw['instruction_addr']}]" if data_of(raw, "std") and raw.get("instruction_addr") else ""
    if place:
        return f"{name} at {place}{address}"
    package = raw.get("package")
    return f"{name} in {package}" if package else f"{name}{address}"


def read_llvm(plain: str) -> Found | None:
    """A frame of LLVM's: `name (module+0x…)`, or `name file:line:column`. Its addresses have all their sixteen digits."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _LLVM.match(plain, start)
    if head is None:
        return None
    rest = plain[head.end() : end]
    number, address = int(head[1]), int(head[2], 16)
    opening = rest.rfind("(")
    module = _MODULE.match(rest, opening) if opening >= 0 else None
    if module is not None:
        frame = make_native(rest[: module.start()].strip() or None, package=module[1], printed=module[0])
        where = Where(address, module[1], int(module[2], 16), "bias", exact=False)
        return Found(frame, start, end, number=number, where=where)
    function, blank, place = rest.rpartition(" ")
    if not blank or split_position(place)[1] is None:
        return None
    return Found(make_native(function, place), start, end, number=number, where=Where(address, exact=False))


def write_llvm(frame: Json, raw: Json) -> str:
    """`0x… function file:line:column`."""
    place = place_of(frame) or data_of(raw, "printed")
    return f"0x{int(str(raw['instruction_addr']), 16):016x} {name_of(frame)}{f' {place}' if place else ''}"


def read_chromium(plain: str) -> Found | None:
    """A frame of Chromium's that names a function, or nothing; what has a module is as the sanitizers print it."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _CHROMIUM.match(plain, start)
    if head is None:
        return None
    function, bracket, place = plain[head.end() : end].rpartition(" [")
    if not bracket or split_position(place.removesuffix("]"))[1] is None:
        function, place = plain[head.end() : end], ""
    if not ("::" in function or function.endswith((")", "<unknown>")) or " " not in function):
        return None
    frame = make_native(function, place.removesuffix("]") or None)
    return Found(frame, start, end, number=int(head[1]), where=Where(int(head[2], 16), exact=False))


def write_chromium(frame: Json, raw: Json) -> str:
    """`0x… function [file:line:column]`."""
    place = place_of(frame)
    return f"{raw['instruction_addr']} {name_of(frame, '<unknown>')}{f' [{place}]' if place else ''}"


def read_torch(plain: str) -> Found | None:
    """A frame of PyTorch's."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _TORCH.match(plain, start)
    at = plain.rfind(" (0x", 0, end) if head else -1
    tail = _TORCH_TAIL.match(plain[:end], at) if at >= 0 else None
    if head is None or tail is None or at <= head.end():
        return None
    function = plain[head.end() : at]
    plus = _PLUS.search(function)
    name, offset = (function[: plus.start()], int(plus[1], 16)) if plus else (function, None)
    nameless = name == "<unknown function>"
    data: dict[str, Any] = {"symbol_offset": offset} if offset is not None and not nameless else {}
    where = Where(int(tail[1], 16), tail[2], offset if nameless else None, exact=False)
    sure = "/" in tail[2]
    return Found(
        make_native(None if nameless else name, package=tail[2], **data), start, end, strong=sure, number=int(head[1]), where=where
    )


def write_torch(frame: Json, raw: Json) -> str:
    """`function at file:line (0x… in module)`."""
    place = place_of({**frame, "colno": None})
    name = name_of(frame, "<unknown function>")
    return f"{name}{f' at {place}' if place else ''} ({raw['instruction_addr']} in {raw.get('package')})"


def read_node(plain: str) -> Found | None:
    """A frame of Node's native stack traces."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _NODE.match(plain, start)
    opening = plain.rfind(" [", 0, end)
    if head is None or opening < head.end() - 1 or not plain.endswith("]", 0, end):
        return None
    module = plain[opening + 2 : end - 1]
    frame = make_native(plain[head.end() : opening].strip() or None, package=module)
    return Found(frame, start, end, number=int(head[1]), where=Where(int(head[2], 16), module, exact=False))


def write_node(frame: Json, raw: Json) -> str:
    """`0x… function at file:line [module]`."""
    place = place_of({**frame, "colno": None})
    inlined = " (inlined)" if is_inlined(frame) else ""
    return f"{raw['instruction_addr']} {name_of(frame, '')}{f' at {place}' if place else ''}{inlined} [{raw.get('package')}]"


GLOG = Format("glog", "glog", "native", "@ ", read_glog, write_glog, again=("PC: ", "    "))
BOOST = Format("boost", "#boost", "native", "# ", read_boost, write_boost, numbering="{}# ")
LLVM = Format("llvm", "#llvm", "native", " 0x", read_llvm, write_llvm, numbering="#{} ")
CHROMIUM = Format("chromium", "#sanitizer", "native", " 0x", read_chromium, write_chromium, numbering="#{} ")
TORCH = Format("pytorch", "#torch", "native", "frame #", read_torch, write_torch, numbering="frame #{}: ")
NODE = Format("node-native", "#node", "native", ": 0x", read_node, write_node, numbering="{}: ")
