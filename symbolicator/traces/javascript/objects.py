r"""Frames that are JSON objects, as loggers and clients serialise them.

::

    {"class":"a.b","method":"c","file":"SourceFile","line":12,"exact":true}                              Log4j 2
    {"methodName":"c","fileName":"SourceFile","lineNumber":12,"className":"a.b","nativeMethod":false}    Jackson, Gson
    {"level":0,"method":"c","fileName":"https://x/app.js","line":1,"column":304}                         Application Insights
    {"functionName":"c","fileName":"https://x/app.js","lineNumber":1,"columnNumber":304}                 error-stack-parser
    {"file":"https://x/app.js","methodName":"c","arguments":[],"lineNumber":1,"column":304}              stacktrace-parser, React Native
    {"func":"c","url":"https://x/app.js","line":1,"column":304}                                          TraceKit
    {"functionName":"c","scriptId":"7","url":"https://x/app.js","lineNumber":0,"columnNumber":303}       Chrome's protocol, CPU profiles

and so of Rollbar, Bugsnag, Raygun, Airbrake, Honeybadger, Elastic, Faro and PostHog; Java's class may be in the method's name
(`"method": "a.b.c"`). A frame is written into its object, on one line: the members with its position change, all others stay. Linters and
other languages have no such object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from symbolicator.eval_places import is_number
from symbolicator.patterns import regex
from symbolicator.traces.format import Format, Found
from symbolicator.traces.java.frames import is_javas
from symbolicator.traces.javascript.positions import Frame, make_frame
from symbolicator.traces.lines import Line

Json = Mapping[str, Any]

_OBJECT = regex(r"\{(?:[^{}\[\]]|\[\]){20,4000}\}")
"""A candidate for such an object: one with nothing nested in it."""
_MEMBER = regex(r"\"([A-Za-z_]{2,20})\"\s{0,8}:\s{0,8}(\"(?:[^\"\\]|\\.){0,2000}+\"|-?\d{1,10}|null)(?=\s{0,40}[,}])")
_BETWEEN = regex(r"\s{0,40},\s{0,200}(?=\{)")


class _Keys(NamedTuple):
    """The members with a frame's position; an object must have all of them."""

    module: str
    function: str
    file: str
    line: str
    column: str = ""
    beside: str = ""
    """One that tells whose object it is."""
    first: int = 1
    """What lines and columns count from."""

    @property
    def named(self) -> frozenset[str]:
        """The names of all the members."""
        return frozenset(self[:6]) - {""}


_JAVA = (
    _Keys("class", "method", "file", "line"),
    _Keys("className", "methodName", "fileName", "lineNumber"),
    _Keys("class_name", "method", "filename", "lineno"),  # Rollbar
    _Keys("classname", "function", "filename", "lineno"),  # Elastic
    _Keys("", "method", "file", "lineNumber"),  # Bugsnag: class and method are one name
    _Keys("", "method", "fileName", "line"),  # Application Insights, likewise
)
_PARSED = _Keys("", "methodName", "file", "lineNumber", "column")
"""stacktrace-parser's. React Native subtracts 1 from its columns (`parseErrorStack`)."""
_SCRIPT = (
    _PARSED,
    _Keys("", "method", "fileName", "line", "column"),
    _Keys("", "functionName", "fileName", "lineNumber", "columnNumber"),
    _Keys("", "func", "url", "line", "column"),
    _Keys("", "method", "filename", "lineno", "colno"),  # Rollbar
    _Keys("", "method", "file", "lineNumber", "columnNumber"),  # Bugsnag, as sent
    _Keys("", "method", "file", "line_number", "column_number"),  # Bugsnag, as fetched
    _Keys("", "MethodName", "FileName", "LineNumber", "ColumnNumber"),  # Raygun
    _Keys("", "function", "file", "line", "column"),  # Airbrake
    _Keys("", "function", "file", "line", "col"),
    _Keys("", "method", "file", "number", "column"),  # Honeybadger
    _Keys("", "function", "filename", "lineno", "colno"),  # Faro, PostHog
    _Keys("", "functionName", "url", "lineNumber", "columnNumber", "scriptId", first=0),
)
_ROWS = (*_JAVA, *_SCRIPT)
_MARKS = tuple(sorted({f'"{keys.line}"' for keys in _ROWS}))
_BUNDLES = (".bundle", ".jsbundle", ".hbc")
_NAMELESS = frozenset(("?", "<anonymous>", "<no_method>", ""))


def split_objects(text: str, lines: Sequence[Line]) -> Sequence[Line]:
    """The lines, with each frame's object on its own line, whether it is one of several on a line or spans several."""
    if not any(mark in text for mark in _MARKS):
        return lines
    spans = [found.span() for found in _OBJECT.finditer(text) if (read_java(found[0]) or read_script(found[0])) is not None]
    out: list[Line] = []
    rest = iter([*spans, (len(text) + 1, 0)])
    start, end = next(rest)
    done = 0  # the text up to here is in `out`
    for line in lines:
        if line.stop <= done and line.stop > line.start:
            continue
        position = max(line.start, done)
        while line.start <= start < line.end and not (line.region or line.depth or line.whole):
            between = _BETWEEN.match(text, end)
            following = next(rest)
            stop = between.end() if between is not None and between.end() == following[0] else end
            if start > position:
                out.append(_part(text, line, position, start, start))
            out.append(made := Line(text, line.number, start, end, stop))
            made.whole = True  # its members are not searched
            position = done = stop
            start, end = following
        while start < line.stop:  # within what was unfolded otherwise
            start, end = next(rest)
        if position == line.start:
            out.append(line)
        elif position < line.stop:
            out.append(_part(text, line, position, max(line.end, position), line.stop))
    return out


def _part(text: str, line: Line, start: int, end: int, stop: int) -> Line:
    made = Line(text, line.number, start, end, stop, markup=line.markup)
    if start == line.start and line.at(0) > start:
        made.skip(line.at(0) - start)
    return made


@lru_cache(maxsize=2)  # Java's reader asks, then that of scripts
def _members(plain: str) -> Json:
    """The members of a line that is one object; none if it is not."""
    text = plain.strip()
    if not (text.startswith("{") and text.endswith("}")) or _OBJECT.fullmatch(text) is None:
        return {}
    import json  # few lines are objects

    try:
        members = json.loads(text)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


def _found(plain: str, frame: Frame) -> Found:
    start, end = len(plain) - len(plain.lstrip()), len(plain.rstrip())
    return Found({**frame, "data": {"object": plain[start:end]}}, start, end)


def read_java(plain: str) -> Found | None:
    """The frame of a line that is a Java object, None if it is not one."""
    members = _members(plain)
    for keys in _JAVA:
        if keys.line not in members:
            continue
        module, function, file, line = (members.get(key) for key in keys[:4])
        if not keys.module and isinstance(function, str):
            module, _, function = function.rpartition(".")
        if not (_is_word(module) and _is_word(function) and (file is None or _is_word(file))):
            continue
        if not isinstance(line, int) or not _is_number(line):
            continue
        if file and not (is_javas(file) or ("." not in file and keys.module)):
            continue
        frame: Frame = {"platform": "java", "module": module, "function": function}
        if file:
            frame["filename"] = file
        if line >= 0:
            frame["lineno"] = line
        elif line == -2:  # StackTraceElement's mark of a native method
            frame["native"] = True
        return _found(plain, frame)
    return None


def read_script(plain: str) -> Found | None:
    """The frame of a line that is a JavaScript object, None if it is not one."""
    members = _members(plain)
    for keys in _SCRIPT:
        if keys.line not in members or not members.keys() >= keys.named:
            continue
        function, file, line, column = (members[key] for key in keys[1:5])
        if not (_is_number(line) and _is_number(column) and isinstance(file, str) and file.isprintable() and set("/.") & set(file)):
            continue
        if min(line, column) >= keys.first - 1 and (function is None or (isinstance(function, str) and function.isprintable())):
            name = None if function in _NAMELESS else function
            return _found(plain, make_frame(name, file, line + 1 - keys.first, column + 1 - _first_column(keys, file)))
    return None


def _first_column(keys: _Keys, file: str) -> int:
    """What the columns of a frame's object count from."""
    return 0 if keys is _PARSED and file.partition("?")[0].endswith(_BUNDLES) else keys.first


def _is_word(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 1_000 and value.isprintable() and not set(value) & set(" /\\\"'(),:")


def _is_number(value: object) -> bool:
    return type(value) is int and is_number(str(max(value, 0)))


def write(frame: Json, raw: Json) -> str:
    """The frame's object, with the new values in the members that it had."""
    text = " ".join(part.strip() for part in str((raw.get("data") or {}).get("object") or "{}").split("\n"))
    there = {found[1] for found in _MEMBER.finditer(text)}
    keys = max(_ROWS, key=lambda one: len(there & one.named) - len(one.named - there))
    moved = frame.get("abs_path") != raw.get("abs_path") or not frame.get("abs_path")
    path = str((frame.get("filename") if moved else None) or frame.get("abs_path") or "")
    java = frame.get("platform") == "java"
    names = (frame.get("module") if java and not keys.module else None, frame.get("function"))
    updates = {
        keys.module: frame.get("module"),
        keys.function: ".".join(filter(None, names)),
        keys.file: path.rpartition("/")[2] if java else path.removeprefix("./"),
    }
    if frame.get("lineno") is not None:
        updates[keys.line] = frame["lineno"] + keys.first - 1
    if frame.get("colno") is not None:
        updates[keys.column] = frame["colno"] + _first_column(keys, str(raw.get("abs_path"))) - 1
    return "".join(_rewritten(text, updates))


def _rewritten(text: str, updates: Json) -> Iterator[str]:
    import json  # as above

    position = 0
    for member in _MEMBER.finditer(text):
        value = updates.get(member[1])
        if value is not None and value != "":
            yield text[position : member.start(2)]
            yield json.dumps(value, ensure_ascii=False)
            position = member.end(2)
    yield text[position:]


JAVA = Format("java", "objects-java", "java", '":', read_java, write)
SCRIPT = Format("objects", "objects", "javascript", '":', read_script, write)
