"""JavaScript frames: from the place in a generated file to the place in the source somebody wrote.

The policy of javascript.md for frames; maps, scripts and names are read in `sourcemaps/`. Every frame that stays raw says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from symbolicator.artifacts.files import Found
from symbolicator.artifacts.text import TextIndex
from symbolicator.eval_places import read_eval, split_position
from symbolicator.keys import FileKind, url_segments
from symbolicator.lookup import Lookup
from symbolicator.model import Frame, SourceText, Stacktrace, Status
from symbolicator.problems import Problem, ProblemType
from symbolicator.sourcemaps.paths import in_app, is_internal, is_webassembly, source_path, unnamed
from symbolicator.transformers import Transformer
from symbolicator.transformers.function_names import Names
from symbolicator.transformers.generated import TEXTS, GeneratedFiles
from symbolicator.transformers.place import MapText, Place
from symbolicator.transformers.script import Generated, ambiguous
from symbolicator.transformers.script_texts import ScriptTexts
from symbolicator.transformers.walk import Walk

_PLATFORMS = frozenset(("javascript", "node"))
_SCRIPT_ENDINGS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".bundle", ".jsbundle", ".hbc")
_MAX_SOURCES = 20_000

_replace = msgspec.structs.replace


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
        self._files = lookup.once("javascript files", lambda: GeneratedFiles(lookup))
        self._texts = ScriptTexts(lookup, self._files, frames)
        self._walk = Walk(lookup, self._files, self._texts)
        self._names = lookup.once("javascript names", lambda: Names(lookup, self._files.digest))
        self._caller: Place | None = None
        self._foreign: dict[str, bool] = {}
        self._bases: dict[str, bool] = {}

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
        generated = self._files.at(path, line, column, assumed=frame.data.get("assumed_path") is True)
        if generated.source is not None:
            return self._mapped_already(frame, generated)
        frame = _replace(frame, problems=problems)
        column = self._texts.in_units(generated, line, column)
        line, column = generated.place(line, column)
        if generated.map is None:
            return self._unmapped(frame, generated)
        problem = self._texts.contradiction(generated, line, column)
        if problem is not None:
            return self._unanswered(frame, generated, problem)
        if (frame.colno or 0) < 1:
            only = generated.map.only_line(line)
            if only is None and generated.map.delegate(line, column) is None:
                return self._unanswered(frame, generated)  # which place of the line it is, nobody knows
            column = column if only is None else only.generated_column
        place, problem = self._walk.to_source(generated, line, column)
        if place is None:
            return self._unanswered(frame, generated, problem)
        self._caller = place
        return self._mapped(frame, place, caller)

    # ── frames that no map stands behind ──────────────────────────────────────────────────────────────────────────

    def _settled(self, frame: Frame) -> Frame:
        """Engine internals, native functions: they are what they are."""
        return _replace(frame, status=Status.SYMBOLICATED, in_app=False)

    def _mapped_already(self, frame: Frame, generated: Generated) -> Frame:
        """A frame that names a source of the map: the runtime has mapped it; the source's text is shown."""
        assert generated.map is not None  # noqa: S101  # it has the source
        assert generated.map_artifact is not None  # noqa: S101
        assert generated.source is not None  # noqa: S101
        path = source_path(frame.abs_path or frame.filename or "", None)
        own = path.in_app and not generated.map.is_ignored(generated.source)
        text = None
        if generated.map.has_content(generated.source):
            text = MapText(generated.map, generated.source, self._files.digest(generated.map_artifact), self._lookup.recent)
        return _replace(
            frame,
            status=Status.SYMBOLICATED,
            in_app=own if frame.in_app is None else frame.in_app,
            source_text=text,
            data={**frame.data, "resolved_with": "source"},
        )

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
        text = self._texts.shown(generated)
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
        text = self._texts.shown(generated)
        if generated.script is not None and generated.script.identity.kind is FileKind.SOURCE:
            return text is not None  # a page
        return isinstance(text, TextIndex) and text.byte_count < 200 * text.line_count

    def _unanswered(self, frame: Frame, generated: Generated, problem: Problem | None = None) -> Frame:
        """A frame whose map has no answer, or none that can be believed. It is not the application's where nothing in that map is."""
        raw = _failed(frame, Status.MISSING_SYMBOL, *([problem] if problem else []))
        in_app = False if frame.in_app is None and generated.map is not None and self._is_foreign(generated) else frame.in_app
        data = {**frame.data, "sourcemap": generated.map_name}
        return _replace(raw, data=data, in_app=in_app, source_text=self._texts.shown(generated))

    def _is_foreign(self, generated: Generated) -> bool:
        """Whether every source of the map is somebody else's code: ignored by the map, or a package's by its path."""
        if generated.url not in self._foreign:
            opened = generated.map
            count = 0 if opened is None or opened.source_count > _MAX_SOURCES else opened.source_count
            self._foreign[generated.url] = (
                opened is not None and count > 0 and all(opened.is_ignored(i) or not in_app(opened.source(i) or "") for i in range(count))
            )
        return self._foreign[generated.url]

    # ── frames with a map ─────────────────────────────────────────────────────────────────────────────────────────

    def _mapped(self, frame: Frame, place: Place, caller: Place | None) -> Frame:
        hit, source = place.hit, place.source or ""
        path = unnamed(hit.source_index) if place.is_unnamed else source_path(source, self._base(place))
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
            in_app=path.in_app and place.in_app and frame.in_app is not False,
            status=Status.SYMBOLICATED,
            source_text=text,
            problems=(*frame.problems, *problems),
            data=data,
            pre_context=None,
            context_line=None,
            post_context=None,
        )

    def _base(self, place: Place) -> str:
        """What the sources of a place's map are seen from: the script's URL, where it is one, else the map's path."""
        url = place.generated.url
        if url not in self._bases:
            self._bases[url] = bool(url_segments(url))
        return url if self._bases[url] else place.map_artifact.path

    def _text_of(self, place: Place) -> tuple[SourceText | None, tuple[Problem, ...]]:
        """The source's text: in the map, else beside the map or below the folders given."""
        if place.map.has_content(place.hit.source_index):
            return MapText(place.map, place.hit.source_index, self._files.digest(place.map_artifact), self._lookup.recent), ()
        found = Found() if place.is_unnamed else self._lookup.source(place.hit.source or "", place.map_artifact)
        if len(found.artifacts) == 1:
            text = self._lookup.compiled(TEXTS, found.artifacts[0])
            return (None, (text,)) if isinstance(text, Problem) else (text, ())
        if len(found.artifacts) > 1:
            return None, (ambiguous(f"text of {place.hit.source}", found),)
        name = unnamed(place.hit.source_index).filename if place.is_unnamed else place.hit.source
        problem = Problem(
            type=ProblemType.MISSING_SOURCE_CONTENT,
            detail=f"{place.map_artifact.name} has no text for {name}, and no such file is among those given",
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
        detail=f"{path}:{lineno} has no column",
        artifact=path,
        hint="in a minified file only the column tells one place of a line from another: make the reporter keep it",
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
