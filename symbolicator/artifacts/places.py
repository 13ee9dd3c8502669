"""The place of a file in a store, and which folders are stores with a journal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from symbolicator.artifacts.files import Artifact

JOURNAL: Final = "index.jsonl"


def is_upload_store(folder: str | Path) -> bool:
    """Whether a folder is a store that files are uploaded to (`journal.py`)."""
    return os.path.isfile(os.path.join(folder, JOURNAL))  # noqa: PTH113, PTH118 - asked of each folder that is given


class Place(NamedTuple):
    """A file and its place. `base` is its container (`upload.zip!`, or `""`), `inner` its path there.

    `folders` are the names that may be a release's: the folders above, and the container.
    """

    artifact: Artifact
    base: str
    inner: tuple[str, ...]
    folders: tuple[str, ...]
    only_by_id: bool = False
    """Whether a later file of its release has its name: then only its ids find it."""
    release: str | None = None
    """The release that it was uploaded for: then its name finds it for no other."""
