"""Adds the files of a build to a store: a folder with the files of many releases, used like any other folder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from symbolicator.artifacts.adding import KEPT, add_name, name_in_store, place_by_id, place_in_store, put, release_folder
from symbolicator.builds.given import Given, open_given
from symbolicator.errors import ConfigError
from symbolicator.keys import FileKind, normalise_debug_id

_MAPPINGS: Final = "proguard"
"""The folder of mappings that are filed by what apps call them."""


class Added(NamedTuple):
    """How many files were written, how many existed already, and the folder of the store or of the release in it."""

    written: int
    there: int
    folder: Path


def add(
    paths: Given | Sequence[Given],
    store: Given,
    *,
    release: str | None = None,
    dist: str | None = None,
    url_prefix: str = "",
    sources: bool = False,
    replace: bool = False,
    uuid: str | None = None,
) -> Added:
    """Add the build files in `paths` to the folder `store`, which is created if needed; `sources` also adds source texts.

    >>> added = add("dist/", "store/", release="1.4.2")
    >>> added.written, added.folder.as_posix()
    (2, 'store/1.4.2')

    Scripts, maps and mappings are filed by `release`, `dist` and the path of `url_prefix`, native files by build id and by name
    (`artifacts/adding.py`). Raises `ConfigError` for missing paths, and for files that only a release tells apart if none
    is given; `FileExistsError` if a file exists with different content and `replace` is not set; `OSError`.

    `uuid` is what an app calls its mapping, if neither R8's hash nor the content says it (Android's Gradle plugin once used random ones);
    `paths` then have one mapping, which is filed by it.
    """
    name_of_mapping = None if uuid is None else _name_of_mapping(uuid)
    kinds = (*KEPT, FileKind.SOURCE) if sources else KEPT
    target = Path(store)
    folders = release_folder(release, dist) if release else ()
    written = there = 0
    with closing(open_given(paths)) as given:
        everything = given.artifacts()
        mappings = sum(one.identity.kind is FileKind.MAPPING for one in everything)
        if name_of_mapping is not None and mappings != 1:
            raise ConfigError(f"there are {mappings} mappings for one uuid", "give the mapping that has it, alone")
        # A container is added whole.
        containers = {one.path for one in everything if one.identity.kind is FileKind.CONTAINER}
        for one in everything:
            if one.identity.kind not in kinds or ("!" in one.path and one.path.partition("!")[0] in containers):
                continue
            place = place_in_store(one, folders, url_prefix)
            if name_of_mapping is not None and one.identity.kind is FileKind.MAPPING:
                place = (*folders, _MAPPINGS, name_of_mapping)
            elif not folders and place_by_id(one) is None:
                raise ConfigError(f"{one.name} can only be found by its release", "name the release: release=shop@1.2.0")
            new = put(one.read(), target, place, replace=replace)
            written, there = written + new, there + (not new)
            name = name_in_store(one, folders)
            if name is not None:
                add_name(target, place, name)
    return Added(written, there, target.joinpath(*folders))


def _name_of_mapping(uuid: str) -> str:
    known = normalise_debug_id(uuid)
    if known is None:
        raise ConfigError(f"{uuid!r:.80} is no uuid", "write it as 6f1c5c0e-4f0a-4e0e-9d4e-0a4f6d1f2b3c")
    return f"{known}.txt"
