"""ProGuard and R8 mappings, side by side with symbolic's ProguardMapper: compile, 100,000 frames, open again.

Usage: python benchmarks/mappings.py [--repeat N] [--megabytes N]

The mapping is made here, always the same: classes, fields, methods with ranges, inline groups, source files and the comments that R8
writes, in the proportions of a large app's. Every measurement is a fresh process; the contenders take turns, and are asked the same frames.

What is timed, in CPU seconds of the process:

* compile   ours: `MappingCompiler.compile` and the table's file; symbolic: `ProguardMapper.open` and one look-up (it parses at once)
* frames    100,000 frames mapped, on what was opened before
* open      ours, in a second process: the table's file opened by mmap, and one look-up
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import children

MEGABYTES = 30
FRAMES = 100_000
REPEAT = 5
SEED = 20
WORDS = [
    "account",
    "basket",
    "cache",
    "device",
    "engine",
    "feature",
    "gallery",
    "handler",
    "index",
    "journal",
    "kernel",
    "layout",
    "manager",
    "network",
    "order",
    "player",
    "queue",
    "reader",
    "session",
    "task",
    "update",
    "view",
    "widget",
]
TYPES = [
    "int",
    "long",
    "boolean",
    "java.lang.String",
    "java.util.List",
    "kotlin.coroutines.Continuation",
    "android.view.View",
    "byte[]",
    "java.lang.Object",
]
TINY = b"a.B -> c:\n    1:2:void d():3:4 -> e\n"


def short(number: int) -> str:
    """`a`, `b`, … `z`, `aa`, …: names as a shrinker gives them."""
    name = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(97 + digit) + name
    return name


def made(size: int, frames: int = FRAMES) -> tuple[bytes, list[tuple[str, str, int]]]:
    """A mapping of at least `size` bytes, and frames of it: class, method, line."""
    chance = random.Random(SEED)
    lines = ["# compiler: R8", "# compiler_version: 8.5.35", '# {"id":"com.android.tools.r8.mapping","version":"2.2"}']
    places: list[tuple[str, str, int]] = []
    total = number = 0
    earlier = ["kotlin.collections.CollectionsKt"]  # what was inlined is nearly always from a class of the mapping

    def word() -> str:
        return chance.choice(WORDS)

    def parameters() -> str:
        return ",".join(chance.choice(TYPES) for _ in range(chance.randrange(4)))

    while total < size:
        before = len(lines)
        package = f"com.{word()}.{word()}.{word()}"
        simple = "".join(word().capitalize() for _ in range(3)) + str(number)
        original, renamed = f"{package}.{simple}", f"{short(number // 700)}.{short(number)}"
        lines += [f"{original} -> {renamed}:", f'# {{"id":"sourceFile","fileName":"{simple}.kt"}}']
        number += 1
        earlier.append(original)
        for i in range(chance.randrange(6)):
            lines.append(f"    {chance.choice(TYPES)} {word()}{word().capitalize()} -> {short(i)}")
        line, first = 1, chance.randrange(10, 300)
        for i in range(chance.randrange(2, 16)):
            method, given, result = f"{word()}{word().capitalize()}", parameters(), chance.choice(TYPES)
            name = short(i // 2)
            for _ in range(chance.randrange(1, 9)):
                inlined = chance.random() < 0.4
                if inlined:
                    other = chance.choice(earlier)
                    at = chance.randrange(5, 900)
                    lines.append(f"    {line}:{line}:{result} {other}.{word()}{word().capitalize()}({parameters()}):{at}:{at} -> {name}")
                    lines.append(f"    {line}:{line}:{result} {method}({given}):{first} -> {name}")
                    last = line
                else:
                    last = line + chance.randrange(4)
                    lines.append(f"    {line}:{last}:{result} {method}({given}):{first}:{first + last - line} -> {name}")
                places.append((renamed, name, chance.randint(line, last)))
                line, first = last + 1, first + chance.randrange(1, 6)
            if chance.random() < 0.2:
                lines.append(f'      # {{"id":"com.android.tools.r8.residualsignature","signature":"(L{renamed.replace(".", "/")};)V"}}')
            if chance.random() < 0.05:
                lines.append('      # {"id":"com.android.tools.r8.synthesized"}')
        total += sum(len(text) + 1 for text in lines[before:])
    return ("\n".join(lines) + "\n").encode(), [chance.choice(places) for _ in range(frames)]


# ── in the child ──────────────────────────────────────────────────────────────────────────────────────────────────


def answers_of(look_up, frames) -> tuple[float, int, list]:
    start = time.process_time()
    found = [look_up(*frame) for frame in frames]
    return time.process_time() - start, sum(map(bool, found)), found[:200]


def child_ours(path: Path, frames: list, output: Path) -> dict:
    from symbolicator.artifacts.tables import Table
    from symbolicator.mappings import MappingCompiler

    compiler = MappingCompiler()
    compiler.open(Table.open(compiler.compile(memoryview(TINY)).to_bytes())).frames("c", "e", 1)
    base = children.peak()
    start = time.process_time()
    with path.open("rb") as file, output.open("wb") as written:
        size = compiler.compile(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))).write(written)
    seconds = time.process_time() - start
    peak = children.peak() - base
    with output.open("rb") as file:
        index = compiler.open(Table.open(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
    mapped, answered, found = answers_of(index.frames, frames)
    shown = [[(one.class_name, one.method, one.line) for one in reversed(alternatives[0])] for alternatives in found if alternatives]
    return {"cpu": seconds, "peak": peak, "frames": mapped, "answered": answered, "size": size, "answers": shown}


def child_symbolic(path: Path, frames: list) -> dict:
    from symbolic.proguard import ProguardMapper

    with tempfile.NamedTemporaryFile() as tiny:
        tiny.write(TINY)
        tiny.flush()
        ProguardMapper.open(tiny.name).remap_frame("c", "e", 1)
    base = children.peak()
    start = time.process_time()
    mapper = ProguardMapper.open(str(path))
    mapper.remap_frame(*frames[0])
    seconds = time.process_time() - start
    peak = children.peak() - base
    mapped, answered, found = answers_of(mapper.remap_frame, frames)
    shown = [[(one.class_name, one.method, one.line) for one in each] for each in found if each]
    return {"cpu": seconds, "peak": peak, "frames": mapped, "answered": answered, "answers": shown}


def child_open(path: Path, frames: list) -> dict:
    from symbolicator.artifacts.tables import Table
    from symbolicator.mappings import MappingCompiler

    compiler = MappingCompiler()
    compiler.open(Table.open(compiler.compile(memoryview(TINY)).to_bytes())).frames("c", "e", 1)
    with path.open("rb") as file:
        start = time.process_time()
        index = compiler.open(Table.open(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
        found = index.frames(*frames[0])
        return {"cpu": time.process_time() - start, "found": len(found)}


# ── in the parent ─────────────────────────────────────────────────────────────────────────────────────────────────


def main(repeat: int, megabytes: float = MEGABYTES) -> list[tuple[str, bool]]:
    """Measure and print; each target's sentence and whether it was kept."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, asked, table = folder / "mapping.txt", folder / "frames.json", folder / "mapping.table"
        text, frames = made(int(megabytes * 1e6))
        path.write_bytes(text)
        asked.write_text(json.dumps(frames))
        results: dict[str, list[dict]] = {"ours": [], "symbolic": [], "open": []}
        for _ in range(repeat):
            results["ours"].append(child("ours", path, asked, table))
            results["symbolic"].append(child("symbolic", path, asked))
            results["open"].append(child("open", table, asked))
    ours, theirs = (children.medians(results[who], "cpu", "peak", "frames") for who in ("ours", "symbolic"))
    opened = children.medians(results["open"], "cpu")
    judged = [
        ("compile, CPU ours/symbolic", ours["cpu"] / theirs["cpu"], 2.0),
        ("compile, peak memory ours/symbolic", ours["peak"] / theirs["peak"], 1.0),
        (f"{len(frames):,} frames, CPU ours/symbolic", ours["frames"] / theirs["frames"], 1.0),
        ("open again, CPU of compile", opened["cpu"] / ours["cpu"], 0.02),
    ]
    agree = sum(a == b for a, b in zip(map(to_tuples, ours["answers"]), map(to_tuples, theirs["answers"]), strict=False))
    line_count = text.count(b"\n")
    print(f"\nmapping: {len(text) / 1e6:.1f} MB, {line_count:,} lines; table {ours['size'] / 1e6:.1f} MB")
    rows = [
        (
            who,
            f"{one['cpu'] * 1e3:.0f}",
            f"{one['peak'] / children.MB:.0f}",
            f"{one['frames'] * 1e3:.0f}",
            f"{one['answered']:,}/{len(frames):,}",
        )
        for who, one in (("ours", ours), ("symbolic", theirs))
    ]
    print(children.table(("", "compile ms", "peak MB", "frames ms", "answered"), rows))
    print(f"opened again and one frame: {opened['cpu'] * 1e3:.2f} ms; the first {len(ours['answers'])} answers: {agree} agree", flush=True)
    verdicts = [(f"mapping: {what} {ratio:.3f}, target ≤ {target:g}", ratio <= target) for what, ratio, target in judged]
    return [*verdicts, (f"mapping: all frames answered, {agree} of {len(ours['answers'])} alike", ours["answered"] == len(frames))]


def to_tuples(answer: list) -> list[tuple]:
    return [tuple(frame) for frame in answer]


def child(*arguments: object) -> dict:
    return children.run([sys.executable, __file__, "--child", *map(str, arguments)])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        what, *rest = sys.argv[2:]
        asked_frames = json.loads(Path(rest[1]).read_text())
        work = {
            "ours": lambda: child_ours(Path(rest[0]), asked_frames, Path(rest[2])),
            "symbolic": lambda: child_symbolic(Path(rest[0]), asked_frames),
            "open": lambda: child_open(Path(rest[0]), asked_frames),
        }[what]
        print(json.dumps(work()))
        sys.stdout.flush()
        os._exit(0)  # the tear-down is not measured
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--repeat", type=int, default=REPEAT)
    parser.add_argument("--megabytes", type=float, default=MEGABYTES)
    options = parser.parse_args()
    for sentence, kept in main(options.repeat, options.megabytes):
        print(f"{'ok  ' if kept else 'over'}  {sentence}")
