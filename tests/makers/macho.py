"""Mach-O files to order, by Apple's headers: either order of bytes, 32 and 64 bits, thin and fat."""

import struct
import zlib

X86, X86_64, ARM, ARM64, ARM64_32, PPC = 7, 0x01000007, 12, 0x0100000C, 0x0200000C, 18
OBJECT, EXECUTE, CORE, DYLIB, DSYM = 1, 2, 4, 6, 10
CODE = 0x80000400
PIE = 0x200000
TEXT = 0x100000000


class Maker:
    """A file; `build` gives its bytes. Sections come as (name, segment, address, content or size, flags)."""

    def __init__(self, bits=64, little=True, cpu=ARM64, subtype=0, kind=DYLIB, flags=0, base=TEXT):
        self.bits, self.order = bits, "<" if little else ">"
        self.head = (cpu, subtype, kind)
        self.flags, self.base = flags, base if bits == 64 else 0x1000
        self.commands = []
        self.sections = []
        self.rows, self.names = [], b"\0"
        self.indirect = []

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def command(self, kind, body):
        self.commands.append((kind, body))
        return self

    def uuid(self, uuid):
        return self.command(0x1B, uuid)

    def section(self, name, content, segment="__DWARF", address=0, flags=0, stubs=(0, 0)):
        """Its content, or its size alone where that is in another file; `stubs`, the first one's entry in `indirect`, and the bytes of each."""
        self.sections.append((name, segment, address, content, flags, stubs))
        return self

    def code(self, content=bytes(0x100), offset=0x400):
        return self.section("__text", content, "__TEXT", self.base + offset, CODE)

    def symbol(self, name, offset, kind=0x0F, section=1, description=0):
        self.rows.append((len(self.names), kind, section, description, self.base + offset))
        self.names += name.encode() + b"\0"
        return self

    def build(self):
        wide = self.bits == 64
        segment_form, section_form = ("16s4Q2i2I", "16s16s2Q8I") if wide else ("16s4I2i2I", "16s16s9I")
        segments = {}
        for each in self.sections:
            segments.setdefault(each[1], []).append(each)
        tail = [(kind, body if isinstance(body, bytes) else None, body) for kind, body in self.commands]
        table = b"".join(self.pack("IBBHQ" if wide else "IBBHI", *row) for row in self.rows)
        sizes = [8 + struct.calcsize("<" + segment_form) + len(held) * struct.calcsize("<" + section_form) for held in segments.values()]
        sizes += [8 + (len(body) if body is not None else 8) for _, body, _ in tail] + ([24] if self.rows else [])
        sizes += [80] if self.indirect else []
        at = (32 if wide else 28) + sum(sizes)
        blobs, commands = b"", []
        for name, held in segments.items():
            packed = b""
            start = at + len(blobs)
            for title, segment, address, content, flags, stubs in held:
                size = content if isinstance(content, int) else len(content)
                offset = 0 if isinstance(content, int) else at + len(blobs)
                blobs += b"" if isinstance(content, int) else content
                values = (title.encode(), segment.encode(), address, size, offset, 0, 0, 0, flags, *stubs)
                packed += self.pack(section_form, *values, *((0,) if wide else ()))
            text = name == "__TEXT"
            filed = 0 if text and any(isinstance(each[3], int) for each in held) else at + len(blobs) - start
            protection = 5 if text else 3
            address = self.base if text else self.base + 0x10000
            head = self.pack(segment_form, name.encode(), address, 0x10000, 0 if text else start, filed, 7, protection, len(held), 0)
            commands.append((0x19 if wide else 1, head + packed))
        for kind, body, content in tail:
            placed = self.pack("II", at + len(blobs), len(content[0])) if body is None else body
            blobs += content[0] if body is None else b""  # a part of the file, whose place is known now
            commands.append((kind, placed))
        if self.rows:
            commands.append((2, self.pack("IIII", at + len(blobs), len(self.rows), at + len(blobs) + len(table), len(self.names))))
            blobs += table + self.names
        if self.indirect:
            local = (0, len(self.rows), *(0,) * 10, at + len(blobs), len(self.indirect), *(0,) * 4)
            commands.append((0xB, self.pack("18I", *local)))
            blobs += self.pack(f"{len(self.indirect)}I", *self.indirect)
        body = b"".join(self.pack("II", kind, 8 + len(content)) + content for kind, content in commands)
        magic = 0xFEEDFACF if wide else 0xFEEDFACE
        head = self.pack("I", magic) + self.pack("6I", *self.head, len(commands), len(body), self.flags) + (bytes(4) if wide else b"")
        return memoryview(head + body + blobs)

    def starts(self, *offsets):
        """LC_FUNCTION_STARTS, offsets from the header, ascending."""
        steps = b"".join(leb(here - before) for before, here in zip((0, *offsets), offsets, strict=False))
        return self.command(0x26, (steps + b"\0",))

    def exports(self, trie):
        return self.command(0x80000033, (trie,))


def leb(value):
    out = b""
    while value > 0x7F:
        out += bytes((value & 0x7F | 0x80,))
        value >>= 7
    return out + bytes((value,))


def trie(names):
    """An exports trie whose root has an edge for each name: {name: (flags, offset)}."""
    nodes = [leb(flags) + leb(offset) for flags, offset in names.values()]
    nodes = [leb(len(node)) + node + b"\0" for node in nodes]
    root_size = 2 + sum(len(name) + 2 + 2 for name in names)
    root, at = bytes((0, len(names))), root_size
    for name, node in zip(names, nodes, strict=True):
        root += name.encode() + b"\0" + bytes((at & 0x7F | 0x80, at >> 7))
        at += len(node)
    return root.ljust(root_size, b"\0") + b"".join(nodes)


def fat(*slices, wide=False):
    """A fat file of (cpu, subtype, content)."""
    form = ">IIQQII" if wide else ">IIIII"
    at = 8 + len(slices) * struct.calcsize(form)
    head, body = struct.pack(">II", 0xCAFEBABF if wide else 0xCAFEBABE, len(slices)), b""
    for cpu, subtype, content in slices:
        head += struct.pack(form, cpu, subtype, at + len(body), len(content), 0, *((0,) if wide else ()))
        body += bytes(content)
    return memoryview(head + body)


def zdebug(content):
    return b"ZLIB" + struct.pack(">Q", len(content)) + zlib.compress(content)
