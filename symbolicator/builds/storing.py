"""Putting the files of a build into a store: a folder that is given as any other, with the files of many releases."""

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
    """How many files were written, how many were there already, and the folder of the store or of the release in it."""

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
    """Put what is of a build in `paths` into the folder `store`, which is made where there is none; `sources` says whether texts go in too.

    Scripts, maps and mappings lie by `release`, `dist` and the path of `url_prefix`, native files by build id and by name
    (`artifacts/adding.py`). Raises `ConfigError` for paths that are not there, and for files that only a release tells apart where none
    is given; `FileExistsError` where another content is in the place of a file and `replace` does not say that it may go; `OSError`.
    """
    kinds = (*KEPT, FileKind.SOURCE) if sources else KEPT
    target = Path(store)
    folders = release_folder(release, dist) if release else ()
    written = there = 0
    with closing(open_given(paths)) as given:
        everything = given.artifacts()
        # A container goes in whole.
        containers = {one.path for one in everything if one.identity.kind is FileKind.CONTAINER}
        for one in everything:
            if one.identity.kind not in kinds or ("!" in one.path and one.path.partition("!")[0] in containers):
                continue
            place = place_in_store(one, folders, url_prefix)
            if not folders and place_by_id(one) is None:
                raise ConfigError(f"{one.name} is found by its release only", "say it: release=shop@1.2.0")
            new = put(one.read(), target, place, replace=replace)
            written, there = written + new, there + (not new)
            name = name_in_store(one, folders)
            if name is not None:
                add_name(target, place, name)
    return Added(written, there, target.joinpath(*folders))
