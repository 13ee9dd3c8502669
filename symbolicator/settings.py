"""Settings of a `Symbolicator`, checked at construction."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, cast

import msgspec

from symbolicator.bounds import Bounds
from symbolicator.errors import ConfigError

if TYPE_CHECKING:
    from symbolicator.artifacts.files import ArtifactStore

DEFAULT_TRANSFORMERS = ("defaults",)
MAX_CONTEXT_LINES = 200
MEMORY_BYTES = 256 << 20

StrPath: TypeAlias = "str | os.PathLike[str]"
Files: TypeAlias = "StrPath | ArtifactStore | Sequence[StrPath | ArtifactStore]"
"""Folders, files and bundles by path, or `ArtifactStore` objects: one, or many in the order in which they are searched."""


def _is_path(value: object) -> bool:
    return isinstance(value, str | os.PathLike)


_VALUES: tuple[tuple[tuple[str, ...], Callable[[Any], bool], str], ...] = (
    (("cache_dir",), lambda value: value is None or value is False or _is_path(value),
     "a folder, None for the default folder, or False for memory only"),
    (("transformers", "in_app"), lambda value: isinstance(value, tuple) and all(isinstance(one, str) for one in value),
     "a list of names"),
    (("context_lines",), lambda value: type(value) is int and 0 <= value <= MAX_CONTEXT_LINES,
     f"a number of lines, 0 to {MAX_CONTEXT_LINES}"),
    (("path_map",), lambda value: isinstance(value, Mapping), "a dict of prefixes and folders"),
    (("repos",), lambda value: all(map(_is_path, _as_tuple(value))), "the folder of a clone, or a list of them"),
    (("strict", "authors", "grouping"), lambda value: isinstance(value, bool), "True or False"),
    (("isolate",), lambda value: value is None or isinstance(value, bool), "True, False or None"),
    (("memory_bytes",), lambda value: type(value) is int and value >= 0, "a number of bytes"),
    (("bounds",), lambda value: isinstance(value, Bounds), "symbolicator.Bounds(frames=…, seconds=…)"),
)  # fmt: skip
"""Of which settings a value is wrong unless it fits, and what to give instead."""


class Options(TypedDict, total=False):
    """The settings but `files`, as keywords of `symbolicate` and `Symbolicator`. A test compares them with `Settings`."""

    cache_dir: StrPath | Literal[False] | None
    transformers: Sequence[str]
    context_lines: int
    path_map: Mapping[str, str]
    in_app: Sequence[str]
    strict: bool
    isolate: bool | None
    repos: StrPath | Sequence[StrPath]
    authors: bool
    grouping: bool
    memory_bytes: int
    bounds: Bounds


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. Raises `ConfigError` for a wrong value.

    >>> Settings(files="dist/", context_lines=3).all_files
    ('dist/',)

    `files`: folders, files, bundles or `ArtifactStore` objects, searched in order; one path is enough. `cache_dir`: None for the default
    folder, False for memory only. `transformers`: names in order, `"defaults"` stands for the built-in ones. `context_lines`: source lines
    on each side. `path_map`: prefixes of source paths → folders where they are now. `in_app`: path or module prefixes of the user's own
    code; if given, nothing else is in-app. `strict`: a transformer's bug raises instead of becoming a problem.
    `isolate`: files are read in a child process with limits of memory and time (`isolation/`); None is the default, which is on for the
    service and off for the library and the command line.
    `repos`: folders of git clones, which say which commits last changed the lines of a crash (transformer `commits`); `authors`: whether
    the names of these commits' authors are wanted too. `grouping`: whether events get a fingerprint and a category (transformer
    `grouping`).
    `memory_bytes`: opened files kept in memory, at most; 0 keeps none between events. `bounds`: limits for one event.
    """

    files: Files = ()
    cache_dir: StrPath | bool | None = None
    transformers: Sequence[str] = DEFAULT_TRANSFORMERS
    context_lines: int = 5
    path_map: Mapping[str, str] = {}
    in_app: Sequence[str] = ()
    strict: bool = False
    isolate: bool | None = None
    repos: StrPath | Sequence[StrPath] = ()
    authors: bool = False
    grouping: bool = False
    memory_bytes: int = MEMORY_BYTES
    bounds: Bounds = Bounds()

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "files", _as_tuple(self.files))
        for name in ("transformers", "in_app"):
            if isinstance(getattr(self, name), list):
                msgspec.structs.force_setattr(self, name, tuple(getattr(self, name)))
        given: dict[str, Any] = msgspec.structs.asdict(self)
        for names, fits, wanted in _VALUES:
            for name in names:
                if not fits(given[name]):
                    raise ConfigError(f"{name} is {given[name]!r:.80}; give {wanted}")
        msgspec.structs.force_setattr(self, "repos", tuple(map(os.fspath, _as_tuple(self.repos))))

    @property
    def all_files(self) -> tuple[Any, ...]:
        """`files` as a tuple, which it is from construction on."""
        return cast("tuple[Any, ...]", self.files)

    @property
    def all_repos(self) -> tuple[str, ...]:
        """`repos` likewise."""
        return cast("tuple[str, ...]", self.repos)


def _as_tuple(files: Any) -> tuple[Any, ...]:
    """One path, for which a tuple of its letters is never meant; one store; or many of them."""
    if isinstance(files, str | bytes | os.PathLike) or not isinstance(files, Sequence):
        return (files,)
    return tuple(files)


def make_settings(files: Any = None, **rest: Any) -> Settings:
    """Settings from a caller's arguments: one path or many; `$SYMBOLICATOR_FILES` (separated like PATH) if `files` is None."""
    if files is None:
        files = tuple(part for part in os.environ.get("SYMBOLICATOR_FILES", "").split(os.pathsep) if part)
    known = Settings.__struct_fields__
    unknown = next((name for name in rest if name not in known), None)
    if unknown is not None:
        from difflib import get_close_matches

        near = get_close_matches(unknown, known, 1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise ConfigError(f"unknown setting: {unknown}", hint=f"{meant}known settings: {', '.join(known)}")
    return Settings(files=files, **rest)


def isolated(settings: Settings) -> Settings:
    """The settings with `isolate` set if it is None: on, unless this is Windows or a store is an object."""
    possible = os.name == "posix" and all(isinstance(one, str | os.PathLike) for one in settings.all_files)
    return msgspec.structs.replace(settings, isolate=possible) if settings.isolate is None else settings
