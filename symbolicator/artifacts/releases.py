"""Which folders belong to a release, by the names that people, deployment scripts and `files add` give them."""

from __future__ import annotations

import re
from functools import lru_cache

from symbolicator.keys import Key


@lru_cache(maxsize=64)
def release_folders(release: str) -> tuple[tuple[str, ...], ...]:
    """The folder names of a release, as segments if it is a path; the last one is the bare version.

    >>> release_folders("shop@1.2.0+7")
    (('shop@1.2.0+7',), ('shop', '1.2.0+7'), ('shop-1.2.0+7',), ('shop_1.2.0+7',), ('shop_1.2.0_7',), ('shop-1.2.0-7',), ('1.2.0+7',))
    """
    package, at, version = release.rpartition("@")
    names: list[tuple[str, ...]] = [tuple(part for part in release.split("/") if part)]
    if at and package:
        names.append((*(part for part in package.split("/") if part), version))
        names += [(f"{package}-{version}",), (f"{package}_{version}",)]
    names += [(re.sub(r"[^\w.\-]", "_", release),), (re.sub(r"[^\w.\-]", "-", release),)]
    if at and package:
        names.append((version,))
    return tuple(dict.fromkeys(name for name in names if name))


def release_rank(folders: tuple[str, ...], key: Key) -> int:
    """0 for a file whose `folders` are not the release's; more the better they match: 2 the version, 4 the whole; 1 more for the dist."""
    if not key.release or not folders:
        return 0
    names = release_folders(key.release)
    for name in names:
        for at in range(len(folders) - len(name) + 1):
            if folders[at : at + len(name)] == name:
                dist = key.dist is not None and key.dist in folders[at + len(name) :]
                return (2 if name == names[-1] and len(names) > 1 else 4) + dist
    return 0
