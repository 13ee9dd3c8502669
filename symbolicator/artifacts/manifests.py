"""What the manifests in a build say about it: a browser extension (`manifest.json`), an npm package (`package.json`).

If a folder has neither's path, it answers a frame of an extension or a package only if its manifest shows what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from symbolicator.artifacts.places import Place
from symbolicator.errors import MalformedArtifact

_MAX_MANIFEST: Final = 256 << 10
"""Largest `package.json` that is read for its name, in bytes."""


class _Named(msgspec.Struct):
    name: str | None = None


class Manifests:
    """The manifests of one store, by `(container, path)` as a shelf keeps its files. Each is read once."""

    def __init__(self, places: Mapping[tuple[str, tuple[str, ...]], Sequence[Place]]) -> None:
        self._places = places
        self._names: dict[str, str | None] = {}

    def are_extension(self, place: Place, wanted: Sequence[str]) -> bool:
        """Whether the file at `place` is in a browser extension, exactly at the URL's path from its root."""
        return self._beside(place, wanted, "manifest.json") is not None

    def are_package(self, place: Place, name: str, wanted: Sequence[str]) -> bool:
        """Whether the file at `place` is in the package called `name`, exactly at the given path within the package."""
        manifest = self._beside(place, wanted, "package.json")
        if manifest is None:
            return False
        path = manifest.artifact.path
        if path not in self._names:
            self._names[path] = _name_in(manifest)
        return self._names[path] == name

    def _beside(self, place: Place, wanted: Sequence[str], name: str) -> Place | None:
        """The file `name` in the folder relative to which `wanted` is the path of the file at `place`."""
        root = len(place.inner) - len(wanted)
        if root < 0 or not wanted or place.inner[root:] != tuple(wanted):
            return None
        return next(iter(self._places.get((place.base, (*place.inner[:root], name)), ())), None)


def _name_in(manifest: Place) -> str | None:
    """The `name` in a `package.json`; None if it has none that can be read."""
    if manifest.artifact.size > _MAX_MANIFEST:
        return None
    try:
        return msgspec.json.decode(manifest.artifact.read(), type=_Named).name
    except (MalformedArtifact, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
