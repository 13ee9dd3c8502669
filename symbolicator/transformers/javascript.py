"""JavaScript frames: from a position in a generated file to the position in the original source.

This file decides about frames; maps, scripts and names are read in `sourcemaps/`. Every frame that stays raw has a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from symbolicator.artifacts.evidence import NAME_ONLY, other_owner
from symbolicator.artifacts.files import Found
from symbolicator.artifacts.text import TextIndex
from symbolicator.keys import FileKind, url_segments
from symbolicator.lookup import Lookup
from symbolicator.model import NO_FILE, Event, Frame, SourceText, Stacktrace, Status
from symbolicator.problems import Problem, ProblemType
from symbolicator.sourcemaps.paths import in_app, is_internal, is_webassembly, source_path, strip_query, unnamed
from symbolicator.transformers import Transformer
from symbolicator.transformers.answers import StackAnswers
from symbolicator.transformers.evaluated import NOWHERE, evaluated
from symbolicator.transformers.function_names import Names
from symbolicator.transformers.generated import TEXTS, GeneratedFiles
from symbolicator.transformers.place import MapText, Place
from symbolicator.transformers.platforms import SCRIPTS
from symbolicator.transformers.reported import as_engines_mean
from symbolicator.transformers.script import Generated, ambiguous, no_column, no_position, webassembly
from symbolicator.transformers.script_texts import ScriptTexts
from symbolicator.transformers.walk import Walk

if TYPE_CHECKING:
    from symbolicator.settings import Settings

_PLATFORMS = frozenset(("javascript", "node"))
_MAX_SOURCES = 20_000
_MISSING = frozenset((ProblemType.MISSING_SOURCE, ProblemType.MISSING_SOURCEMAP))

_replace = msgspec.structs.replace


class JavaScript(Transformer):
    """Frames of browsers, Node, Hermes and similar engines."""

    name: ClassVar[str] = "javascript"
    takes_settings: ClassVar[bool] = True

    def __init__(self, settings: Settings | None = None) -> None:
        self._context_lines = None if settings is None else settings.context_lines

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Frames of a JavaScript platform; without a platform, those whose file is a script."""
        return _is_javascript(frame, stacktrace.platform)

    def prepare(self, event: Event) -> Event:
        """Removes what SDKs left of a stack's line in paths."""

        def cleaned(stack: Stacktrace) -> Stacktrace:
            platform = stack.platform or event.platform
            frames = tuple([as_engines_mean(frame) if _is_javascript(frame, platform) else frame for frame in stack.frames])
            return stack if all(map(is_, frames, stack.frames)) else _replace(stack, frames=frames)

        return event.map_stacktraces(cleaned)

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """See `Transformer.transform`."""
        work = ScriptStack(lookup, frames, self._context_lines)
        return [work.frames(frame) for frame in frames]

    def finish(self, event: Event, lookup: Lookup) -> Event:
        """Restores the names that dart2js shortened, in exceptions whose frames are Dart's."""
        if not any(_is_darts(one.stacktrace) for one in event.exceptions):
            return event
        from symbolicator.transformers.dart2js_messages import renamed  # few applications are Dart's

        return renamed(event, lookup)


def _is_darts(stacktrace: Stacktrace | None) -> bool:
    return stacktrace is not None and any("sourcemap" in one.data and (one.filename or "").endswith(".dart") for one in stacktrace.frames)


def _is_javascript(frame: Frame, platform: str | None) -> bool:
    if frame.instruction_addr is not None:
        return False
    platform = frame.platform or platform
    if platform is not None:
        return platform in _PLATFORMS
    return (frame.abs_path or frame.filename or "").split("?", 1)[0].endswith(SCRIPTS)


class ScriptStack:
    """The frames of one stack, caller first: information about the caller helps to name the callee. `context_lines` is how many lines of
    source they get on each side; if it is given, their answers are remembered.
    """

    def __init__(self, lookup: Lookup, frames: Sequence[Frame], context_lines: int | None = None) -> None:
        self._lookup = lookup
        self._files = lookup.once_per_event("javascript files", lambda: GeneratedFiles(lookup))
        self._texts = ScriptTexts(lookup, self._files, frames)
        self._walk = Walk(lookup, self._files, self._texts)
        self._names = lookup.once_per_event("javascript names", lambda: Names(lookup, self._files.digest))
        self._place: Place | None = None
        """Where the last frame is, if it was mapped just now."""
        self._called: str | None = None
        """The name at its call, for the frame that it calls."""
        self._answers = StackAnswers(lookup, self._files, self._texts, context_lines)
        self._foreign: dict[str, bool] = {}
        self._bases: dict[str, bool] = {}

    def frames(self, frame: Frame) -> tuple[Frame, ...]:
        """As `frame`, with the calls that the compiler inlined, outermost function first."""
        path = frame.abs_path or frame.filename or ""
        answers = self._answers.of(path, frame)
        if answers is None or frame.problems or not frame.lineno or frame.lineno < 1:
            return self._calls(frame)
        known = answers.find(frame)
        if known is None:
            called, self._called, self._place = self._called, None, None
            answer = self._in_script(answers.bare(frame), answers.generated, called)
            known = answers.put(frame, answer, self._place, self._called, lasting=self._names.is_lasting)
            if self._files.resolve(path) is not answers.generated:
                self._answers.forget(path)  # the frame showed that this is not its script
        self._called = known.called
        return known.frames

    def _calls(self, frame: Frame) -> tuple[Frame, ...]:
        answer = self.frame(frame)
        place = self._place
        if place is None or not place.map.crosses_lines or place.map is not place.generated.map or not frame.colno:
            return (answer,)
        from symbolicator.transformers.dart2js_calls import with_callers  # few maps are dart2js'

        text = self._texts.shown(place.generated)
        return with_callers(answer, place, text, self._lookup, lambda other: self._mapped(frame, other, None))

    def frame(self, frame: Frame) -> Frame:
        """The original of one frame; itself, with a problem, if that is unknown."""
        called, self._called, self._place = self._called, None, None
        path = frame.abs_path or frame.filename
        if "eval_origin" in frame.data and (not path or path in NOWHERE):
            return evaluated(frame, self._alone)
        if path in NOWHERE:
            return _replace(frame, in_app=False, data={**frame.data, NO_FILE: "unnamed"})
        if not path or is_internal(path):
            return self._settled(frame)
        if is_webassembly(path):
            return _failed(frame, Status.UNSUPPORTED, webassembly(path))
        if frame.lineno is None or frame.lineno < 1:
            return _failed(frame, Status.RAW, no_position(path, frame.lineno))
        line, column = frame.lineno - 1, max((frame.colno or 1) - 1, 0)
        generated = self._files.at(path, line, column, assumed=frame.data.get("assumed_path") is True)
        return self._in_script(frame, generated, called)

    def _in_script(self, frame: Frame, generated: Generated, called: str | None) -> Frame:
        """A frame with a line, in a script whose files were looked up."""
        if generated.source is not None:
            return self._mapped_already(frame, generated)
        line, column = (frame.lineno or 1) - 1, max((frame.colno or 1) - 1, 0)
        if not frame.colno or frame.colno < 1:
            frame = _replace(frame, problems=(*frame.problems, no_column(frame.abs_path or frame.filename or "", line + 1)))
        if generated.map is None:
            return self._unmapped(frame, generated)
        place = generated.place(line, self._texts.in_units(generated, line, column))
        problem = self._texts.contradiction(generated, *place)
        if problem is not None and (alone := self._files.without_script(generated)) is not None:
            generated, place, problem = alone, alone.place(line, column), None
        if problem is not None:
            return self._unanswered(frame, generated, problem)
        return self.through(frame, generated, place[0], place[1] if (frame.colno or 0) > 0 else None, called)

    def through(self, frame: Frame, generated: Generated, line: int, column: int | None, called: str | None = None) -> Frame:
        """A frame at a position of a generated file (0-based) that has a map; `called` is the token's name at the call in the caller's
        frame, if known.
        """
        place, problem = self._walk.to_source(generated, line, column)
        if place is None:
            return self._unanswered(frame, generated, problem)
        self._place, self._called = place, place.hit.name
        return self._mapped(frame, place, called)

    def _alone(self, frame: Frame) -> Frame:
        """A position that is not a frame of the stack: it names no callee."""
        kept, answer = self._called, self.frame(frame)
        self._called, self._place = kept, None
        return answer

    # ── frames without a map ──────────────────────────────────────────────────────────────────────────────────────────

    def _settled(self, frame: Frame) -> Frame:
        """Engine internals, native functions: nothing to symbolicate."""
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

    def _unmapped(self, frame: Frame, generated: Generated) -> Frame:
        """Without a map. A file that was never minified is the source itself; for others, the line around the column is shown."""
        text = self._texts.shown(generated)
        script = generated.script
        if script is not None and script.identity.map_url is None and not script.identity.debug_ids and self._as_written(generated):
            path = source_path(frame.abs_path or frame.filename or "", None)
            own = path.in_app if frame.in_app is None else frame.in_app
            data = {**frame.data, "resolved_with": "source"}
            return _replace(
                frame, status=Status.SYMBOLICATED, filename=frame.filename or path.filename, in_app=own, source_text=text, data=data
            )
        url = strip_query(generated.url)  # a module is its own, whatever package the loaders are of that made it
        owner = other_owner(url, url_segments(url))
        if (
            owner is not None
            and {one.type for one in generated.problems} <= _MISSING
            and not (owner == "extension" and self._files.has_extension)
        ):
            return _somebody_elses(frame, owner, generated, text)
        malformed = any(p.type in (ProblemType.MALFORMED_SOURCEMAP, ProblemType.LIMIT_EXCEEDED) for p in generated.problems)
        return _replace(_failed(frame, Status.MALFORMED if malformed else Status.MISSING, *generated.problems), source_text=text)

    def _as_written(self, generated: Generated) -> bool:
        """Whether a script without any reference to a map looks hand-written: lines of ordinary length."""
        text = self._texts.shown(generated)
        if generated.script is not None and generated.script.identity.kind is FileKind.SOURCE:
            return text is not None  # a page
        return isinstance(text, TextIndex) and text.byte_count < 200 * text.line_count

    def _unanswered(self, frame: Frame, generated: Generated, problem: Problem | None = None) -> Frame:
        """A frame whose map has no answer, or none that can be trusted. It is not in-app if nothing in that map is."""
        raw = _failed(frame, Status.MISSING_SYMBOL, *([problem] if problem else []))
        in_app = False if frame.in_app is None and generated.map is not None and self._is_foreign(generated) else frame.in_app
        data = {**frame.data, "sourcemap": generated.map_name}
        return _replace(raw, data=data, in_app=in_app, source_text=self._texts.shown(generated))

    def _is_foreign(self, generated: Generated) -> bool:
        """Whether every source of the map is third-party code: ignored by the map, or in a package by its path."""
        if generated.url not in self._foreign:
            opened = generated.map
            count = 0 if opened is None or opened.source_count > _MAX_SOURCES else opened.source_count
            self._foreign[generated.url] = (
                opened is not None and count > 0 and all(opened.is_ignored(i) or not in_app(opened.source(i) or "") for i in range(count))
            )
        return self._foreign[generated.url]

    # ── frames with a map ─────────────────────────────────────────────────────────────────────────────────────────

    def _mapped(self, frame: Frame, place: Place, called: str | None) -> Frame:
        hit, source = place.hit, place.source or ""
        path = unnamed(hit.source_index) if place.is_unnamed else source_path(source, self._base(place))
        text, problems = self._text_of(place)
        function, doubt = self._names.name(frame, place, called)
        data: dict[str, Any] = {**frame.data, "sourcemap": place.map_artifact.name, "resolved_with": place.generated.how}
        return _replace(
            frame,
            function=function,
            raw_function=frame.raw_function or frame.function,
            filename=path.filename,
            abs_path=path.abs_path,
            module=path.module or frame.module,
            lineno=hit.line + 1,
            colno=hit.column + 1,
            in_app=path.in_app and place.in_app and frame.in_app is not False,
            status=Status.SYMBOLICATED,
            source_text=text,
            problems=(*frame.problems, *problems, *doubt),
            data=data,
            pre_context=None,
            context_line=None,
            post_context=None,
        )

    def _base(self, place: Place) -> str:
        """The base for the sources of a map: the script's URL, if it is one, else the map's path."""
        url = place.generated.url
        if url not in self._bases:
            self._bases[url] = bool(url_segments(url))
        return url if self._bases[url] else place.map_artifact.path

    def _text_of(self, place: Place) -> tuple[SourceText | None, tuple[Problem, ...]]:
        """The source's text: in the map, else beside the map or below the given folders."""
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
            detail=f"{place.map_artifact.name} has no text for {name}, and no such file is among the files given",
            artifact=place.map_artifact.name,
            tried=found.tried,
            hint="build with sourcesContent, or give the folder of the sources with files=",
        )
        return None, (problem,)


# ── problems ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _somebody_elses(frame: Frame, owner: str, generated: Generated, text: SourceText | None) -> Frame:
    """A frame in a package or an extension without a map: none of the user's files is missing for it."""
    near = [place for problem in generated.problems for place in problem.tried if NAME_ONLY in place]
    data = {**frame.data, NO_FILE: owner, **({"near": near} if near else {})}
    in_app = False if frame.in_app is None else frame.in_app
    problems = tuple(one for one in frame.problems if one.type is not ProblemType.NO_COLUMN)
    return _replace(frame, in_app=in_app, source_text=text, data=data, problems=problems)


def _failed(frame: Frame, status: Status, *problems: Problem) -> Frame:
    return _replace(frame, status=status, problems=(*frame.problems, *problems))
