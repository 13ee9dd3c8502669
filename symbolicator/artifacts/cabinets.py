"""Microsoft's cabinets (MS-CAB), in which symbol stores keep `app.pd_` for `app.pdb`: stored, or MSZIP (deflate, a block at a time).

Files are parts of *folders*, each one stream of blocks of at most 32 KiB. Of MSZIP's blocks each may refer to the 32 KiB before it. LZX and
Quantum are not read, nor what begins or goes on in another cabinet.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import Final, NamedTuple
from zlib import decompressobj
from zlib import error as ZlibError

from symbolicator import bounds
from symbolicator.artifacts.zips import MAX_MEMBERS, MAX_SIZE, check_ratio
from symbolicator.errors import LimitExceeded, MalformedArtifact

_HEADER: Final = Struct("<4s5I2B5H")
_RESERVES: Final = Struct("<H2B")
_FOLDER: Final = Struct("<I2H")
_FILE: Final = Struct("<2I4H")
_BLOCK: Final = Struct("<I2H")
_HAS_BEFORE, _HAS_NEXT, _HAS_RESERVES = 1, 2, 4
_IS_UTF8: Final = 0x80
_MOST_NAME: Final = 1024
_MOST_BLOCK: Final = 32 << 10
_STORED, _MSZIP = 0, 1
_METHODS: Final = {2: "Quantum", 3: "LZX"}


class _File(NamedTuple):
    folder: int
    start: int
    size: int


class _Folder:
    """What was decompressed of a folder so far, from its begin on."""

    def __init__(self, at: int, blocks: int, method: int) -> None:
        self.at, self.blocks, self.method = at, blocks, method
        self.begin = at
        self.content = bytearray()


class Cabinet:
    """A cabinet, its directory read once. Only one folder at a time is in memory.

    `sizes`: the decompressed size of each file by name, in order. Raises `MalformedArtifact`, `LimitExceeded`.
    """

    def __init__(self, data: memoryview) -> None:
        self._data = data
        _, _, _, _, files_at, _, _, _, folders, files, flags, _, _ = self._unpacked(_HEADER, 0)
        if files > MAX_MEMBERS:
            raise LimitExceeded(f"{files} members; the limit is {MAX_MEMBERS}", 28)
        at, folder_reserve, self._block_reserve = _HEADER.size, 0, 0
        if flags & _HAS_RESERVES:
            reserve, folder_reserve, self._block_reserve = self._unpacked(_RESERVES, at)
            at += _RESERVES.size + reserve
        for flag in (_HAS_BEFORE, _HAS_NEXT):
            for _ in range(2 if flags & flag else 0):
                at += len(self._text(at)) + 1
        self._folders: list[tuple[int, int, int]] = []
        for _ in range(folders):
            begin, blocks, method = self._unpacked(_FOLDER, at)
            self._folders.append((begin, blocks, method))
            at += _FOLDER.size + folder_reserve
        self._files: dict[str, _File] = {}
        at = files_at
        for _ in range(files):
            size, start, folder, _, _, attributes = self._unpacked(_FILE, at)
            name = self._text(at + _FILE.size)
            at += _FILE.size + len(name) + 1
            self._files[name.decode("utf-8" if attributes & _IS_UTF8 else "cp1252", "replace")] = _File(folder, start, size)
        self.sizes: Mapping[str, int] = {name: one.size for name, one in self._files.items()}
        self._open: tuple[int, _Folder] | None = None

    def read(self, name: str) -> bytearray:
        """One file's content. Raises `MalformedArtifact`, `LimitExceeded`."""
        file = self._files.get(name)
        if file is None:
            raise MalformedArtifact(f"has no member {name!r}")
        if file.folder >= len(self._folders):
            raise MalformedArtifact("begins or ends in another cabinet: give the file itself, unpacked from all of them")
        stop = file.start + file.size
        if stop > MAX_SIZE:
            raise LimitExceeded(f"would have {stop} bytes with what is before it; the limit is {MAX_SIZE}")
        bounds.inflate(file.size)
        if self._open is None or self._open[0] != file.folder:
            self._open = file.folder, _Folder(*self._folders[file.folder])
        folder = self._open[1]
        while len(folder.content) < stop:
            self._grow(folder)
            check_ratio(folder.at - folder.begin, len(folder.content))
        return folder.content[file.start : stop]

    def _grow(self, folder: _Folder) -> None:
        """Decompress the next block."""
        at, content = folder.at, folder.content
        if not folder.blocks:
            raise MalformedArtifact(f"is cut off after {len(content)} bytes", at)
        method = folder.method & 0xF
        if method not in (_STORED, _MSZIP):
            known = _METHODS.get(method, f"method {method}")
            raise MalformedArtifact(f"cannot be unpacked: it is compressed with {known}; unpack it with `expand` or `cabextract`", at)
        checksum, size, length = self._unpacked(_BLOCK, at)
        begin = at + _BLOCK.size + self._block_reserve
        block = bytes(self._data[begin : begin + size])
        if len(block) != size:
            raise MalformedArtifact(f"is cut off after {len(content)} bytes", at)
        if checksum and checksum != _checksum(block) ^ (size | length << 16):
            raise MalformedArtifact("is damaged: a block has another checksum", at)
        if method == _MSZIP:
            block = _inflated(block, length, bytes(content[-_MOST_BLOCK:]), at)
        if len(block) != length or not block:
            raise MalformedArtifact(f"has a block of {len(block)} bytes that declares {length}", at)
        content += block
        folder.at, folder.blocks = begin + size, folder.blocks - 1

    def _unpacked(self, form: Struct, at: int) -> tuple[int, ...]:
        if at + form.size > len(self._data):
            raise MalformedArtifact("is a cabinet that is cut off", at)
        return form.unpack_from(self._data, at)

    def _text(self, at: int) -> bytes:
        found, end, _ = bytes(self._data[at : at + _MOST_NAME]).partition(b"\0")
        if not end:
            raise MalformedArtifact("is a cabinet with a name that does not end", at)
        return found


def _inflated(block: bytes, length: int, before: bytes, at: int) -> bytes:
    if block[:2] != b"CK" or length > _MOST_BLOCK:
        raise MalformedArtifact("has a block that is not MSZIP's", at)
    try:
        return decompressobj(-15, zdict=before).decompress(block[2:], length + 1)
    except ZlibError as error:
        raise MalformedArtifact(f"cannot be decompressed: {error}", at) from error


def _checksum(block: bytes) -> int:
    """All numbers of four bytes, XORed; the bytes left are one more, the last lowest."""
    whole = len(block) & -4
    value, width = int.from_bytes(block[:whole], "little"), 1 << max(8 * whole - 1, 31).bit_length()
    while width > 32:
        width >>= 1
        value = value >> width ^ value & (1 << width) - 1
    return value ^ int.from_bytes(block[whole:], "big")
