"""Files that are being written to an upload store, outside of what anybody reads: removed at the end, or later if the process died."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from symbolicator.artifacts.folders import private
from symbolicator.artifacts.journal import on_disk

TEMPORARY: Final = "tmp"
_SWEEP_EVERY: Final = 600.0
_ABANDONED_AFTER: Final = 3600.0
"""Seconds after which a file counts as a dead process's."""


class Staging:
    """The folder of files being written, in the store's folder, so that they can be moved to their place."""

    def __init__(self, store: Path) -> None:
        self._folder = store / TEMPORARY
        self._sweep_at = 0.0

    @contextmanager
    def file(self, name: str) -> Iterator[tuple[Path, BinaryIO]]:
        """A new file called `name`, in a folder of its own, with its path. Removed at the end if it is still there. Raises `StoreFull`,
        OSError.
        """
        if time.monotonic() >= self._sweep_at:
            self.sweep()
        with on_disk():  # also while it is written
            self._folder.mkdir(mode=0o700, exist_ok=True)
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            try:
                path = folder / name
                file = open(path, "xb", opener=private)  # noqa: SIM115 - closed below, and by who renames it
                try:
                    yield path, file
                finally:
                    with suppress(OSError):  # the disk is full: said when it was written
                        file.close()
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what dead processes left; done now and then as files are written. Never raises."""
        self._sweep_at = time.monotonic() + _SWEEP_EVERY
        oldest = time.time() - _ABANDONED_AFTER
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        shutil.rmtree(entry.path, ignore_errors=True)
