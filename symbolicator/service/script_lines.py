"""The lines of scripts themselves around raw frames, for clients that show minified code beside the original."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from symbolicator.artifacts.lines import context, line_starts
from symbolicator.context import cut
from symbolicator.keys import FileKind, Key
from symbolicator.model import Event
from symbolicator.problems import Problem

if TYPE_CHECKING:
    from symbolicator.service.work import Work


class ScriptLines:
    """The scripts of one event, each read once. A script is shown if only one of the given files fits."""

    def __init__(self, work: Work, event: Event) -> None:
        self._lookup = work.engine.lookup(event)
        self._count = work.engine.settings.context_lines
        self._limit = work.limits.max_inflated
        self._ids = {image.code_file: image.debug_id for image in event.images if image.code_file and image.debug_id}
        self._known: dict[str, tuple[memoryview, array[int]] | None] = {}

    def around(self, url: str, line: int, column: int) -> dict[str, Any]:
        """`pre_context`, `context_line` and `post_context` of a place (from 1) in the script at `url`; {} if it is not known."""
        if url not in self._known:
            self._known[url] = self._read(url)
        text = self._known[url]
        if text is None or line < 1:
            return {}
        content, starts = text
        count = self._count
        before, at, after = context(starts, len(content), lambda start, stop: bytes(content[start:stop]), line - 1, count, count)
        if at is None:
            return {}
        around = {name: [cut(each)[0] for each in lines] or None for name, lines in (("pre_context", before), ("post_context", after))}
        return {**around, "context_line": cut(at, max(column - 1, 0))[0]}

    def _read(self, url: str) -> tuple[memoryview, array[int]] | None:
        found = self._lookup.find(Key(kind=FileKind.SCRIPT, url=url, debug_id=self._ids.get(url))).artifacts
        if len(found) != 1 or found[0].size > self._limit:
            return None
        content = self._lookup.read(found[0])
        return None if isinstance(content, Problem) else (content, line_starts(content))
