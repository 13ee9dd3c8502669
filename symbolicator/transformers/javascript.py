"""JavaScript frames: from the place in a generated file to the place in the source somebody wrote.

The policy of javascript.md for frames; maps, scripts and names are read in `sourcemaps/`. Every frame that stays raw says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.recent import Recent
from symbolicator.artifacts.text import TextIndex
from symbolicator.eval_places import read_eval, split_position
from symbolicator.keys import FileKind
from symbolicator.lookup import Lookup
from symbolicator.model import Frame, SourceText, Stacktrace, Status
from symbolicator.problems import Problem, ProblemType
from symbolicator.sourcemaps.alignment import begins_a_token
from symbolicator.sourcemaps.index import SourceMapIndex
from symbolicator.sourcemaps.lookups import Hit
from symbolicator.sourcemaps.paths import is_internal, is_webassembly, source_path
from symbolicator.transformers import Transformer
from symbolicator.transformers.function_names import Names
from symbolicator.transformers.generated import Generated, GeneratedFiles, ambiguous
from symbolicator.transformers.refine import within_segment

_PLATFORMS = frozenset(("javascript", "node"))
_SCRIPT_ENDINGS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".bundle", ".jsbundle", ".hbc")
MAX_MAPS = 5
"""Maps walked one after the other (TypeScript → bundler → minifier) before it is called a loop."""

_ANSWER_COST = 768
_LINE_COST = 64
"""Bytes charged for an answer that is remembered, and for each line of text in one, beside its characters."""

_replace = msgspec.structs.replace


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a generated position leads: the last map's hit, and what it was found with."""

    generated: Generated
    map: SourceMapIndex
    map_artifact: Artifact
    hit: Hit
    line: int
    column: int
    """The position in the last map's generated file, 0-based."""


class MapText(msgspec.Struct, frozen=True):
    """The text of one source of a map, as `SourceText`."""

    map: SourceMapIndex
    source: int
    digest: str
    """Of the map."""
    recent: Recent[Any, Any]

    def context(self, line: int, before: int, after: int) -> tuple[list[str], str, list[str]] | None:
        """See `SourceText.context`."""
        key = "context", self.digest, self.source, line, before, after
        known: tuple[list[str], str, list[str]] | None = self.recent.get(key)
        if known is None:
            found = self.map.context(self.source, line, before, after)
            if found is None or found[1] is None:
                return None
            known = found[0], found[1], found[2]
            around = (*found[0], found[1], *found[2])
            self.recent.put(key, known, _ANSWER_COST + sum(map(len, around)) + _LINE_COST * len(around))
        return known


class JavaScript(Transformer):
    """Frames of browsers, Node, Hermes and their kin."""

    name: ClassVar[str] = "javascript"

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Frames of a JavaScript platform; of no platform, those whose file is a script's."""
        platform = frame.platform or stacktrace.platform
        if platform is not None:
            return platform in _PLATFORMS and frame.instruction_addr is None
        path = (frame.abs_path or frame.filename or "").split("?", 1)[0]
        return frame.instruction_addr is None and path.endswith(_SCRIPT_ENDINGS)

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """See `Transformer.transform`."""
        work = _Stack(lookup, frames)
        return [(work.frame(frame),) for frame in frames]


class _Stack:
    """The frames of one stack, caller first: what is known of the caller helps to name the callee."""

    def __init__(self, lookup: Lookup, frames: Sequence[Frame]) -> None:
        self._lookup = lookup
        self._frames = frames
        self._files = lookup.once("javascript files", lambda: GeneratedFiles(lookup))
        self._names = lookup.once("javascript names", lambda: Names(lookup, self._files.digest))
        self._caller: Place | None = None
        self._in_points: dict[str, bool] = {}

    def frame(self, frame: Frame) -> Frame:
        caller, self._caller = self._caller, None
        frame = _as_engines_mean(frame)
        path = frame.abs_path or frame.filename
        if "eval_origin" in frame.data and (not path or path in ("<anonymous>", "eval")):
            return self._evaluated(frame)
        if not path or is_internal(path):
            return self._settled(frame)
        if is_webassembly(path):
            return _failed(frame, Status.UNSUPPORTED, _webassembly(path))
        if frame.lineno is None or frame.lineno < 1:
            return _failed(frame, Status.RAW, _no_position(path, frame.lineno))
        problems = frame.problems
        if not frame.colno or frame.colno < 1:
            problems = (*problems, _no_column(path, frame.lineno))
        line, column = frame.lineno - 1, max((frame.colno or 1) - 1, 0)
        generated = self._files.resolve(path, assumed=frame.data.get("assumed_path") is True)
        frame = _replace(frame, problems=problems)
        column = self._in_units(generated, line, column)
        line, column = generated.place(line, column)
        if generated.map is None:
            return self._unmapped(frame, generated)
        place, problem = self._walk(generated, line, column)
        if place is None:
            data = {**frame.data, "sourcemap": generated.map_name}
            raw = _failed(_replace(frame, data=data), Status.MISSING_SYMBOL, *([problem] if problem else []))
            return _replace(raw, source_text=self._script_text(generated))
        self._caller = place
        return self._mapped(frame, place, caller)

    # ── frames that no map stands behind ──────────────────────────────────────────────────────────────────────────

    def _settled(self, frame: Frame) -> Frame:
        """Engine internals, native functions: they are what they are."""
        return _replace(frame, status=Status.SYMBOLICATED, in_app=False)

    def _evaluated(self, frame: Frame) -> Frame:
        """Code made by `eval`: its own text is in no file; the place that made it is mapped, and stands in `data.eval_origin`."""
        origin = frame.data["eval_origin"]
        if not isinstance(origin, dict):
            return _failed(frame, Status.RAW, _no_position("eval", frame.lineno))
        inner = Frame(
            function=_text(origin.get("function")),
            abs_path=_text(origin.get("abs_path")),
            lineno=_number(origin.get("lineno")),
            colno=_number(origin.get("colno")),
            data={"eval_origin": origin["eval_origin"]} if "eval_origin" in origin else {},
        )
        mapped = self._origin(inner)
        told = {
            **origin,
            "function": mapped.function,
            "abs_path": mapped.abs_path,
            "filename": mapped.filename,
            "lineno": mapped.lineno,
            "colno": mapped.colno,
        }
        data = {**frame.data, "eval_origin": {key: value for key, value in told.items() if value is not None}}
        found = mapped.status is Status.SYMBOLICATED and "resolved_with" in mapped.data
        if found:
            data["resolved_with"] = "eval_origin"
        return _replace(
            frame,
            data=data,
            status=Status.SYMBOLICATED if found else mapped.status,
            in_app=mapped.in_app,
            problems=(*frame.problems, *mapped.problems),
        )

    def _origin(self, origin: Frame) -> Frame:
        """The frame where an eval stands. An eval within an eval is walked outwards one step only: each step is a frame of the data."""
        if not origin.abs_path or origin.abs_path in ("<anonymous>", "eval"):
            return origin
        if origin.lineno is None:
            # V8 gives no position for an origin that has its own sourceURL: the file alone is told.
            path = source_path(origin.abs_path, None)
            return _replace(origin, filename=path.filename, in_app=path.in_app, status=Status.SYMBOLICATED)
        kept, answer = self._caller, self.frame(_replace(origin, data={}))
        self._caller = kept
        return answer

    def _unmapped(self, frame: Frame, generated: Generated) -> Frame:
        """No map. A file that was never minified is the source itself; of others, the line around the column is shown."""
        text = self._script_text(generated)
        script = generated.script
        if script is not None and script.identity.map_url is None and not script.identity.debug_ids and self._as_written(generated):
            path = source_path(frame.abs_path or frame.filename or "", None)
            own = path.in_app if frame.in_app is None else frame.in_app
            data = {**frame.data, "resolved_with": "source"}
            return _replace(
                frame, status=Status.SYMBOLICATED, filename=frame.filename or path.filename, in_app=own, source_text=text, data=data
            )
        malformed = any(p.type in (ProblemType.MALFORMED_SOURCEMAP, ProblemType.LIMIT_EXCEEDED) for p in generated.problems)
        return _replace(_failed(frame, Status.MALFORMED if malformed else Status.MISSING, *generated.problems), source_text=text)

    def _as_written(self, generated: Generated) -> bool:
        """Whether a script without any reference to a map reads like something a person wrote: lines of ordinary length."""
        text = self._script_text(generated)
        return isinstance(text, TextIndex) and text.byte_count < 200 * text.line_count

    def _script_text(self, generated: Generated) -> SourceText | None:
        if (
            generated.script is None
            or generated.script.identity.kind is not FileKind.SCRIPT
            or generated.url in generated.script.identity.urls
        ):
            return None
        return self._files.text(generated.script)

    # ── frames with a map ─────────────────────────────────────────────────────────────────────────────────────────

    def _walk(self, generated: Generated, line: int, column: int) -> tuple[Place | None, Problem | None]:
        """From a generated position through one map, and on through the maps of sources that are generated files themselves."""
        opened, artifact = generated.map, generated.map_artifact
        place: Place | None = None
        for _ in range(MAX_MAPS):
            if opened is None or artifact is None:
                break
            delegated = opened.delegate(line, column)
            if delegated is not None:
                # A section of an index map that lies in a file of its own (ECMA-426 `sections[].url` of earlier editions).
                url, line, column = delegated
                section = self._files.section(url, artifact)
                if isinstance(section, Problem):
                    return place, None if place else section
                opened, artifact = section
                continue
            hit = self._hit(opened, artifact, line, column, self._plain_text(generated) if place is None else None, generated.script)
            if hit is None or hit.source is None:
                return place, None if place else _nothing_there(generated, opened, artifact, line, column, self._plain_text(generated))
            place = Place(generated=generated, map=opened, map_artifact=artifact, hit=hit, line=line, column=column)
            line, column = hit.line, hit.column
            opened, artifact = self._files.behind(place.map, artifact, hit.source_index) or (None, None)
        return place, None

    def _hit(
        self, opened: SourceMapIndex, artifact: Artifact, line: int, column: int, text: TextIndex | None, script: Artifact | None
    ) -> Hit | None:
        """The map's answer, made exact by the `text` of the script where that is at hand."""
        by_text = None if text is None or script is None else self._files.digest(script)
        key = "hit", self._files.digest(artifact), by_text, line, column
        hit: Hit | None = self._lookup.recent.get(key)
        if hit is None:
            hit = opened.lookup(line, column)
            if hit is not None and hit.source is not None:
                hit = within_segment(text, opened, hit, line, column)
                self._lookup.recent.put(key, hit, _ANSWER_COST + len(hit.source or "") + len(hit.name or ""))
        return hit

    def _in_units(self, generated: Generated, line: int, column: int) -> int:
        """`column` in UTF-16 code units, also where the engine counted code points (SpiderMonkey 102 does)."""
        text = self._plain_text(generated)
        if text is None or not text.is_wide:
            return column
        if generated.url not in self._in_points:
            self._in_points[generated.url] = self._counts_points(generated.url, text)
        byte = text.byte_at(line, column, points=True) if self._in_points[generated.url] else None
        return column if byte is None else text.column_at(line, byte)

    def _counts_points(self, url: str, text: TextIndex) -> bool:
        """Whether columns of this script are code points: as UTF-16 units one of them falls within a word, as code points none does."""
        contradicted = False
        for frame in self._frames:
            if (frame.abs_path or frame.filename) != url or not frame.lineno or not frame.colno:
                continue
            begins = [_begins_at(text, frame.lineno - 1, frame.colno - 1, points) for points in (False, True)]
            if not begins[1]:
                return False
            contradicted = contradicted or not begins[0]
        return contradicted

    def _plain_text(self, generated: Generated) -> TextIndex | None:
        """The script as text, where it is the very text that the frame's position counts in."""
        text = self._script_text(generated)
        return text if isinstance(text, TextIndex) else None

    def _mapped(self, frame: Frame, place: Place, caller: Place | None) -> Frame:
        hit, opened = place.hit, place.map
        source = hit.source or ""
        path = source_path(source, place.map_artifact.path if place.generated.script is None else place.generated.url)
        text, problems = self._text_of(place)
        data: dict[str, Any] = {**frame.data, "sourcemap": place.map_artifact.name, "resolved_with": place.generated.how}
        return _replace(
            frame,
            function=self._names.name(frame, place, caller),
            raw_function=frame.raw_function or frame.function,
            filename=path.filename,
            abs_path=path.abs_path,
            module=path.module or frame.module,
            lineno=hit.line + 1,
            colno=hit.column + 1,
            in_app=path.in_app and not opened.is_ignored(hit.source_index) and frame.in_app is not False,
            status=Status.SYMBOLICATED,
            source_text=text,
            problems=(*frame.problems, *problems),
            data=data,
            pre_context=None,
            context_line=None,
            post_context=None,
        )

    def _text_of(self, place: Place) -> tuple[SourceText | None, tuple[Problem, ...]]:
        """The source's text: in the map, else beside the map or below the folders given."""
        if place.map.has_content(place.hit.source_index):
            return MapText(place.map, place.hit.source_index, self._files.digest(place.map_artifact), self._lookup.recent), ()
        found = self._lookup.source(place.hit.source or "", place.map_artifact)
        if len(found.artifacts) == 1:
            text = self._files.text(found.artifacts[0])
            if text is not None:
                return text, ()
        if len(found.artifacts) > 1:
            return None, (ambiguous(f"text of {place.hit.source}", found),)
        problem = Problem(
            type=ProblemType.MISSING_SOURCE_CONTENT,
            detail=f"{place.map_artifact.name} has no text for {place.hit.source}, and no such file is among those given",
            artifact=place.map_artifact.name,
            tried=found.tried,
            hint="build with sourcesContent, or give the folder of the sources with files=",
        )
        return None, (problem,)


# ── problems ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _as_engines_mean(frame: Frame) -> Frame:
    """The frame without what SDKs leave of a stack's line in its path: `async https://…`, `eval at f (/srv/a.js:1:40), <anonymous>`."""
    path = frame.abs_path or frame.filename or ""
    if not path.startswith(("async ", "eval at ")):
        return frame
    if path.startswith("async "):
        path = path.removeprefix("async ").lstrip()
        name = None if frame.filename is None or frame.filename == frame.abs_path else frame.filename.removeprefix("async ").lstrip()
        frame = _replace(frame, abs_path=path, filename=name or path, data={"async": True, **frame.data})
    if path.startswith("eval at ") and "eval_origin" not in frame.data:
        inner, origin = read_eval(path)
        inner = split_position(inner)[0]
        frame = _replace(frame, abs_path=inner, filename=inner, module=None, data={**frame.data, "eval_origin": origin})
    return frame


def _failed(frame: Frame, status: Status, *problems: Problem) -> Frame:
    return _replace(frame, status=status, problems=(*frame.problems, *problems))


def _no_position(path: str, lineno: int | None) -> Problem:
    said = "no line" if lineno is None else f"line {lineno}"
    return Problem(
        type=ProblemType.INVALID_LOCATION,
        detail=f"{path}: {said}; lines count from 1",
        hint="the reporter that made the event should keep line and column",
    )


def _webassembly(path: str) -> Problem:
    return Problem(type=ProblemType.UNSUPPORTED, detail=f"{path}: WebAssembly code has no source map of JavaScript", artifact=path)


def _no_column(path: str, lineno: int) -> Problem:
    return Problem(
        type=ProblemType.NO_COLUMN,
        detail=f"{path}:{lineno} has no column; column 1 was taken",
        artifact=path,
        hint="in a minified file only the column tells one place of a line from another: make the reporter keep it",
    )


def _nothing_there(
    generated: Generated, opened: SourceMapIndex, artifact: Artifact, line: int, column: int, text: TextIndex | None
) -> Problem:
    """Why a map has no answer: the place is in no such script (another build's), or no source stands behind it."""
    place = f"{generated.url}:{line - generated.first_line + 1}:{column + 1}"
    detail, hint = f"{place}: {artifact.name} maps nothing there", "code that the bundler added has no source"
    if text is not None and generated.script is not None and text.byte_at(line, column) is None:
        detail = f"{place}: there is no such place in {generated.script.name}, which has {text.line_count} lines"
        hint = "the files given are of another build than the script that crashed"
    elif text is None and line >= opened.line_count:
        detail = f"{place} is beyond the end of {artifact.name}, which maps {opened.line_count} lines"
        hint = "the map is probably of another build than the script that crashed"
    return Problem(type=ProblemType.INVALID_LOCATION, detail=detail, artifact=artifact.name, hint=hint)


def _begins_at(text: TextIndex, line: int, column: int, points: bool) -> bool:
    byte = text.byte_at(line, column, points)
    return byte is not None and begins_a_token(text.slice(byte - 4, byte), text.slice(byte, byte + 4))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
