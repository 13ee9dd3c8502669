r"""Java stack frames: `Throwable.printStackTrace` of the JVM and of Android's runtime, thread dumps, and loggers' variants.

::

    at [loader/][module[@version]/]package.Class.method(place)[ ~[app.jar:1.0]]
    place = File.java:12 | File.java | Native Method | Unknown Source | Unknown Source:12 | SourceFile:12 | r8-map-id-<hash>:12 | :12

(`StackTraceElement.toString`, Java SE 17. HotSpot's thread dumps write the module into the parentheses; `Unknown Source:12` is Android's,
where 12 is a mapping file's line.) The class goes to `module`, its method to `function`; the prefix of the class is kept
in `data.java_module`, the prefix of the file in `data.java_file_module`, and what follows the place stays in the text.

Unlike V8, Java leaves no space before the parenthesis and prints no column: no line is a frame of both. Google Play's console and its
imitators do leave one (`at a.b.c (SourceFile:2)`): such a line is Java's if only Java prints such a place (`SPACED`). The same holds for
a line without `at` (`BARE`): Firebase's pages, and the items of a list (`[a.b.c(SourceFile:1), …]`) from `Arrays.toString`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from symbolicator.eval_places import MAX_NUMBER_DIGITS
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript.positions import Frame
from symbolicator.traces.lines import body_start, find_marker

MAX_NAME = 1_000
"""Longer names are not a real class and method."""

_LANGUAGES = frozenset(("java", "kt", "kts", "scala", "groovy", "clj", "cljc", "aj"))
_SHRUNK = frozenset(("SourceFile", "PG", "R8$$SyntheticClass", "D8$$SyntheticClass", "ProGuard"))
"""Placeholders of shrinkers for a file's name."""
_SERVICES = (":com.google.android.gms", "com.google.android.gms")
_NATIVE = frozenset(("Native Method", "Native method"))
_NOT_IN_A_CLASS = frozenset(" \t\xa0,;:=()[]{}<>\"'@&|?*!%^~#\\/")
_NOT_IN_A_METHOD = frozenset("\t,;:=()[]{}\"'@&|?*%^~#\\/")


class _Place(msgspec.Struct, frozen=True):
    """The content of the parentheses. `strong`: only a Java frame ends like this."""

    file: str | None = None
    line: int | None = None
    native: bool = False
    strong: bool = True
    module: str = ""


def read(plain: str) -> Found | None:
    """The frame of a line, None if it is not one; weak if other languages may print such a line too."""
    return _read(plain, "")


def read_spaced(plain: str) -> Found | None:
    """The frame of a line with a blank before the parenthesis, None if its place is not Java's own."""
    found = _read(plain, " ")
    if found is None:
        return None
    file = found.frame.get("filename") or ""
    return found if found.strong and (not file or is_javas(file)) and ":" not in found.frame["module"] else None


def read_bare(plain: str) -> Found | None:
    """The frame of a line without `at`, None if its place is not Java's own; weak without file and line."""
    return _read_bare(plain, "")


def read_bare_spaced(plain: str) -> Found | None:
    """As `read_bare`, with the blank."""
    return _read_bare(plain, " ")


def _read_bare(plain: str, blank: str) -> Found | None:
    end = len(plain.rstrip())
    if not plain.endswith(")", 0, end):  # a quick check: most lines of a log
        return None
    found = _read(plain, blank, body_start(plain))
    if found is None or found.end != end or not found.strong:
        return None
    file = found.frame.get("filename") or ""
    if file and not is_javas(file):
        return None
    return found if file and "lineno" in found.frame else msgspec.structs.replace(found, strong=False)


def is_javas(file: str) -> bool:
    """Whether only Java prints such a file: a Java source, or a shrinker's placeholder."""
    return file in _SHRUNK or file.startswith(("r8-map-id-", *_SERVICES)) or file.rpartition(".")[2].lower() in _LANGUAGES


def _read(plain: str, blank: str, bare: int = -1) -> Found | None:
    """A frame's line, with `blank` before the parenthesis; its name begins at `bare`, or after `at `."""
    start = find_marker(plain, "at ") if bare < 0 else bare
    if start < 0:
        return None
    name_start = start + 3 if bare < 0 else start
    opening = plain.find(blank + "(", start)
    name_end, opening = opening, opening + len(blank)
    # Google Play services print a build in place of the file: `(:com.google.android.gms@24.17.18 (190408-6312):26)`.
    closing = plain.rfind(")") if plain.startswith(_SERVICES, opening + 1) else plain.find(")", opening)
    if not name_start < name_end < closing or opening - start > MAX_NAME:
        return None
    tail = plain[closing + 1 :].strip()
    if tail and not tail.startswith(("[", "~[")):  # logback's and log4j's note on the jar
        return None
    named = _read_name(plain[name_start:name_end])
    place = _read_place(plain[opening + 1 : closing]) if named is not None else None
    if place is None or named is None:
        return None
    prefix, module, function = named
    if " " in function and not (place.strong and place.file):  # Kotlin's `fun `adds up`()`; anybody's prose
        return None
    frame: Frame = {"platform": "java", "module": module, "function": function}
    if place.file:
        frame["filename"] = place.file
    if place.line is not None:
        frame["lineno"] = place.line
    if place.native:
        frame["native"] = True
    if prefix or place.module:
        kept = (("java_module", prefix), ("java_file_module", place.module))
        frame["data"] = {key: text for key, text in kept if text}
    return Found(frame, start, closing + 1, strong=place.strong)


def _read_name(text: str) -> tuple[str, str, str] | None:
    """`app//shop.Main$a.b` → `app//`, `shop.Main$a`, `b`; None if it cannot be a class and its method."""
    slash = text.rfind("/")
    head = text[slash + 1 :].partition(".")[0]
    if slash > 0 and (head.startswith("0x") or head.isdigit()):  # a hidden class: `Main$$Lambda$14/0x0000000800066840.run`
        slash = text.rfind("/", 0, slash)
    prefix, qualified = text[: slash + 1], text[slash + 1 :]
    module, _, function = qualified.rpartition(".")
    if not function.strip() or function != function.strip() or not all(module.split(".")):
        return None
    if not _NOT_IN_A_CLASS.isdisjoint(module.replace("/", "", 1)) or not _NOT_IN_A_CLASS.isdisjoint(prefix.translate(_PREFIX_MARKS)):
        return None
    if not _NOT_IN_A_METHOD.isdisjoint(function) or ("<" in function and function not in {"<init>", "<clinit>"}):
        return None
    return prefix, module, function


_PREFIX_MARKS = {ord("/"): None, ord("@"): None}


def _read_place(text: str) -> _Place | None:
    """The content of the parentheses; None if Java prints no such thing."""
    module, slash, rest = text.partition("/")
    if slash and "/" not in rest and _NOT_IN_A_CLASS.isdisjoint(module.replace("@", "", 1)):
        place = _read_place(rest)  # has no slash: no further step
        if place is not None and (place.strong or "@" in module):
            return msgspec.structs.replace(place, module=module + slash)
    if text in _NATIVE:
        return _Place(native=True)
    file, separator, digits = text.rpartition(":")
    line: int | None = None
    number = digits.removeprefix("-")
    if separator and number.isascii() and number.isdigit() and len(number) <= MAX_NUMBER_DIGITS:
        line = int(number) if number is digits else None  # `-1`: a logger's word for no line
    else:
        file = text
    if file == "Unknown Source":
        return _Place(line=line)
    if not file:  # an empty name of the source file
        return _Place(line=line, strong=line is not None)
    if file == "<generated>":  # Spring's and cglib's proxies
        return _Place(file, line)
    if file.startswith(_SERVICES) and "@" in file:
        return _Place(file, line)
    if any(c.isspace() or c in "\"'<>,;=:()|*?" for c in file):
        return None
    suffix = file.rpartition(".")[2].lower() if "." in file else ""
    if suffix in _LANGUAGES and "/" not in file and "\\" not in file:
        return _Place(file, line)
    if line is None:
        return _Place(file, strong=file in _SHRUNK or file.startswith("r8-map-id-"))  # `at System.Int32.Parse(String)` is C#
    return _Place(file, line, strong=not suffix and "/" not in file and "\\" not in file)


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """`at class.method(place)`, with the module that the raw frame named."""
    return _write(frame, raw, "")


def write_spaced(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """As `write`, with the blank."""
    return _write(frame, raw, " ")


def write_bare_spaced(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """As `write_spaced`, without `at`."""
    return _write(frame, raw, " ").removeprefix("at ")


def write_bare(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """As `write`, without `at`."""
    return _write(frame, raw, "").removeprefix("at ")


def _write(frame: Mapping[str, Any], raw: Mapping[str, Any], blank: str) -> str:
    prefix = (raw.get("data") or {}).get("java_module") or ""
    name = ".".join(filter(None, (frame.get("module"), frame.get("function") or "<unknown>")))
    return f"at {prefix}{name}{blank}({_write_place(frame, raw)})"


def _write_place(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    line, module = frame.get("lineno"), (raw.get("data") or {}).get("java_file_module") or ""
    if raw.get("native") and line is None:
        return module + "Native Method"
    file = str(frame.get("filename") or frame.get("abs_path") or "Unknown Source").rpartition("/")[2]
    return module + (file if line is None else f"{file}:{line}")


FORMAT = Format("java", "at", "java", "at ", read, write)
SPACED = Format("java", "at", "java", " (", read_spaced, write_spaced)
BARE = Format("java", "at", "java", "(", read_bare, write_bare)
BARE_SPACED = Format("java", "at", "java", " (", read_bare_spaced, write_bare_spaced)
