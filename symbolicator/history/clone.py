"""A clone, as far as it is read without `git`: where its objects are, its refs, and the address of its remote."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Final, NamedTuple

from symbolicator.history.git import Git, GitError
from symbolicator.patterns import regex

MAX_REFS: Final = 200_000
MAX_FILE: Final = 1 << 20
MAX_LISTED: Final = 64 << 20
"""Bytes that one of its files may have; one that lists refs or commits."""

_ID: Final = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# What `git check-ref-format` allows, and no more than we need: tags and branches.
_NAME: Final = regex(r"refs/(?:tags|heads|remotes)/[^\x00-\x20~^:?*\[\\\x7f]{1,400}")
_PARTIAL: Final = frozenset((("remote", "promisor"), ("remote", "partialclonefilter"), ("extensions", "partialclone")))
_SECTION: Final = regex(r'\[(\w+)(?: "([^"]*)")?\]')


class Clone(NamedTuple):
    """An opened clone. `head`: the id of its HEAD, None if it has no commit yet. `refs`: names → ids. `remote`: the address of `origin`,
    else of its only remote, as it is configured. `ends`: the commits whose parents a shallow clone does not have. `state`: changes with
    HEAD and the refs. `places`: the folders of git's own files, that of HEAD first; `real`: that one, links resolved. `partial`: whether
    objects may be missing that only its remote has.
    """

    folder: Path
    git: Git
    head: str | None
    refs: dict[str, str]
    remote: str | None
    ends: frozenset[str]
    state: str
    places: tuple[Path, ...]
    real: str
    partial: bool


def open_clone(folder: Path) -> Clone:
    """The clone in a folder: its `.git`, a bare repository, a worktree or a submodule. Raises `GitError` that says what is wrong."""
    place = _git_folder(folder)
    common = _common(place)
    objects = common / "objects"
    if objects.is_symlink() or not objects.is_dir():
        raise GitError(f"{folder}: {objects} is not a folder of objects")
    _check_files(common, objects)
    config = read_config(_text(common / "config"))
    if config.get(("extensions", "", "refstorage"), "files") != "files":
        raise GitError(f"{folder}: its refs are stored as {config['extensions', '', 'refstorage']}, which is not supported")
    refs = dict(_refs(common))
    head = _text(place / "HEAD").strip()
    if head.startswith("ref:"):
        head = refs.get(head[4:].strip(), "")
    sha256 = config.get(("extensions", "", "objectformat")) == "sha256"
    shallow = _text(common / "shallow", MAX_LISTED)
    partial = any((section, key) in _PARTIAL for section, _, key in config)
    git = Git(objects.absolute(), refs, shallow.encode("utf-8", "surrogateescape"), sha256=sha256, partial=partial)
    listed = "\n".join((head, shallow, *(f"{commit} {name}" for name, commit in sorted(refs.items()))))
    state = hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest()
    known = head if _ID.fullmatch(head) else None
    ends, places, real = frozenset(shallow.split()), (place, common), os.path.realpath(place)
    return Clone(folder, git, known, refs, _remote(config), ends, state, places, real, partial)


def _git_folder(folder: Path) -> Path:
    """The folder with HEAD. A `.git` that is a link, or a file that leads to a repository that does not lead back, is refused: what is read
    would not be what was given.
    """
    inside = folder / ".git"
    if inside.is_symlink():
        raise GitError(f"{inside} is a symbolic link, which is not followed: give the folder it leads to")
    if inside.is_dir():
        return inside
    if inside.is_file():
        word, _, target = _text(inside).strip().partition(":")
        place = folder / target.strip()
        if word != "gitdir" or not place.is_dir():
            raise GitError(f"{inside} does not say where its repository is")
        if not _leads_back(place, folder):
            raise GitError(f"{inside} leads to {place}, which is not of this folder: give that one if it is meant")
        return place
    if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        return folder
    raise GitError(f"{folder} is not a git clone: there is no {'.git in it' if folder.is_dir() else 'such folder'}")


def _leads_back(place: Path, folder: Path) -> bool:
    """Whether a repository names `folder` as its own: as a worktree by its file `gitdir`, as a submodule by `core.worktree`."""
    back = _text(place / "gitdir").strip()
    if back:
        return _same(place / back, folder / ".git")
    worktree = read_config(_text(place / "config")).get(("core", "", "worktree"))
    return worktree is not None and _same(place / worktree, folder)


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.realpath(one) == os.path.realpath(other)
    except ValueError:  # a NUL in it
        return False


def _common(place: Path) -> Path:
    """The folder that all worktrees share: the one around this one's. Raises `GitError` for another, of which a clone could make us read
    what it is not.
    """
    shared = _text(place / "commondir").strip()
    if not shared:
        return place
    if not _same(place / shared, place.parent.parent) or place.absolute().parent.name != "worktrees":
        raise GitError(f"{place} shares the repository {place / shared}, which is not around it: give that one if it is meant")
    return place.absolute().parent.parent


def _check_files(common: Path, objects: Path) -> None:
    """Raise `GitError` for files of a clone that `git` would wait for, or folders that are elsewhere."""
    for folder in (common / "refs", common / "refs" / "tags", common / "refs" / "heads", objects / "pack", objects / "info"):
        if folder.is_symlink():
            raise GitError(f"{folder} is a symbolic link, which is not followed")
    for folder in (objects / "pack", objects / "info", objects / "info" / "commit-graphs"):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_file() and not entry.is_dir():
                    raise GitError(f"{entry.path} is not a file")


def _text(path: Path, most: int | None = None) -> str:
    """The content of a small file; "" if there is none. Links are not followed."""
    most = MAX_FILE if most is None else most
    try:
        if path.is_symlink() or not path.is_file():
            return ""
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise GitError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > most:
        raise GitError(f"{path} is larger than {most:,} bytes")
    return content.decode("utf-8", "surrogateescape")


def _refs(common: Path) -> Iterator[tuple[str, str]]:
    """Tags and branches: those packed into one file, then those that are files, which are newer."""
    seen = 0
    for line in StringIO(_text(common / "packed-refs", MAX_LISTED)):  # one by one: it may have millions
        commit, _, name = line.rstrip("\n").partition(" ")
        for found in _ref(name, commit):
            seen += 1
            if seen > MAX_REFS:
                raise GitError(f"{common} has more than {MAX_REFS:,} refs")
            yield found
    waiting = [common / "refs" / "tags", common / "refs" / "heads"]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MAX_REFS:
                        raise GitError(f"{common} has more than {MAX_REFS:,} refs")
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        path = Path(entry.path)
                        yield from _ref(path.relative_to(common).as_posix(), _text(path).strip())
        except FileNotFoundError:
            continue
        except OSError as error:
            raise GitError(f"{common}: its refs cannot be read: {error.strerror or error}") from error


def _ref(name: str, commit: str) -> Iterator[tuple[str, str]]:
    odd = ".." in name or "//" in name or "@{" in name or name.endswith((".", "/", ".lock")) or "/." in name
    if _NAME.fullmatch(name) and not odd and _ID.fullmatch(commit) and name.isprintable():
        yield name, commit


def read_config(text: str) -> dict[tuple[str, str, str], str]:
    """The values of a configuration, by (section, subsection, name), the first two lower case; what it includes is not read."""
    values: dict[tuple[str, str, str], str] = {}
    section, subsection = "", ""
    for line in text.split("\n"):
        said = line.strip()
        heading = _SECTION.fullmatch(said)
        if heading:
            section, subsection = heading[1].lower(), heading[2] or ""
        elif "=" in said and not said.startswith(("#", ";")):
            name, _, value = said.partition("=")
            values[section, subsection, name.strip().lower()] = value.strip().strip('"')
    return values


def _remote(config: dict[tuple[str, str, str], str]) -> str | None:
    remotes = {name: url for (section, name, key), url in config.items() if (section, key) == ("remote", "url")}
    return remotes.get("origin") or (next(iter(remotes.values())) if len(remotes) == 1 else None)
