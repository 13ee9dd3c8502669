r"""The stack frames of .NET.

::

    at NAME(ARGUMENTS)[ in PLACE]
        in C:\src\Cart.cs:line 12                 CoreCLR, .NET Framework: lines known
        in shop.dll:token 0x6000002+0x6           CoreCLR with ShowILOffsets: the method's token and the IL offset
        in <4f1d…>:0                              Mono: the assembly's MVID
    at NAME (ARGUMENTS) [0x0002b] in <4f1d…>:0    Mono: the IL offset, too; `<0x103b08160 + 0x000d0>` where it was compiled ahead of time
    at NAME + 0x2db(Unknown Source)               Android: managed frames as Java's; the IL offset
    at NAME(Cart.cs:12)                           and how those look where the line is known
    at NAME(ARGUMENTS) + 0x4c                     NativeAOT: an offset in native code

(`System.Diagnostics.StackTrace.ToString`; Mono's `corlib`; .NET for Android's `JavaProxyThrowable`.) .NET Framework writes `at` and `line`
in the user's language (`words.py`). A type goes to `module`, its method to `function`, as they stand; what is printed of the place to
`data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from symbolicator.patterns import regex
from symbolicator.traces.dotnet.words import AT, IN, LINE
from symbolicator.traces.format import Format, Found
from symbolicator.traces.javascript.positions import Frame
from symbolicator.traces.lines import body_start, find_marker

MAX_NAME: Final = 4_000
_WRAPPER: Final = regex(r"\(wrapper [\w-]{1,60}\) ")
_MONO: Final = regex(
    r" (?:\[0x(?P<il>[0-9a-f]{1,8})\]|<0x[0-9a-f]{1,16} \+ 0x(?P<native>[0-9a-f]{1,8})>)"
    r" in (?P<place>\S.{0,2000}?):(?P<line>\d{1,9})$"
)
_TOKEN: Final = regex(r" in (?P<file>\S.{0,500}?):token 0x(?P<token>[0-9a-f]{1,8})\+0x(?P<il>[0-9a-f]{1,8})$")
_MODULE: Final = regex(r" in <(?P<mvid>[^<>\s]{1,80}|filename unknown)>:0$")
_LINED: Final = regex(
    rf"(?P<in>{'|'.join(IN)})(?P<file>\S.{{0,2000}}?):(?P<word>{'|'.join(sorted(LINE, key=len, reverse=True))}) ?(?P<line>\d{{1,9}})\.?$"
)
_TURKISH: Final = regex(r" (?P<file>\S.{0,2000}?) içinde: (?P<word>satır) (?P<line>\d{1,9})$")
_ANDROID: Final = regex(r"(?P<name>\S{1,2000}) \+ 0x(?P<il>[0-9a-f]{1,8})\((?:Unknown Source|[^():]{1,300})(?::-?\d{1,9})?\)$")
_JAVAS: Final = regex(r"(?P<name>[^\s()]{1,2000})\((?P<file>[^()\"]{1,1000}\.(?:cs|vb|fs|razor|cshtml)):(?P<line>\d{1,9})\)$")
_NATIVE: Final = regex(r" \+ 0x[0-9a-f]{1,8}$")
_UNKNOWN: Final = regex(r" \+ 0x(?P<il>[0-9a-f]{1,8}) ?\(Unknown Source(?::-?\d{1,9})?\)$")
_NOBODY: Final = "Unknown.Unknown(Unknown Source"
"""What .NET for Android prints of a frame that has no method: the runtime's own stubs."""
_MOVING: Final = "+MoveNext()"
_LAST: Final = "<---"
"""Behind the last frame of an AggregateException's inner one."""
_MADE: Final = ("new ", "static ")
"""Before a type whose constructor it is: as we write it."""
_ZEROS: Final = frozenset("0-")
_NOT_IN_A_NAME: Final = frozenset(" \t\xa0:;=()\"'{}?%^~#\\@/!")
_NOT_IN_ARGUMENTS: Final = frozenset("/\\:;\"'{}=#@%^~!?")
_NOT_ARGUMENTS: Final = frozenset(
    ("Native Method", "Native method", "Unknown Source", "Compiled Code", "unknown source", "unknown location", "native code", "wasm code")
)
"""What other languages put in parentheses that looks like a type and a name."""


class _Called(msgspec.Struct, frozen=True):
    """A frame's name, the text between its parentheses (None where it has none), and where it ends."""

    name: str
    arguments: str
    end: int
    blank: str
    """Between the name and its arguments: Mono's."""


def read(plain: str) -> Found | None:
    """The frame of a line, None if it is not one; weak if other languages may print such a line too."""
    start = find_marker(plain, "at ")
    return None if start < 0 else _read(plain, start, start + 3)


def read_translated(plain: str) -> Found | None:
    """The frame of a line that has another word for `at`: weak without a place, for the words are short."""
    start = body_start(plain)
    word = next((one for one in AT if plain.startswith(one, start)), None)
    if word is None:
        return None
    found = _read(plain, start, start + len(word))
    if found is None:
        return None
    return found if "lineno" in found.frame else msgspec.structs.replace(found, strong=False)


def _read(plain: str, start: int, body: int) -> Found | None:
    end = len(plain.rstrip())
    if plain.endswith(_LAST, 0, end):
        end = len(plain[: end - len(_LAST)].rstrip())
    if not body < end <= start + 2 * MAX_NAME:
        return None
    text = plain[body:end]
    return _read_android(text, start, end) or _read_managed(plain, text, start, end)


def _read_android(text: str, start: int, end: int) -> Found | None:
    if not text.endswith(")"):
        return None
    if text.startswith(_NOBODY):
        return Found({**_frame("Unknown.Unknown"), "data": {"form": "android", "runtime": True}}, start, end)
    found = _ANDROID.match(text) or _JAVAS.match(text)
    if found is None or not is_name(found["name"]):
        return None
    frame = _frame(found["name"])
    if "il" in found.groupdict():
        frame["data"] = {"il_offset": int(found["il"], 16), "form": "android"}
    else:
        frame["data"] = {"form": "android"}
        frame |= {"filename": found["file"], "lineno": int(found["line"])}
    return Found(frame, start, end)


def _read_managed(plain: str, text: str, start: int, end: int) -> Found | None:
    wrapper = _WRAPPER.match(text)
    first = wrapper.end() if wrapper else 0
    made = next((one for one in _MADE if text.startswith(one)), "")
    called = _read_name(text, first or len(made))
    if called is None:
        return None
    frame = _frame(called.name)
    if made:
        frame |= {"module": called.name, "function": made + str(frame["function"])}
    data: dict[str, Any] = {"arguments": called.arguments}
    if called.blank:
        data["form"] = "mono"
    rest = text[called.end :]
    if rest.startswith(_MOVING):  # an iterator's body: CoreCLR prints the method that was written, and this behind it
        data["moving"], rest = True, rest[len(_MOVING) :]
    if wrapper:
        data |= {"wrapper": wrapper[0], "runtime": True}
    placed = _read_place(rest, frame, data) if rest else None
    if rest and placed is None:
        return None
    frame["data"] = data
    if placed is None and not wrapper and not _looks_managed(plain, start, called):
        if called.blank or plain[:start].endswith("\t") or not _are_arguments(called.arguments):  # Java indents its frames with a tab
            return None
        return Found(frame, start, end, strong=False)
    return Found(frame, start, end)


def _read_place(rest: str, frame: Frame, data: dict[str, Any]) -> bool | None:
    """Read the text after the arguments into the frame and its data; None if it is not a position."""
    lined = _LINED.match(rest) or _TURKISH.match(rest)
    if lined is not None:
        frame |= {"filename": lined["file"], "lineno": int(lined["line"])}
        data["form"] = "lined"
        return True
    token = _TOKEN.match(rest)
    if token is not None:
        frame |= {"package": token["file"], "function_id": f"0x{token['token']}"}
        data["il_offset"] = int(token["il"], 16)
        return True
    unknown = _UNKNOWN.match(rest)
    if unknown is not None:
        data["il_offset"] = int(unknown["il"], 16)
        return True
    mono = _MONO.match(rest) or _MODULE.match(rest)
    if mono is None:
        return True if _NATIVE.match(rest) and data.setdefault("native_offset", rest[3:]) else None
    found = mono.groupdict()
    if found.get("native"):
        data["native_offset"] = f"0x{found['native']}"
    place = found.get("place") or f"<{found.get('mvid')}>"
    if place.startswith("<") and place.endswith(">"):
        mvid = place[1:-1].partition("#")[0]
        known = len(mvid) >= 32 and not _ZEROS.issuperset(mvid)
        if known:
            data["mvid"] = mvid
        elif len(mvid) >= 32:
            data["il2cpp"] = True
        if found.get("il") and (known or not mvid.startswith("0")):  # il2cpp has neither: zeros in both
            data["il_offset"] = int(found["il"], 16)
    else:
        frame["filename"] = place
        if found["line"] != "0":  # Mono's word for code that is in no source
            frame["lineno"] = int(found["line"])
    data["form"] = "mono"
    if found.get("il"):
        data["il"] = found["il"]
    return True


def _frame(name: str) -> Frame:
    module, function = split_name(name)
    frame: Frame = {"platform": "csharp", "function": function}
    if module:
        frame["module"] = module
    return frame


def split_name(name: str) -> tuple[str, str]:
    """A type and its method.

    >>> split_name("A.B`1[T].Run[U]"), split_name("A.B..ctor"), split_name("A.<>c.<Main>b__0")
    (('A.B`1[T]', 'Run[U]'), ('A.B', '.ctor'), ('A.<>c', '<Main>b__0'))
    """
    depth = 0
    for at in range(len(name) - 1, -1, -1):
        char = name[at]
        depth += (char in "]>") - (char in "[<")
        if char == "." and depth <= 0:
            return (name[: at - 1], name[at:]) if at and name[at - 1] == "." else (name[:at], name[at + 1 :])
    return "", name


def _read_name(text: str, first: int) -> _Called | None:
    """The name from `first` on, and its arguments; None if it is not a name."""
    depth = 0
    opening = -1
    for at in range(first, min(len(text), first + MAX_NAME)):
        char = text[at]
        depth += (char in "[<") - (char in "]>")
        if char == "(" and depth <= 0:
            opening = at
            break
    if opening <= first:
        return None
    closing, depth = -1, 0
    for at in range(opening, min(len(text), opening + MAX_NAME)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            closing = at
            break
    name = text[first:opening].rstrip()
    arguments = text[opening + 1 : closing]
    if closing < 0 or not is_name(name) or not _NOT_IN_ARGUMENTS.isdisjoint(arguments):
        return None
    return _Called(name, arguments, closing + 1, text[first + len(name) : opening])


def is_name(name: str) -> bool:
    """Whether a type and a method may be called so. Blanks are in the types that generics were made with alone."""
    if not name or name[0] in ".`[,|-+*&>" or name[-1] == ".":
        return False
    return "." in name and (_NOT_IN_A_NAME.isdisjoint(name) or _NOT_IN_A_NAME.isdisjoint(_outside(name)))


def _outside(name: str) -> str:
    depth = 0
    kept: list[str] = []
    for char in name:
        depth += char == "["
        if depth == 0:
            kept.append(char)
        depth -= char == "]" and depth > 0
    return "".join(kept)


def _looks_managed(plain: str, start: int, called: _Called) -> bool:
    """Whether a line without a place is .NET's all the same: indented as it writes frames, and each argument a type and a name."""
    return plain[max(start - 2, 0) : start].isspace() and start >= 2 and _are_arguments(called.arguments)


def _are_arguments(arguments: str) -> bool:
    if not arguments:
        return True
    if arguments in _NOT_ARGUMENTS:
        return False
    parts = [part.split() for part in _outside(arguments).split(",")]
    return all(len(words) in (1, 2) and (len(words) == 2 or arguments.endswith(" ")) and words[-1][:1].isidentifier() for words in parts)


def write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """The frame as its runtime would have written it, had it known the line."""
    return "at " + _write(frame, raw)


def _write(frame: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    data = raw.get("data") or {}
    file, line = frame.get("abs_path") or frame.get("filename") or "<unknown>", frame.get("lineno")
    name = full_name(raw) if frame.get("raw_function") is None else full_name(frame)
    if data.get("form") == "android":
        return f"{name}({file}:{line})"
    called = f"{data.get('wrapper', '')}{name}{' ' if data.get('form') == 'mono' else ''}({data.get('arguments', '')})"
    if data.get("form") == "mono":
        offset = f" [0x{data['il']}]" if "il" in data else ""
        return f"{called}{offset} in {file}:{line}"
    return f"{called} in {file}:line {line}"


def full_name(frame: Mapping[str, Any]) -> str:
    """A type and its method; of a constructor `new`, or `static`, and its type."""
    module, function = frame.get("module") or "", frame.get("function") or "<unknown>"
    made = next((one for one in _MADE if function.startswith(one)), None)
    if made is None:
        return f"{module}.{function}" if module else function
    return made + module + function[len(made) + len(module.rpartition(".")[2]) :]


FORMAT = Format("dotnet", "at", "csharp", "at ", read, write)
TRANSLATED = Format("dotnet", "at", "csharp", "(", read_translated, write)
