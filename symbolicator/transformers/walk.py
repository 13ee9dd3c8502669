"""From a generated position to its original: through its map, and through the maps of sources that are generated themselves."""

from __future__ import annotations

from symbolicator.artifacts.files import Artifact
from symbolicator.artifacts.text import TextIndex
from symbolicator.lookup import Lookup
from symbolicator.problems import Problem
from symbolicator.sourcemaps.lookups import Hit, Lookups
from symbolicator.sourcemaps.packages import inner_source, package_folder
from symbolicator.sourcemaps.paths import source_path
from symbolicator.sourcemaps.places import COLUMN
from symbolicator.transformers.fit import beyond_line, nothing_there, out_of_reach
from symbolicator.transformers.generated import GeneratedFiles
from symbolicator.transformers.place import ANSWER_COST, Place, is_unnamed
from symbolicator.transformers.refine import within_segment
from symbolicator.transformers.script import Generated
from symbolicator.transformers.script_texts import ScriptTexts

MAX_MAPS = 5
"""Maps walked one after the other (TypeScript → bundler → minifier) before it is called a loop."""


class Walk:
    """The ways of one stack's frames. All lines and columns count from 0."""

    def __init__(self, lookup: Lookup, files: GeneratedFiles, texts: ScriptTexts) -> None:
        self._recent = lookup.recent
        self._files = files
        self._texts = texts

    def to_source(self, generated: Generated, line: int, column: int | None) -> tuple[Place | None, Problem | None]:
        """From a generated position through one map, and on through the maps of sources that are generated files themselves.

        Without a column (None), a line has an answer only if all of it comes from one line.
        """
        opened, artifact = generated.map, generated.map_artifact
        place: Place | None = None
        outer = generated.url if package_folder(generated.url) is not None else None
        own, text = True, self._texts.counted(generated)
        for _ in range(MAX_MAPS):
            if opened is None or artifact is None:
                break
            delegated = opened.delegate(line, column or 0) if opened.has_delegates else None
            if delegated is not None:
                # A section of an index map in its own file (ECMA-426 `sections[].url` of earlier editions).
                if column is None and (opened.delegate(line, COLUMN) or ())[:1] != delegated[:1]:
                    break  # nor is it known which section
                url, line, moved = delegated
                column = None if column is None else moved
                section = self._files.maps.section(url, artifact)
                if isinstance(section, Problem):
                    return place, None if place else section
                opened, artifact = section
                continue
            if column is None:
                hit, exact = opened.only_line(line), False
                if hit is None:
                    break
                column, ignored = hit.generated_column, opened.is_ignored(hit.source_index)
            else:
                hit, exact, ignored = self._hit(opened, artifact, line, column, text if place is None else None, generated.script)
            if hit is None or (place is None and self._cannot_be(opened, hit, exact, text, line, column)):
                return place, None if place else nothing_there(generated, opened, artifact, line, column, text)
            outer = hit.source if outer is None or is_unnamed(hit.source) else inner_source(outer, hit.source or "")
            own = own and not ignored
            own = own and (place is None or place.is_unnamed or source_path(place.source or "").in_app)
            place = Place(
                generated=generated,
                map=opened,
                map_artifact=artifact,
                hit=hit,
                line=line,
                column=column,
                is_exact=exact,
                source=outer,
                in_app=own,
            )
            line, column = hit.line, hit.column if exact else None
            opened, artifact = self._files.maps.behind(place.map, artifact, hit.source_index) or (None, None)
        return place, None

    def _cannot_be(self, opened: Lookups, hit: Hit, exact: bool, text: TextIndex | None, line: int, column: int) -> bool:
        if not exact and beyond_line(opened, hit, column):
            return True
        return text is None and out_of_reach(opened, hit, line, column)

    def _hit(
        self, opened: Lookups, artifact: Artifact, line: int, column: int, text: TextIndex | None, script: Artifact | None
    ) -> tuple[Hit | None, bool, bool]:
        """The map's answer, made exact by the script's `text` if available; whether its column is known, and whether the map ignores its
        source.
        """
        by_text = None if text is None or script is None else self._files.digest(script)
        key = "hit", self._files.digest(artifact), by_text, line, column
        answer: tuple[Hit | None, bool, bool] | None = self._recent.get(key)
        if answer is None:
            found = opened.lookup(line, column)
            if found is None:
                return None, True, False
            hit, exact = within_segment(text, opened, found, line, column)
            answer = hit, exact, hit is not None and opened.is_ignored(hit.source_index)
            self._recent.put(key, answer, ANSWER_COST + len(found.source or "") + len(found.name or ""))
        return answer
