"""PDB files to order: MSF streams, one module with symbols and C13 lines, public symbols, section headers, OMAP."""

import struct

BLOCK = 512
GUID = bytes.fromhex("61a175321aec20a84c4c44205044422e")
X86, X86_64 = 0x14C, 0x8664
CODE, DATA = 0x60000020, 0x40000040
GPROC, LPROC, END, INLINE, INLINE_END, SEPARATE, PUBLIC = 0x1110, 0x110F, 6, 0x114D, 0x114E, 0x1132, 0x110E
MAGIC = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0"


def record(kind, body):
    body += bytes(-(len(body) + 4) % 4)
    return struct.pack("<HH", len(body) + 2, kind) + body


def procedure(name, offset, size, kind=GPROC, section=1):
    return record(kind, struct.pack("<8I", 0, 0, 0, size, 0, 0, 0, offset) + struct.pack("<HB", section, 0) + name.encode() + b"\0")


def linked(symbols):
    """A module's records as a linker leaves them: each function says where its scope ends."""
    found, opened, at = bytearray(struct.pack("<I", 4) + symbols), [], 4
    while at + 4 <= len(found):
        size, kind = struct.unpack_from("<HH", found, at)
        if kind in (GPROC, LPROC, INLINE):
            opened.append(at)
        elif kind in (END, INLINE_END) and opened:
            struct.pack_into("<I", found, opened.pop() + 8, at)
        at += 2 + size
    return bytes(found)


def inline(inlinee, *annotations):
    """`annotations`: the bytes of the program."""
    return record(INLINE, struct.pack("<3I", 0, 0, inlinee) + bytes(annotations))


def separate(offset, size, section=1):
    return record(SEPARATE, struct.pack("<2I2I2I2H", 0, 0, size, 0, offset, 0, section, section))


def public(name, offset, section=1):
    return record(PUBLIC, struct.pack("<IIH", 2, offset, section) + name.encode() + b"\0")


def part(kind, body):
    return struct.pack("<II", kind, len(body)) + body + bytes(-len(body) % 4)


def lines(offset, size, rows, file=0, section=1, columns=()):
    """`rows`: (offset, line)."""
    body = b"".join(struct.pack("<II", *row) for row in rows) + b"".join(struct.pack("<HH", one, 0) for one in columns)
    return part(
        0xF2,
        struct.pack("<IHHI", offset, section, bool(columns), size) + struct.pack("<3I", file, len(rows), 12 + len(body)) + body,
    )


def inlinees(*rows, extra=None):
    """`rows`: (inlinee, file, line); `extra` files of each."""
    tail = b"" if extra is None else struct.pack(f"<I{len(extra)}I", len(extra), *extra)
    return part(0xF6, struct.pack("<I", extra is not None) + b"".join(struct.pack("<3I", *row) + tail for row in rows))


FIRST_MODULE = 10
"""The stream of the first of `Maker.each`."""


def entry(stream, content, name=b"a.obj"):
    """A module of the DBI stream, whose stream has these symbols and lines."""
    first = struct.pack("<HHiiIHHII", 0xFFFF, 0, 0, -1, 0, 0, 0, 0, 0)
    row = (
        struct.pack("<I", 0)
        + first
        + struct.pack("<HHIIIHHIII", 0, stream, len(content[0]), 0, len(content[1]), 0, 0, 0, 0, 0)
        + name + b"\0a.obj\0"
    )
    return row + bytes(-len(row) % 4)


def imported(*lists):
    """What a module has from others: lists of (place of the module's name in `/names`, numbers)."""
    return part(0xF7, b"".join(struct.pack(f"<{2 + len(numbers)}I", name, len(numbers), *numbers) for name, numbers in lists))


def exported(*pairs):
    """What a module has for others: (its number, that in the IPI stream)."""
    return part(0xF8, b"".join(struct.pack("<2I", *pair) for pair in pairs))


class Maker:
    """A file; `build` gives its bytes. Files of lines are numbered 0, 8, 16 … in the order of `files`."""

    def __init__(self, machine=X86_64, age=1, files=("C:\\src\\a.cpp", "C:\\src\\b.hpp")):
        self.machine, self.age, self.files = machine, age, files
        self.symbols = self.lines = self.publics = b""
        self.functions = []
        self.sections = [(0x1000, 0x1000, CODE), (0x2000, 0x1000, DATA)]
        self.omap, self.features, self.modules = [], (), 1
        self.each, self.contributions = [], []
        """Symbols and lines of modules that have streams of their own, instead of one; (module, offset in section 1, size) of code."""
        self.sorts_publics = False
        """Whether public symbols are listed by address, too."""

    def build(self, permute=False):
        names = b"\0" + b"".join(one.encode() + b"\0" for one in self.files)
        at, checksums = 1, b""
        for one in self.files:
            checksums += struct.pack("<IBBH", at, 0, 0, 0)
            at += len(one) + 1
        module = linked(self.symbols)
        c13 = self.lines + part(0xF4, checksums)
        named = b"/names\0"
        info = struct.pack("<3I", 20000404, 1, 1) + GUID + struct.pack("<I", len(named)) + named
        info += struct.pack("<8I", 1, 1, 1, 1, 0, 0, 7, 0) + struct.pack(f"<{len(self.features)}I", *self.features)
        ids = b"".join(record(0x1601, struct.pack("<II", 0, 0) + one.encode() + b"\0") for one in self.functions)
        types = struct.pack("<5I", 20040203, 56, 0x1000, 0x1000 + len(self.functions), len(ids)).ljust(56, b"\0")
        headers = b"".join(struct.pack("<8s2I20xI", b".", size, start, flags) for start, size, flags in self.sections)
        own = [(linked(symbols), lines + part(0xF4, checksums)) for symbols, lines in self.each]
        modules = b"".join(map(entry, range(FIRST_MODULE, FIRST_MODULE + len(own)), own, (b"M%d.obj" % turn for turn in range(len(own))))) if own else entry(5, (module, c13)) * self.modules
        code = [struct.pack("<HHiiIHHII", 1, 0, at, size, 0, number, 0, 0, 0) for number, at, size in self.contributions]
        contributions = struct.pack("<I", 0xEFFE0000 + 19970605) + b"".join(code) if code else b""
        optional = struct.pack("<11H", *(0xFFFF,) * 4, 9 if self.omap else 0xFFFF, 8, *(0xFFFF,) * 4, 8 if self.omap else 0xFFFF)
        dbi = struct.pack(
            "<iII6H8i2HI",
            -1,
            19990903,
            self.age,
            0xFFFF,
            0,
            FIRST_MODULE + len(own) if self.sorts_publics else 0xFFFF,
            0,
            6,
            0,
            len(modules),
            len(contributions),
            0,
            0,
            0,
            0,
            len(optional),
            0,
            0,
            self.machine,
            0,
        )
        omap = b"".join(struct.pack("<II", *row) for row in self.omap)
        names = struct.pack("<3I", 0xEFFEEFFE, 1, len(names)) + names
        streams = [
            b"",
            info,
            types[:12] + struct.pack("<I", 0x1000) + bytes(40),
            dbi + modules + contributions + optional,
            types + ids,
            module + c13,
            self.publics,
            names,
        ]
        listed = [by_address(self.publics)] if self.sorts_publics else []
        return msf([*streams, headers, omap, *(symbols + lines for symbols, lines in own), *listed], permute)


def by_address(publics):
    """The publics stream of some records."""
    places, at = [], 0
    while at < len(publics):
        offset, section = struct.unpack_from("<IH", publics, at + 8)
        places.append((section, offset, at))
        at += 2 + struct.unpack_from("<H", publics, at)[0]
    head = struct.pack("<7I", 16, 4 * len(places), 0, 0, 0, 0, 0)
    return head + bytes(16) + struct.pack(f"<{len(places)}I", *(at for _, _, at in sorted(places)))


def msf(streams, permute=False):
    """The file of some streams; with `permute` the blocks of each stand in reverse."""
    blocks, places = [b"", b"\0" * BLOCK, b"\0" * BLOCK], []
    for stream in streams:
        pieces = [stream[at : at + BLOCK].ljust(BLOCK, b"\0") for at in range(0, len(stream), BLOCK)]
        numbers = list(range(len(blocks), len(blocks) + len(pieces)))
        blocks += reversed(pieces) if permute else pieces
        places.append(numbers[::-1] if permute else numbers)
    directory = struct.pack(f"<{1 + len(streams)}I", len(streams), *map(len, streams))
    directory += b"".join(struct.pack(f"<{len(one)}I", *one) for one in places)
    return with_directory(blocks, directory)


def with_directory(blocks, directory):
    """The file of blocks, whose first is made here, and a directory."""
    count = -(-len(directory) // BLOCK)
    listed = struct.pack(f"<{count}I", *range(len(blocks), len(blocks) + count))
    pieces = [directory[at : at + BLOCK].ljust(BLOCK, b"\0") for at in range(0, len(directory), BLOCK)]
    blocks = [*blocks, *pieces, listed.ljust(-(-len(listed) // BLOCK) * BLOCK, b"\0")]
    head = MAGIC + struct.pack("<6I", BLOCK, 1, len(blocks), len(directory), 0, len(blocks) - 1)
    return head.ljust(BLOCK, b"\0") + b"".join(blocks[1:])
