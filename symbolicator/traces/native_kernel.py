"""Linux' own lines: faults of programs, and oopses of the kernel.

::

    apiary[6715]: segfault at 0 ip 0000555555555901 sp 00007fffffffe440 error 4 in apiary[1901,555555555000+2000]
    RIP: 0010:hive_open+0x12/0x40 [apiary]
     ? season+0x9e/0x120
    [<ffffffff81234567>] season+0x9e/0x120 [apiary]

In the brackets of a fault stands where the mapping began that holds the instruction, and, from Linux 6.4 on, the instruction's offset in
the file; before, all there is is how far from where the file's code was mapped the instruction lies. The kernel names functions itself:
`+0x12/0x40` is the offset, and the function's size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import body_start
from symbolicator.traces.native_frames import is_inlined, make_native, name_of, place_of

Json = Mapping[str, Any]

_FAULT = regex(
    r"(?:traps: )?(?P<name>[^\[\]\n]{1,64})\[(?P<pid>\d{1,10})\]:? (?P<what>segfault at [0-9a-fx]{1,18}|[a-z][a-z ]{2,60}?) "
    r"(?:\(?(?:nil|null)\)? )?ip[ :](?P<ip>[0-9a-f]{4,16}) sp[ :](?P<sp>[0-9a-f]{4,16}) error[ :](?P<error>[0-9a-f]{1,8})"
    r"(?: in (?P<file>[^\[\]\n]{1,255})\[(?:(?P<offset>[0-9a-f]{1,16}),)?(?P<base>[0-9a-f]{1,16})\+(?P<size>[0-9a-f]{1,16})\])?"
)
_CALL = regex(
    r"(?P<address>\[<[0-9a-f]{8,16}>\] )?(?P<doubt>\? )?(?:(?P<ip>RIP: 0010:|EIP: |pc : |lr : "
    r"|RIP  ?\[<[0-9a-f]{8,16}>\] |PC is at |LR is at )"
    r"(?:\[<[0-9a-f]{8,16}>\] )?)?(?P<name>[A-Za-z_.$][\w.$]{0,255})\+0x(?P<offset>[0-9a-f]{1,8})/0x(?P<size>[0-9a-f]{1,8})"
    r"(?: \[(?P<module>[\w-]{1,64})(?: [^\]\n]{0,100})?\])?(?: \([A-Z]{1,4}\))?\s*$"
)


def read_fault(plain: str) -> Found | None:
    """The frame of a program's fault: one instruction, all there is."""
    start = body_start(plain)
    found = _FAULT.search(plain, max(plain.rfind(" traps: ", 0, start + 1), 0)) if "ip" in plain else None
    if found is None:
        return None
    begin = found.start("ip") - 3
    ip, file = int(found["ip"], 16), found["file"]
    where = Where(ip, exact=True)
    if file:
        base, offset = int(found["base"], 16), found["offset"]
        where = Where(ip, file, int(offset, 16) if offset else max(ip - base, 0), "start" if offset else "code", exact=True)
    return Found(make_native(package=file), begin, found.end(), number=0, where=where)


def write_fault(frame: Json, raw: Json) -> str:
    """`ip 0x… function at file:line in program`."""
    place = place_of({**frame, "colno": None})
    package = raw.get("package")
    return f"ip {raw['instruction_addr']} {name_of(frame)}{f' at {place}' if place else ''}{f' in {package}' if package else ''}"


def read_call(plain: str) -> Found | None:
    """The frame of a line of a call trace, or of the line that says where the kernel stood."""
    start = body_start(plain)
    found = _CALL.match(plain, start)
    if found is None:
        return None
    data: dict[str, Any] = {"symbol_offset": int(found["offset"], 16), "symbol_size": int(found["size"], 16)}
    if found["doubt"]:
        data["unreliable"] = True  # what lay on the stack and looked like a return address
    module = f"{found['module']}.ko" if found["module"] else "vmlinux"
    frame = make_native(found["name"], package=module, **data)
    top = found["ip"] is not None and not found["ip"].upper().startswith("LR")
    where = Where(module=module, exact=True if top else None if found["ip"] is None else False)
    return Found(frame, found.start("name"), len(plain.rstrip()), number=0 if top else None, where=where)


def write_call(frame: Json, raw: Json) -> str:
    """`function (file:line) [module]`, as the kernel's own decode_stacktrace.sh."""
    package = str(raw.get("package") or "vmlinux")
    module = "" if package == "vmlinux" else f" [{package.removesuffix('.ko')}]"
    place = place_of({**frame, "colno": None})
    inlined = " (inlined)" if is_inlined(frame) else ""
    return f"{name_of(frame)}{f' ({place})' if place else ''}{inlined}{module}"


FAULT = Format("kernel-fault", "fault", "native", "ip", read_fault, write_fault)
KERNEL = Format("kernel", "kernel", "native", "+0x", read_call, write_call)
