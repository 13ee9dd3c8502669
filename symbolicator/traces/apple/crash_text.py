"""Reports that are JSON in the form in which people read them: that of a `.crash` file, as Console and Xcode translate them.

Apple, *Examining the fields in a crash report*. What a report does not have is left out; what has no place in that form stays in the JSON
alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from symbolicator.control import tame
from symbolicator.keys import parse_address
from symbolicator.traces.apple.metrickit import Binaries, Diagnostic, Thread, diagnostics, place_of, threads, thrown
from symbolicator.traces.json_reports.located import list_of, object_of

Json = Mapping[str, Any]
_WIDTH = 30
_IN_A_ROW = 4
_DEEPEST = 100
_FLAVORS = {"ARM_THREAD_STATE64": "ARM Thread State (64-bit)", "ARM_THREAD_STATE32": "ARM Thread State (32-bit)"}


def crash_text(header: Json, body: Json) -> str:
    """A crash report as text, ending in a newline."""
    return _shown(_lines(header, body))


def _shown(lines: Iterable[str]) -> str:
    """Lines as text; what JSON's escapes stand for and would act on a terminal becomes its picture."""
    text = "\n".join(lines) + "\n"
    return "\n".join("\t".join(tame(part, keep_bytes=True) for part in line.split("\t")) for line in text.split("\n"))


def _lines(header: Json, body: Json) -> Iterator[str]:
    yield from _head(header, body)
    yield ""
    yield from _died(body)
    images = [object_of(image) for image in list_of(body.get("usedImages"))]
    for number, text in enumerate(list_of(body.get("asiBacktraces"))):
        yield f"\nApplication Specific Backtrace {number}:"
        yield str(text).rstrip("\n")
    last = list_of(body.get("lastExceptionBacktrace"))
    if last:
        yield "\nLast Exception Backtrace:"
        yield from _frames(last, images)
    crashed: Json | None = None
    for number, thread in enumerate(map(object_of, list_of(body.get("threads")))):
        yield ""
        name = str(thread.get("name") or "")
        queue = f" Dispatch queue: {thread['queue']}" if thread.get("queue") else ""
        if name or queue:
            yield f"Thread {number} name: {name and ' ' + name}{queue}"
        is_crashed = thread.get("triggered") is True or number == body.get("faultingThread")
        yield f"Thread {number}{' Crashed' if is_crashed else ''}:"
        yield from _frames(list_of(thread.get("frames")), images)
        crashed = {"number": number, **thread} if is_crashed and crashed is None else crashed
    if crashed is not None:
        yield from _registers(crashed)
    yield "\nBinary Images:"
    yield from map(_image, images)
    yield "\nEOF"


def _head(header: Json, body: Json) -> Iterator[str]:
    bundle, system = object_of(body.get("bundleInfo")), object_of(body.get("osVersion"))
    version, build = bundle.get("CFBundleShortVersionString"), bundle.get("CFBundleVersion")
    train, number = system.get("train") or header.get("os_version"), system.get("build")
    fields = {
        "Incident Identifier": body.get("incident") or header.get("incident_id"),
        "CrashReporter Key": body.get("crashReporterKey"),
        "Hardware Model": body.get("modelCode"),
        "Process": _numbered(body.get("procName"), body.get("pid")),
        "Path": body.get("procPath"),
        "Identifier": bundle.get("CFBundleIdentifier") or header.get("bundleID"),
        "Version": f"{version or '???'} ({build or '???'})" if version or build else None,
        "Code Type": f"{body['cpuType']} ({'Translated' if body.get('translated') else 'Native'})" if body.get("cpuType") else None,
        "Role": body.get("procRole"),
        "Parent Process": _numbered(body.get("parentProc"), body.get("parentPid")),
        "Coalition": _numbered(body.get("coalitionName"), body.get("coalitionID")),
        "Responsible Process": _numbered(body.get("responsibleProc"), body.get("responsiblePid")),
        "": "",
        "Date/Time": body.get("captureTime") or header.get("timestamp"),
        "Launch Time": body.get("procLaunch"),
        "OS Version": f"{train} ({number})" if train and number else train,
        "Release Type": system.get("releaseType"),
        "Baseband Version": body.get("basebandVersion"),
        "Report Version": "104",
    }
    yield from (f"{label + ':':<20} {value}" if label else "" for label, value in fields.items() if value or not label)


def _died(body: Json) -> Iterator[str]:
    """What the process died of."""
    exception, ended, reason = (object_of(body.get(key)) for key in ("exception", "termination", "exceptionReason"))
    if exception.get("type"):
        signal = f" ({exception['signal']})" if exception.get("signal") else ""
        yield f"Exception Type:  {exception['type']}{signal}"
    for label, value in (
        ("Exception Subtype: ", exception.get("subtype")),
        ("Exception Codes: ", exception.get("codes")),
        ("Exception Message: ", exception.get("message")),
        ("Exception Note:  ", "EXC_CORPSE_NOTIFY" if body.get("isCorpse") else None),
        ("Exception Reason: ", reason.get("composed_message")),
        ("VM Region Info: ", body.get("vmRegionInfo") or body.get("vmregioninfo")),
    ):
        if value:
            yield f"{label}{value}"
    if ended:
        parts = (ended.get("namespace"), ended.get("code"), ended.get("indicator"))
        yield f"Termination Reason: {' '.join(str(part) for part in parts if part is not None)}"
        yield from map(str, list_of(ended.get("details")) or list_of(ended.get("reasons")))
        if ended.get("byProc"):
            yield f"Terminating Process: {_numbered(ended['byProc'], ended.get('byPid'))}"
    if body.get("faultingThread") is not None:
        yield f"\nTriggered by Thread:  {body['faultingThread']}"
    said = [str(text) for texts in object_of(body.get("asi")).values() for text in list_of(texts)]
    if said:
        yield "\nApplication Specific Information:"
        yield from said


def _frames(frames: Sequence[Any], images: Sequence[Json]) -> Iterator[str]:
    for number, frame in enumerate(map(object_of, frames)):
        index, offset = frame.get("imageIndex"), parse_address(frame.get("imageOffset")) or 0
        image = images[index] if isinstance(index, int) and 0 <= index < len(images) else {}
        base = parse_address(image.get("base")) or 0
        file, line = frame.get("sourceFile"), frame.get("sourceLine")
        place = f"{file}:{line}" if file and line else ""
        yield _frame(number, _name(image), base + offset, frame.get("symbol"), frame.get("symbolLocation"), base, place)


def _frame(number: int, image: str, address: int, symbol: object, offset: object, base: int, place: str) -> str:
    """`0   image    0x104b2c1f4 symbol (file.m:12)`, as `native/apple.py` writes it."""
    known = "???" if image == "???" else f"{base:#x} + {address - base}"
    what = known if not symbol else f"{symbol} ({place})" if place else f"{symbol} + {offset or 0}"
    return f"{number:<4d}{image:<{_WIDTH}}\t{address:#18x} {what}"


def _name(image: Json) -> str:
    path = str(image.get("path") or "")
    return str(image.get("name") or path.rpartition("/")[2] or "???")


def _image(image: Json) -> str:
    start, size = parse_address(image.get("base")) or 0, parse_address(image.get("size")) or 0
    uuid = str(image.get("uuid") or "").replace("-", "").lower()
    arch = str(image.get("arch") or "")
    span = f"{start:#18x} - {start + max(size - 1, 0):#18x}"
    return f"{span} {_name(image)} {arch}{' ' if arch else ''} <{uuid}> {image.get('path') or ''}".rstrip()


def _registers(thread: Json) -> Iterator[str]:
    state = object_of(thread.get("threadState"))
    values: dict[str, int] = {}
    for name, register in state.items():
        if name == "x":
            values |= {f"x{at}": value for at, one in enumerate(list_of(register)) if (value := _value(one)) is not None}
        elif (value := _value(register)) is not None:
            values[name] = value
    if not values:
        return
    flavor = _FLAVORS.get(str(state.get("flavor")), "X86 Thread State (64-bit)")
    yield f"\nThread {thread['number']} crashed with {flavor}:"
    rows = [f"{name:>6}: {value:#018x}" for name, value in values.items()]
    yield from (" ".join(rows[at : at + _IN_A_ROW]) for at in range(0, len(rows), _IN_A_ROW))


def _value(register: object) -> int | None:
    return parse_address(object_of(register).get("value"))


# ── MetricKit ─────────────────────────────────────────────────────────────────────────────────────────────────────


def diagnostics_text(body: Any) -> str:
    """MetricKit's diagnostics as text, one after the other, ending in a newline."""
    binaries = Binaries()
    lines: list[str] = []
    number = 0
    for diagnostic in diagnostics(body):
        lines += _diagnostic_head(diagnostic)
        for thread in threads(diagnostic.entry, binaries):
            lines += ["", f"Thread {number}{' Crashed' if thread.attributed and diagnostic.is_crash else ''}:", *_stack(thread)]
            number += 1
        lines.append("")
    lines.append("Binary Images:")
    for image in binaries.images:
        start, size = parse_address(image.get("image_addr")) or 0, image.get("image_size") or 0
        name = image.get("code_file") or "???"
        lines.append(f"{start:#18x} - {start + max(size - 1, 0):#18x} {name} <{image.get('code_id') or ''}>")
    return _shown([*lines, "", "EOF"])


def _diagnostic_head(diagnostic: Diagnostic) -> Iterator[str]:
    meta = object_of(diagnostic.entry.get("diagnosticMetaData"))
    value = thrown(diagnostic)
    fields = {
        "Hardware Model": meta.get("deviceType"),
        "Identifier": meta.get("bundleIdentifier"),
        "Version": f"{meta.get('appVersion') or '???'} ({meta.get('appBuildVersion') or '???'})" if meta.get("appVersion") else None,
        "Code Type": meta.get("platformArchitecture"),
        "OS Version": meta.get("osVersion"),
        "Exception Type": value["type"],
        "Exception Message": value["value"],
    }
    return (f"{label + ':':<20} {text}" for label, text in fields.items() if text)


def _stack(thread: Thread) -> Iterator[str]:
    pairs = [*zip(thread.stack.frames, thread.stack.objects, strict=True)]
    for number, (frame, node) in enumerate(pairs if thread.is_tree else reversed(pairs)):
        address, base = place_of(node)
        file, line, data = node.get("fileName"), node.get("lineNumber"), frame.get("data") or {}
        place = f"{file}:{line}" if file and line else ""
        first = data.get("samples", 0) if thread.is_tree else number
        image = str(frame.get("package") or "???")
        indent = "  " * min(data.get("depth", 0), _DEEPEST)
        yield indent + _frame(first, image, address or 0, node.get("symbolName"), node.get("offsetIntoSymbol"), base or 0, place)


def _numbered(name: object, number: object) -> str | None:
    return None if not name else f"{name} [{number}]" if number is not None else str(name)
