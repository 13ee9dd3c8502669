r"""Native frames as Crashlytics lists them for Apple's systems.

::

    0  Flutter                        0x10d6c (Missing UUID 4c4c446555553144a14939a372500a7c)
    2  CoreFoundation                 0x3757c __CFNOTIFICATIONCENTER_IS_CALLING_OUT_TO_AN_OBSERVER__ + 128
    3  Harbour                        0x15b428 __28-[RCTCxxBridge handleError:]_block_invoke + 1150 (RCTCxxBridge.mm:1150)

The number behind the image is how far into it the address lies, so the image's UUID is all that is missing to look it up; reports say that
of images without a dSYM. Those with one have names already, and stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.keys import normalise_debug_id
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.lines import body_start
from symbolicator.traces.native.frames import data_of, make_native, name_of, place_of

Json = Mapping[str, Any]
_FRAME = regex(r"(?P<number>\d{1,4}) {1,4}(?P<module>[^\s()](?:[^\t\n]{0,100}?[^\s])?) {1,60}0x(?P<offset>[0-9a-f]{1,7}) {1,4}(?=\S)")
_MISSING = regex(r"\(Missing(?: UUID (?P<uuid>[0-9a-f]{32}))?\)$")
_NAMED = regex(r"(?P<function>[^\s(][^\n]{0,1000}?)(?: \+ \d{1,9})?(?: \((?P<place>[^()\n]{1,300}:\d{1,9})\))?$")


def read(plain: str) -> Found | None:
    """A frame of a line."""
    start, end = body_start(plain), len(plain.rstrip())
    head = _FRAME.match(plain[:end], start)
    if head is None or head["module"] in ("???", "(Missing)") or head["offset"] == "0":
        return None  # JavaScript's: `javascript/crashlytics.py`
    module, lead = head["module"], plain[head.start("module") : head.end()]
    missing = _MISSING.match(plain[:end], head.end())
    if missing is not None:
        where = None
        if missing["uuid"]:
            image = {"type": "macho", "code_file": module, "code_id": missing["uuid"], "debug_id": normalise_debug_id(missing["uuid"])}
            where = Where(offset=int(head["offset"], 16), image=image)
        return Found(make_native(package=module, lead=lead), start, end, number=int(head["number"]), where=where)
    named = _NAMED.match(plain[:end], head.end())
    if named is None:
        return None
    frame = make_native(named["function"], named["place"], package=module, lead=lead)
    return Found(frame, start, end, strong=bool(named["place"]), number=int(head["number"]))


def write(frame: Json, raw: Json) -> str:
    """`Harbour  0x15b428 function (file:line)`."""
    place = place_of({**frame, "colno": None})
    return f"{data_of(raw, 'lead')}{name_of(frame)}{f' ({place})' if place else ''}"


CRASHLYTICS = Format("crashlytics-native", "#crashlytics", "native", " 0x", read, write, numbering="{:<3d}")
