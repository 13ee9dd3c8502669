"""A store's index of its files, in the cache folder: a file that was read once is known until its size or times change.

The file: `crc32` of the rest (4 bytes, little-endian), then msgpack of `Saved`, its structs as arrays. An index that is damaged, of another
version or made with other identifiers is ignored.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from symbolicator.artifacts.folders import INDEX, open_own, write_whole
from symbolicator.artifacts.records import TRY_AGAIN, Record
from symbolicator.artifacts.scanning import Seen

VERSION: Final = 8
"""1: the first. 2: what a native file can answer and refers to. 5: why a file could not be read. 6: slices of fat files. 7: archives and
debug maps. 8: cabinets."""
_RACE_NS: Final = 100_000_000
"""A file written this shortly before the scan may be written again within one tick of the file system's clock, so it is read again."""
_RACE_END_NS: Final = 60_000_000_000
"""A scan, including reading new files, is assumed to end within this time."""

_MAX_BYTES: Final = 1 << 28
"""A larger file is none of ours: every file of a folder takes some hundred bytes, and folders have at most `scanning.MAX_FILES`."""


class Saved(msgspec.Struct, array_like=True, kw_only=True):
    """A saved index. `scanned_ns` is the wall clock before the scan began."""

    version: int
    root: str
    fingerprint: str
    scanned_ns: int
    records: list[Record]


def index_path(cache_folder: Path, root: str, fingerprint: str) -> Path:
    """The path of the index of the folder or file `root`."""
    # The file also says whose index it is: if two folders ever shared a name, they would only read their files once more.
    number = crc32(f"{root}\0{fingerprint}".encode("utf-8", "surrogateescape"))
    name = "".join(c if c.isalnum() and c.isascii() else "_" for c in os.path.basename(root)[-40:])  # noqa: PTH119 - a string it stays
    return cache_folder / INDEX / f"{name}-{number:08x}.index"


def find_index(path: Path, root: str, fingerprint: str) -> Saved | None:
    """The saved index; None if there is none that can be used."""
    fd = open_own(path)
    if fd is None:
        return None
    try:
        with open(fd, "rb") as file:  # noqa: PTH123 - a descriptor
            data = file.read(_MAX_BYTES) if os.fstat(fd).st_size <= _MAX_BYTES else b""
    except OSError:
        return None
    if crc32(memoryview(data)[4:]) != int.from_bytes(data[:4], "little"):
        return None
    try:
        saved = msgspec.msgpack.decode(memoryview(data)[4:], type=Saved)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return saved if (saved.version, saved.root, saved.fingerprint) == (VERSION, root, fingerprint) else None


def save_index(cache_folder: Path, path: Path, saved: Saved) -> None:
    """Save an index. If the folder cannot be written, the next process just reads the files again."""
    body = msgspec.msgpack.encode(saved)
    with suppress(OSError):
        write_whole(cache_folder, path, lambda file: file.write(crc32(body).to_bytes(4, "little") + body))


def refreshed(
    known: Mapping[str, Record], scanned_ns: int, files: Sequence[Seen], read: Callable[[Seen], Record]
) -> tuple[list[Record], bool]:
    """Records for `files`: the `known` ones (by path) if unchanged since `scanned_ns`, the others read; and whether any changed."""
    records: list[Record] = []
    changed = len(files) != len(known)
    for seen in files:
        record = known.get(seen.path)
        same = record is not None and (record.size, record.mtime_ns, record.ctime_ns) == seen[1:]
        # Times far in the future are a clock error, and no reason to read a file again for ever.
        racy = -_RACE_NS < max(seen.mtime_ns, seen.ctime_ns) - scanned_ns < _RACE_END_NS
        if record is None or not same or racy or record.partly:
            before, record = record, read(seen)
            changed = changed or record != before or not (record.partly or record.ctime_ns == TRY_AGAIN)
        records.append(record)
    return records, changed
