"""The place of a file in a store."""

from __future__ import annotations

from typing import NamedTuple

from symbolicator.artifacts.files import Artifact


class Place(NamedTuple):
    """A file and its place. `base` is its container (`upload.zip!`, or `""`), `inner` its path there.

    `folders` are the names that may be a release's: the folders above, and the container.
    """

    artifact: Artifact
    base: str
    inner: tuple[str, ...]
    folders: tuple[str, ...]
