"""Line tables made by hand: instructions, programs, headers, for tests."""

import struct


def uleb(value, pad=0):
    out = bytearray()
    while True:
        byte = value & 127
        value >>= 7
        if value or pad:
            out.append(byte | 128)
            pad -= not value
        else:
            out.append(byte)
            return bytes(out)


def sleb(value):
    out = bytearray()
    while True:
        byte = value & 127
        value >>= 7
        if (value == 0 and not byte & 64) or (value == -1 and byte & 64):
            out.append(byte)
            return bytes(out)
        out.append(byte | 128)


def extended(opcode, operands=b""):
    return b"\0" + uleb(1 + len(operands)) + bytes([opcode]) + operands


def set_address(address, size=8, order="little"):
    return extended(2, address.to_bytes(size, order))


END = extended(1)
COPY = b"\1"


def advance(n):
    return b"\2" + uleb(n)


def line(n):
    return b"\3" + sleb(n)


def file(n):
    return b"\4" + uleb(n)


def column(n):
    return b"\5" + uleb(n)


def row(address, number, size=8):
    """A row at `address`, of line `number` where the line was 1, within a sequence that has just begun."""
    return set_address(address, size) + line(number - 1) + COPY


def sequence(*rows, end):
    """A sequence of (address, line), which goes on up to `end`."""
    out, before = b"", 1
    for address, number in rows:
        out += set_address(address) + line(number - before) + COPY
        before = number
    return out + set_address(end) + END


FILES_V4 = b"/inc\0sub\0\0" + b"a.c\0\0\0\0" + b"b.h\0\1\0\0" + b"c.h\0\2\0\0" + b"\0"
LENGTHS = bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])


def table(
    program,
    version=4,
    files=FILES_V4,
    *,
    wide=False,
    order="<",
    line_base=-5,
    line_range=14,
    opcode_base=13,
    lengths=None,
    min_inst=1,
    max_ops=1,
    address_size=8,
):
    """A whole line table."""
    offset = "Q" if wide else "I"
    lengths = (LENGTHS + bytes(255))[: max(opcode_base - 1, 0)] if lengths is None else lengths
    fixed = bytes([min_inst]) + (bytes([max_ops]) if version >= 4 else b"") + b"\1" + struct.pack("bBB", line_base, line_range, opcode_base)
    rest = fixed + lengths + files
    head = struct.pack(f"{order}H", version) + (bytes([address_size, 0]) if version >= 5 else b"")
    body = head + struct.pack(f"{order}{offset}", len(rest)) + rest + program
    return (b"\xff\xff\xff\xff" if wide else b"") + struct.pack(f"{order}{offset}", len(body)) + body


def files_v5(directories, files, directory_format, file_format):
    """The tables of version 5: formats are (content, form) pairs; entries are bytes."""
    out = b""
    for formats, entries in ((directory_format, directories), (file_format, files)):
        out += (
            bytes([len(formats)])
            + b"".join(uleb(content) + uleb(form) for content, form in formats)
            + uleb(len(entries))
            + b"".join(entries)
        )
    return out
