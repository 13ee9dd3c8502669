"""Frames as tools print them: sanitizers, valgrind, perf, and Android's tombstones.

::

        #0 0x5555555571e9 in f(int*) /build/a.cpp:109:7             AddressSanitizer and its kin
        #1 0x555555558496  (/build/apiary+0x4496) (BuildId: 1a2b…)
        #0 f(int*) /build/a.cpp:109 (apiary+0x3190)                  ThreadSanitizer
    ==6712==    at 0x109901: f(int*) (a.cpp:108)                     valgrind
    ==6712==    by 0x10A0FD: ??? (in /build/apiary)
    \t          2104 season+0xa4 (/build/apiary)                      perf script
          #00 pc 0000000000001234  /data/app/lib/arm64/libhive.so (hive_open+12) (BuildId: 1a2b…)
    #00 pc 0x1234 libhive.so (hive_open) (BuildId: 1a2b…)            Crashlytics

All but perf have moved return addresses back into the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from symbolicator.debugfiles.load_bias import Mapping as Mapped
from symbolicator.eval_places import split_position
from symbolicator.keys import mapped_path
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.deleted_paths import restored
from symbolicator.traces.native.frames import data_of, is_inlined, make_native, name_of, place_of

Json = Mapping[str, Any]

_SANITIZER = regex(r"#(\d{1,6}) (?:0x([0-9a-f]{1,16}) (in |(?= ?\()))?")
_MODULE = regex(r" ?\((\S[^\n]{0,1000}?)\+0x([0-9a-f]{1,16})\)(?: \(BuildId: ([0-9a-f]{8,64})\))?$")
_VALGRIND = regex(r"(?:at|by) 0x([0-9A-F]{1,16}): ")
_PERF = regex(r"([0-9a-f]{1,16}) ([^\n]{1,4000}?) \(([^()\n]{1,1000}|\[[^\]\n]{1,100}\][^()\n]{0,100})\)$")
_KERNELS = regex(r"\[(?:((?:guest\.)?kernel\.[\w.]{1,100})|(?!vsyscall|vdso|unknown)([\w-]{1,64}))\](?:_text)?$")
"""A kernel as perf calls it, or a module of it."""
_COUNTED = regex(r"\+\d{1,9}$")
"""How far bpftrace says it is in a function."""
_PERF_INDENT = 4
"""Columns before the address of a frame without `+0x…`, which prose may look like."""
_PERF_AT = regex(r"  (\S[^\n]{0,1000}:\d{1,9})\s*$")
_IN_FILE = regex(r"\+0x([0-9a-f]{1,16})$")
"""`perf script -F +dsoff`: how far in the module's file."""
_OFFSET = regex(r"\+0x([0-9a-f]{1,12})$")
_TOMBSTONE = regex(r"(?:native: )?#(\d{2,4}) {1,2}pc (0x[0-9a-f]{1,16}|[0-9a-f]{8,16}) {1,4}(\S[^\n]{0,1000}?)(?=$| \(| {2,})")
_PARENTHESES = regex(
    r" \(offset (?:0x)?([0-9a-f]{1,16})\)| \(BuildId: ([0-9a-f]{8,64})\)| \(([^()\n]{1,2000}(?:\([^()\n]{0,1000}\)[^()\n]{0,1000}){0,40})\)"
)
_MANAGED = (".odex", ".vdex", ".oat", ".art", ".dex", ".apk", ".jar")
"""Files that hold code of Java's; an .apk holds libraries too, whose functions are not called as Java's are."""
_JAVA_METHOD = regex(r"((?:[^\W\d][\w$-]{0,200}\.){0,30}[^\W\d][\w$-]{0,300})\.(<init>|<clinit>|[\w$-]{1,300})")


def read_sanitizer(plain: str) -> Found | None:
    """A sanitizer's frame of a line."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _SANITIZER.match(plain, start)
    if head is None:
        return None
    number, address = int(head[1]), int(head[2], 16) if head[2] else None
    rest = plain[head.end() : end]
    opening = _module_start(rest)
    module = _MODULE.match(rest, opening) if opening >= 0 else None
    text = (rest[: module.start()] if module else rest).rstrip().removesuffix("<null> <null>").removesuffix(" <null>").rstrip()
    if module is None and (address is None or not (head[3] or rest.endswith("(<unknown module>)"))):
        return None
    function, place = _split_function(text.removesuffix("(<unknown module>)").rstrip())
    if module is None and place is None and " " in text:
        return None
    frame = make_native(function, place, package=module[1] if module else None, **({"printed": module[0].strip()} if module else {}))
    # What names neither module nor place is no sanitizer's: Unity's, which moves nothing back.
    where = Where(address, exact=True if module or place else None)
    if module and not module[1].startswith(("[", "<")):  # `[stack]`, `<unknown module>`
        where = Where(address, module[1], int(module[2], 16), "bias", module[3], exact=True)
    return Found(frame, start, end, number=number, where=where)


def _module_start(rest: str) -> int:
    """Where `(module+0x12) (BuildId: …)` begins, or -1."""
    end = rest.rfind(" (BuildId: ")
    plus = rest.rfind("+0x", 0, end if end >= 0 else len(rest))
    opening = rest.rfind("(", 0, plus) if plus >= 0 else -1
    return opening - 1 if opening > 0 and rest[opening - 1] == " " else opening


def _split_function(text: str) -> tuple[str | None, str | None]:
    """`f(int, char) /a/b c.cpp:1:2` → function and place. A path without blanks is tried first; then one that begins with a slash."""
    if not text:
        return None, None
    head, _, last = text.rpartition(" ")
    if split_position(last)[1] is not None or last in {"??:0", "<null>"}:
        slash = head.find(" /")
        if slash > 0 and head.count("(") == head[:slash].count("(") and head[:slash].count("(") == head[:slash].count(")"):
            return head[:slash], text[slash + 1 :]
        return head or None, last
    if last.startswith("/") and head:
        return head, last
    return text, None


def write_sanitizer(frame: Json, raw: Json) -> str:
    """`0x… in function file:line:column`; without a file, the module again."""
    address = raw.get("instruction_addr") if (raw.get("addr_mode") is None) else None
    place = place_of(frame)
    place = place or data_of(raw, "printed")
    lead = f"{address} in " if address else ""
    return f"{lead}{name_of(frame)}{f' {place}' if place else ''}"


def read_valgrind(plain: str) -> Found | None:
    """Valgrind's frame of a line."""
    start = plain.find(" 0x")
    head = _VALGRIND.match(plain, start - 2) if start >= 2 else None
    if head is None or plain[body_start(plain) : start - 2].strip(" =-*0123456789"):
        return None
    end = len(plain.rstrip())
    rest = plain[head.end() : end]
    opening = rest.rfind(" (")
    if not rest.endswith(")") or opening <= 0:
        return None
    inside = rest[opening + 2 : -1]
    function = rest[:opening]
    module = inside[3:] if inside.startswith("in ") else None
    place = None if module or split_position(inside)[1] is None else inside
    if module is None and place is None:
        function = rest
    frame = make_native(function, place, package=module)
    number = 0 if plain.startswith("at", head.start()) else None
    return Found(frame, start + 1, end, number=number, where=Where(int(head[1], 16), module, exact=True))


def write_valgrind(frame: Json, raw: Json) -> str:
    """`0x…: function (file:line)`."""
    place = place_of({**frame, "colno": None}) or (f"in {raw['package']}" if raw.get("package") else "")
    return f"0x{int(str(raw['instruction_addr']), 16):X}: {name_of(frame, '???')}{f' ({place})' if place else ''}"


def read_perf(plain: str, below: str = "") -> Found | None:
    """A frame of `perf script`; with `-F +srcline` the line below says where."""
    start, end = body_start(plain), len(plain.rstrip())
    if not plain[start - 1 : start].isspace() or not plain.endswith(")", 0, end):
        return None
    found = _PERF.match(plain[:end], start)
    if found is None:
        return None
    address, name, module = int(found[1], 16), found[2], found[3]
    offset = _OFFSET.search(name)
    function = name[: offset.start()] if offset else name
    bare = len(plain[:start].expandtabs()) > _PERF_INDENT and module.startswith(("/", "[kernel.")) and _COUNTED.search(function) is None
    if not (offset or function == "[unknown]" or (bare and plain[:start].isspace())):
        return None
    inlined = module == "inlined"
    data: dict[str, Any] = {"symbol_offset": int(offset[1], 16)} if offset and not inlined else {}
    if inlined:
        data = {"inlined": True}
    kernels = _KERNELS.match(module) if address >> 63 and function != "[unknown]" else None
    package = module if not module.startswith("[") else f"{kernels[2]}.ko" if kernels and kernels[2] else module if kernels else None
    package = None if inlined else package
    in_file = _IN_FILE.search(package) if package else None
    if package and in_file:
        package = package[: in_file.start()]
        data["module_offset"] = in_file[0]
    at = _PERF_AT.match(below) if below.startswith("  ") else None
    frame = make_native(function, at[1] if at else None, package=package, **data)
    lines, end = (2, at.end(1)) if at else (1, end)
    if package is None:
        return Found(frame, start, end, lines=lines)
    if kernels:  # which was moved by an unknown distance (KASLR)
        frame.setdefault("data", {})["printed_addr"] = hex(address)
        return Found(frame, start, end, lines=lines, where=Where(module=package))
    # Less than 4 GiB: offsets in the file, which perf printed until 5.8; or a program that is not moved (`images.py`).
    where = Where(module=package, offset=address, origin="perf") if address < 1 << 32 else Where(address, package)
    if in_file:
        where = Where(address, package, int(in_file[1], 16), "file")
    told = offset is not None or function == "[unknown]"  # else it may be one that we wrote
    return Found(frame, start, end, lines=lines, where=where, strong=told)


def write_perf(frame: Json, raw: Json) -> str:
    """`address function (module) file:line`: perf itself prints positions only on request, on separate lines."""
    address = str(raw.get("instruction_addr") or data_of(raw, "printed_addr") or "0x0").removeprefix("0x")
    place = place_of({**frame, "colno": None})
    package = str(raw.get("package") or "[unknown]")
    package = f"[{package.removesuffix('.ko')}]" if "/" not in package and package.endswith(".ko") else package
    module = "inlined" if is_inlined(frame) else package + data_of(raw, "module_offset")
    return f"{address} {name_of(frame, '[unknown]')} ({module}){f' {place}' if place else ''}"


def _managed(package: str, function: str) -> tuple[str, str] | None:
    """Class and method of a Java frame, whose code was compiled by Android's runtime; None for native code."""
    image = mapped_path(restored(package))
    if not (image.endswith(_MANAGED) or "dalvik-" in image or "jit-cache" in image or image.startswith("<anonymous")):
        return None
    return (found[1], found[2]) if (found := _JAVA_METHOD.fullmatch(function)) else None


def read_tombstone(plain: str) -> Found | None:
    """A frame of an Android tombstone's backtrace: the address is as the library's file has it."""
    start = body_start(plain)
    found = _TOMBSTONE.match(plain, start)
    if found is None:
        return None
    start, end = plain.index("#", start), len(plain.rstrip())
    function = build_id = offset = None
    for part in _PARENTHESES.finditer(plain, found.end(), end):
        if part[2]:
            build_id = part[2]
        elif part[3]:
            function = part[3]
        elif part[1]:
            offset = part[1]
    function = "" if function == "Missing" else function  # Crashlytics' word for a library without symbols
    name, plus, count = (part.strip() for part in (function or "").rpartition("+"))
    data: dict[str, Any] = {"build_id": build_id} if build_id else {}
    if offset:
        data["file_offset"] = offset
    if not (plus and count.isdigit()):
        name = function or ""
    package = found[3]
    where = None
    managed = _managed(package, name) if "." in name else None
    if managed is not None:  # the address is in code compiled on the device: only the names identify it
        frame = make_native(managed[1], package=package, pc=found[2], **data, java_offset=count)
        return Found({**frame, "platform": "java", "module": managed[0]}, start, end, number=int(found[1]))
    if not package.startswith(("<anonymous", "[")):
        module = package.rpartition("!")[2] if "!" in package else package
        where = Where(module=module, offset=int(found[2], 16), origin="bias", build_id=build_id, exact=True)
        if offset and "!" not in package:  # up to Android 8, what the pc counts from
            where = msgspec.structs.replace(where, mapping=Mapped(0, 0, int(offset, 16), executable=True))
    return Found(make_native(name, package=package, pc=found[2], **data), start, end, number=int(found[1]), where=where)


def write_tombstone(frame: Json, raw: Json) -> str:
    """`pc 00001234  library (function at file:line)`; of Java's `pc 00001234  base.odex (a.b.c(File.java)+12)`."""
    if raw.get("platform") == "java":
        return _write_managed(frame, raw)
    place = place_of({**frame, "colno": None})
    return f"pc {data_of(raw, 'pc')}  {raw.get('package')} ({name_of(frame)}{f' at {place}' if place else ''})"


def _write_managed(frame: Json, raw: Json) -> str:
    name = ".".join(filter(None, (frame.get("module"), frame.get("function"))))
    file, line, count = frame.get("filename"), frame.get("lineno"), data_of(raw, "java_offset")
    place = f"({file}{'' if line is None else f':{line}'})" if file else ""
    offset, build_id = data_of(raw, "file_offset"), data_of(raw, "build_id")
    tail = f" (BuildId: {build_id})" if build_id else ""
    head = f"pc {data_of(raw, 'pc')}  {raw.get('package')}{f' (offset 0x{offset})' if offset else ''}"
    return f"{head} ({name}{place}{f'+{count}' if count else ''}){tail}"


SANITIZER = Format("sanitizer", "#sanitizer", "native", "#", read_sanitizer, write_sanitizer, numbering="#{} ")
VALGRIND = Format("valgrind", "valgrind", "native", " 0x", read_valgrind, write_valgrind, again=("at", "by"))
PERF = Format("perf", "perf", "native", " (", read_perf, write_perf, read_pair=read_perf)
TOMBSTONE = Format("tombstone", "#tombstone", "native", " pc ", read_tombstone, write_tombstone, numbering="#{:02d} ")
