"""MSF, the container of PDB files: streams, each a list of blocks of the file.

A stream whose blocks follow one another is a view of the file; others are put together. Lists may name a block again and again, and so may
several streams: all streams that are read have no more bytes together than the file.
"""

from __future__ import annotations

import sys
from array import array
from itertools import accumulate
from struct import Struct
from typing import Final, NamedTuple

from symbolicator.errors import LimitExceeded, MalformedArtifact

MAGIC: Final = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0"
OLD_MAGIC: Final = b"Microsoft C/C++ program database 2.00\r\n\x1aJG"
START: Final = b"Microsoft C/C++ "
"""How both begin."""
_SUPERBLOCK: Final = Struct("<6I")
_BLOCK_SIZES: Final = frozenset(1 << bits for bits in range(9, 17))
_NO_STREAM: Final = 0xFFFFFFFF


class Blocks(NamedTuple):
    """Where a stream is: the numbers of its blocks (u32), which are in the file, of 1 << `bits` bytes; the stream has `size` bytes."""

    numbers: memoryview
    bits: int
    size: int


class Msf:
    """The streams of a whole file. Raises `MalformedArtifact` if it cannot be read."""

    def __init__(self, data: memoryview) -> None:
        head = bytes(data[: len(OLD_MAGIC)])
        if head.startswith(OLD_MAGIC):
            raise MalformedArtifact("is a PDB of version 2.0 (compilers before 2003); only 7.0 is supported", 0)
        if not head.startswith(MAGIC) or len(data) < 56:
            raise MalformedArtifact("is not a PDB of version 7.0", 0)
        self._data = data
        block_size, _, _, directory_size, _, map_at = _SUPERBLOCK.unpack_from(data, 32)
        self._block_size: int = block_size
        if self._block_size not in _BLOCK_SIZES:
            raise MalformedArtifact(f"has blocks of {self._block_size} bytes; supported are 512 to 65536", 32)
        self._read: set[int] = set()
        self._total = 0
        """Bytes of the streams that were read so far."""
        if directory_size > len(data) or directory_size < 4:
            raise MalformedArtifact(f"has a directory of {directory_size} bytes, but {len(data)} in all: it may be truncated", 44)
        blocks = numbers_of(data[map_at * self._block_size :][: 4 * self._blocks_of(directory_size)])
        directory = numbers_of(self._joined(blocks, directory_size))
        self.count: int = min(directory[0], len(directory) - 1)
        """How many streams there are."""
        if self.count < directory[0]:
            raise MalformedArtifact(f"has {directory[0]} streams, but a directory for {self.count}", 44)
        self._sizes = [0 if size == _NO_STREAM else size for size in directory[1 : 1 + self.count]]
        self._firsts = array("Q", accumulate(map(self._blocks_of, self._sizes), initial=1 + self.count))
        self._directory = directory
        self._streams: dict[int, memoryview] = {}

    def _blocks_of(self, size: int) -> int:
        return -(-size // self._block_size)

    @property
    def whole(self) -> memoryview:
        """The file."""
        return self._data

    def size(self, number: int) -> int:
        """Bytes of a stream; 0 if there is none."""
        size: int = self._sizes[number] if 0 <= number < self.count else 0
        return size

    def stream(self, number: int) -> memoryview:
        """A stream's content; empty if there is none. Raises `MalformedArtifact` if blocks are not in the file."""
        if not self.size(number):
            return self._data[:0]
        if number not in self._read:
            self._read.add(number)
            self._total += self._sizes[number]
        if self._total > len(self._data):
            raise LimitExceeded(f"has streams of {self._total} bytes together, but {len(self._data)} in all")
        if number not in self._streams:
            blocks = self._directory[self._firsts[number] : self._firsts[number + 1]]
            self._streams[number] = self._joined(blocks, self._sizes[number])
        return self._streams[number]

    def head(self, number: int, size: int) -> memoryview:
        """The first `size` bytes of a stream, without reading all of it."""
        return self.window(number, 0, size)

    def window(self, number: int, start: int, size: int) -> memoryview:
        """`size` bytes of a stream from `start` on, fewer at its end, without reading the rest."""
        stop = min(start + size, self.size(number))
        if start >= stop:
            return self._data[:0]
        first, last = start // self._block_size, (stop - 1) // self._block_size
        base = self._firsts[number]
        joined = self._joined(self._directory[base + first : base + last + 1], stop - first * self._block_size)
        return joined[start - first * self._block_size :]

    def blocks(self, number: int) -> Blocks:
        """Where a stream is, to read parts of it. Raises `MalformedArtifact` if blocks are not in the file."""
        size = self.size(number)
        numbers = self._directory[self._firsts[number] : self._firsts[number + 1]] if size else array("I")
        self._check(numbers, size)
        return Blocks(memoryview(numbers), self._block_size.bit_length() - 1, size)

    def forget(self, number: int) -> None:
        """Free a stream that is not needed again."""
        self._streams.pop(number, None)

    def _joined(self, blocks: array[int], size: int) -> memoryview:
        self._check(blocks, size)
        if not blocks:
            return self._data[:0]
        block_size = self._block_size
        if blocks == array("I", range(blocks[0], min(blocks[0] + len(blocks), 1 << 32))):
            return self._data[blocks[0] * block_size :][:size]
        joined = bytearray().join([self._data[block * block_size : (block + 1) * block_size] for block in blocks])
        return memoryview(joined)[:size].toreadonly()

    def _check(self, blocks: array[int], size: int) -> None:
        if len(blocks) < self._blocks_of(size):
            raise MalformedArtifact(f"has a stream of {size} bytes whose list of blocks is truncated")
        if not blocks:
            return
        # The last block may be cut where the stream ends.
        end = blocks[-1] * self._block_size + size - (len(blocks) - 1) * self._block_size
        if max(end, (max(blocks[:-1], default=-1) + 1) * self._block_size) > len(self._data):
            raise MalformedArtifact(f"has a stream of {size} bytes, of which some are beyond the end of the file: it may be truncated")


def numbers_of(content: memoryview) -> array[int]:
    """The u32 in `content`."""
    numbers = array("I", bytes(content[: len(content) & -4]))
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers
