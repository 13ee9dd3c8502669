"""Zip archives read from a buffer, with limits; and gzip.

`zipfile` reads them. Here is what it leaves to its caller: the number of members, the size of members and directory, overlapping
members (only newer Pythons' `zipfile` checks that), and conversion of all its exceptions to `MalformedArtifact`. It is
imported when an archive is opened, because importing it takes longer than finding a file.

Methods: stored and deflated. Of bzip2 and lzma, `zipfile` decompresses each piece whatever the result's size: 4 KB of bzip2 can be 5 GB.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from struct import error as StructError
from typing import TYPE_CHECKING, Final
from zlib import decompressobj
from zlib import error as ZlibError

from symbolicator import bounds
from symbolicator.errors import LimitExceeded, MalformedArtifact

if TYPE_CHECKING:
    import zipfile

MAX_MEMBERS: Final = 65_536
MAX_DIRECTORY: Final = 64 << 20
"""Bytes of an archive's central directory."""
MAX_SIZE: Final = 1 << 30
"""Bytes of one decompressed file."""
MAX_RATIO: Final = 250
"""Limit of decompressed to compressed size, once the result is larger than `RATIO_FREE`: maps reach 20, deflate itself 1,032."""
RATIO_FREE: Final = 8 << 20
CHUNK: Final = 1 << 20
"""Bytes decompressed in one step."""
FEED: Final = 64 << 10
"""Bytes given to a decompressor in one step."""
MAX_PARTS: Final = 65_536
"""Parts of a gzip file, frames of a Zstandard one."""

_LOCAL_HEADER: Final = 30
"""Bytes of a member's header, without the name."""
_METHODS: Final = (0, 8)


class Archive:
    """A zip archive, its directory read once. Bytes before it (the header of a source bundle, a self-extractor) are allowed.

    `sizes`: the decompressed size of each member by name, as in the directory and in its order; folders are excluded, and of two
    members with one name the last counts, as with unzip. Raises `MalformedArtifact`, `LimitExceeded`.
    """

    def __init__(self, data: memoryview) -> None:
        library = importlib.import_module("zipfile")
        file = _File(data)
        with _only_our_exceptions():
            self._zip: zipfile.ZipFile = library.ZipFile(file)
        file.opening = False
        # A small archive that expands to a huge one has members that share their data. Of two in one place neither is read.
        starts = sorted(info.header_offset for info in self._zip.infolist())
        ends = dict(zip(starts, [*starts, len(data)][1:], strict=True))
        shared = {start for start, end in pairwise(starts) if start == end}
        self._crossed = {
            info
            for info in self._zip.infolist()
            if info.header_offset in shared or info.header_offset + _LOCAL_HEADER + info.compress_size > ends[info.header_offset]
        }
        # The name as stored: `filename` ends at a NUL, and has `\` replaced on Windows.
        self._members = {info.orig_filename: info for info in self._zip.infolist() if not info.orig_filename.endswith("/")}
        self.sizes: Mapping[str, int] = {name: info.file_size for name, info in self._members.items()}

    def read(self, name: str) -> bytes:
        """One member's content, checked against the directory's size and checksum. Raises `MalformedArtifact`, `LimitExceeded`."""
        info = self._members.get(name)
        if info is None:
            raise MalformedArtifact(f"has no member {name!r}")
        at, size = info.header_offset, info.file_size
        if info in self._crossed:
            raise MalformedArtifact(f"overlaps what follows it: it would have {info.compress_size} bytes", at)
        if info.flag_bits & 0x41:
            raise MalformedArtifact("is encrypted", at)
        if info.compress_type not in _METHODS:
            raise MalformedArtifact(f"compression method {info.compress_type} is not supported", at)
        if size > MAX_SIZE:
            raise LimitExceeded(f"would have {size} bytes; the limit is {MAX_SIZE}", at)
        check_ratio(info.compress_size, size)
        bounds.inflate(size)
        with _only_our_exceptions(at), self._zip.open(info) as file:
            # Limited by the number: without it a member may decompress to anything before it is cut to its size. One byte more than
            # expected, because the checksum is checked when the end is reached.
            content = file.read(size + 1)
        if len(content) != size:
            raise MalformedArtifact(f"has {len(content)} bytes, not the {size} it declares", at)
        return content


class _File:
    """A buffer as a file for `zipfile`, without copying all of it. While `opening`, each read may be that of the central directory."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0
        self.opening = True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        at = offset + (0, self._at, len(self._data))[whence]
        if at < 0:
            raise OSError(f"there is no byte {at}")  # as for a file: `zipfile` handles this where it probes
        self._at = at
        return at

    def read(self, n: int = -1) -> bytes:
        part = self._data[self._at :] if n < 0 else self._data[self._at : self._at + n]
        if self.opening and len(part) > MAX_DIRECTORY:
            raise LimitExceeded(f"its central directory has {len(part)} bytes; the limit is {MAX_DIRECTORY}", self._at)
        content = bytes(part)
        # Counted here, before `zipfile` creates an object for each: it uses the directory's size, not the archive's own count.
        if self.opening and (members := content.count(b"PK\1\2")) > MAX_MEMBERS:
            raise LimitExceeded(f"{members} members; the limit is {MAX_MEMBERS}", self._at)
        self._at += len(content)
        return content


@contextmanager
def _only_our_exceptions(at: int | None = None) -> Iterator[None]:
    """What `zipfile` raises for bytes it cannot read, as `MalformedArtifact`."""
    bad_zip_file: type[Exception] = importlib.import_module("zipfile").BadZipFile
    try:
        yield
    # NotImplementedError is a RuntimeError, UnicodeError a ValueError.
    except (bad_zip_file, RuntimeError, EOFError, ZlibError, StructError, OverflowError, ValueError, LookupError, OSError) as error:
        raise MalformedArtifact(f"cannot be read: {error}" if str(error) else "is cut off", at) from error


def gunzip(packed: memoryview) -> bytearray:
    """Decompress gzip, also of several parts; stops one byte past `MAX_SIZE`, or past what is left for the current event.

    Raises `MalformedArtifact`, and `LimitExceeded` at a ratio past `MAX_RATIO`.
    """
    content = bytearray()
    at = 0
    most = bounds.room(MAX_SIZE)
    for _ in range(MAX_PARTS):
        stream = decompressobj(31)
        pending = b""
        while not stream.eof and len(content) <= most:
            # Fed in pieces, because zlib copies the unused input at every step.
            if not pending:
                pending = bytes(packed[at : at + FEED])
                at += len(pending)
            try:
                chunk = stream.decompress(pending, min(CHUNK, most + 1 - len(content)))
            except ZlibError as error:
                raise MalformedArtifact(f"cannot be decompressed: {error}") from error
            content += chunk
            check_ratio(len(packed), len(content))
            pending = stream.unconsumed_tail
            if not chunk and not pending and not stream.eof and at >= len(packed):
                raise MalformedArtifact(f"is cut off after {len(content)} bytes")
        at -= len(stream.unused_data)
        # Padding after the last part is common.
        if len(content) > most or bytes(packed[at : at + 2]) != b"\x1f\x8b":
            return content
    raise LimitExceeded(f"has more than {MAX_PARTS} parts, which is the limit")


def check_ratio(packed: int, content: int) -> None:
    """Raises `LimitExceeded` if the decompressed size is far too large for the compressed one."""
    if content > RATIO_FREE and content > packed * MAX_RATIO:
        raise LimitExceeded(f"{packed} bytes expand to more than {content}; the limit is {MAX_RATIO} times")
