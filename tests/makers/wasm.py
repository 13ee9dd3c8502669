"""WebAssembly modules, put together by section; and those of `fixtures/wasm`."""

from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "fixtures" / "wasm"
CODE, IMPORT, EXPORT, CUSTOM = 10, 2, 7, 0
HEADER = b"\0asm\x01\0\0\0"


def leb(value: int, room: int = 0) -> bytes:
    """An unsigned number; in at least `room` bytes."""
    out = bytearray()
    while value > 0x7F or len(out) + 1 < room:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def text(name: str) -> bytes:
    return leb(len(name.encode())) + name.encode()


def section(number: int, content: bytes) -> bytes:
    return bytes((number,)) + leb(len(content)) + content


def custom(name: str, content: bytes) -> bytes:
    return section(CUSTOM, text(name) + content)


def bodies(*sizes: int) -> bytes:
    """A code section whose functions have so many bytes."""
    return section(CODE, leb(len(sizes)) + b"".join(leb(size) + bytes(size) for size in sizes))


def names(named: dict[int, str], module: str | None = None) -> bytes:
    """A `name` section."""
    functions = leb(len(named)) + b"".join(leb(number) + text(name) for number, name in named.items())
    return custom("name", (section(0, text(module)) if module else b"") + section(1, functions))


def imports(*rows: bytes) -> bytes:
    return section(IMPORT, leb(len(rows)) + b"".join(text("env") + text("it") + row for row in rows))


def exports(named: dict[str, int]) -> bytes:
    return section(EXPORT, leb(len(named)) + b"".join(text(name) + b"\0" + leb(number) for name, number in named.items()))


def sections(module: bytes) -> list[tuple[int, str, bytes]]:
    """Id, name and whole bytes of each section of a sound module."""
    from symbolicator.debugfiles.wasm.sections import Sections

    found, at = [], len(HEADER)
    for one in Sections(memoryview(module)).every:
        found.append((one.id, one.name, module[at : one.end]))
        at = one.end
    return found


def without(module: bytes, *unwanted: int | str) -> bytes:
    """A module without some of its sections, by id or by the name of custom ones."""
    return HEADER + b"".join(whole for number, name, whole in sections(module) if (name or number) not in unwanted)
