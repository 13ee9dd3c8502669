"""Bundles as `expo export` lays them out.

::

    dist/metadata.json                                fileMetadata.{android,ios}.bundle names the two below
    dist/_expo/static/js/android/index-8e20c4.hbc     and its map, with `.map` behind; `.js` where there is no bytecode
    dist/bundles/android-2b6e1f.js                    with android-2b6e1f.map: SDK 49 and before

Web bundles are below `web/`; their frames name them by that path, so they are found like any script.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from symbolicator.artifacts.files import Artifact
from symbolicator.keys import FileKind
from symbolicator.lookup import Lookup
from symbolicator.patterns import regex
from symbolicator.problems import Problem
from symbolicator.transformers.bundle_names import ANDROID, IOS
from symbolicator.transformers.script import script_name

_LAID_OUT = regex(r"(?:^|[/!])(?:_expo/static/js/(android|ios)/[^/]{1,200}|bundles/(android|ios)-[0-9a-f]{4,64}(?:\.js|\.hbc)?)$")
_BYTECODE = regex(r"(?:^|[/!])[^/!]{1,200}-[0-9a-f]{4,64}\.hbc$")
"""Bytecode with a hash in its name: the folder of one platform was given, so the platform is unknown."""
_MAX_METADATA = 16
_MAX_METADATA_BYTES = 16 << 20


class Exported(NamedTuple):
    """The bundle of one platform (None: unknown). `path` is its path in its store."""

    path: str
    platform: str | None


class _Platform(msgspec.Struct):
    bundle: str = ""


class _Metadata(msgspec.Struct, rename={"files": "fileMetadata"}):
    files: dict[str, _Platform] = {}


def exported_bundles(lookup: Lookup) -> tuple[Exported, ...]:
    """The bundles for phones among the files of an event, each once. If a `metadata.json` names one, only that counts for its platform:
    bundles of earlier exports may be beside it.
    """
    files = {script_name(one.path): one for kind in (FileKind.SCRIPT, FileKind.SOURCEMAP) for one in lookup.all(kind)}
    for path in [path for path in files if any(path + ending in files for ending in (".js", ".hbc"))]:
        del files[path]  # android-2b6e1f.map, beside android-2b6e1f.js
    named = {one for one in _named(lookup) if _path_of(one.path, files)}
    found = {Exported(_path_of(one.path, files), one.platform): None for one in named}
    platforms = {one.platform for one in named}
    for path, artifact in files.items():
        name = script_name(artifact.name)
        laid_out = _LAID_OUT.search(name)
        platform = (laid_out[1] or laid_out[2]) if laid_out else None
        if (laid_out and platform not in platforms) or (not laid_out and not platforms and _BYTECODE.search(name)):
            found[Exported(path, platform)] = None
    return tuple(found)


def _path_of(path: str, files: dict[str, Artifact]) -> str:
    """The name by which the files know a bundle; a map alone may lack the bundle's ending. "" if it is not there."""
    return next((one for one in (path, path.rpartition(".")[0]) if one in files), "")


def _named(lookup: Lookup) -> Iterator[Exported]:
    """The bundles named in the `metadata.json` files of exports."""
    candidates = [one for one in lookup.all(FileKind.SOURCE) if one.file_name == "metadata.json"]
    for artifact in candidates[:_MAX_METADATA]:
        content = lookup.read(artifact) if artifact.size <= _MAX_METADATA_BYTES else b""
        if isinstance(content, Problem):
            continue
        try:
            metadata = msgspec.json.decode(content, type=_Metadata)
        except msgspec.DecodeError:  # there are other files of this name
            continue
        folder = artifact.path[: -len("metadata.json")]
        yield from (Exported(folder + metadata.files[one].bundle, one) for one in (ANDROID, IOS) if one in metadata.files)
