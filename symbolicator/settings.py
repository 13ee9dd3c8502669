"""Settings of a `Symbolicator`, checked at construction."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from symbolicator.bounds import Bounds
from symbolicator.errors import ConfigError

DEFAULT_TRANSFORMERS = ("defaults",)
MAX_CONTEXT_LINES = 200


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings.

    `files`: folders, files, bundles or `ArtifactStore` objects, searched in order. `cache_dir`: None for the default folder, False for
    memory only. `transformers`: names in order, `"defaults"` stands for the built-in ones. `context_lines`: source lines on each
    side. `path_map`: prefixes of source paths → folders where they are now. `in_app`: path or module prefixes of the user's own code;
    if given, nothing else is in-app. `strict`: a transformer's bug raises instead of becoming a problem.
    `isolate`: files are read in a child process with limits of memory and time (`isolation/`); None is the default, which is on for the
    service and off for the library and the command line.
    `repos`: folders of git clones, which say which commits last changed the lines of a crash (transformer `commits`); `authors`: whether
    the names of these commits' authors are wanted too. `grouping`: whether events get a fingerprint and a
    category (transformer `grouping`).
    `memory_bytes`: opened files kept in memory, at most; 0 keeps none between events. `bounds`: limits for one event.
    """

    files: tuple[Any, ...] = ()
    cache_dir: str | Path | bool | None = None
    transformers: tuple[str, ...] = DEFAULT_TRANSFORMERS
    context_lines: int = 5
    path_map: Mapping[str, str] = {}
    in_app: tuple[str, ...] = ()
    strict: bool = False
    isolate: bool | None = None
    repos: tuple[str, ...] = ()
    authors: bool = False
    grouping: bool = False
    memory_bytes: int = 256 << 20
    bounds: Bounds = Bounds()

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "files", _as_tuple(self.files))
        msgspec.structs.force_setattr(self, "repos", tuple(map(os.fspath, _as_tuple(self.repos))))
        if not isinstance(self.context_lines, int) or not 0 <= self.context_lines <= MAX_CONTEXT_LINES:
            raise ConfigError(f"context_lines is {self.context_lines!r}; expected a number of lines, 0 to {MAX_CONTEXT_LINES}")
        if not isinstance(self.bounds, Bounds):
            raise ConfigError(f"bounds is {self.bounds!r}; give symbolicator.Bounds(frames=…, seconds=…)")
        if self.cache_dir is True:
            raise ConfigError("cache_dir is True; give a folder, None for the default folder, or False for memory only")
        given: tuple[tuple[str, object], ...] = (("transformers", self.transformers), ("in_app", self.in_app))
        for name, value in given:
            if isinstance(value, str):
                raise ConfigError(f"{name} is a string; give a list, e.g. {name}=[{value!r}]")


def _as_tuple(files: Any) -> tuple[Any, ...]:
    """One path, for which a tuple of its letters is never meant; one store; or many of them."""
    if isinstance(files, str | os.PathLike) or not isinstance(files, Sequence):
        return (files,)
    return tuple(files)


def make_settings(files: Any = None, **rest: Any) -> Settings:
    """Settings from a caller's arguments: one path or many; `$SYMBOLICATOR_FILES` (separated like PATH) if `files` is None."""
    if files is None:
        files = tuple(part for part in os.environ.get("SYMBOLICATOR_FILES", "").split(os.pathsep) if part)
    for name in ("transformers", "in_app"):
        if isinstance(rest.get(name), list):
            rest[name] = tuple(rest[name])
    try:
        return Settings(files=files, **rest)
    except TypeError as error:
        known = ", ".join(Settings.__struct_fields__)
        raise ConfigError(f"unknown setting: {error}", hint=f"known settings: {known}") from error


def isolated(settings: Settings) -> Settings:
    """The settings with `isolate` set if it is None: on, unless this is Windows or a store is an object."""
    possible = os.name == "posix" and all(isinstance(one, str | os.PathLike) for one in settings.files)
    return msgspec.structs.replace(settings, isolate=possible) if settings.isolate is None else settings
