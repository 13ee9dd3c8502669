"""A progress bar on stderr, if it is a terminal and the work takes long enough."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

_PATIENCE = 0.5
"""Seconds before a bar is shown."""


class Progress:
    """Counts finished items. `stream`, if it is a file, shows progress by its position; `total` does for work that returns
    everything at the end. rich is imported with the first bar.
    """

    def __init__(self, what: str, stream: IO[bytes] | None = None, total: int | None = None) -> None:
        self._what = what
        self._stream = stream
        self._count = 0
        self._total = _size(stream) if total is None else total
        self._start = time.monotonic()
        # If answers go to the same terminal, they show the progress themselves.
        self._wanted = sys.stderr.isatty() and (total is not None or sys.stdout is None or not sys.stdout.isatty())
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self) -> None:
        """One more is finished."""
        self._count += 1
        if not self._wanted or time.monotonic() - self._start < _PATIENCE:
            return
        if self._bar is None:
            self._show()
        self._bar.update(self._task, completed=self._done(), count=self._count)

    def _done(self) -> int | None:
        if self._total is None:
            return None
        return self._count if self._stream is None else _position(self._stream)

    def _show(self) -> None:
        from rich import progress
        from rich.console import Console

        self._bar = progress.Progress(
            progress.BarColumn(), progress.TextColumn(f"{{task.fields[count]}} {self._what}"), progress.TimeElapsedColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task(self._what, total=self._total, count=0)
        self._bar.start()


def _size(stream: IO[bytes] | None) -> int | None:
    """The bytes of a regular file; None for a pipe."""
    import os
    import stat

    with suppress(OSError, AttributeError, ValueError):
        status = os.fstat(stream.fileno()) if stream is not None else None
        if status is not None and stat.S_ISREG(status.st_mode):
            return status.st_size
    return None


def _position(stream: IO[bytes] | None) -> int:
    with suppress(OSError, ValueError):
        return stream.tell() if stream is not None else 0
    return 0
