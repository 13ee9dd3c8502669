"""Mutated ELF files by the thousand: only our exceptions leave, none takes long, memory stays bounded.

python -m benchmarks.fuzz_native --count 2000 --seed 1 [--folder with ELF files to start from]

Each file goes through `identify`, a whole compile and look-ups, and look-ups that read only the units they need. The work is done in child
processes, a run of cases each, with a bound on their memory; a case that a child dies of, or takes too long for, is named with what repeats
it: `--seed N --only K`. What is mutated: bits and bytes anywhere, numbers that are nasty, the ELF header, section headers (sizes, offsets,
types, flags), sections put in place of others, the files cut short, and where DWARF is: abbreviation tables, unit and line headers, LEB128s
that go on, compression headers.
"""

import argparse
import json
import random
import resource
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.opening import open_container
from symbolicator.errors import MalformedArtifact

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "native"
SECONDS = 2.0
"""A case may take."""
ROOM, SHARE = 192 << 20, 64
"""Bytes of memory a case may take beyond the interpreter's: ROOM, and SHARE times the file's size."""
ADDRESS_SPACE = 3 << 30
BATCH = 100
NASTY = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x10000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFF0,
    0xFFFFFFFF,
    1 << 44,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
)
LEBS = (b"\xff" * 12, b"\x80" * 30, b"\x80" * 9 + b"\x01", b"\xff" * 9 + b"\x7f", b"\xff\xff\xff\xff\x0f", b"\x7f", b"\x40")


def elf_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and head_of(path) == b"\x7fELF")


def head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


class Layout:
    """Where the headers and sections of an ELF file are, as far as mutations want to know: the file is whole."""

    def __init__(self, data: bytes) -> None:
        self.wide, self.order = data[4] == 2, "<" if data[5] == 1 else ">"
        at = struct.unpack_from(self.order + ("Q" if self.wide else "I"), data, 0x28 if self.wide else 0x20)[0]
        size, count, names = struct.unpack_from(self.order + "HHH", data, 0x3A if self.wide else 0x2E)
        self.header_size = size
        self.headers = [at + i * size for i in range(count)]
        fields = self.order + ("IIQQQQ" if self.wide else "IIIIII")
        rows = [struct.unpack_from(fields, data, each) for each in self.headers]
        base = rows[names][4] if names < len(rows) else 0
        self.sections = {
            data[base + row[0] : data.find(b"\0", base + row[0])].decode("latin-1"): (row[4], row[5], header)
            for row, header in zip(rows, self.headers, strict=True)
            if row[1] != 8 and row[5]
        }
        self.debug = [name for name in self.sections if "debug" in name]


def number(chance: random.Random, out: bytearray, at: int, width: int, order: str) -> None:
    value = chance.choice((chance.choice(NASTY), chance.randrange(len(out)), chance.randrange(1 << 8 * width)))
    raw = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little" if order == "<" else "big")
    out[at : at + width] = raw[: max(0, len(out) - at)]


def within(chance: random.Random, layout: Layout, *words: str) -> tuple[int, int] | None:
    names = [name for name in layout.sections if any(word in name for word in words)]
    return layout.sections[chance.choice(names)][:2] if names else None


def flip(chance: random.Random, out: bytearray, layout: Layout) -> None:
    for _ in range(chance.choice((1, 1, 4, 32))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)


def flip_debug(chance: random.Random, out: bytearray, layout: Layout) -> None:
    place = within(chance, layout, "debug", ".symtab", ".rela", ".note")
    if place:
        for _ in range(chance.choice((1, 1, 4, 16))):
            at = place[0] + chance.randrange(place[1])
            out[at] = chance.choice((out[at] ^ 1 << chance.randrange(8), chance.randrange(256), 0, 0x7F, 0x80, 0xFF))


def head(chance: random.Random, out: bytearray, layout: Layout) -> None:
    number(chance, out, chance.randrange(4, 64), chance.choice((1, 2, 4, 8)), layout.order)


def section_header(chance: random.Random, out: bytearray, layout: Layout) -> None:
    header = (
        chance.choice([layout.sections[name][2] for name in layout.debug] or layout.headers)
        if chance.random() < 0.8
        else chance.choice(layout.headers)
    )
    width = 8 if layout.wide else 4
    field = chance.choice(
        (0, 4, 8, 8 + 2 * width, 8 + 3 * width, 8 + 3 * width, 8 + 4 * width, layout.header_size - width, layout.header_size - 2 * width)
    )
    number(chance, out, header + field, 4 if field < 8 else width, layout.order)


def splice(chance: random.Random, out: bytearray, layout: Layout) -> None:
    """One section's header says where another's bytes are, or bytes of one go over those of another."""
    names = layout.debug or list(layout.sections)
    (start, size, header), (other, room, other_header) = (layout.sections[chance.choice(names)] for _ in range(2))
    if chance.random() < 0.5:
        width = 8 if layout.wide else 4
        field = 8 + 2 * width
        out[header + field : header + field + 2 * width] = out[other_header + field : other_header + field + 2 * width]
    else:
        length = chance.randrange(1, min(size, room) + 1)
        at = start + chance.randrange(size - length + 1)
        out[at : at + length] = out[other : other + length]


def cut(chance: random.Random, out: bytearray, layout: Layout) -> None:
    del out[chance.randrange(1, len(out)) :]


def leb(chance: random.Random, out: bytearray, layout: Layout) -> None:
    place = within(chance, layout, "abbrev", "info", "line", "rnglists", "types")
    if place:
        at = place[0] + chance.randrange(place[1])
        long = chance.choice(LEBS)
        out[at : at + len(long)] = long[: max(0, len(out) - at)]


def abbreviation(chance: random.Random, out: bytearray, layout: Layout) -> None:
    place = within(chance, layout, "abbrev")
    if place:
        for _ in range(chance.choice((1, 2, 8))):
            at = place[0] + chance.randrange(min(place[1], chance.choice((40, place[1]))))
            out[at] = chance.choice((0, 1, 2, 3, 5, 8, 0x11, 0x13, 0x1D, 0x21, 0x16, 0x2E, 0x31, 0x47, 0x55, chance.randrange(256)))


def unit_header(chance: random.Random, out: bytearray, layout: Layout) -> None:
    place = within(
        chance, layout, ".debug_info", ".debug_line", ".debug_types", ".debug_rnglists", ".debug_addr", ".debug_str_offsets", "_index"
    )
    if place:
        number(chance, out, place[0] + chance.randrange(min(place[1], 64)), chance.choice((1, 2, 4, 8)), layout.order)


MUTATIONS = (
    flip,
    flip_debug,
    flip_debug,
    head,
    section_header,
    section_header,
    splice,
    cut,
    leb,
    leb,
    abbreviation,
    unit_header,
    unit_header,
)


def mutated(chance: random.Random, data: bytes) -> bytes:
    """One to three mutations of a file. `cut` stands last: the others know where things are."""
    out, layout = bytearray(data), Layout(data)
    for each in sorted(chance.choices(MUTATIONS, k=chance.choice((1, 1, 2, 3))), key=lambda one: one is cut):
        each(chance, out, layout)
    return bytes(out)


def touch(chance: random.Random, data: bytes, others: list[bytes]) -> int:
    """Everything that a crash asks of a file; how many addresses had a function. Raises `MalformedArtifact` where the file is refused."""
    view = memoryview(data)
    identify("app.debug", view)
    container = open_container(view)
    _ = container.features, container.code_id, container.debug_id
    ranges = [one for one in container.executable_ranges if one[1] > one[0]] or [(0, 1 << 20)]
    asked = [chance.randrange(*chance.choice(ranges)) for _ in range(24)] + [0, 1, (1 << 64) - 1, 0x1000]
    answered = 0
    with suppress(MalformedArtifact):
        index = NativeCompiler().open(Table.open(NativeCompiler().compile(view, *map(memoryview, others)).to_bytes()))
        starts = index._table.column("starts")
        asked += [int(chance.choice(starts)) for _ in range(8)] if len(starts) else []
        for svma in asked:
            answered += any(one.function for one in index.lookup(svma))
        index.lookup_many(asked * 8)
        assert len(index.warnings) < 100
    with suppress(MalformedArtifact):
        LazyIndex(open_container(view), [open_container(memoryview(other)) for other in others]).lookup_many(asked)
    return answered


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def run(paths: list[Path], seed: int, cases: range) -> None:
    """In a child: the cases, a line of JSON each."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    for case in cases:
        chance = random.Random(f"{seed} {case}")
        path = chance.choice(paths)
        beside = [other for other in paths if other.parent == path.parent and other != path and other.suffix in {".dwo", ".dwp", ".common"}]
        data = mutated(chance, path.read_bytes())
        others = [mutated(chance, other.read_bytes()) if chance.random() < 0.3 else other.read_bytes() for other in beside]
        print(json.dumps({"case": case, "path": str(path)}), flush=True)
        before, start = peak(), time.process_time()
        answered = -1
        with suppress(MalformedArtifact):
            answered = touch(chance, data, others)
        print(
            json.dumps(
                {"case": case, "answered": answered, "seconds": time.process_time() - start, "grew": peak() - before, "size": len(data)}
            ),
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="one case, in this process")
    parser.add_argument("--folder", type=Path, default=FIXTURES)
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    paths = elf_files(options.folder)
    if options.child:
        run(paths, options.seed, range(*options.child))
        return
    if options.only is not None:
        run(paths, options.seed, range(options.only, options.only + 1))
        return
    began, slowest, largest, read, useful, failures, case = time.perf_counter(), 0.0, 0, 0, 0, 0, 0
    while case < options.count:
        stop = min(case + BATCH, options.count)
        command = [sys.executable, "-m", "benchmarks.fuzz_native", "--seed", str(options.seed), "--folder", str(options.folder)]
        try:
            done = subprocess.run(
                [*command, "--child", str(case), str(stop)], capture_output=True, text=True, timeout=20 * SECONDS + BATCH, check=False
            )
            out, why = done.stdout, done.stderr[-3000:] if done.returncode else ""
        except subprocess.TimeoutExpired as error:
            out, why = (error.stdout or b"").decode(), "it did not end"
        lines = [json.loads(line) for line in out.splitlines()]
        for one in lines:
            if "answered" in one:
                read, useful = read + (one["answered"] >= 0), useful + (one["answered"] > 0)
                slowest, largest = max(slowest, one["seconds"]), max(largest, one["grew"])
                if one["seconds"] > SECONDS or one["grew"] > ROOM + SHARE * one["size"]:
                    failures += 1
                    print(
                        f"--seed {options.seed} --only {one['case']}: {one['seconds']:.1f} s, {one['grew'] >> 20} MB more", file=sys.stderr
                    )
        case = stop
        if why:
            failures += 1
            last = lines[-1] if lines else {"case": "?", "path": "?"}
            print(f"--seed {options.seed} --only {last['case']} ({last.get('path')}): {why}", file=sys.stderr)
            case = last["case"] + 1 if lines else stop
    print(
        f"{options.count} files, {read} read, {useful} with functions, {failures} failures; slowest {slowest:.2f} s; most memory {largest >> 20} MB; {time.perf_counter() - began:.0f} s"
    )
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
