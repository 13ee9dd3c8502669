"""Portable PDBs to order, by the specification: documents, methods with their points, embedded sources, Source Link."""

import struct
import zlib

SOURCE_LINK = bytes.fromhex("560511cc91a0384d9fec25ab9a351a6a")
EMBEDDED = bytes.fromhex("1b578a0e26696e46b4ad8ab04611f5fe")
CSHARP = bytes.fromhex("f862513fc607d311905300c04fa302a1")
_TABLES = (0x30, 0x31, 0x36, 0x37)


def number(value):
    """A compressed number."""
    if value < 0x80:
        return bytes([value])
    if value < 0x4000:
        return (value | 0x8000).to_bytes(2, "big")
    return (value | 0xC0000000).to_bytes(4, "big")


def signed(value):
    """A compressed signed number."""
    for bits, mark in ((6, 7), (13, 14), (28, 29)):
        if -(1 << bits) <= value < 1 << bits:
            rotated = (value & (1 << bits) - 1) << 1 | (value < 0)
            return rotated.to_bytes(1, "big") if mark == 7 else number_of_width(rotated, mark)
    raise ValueError(value)


def number_of_width(value, bits):
    return (value | 0x8000).to_bytes(2, "big") if bits == 14 else (value | 0xC0000000).to_bytes(4, "big")


def points(rows, document=None):
    """The blob of (offset, line, column) rows, line None where hidden; a row of one number goes on in that document."""
    blob = number(0) + (number(document) if document is not None else b"")
    last, line, column = 0, None, 0
    for row in rows:
        if len(row) == 1:
            blob += number(0) + number(row[0])
            continue
        offset, at, where = row
        blob += number(offset - last)
        last = offset
        if at is None:
            blob += number(0) + number(0)
            continue
        blob += number(0) + number(5)
        blob += number(at) + number(where) if line is None else signed(at - line) + signed(where - column)
        line, column = at, where
    return blob


class Maker:
    """A PDB; `build` gives its bytes."""

    def __init__(self, guid=bytes(range(1, 17)), stamp=0x12345678):
        self.guid, self.stamp = guid, stamp
        self.blobs, self.guids = b"\0", b""
        self.rows = {table: [] for table in _TABLES}

    def blob(self, content):
        at = len(self.blobs)
        self.blobs += number(len(content)) + content
        return at

    def guid_of(self, content):
        self.guids += content
        return len(self.guids) // 16

    def document(self, name, language=CSHARP, separator="/"):
        """Its number."""
        parts = name.split(separator)
        name = separator.encode() + b"".join(number(self.blob(part.encode()) if part else 0) for part in parts)
        self.rows[0x30].append(struct.pack("<IHIH", self.blob(name), 0, 0, self.guid_of(language)))
        return len(self.rows[0x30])

    def method(self, document, rows=(), blob=None):
        """Its row."""
        blob = self.blob(points(rows) if blob is None else blob) if rows or blob is not None else 0
        self.rows[0x31].append(struct.pack("<HI", document, blob))
        return len(self.rows[0x31])

    def machine(self, body, method):
        self.rows[0x36].append(struct.pack("<HH", body, method))
        return self

    def custom(self, parent, kind, value):
        self.rows[0x37].append(struct.pack("<HHI", parent, self.guid_of(kind), self.blob(value)))
        return self

    def source(self, document, text, size=None):
        """Embedded, deflated; `size` is what it says of itself."""
        squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
        content = squeezer.compress(text) + squeezer.flush()
        return self.custom(document << 5 | 22, EMBEDDED, struct.pack("<I", len(text) if size is None else size) + content)

    def source_link(self, text):
        return self.custom(1 << 5 | 7, SOURCE_LINK, text)

    def build(self, methods=None):
        tables = [table for table in _TABLES if self.rows[table]]
        stream = struct.pack("<IBBBBQQ", 0, 2, 0, 4, 1, sum(1 << table for table in tables), 0)
        stream += b"".join(struct.pack("<I", len(self.rows[table])) for table in tables)
        stream += b"".join(b"".join(self.rows[table]) for table in tables)
        pdb = self.guid + struct.pack("<IIQI", self.stamp, 0, 1 << 6, len(self.rows[0x31]) if methods is None else methods)
        return metadata({"#Pdb": pdb, "#~": stream, "#Strings": b"\0", "#GUID": self.guids, "#Blob": self.blobs})


def metadata(streams):
    """The root of some streams."""
    version = b"PDB v1.0\0\0\0\0"
    padded = {name: content + bytes(-len(content) % 4) for name, content in streams.items()}
    head = struct.pack("<4sHHII", b"BSJB", 1, 1, 0, len(version)) + version + struct.pack("<HH", 0, len(padded))
    names = {name: name.encode() + bytes(4 - len(name) % 4) for name in padded}
    at = len(head) + sum(8 + len(name) for name in names.values())
    for name, content in padded.items():
        head += struct.pack("<II", at, len(content)) + names[name]
        at += len(content)
    return head + b"".join(padded.values())
