"""A sample transformer. The (invented) Acme game engine reports `f17` at an instruction; its build writes `acme-names.json`::

    {"f17": {"function": "Player.jump", "file": "scripts/player.acme", "line": 12}}

All that is Acme's own is here: which frames are its, and what its file says. Finding the file, caching, context lines, problems on
the frame, the command line and the service come with symbolicator.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from symbolicator import FileKind, Frame, Key, Lookup, Problem, ProblemType, Stacktrace, Status, Transformer


class Function(msgspec.Struct):
    """One entry of `acme-names.json`."""

    function: str
    file: str
    line: int


class Acme(Transformer):
    """Frames with `platform: acme`."""

    name = "acme"

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Frames say so themselves, or their event does."""
        return (frame.platform or stacktrace.platform) == "acme"

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """One answer for each frame; the file is asked for once."""
        names = self._names(lookup)
        return [(self._frame(frame, names),) for frame in frames]

    def _names(self, lookup: Lookup) -> dict[str, Function] | Problem:
        found = lookup.find(Key(kind=FileKind.SOURCE, url="acme-names.json"))
        if len(found.artifacts) != 1:
            return Problem(
                type=ProblemType.MISSING_MAPPING,
                detail="acme-names.json was not found",
                tried=found.tried,
                hint="give the folder of the Acme build with files=",
            )
        content = lookup.read(found.artifacts[0])
        if isinstance(content, Problem):
            return content
        try:
            return msgspec.json.decode(content, type=dict[str, Function])
        except msgspec.MsgspecError as error:
            return Problem(type=ProblemType.MALFORMED_MAPPING, detail=f"acme-names.json: {error}", artifact=found.artifacts[0].name)

    def _frame(self, frame: Frame, names: dict[str, Function] | Problem) -> Frame:
        if isinstance(names, Problem):
            return msgspec.structs.replace(frame, status=Status.MISSING, problems=(*frame.problems, names))
        known = names.get(frame.function or "")
        if known is None:
            missing = Problem(type=ProblemType.MISSING_SYMBOL, detail=f"acme-names.json has no {frame.function!r}")
            return msgspec.structs.replace(frame, status=Status.MISSING_SYMBOL, problems=(*frame.problems, missing))
        return msgspec.structs.replace(
            frame,
            function=known.function,
            raw_function=frame.function,
            filename=known.file,
            lineno=known.line,
            in_app=True,
            status=Status.SYMBOLICATED,
            data={**frame.data, "resolved_with": "acme-names.json"},
        )
