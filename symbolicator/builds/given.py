"""The given paths of a build, as one store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path

from symbolicator.artifacts.folders import cache_folder
from symbolicator.artifacts.stores import StoreChain, open_stores
from symbolicator.errors import ConfigError
from symbolicator.keys import SCRIPT_ENDINGS
from symbolicator.workshop import IDENTIFIERS

Given = str | PathLike[str]
"""A folder, a file or a bundle."""


def open_given(paths: Given | Sequence[Given], cache_dir: Given | bool | None = None) -> StoreChain:
    """The store over one path or several. `cache_dir` is as in `Settings`: None is the user's cache folder, False keeps nothing on disk.

    Raises `ConfigError` for a path that does not exist or cannot be read, and if none is given.
    """
    every = (paths,) if isinstance(paths, str | PathLike) else tuple(paths)
    if not every:
        raise ConfigError("no files are given", "give the folder that your build wrote")
    return open_stores([fspath(path) for path in every], cache_folder(cache_dir), IDENTIFIERS)


def with_maps(paths: Sequence[Given]) -> tuple[str, ...]:
    """The paths, followed by the maps of scripts among them that were given without their folder."""
    given = tuple(fspath(path) for path in paths)
    return (*given, *(beside for path in given for beside in _maps_beside(path, given)))


def _maps_beside(path: str, given: Sequence[str]) -> Iterator[str]:
    """The map of a script that was given alone: the one it names, else the one named after it, in its own folder."""
    script = Path(path)
    if not script.is_file() or script.suffix not in SCRIPT_ENDINGS:
        return
    from symbolicator.sourcemaps.discover import find_map_url

    try:
        url = find_map_url(memoryview(script.read_bytes()))
    except OSError:
        return
    for name in dict.fromkeys((url or "", f"{script.name}.map")):
        beside = script.parent / name
        if name and "/" not in name and "\\" not in name and beside.is_file() and str(beside) not in given:
            yield str(beside)
            return
