"""Parts of files that are being uploaded, each known by the SHA-1 of its content, until somebody asks for them to be put together.

Several clients may send the same chunk at once: each writes a file of its own, and the last one renamed wins, with the same content. Chunks
are kept for a day, so that an upload that was interrupted goes on where it was; when there are too many, those older than an hour go first.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from symbolicator.artifacts.staging import Staging
from symbolicator.errors import NotStored, StoreFull
from symbolicator.forks import renewed_in_child
from symbolicator.patterns import regex

CHUNK: Final = 8 << 20
"""Bytes of a chunk at most, inflated."""
LARGEST_FILE: Final = 2 << 30
"""Bytes of a file that is put together, at most."""
_MOST_BYTES: Final = 2 * LARGEST_FILE
_MOST: Final = 50_000
_AGE: Final = 24 * 3600.0
_AGE_IN_NEED: Final = 3600.0
_COUNT_EVERY: Final = 2.0
"""Seconds between counts of all chunks; those of this process are added in between."""
_STEP: Final = 256 << 10
_SHA1: Final = regex(r"[0-9a-f]{40}")


def is_sha1(text: str) -> bool:
    """Whether it is a SHA-1 as clients write it."""
    return _SHA1.fullmatch(text) is not None


class ChunkFolder:
    """The chunks in `folder`, at most `most` bytes of them. Safe to share between threads and processes."""

    def __init__(self, folder: Path, staging: Staging, most: int = _MOST_BYTES) -> None:
        self._folder, self._staging, self._most = folder, staging, most
        self._lock = threading.Lock()
        renewed_in_child(self)
        self._bytes = self._count = 0
        self._counted_at = -_COUNT_EVERY

    def after_fork(self) -> None:
        """Replaces the lock."""
        self._lock = threading.Lock()

    def missing(self, sums: Sequence[str]) -> list[str]:
        """Those of the chunks that are not here, each once."""
        return [one for one in dict.fromkeys(sums) if not (self._folder / one).is_file()]

    @contextmanager
    def adding(self, sha1: str, gzipped: bool) -> Iterator[Chunk]:
        """A chunk to write to; it is here at the end. Raises `NotStored` if it has not this SHA-1 or is too large, `StoreFull`, OSError."""
        if not is_sha1(sha1):
            raise NotStored(f"a chunk is called {sha1!r:.60}", "its file name is the SHA-1 of its content, in lower case")
        self._make_room()
        with self._staging.file("chunk") as (path, file):
            chunk = Chunk(sha1, file, gzipped)
            yield chunk
            chunk.end()
            self._folder.mkdir(mode=0o700, exist_ok=True)
            file.close()
            path.replace(self._folder / sha1)
        with self._lock:
            self._bytes, self._count = self._bytes + chunk.size, self._count + 1

    @contextmanager
    def assembled(self, sha1: str, sums: Sequence[str], name: str, staging: Staging) -> Iterator[Path]:
        """A file made of these chunks, called `name`, in `staging`. Raises `NotStored`, `StoreFull`, OSError; FileNotFoundError
        if a chunk is not here any more.
        """
        sizes = {one: (self._folder / one).stat().st_size for one in sums}
        total = sum(sizes[one] for one in sums)
        if total > LARGEST_FILE:
            raise NotStored(f"the file has {total} bytes; the limit is {LARGEST_FILE}", "files of a store have up to 2 GiB")
        digest = hashlib.sha1(usedforsecurity=False)
        with staging.file(name) as (path, file):
            for one in sums:
                with (self._folder / one).open("rb") as chunk:
                    while piece := chunk.read(_STEP):
                        digest.update(piece)
                        file.write(piece)
            if digest.hexdigest() != sha1:
                raise NotStored(f"the chunks together have the SHA-1 {digest.hexdigest()}, not {sha1}", "upload it again")
            file.close()
            yield path

    def sweep(self) -> None:
        """Remove those that are too old."""
        with self._lock:
            self._sweep(_AGE)

    def _make_room(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._counted_at > _COUNT_EVERY:
                self._counted_at = now
                self._sweep(_AGE)
                if self._full:
                    self._sweep(_AGE_IN_NEED)
            if self._full:
                raise StoreFull(f"there are {self._count} chunks of unfinished uploads, {self._bytes} bytes", "try again in an hour")

    @property
    def _full(self) -> bool:
        return self._bytes + CHUNK > self._most or self._count >= _MOST

    def _sweep(self, age: float) -> None:
        """Remove chunks older than `age` seconds, and count the others."""
        self._bytes = self._count = 0
        oldest = time.time() - age
        with suppress(FileNotFoundError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # another process removed it
                    status = entry.stat(follow_symlinks=False)
                    if status.st_mtime < oldest:
                        Path(entry.path).unlink()
                    else:
                        self._bytes, self._count = self._bytes + status.st_size, self._count + 1


class Chunk:
    """A chunk as it arrives."""

    def __init__(self, sha1: str, file: BinaryIO, gzipped: bool) -> None:
        self._sha1, self._file = sha1, file
        self._digest = hashlib.sha1(usedforsecurity=False)
        self._inflater = zlib.decompressobj(31) if gzipped else None
        self.size = 0
        """Bytes so far, inflated."""

    def write(self, piece: bytes | bytearray) -> None:
        """More of it. Raises `NotStored`, OSError."""
        if self._inflater is None:
            self._add(bytes(piece))
            return
        rest = bytes(piece)
        while rest:
            if self._inflater.eof:
                raise NotStored(f"chunk {self._sha1} goes on after its gzip", "send one gzip stream for each chunk")
            try:
                self._add(self._inflater.decompress(rest, _STEP))
            except zlib.error as error:
                raise NotStored(f"chunk {self._sha1} is not gzip: {error}", "send it as file_gzip only if it is") from error
            rest = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _add(self, content: bytes) -> None:
        self.size += len(content)
        if self.size > CHUNK:
            raise NotStored(f"chunk {self._sha1} has more than {CHUNK} bytes", "GET on this path tells the size of chunks")
        self._digest.update(content)
        self._file.write(content)

    def end(self) -> None:
        """It is whole. Raises `NotStored` if it is not, or has another SHA-1."""
        if self._inflater is not None and not self._inflater.eof:
            raise NotStored(f"chunk {self._sha1} is cut off after {self.size} bytes", "send it completely")
        if self._digest.hexdigest() != self._sha1:
            raise NotStored(f"chunk {self._sha1} has the SHA-1 {self._digest.hexdigest()}", "send it again")
        self._file.flush()
