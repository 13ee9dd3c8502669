r"""Frames of Dart that was compiled ahead of time, as Flutter's releases print them.

::

        #00 abs 000000723d47f057 virt 0000000000001057 _kDartIsolateSnapshotInstructions+0x57     Android, Linux, Windows, Fuchsia
        #01 abs 0000000106d377c7 _kDartIsolateSnapshotInstructions+0xa0fc7                        Apple
        #02 abs 00007f0281983742 unit 3 _kDartIsolateSnapshotInstructions+0x742                   of a part that was loaded later
        #03 abs 00007f0280983742 virt 000000000025c742 /srv/app/app.so                            before Dart 2.8
    at .    #00 abs 0 virt 000000000091f80f _kDartIsolateSnapshotInstructions+0x652a9f(.java)     Crashlytics' console, of Android
    0  ???  0x0 (null).    #00 abs 0000000106c6c4ef _kDartSnapshotText+0x35a2af                   and of iOS
    #0      Basket.add.<anonymous closure> (package:shop/basket.dart:42:7)                        if its names are known

Addresses are those of the calls already. What they count from, the lines above a stack say: `dart_images.py`. `<asynchronous suspension>`
between two frames is no frame, and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbolicator.eval_places import split_position
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found, Where
from symbolicator.traces.native.frames import make_native, name_of, place_of

Json = Mapping[str, Any]

FAMILY = "#dart"
_ADDRESS = regex(
    r"#(?P<number>\d{1,5}) {1,8}abs (?P<abs>[0-9a-f]{1,16})(?: unit (?P<unit>\d{1,6}))?(?: virt (?P<virt>[0-9a-f]{1,16}))?"
    r"(?: (?P<symbol>_?kDart\w{1,60})\+(?:0x)?(?P<offset>[0-9a-f]{1,16})(?:\(\.java\)|(?=\W|$))"
    r"|(?: (?:<unknown>|(?P<module>/[^\n]{1,1000})))?$)"
)
_NAMED = regex(r"#(?P<number>\d{1,5}) {1,8}(?P<function>[^\s(][^\n]{0,1000}?) \((?P<place>[^\s()][^()\n]{0,1000})\)$")
_SCHEMES = ("package:", "dart:", "org-dartlang-")


def read_address(plain: str) -> Found | None:
    """A frame that is an address."""
    end = len(plain.rstrip())
    at = plain.find(" abs ", 0, end)
    start = plain.rfind("#", 0, at) if at >= 0 else -1
    found = _ADDRESS.match(plain[:end], start) if start >= 0 else None
    if found is None or (start and plain[start - 1].isalnum()):
        return None
    groups = found.groupdict()
    printed = {key: value for key, value in groups.items() if value and key not in ("number", "module")}
    frame = make_native(package=groups["module"], dart=printed)
    return Found(frame, start, found.end(), number=int(found["number"]), where=Where(exact=True))


def read_named(plain: str) -> Found | None:
    """A frame whose function is known: in a file of Dart's."""
    end = len(plain.rstrip())
    start = plain.find("#", 0, end)
    found = _NAMED.match(plain[:end], start) if start >= 0 and not plain[:start].strip(" \t") else None
    if found is None:
        return None
    path, lineno, _ = split_position(found["place"])
    if not (path.endswith(".dart") or (path.startswith(_SCHEMES) and lineno is not None)):
        return None
    return Found(make_native(found["function"], found["place"]), start, end, number=int(found["number"]))


def write(frame: Json, raw: Json) -> str:
    """`function (package:shop/basket.dart:42:7)`, as Dart prints it."""
    return f"{name_of(frame)} ({place_of(frame) or '<unknown>'})"


DART = Format("dart", FAMILY, "native", " abs ", read_address, write, numbering="#{:02d} ")
DART_NAMED = Format("dart-named", FAMILY, "native", ".dart", read_named, write, numbering="#{:<6d} ")
