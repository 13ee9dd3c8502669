"""Damaged ELF files: only our exceptions, in bounded time."""

import random
from contextlib import suppress

from symbolicator.debugfiles.elf.file import ElfFile
from symbolicator.debugfiles.identify import identify
from symbolicator.errors import MalformedArtifact
from tests.counting import steps
from tests.makers.elf import COMPRESSED, DYNSYM, GLOBAL_FUNC, LOCAL_FUNC, REL_FILE, RELA, Maker, program

FILES = 600
STEPS = 50_000
NASTY = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 1 << 31, (1 << 32) - 1, 1 << 63, (1 << 64) - 1)


def samples():
    for bits, little, machine in ((64, True, 62), (32, True, 3), (64, False, 21), (32, True, 40), (64, True, 183)):
        maker = program(bits=bits, little=little, machine=machine).build_id(bytes(range(20)))
        rows = [(b"f%d" % i, 0x1000 + 7 * i, 9, GLOBAL_FUNC if i % 2 else LOCAL_FUNC, 1) for i in range(20)]
        maker.symbols(rows)
        table = maker.symbols(rows, ".dynsym", ".dynstr", DYNSYM)
        maker.add(".plt", b"\xff\x25\x00\x00\x00\x00" + bytes(10), flags=6, address=0x2000)
        maker.add(".rela.plt", maker.rela(0x2006, 1, 7, 0), RELA, link=table)
        maker.add(".debug_info", maker.pack("IIQQ", 1, 0, 100, 1) + bytes(100), flags=COMPRESSED)
        maker.add(".gnu_debuglink", b"app.debug\0\0\0abcd")
        maker.add(".opd", bytes(64), address=0x5000)
        yield bytes(maker.build())
    maker = Maker(kind=REL_FILE)
    maker.add(".text", bytes(64), flags=6)
    info = maker.add(".debug_info", bytes(64))
    table = maker.symbols([(b"f", 8, 8, GLOBAL_FUNC, 1)])
    maker.add(".rela.debug_info", b"".join(maker.rela(8 * i, 1, 1, i) for i in range(8)), RELA, link=table, info=info)
    yield bytes(maker.build())


def damaged(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        width = rng.choice((1, 2, 4, 8))
        # Half of the damage goes to the headers.
        at = (
            rng.randrange(64)
            if rng.random() < 0.25
            else rng.randrange(len(out) * 3 // 4, len(out))
            if rng.random() < 0.4
            else rng.randrange(len(out))
        )
        value = rng.choice((*NASTY, rng.randrange(len(out)))) & (1 << 8 * width) - 1
        out[at : at + width] = value.to_bytes(width, "little")
    return bytes(out[: rng.randrange(len(out))]) if rng.random() < 0.1 else bytes(out)


def touch(data: memoryview) -> None:
    """Everything a reader of debug information asks for."""
    identify("app", data)
    file = ElfFile(data)
    for name in (".debug_info", ".text", ".debug_str", ".opd"):
        file.section(name)
        file.section_address(name)
    for symbol in file.symbols():
        assert symbol.size
    _ = file.features, file.load_address, file.executable_ranges, file.debug_link, file.debug_alt_link, file.is_stripped


def test_damaged_files_raise_only_what_is_ours():
    rng = random.Random(3)
    originals = list(samples())
    for _ in range(FILES):
        data = damaged(rng.choice(originals), rng)
        with suppress(MalformedArtifact):
            assert steps(lambda data=data: touch(memoryview(data))) < STEPS
