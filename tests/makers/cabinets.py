"""Cabinets to order: one folder, stored or MSZIP, with or without checksums and reserved areas."""

import struct
import zlib

BLOCK = 32 << 10
STORED, MSZIP, LZX = 0, 1, 0x1503


def cabinet(files, method=MSZIP, *, checksums=True, reserves=b"", blocks=None, folder=0, flags=0):
    """`files`: contents by name. `reserves`: what stands in the areas that a cabinet may reserve. `blocks`: instead of those made here, as
    compressed and uncompressed bytes.
    """
    whole = b"".join(files.values())
    made = list(compressed(whole) if method == MSZIP else ((whole[at : at + BLOCK],) * 2 for at in range(0, len(whole), BLOCK)))
    made = made if blocks is None else blocks
    more = struct.pack("<H2B", len(reserves), len(reserves), len(reserves)) + reserves if reserves else b""
    folder_at = 36 + len(more)
    files_at = folder_at + 8 + len(reserves)
    entries, start = b"", 0
    for name, content in files.items():
        entries += struct.pack("<2I4H", len(content), start, folder, 0, 0, 0x80) + name.encode() + b"\0"
        start += len(content)
    body = b"".join(block(one, len(other), checksums, reserves) for one, other in made)
    first = files_at + len(entries)
    head = struct.pack(
        "<4s5I2B5H", b"MSCF", 0, first + len(body), 0, files_at, 0, 3, 1, 1, len(files), flags | 4 * bool(reserves), 0, 0
    )
    return head + more + struct.pack("<I2H", first, len(made), method) + reserves + entries + body


def compressed(whole):
    """MSZIP's blocks, each with the 32 KiB before it as its dictionary; and what they decompress to."""
    for at in range(0, len(whole), BLOCK):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=whole[max(at - BLOCK, 0) : at])
        yield b"CK" + packer.compress(whole[at : at + BLOCK]) + packer.flush(), whole[at : at + BLOCK]


def block(content, length, checksums, reserves):
    sizes = struct.pack("<2H", len(content), length)
    return struct.pack("<I", checksum(content) ^ checksum(sizes) if checksums else 0) + sizes + reserves + content


def checksum(content):
    """As the specification has it: four bytes at a time; the bytes left are one number, the first of them highest."""
    found = 0
    for at in range(0, len(content) & -4, 4):
        found ^= struct.unpack_from("<I", content, at)[0]
    return found ^ int.from_bytes(content[len(content) & -4 :], "big")
