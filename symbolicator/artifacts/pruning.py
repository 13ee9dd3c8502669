"""Removing files from an upload store: the oldest first, and what no line of its journal names.

The journal is written anew before a file is removed, so that a process that dies leaves too many files and never too few. Who reads a file
meanwhile keeps it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from symbolicator.artifacts.journal import OBJECTS, Entry
from symbolicator.artifacts.uploading import Uploads, size_of


def prune(uploads: Uploads, age: float | None, most: int | None, dry_run: bool = False) -> tuple[int, int, int]:
    """Remove files older than `age` seconds, then the oldest until at most `most` bytes are left. Returns the entries and bytes removed,
    and the bytes left. Raises OSError.
    """
    uploads.staging.sweep()
    uploads.chunks.sweep()
    with uploads.journal.locked():
        entries = list(uploads.journal.entries.values())
        before = size_of(entries)
        kept = _kept(entries, None if age is None else time.time() - age, most)
        if not dry_run:
            if len(kept) < len(entries):
                uploads.journal.rewrite(kept)
            _remove_others(uploads.folder, {entry.stored for entry in kept})
        left = size_of(kept)
    return len(entries) - len(kept), before - left, left


def _kept(entries: list[Entry], oldest: float | None, most: int | None) -> list[Entry]:
    """Those that stay, in their order: the youngest, as far as there is room."""
    kept: list[Entry] = []
    counted: set[str] = set()
    total = 0
    for entry in sorted(entries, key=lambda one: one.at, reverse=True):
        if oldest is not None and entry.at < oldest:
            break
        if entry.sha1 not in counted:
            total += entry.record.size
            if most is not None and total > most:
                break
            counted.add(entry.sha1)
        kept.append(entry)
    stay = {entry.path for entry in kept}
    return [entry for entry in entries if entry.path in stay]


def _remove_others(store: Path, wanted: set[str]) -> None:
    """Remove the contents that are not wanted. One that was just written may be about to get its line, but not while the lock is held."""
    for path in _files(store / OBJECTS):
        if f"{OBJECTS}/{path.parent.name}/{path.name}" not in wanted:
            with suppress(OSError):
                path.unlink()


def _files(objects: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError), os.scandir(objects) as folders:
        for folder in folders:
            with suppress(NotADirectoryError), os.scandir(folder.path) as files:
                for file in files:
                    yield Path(file.path)
