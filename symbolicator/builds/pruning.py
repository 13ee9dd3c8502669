"""Removes old files from the folder of uploads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.places import is_upload_store
from symbolicator.artifacts.pruning import prune
from symbolicator.artifacts.uploading import Uploads
from symbolicator.errors import ConfigError
from symbolicator.workshop import IDENTIFIERS


class Freed(NamedTuple):
    """What pruning removed from a scope: entries, bytes, and the bytes that are left."""

    files: int
    bytes: int
    left: int


def prune_store(
    store: str | os.PathLike[str], age: float | None = None, most: int | None = None, scope: str | None = None, *, dry_run: bool = False
) -> dict[str, Freed]:
    """Remove what is older than `age` seconds from the scopes in `store`, then the oldest until each has at most `most` bytes; and what
    interrupted uploads left. Returns what was removed, by scope. Raises `ConfigError`, OSError.
    """
    folder = Path(store)
    names = [scope] if scope is not None else sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
    found = {name: folder / name for name in names if is_upload_store(folder / name)}
    if not found:
        what = f"{store} has no scope {scope!r:.80}" if scope is not None and folder.is_dir() else f"{store} is no folder of uploads"
        raise ConfigError(what, "give the folder of `serve --store`")
    fingerprint = Identifiers(IDENTIFIERS).fingerprint
    return {name: Freed(*prune(Uploads(each, fingerprint), age, most, dry_run)) for name, each in found.items()}
