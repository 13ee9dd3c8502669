"""DWARF written by hand, for tests: sections as bytes, and a container that gives them out."""

from symbolicator.debugfiles.symbols import Symbols


def uleb(value):
    out = bytearray()
    while True:
        byte, value = value & 127, value >> 7
        out.append(byte | (128 if value else 0))
        if not value:
            return bytes(out)


class Sections:
    """A `Container` of given sections."""

    format, arch, bits, little_endian, relocatable, load_address = "elf", "x86_64", 64, True, False, 0
    code_id = debug_id = bodies = None
    features = frozenset()
    whole = memoryview(b"")

    def __init__(self, code=((0x1000, 0x100000),), **sections):
        self.sections = {f".{name}": memoryview(content) for name, content in sections.items()}
        self.executable_ranges = code
        self.warnings = []

    def section(self, name):
        return self.sections.get(name)

    def section_address(self, name):
        return None

    def symbols(self):
        return Symbols([])


# Abbreviations: 1 a unit, 2 a function with children, 3 an inlined call, 4 a name, 5 a name that comes from elsewhere.
ABBREVS = b"".join(
    [
        # unit: name string, low_pc addr, high_pc data4, language data1
        uleb(1) + uleb(0x11) + b"\1" + bytes([0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0x13, 0x0B, 0, 0]),
        # function: low_pc addr, high_pc data4, abstract_origin ref4
        uleb(2) + uleb(0x2E) + b"\1" + bytes([0x11, 0x01, 0x12, 0x06, 0x31, 0x13, 0, 0]),
        # inlined: low_pc addr, high_pc data4, abstract_origin ref4, call_line udata
        uleb(3) + uleb(0x1D) + b"\1" + bytes([0x11, 0x01, 0x12, 0x06, 0x31, 0x13, 0x59, 0x0F, 0, 0]),
        # a name
        uleb(4) + uleb(0x2E) + b"\0" + bytes([0x03, 0x08, 0, 0]),
        # only an origin
        uleb(5) + uleb(0x2E) + b"\0" + bytes([0x31, 0x13, 0, 0]),
        # a block of the length that it says
        uleb(6) + uleb(0x34) + b"\0" + bytes([0x02, 0x18, 0, 0]),
        b"\0",
    ]
)


def unit(body, version=4, low=0x1000, size=0x1000, language=0x0C):
    """A unit of version 4 whose DIE holds `body`; DIEs in it start at 33."""
    content = version.to_bytes(2, "little") + bytes(4) + b"\x08"
    content += uleb(1) + b"a.c\0" + low.to_bytes(8, "little") + size.to_bytes(4, "little") + bytes([language]) + body + b"\0"
    return len(content).to_bytes(4, "little") + content


BODY_AT = 11 + 1 + 4 + 8 + 4 + 1
"""Where the first DIE of `unit`'s body is, in the unit."""


def named(name):
    return uleb(4) + name.encode() + b"\0"


def function(low, size, origin, *children):
    return uleb(2) + low.to_bytes(8, "little") + size.to_bytes(4, "little") + origin.to_bytes(4, "little") + b"".join(children) + b"\0"


def inlined(low, size, origin, line, *children):
    head = uleb(3) + low.to_bytes(8, "little") + size.to_bytes(4, "little") + origin.to_bytes(4, "little") + uleb(line)
    return head + b"".join(children) + b"\0"
