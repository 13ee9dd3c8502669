"""Faults in one map: rejected in strict mode, counted and reported in lenient mode. One sentence for each kind of fault."""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import vlq_numbers as vn

MAX_WARNINGS = 100
"""How many sentences are kept; the rest is counted in a last one."""


class Faults:
    """Collects the faults of a map while it is read.

    ECMA-426 lets a reader choose at every "optionally report an error": strict mode rejects the map, lenient mode continues.
    """

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.where = ""
        """Prefix of each sentence: `section 3: `."""
        self._warnings: list[str] = []
        self._untold = 0

    def report(self, sentence: str, offset: int | None = None) -> None:
        """Raise `MalformedArtifact` in strict mode, else keep the sentence."""
        if self.strict:
            raise MalformedArtifact(self.where + sentence, offset)
        self.note(sentence)

    def note(self, sentence: str) -> None:
        """Keep a sentence about something that ECMA-426 does not reject (an unreadable extension), in either mode."""
        if len(self._warnings) < MAX_WARNINGS:
            self._warnings.append(self.where + sentence)
        else:
            self._untold += 1

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything reported, in order; the last one counts those beyond `MAX_WARNINGS`."""
        return (*self._warnings, f"{self._untold} more") if self._untold else tuple(self._warnings)

    def report_segments(self, counts: Sequence[int], firsts: Sequence[int], sources: int, names: int) -> None:
        """Report what the kernel counted while it decoded `mappings` (see `vlq.decode_mappings`), in the order of the text."""
        kinds = [kind for kind in _SENTENCES if counts[kind]]
        kinds.sort(key=lambda kind: firsts[kind * vn.FIRST_WIDTH + 1])
        for kind in kinds:
            value, offset, line, ordinal = firsts[kind * vn.FIRST_WIDTH : (kind + 1) * vn.FIRST_WIDTH]
            sentence = _SENTENCES[kind].format(value=value, character=chr(value & 0xFF), sources=sources, names=names)
            more = f"; {counts[kind] - 1} more like it" if counts[kind] > 1 else ""
            self.report(f"{sentence} (generated line {line}, segment {ordinal}{more})", offset)


_SENTENCES = {
    vn.BAD_DIGIT: "segment holds {character!r}, which is not a base64 digit",
    vn.OVERRUN: "segment ends inside a VLQ",
    vn.OVERFLOW: "segment holds a VLQ of more than 32 bits",
    vn.FIELDS: "segment has {value} fields; expected 1, 4 or 5",
    vn.TOO_MANY: "segment has {value} fields; expected 1, 4 or 5",
    vn.COLUMN: "segment has the generated column {value}",
    vn.SOURCE: "segment refers to source {value}; the map has {sources}",
    vn.ORIGINAL: "segment has the original line or column {value}",
    vn.NAME: "segment refers to name {value}; the map has {names}",
    vn.EMPTY: "segment is empty",
    vn.OVERLAP: "segment is after the start of the next section",
}
"""UNSORTED is not a fault: ECMA-426 does not require an order within a line."""
