"""The five tools: symbolicate a text, explain a frame, show the source around a position, check a build, say what files are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from symbolicator import builds
from symbolicator.control import tame
from symbolicator.engine import Symbolicator
from symbolicator.errors import ConfigError, NothingToDo, TraceError
from symbolicator.event.given import event_in
from symbolicator.event.shapes import with_release
from symbolicator.mcp.folders import Folders, OutsideError
from symbolicator.mcp.protocol import Json, Tool, ToolError
from symbolicator.rendering import render
from symbolicator.rendering.frames import as_list, call, errors_of, excerpt, is_lacking, place, reason, remedy
from symbolicator.rendering.sections import sections
from symbolicator.rendering.tally import outcome_of
from symbolicator.traces.encoded import bytes_of

INSTRUCTIONS: Final = (
    "Turns stack traces from production (minified JavaScript, native addresses, obfuscated Java or Kotlin, .NET, Apple's crash reports) "
    "back into functions, files, lines and source, with the build files that this server was started with. "
    "Give `symbolicate` the whole trace: the answer names the faulty line and its source, or what is missing and what to do."
)
MAX_TEXT: Final = 40_000
"""Characters of an answer."""
MAX_LINES: Final = 50
"""Source lines on each side that `source` shows; the engine must be made with as many."""
_MAX_CHECKED, _MAX_PROBLEMS = 200, 50

_TRACE: Final[Mapping[str, Json]] = {
    "text": {"type": "string", "description": "The trace as it was printed, with anything around it; or an event as JSON."},
    "path": {"type": "string", "description": "Instead of text: a file with it, within the folders of this server."},
    "release": {"type": "string", "description": "The release of the program, if the files of several are there."},
}
_FRAME: Final[Json] = {
    "type": "integer",
    "minimum": 0,
    "maximum": 100_000,
    "description": "Which frame, from 0 at the crash, through all stacks as the format plain of `symbolicate` shows them. Default: 0.",
}


def tools_of(engine: Symbolicator, folders: Folders) -> Sequence[Tool]:
    """The tools, answering with this engine. They read, and nothing else; paths stay within `folders`."""
    tools = _Tools(engine, folders)
    return (
        Tool(
            "symbolicate",
            "Symbolicate a stack trace",
            "Find the source of a stack trace: the faulty line with its source, the next frames, what is missing and what to do about it.",
            {
                **_TRACE,
                "format": {
                    "type": "string",
                    "enum": ["agent", "plain"],
                    "description": "agent (default): at most 2,000 bytes; plain: every frame of every stack.",
                },
            },
            tools.symbolicate,
        ),
        Tool(
            "explain_frame",
            "Explain a frame",
            "Why a frame of a trace has its result: what was looked for, where, what was found, what to do.",
            {**_TRACE, "frame": _FRAME},
            tools.explain,
        ),
        Tool(
            "source",
            "Show the source around a position",
            "Source lines around a frame of a trace, or around a position in a minified script (file, line, column).",
            {
                **_TRACE,
                "frame": _FRAME,
                "file": {"type": "string", "description": "Instead of a trace: the script as a trace names it, e.g. https://host/app.js."},
                "line": {"type": "integer", "minimum": 1, "description": "The line in file, from 1."},
                "column": {"type": "integer", "minimum": 1, "description": "The column in file, from 1."},
                "lines": {"type": "integer", "minimum": 0, "maximum": MAX_LINES, "description": "Source lines on each side. Default: 10."},
            },
            tools.source,
        ),
        Tool(
            "check_build",
            "Check build files",
            "Whether build files will symbolicate traces: for each one ok, warn or fail, what is wrong, and what to do.",
            {"path": {"type": "string", "description": "A file or folder within the folders of this server. Default: all of them."}},
            tools.check,
        ),
        Tool(
            "missing_files",
            "Say what files are missing",
            "Which files a trace needs and this server does not have, where it looked for them, and where to get them.",
            _TRACE,
            tools.missing,
        ),
    )


class _Tools:
    """What the tools do; each takes checked arguments and gives a text. Raises `ToolError`."""

    def __init__(self, engine: Symbolicator, folders: Folders) -> None:
        self._engine = engine
        self._folders = folders

    def symbolicate(self, arguments: Json) -> str:
        """The whole trace, in one of two formats."""
        form = arguments.get("format", "agent")
        return _cut(render(self._answer(arguments), form))

    def explain(self, arguments: Json) -> str:
        """One frame of it, explained."""
        explanation = self._engine.explain(self._event(arguments))
        frames = explanation.frames
        at = _place(arguments, len(frames))
        one = msgspec.structs.replace(explanation, frames=(frames[at],), problems=())
        text = str(one).replace(" with files=", "")  # how files are given is not for who asks a server
        return _cut(f"frame {at} of {len(frames)}\n{text}\n")

    def source(self, arguments: Json) -> str:
        """Source lines around one frame of it, or around a position of a script."""
        if "file" in arguments:
            if "line" not in arguments or "text" in arguments or "path" in arguments:
                raise ToolError("give either file, line and column, or a trace as text or path")
            frame = {"abs_path": arguments["file"], "lineno": arguments["line"], "colno": arguments.get("column")}
            event: Json = {"platform": "javascript", "release": arguments.get("release"), "frames": [frame]}
            answer = self._engine.symbolicate(event)
        else:
            answer = self._answer(arguments)
        frames = [frame for section in sections(answer) for frame in section.frames]
        found = frames[_place(arguments, len(frames))]
        rows = excerpt(found, arguments.get("lines", 10))
        head = f"{call(found)} ({place(found)}){' - not symbolicated' if is_lacking(found) else ''}"
        digits = len(str(rows[-1][0])) if rows else 0
        lines = [f"{'>' if own else ' '} {number:{digits}} | {tame(text.replace(chr(9), '    '))}" for number, text, own in rows]
        why = reason(found) or ("" if rows else "its source text is in none of the files")
        return _cut("\n".join([tame(head), *([tame(why)] if why else []), *lines, ""]))

    def check(self, arguments: Json) -> str:
        """Build files, one by one."""
        paths = [self._found(arguments["path"])] if "path" in arguments else self._folders.roots
        if not paths:
            raise ToolError("this server was started without folders: start it with -f DIR")
        try:
            report = builds.check(paths, cache_dir=self._engine.settings.cache_dir)
        except ConfigError as error:
            raise ToolError(str(error)) from error
        count = f"{len(report.files)} file{'s' * (len(report.files) > 1)}"
        lines = [f"{report.level}: {count} checked"] if report.files else ["no scripts, mappings or native files there"]
        for one in report.files[:_MAX_CHECKED]:
            lines.append(f"{one.level}  {one.file}")
            lines += (f"      {what}{f'; to do: {hint}' if hint else ''}" for _, what, hint in one.troubles)
        if len(report.files) > _MAX_CHECKED:
            lines.append(f"… {len(report.files) - _MAX_CHECKED} more files; give a path")
        return _cut("\n".join([*map(tame, lines), ""]))

    def missing(self, arguments: Json) -> str:
        """What is missing for a trace."""
        answer = self._answer(arguments)
        outcome, problems = outcome_of(answer), errors_of(answer)
        lines = [str(outcome) or "there are no frames"]
        for problem in problems[:_MAX_PROBLEMS]:
            lines.append(f"{problem.get('type')}: {problem.get('detail') or problem.get('message')}")
            lines += (f"  looked: {each}" for each in as_list(problem.get("tried"))[:5])
            if remedy(problem):
                lines.append(f"  to do: {remedy(problem)}")
        if len(problems) > _MAX_PROBLEMS:
            lines.append(f"… {len(problems) - _MAX_PROBLEMS} more")
        if not problems:
            lines.append("no file is missing")
        return _cut("\n".join([*map(tame, lines), ""]))

    def _answer(self, arguments: Json) -> dict[str, Any]:
        return self._engine.symbolicate(self._event(arguments))

    def _event(self, arguments: Json) -> Json:
        if ("text" in arguments) == ("path" in arguments):
            raise ToolError("give the trace as text, or the path of a file with it")
        try:
            content = self._folders.read(arguments["path"]) if "path" in arguments else bytes_of(arguments["text"])
            return with_release(event_in(content, self._engine.settings.bounds), arguments.get("release"), None)
        except OutsideError as error:
            raise ToolError(str(error)) from error
        except NothingToDo as error:
            raise ToolError(str(error)) from error
        except TraceError as error:
            raise ToolError(f"{error}; give the whole trace as it was printed") from error

    def _found(self, path: str) -> Any:
        try:
            return self._folders.find(path)
        except OutsideError as error:
            raise ToolError(str(error)) from error


def _place(arguments: Json, count: int) -> int:
    at: int = arguments.get("frame", 0)
    if at >= count:
        raise ToolError(f"there is no frame {at}: the trace has {count}, counted from 0 at the crash")
    return at


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}\n… cut: {len(text) - MAX_TEXT:,} more characters\n"
