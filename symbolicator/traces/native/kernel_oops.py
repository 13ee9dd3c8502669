"""The Linux kernel's own stacks: oopses, warnings and traces, of every architecture and tool that writes them.

::

    RIP: 0010:hive_open+0x12/0x40 [apiary]                                 x86
     ? season+0x9e/0x120
    PC is at hive_open+0x12/0x40 [apiary]                                  32-bit ARM, Alpha, SuperH
    [<c010d0a4>] (hive [apiary]) from [<c0109f3c>] (season+0x9e/0x120)
    NIP [c000000000012345] hive_open+0x12/0x40                             PowerPC
    epc : hive_open+0x12/0x40                                              RISC-V, MIPS
    Krnl PSW : 0704c00180000000 00000000b5c5a3b2 (hive_open+0x12/0x40)     s390
    TPC: <hive_open+0x12/0x40>                                             SPARC
     0xffffffff81234567 : hive_open+0x12/0x40 [kernel]                       SystemTap
    BUG: KASAN: slab-out-of-bounds in hive_open+0x12/0x40 [apiary]
     #1 [ffffa51c849d39f8] hive_open at ffffffffc061a6f2 [apiary]           crash, of a dump
        [exception RIP: hive_open+18]

What they share is the symbol as the kernel prints it: `name+0xOFFSET/0xSIZE`, and the module behind it, from which a frame is read wherever
in a line it stands. What is before it says which register held the address; an address in brackets there is kept as evidence of which of
several functions of a name it is, for nothing says where a kernel was loaded (KASLR).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.native.frames import is_inlined, make_native, name_of, place_of

Json = Mapping[str, Any]

_SYMBOL: Final = regex(
    r"(?<![\w.$/])(?P<name>[A-Za-z_$][\w.$]{0,255})\+0x(?P<offset>[0-9a-f]{1,8})/0x(?P<size>[0-9a-f]{1,8})(?![\w/])"
    r"(?: \[(?P<module>[\w-]{1,64})(?:\([A-Z+-]{1,12}\))?(?: (?P<build_id>[0-9a-f]{16,64}))?\])?"
)
_STOOD: Final = regex(
    r"(?<!\w)(?:(?P<here>RIP|EIP|IP|NIP|TPC|PC|pc|epc|ERA|ERET|IAOQ\[0\]|Krnl PSW)|LR|lr|ra|RA|RPC|PR|BLINK|IAOQ\[1\]|RP\(r2\)|I7)"
    r" {0,4}\]? {0,4}(?::|is at|(?=\[))[ \[\]<>():0-9a-fA-Fx?]{0,80}$"
)
"""The prefix of a register's symbol; `here` if it is the instruction that ran."""
_ADDRESS: Final = regex(r"(?<![\w.])(?:0x)?([0-9a-f]{8,16})[\]>)(? RSF]{0,8}$")
_STAP: Final = regex(r"0x([0-9a-f]{4,16}) : $")
_USER_SPACE: Final = regex(r"(?:(?:\[| )[0-9a-f]{2}\]: |\[<0x[0-9a-f]{1,16}>\] )$")
"""HAProxy shows the bytes of an instruction before its function; NuttX prints addresses as Linux did, but with `0x`."""
_DUMPED: Final = regex(
    r"(?:#(?P<number>\d{1,4}) \[[0-9a-f]{8,16}\] |\[exception [RE]?IP: )(?P<name>[A-Za-z_$][\w.$]{0,255})"
    r"(?: at (?P<address>[0-9a-f]{8,16})(?: \[(?P<module>[\w-]{1,64})\])?$|\+(?P<count>\d{1,9})(?=\]))"
)
_LEAD: Final = 160
"""Characters before a symbol that are looked at."""


def read_call(plain: str) -> Found | None:
    """The frame of a line that holds a symbol of the kernel's. Of several the last is the caller: ARM's `(f) from [<…>] (g+0x…)`."""
    found = _SYMBOL.search(plain)
    if found is None:
        return None
    start = found.start()
    lead = plain[max(start - _LEAD, 0) : start]
    if _is_user_space(lead, plain[found.end() : found.end() + 3], found["module"]):
        return None
    stood = _STOOD.search(lead)
    top = (stood is not None and stood["here"] is not None) or "WARNING: " in lead
    heading = "BUG: K" in lead or ", at: " in lead  # where a checker was called from, or a lock was taken
    data: dict[str, Any] = {"symbol_offset": int(found["offset"], 16), "symbol_size": int(found["size"], 16)}
    rest = plain[found.end() : found.end() + 20]
    if lead.rstrip("([< ").endswith("?") or rest.startswith(" (unreliable)"):
        data["unreliable"] = True  # what lay on the stack and looked like a return address
    address = _ADDRESS.search(lead)
    if address is not None:
        data["printed_addr"] = f"0x{address[1]}"
    module = f"{found['module']}.ko" if found["module"] and found["module"] != "kernel" else "vmlinux"
    exact = True if top or rest.startswith(" (P)") else False if stood is not None or heading else None
    where = Where(module=module, exact=exact, build_id=found["build_id"])
    return Found(make_native(found["name"], package=module, **data), start, found.end(), number=0 if top else None, where=where)


def read_dumped(plain: str) -> Found | None:
    """The frame of a line of `crash`, which reads dumps of kernels: it says where, and in which function, but not how far in that."""
    found = _DUMPED.search(plain)
    if found is None:
        return None
    module = f"{found['module']}.ko" if found["module"] else "vmlinux"
    if found["count"]:
        data: dict[str, Any] = {"symbol_offset": int(found["count"])}
    else:
        data = {"printed_addr": f"0x{found['address']}"}
    where = Where(module=module, exact=found["count"] is not None)
    number = int(found["number"]) if found["number"] else None
    frame = make_native(found["name"], package=module, **data)
    return Found(frame, found.start("name"), found.end(), strong=False, number=number, where=where)


def _is_user_space(lead: str, rest: str, module: str | None) -> bool:
    """Whether a tool that writes symbols as the kernel does says where a program stood: SystemTap, HAProxy."""
    told = _STAP.search(lead)
    below = told is not None and module != "kernel" and (int(told[1], 16) < 1 << 31 or 1 << 32 <= int(told[1], 16) < 1 << 63)
    return below or rest.startswith((" [/", " [.")) or _USER_SPACE.search(lead) is not None


def write_call(frame: Json, raw: Json) -> str:
    """`function (file:line) [module]`, as the kernel's own decode_stacktrace.sh."""
    package = str(raw.get("package") or "vmlinux")
    module = "" if package == "vmlinux" else f" [{package.removesuffix('.ko')}]"
    place = place_of({**frame, "colno": None})
    inlined = " (inlined)" if is_inlined(frame) else ""
    return f"{name_of(frame)}{f' ({place})' if place else ''}{inlined}{module}"


KERNEL = Format("kernel", "kernel", "native", "+0x", read_call, write_call)
DUMPED: Final = tuple(
    Format(f"crash-{number}", "kernel", "native", mark, read_dumped, write_call) for number, mark in enumerate(("] ", "IP: "))
)
