"""Adds the files of a build to a store: a folder with the files of many releases, used like any other folder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from symbolicator.artifacts.adding import KEPT, add_name, name_in_store, place_by_id, place_in_store, put, release_folder
from symbolicator.builds.given import Given, open_given
from symbolicator.errors import ConfigError
from symbolicator.keys import FileKind


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
) -> Added:
    """Add the build files in `paths` to the folder `store`, which is created if needed; `sources` also adds source texts.

    Scripts, maps and mappings are filed by `release`, `dist` and the path of `url_prefix`, native files by build id and by name
    (`artifacts/adding.py`). Raises `ConfigError` for missing paths, and for files that only a release tells apart if none
    is given; `FileExistsError` if a file exists with different content and `replace` is not set; `OSError`.
    """
    kinds = (*KEPT, FileKind.SOURCE) if sources else KEPT
    target = Path(store)
    folders = release_folder(release, dist) if release else ()
    written = there = 0
    with closing(open_given(paths)) as given:
        everything = given.artifacts()
        # A container is added whole.
        containers = {one.path for one in everything if one.identity.kind is FileKind.CONTAINER}
        for one in everything:
            if one.identity.kind not in kinds or ("!" in one.path and one.path.partition("!")[0] in containers):
                continue
            place = place_in_store(one, folders, url_prefix)
            if not folders and place_by_id(one) is None:
                raise ConfigError(f"{one.name} can only be found by its release", "name the release: release=shop@1.2.0")
            new = put(one.read(), target, place, replace=replace)
            written, there = written + new, there + (not new)
            name = name_in_store(one, folders)
            if name is not None:
                add_name(target, place, name)
    return Added(written, there, target.joinpath(*folders))
