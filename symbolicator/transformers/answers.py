"""Answers for whole frames, with their source lines, remembered from one event to the next.

The same crash comes by the thousand. Which files belong to a frame, and whether they contradict the positions of its stack, is found out
for each event; after that, most answers depend on those files and the frame alone. Such an answer is given again.
"""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any

import msgspec

from symbolicator.artifacts.recent import Recent
from symbolicator.context import Shown, shown
from symbolicator.lookup import Lookup
from symbolicator.model import Frame
from symbolicator.problems import Problem
from symbolicator.sourcemaps.paths import is_internal, is_webassembly
from symbolicator.transformers.evaluated import NOWHERE
from symbolicator.transformers.generated import GeneratedFiles
from symbolicator.transformers.place import MapText, Place
from symbolicator.transformers.script import Generated
from symbolicator.transformers.script_texts import ScriptTexts

_FIELDS = (
    "platform", "function", "raw_function", "module", "package", "lineno", "colno", "in_app", "symbol", "symbol_addr", "addr_mode", "lang",
)  # fmt: skip
"""What an answer depends on or contains; beside these, a frame has only what the answer replaces, and `data` and `extra` of its own."""
_COST = 1792
_LINE_COST = 64
"""Bytes charged for an answer, and for each line of text in one, beside their characters."""

_fields = attrgetter(*_FIELDS)
_replace = msgspec.structs.replace


# Without `gc`: thousands are kept, and each full collection would look at all of them.
class Answer(msgspec.Struct, frozen=True, gc=False):
    """What became of a frame."""

    frames: tuple[Frame]
    called: str | None
    """The name at its call, for the frame that it calls."""
    source: int
    """The source of the map that it is in."""


class StackAnswers:
    """The answers for the frames of one stack. `context_lines` is how many lines of source they have on each side; if it is None, nothing
    is remembered.
    """

    def __init__(self, lookup: Lookup, files: GeneratedFiles, texts: ScriptTexts, context_lines: int | None) -> None:
        self._lookup, self._files, self._texts, self._lines = lookup, files, texts, context_lines
        self._scripts: dict[str, Answers | None] = {}

    def of(self, path: str, frame: Frame) -> Answers | None:
        """Those for the script that `frame` calls `path`; None if more than the files and the frame itself decides about them."""
        if path in self._scripts:
            return self._scripts[path]
        if frame.lineno is None or frame.lineno < 1:
            return None  # nothing is looked up for it
        answers = None
        if self._lines is not None and path and path not in NOWHERE and not is_internal(path) and not is_webassembly(path):
            generated = self._files.resolve(path, assumed=frame.data.get("assumed_path") is True)
            artifact = generated.map_artifact
            if artifact is not None and _by_its_own_map(generated) and self._texts.all_fit(generated):
                make = partial(Answers, generated, self._files, self._lookup.recent, self._lines)
                made = self._lookup.guarded(make, artifact)
                answers = None if isinstance(made, Problem) else made  # where a script cannot be read, its map answers alone
        self._scripts[path] = answers
        return answers

    def forget(self, path: str) -> None:
        """Look again which files belong to `path`."""
        self._scripts.pop(path, None)


def _by_its_own_map(generated: Generated) -> bool:
    """Whether a script's map is all that its frames need: it has no sections elsewhere, and no frame becomes several."""
    opened = generated.map
    return opened is not None and generated.source is None and not opened.has_delegates and not opened.crosses_lines


class Answers:
    """The answers for the frames of one script in a stack."""

    def __init__(self, generated: Generated, files: GeneratedFiles, recent: Recent[Any, Any], context_lines: int) -> None:
        assert generated.map is not None  # noqa: S101  # it can be remembered
        assert generated.map_artifact is not None  # noqa: S101
        self.generated = generated
        self._map, self._artifact = generated.map, generated.map_artifact
        self._maps, self._recent, self._lines = files.maps, recent, context_lines
        self._originals = files.maps.originals(self._artifact)
        script = generated.script
        of_script = () if script is None else (files.digest(script), script.path)
        of_map = files.digest(self._artifact), self._artifact.name, self._artifact.path
        moved = generated.first_line, generated.first_line_shift, generated.shifted_line
        # One string: its hash is computed once, that of a tuple for each frame.
        self._files = repr((context_lines, generated.url, generated.how, of_script, of_map, moved))
        self._key: tuple[str, tuple[Any, ...]] = self._files, ()

    def find(self, frame: Frame) -> Answer | None:
        """What became of such a frame, if it is known and still true."""
        self._key = key = self._files, _fields(frame)
        found: Answer | None = self._recent.get(key)
        if found is None:
            return None
        if found.source not in self._originals and self._maps.behind(self._map, self._artifact, found.source) is not None:
            return None  # a map of its source was added meanwhile
        if frame.data or frame.extra or found.frames[0].raw_index != frame.raw_index:
            return self._own(found, frame)
        return found

    def put(self, frame: Frame, answer: Frame, place: Place | None, called: str | None, *, lasting: bool) -> Answer:
        """What became of `frame`, which was looked for last: `answer`, which was found for its `bare` form. It is remembered if it is at
        a `place` of the script's own map, has its text from there, and a `lasting` name.
        """
        text = answer.source_text
        if not lasting or place is None or place.generated is not self.generated or place.map is not self._map or type(text) is not MapText:
            return self._own(Answer((answer,), called, -1), frame)
        line = place.hit.line
        before, here, after = self._map.context(text.source, line, self._lines, self._lines) or ([], None, [])
        size = len(self._files) + sum([len(one) for one in self._key[1] if type(one) is str])
        if here is None:
            answer = _replace(answer, source_text=Shown(line))
        else:
            answer = shown(answer, (before, here, after), Shown(line, tuple(before), here, tuple(after)))
            size += sum(map(len, before)) + len(here) + sum(map(len, after)) + _LINE_COST * (len(before) + len(after))
        found = Answer((answer,), called, text.source)
        self._recent.put(self._key, found, _COST + size)
        return self._own(found, frame)

    @staticmethod
    def bare(frame: Frame) -> Frame:
        """The frame without what is its own: whatever is in `data` and `extra`."""
        return _replace(frame, data={}, extra={}) if frame.data or frame.extra else frame

    @staticmethod
    def _own(found: Answer, frame: Frame) -> Answer:
        """The answer for a frame with its own index, `data` and `extra`."""
        (answer,) = found.frames
        data = {**frame.data, **answer.data} if frame.data else answer.data
        return _replace(found, frames=(_replace(answer, raw_index=frame.raw_index, data=data, extra=frame.extra),))
