"""Java frames as debuggers and profilers list them.

::

    a:97, h (harbor)                    IntelliJ IDEA and Android Studio, copied; a class without a package has `()`
    harbor.h.a(int)  line: 97           JDK Flight Recorder (`jfr print`)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, read_nothing
from symbolicator.traces.lines import body_start

_IDEA = regex(r"(?P<method>[\w$<>-]{1,200}):(?P<line>-?\d{1,9}), (?P<class>[\w$]{1,200}) \((?P<package>[\w.$]{0,500})\)(?: \[\d{1,3}\])?$")
_JFR = regex(
    r"(?P<class>[\w$]{1,200}(?:\.[\w$]{1,200}){1,40})\.(?P<method>[\w$<>-]{1,200})"
    r"(?P<arguments>\([^()\n]{0,500}\)) {1,8}line: (?P<line>\d{1,9})$"
)
Json = Mapping[str, Any]


def read_idea(plain: str, below: str) -> Found | None:
    """`method:line, Class (package)`; weak if the line below is not such a frame."""
    found = _match_idea(plain)
    if found is None:
        return None
    start, said = found
    module = ".".join(filter(None, (said["package"], said["class"])))
    frame: dict[str, Any] = {"platform": "java", "module": module, "function": said["method"]}
    if not said["line"].startswith("-"):
        frame["lineno"] = int(said["line"])
    return Found(frame, start, len(plain.rstrip()), strong=_match_idea(below) is not None)


def _match_idea(plain: str) -> tuple[int, Mapping[str, str]] | None:
    end = len(plain.rstrip())
    if not plain.endswith((")", "]"), 0, end) or ", " not in plain:
        return None
    start = body_start(plain)
    found = _IDEA.match(plain[:end], start)
    return (start, found.groupdict("")) if found is not None else None


def write_idea(frame: Json, raw: Json) -> str:
    """`method:line, Class (package)`."""
    package, _, name = str(frame.get("module") or "").rpartition(".")
    return f"{frame.get('function') or '<unknown>'}:{frame.get('lineno') or -1}, {name} ({package})"


def read_jfr(plain: str) -> Found | None:
    """`package.Class.method(types)  line: 12`."""
    end = len(plain.rstrip())
    if not plain[end - 1 : end].isdigit():
        return None
    start = body_start(plain)
    found = _JFR.match(plain[:end], start)
    if found is None:
        return None
    frame = {"platform": "java", "module": found["class"], "function": found["method"], "lineno": int(found["line"])}
    return Found({**frame, "data": {"arguments": found["arguments"]}}, start, end)


def write_jfr(frame: Json, raw: Json) -> str:
    """As it was read; the types are those that were printed, of what was inlined too."""
    name = ".".join(filter(None, (frame.get("module"), frame.get("function") or "<unknown>")))
    line = f"  line: {frame['lineno']}" if frame.get("lineno") is not None else ""
    arguments = {**(raw.get("data") or {}), **(frame.get("data") or {})}.get("arguments", "()")
    return f"{name}{arguments}{line}"


IDEA = Format("idea", "idea", "java", ", ", read_nothing, write_idea, read_pair=read_idea)
JFR = Format("jfr", "jfr", "java", "line: ", read_jfr, write_jfr)
