"""DWARF made up from the grammar, not from files: units of versions 2 to 5 with functions, inlined calls, ranges, line programs, split units
and packages (.dwo, .dwp). Mostly sound, so that readers get far; any number, reference or form may be wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.fuzz.forger import NASTY
from tests.makers.elf import ALLOC, EXEC, Maker

TEXT, SIZE = 0x1000, 0x4000
NAMES = [
    b"",
    b"main",
    b"_ZN6apiary4HiveD2Ev",
    b"_RNvC6smoker4main",
    b"a.c",
    b"/src",
    b"f<int>",
    b"x" * 300,
    b"\xff\xfe",
    b"_Z1fIXL_Z1gEEEvv",
]
FORMS = {
    "addr": 0x01, "data2": 0x05, "data4": 0x06, "data8": 0x07, "string": 0x08, "data1": 0x0B, "strp": 0x0E, "udata": 0x0F, "ref_addr": 0x10,
    "ref4": 0x13, "ref8": 0x14, "ref_udata": 0x15, "sec_offset": 0x17, "exprloc": 0x18, "flag_present": 0x19, "strx": 0x1A, "addrx": 0x1B,
    "data16": 0x1E, "line_strp": 0x1F, "implicit_const": 0x21, "rnglistx": 0x23, "strx1": 0x25, "addrx1": 0x29, "indirect": 0x16, "block": 0x09,
}  # fmt: skip
(NAME, STMT_LIST, LOW, HIGH, LANGUAGE, COMP_DIR, ORIGIN, SPECIFICATION, RANGES, FILE, LINE, COLUMN, LINKAGE, STR_BASE, ADDR_BASE, RNG_BASE, DWO_NAME, SIBLING, INLINE) = (
    0x03, 0x10, 0x11, 0x12, 0x13, 0x1B, 0x31, 0x47, 0x55, 0x58, 0x59, 0x57, 0x6E, 0x72, 0x73, 0x74, 0x76, 0x01, 0x20,
)  # fmt: skip
UNIT, FUNCTION, CALL, BLOCK, SPACE, CLASS, VARIABLE, SKELETON = 0x11, 0x2E, 0x1D, 0x0B, 0x39, 0x02, 0x34, 0x4A
_Attribute = tuple[int, str, Any]


def uleb(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


class Made:
    """One file's sections as they grow. `split`: the units go to a .dwo, whose addresses are in the main file."""

    def __init__(self, chance: random.Random, split: bool) -> None:
        self.chance, self.split = chance, split
        self.big = chance.random() < 0.15
        self.order: Any = "big" if self.big else "little"
        self.wrong = chance.choice((0, 0, 0.01, 0.05))
        self.info, self.abbrev, self.strings = bytearray(), bytearray(), bytearray(b"\0")
        self.line, self.ranges, self.lists, self.addr = bytearray(), bytearray(), bytearray(), bytearray()
        self.offsets, self.skeletons, self.skeleton_abbrev = bytearray(), bytearray(), bytearray()
        self.dies: list[int] = [0]
        self.abstract: list[int] = []

    def n(self, value: int, width: int) -> bytes:
        if self.chance.random() < self.wrong:
            value = self.chance.choice((*NASTY, self.chance.randrange(0x8000)))
        return (value & (1 << 8 * width) - 1).to_bytes(width, self.order)

    def text(self) -> bytes:
        return self.chance.choice(NAMES)

    def string(self, text: bytes) -> int:
        self.strings += text + b"\0"
        return len(self.strings) - len(text) - 1

    def span(self) -> tuple[int, int]:
        start = TEXT + self.chance.randrange(SIZE - 64)
        return start, start + self.chance.choice((0, 1, 4, 16, 64, 300))

    def value(self, form: str, value: Any) -> bytes:
        if form == "string":
            return bytes(value).replace(b"\0", b"") + b"\0"
        if form in ("strp", "line_strp"):
            return self.n(self.string(value), 4)
        if form.startswith("strx"):
            self.offsets += self.n(self.string(value), 4)
            number = len(self.offsets) // 4 - 1
            return self.n(number, 1) if form == "strx1" else uleb(number)
        if form.startswith("addrx"):
            self.addr += self.n(value, 8)
            number = len(self.addr) // 8 - 1
            return self.n(number, 1) if form == "addrx1" else uleb(number)
        if form in {"exprloc", "block"}:
            return uleb(len(value)) + bytes(value)
        if form in ("udata", "ref_udata", "rnglistx"):
            return uleb(value & (1 << 64) - 1)
        widths = {"addr": 8, "data1": 1, "data2": 2, "data4": 4, "data8": 8, "ref_addr": 4, "ref4": 4, "ref8": 8, "sec_offset": 4}
        return self.n(value, widths[form]) if form in widths else bytes(16 if form == "data16" else 0)

    def unit(self, version: int) -> None:
        chance, codes = self.chance, {}  # type: ignore[var-annotated]
        start, abbrev_at = len(self.info), len(self.abbrev)
        string = ("string", "strp", "line_strp", "strx", "strx1") if version == 5 else ("string", "strp")
        address = ("addr", "addrx", "addrx1") if version == 5 else ("addr",)
        if self.split:
            string, address = ("string", "strx", "strx1"), ("addrx", "addrx1")
        body = bytearray()

        def die(tag: int, attributes: list[_Attribute], inner: Callable[[int], None] | None, depth: int) -> None:
            shape = tag, inner is not None, tuple((attribute, form) for attribute, form, _ in attributes)
            code = codes.setdefault(shape, len(codes) + 1)
            if chance.random() < self.wrong:
                code = chance.choice((0, 99, 1))
            self.dies.append(head + len(body))
            body.extend(uleb(code))
            for _, form, value in attributes:
                body.extend(self.value(form, value))
            if inner is not None:
                inner(depth + 1)
                if chance.random() >= self.wrong:
                    body.append(0)

        def where(attributes: list[_Attribute]) -> None:
            low, high = self.span()
            if chance.random() < 0.7:
                attributes += [(LOW, chance.choice(address), low), (HIGH, chance.choice(("data4", "udata")), high - low)]
            else:
                attributes.append((RANGES, *self.range_list(version, low)))

        def children(depth: int) -> None:
            for _ in range(chance.choice((0, 1, 2, 3)) if depth < 6 else 0):
                attributes: list[_Attribute] = []
                tag = chance.choice((FUNCTION, FUNCTION, CALL, CALL, BLOCK, SPACE, CLASS, VARIABLE))
                if tag in (FUNCTION, SPACE, CLASS) and chance.random() < 0.8:
                    attributes.append((NAME, chance.choice(string), self.text()))
                if tag == FUNCTION and chance.random() < 0.4:
                    attributes.append((LINKAGE, chance.choice(string), self.text()))
                if tag == CALL or (tag == FUNCTION and chance.random() < 0.3):
                    target = chance.choice(self.dies) if chance.random() < 0.9 else chance.randrange(1 << 12)
                    form = chance.choice(("ref4", "ref4", "ref_udata", "ref8", "ref_addr"))
                    attributes.append(
                        (chance.choice((ORIGIN, ORIGIN, SPECIFICATION)), form, target if form == "ref_addr" else max(target - start, 0))
                    )
                if tag == CALL:
                    attributes += [(FILE, "data1", chance.randrange(4)), (LINE, "udata", chance.randrange(500)), (COLUMN, "data1", 3)]
                if tag in (CALL, BLOCK) or (tag == FUNCTION and chance.random() < 0.8):
                    where(attributes)
                elif tag == FUNCTION:
                    attributes.append((INLINE, "data1", 1))
                if tag == VARIABLE:
                    attributes.append((0x02, chance.choice(("exprloc", "block")), bytes(chance.randrange(9))))
                die(tag, attributes, children if tag != VARIABLE and chance.random() < 0.7 else None, depth)

        head = start + (12 if version < 5 else 20 if self.split else 12) - (1 if version < 5 else 0)
        low, _ = self.span()
        root: list[_Attribute] = [(NAME, "string", b"a.c"), (LANGUAGE, "data1", chance.choice((0x0C, 0x21, 0x1C, 0x16)))]
        if not self.split:
            root += [
                (COMP_DIR, chance.choice(string[:2]), b"/src"),
                (STMT_LIST, "sec_offset" if version > 3 else "data4", self.line_program(version)),
            ]
            if version == 5:
                root += [(STR_BASE, "sec_offset", 8), (ADDR_BASE, "sec_offset", 8), (RNG_BASE, "sec_offset", 12)]
            where(root)
        die(UNIT, root, children, 0)
        header = self.n(version, 2)
        if version < 5:
            header += self.n(abbrev_at, 4) + b"\x08"
        else:
            header += (b"\x05" if self.split else b"\x01") + b"\x08" + self.n(abbrev_at, 4) + (b"dwo-id!!" if self.split else b"")
        self.info += self.n(len(header) + len(body), 4) + header + body
        for (tag, has_children, shape), code in codes.items():
            self.abbrev += uleb(code) + uleb(tag) + bytes([has_children])
            for attribute, form in shape:
                self.abbrev += uleb(attribute) + uleb(FORMS[form])
            self.abbrev += b"\0\0"
        self.abbrev += b"\0"
        if self.split:
            self.skeleton(version, low)

    def skeleton(self, version: int, low: int) -> None:
        at = len(self.skeleton_abbrev)
        shape = [
            (STMT_LIST, "sec_offset"),
            (DWO_NAME, "string"),
            (COMP_DIR, "string"),
            (ADDR_BASE, "sec_offset"),
            (LOW, "addr"),
            (HIGH, "data4"),
        ]
        values = (self.line_program(version), b"a.dwo", b"/src", 8, low, 0x2000)
        self.skeleton_abbrev += uleb(1) + uleb(SKELETON) + b"\0" + b"".join(uleb(a) + uleb(FORMS[f]) for a, f in shape) + b"\0\0\0"
        body = uleb(1) + b"".join(self.value(form, value) for (_, form), value in zip(shape, values, strict=True))
        header = self.n(5, 2) + b"\x04\x08" + self.n(at, 4) + b"dwo-id!!"
        self.skeletons += self.n(len(header) + len(body), 4) + header + body

    def range_list(self, version: int, base: int) -> tuple[str, int]:
        spans = [self.span() for _ in range(self.chance.randrange(4))]
        if version < 5:
            at = len(self.ranges)
            self.ranges += b"".join(self.n(one, 8) for span in spans for one in span) + bytes(16)
            return ("sec_offset" if version == 4 else "data4"), at
        at = len(self.lists)
        for first, end in spans:
            kind = self.chance.choice((4, 6, 7, 5))
            pair = uleb(max(first - base, 0)) + uleb(max(end - base, 0))
            self.lists += (
                bytes([kind])
                + {4: pair, 5: self.n(base, 8), 6: self.n(first, 8) + self.n(end, 8), 7: self.n(first, 8) + uleb(end - first)}[kind]
            )
        self.lists += b"\0"
        return "sec_offset", at + 12

    def line_program(self, version: int) -> int:
        chance, at = self.chance, len(self.line)
        base, width, first = chance.choice((-5, -3, 1)), chance.choice((14, 12, 1)), 13
        head = (
            b"\x01"
            + (b"\x01" if version > 3 else b"")
            + bytes([1, base & 0xFF, width, first])
            + bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
        )
        if version < 5:
            head += b"inc\0\0a.c\0\0\0\0b.h\0\x01\0\0\0"
        else:
            head += b"\x01\x01\x08\x02/src\0inc\0" + b"\x02\x01\x08\x02\x0b\x03" + b"a.c\0\0" + b"b.h\0\x01" + b"c.h\0\x07"
        program = bytearray()
        for _ in range(chance.randrange(1, 4)):
            program += b"\0\x09\x02" + self.n(self.span()[0], 8)
            for _ in range(chance.randrange(12)):
                program += chance.choice(
                    (
                        bytes([chance.randrange(13, 256)]),
                        b"\x01",
                        b"\x02" + uleb(chance.randrange(40)),
                        b"\x03" + uleb(chance.randrange(60)),
                        b"\x04" + uleb(chance.randrange(5)),
                        b"\x05\x07",
                        b"\x08",
                        b"\x09\x04\0",
                        b"\x06",
                        b"\0\x03\x80ab",
                    )
                )
            program += b"\0\x01\x01" if chance.random() < 0.9 else b""
        body = self.n(len(head), 4) + head + program
        body = self.n(version, 2) + (b"\x08\0" if version == 5 else b"") + body
        self.line += self.n(len(body), 4) + body
        return at

    def _with_header(self, content: bytes, more: bytes) -> bytes:
        """A section of version 5: its length, the version and what follows."""
        return self.n(len(content) + 2 + len(more), 4) + self.n(5, 2) + more + content

    def files(self) -> list[bytes]:
        """The file, and the .dwo or .dwp behind it."""
        main = Maker(little=not self.big)
        main.add(".text", bytes(64), flags=ALLOC | EXEC, address=TEXT, size=SIZE, type=8)
        main.load(TEXT, SIZE)
        main.symbols([(b"sym%d" % i, TEXT + 0x300 * i, 0x200, 0x12, 1) for i in range(20)])
        main.add(".debug_line", bytes(self.line))
        main.add(".debug_addr", self._with_header(bytes(self.addr), b"\x08\0"))
        ending = ".dwo" if self.split else ""
        sections = {
            "info": bytes(self.info), "abbrev": bytes(self.abbrev), "str": bytes(self.strings), "ranges": bytes(self.ranges),
            "str_offsets": self._with_header(bytes(self.offsets), b"\0\0"), "rnglists": self._with_header(bytes(self.lists), b"\x08\0" + bytes(4)),
        }  # fmt: skip
        if not self.split:
            for name, content in sections.items():
                main.add(f".debug_{name}", content)
            main.add(".debug_line_str", sections["str"])
            return [bytes(main.build())]
        main.add(".debug_info", bytes(self.skeletons))
        main.add(".debug_abbrev", bytes(self.skeleton_abbrev))
        other = Maker(little=not self.big)
        for name, content in sections.items():
            other.add(f".debug_{name}{ending}", content)
        if self.chance.random() < 0.4:
            parts = ((1, sections["info"]), (3, sections["abbrev"]), (6, sections["str_offsets"]), (8, sections["rnglists"]))
            index = self.n(5, 2) + bytes(2) + self.n(len(parts), 4) + self.n(1, 4) + self.n(2, 4)
            index += bytes(8) + b"dwo-id!!" + self.n(0, 4) + self.n(1, 4) + b"".join(self.n(kind, 4) for kind, _ in parts)
            other.add(".debug_cu_index", index + b"".join(self.n(0, 4) for _ in parts) + b"".join(self.n(len(one), 4) for _, one in parts))
        return [bytes(main.build()), bytes(other.build())]


def made(chance: random.Random) -> list[bytes]:
    """A file, and what belongs to it."""
    split = chance.random() < 0.3
    file = Made(chance, split)
    for _ in range(1 if split else chance.randrange(1, 6)):
        file.unit(5 if split else chance.choice((2, 3, 4, 5)))
    return file.files()
