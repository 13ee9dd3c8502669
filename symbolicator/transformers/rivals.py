"""Two files of one event that a single file of the build would answer by its name alone: which of them it is (docs/evidence.md).

Examples are a page's `main.js` and another host's, or a function's `index.mjs` and its runtime's. The path decides, then the
positions: those reported of a script begin segments of its map, those of a stranger seldom do.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from symbolicator.artifacts.evidence import stems
from symbolicator.keys import common_tail, url_segments
from symbolicator.model import Event
from symbolicator.sourcemaps.lookups import Lookups
from symbolicator.sourcemaps.packages import BUNDLES
from symbolicator.sourcemaps.paths import is_internal
from symbolicator.transformers.script import file_name

_MAX_RIVALS = 64
"""Other files of one name that are compared."""
_MAX_POSITIONS = 32


class Rivals:
    """The files that one event's frames name, compared if a file of the build would match several. Each is checked once."""

    def __init__(self, event: Event) -> None:
        self.by_name: dict[str, dict[str, list[tuple[int, int]]]] = {}
        """Last segment → URL as frames write it → places reported of it, 0-based, the first 32."""
        self._begun: dict[tuple[str, str], bool] = {}
        by_path: dict[str, list[tuple[int, int]] | None] = {}  # a path's name is looked for once: most frames share a few
        for stack in event.all_stacktraces():
            for frame in stack.frames:
                path = frame.abs_path or frame.filename
                if not path:
                    continue
                if path not in by_path:
                    named = None if is_internal(path) else self.by_name.setdefault(file_name(path) or "", {})
                    by_path[path] = None if named is None else named.setdefault(path, [])
                places = by_path[path]
                if places is None or len(places) >= _MAX_POSITIONS or not frame.lineno or not frame.colno:
                    continue
                if min(frame.lineno, frame.colno) > 0:
                    places.append((frame.lineno - 1, frame.colno - 1))

    def places_of(self, url: str) -> Sequence[tuple[int, int]]:
        """The places reported of `url`, 0-based, the first 32."""
        return self.by_name.get(file_name(url) or "", {}).get(url, ())

    def find(self, url: str, name: str, opened: Lookups) -> str | None:
        """The other file of the event that the script called `name` belongs to, rather than `url`; None if unclear. `opened` is its map.

        A name with a hash is the same script everywhere, and an app's bundle is reported by many paths.
        """
        wanted, path = url_segments(url), url_segments(name)
        others = self.by_name.get(file_name(url) or "", {})
        common = common_tail(path, wanted)
        place = _place(url)
        said = common >= len(wanted) and not place[0]  # all of its own path fits
        if len(others) < 2 or said or name.endswith(BUNDLES) or any(stems(path[-1]).values()):
            return None
        rivals = [(common_tail(path, url_segments(one)), one) for one in islice(others, _MAX_RIVALS) if _place(one) != place]
        better = max(rivals, key=lambda rival: rival[0], default=(0, url))
        if better[0] > common:
            return better[1]
        equal = [one for fits, one in rivals if fits == common]
        if not equal or self._is_begun(url, name, opened):
            return None
        begun = next((one for one in equal if self._is_begun(one, name, opened)), None)
        if begun is not None:
            return begun
        # Nothing tells two hosts apart; two folders of one machine may be two names of one.
        return next((one for one in equal if place[0] and _place(one)[0] not in ("", place[0])), None)

    def _is_begun(self, url: str, name: str, opened: Lookups) -> bool:
        """Whether most places that are reported of `url` begin a segment of the map."""
        if (url, name) not in self._begun:
            places = self.places_of(url)
            hits = ((place, opened.lookup(*place)) for place in places)
            begun = sum(1 for place, hit in hits if hit is not None and (hit.generated_line, hit.generated_column) == place)
            self._begun[url, name] = 2 * begun > len(places)
        return self._begun[url, name]


def _place(url: str) -> tuple[str, tuple[str, ...]]:
    """The host, of URLs of servers, and the path."""
    scheme, separator, rest = url.partition("://")
    host = rest.partition("/")[0].lower() if separator and scheme.lower() in ("http", "https") else ""
    return host, url_segments(url)
