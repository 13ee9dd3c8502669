"""Unity's games: native frames in C++ that il2cpp generated, in lines of the C# that it was generated from.

Which file is used, and what a line needs as evidence: `docs/evidence.md`, *Unity*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from symbolicator.cached import cached_property
from symbolicator.il2cpp import FILE_NAME, LineMappingCompiler, LineMappings
from symbolicator.keys import FileKind, normalise_debug_id
from symbolicator.lookup import Lookup
from symbolicator.model import Frame, Image, SourceText
from symbolicator.patterns import regex
from symbolicator.problems import Problem, ProblemType

_COMPILER: Final = LineMappingCompiler()
_HASH: Final = regex(r"_m[0-9A-F]{40}(?:_\w{1,60})?$")
"""What il2cpp puts behind the name of a method."""


class Il2cpp:
    """The line mappings of one event."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def weave(self, frame: Frame, image: Image, first: Callable[[], int | None], text: Callable[[str], SourceText | None]) -> Frame:
        """A frame that was found in generated C++, in C# where a mapping knows the line.

        `first` gives the line at which the frame's function begins, `text` a source by its path.
        """
        if frame.abs_path is None or frame.lineno is None or not self._mappings:
            return frame
        start = first()
        if start is None:
            return frame
        ours = normalise_debug_id(image.debug_id)
        answers: dict[tuple[str, int], str] = {}
        for name, mappings in self._mappings:
            of = normalise_debug_id(mappings.debug_id)
            answer = None if of and ours and of != ours else mappings.lookup(frame.abs_path, start, frame.lineno)
            if answer is not None:
                answers.setdefault(answer, name)
        if len(answers) != 1:
            return replace(frame, problems=(*frame.problems, _several(answers))) if answers else frame
        ((path, line),) = answers
        return replace(
            frame,
            function=_HASH.sub("", frame.function or "") or frame.function,
            raw_function=frame.raw_function or frame.function,
            filename=path,
            abs_path=path,
            lineno=line,
            colno=None,
            lang="csharp",
            source_text=text(path),
            data={**frame.data, "generated": f"{frame.abs_path}:{frame.lineno}", "mapping": answers[path, line]},
        )

    @cached_property
    def _mappings(self) -> list[tuple[str, LineMappings]]:
        files = [one for one in self._lookup.all(FileKind.SOURCE) if one.file_name == FILE_NAME]
        opened = [(one.name, self._lookup.compiled(_COMPILER, one)) for one in files]
        return [(name, found) for name, found in opened if not isinstance(found, Problem)]


def _several(answers: dict[tuple[str, int], str]) -> Problem:
    names = ", ".join(sorted(answers.values())[:4])
    return Problem(
        type=ProblemType.AMBIGUOUS_FILE,
        detail=f"{len(answers)} mappings of il2cpp say different lines of C# for this one: {names}",
        hint="give only the folder of the build that crashed",
    )
