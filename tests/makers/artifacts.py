"""What the tests of this room share: a compiler that counts, an artifact out of nothing."""

from __future__ import annotations

import re
import threading
import time
from array import array
from hashlib import blake2b
from pathlib import Path

from symbolicator.artifacts.files import Artifact, Identity
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind


class MemoryStore:
    """Hands out one content."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, artifact: Artifact) -> memoryview:
        return memoryview(self.content)

    def digest(self, artifact: Artifact) -> str:
        return blake2b(self.content, digest_size=16).hexdigest()


def artifact(content: bytes, name: str = "app.js.map") -> Artifact:
    identity = Identity(kind=FileKind.SOURCEMAP)
    return Artifact(name=name, path=name, identity=identity, size=len(content), stamp="1", store=MemoryStore(content))


class Squares:
    """Compiles `n` (the content, as decimal) to the squares below it; refuses what is not a number, has a bug at 13."""

    def __init__(self, name: str = "squares", version: int = 1, delay: float = 0.0) -> None:
        self.name = name
        self.version = version
        self.delay = delay
        self.compiled = 0
        self._lock = threading.Lock()

    def compile(self, *contents: memoryview) -> TableWriter:
        with self._lock:
            self.compiled += 1
        time.sleep(self.delay)
        try:
            n = sum(int(bytes(content)) for content in contents)
        except ValueError as error:
            raise MalformedArtifact(f"not a number: {error}", 3) from error
        if n == 13:
            raise ZeroDivisionError("a bug")
        writer = TableWriter(self.name, self.version)
        writer.meta = {"n": n}
        return writer.column("square", array("Q", (i * i for i in range(n))))

    def open(self, table: Table) -> SquaresIndex:
        return SquaresIndex(table)


class SquaresIndex:
    def __init__(self, table: Table) -> None:
        self.table = table

    def lookup(self, i: int) -> int:
        return self.table.window("square", i, i + 1)[0]

    def all(self) -> list[int]:
        return self.table.column("square").tolist()


def identify(name: str, data: memoryview) -> Identity | None:
    """A stand-in for the format rooms: scripts and maps, with ids, by the first bytes and the name's ending."""
    text = bytes(data[:4096])
    ids = tuple(found.decode() for found in re.findall(rb'debugId["=: ]+([0-9a-f-]{36})', text))
    if text.startswith(b'{"version":3'):
        return Identity(kind=FileKind.SOURCEMAP, debug_ids=ids)
    if name.endswith((".js", ".bundle", ".jsbundle")) and not text.startswith(b"\x7fELF"):
        url = re.search(rb"sourceMappingURL=(\S+)", text)
        urls = tuple(found.decode() for found in re.findall(rb"sourceURL=(\S+)", text))
        return Identity(kind=FileKind.SCRIPT, debug_ids=ids, urls=urls, map_url=url[1].decode() if url else None)
    if text.startswith(b"\x7fELF"):
        return Identity(kind=FileKind.DEBUG_FILE, code_ids=(text[4:12].hex(),))
    return Identity(kind=FileKind.MAPPING) if b" -> " in text else None


def tree(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files below `root`, by path."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
    return root
