"""Symbolicates the frames of one Java stack. `jvm_mappings.py` finds the mappings, `jvm_names.py` handles names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import msgspec

from symbolicator.artifacts.text import TextCompiler, TextIndex
from symbolicator.cached import cached_property
from symbolicator.lookup import Lookup
from symbolicator.mappings import OutlinePosition, SourceFrame
from symbolicator.mappings.index import MAX_ALTERNATIVES
from symbolicator.mappings.names import file_of_class, is_shrunk_file, is_source_file
from symbolicator.model import Frame, Stacktrace, Status
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.exception_texts import class_of
from symbolicator.transformers.jvm_locks import with_named_locks
from symbolicator.transformers.jvm_mappings import MAX_IDS, Mappings, OpenMapping, find_mappings, map_id
from symbolicator.transformers.jvm_messages import class_name as original_class
from symbolicator.transformers.jvm_names import is_framework, is_made_at_run_time, plain_name, source_path
from symbolicator.transformers.jvm_types import MEMBERS as TYPES
from symbolicator.transformers.jvm_types import with_named_types

_TEXTS = TextCompiler()
_LANGUAGES = {".java": "java", ".kt": "kotlin", ".kts": "kotlin", ".groovy": "groovy", ".scala": "scala", ".clj": "clojure"}
_NO_PACKAGE = "null."
"""The prefix of classes without a package in thread dumps read by Sentry's SDK for Android (getsentry/sentry-java#5968)."""
_MIN_NAME = 3
"""A shorter method name that a mapping does not know comes from a shrinker."""

_replace = msgspec.structs.replace


class JvmStack:
    """The frames of one stack, walked from the crash outwards."""

    def __init__(self, lookup: Lookup, stack: Stacktrace) -> None:
        self._lookup = lookup
        self._stack = stack
        self._outline: dict[str, OutlinePosition] = {}
        """By the mapping's name: the position of the previous frame in an outline."""
        self._top = stack.frames[-1] if stack.frames else None
        self._thrown = _thrown(lookup, stack)
        self._ids = tuple(dict.fromkeys(found for frame in stack.frames if (found := map_id(frame.filename))))
        self._found: dict[str | None, Mappings] = {}

    def _of_id(self, wanted: str | None) -> Mappings:
        if wanted not in self._found:
            self._found[wanted] = find_mappings(self._lookup, wanted)
        return self._found[wanted]

    def _mappings(self, frame: Frame, class_name: str) -> Mappings:
        """The mappings of one frame: by its own id, else the stack's; of several the only one that knows the class."""
        own = map_id(frame.filename)
        if own is not None or len(self._ids) < 2:
            return self._of_id(own or (self._ids[0] if self._ids else None))
        all_ = [self._of_id(one) for one in self._ids[:MAX_IDS]]
        knowing = [one for one in all_ if _place(one, class_name) is not None]
        return knowing[0] if len(knowing) == 1 else self._of_id(None)

    def frame(self, frame: Frame) -> tuple[Frame, ...]:
        """The original of one frame, outermost method first; nothing if the compiler generated it."""
        made = self._frame(frame)
        if "locks" in frame.data or "lock" in frame.extra:
            made = tuple(with_named_locks(one, lambda name: self._class_of(frame, name)) for one in made)
        if not frame.data.keys().isdisjoint(TYPES):
            made = tuple(with_named_types(one, lambda name: self._class_of(frame, name)) for one in made)
        return made

    def _class_of(self, frame: Frame, name: str) -> str | None:
        """A class that a frame names beside its own."""
        found = original_class(name, self._mappings(frame, name).chain)
        if found is None and name.startswith(_NO_PACKAGE):
            name = name.removeprefix(_NO_PACKAGE)
            found = original_class(name, self._mappings(frame, name).chain)
        return found

    def _frame(self, frame: Frame) -> tuple[Frame, ...]:
        thrown = self._thrown if frame is self._top else None
        if frame.filename is None and frame.abs_path:
            frame = _replace(frame, filename=frame.abs_path.replace("\\", "/").rpartition("/")[2])
        prefix, class_name = _split(frame.module or "")
        mappings = self._mappings(frame, class_name)
        place = _place(mappings, class_name)
        if place is None and class_name.startswith(_NO_PACKAGE):
            class_name = class_name.removeprefix(_NO_PACKAGE)
            mappings = self._mappings(frame, class_name)
            place = _place(mappings, class_name)
        if place is None:
            return (self._unknown(frame, class_name, mappings),)
        if self._is_original(frame, class_name, mappings):
            return (self._unknown(frame, class_name, mappings),)
        signature = frame.extra.get("signature")
        raw = SourceFrame(class_name=class_name, method=frame.function or "", parameters="", file=frame.filename, line=frame.lineno)
        alternatives = self._walk(raw, mappings.chain, place, signature if isinstance(signature, str) else None, thrown)
        alternatives = _distinct(tuple(one for one in each if not one.synthesized) for each in alternatives)
        if not alternatives:
            return ()
        problems = self._problems(frame, raw, alternatives, mappings.chain[place])
        made = tuple(self._mapped(frame, one, prefix, mappings, place) for one in alternatives[0])
        if problems:
            status = Status.MISSING_SYMBOL if any(p.type is ProblemType.MISSING_SYMBOL for p in problems) else Status.SYMBOLICATED
            made = (*made[:-1], _replace(made[-1], status=status, problems=(*made[-1].problems, *problems)))
        if len(alternatives) > 1:
            others = [_described(one, prefix) for each in alternatives[1:] for one in reversed(each)]
            made = (_replace(made[0], data={**made[0].data, "alternatives": others}), *made[1:])
        return made

    # ── frames that somebody has retraced already ─────────────────────────────────────────────────────────────────

    def _is_original(self, frame: Frame, class_name: str, mappings: Mappings) -> bool:
        """Whether a frame of a class that kept its name has its original line: no new one is it, or the whole stack was retraced."""
        if frame.lineno is None or not is_source_file(frame.filename) or not _is_kept(mappings, class_name):
            return False
        index, method = mappings.chain[-1].index, frame.function or ""
        only = not index.covers(class_name, method, frame.lineno) and index.is_original(class_name, method, frame.lineno)
        return only or self._retraced

    @cached_property
    def _retraced(self) -> bool:
        """Whether frames name classes that this build renamed by their original names, and none by a new one: Google Play's console has
        retraced the stack, or it is from a build that was not shrunk.
        """
        renamed = False
        for frame in self._stack.frames:
            class_name = _split(frame.module or "")[1]
            mappings = self._mappings(frame, class_name)
            if _place(mappings, class_name) is None:
                renamed = renamed or (is_source_file(frame.filename) and any(one.index.new_names(class_name) for one in mappings.chain))
            elif not _is_kept(mappings, class_name):
                return False
        return renamed

    # ── frames without a mapping ──────────────────────────────────────────────────────────────────────────────────

    def _unknown(self, frame: Frame, class_name: str, mappings: Mappings) -> Frame:
        """A class in no mapping: it is original if its file is, or belongs to the platform; else it reports what is missing."""
        services = (frame.filename or "").lstrip(":").startswith("com.google.android.gms")  # the device's, not the app's
        framework = services or is_framework(class_name) or is_made_at_run_time(class_name)
        # A class with a source of exactly its name was not renamed, whatever its frame's file.
        real = is_source_file(frame.filename) and not is_shrunk_file(frame.filename or "", class_name)
        text = None
        if not framework and (real or "." in class_name):
            text = self._text(class_name, frame.filename if real else file_of_class(class_name))
        if text is not None or framework or real or frame.extra.get("native") is True:
            own = not framework if frame.in_app is None else frame.in_app
            return _replace(frame, status=Status.SYMBOLICATED, in_app=own, source_text=text)
        if not mappings.chain:
            status = Status.MALFORMED if mappings.malformed else Status.MISSING
            return _replace(frame, status=status, problems=(*frame.problems, *mappings.problems))
        names = ", ".join(one.artifact.name for one in mappings.chain)
        problem = Problem(
            type=ProblemType.MISSING_SYMBOL,
            detail=f"{names} has no class {class_name}",
            artifact=mappings.chain[0].artifact.name,
            hint="the mapping is from another build, or the class was not renamed and lost its file name",
        )
        return _replace(frame, status=Status.MISSING_SYMBOL, problems=(*frame.problems, problem))

    # ── frames with a mapping ─────────────────────────────────────────────────────────────────────────────────────

    def _walk(
        self, raw: SourceFrame, chain: Sequence[OpenMapping], place: int, signature: str | None, thrown: str | None
    ) -> list[tuple[SourceFrame, ...]]:
        """The frame through the mapping at `place` and the following ones. An outline's own frame is removed, its position goes to its
        caller; functions inlined into it stay.
        """
        name = chain[place].artifact.name
        position = self._outline.pop(name, None)
        index = chain[place].index
        outline = index.outline(raw.class_name, raw.method, raw.line, position)
        found = index.frames(
            raw.class_name,
            raw.method,
            raw.line,
            parameters=signature,
            source_file=raw.file,
            thrown=thrown,
            outline_position=position,
        ) or [(self._class_only(raw, chain[place]),)]
        if outline is not None:
            self._outline[name] = outline
            found = [each[1:] for each in found]
        for mapping in chain[place + 1 :]:
            found = [each for alternative in found for each in self._through(alternative, mapping)][:MAX_ALTERNATIVES]
        return found

    def _through(self, frames: tuple[SourceFrame, ...], mapping: OpenMapping) -> list[tuple[SourceFrame, ...]]:
        """One alternative through one more mapping: each of its frames separately, then all combinations."""
        index = mapping.index
        parts: list[list[tuple[SourceFrame, ...]]] = []
        for one in frames:
            found = index.frames(one.class_name, one.method, one.line, source_file=one.file) if index.class_name(one.class_name) else []
            if found and one.inlined:
                found = [(_replace(each[0], inlined=True), *each[1:]) for each in found]
            parts.append(found or [(self._class_only(one, mapping),)])
        combined = (tuple(one for part in choice for one in part) for choice in product(*parts))
        return [each for each, _ in zip(combined, range(MAX_ALTERNATIVES), strict=False)]

    def _class_only(self, raw: SourceFrame, mapping: OpenMapping) -> SourceFrame:
        """A method that the mapping does not list: its class's name is known, and R8 omits methods that it did not change."""
        name = mapping.index.class_name(raw.class_name)
        return raw if name is None else _replace(raw, class_name=name, file=mapping.index.file_of(name, raw.file))

    def _problems(
        self, frame: Frame, raw: SourceFrame, alternatives: list[tuple[SourceFrame, ...]], mapping: OpenMapping
    ) -> tuple[Problem, ...]:
        name = mapping.artifact.name
        if len(alternatives) > 1:
            shown = "; ".join(".".join((each[-1].class_name, each[-1].method)) for each in alternatives[:5])
            return (
                Problem(
                    type=ProblemType.AMBIGUOUS_FRAME,
                    detail=f"{frame.module}.{frame.function}{f':{frame.lineno}' if frame.lineno else ''} may be any of {shown}",
                    artifact=name,
                    hint="keep line numbers (-keepattributes LineNumberTable): they tell methods of the same name apart",
                ),
            )
        known = mapping.index.covers(raw.class_name, raw.method, raw.line)
        if known is False:
            return (
                Problem(
                    type=ProblemType.INVALID_LOCATION,
                    detail=f"line {raw.line} of {raw.class_name}.{raw.method} is outside all of its ranges in {name}",
                    artifact=name,
                    hint="the mapping is probably from another build",
                    another_build=True,
                ),
            )
        if known is None and len(raw.method) < _MIN_NAME:
            return (
                Problem(
                    type=ProblemType.MISSING_SYMBOL,
                    detail=f"{name} has class {raw.class_name} but no method {raw.method} in it",
                    artifact=name,
                    hint="the mapping is probably from another build",
                    another_build=True,
                ),
            )
        return ()

    def _mapped(self, frame: Frame, one: SourceFrame, prefix: str, mappings: Mappings, place: int) -> Frame:
        data: dict[str, Any] = {**frame.data, "mapping": mappings.chain[place].artifact.name, "resolved_with": mappings.how}
        plain = plain_name(one.class_name, one.method)
        if plain is not None:
            data["plain_name"] = plain
        if one.inlined:
            data["inlined"] = True
        own = not is_framework(one.class_name)
        raw_name = frame.raw_function or (frame.function if frame.function != one.method else None)
        return _replace(
            frame,
            module=prefix + one.class_name,
            function=one.method,
            raw_function=raw_name,
            filename=one.file,
            abs_path=None if (frame.abs_path or "").rpartition("/")[2] == frame.filename else frame.abs_path,
            lineno=one.line if one.line is not None or not _is_as_it_was(frame, prefix, one) else frame.lineno,
            lang=_LANGUAGES.get("." + (one.file or "").rpartition(".")[2]),
            in_app=own if frame.in_app is None or prefix + one.class_name != frame.module else frame.in_app,
            status=Status.SYMBOLICATED,
            problems=(*frame.problems, *mappings.problems),
            source_text=self._text(one.class_name, one.file) if one.line else None,
            data=data,
        )

    def _text(self, class_name: str, file: str | None) -> TextIndex | None:
        """The source: `package/File.java` in the given folders, `package/File.jvm` in a source bundle."""
        if file is None:
            return None
        for name in (file, f"{file.rpartition('.')[0] or file}.jvm"):
            found = self._lookup.source(source_path(class_name, name))
            if len(found.artifacts) == 1:
                opened = self._lookup.compiled(_TEXTS, found.artifacts[0])
                return None if isinstance(opened, Problem) else opened
        return None


def _is_kept(mappings: Mappings, class_name: str) -> bool:
    """Whether every mapping of a chain that has a class leaves it its name."""
    return all(one.index.class_name(class_name) in {None, class_name} for one in mappings.chain)


def _place(mappings: Mappings, class_name: str) -> int | None:
    """The first mapping of a chain that has a class."""
    return next((i for i, one in enumerate(mappings.chain) if one.index.class_name(class_name) is not None), None)


def _split(module: str) -> tuple[str, str]:
    """The prefix of a class (`app//`, `java.base/`) and the class; a hidden class has its address after a slash."""
    before, slash, name = module.rpartition("/")
    return ("", module) if not slash or name.startswith("0x") or name.isdigit() else (before + slash, name)


def _thrown(lookup: Lookup, stack: Stacktrace) -> str | None:
    """The class of the exception with this stack, as it was thrown."""
    for one in lookup.event.exceptions:
        if one.stacktrace is not None and stack.raw_frames and one.stacktrace.raw_frames is stack.raw_frames:
            return class_of(one)
    return None


def _distinct(alternatives: Iterable[tuple[SourceFrame, ...]]) -> list[tuple[SourceFrame, ...]]:
    """The alternatives that differ as text, each once: overloads of one name without a line are not a choice."""
    found: dict[tuple[tuple[str, str, str | None, int | None], ...], tuple[SourceFrame, ...]] = {}
    for each in alternatives:
        if each:
            found.setdefault(tuple((one.class_name, one.method, one.file, one.line) for one in each), each)
    return list(found.values())


def _is_as_it_was(frame: Frame, prefix: str, one: SourceFrame) -> bool:
    """Whether a frame reads as it came: then its line, which no range knows, is not one of another file."""
    return (frame.module, frame.function, frame.filename) == (prefix + one.class_name, one.method, one.file)


def _described(one: SourceFrame, prefix: str) -> dict[str, Any]:
    fields = {"module": prefix + one.class_name, "function": one.method, "filename": one.file, "lineno": one.line}
    return {key: value for key, value in fields.items() if value is not None}
