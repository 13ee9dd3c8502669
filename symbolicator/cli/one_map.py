"""A store with one map, for `lookup`, so that a single file gets the same answers as a whole build."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from symbolicator.artifacts.files import Artifact, Found, Identity
from symbolicator.cli.failures import NOTHING, Failure
from symbolicator.cli.streams import PACKED, SIGNATURES, read_input
from symbolicator.keys import FileKind, Key

if TYPE_CHECKING:
    from symbolicator.artifacts.stores import StoreChain

_HEAD = 1024
WHAT = "a source map, or a script that has one"
_SCRIPT = "the-script-of-the-one-map.js"
SCRIPT_URL = f"lookup://map/{_SCRIPT}"
"""The name of the script in our frames; nothing else has this name."""


class OneMap:
    """The map of `SCRIPT_URL`; everything else it refers to (sections, sources) is looked up beside the file it is in."""

    def __init__(self, path: Path, content: bytes, name: str) -> None:
        self._folder = path.parent
        self._content = content
        self._beside: StoreChain | None = None
        self.map = Artifact(name=name, path=path.name, identity=Identity(kind=FileKind.SOURCEMAP), size=len(content), stamp="", store=self)

    def find(self, key: Key, near: Artifact | None = None) -> Found:
        """The one map if it is looked up; else files beside it."""
        if key.url is not None and _SCRIPT in key.url:
            return Found(artifacts=(self.map,), how="file") if key.kind is FileKind.SOURCEMAP else Found()
        if self._beside is None:
            from symbolicator.artifacts.stores import open_stores
            from symbolicator.engine import IDENTIFIERS

            self._beside = open_stores((self._folder,), identifiers=IDENTIFIERS)
        return self._beside.find(key, None if near is self.map else near)

    def read(self, artifact: Artifact) -> memoryview:
        """The map's content."""
        return memoryview(self._content)

    def digest(self, artifact: Artifact) -> str:
        """Its digest."""
        return sha256(self._content).hexdigest()

    def artifacts(self) -> Sequence[Artifact]:
        """The map."""
        return (self.map,)

    def describe(self) -> str:
        """The map's name."""
        return self.map.name


def open_map(file: str) -> OneMap:
    """The map in FILE, or the map that FILE (a script) refers to. Raises `Failure` with what to try."""
    content = read_input(file, WHAT)
    path = Path(file)
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            if signature in PACKED:
                raise Failure(f"{file} is {kind}, which `lookup` does not open", "unpack it; `trace` and `event` read what is in it")
            raise Failure(f"{file} is {kind}: not supported yet", "`lookup` reads source maps and scripts that have one")
    if b"\0" in content[:_HEAD]:  # no script has one
        from symbolicator.builds.foreign import foreign

        what, hint = foreign(memoryview(content))
        raise Failure(f"{file}: {what}", hint)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b")]}")):
        return OneMap(path, content, file)
    return _map_of_script(path, content)


def _map_of_script(path: Path, content: bytes) -> OneMap:
    from symbolicator.errors import MalformedArtifact
    from symbolicator.sourcemaps.discover import decode_data_url, find_map_url

    url = find_map_url(memoryview(content))
    if url is not None and url.startswith("data:"):
        try:
            return OneMap(path, bytes(decode_data_url(url)), f"{path} (inline map)")
        except MalformedArtifact as error:
            raise Failure(f"the inline map of {path} cannot be read: {error}", "build it again", NOTHING) from error
    names = [*([url.split("?", 1)[0].rpartition("/")[2]] if url else []), f"{path.name}.map"]
    tried = [path.parent / url] if url and "://" not in url else []
    tried += [path.parent / name for name in names if path.parent / name not in tried]
    for place in tried:
        if place.is_file():
            return OneMap(place, read_input(str(place), WHAT), str(place))
    looked = ", ".join(dict.fromkeys(str(place) for place in tried))
    raise Failure(
        f"{path} is not a source map, and no source map of it was found",
        f"looked for {looked}: name the map itself, or build with source maps on",
        NOTHING,
    )
