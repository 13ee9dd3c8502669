"""The stack frames of Unity's logs: Mono's, with the place in parentheses, and of `Debug.Log` with a colon before the method.

::

    Tower.Damage (System.Int32 points) (at Assets/Scripts/Tower.cs:31)
    Tower.Damage (System.Int32 points) (at <4f1d…>:0)          a player's: the assembly's MVID; zeros under il2cpp
    Tower:Damage(Int32) (at Assets/Scripts/Tower.cs:31)

(`UnityEngine.StackTraceUtility`.) There is no IL offset, so most players' frames say no more than the method.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from symbolicator.patterns import regex
from symbolicator.traces.dotnet.frames import MAX_NAME, full_name, is_name, split_name
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript.positions import Frame
from symbolicator.traces.lines import body_start

_AT: Final = " (at "
_FRAME: Final = regex(r"(?P<name>\S[^()\n]{0,1000}?)(?P<blank> ?)\((?P<arguments>[^()/\\\n]{0,2000})\)$")
_PLACE: Final = regex(r"(?:<(?P<mvid>[0-9a-f]{32})>:0|(?P<file>[^<>()\n]{1,1000}\.[a-z]{1,6}):(?P<line>\d{1,9}))\)$")
_COLON: Final = regex(r"^([^:]{1,800}):([^:]{1,200})$")


def read(plain: str) -> Found | None:
    """`Type.Method (arguments) (at place:line)`."""
    start, end = body_start(plain), len(plain.rstrip())
    at = plain.rfind(_AT, start, end)
    if at < 0 or end - start > 2 * MAX_NAME:
        return None
    found, place = _FRAME.match(plain[start:at]), _PLACE.match(plain[at + len(_AT) : end])
    if found is None or place is None:
        return None
    name = _COLON.sub(r"\1.\2", found["name"])
    if not is_name(name):
        return None
    module, function = split_name(name)
    data: dict[str, Any] = {"form": "unity", "arguments": found["arguments"]}
    frame: Frame = {"platform": "csharp", "module": module, "function": function, "data": data}
    if place["mvid"]:
        data |= {"mvid": place["mvid"]} if place["mvid"].strip("0") else {"il2cpp": True}
    else:
        frame |= {"filename": place["file"], "lineno": int(place["line"])}
    return Found(frame, start, end)


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """The frame with its place, as Unity writes both."""
    file = frame.get("abs_path") or frame.get("filename") or "<unknown>"
    return f"{full_name(frame)} ({(raw.get('data') or {}).get('arguments', '')}){_AT}{file}:{frame.get('lineno')})"


FORMAT: Final = Format("dotnet", "at", "csharp", _AT, read, write)
