"""The files of one store by each of their keys: ids, other names, file names, paths. `matching.py` chooses among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from symbolicator.artifacts.places import Place

K = TypeVar("K")


class Keyed:
    """Places by key, each list in the order of the places. Built of some, or of another and some more; then only read."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = tuple(places)
        self.ids: dict[str, list[Place]] = {}
        self.codes: dict[str, list[Place]] = {}
        self.aliases: dict[str, list[Place]] = {}
        self.names: dict[str, list[Place]] = {}
        """By file name, without those that only an id finds."""
        self.paths: dict[tuple[str, tuple[str, ...]], list[Place]] = {}
        """By container and path there."""
        self._folded: dict[str, list[Place]] | None = None
        self._spelled: dict[tuple[str, ...], set[str]] = {}
        for place in self.places:
            identity = place.artifact.identity
            names: tuple[str, ...] = ()
            if not place.only_by_id:
                self.names.setdefault(place.inner[-1], []).append(place)
                names = identity.urls
            self.paths.setdefault((place.base, place.inner), []).append(place)
            for known, ids in ((self.ids, identity.debug_ids), (self.codes, identity.code_ids), (self.aliases, names)):
                for one in ids:
                    known.setdefault(one, []).append(place)

    def grown(self, places: Iterable[Place]) -> Keyed:
        """With these places behind its own, as if it was built of all; but only these are gone through."""
        more = Keyed(places)
        more._spelled = {endings: known | more.spelled(endings) for endings, known in dict(self._spelled).items()}  # others may add to it
        if self._folded is not None:
            more._folded = _joined(self._folded, more.folded())
        more.places = self.places + more.places
        more.ids, more.codes = _joined(self.ids, more.ids), _joined(self.codes, more.codes)
        more.aliases, more.names = _joined(self.aliases, more.aliases), _joined(self.names, more.names)
        more.paths = _joined(self.paths, more.paths)
        return more

    def folded(self) -> dict[str, list[Place]]:
        """By file name regardless of case and Unicode form."""
        if self._folded is None:
            folded: dict[str, list[Place]] = {}
            for place in self.places:
                if not place.only_by_id:
                    folded.setdefault(fold(place.inner[-1]), []).append(place)
            self._folded = folded
        return self._folded

    def spelled(self, endings: tuple[str, ...]) -> set[str]:
        """The names of `folded`, with and without one of the endings."""
        known = self._spelled.get(endings)
        if known is None:
            known = self._spelled[endings] = {name.removesuffix(ending) for name in self.folded() for ending in ("", *endings)}
        return known


def _joined(some: Mapping[K, list[Place]], more: Mapping[K, list[Place]]) -> dict[K, list[Place]]:
    """Both; of neither a list is changed, for others may be reading it."""
    return {**some, **{key: [*some.get(key, ()), *places] for key, places in more.items()}}


def fold(name: str) -> str:
    """A name regardless of case and Unicode form, as file systems of Windows and macOS compare it."""
    if name.isascii():
        return name.casefold()
    import unicodedata  # its tables are loaded only for names that need them

    return unicodedata.normalize("NFC", name).casefold()
