"""`symbolicate`: an event in one call, by an engine that is kept for the next call with the same settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from symbolicator.engine import Symbolicator
from symbolicator.forks import renewed_in_child
from symbolicator.settings import Files, Options

if TYPE_CHECKING:
    from symbolicator.types import InputEvent, OutputEvent

_KEEP = 8


class _Kept:
    """The engines of the last calls."""

    def __init__(self) -> None:
        self._engines: dict[object, Symbolicator] = {}
        self._lock = threading.Lock()
        renewed_in_child(self)

    def after_fork(self) -> None:
        """Replaces the lock; its data are never half written."""
        self._lock = threading.Lock()

    def get(self, key: object, make: Callable[[], Symbolicator]) -> Symbolicator:
        """The engine of a call, kept for the next one; if there are too many, the least recently used is dropped."""
        with self._lock:
            engine = self._engines.pop(key) if key in self._engines else make()
            self._engines[key] = engine
            while len(self._engines) > _KEEP:
                del self._engines[next(iter(self._engines))]
            return engine


_kept = _Kept()


def _engine(files: Files | None, options: Options) -> Symbolicator:
    """A Symbolicator for these arguments, kept for the next call."""
    make = partial(Symbolicator, files, **options)
    try:
        key = (
            tuple(map(str, files)) if isinstance(files, list | tuple) else files,
            os.environ.get("SYMBOLICATOR_FILES"),
            os.environ.get("SYMBOLICATOR_CACHE_DIR"),
            Path.cwd(),
            repr(sorted(options.items())),
        )
        hash(key)
    except (TypeError, OSError):
        return make()
    return _kept.get(key, make)


@overload
def symbolicate(
    event: InputEvent, files: Files | None = None, *, release: str | None = None, dist: str | None = None, **options: Unpack[Options]
) -> OutputEvent: ...


@overload
def symbolicate(
    event: Mapping[str, Any], files: Files | None = None, *, release: str | None = None, dist: str | None = None, **options: Unpack[Options]
) -> dict[str, Any]: ...


def symbolicate(
    event: Any, files: Files | None = None, *, release: str | None = None, dist: str | None = None, **options: Unpack[Options]
) -> Any:
    """Symbolicates an event in one call: takes an event (`symbolicator.types.InputEvent`), returns a new one (`OutputEvent`).

    >>> event = {"platform": "javascript", "frames": [{"abs_path": "https://shop.example/app.js", "lineno": 1, "colno": 35}]}
    >>> (frame,) = symbolicate(event, files="dist/", context_lines=0)["frames"]
    >>> frame["function"], frame["filename"], frame["lineno"], frame["colno"], frame["context_line"]
    ('Cart.total', 'src/cart.ts', 3, 23, '    return this.items.length;')

    `files`: the folders of your build, as for `Symbolicator`, whose other keywords (`context_lines=5`, `cache_dir=None`, `path_map={}`,
    `in_app=()`, `repos=()`, `grouping=False`, `bounds=Bounds()` …) are taken here too. `release` and `dist` apply if the event names none.

    The engine is kept for the next call with the same arguments. Problems with frames or files are in the result. Raises `ConfigError` for
    wrong settings, TypeError if `event` is not a mapping.
    """
    return _engine(files, options).symbolicate(event, release=release, dist=dist)
