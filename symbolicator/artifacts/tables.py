r"""The compiled file: one container for the tables of all format rooms.

Named columns of fixed-width integers, string lists and blobs, opened by mmap and never parsed. `table_writing.py` writes it,
`table_reading.py` reads it. The compiler's docstring says what the columns mean; the cache (`cache.py`) decides where the file is and
when it is rebuilt.

The layout; every number is little-endian::

    offset  bytes  what
    0       8      magic  89 53 59 4D 54 42 4C 0A  ("\x89SYMTBL\n"; 0x0A catches text-mode copies)
    8       4      u32    version of this container: 2 (1 did not record what a table was built from)
    12      4      u32    D, bytes of the directory
    16      8      u64    P, bytes of the payload
    24      4      u32    crc32 of directory and checksums (bytes 32 .. 32 + D + 4·B)
    28      4      u32    crc32 of bytes 0 .. 28
    32      D      JSON   directory: {"kind", "version", "made_of", "meta", "sections": {name: [typecode, offset, length]}};
                          offset in bytes from the payload's start, a multiple of 8; length in items
    32+D    4·B    u32    crc32 of each 4096-byte block of the payload; B = ceil(P / 4096), the last block may be short
    …              zeros  up to a multiple of 64
    …       P             payload: the sections, each padded with zeros to a multiple of 8

The file ends with the payload; a byte more or less is damage. Typecodes are those of `array`: b B h H i I q Q (1, 2, 4, 8 bytes).

A list of strings `s` is three sections: `s#items` (I; 0 for None, else 1 + the number of a distinct string), `s#starts` (I, or Q
past 4 GiB; where each distinct string starts, and where the last one ends) and `s#heap` (B; UTF-8, lone surrogates as they are).

Example: `TableWriter("demo", 3)` with `column("line", array("H", [7, 9]))` and `strings("name", ["a", None, "a"])` has a payload of
40 bytes::

    00  07 00 09 00 00 00 00 00                line: 7, 9, padding
    08  01 00 00 00 00 00 00 00 01 00 00 00    name#items: 1, 0, 1 ("a", None, "a")
    14  00 00 00 00                            padding
    18  00 00 00 00 01 00 00 00                name#starts: 0, 1
    20  61 00 00 00 00 00 00 00                name#heap: "a", padding

    directory: {"kind":"demo","version":3,"made_of":"","meta":{},"sections":{"line":["H",0,2],
                "name#items":["I",8,3],"name#starts":["I",24,2],"name#heap":["B",32,1]}}

Trust: opening reads the header, the directory and the checksums, all covered by the header's two; a block of the payload is checked the
first time something in it is read. So opening 40 MB takes microseconds, and a flipped byte never becomes an answer. `made_of` is the
cache's name for the files and the compiler of a table: a table stored in another's place is not used. The indexes check that columns
are consistent (`damage.py`).
"""

from __future__ import annotations

from symbolicator.artifacts.table_reading import HEADER, MAGIC, DamagedTable, Table
from symbolicator.artifacts.table_writing import TableWriter

__all__ = ["HEADER", "MAGIC", "DamagedTable", "Table", "TableWriter"]
