"""Linux' own lines about programs that fault. The kernel's own faults are read by `kernel_oops.py`.

::

    apiary[6715]: segfault at 0 ip 0000555555555901 sp 00007fffffffe440 error 4 in apiary[1901,555555555000+2000]
    traps: apiary[6715] trap invalid opcode ip:555555555901 sp:7fffffffe440 error:0 in apiary[1901,555555555000+2000]
    apiary[6715]: segfault (11) at 0 nip 555555555901 lr 5555555558f0 code 1 in apiary[555555555000+2000]      PowerPC

In the brackets of a fault stand begin and size of the mapping that holds the instruction, and, from Linux 6.4 on, the instruction's offset
in the file before them (`print_vma_addr`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.debugfiles.load_bias import Mapping as Mapped
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.frames import make_native, name_of, place_of

Json = Mapping[str, Any]

_FAULT = regex(
    r"(?:traps: )?(?P<name>[^\[\]\n]{1,64})\[(?P<pid>\d{1,10})\]:? "
    r"(?P<what>segfault (?:\(\d{1,3}\) )?at [0-9a-fx]{1,18}|[a-z][a-z0-9 ]{2,60}?)"
    r" (?:\(?(?:nil|null)\)? )?n?ip[ :](?P<ip>[0-9a-f]{4,16}) (?:sp[ :][0-9a-f]{4,16}(?: ssp[ :][0-9a-f]{1,16})?"
    r" error[ :][0-9a-f]{1,8}(?:\([a-z ]{1,30}\))?"
    r"|lr [0-9a-f]{4,16} code [0-9a-f]{1,8})"
    r"(?: in (?P<file>[^\[\]\n]{1,255})\[(?:(?P<offset>[0-9a-f]{1,16}),)?(?P<base>[0-9a-f]{1,16})\+(?P<size>[0-9a-f]{1,16})\])?"
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
        base, size, offset = int(found["base"], 16), int(found["size"], 16), found["offset"]
        mapping = Mapped(base, size, int(offset, 16) - (ip - base) if offset else None, executable=True)
        where = Where(ip, file, mapping=mapping if (mapping.offset or 0) >= 0 else mapping._replace(offset=None), exact=True)
    return Found(make_native(package=file), begin, found.end(), number=0, where=where)


def write_fault(frame: Json, raw: Json) -> str:
    """`ip 0x… function at file:line in program`."""
    place = place_of({**frame, "colno": None})
    package = raw.get("package")
    return f"ip {raw['instruction_addr']} {name_of(frame)}{f' at {place}' if place else ''}{f' in {package}' if package else ''}"


FAULT = Format("kernel-fault", "fault", "native", "ip", read_fault, write_fault)
