"""PE files to order, by Microsoft's specification: 64 bits, sections, COFF symbols, exports, an exception directory, RSDS entries."""

import struct

BASE = 0x140000000
CODE = 0x60000020
DATA = 0x40000040
HEAD = 0x400
X86, X86_64, ARM64 = 0x14C, 0x8664, 0xAA64


class Maker:
    """A file; `build` gives its bytes. Sections come one behind the other, each at a page of its own from 0x1000 on."""

    def __init__(self, machine=X86_64, timestamp=0x5F000001, image_size=0x9000):
        self.machine, self.timestamp, self.image_size = machine, timestamp, image_size
        self.sections, self.directories, self.rows, self.names = [], {}, [], b""

    @property
    def next_address(self):
        return 0x1000 * (1 + len(self.sections))

    def section(self, name, content, flags=DATA, directory=None):
        """Its number, from 1."""
        if directory is not None:
            self.directories[directory] = (self.next_address, len(content))
        self.sections.append((name, content, flags))
        return len(self.sections)

    def code(self, content=bytes(0x200)):
        return self.section(".text", content, CODE)

    def symbol(self, name, value, section=1, kind=None, storage=2, auxiliary=b""):
        kind = (0x20 if storage == 2 else 0) if kind is None else kind
        raw = name.encode()
        if len(raw) > 8:
            raw, self.names = struct.pack("<II", 0, 4 + len(self.names)), self.names + raw + b"\0"
        self.rows.append(struct.pack("<8sIhHBB", raw, value, section, kind, storage, len(auxiliary) // 18))
        self.rows += [auxiliary[at : at + 18] for at in range(0, len(auxiliary), 18)]
        return self

    def exports(self, functions, forwarded=()):
        """`functions`: name → offset in the image; `forwarded` names are another DLL's."""
        at, rows = self.next_address, sorted([*functions.items(), *((name, None) for name in forwarded)])
        count = len(rows)
        strings, names = b"", []
        first = 40 + 10 * count
        for name, _ in rows:
            names.append(at + first + len(strings))
            strings += name.encode() + b"\0"
        addresses = [at + first if offset is None else offset for _, offset in rows]
        head = struct.pack("<2I2H7I", 0, 0, 0, 0, 0, 1, count, count, at + 40, at + 40 + 4 * count, at + 40 + 8 * count)
        content = (
            head + struct.pack(f"<{count}I", *addresses) + struct.pack(f"<{count}I", *names) + struct.pack(f"<{count}H", *range(count))
        )
        self.section(".edata", content + strings, DATA, 0)
        return self

    def starts(self, *functions):
        """(start, end, flags of the unwind information) of each function."""
        at = self.next_address
        first = 12 * len(functions)
        content = b"".join(struct.pack("<3I", start, end, at + first + place) for place, (start, end, _) in enumerate(functions))
        self.section(".pdata", content + bytes(1 | flags << 3 for *_, flags in functions), DATA, 3)
        self.directories[3] = (at, first)
        return self

    def debug(self, *records):
        """CodeView records, each an entry of the debug directory."""
        at, first = self.next_address, 28 * len(records)
        entries = content = b""
        for record in records:
            entries += struct.pack("<2I2H4I", 0, 0, 0, 0, 2, len(record), at + first + len(content), 0)
            content += record
        self.section(".buildid", entries + content)
        self.directories[6] = (at, first)
        return self

    def build(self):
        blob, headers = b"", []
        names = self.names
        for place, (name, content, flags) in enumerate(self.sections):
            raw = name.encode()
            if len(raw) > 8:
                raw, names = b"/%d" % (4 + len(names)), names + raw + b"\0"
            headers.append(
                struct.pack("<8s6I2HI", raw, len(content), 0x1000 * (1 + place), len(content), HEAD + len(blob), 0, 0, 0, 0, flags)
            )
            blob += content
        wide = self.machine != X86
        optional = struct.pack("<HBB5I", 0x20B if wide else 0x10B, 14, 0, 0, 0, 0, 0, 0)
        optional += struct.pack("<Q", BASE) if wide else struct.pack("<II", 0, 0x400000)
        optional += struct.pack("<2I6HII", 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0, self.image_size)
        optional = optional.ljust((112 if wide else 96) - 4, b"\0") + struct.pack("<I", 16)
        optional += b"".join(struct.pack("<II", *self.directories.get(i, (0, 0))) for i in range(16))
        coff = struct.pack("<2H3I2H", self.machine, len(headers), self.timestamp, HEAD + len(blob), len(self.rows), len(optional), 0x22)
        head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0" + coff + optional + b"".join(headers)
        table = b"".join(self.rows) + struct.pack("<I", 4 + len(names)) + names
        return head.ljust(HEAD, b"\0") + blob + table


def rsds(guid, age, path="press.pdb"):
    """A record that names a PDB."""
    return b"RSDS" + guid + struct.pack("<I", age) + path.encode() + b"\0"
