"""Which files answer a key: by id, by URL, by release. Pure: it does not use the disk.

A key is tried in these steps, and the first one with an answer wins:

1. debug id, then code id, exactly. A URL in the key, release and nearness choose between several files with one id.
2. with `near`, the URL as a path relative to that file's folder, or from the store's root if it starts with `/`;
3. the URL as written, among the other names of a file (`Identity.urls`);
4. the tail of the URL's path: files of the release's folder first, then the longest common tail, then files whose whole path within
the store is that tail, then the nearest folder. The last segment must always fit: as written or percent-decoded, and if no file's
does, regardless of case and Unicode form (file systems of Windows and macOS);
5. a mapping without a URL: those in the release's folder, else all of them (often there is only one).

A file found by 2 to 5 is not an answer if it is from another build: its debug id or code id differs from the key's, or it was uploaded for
another release.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from symbolicator.artifacts.evidence import NAME_ONLY, contradiction, is_extension, package_of, plain_name
from symbolicator.artifacts.files import Artifact, Found
from symbolicator.artifacts.keyed import Keyed, fold
from symbolicator.artifacts.manifests import Manifests
from symbolicator.artifacts.places import Place
from symbolicator.artifacts.releases import release_rank
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind, Key, url_segments
from symbolicator.patterns import regex
from symbolicator.problems import OtherBuild

MAX_TRIED: Final = 12
MAX_EQUAL: Final = 32
"""At most this many equally good answers are returned."""
_SHOWN: Final = 200
"""Characters of a path shown in a line of `tried`."""

_ANSWERS: Final = {FileKind.SOURCE: (FileKind.SOURCE, FileKind.SCRIPT)}
"""Kinds that also answer for another kind: a JavaScript source looks like a script."""
_BY_NAME: Final = frozenset((FileKind.SCRIPT, FileKind.SOURCEMAP))
"""Kinds of which bundles and packages have many files of one name."""
_MAX_REMEMBERED: Final = 4096
_LONGEST_REMEMBERED: Final = 1024
"""Limits for cached answers of one shelf, and for the URLs in their keys: events look up the same files again and again."""
_SCHEME: Final = regex(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")


class Shelf:
    """The files of one store, by all their keys. Built for a scan, or of another and more; then only read.

    `label` is the store's name for users; `above` are the segments of its folder's own path. The folder's name takes part in tails; what
    is above it only shows that a file belongs to the package that a frame names.
    """

    def __init__(self, places: Iterable[Place] | Keyed, label: str, above: tuple[str, ...] = ()) -> None:
        self._keyed = places if isinstance(places, Keyed) else Keyed(places)
        self._label = label.rstrip("/") + "/"
        self._above = above
        self._manifests = Manifests(self._keyed.paths)
        self._answers: dict[tuple[Key, str | None], Found] = {}

    @property
    def places(self) -> Sequence[Place]:
        """All of them, in order."""
        return self._keyed.places

    def grown(self, places: Iterable[Place]) -> Shelf:
        """A shelf with these files after the ones here; see `Keyed.grown`."""
        return Shelf(self._keyed.grown(places), self._label, self._above)

    def find(self, key: Key, near: Place | None = None) -> Found:
        """The best files for a key, with what was tried. `near` is a place of this shelf."""
        asked = key, None if near is None else near.artifact.path
        known = self._answers.get(asked)
        if known is not None:
            return known
        found = self._search(key, near)
        # A shelf never changes, so neither do its answers; but if several fit, their contents were compared, and those may.
        if len(found.artifacts) < 2 and len(key.url or "") <= _LONGEST_REMEMBERED:
            if len(self._answers) >= _MAX_REMEMBERED:
                self._answers.clear()
            self._answers[asked] = found
        return found

    def may_answer(self, url: str, endings: tuple[str, ...]) -> bool:
        """False if no file here has the name at the end of `url`, with or without one of the endings, whatever its folder and kind."""
        if url in self._keyed.aliases:
            return True
        known = self._keyed.spelled(endings)
        names_in = (fold(reading[-1]) for reading in _readings(url) if reading)
        return any(name in known or plain_name(name) in known for name in names_in)

    def _search(self, key: Key, near: Place | None) -> Found:
        tried: list[str] = []
        kinds = _ANSWERS.get(key.kind, (key.kind,))
        for how, known, wanted in (("debug_id", self._keyed.ids, key.debug_id), ("code_id", self._keyed.codes, key.code_id)):
            if wanted:
                same = [place for place in known.get(wanted, ()) if place.artifact.identity.kind in kinds]
                if same:
                    return self._answer(same, how, key, near, tried)
                tried.append(f"{self._label}: no {_word(key.kind)} with {how.replace('_', ' ')} {wanted}")
        if key.url is not None:
            return self._by_url(key, key.url, kinds, near, tried)
        if key.kind is not FileKind.MAPPING or (key.debug_id and not key.release):
            return Found(tried=tuple(tried))
        whole = self._fitting(self.places, key, kinds, tried)
        released = [place for place in whole if release_rank(place.folders, key)]
        if key.release and not released:
            tried.append(f"{self._label}: no folder of release {key.release} with a {_word(key.kind)}")
        if not whole:
            tried.append(f"{self._label}: no {_word(key.kind)}")
        return self._answer(released or whole, "release" if released else "path", key, near, tried)

    def _by_url(self, key: Key, url: str, kinds: Sequence[FileKind], near: Place | None, tried: list[str]) -> Found:
        if near is not None:
            path = _resolved(url, near)
            if path:
                exact = self._fitting(self._keyed.paths.get((near.base, path), ()), key, kinds, tried, near)
                if exact:
                    return self._answer(exact, "path", key, near, tried)
                tried.append(f"{self._label}{near.base}{_joined(path[:-1])}: no {_joined(path[-1:])}")
        alias = [place for place in self._keyed.aliases.get(url, ()) if place.artifact.identity.kind is key.kind]
        alias = self._fitting(alias, key, kinds, tried)
        if alias:
            return self._answer(alias, "url", key, near, tried)
        readings = _readings(url)
        last = [reading[-1] for reading in readings if reading]
        if not last:
            tried.append(f"{self._label}: there is no file name in {_joined((url,))!r}")
            return Found(tried=tuple(tried[:MAX_TRIED]))
        tried.append(f"{self._label}: {_tails(readings[-1])}")
        candidates = self._called(last, key, kinds, tried, near)
        plain = tuple(_plain(reading) for reading in readings if reading and _plain(reading) != reading)
        if not candidates and plain:
            readings = plain
            candidates = self._called([reading[-1] for reading in plain], key, kinds, tried, near)
        best = self._convincing(candidates, key, url, readings, near, tried)
        return self._answer(best, "release" if best and release_rank(best[0].folders, key) else "url", key, near, tried)

    def _called(self, names: Sequence[str], key: Key, kinds: Sequence[FileKind], tried: list[str], near: Place | None) -> list[Place]:
        """The files with one of the names; if there are none, those with it regardless of case."""
        by_name, by_folded = self._keyed.names, self._keyed.folded
        found = self._fitting([place for name in dict.fromkeys(names) for place in by_name.get(name, ())], key, kinds, tried, near)
        if found:
            return found
        folded = {fold(name) for name in names}
        return self._fitting([place for name in folded for place in by_folded().get(name, ())], key, kinds, tried, near)

    def _convincing(
        self, places: list[Place], key: Key, url: str, readings: Sequence[tuple[str, ...]], near: Place | None, tried: list[str]
    ) -> list[Place]:
        """The best of the files with more evidence than their name, whichever others the release or their paths would put first."""
        if key.kind not in _BY_NAME:
            return self._best(places, key, near)
        best = self._best([place for place in places if self._doubt(place, url, readings) is None], key, near)
        if not best:
            nearest = self._best(places, key, near)[: MAX_TRIED - len(tried)]
            tried += (f"{place.artifact.name}: {NAME_ONLY}; {self._doubt(place, url, readings)}" for place in nearest)
        return best

    def _doubt(self, place: Place, url: str, readings: Sequence[tuple[str, ...]]) -> str | None:
        """Why the path of a file with the right name contradicts; None if it does not, or a manifest shows that the file is meant."""
        path = place.inner if place.base else self._above + place.inner
        wanted, common = max(((one, _common_tail(path, one)[0]) for one in readings), key=lambda pair: pair[1])
        why = contradiction(url, wanted, self._tail(place), common)
        if why is None or (is_extension(url) and self._manifests.are_extension(place, wanted)):
            return None
        package, inner = package_of(wanted, url)
        return None if package and self._manifests.are_package(place, "/".join(package), inner) else why

    def _tail(self, place: Place) -> tuple[str, ...]:
        """The path of a file for comparing: from the store's folder, or from the root of its container."""
        return place.inner if place.base else self._above[-1:] + place.inner

    def _answer(self, places: Sequence[Place], how: str, key: Key, near: Place | None, tried: Sequence[str]) -> Found:
        best = self._best(places, key, near)
        if not best:
            return Found(tried=tuple(tried[:MAX_TRIED]))
        readings = _readings(key.url) if key.url else ()
        fit = how in ("debug_id", "code_id"), *self._rank(best[0], key, (*readings, *map(_plain, filter(None, readings))), near)[:2]
        return Found(artifacts=_distinct([place.artifact for place in best]), how=how, tried=tuple(tried[:MAX_TRIED]), fit=fit)

    def _best(self, places: Sequence[Place], key: Key, near: Place | None) -> list[Place]:
        """The places that nothing else in the key distinguishes."""
        if len(places) < 2:
            return list(places)
        readings = _readings(key.url) if key.url else ()
        readings += tuple(_plain(reading) for reading in readings if reading)
        ranked = [(self._rank(place, key, readings, near), place) for place in places]
        top = max(rank for rank, _ in ranked)
        return [place for rank, place in ranked if rank == top]

    def _rank(self, place: Place, key: Key, readings: Sequence[tuple[str, ...]], near: Place | None) -> tuple[int, ...]:
        common, as_written = max((_common_tail(self._tail(place), reading) for reading in readings), default=(0, 0))
        whole = common >= len(place.inner)
        if near is None:
            return release_rank(place.folders, key), common, as_written, whole
        shared = _common_head(place.inner[:-1], near.inner[:-1]) if place.base == near.base else -1
        return release_rank(place.folders, key), common, as_written, whole, shared, -len(place.inner)

    def _fitting(
        self, places: Iterable[Place], key: Key, kinds: Sequence[FileKind], tried: list[str], near: Place | None = None
    ) -> list[Place]:
        """Those of the right kind without an id of another build, or another release that they were uploaded for."""
        fitting: list[Place] = []
        for place in places:
            identity = place.artifact.identity
            if identity.kind not in kinds:
                continue
            other = next(
                (
                    f"its {what} is {said[0]}"
                    for what, wanted, said in (("debug id", key.debug_id, identity.debug_ids), ("code id", key.code_id, identity.code_ids))
                    if wanted and said and wanted not in said
                ),
                None,
            )
            if other is None and not _may_be_of_release(place, key, near):
                other = f"it was uploaded for release {place.release}"
            if other:
                if len(tried) < MAX_TRIED:
                    tried.append(OtherBuild.of(place.artifact.name, other))
            else:
                fitting.append(place)
        return fitting


def _may_be_of_release(place: Place, key: Key, near: Place | None) -> bool:
    """Whether a file was uploaded for the key's release, or for none; or for that of `near`, which was found: they are of one build."""
    if not (place.release and key.release) or (near is not None and near.release == place.release):
        return True
    return release_rank(place.folders, key) > 0


def _distinct(artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    """Without duplicates by content. Only files of equal size are compared, by digest."""
    kept: list[Artifact] = []
    for artifact in artifacts[:MAX_EQUAL]:
        if not any(other.size == artifact.size and _same(other, artifact) for other in kept):
            kept.append(artifact)
    return tuple(kept)


def _same(one: Artifact, other: Artifact) -> bool:
    try:
        return one.digest() == other.digest()
    except MalformedArtifact:
        return False


def _resolved(url: str, near: Place) -> tuple[str, ...] | None:
    """The path in the store that a reference from `near` means; None for a URL with a scheme, and for paths out of the store."""
    if url.startswith("/") and not url.startswith("//"):
        path: list[str] = []
    elif not url or url[0] in "~/\\" or (":" in url and _SCHEME.match(url)):
        return None
    else:
        path = list(near.inner[:-1])
    for part in url.replace("\\", "/").split("?", 1)[0].split("#", 1)[0].split("/"):
        if part == "..":
            if not path:
                return None
            path.pop()
        elif part not in ("", "."):
            path.append(part)
    return tuple(path) or None


def _segments(url: str) -> tuple[str, ...]:
    """The URL's path segments. Metro's `index.bundle//&platform=ios` contains a query in all but name."""
    return url_segments(url.split("//&", 1)[0])


def _readings(url: str) -> tuple[tuple[str, ...], ...]:
    """The URL's path as written and decoded: a file name may itself contain a percent sign."""
    return (_segments(url),) if "%" not in url else tuple(dict.fromkeys((_segments(url.replace("%", "%25")), _segments(url))))


def _plain(reading: tuple[str, ...]) -> tuple[str, ...]:
    """A path without what servers append to its last segment."""
    return (*reading[:-1], plain_name(reading[-1]))


def _common_tail(path: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many last segments fit regardless of case, and how many of these exactly."""
    count = as_written = 0
    for one, two in zip(reversed(path), reversed(other), strict=False):
        if one == two:
            as_written += 1
        elif fold(one) != fold(two):
            break
        count += 1
    return count, as_written


def _common_head(path: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for one, two in zip(path, other, strict=False):
        if one != two:
            break
        count += 1
    return count


def _joined(path: Sequence[str]) -> str:
    """A path for messages; only its end if it is long."""
    text = "/".join(path[-_SHOWN:])
    return text if len(text) <= _SHOWN else f"…{text[-_SHOWN:]}"


def _word(kind: FileKind) -> str:
    """`debug file`, for people."""
    return kind.value.replace("_", " ")


def _tails(path: Sequence[str]) -> str:
    """`no a/b/c.js, …, no c.js`: of the tails of a path that were looked for, the longest and the shortest."""
    name = f"no {_joined(path[-1:])}"
    return name if len(path) < 2 else f"no {_joined(path)}, {name}" if len(path) == 2 else f"no {_joined(path)}, …, {name}"
