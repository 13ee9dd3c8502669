"""Native debug files, side by side: whole-file compile, a cold start with 30 crash addresses, 100,000 look-ups from the compiled table.

Usage: python benchmarks/native.py [--repeat N] [rust libc librados libllvm dsym pdb giant wasm]

Every measurement is a fresh process (`children.py` says what its memory is less of); the contenders take turns.

* compile     ours: `NativeCompiler`, the table written to a file. symbolic: `Archive.open`, `make_symcache`, `dump_into`. The file is mapped by
              both, so its pages that were read count in the peak of both
* cold start  30 addresses, two thirds in inlined code, from the start of the process to its end: ours reads only the units that hold them
              (`native_cold.py`, `LazyIndex`); llvm-symbolizer reads likewise; symbolic converts all first. `uncompiled` is ours under SYMBOLICATOR_KERNELS=python
* 100,000     random addresses of the code; ours: `lookup_many` of the opened table; symbolic: `lookup` of its opened cache, one by one

Answers are compared frame by frame: linkage name, the file's last part, line. Names without a linkage name (C) are compared as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import mmap
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path

import children
from native_cold import Chain, chain_of_ours, chain_of_symbolic

REPEAT = 5
FOLDER = children.DATA / "native"
FILES = {"rust": "rust.so", "libc": "libc.debug", "librados": "librados.debug", "libllvm": "libllvm.debug", "dsym": "libware.dsym"}
FILES |= {"pdb": "ware.pdb", "giant": "giant.pdb", "wasm": "ruby.wasm"}
SMALLEST = "libc"
"""The file that is compiled uncompiled too: the table must be the same, byte for byte."""
COLD = 30
COLD_CHILD = children.HERE / "native_cold.py"
MANY = 100_000
TINY = children.HERE.parent / "fixtures" / "native" / "gcc-dwarf5" / "files" / "apiary"


# ── in the child ──────────────────────────────────────────────────────────────────────────────────────────────────


def mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def measured(work, *arguments) -> dict:
    """What a piece of work cost, warmed before."""
    base = children.peak()
    wall, cpu = time.perf_counter(), time.process_time()
    given = work(*arguments)
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "peak": children.peak() - base, **(given or {})}


def compile_ours(path: Path, output: Path) -> dict:
    from symbolicator.debugfiles.compiling import NativeCompiler

    with output.open("wb") as file:
        return {"size": NativeCompiler().compile(mapped(path)).write(file)}


def compile_symbolic(path: Path, output: Path) -> None:
    from symbolic import Archive

    with output.open("wb") as file:
        next(iter(Archive.open(str(path)).iter_objects())).make_symcache().dump_into(file)


COMPILERS = {"ours": compile_ours, "uncompiled": compile_ours, "symbolic": compile_symbolic}


def open_ours(table: Path):
    from symbolicator.artifacts.tables import Table
    from symbolicator.debugfiles.compiling import NativeCompiler

    return NativeCompiler().open(Table.open(mapped(table)))


def many_ours(table: Path, addresses: array, answers: Path) -> dict:
    index = open_ours(table)
    index.lookup(addresses[0])
    found: list = []
    cost = measured(lambda: found.extend(index.lookup_many(addresses)))
    answers.write_text(json.dumps([chain_of_ours(one) for one in found]))
    return cost


def many_symbolic(cache: Path, addresses: array, answers: Path) -> dict:
    from symbolic.symcache import SymCache

    opened = SymCache.open(str(cache))
    opened.lookup(addresses[0])
    lookup, asked = opened.lookup, addresses.tolist()
    found: list = []
    cost = measured(lambda: found.extend(map(lookup, asked)))
    answers.write_text(json.dumps([chain_of_symbolic(one) for one in found]))
    return cost


def child_choose(path: Path, table: Path) -> dict:
    """100,000 random addresses of the code, and of those 30 that a line is known of, two thirds of them in inlined code."""
    from symbolicator.debugfiles.opening import open_container

    chance = random.Random(2026)
    container = open_container(mapped(path))
    ranges = [one for one in container.executable_ranges if one[1] - one[0] > 256]
    where = chance.choices(ranges, weights=[end - start for start, end in ranges], k=MANY)
    many = [chance.randrange(start, end) for start, end in where]
    found = open_ours(table).lookup_many(many)
    inlined = [address for address, one in zip(many, found, strict=True) if len(one) > 1 and one[-1].line][: 2 * COLD // 3]
    plain = [address for address, one in zip(many, found, strict=True) if len(one) == 1 and one[0].line][: COLD - len(inlined)]
    shift = -container.load_address if container.format == "wasm" else 0  # symbolic counts from the module's first byte
    return {"many": many, "cold": inlined + plain, "covered": sum(map(bool, found)), "shift": shift}


# ── in the parent ─────────────────────────────────────────────────────────────────────────────────────────────────


def child(*arguments: object, **environment: str) -> dict:
    return children.run([sys.executable, __file__, "--child", *map(str, arguments)], **environment)


def uncompiled(name: str) -> dict[str, str]:
    return {"SYMBOLICATOR_KERNELS": "python"} if name == "uncompiled" else {}


def process(command: list[str], **environment: str) -> dict:
    """A whole process: its cost, and what it printed."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    measuring = [sys.executable, "-S", str(children.HERE / "measured.py"), *command]
    done = subprocess.run(measuring, env={**inherited, **environment}, capture_output=True, text=True, check=True)
    cost = json.loads(done.stderr)
    if cost["code"]:
        sys.exit(f"{' '.join(command[:4])} failed with {cost['code']}")
    return {**cost, "out": done.stdout}


def symbolizer() -> str | None:
    """The newest llvm-symbolizer there is."""
    names = [f"llvm-symbolizer-{version}" for version in range(40, 13, -1)]
    return next((name for name in (*names, "llvm-symbolizer") if shutil.which(name)), None)


def chains_of_llvm(text: str) -> list[Chain]:
    def frame(one: dict) -> list:
        return [one["FunctionName"], one["FileName"].rpartition("/")[2], one["Line"]]

    return [[frame(one) for one in reversed(answer.get("Symbol", []))] for answer in json.loads(text)]


def agree(mine: list[Chain], theirs: list[Chain]) -> int:
    return sum(a == b for a, b in zip(mine, theirs, strict=True))


def agree_in_lines(mine: list[Chain], theirs: list[Chain]) -> int:
    """Equal but for the names."""
    return sum([one[1:] for one in a] == [one[1:] for one in b] for a, b in zip(mine, theirs, strict=True))


class Report:
    """A table of contenders, and the verdicts on what has a target."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.verdicts: list[tuple[str, bool]] = []

    def ratio(self, what: str, value: float, target: float | None) -> str:
        if target is None:
            return f"{value:.2f}"
        self.verdicts.append((f"{self.file}: {what} {value:.3f}, target ≤ {target:g}", value <= target))
        return f"{value:.2f} (≤ {target:g}) {children.verdict(value, target)}"


def rows_of(
    found: dict[str, dict], report: Report, what: str, targets: dict[str, dict[str, float]], base: str = "ours"
) -> list[tuple[str, ...]]:
    """A row each: CPU, wall, peak, and the ratios of `base` to it. `targets`: by contender the targets of cpu, wall and peak."""
    rows = []
    for name, one in found.items():
        ratios = ["", "", ""]
        if name not in ("ours", "uncompiled"):
            for place, key in enumerate(("cpu", "wall", "peak")):
                target = targets.get(name, {}).get(key)
                ratios[place] = report.ratio(f"{what}, {base} / {name}, {key}", found[base][key] / max(one[key], 1e-9), target)
        numbers = (f"{one['cpu'] * 1000:.0f}", f"{one['wall'] * 1000:.0f}", f"{one['peak'] / children.MB:.0f}")
        rows.append((name, *numbers, *ratios, one.get("agree", "")))
    return rows


HEADER = ("CPU ms", "wall ms", "peak MB", "CPU ours/theirs", "wall", "peak", "agree")


def compare(name: str, path: Path, repeat: int, folder: Path) -> list[tuple[str, bool]]:
    """Measure everything on one file and print it; what the targets became."""
    report = Report(path.name)
    peer = ["symbolic"] if importlib.util.find_spec("symbolic") else []
    print(f"\n{path.name}: {path.stat().st_size / 1e6:.1f} MB", flush=True)

    outputs = {who: folder / f"{name}.{who}" for who in ("ours", "symbolic", "uncompiled")}
    runs: dict[str, list[dict]] = {who: [] for who in ("ours", *peer)}
    for _ in range(repeat):
        for who, each in runs.items():
            each.append(child("compile", who, path, outputs[who]))
    compiled = {who: children.medians(each, "cpu", "wall", "peak") for who, each in runs.items()}
    rows = rows_of(compiled, report, "compile", {"symbolic": {"cpu": 0.5, "peak": 1.0}})
    if name == SMALLEST:
        same = child("compile", "uncompiled", path, outputs["uncompiled"], **uncompiled("uncompiled"))
        digests = {hashlib.sha256(outputs[who].read_bytes()).digest() for who in ("ours", "uncompiled")}
        report.verdicts.append((f"{path.name}: the uncompiled kernels make the same table, byte for byte", len(digests) == 1))
        rows.insert(
            1,
            ("uncompiled", f"{same['cpu'] * 1000:.0f}", f"{same['wall'] * 1000:.0f}", f"{same['peak'] / children.MB:.0f}", "", "", "", ""),
        )
    print(children.table(("whole-file compile", *HEADER), rows))
    print(
        f"  table {compiled['ours']['size'] / 1e6:.1f} MB"
        + (f", symbolic's {outputs['symbolic'].stat().st_size / 1e6:.1f} MB" if peer else "")
    )

    chosen = child("choose", path, outputs["ours"])
    cold, many = ({who: folder / f"{who}.{kind}" for who in ("ours", "symbolic", "uncompiled")} for kind in ("cold", "many"))
    for who in cold:
        shift = chosen["shift"] if who == "symbolic" else 0
        cold[who].write_text(json.dumps([address + shift for address in chosen["cold"]]))
        many[who].write_bytes(array("Q", [address + shift for address in chosen["many"]]).tobytes())
    llvm = symbolizer()
    commands = {who: [sys.executable, str(COLD_CHILD), who, str(path), str(cold[who])] for who in ("ours", *peer, "uncompiled")}
    if llvm:
        program = ["--relative-address", "-e", str(path.with_suffix(".dll"))] if path.suffix == ".pdb" else ["-e", str(path)]
        commands["llvm-symbolizer"] = [llvm, "--output-style=JSON", "--no-demangle", *program, *map(hex, chosen["cold"])]
    starts: dict[str, list[dict]] = {who: [] for who in commands}
    for _ in range(repeat):
        for who, command in commands.items():
            starts[who].append(process(command, **uncompiled(who)))
    found = {who: children.medians(each, "cpu", "wall", "peak") for who, each in starts.items()}
    answers = {who: chains_of_llvm(one["out"]) if who == "llvm-symbolizer" else json.loads(one["out"]) for who, one in found.items()}
    for who, one in found.items():
        one["agree"] = f"{agree(answers['ours'], answers[who])}/{len(chosen['cold'])}"
    if peer:
        what = "cold start, uncompiled / symbolic, cpu"
        report.ratio(what, found["uncompiled"]["cpu"] / found["symbolic"]["cpu"], 1.0)
    print(
        children.table((f"cold start, {COLD} addresses", *HEADER), rows_of(found, report, "cold start", {"llvm-symbolizer": {"wall": 1.0}}))
    )

    looks: dict[str, list[dict]] = {who: [] for who in ("ours", *peer)}
    kept = {who: folder / f"{who}.answers" for who in looks}
    for _ in range(repeat):
        for who, each in looks.items():
            each.append(child("many", who, outputs[who], many[who], kept[who]))
    found = {who: children.medians(each, "cpu", "wall", "peak") for who, each in looks.items()}
    chains = {who: json.loads(kept[who].read_text()) for who in looks}
    for who, one in found.items():
        equal, lines = agree(chains["ours"], chains[who]), agree_in_lines(chains["ours"], chains[who])
        one["agree"] = f"{equal / MANY:.1%}, lines {lines / MANY:.1%}"
    print(children.table((f"{MANY:,} addresses", *HEADER), rows_of(found, report, f"{MANY:,} addresses", {"symbolic": {"cpu": 0.25}})))
    print(f"  {chosen['covered'] / MANY:.1%} of the addresses have an answer of ours", flush=True)
    for output in outputs.values():
        output.unlink(missing_ok=True)
    return report.verdicts


def available(names: list[str]) -> dict[str, Path]:
    """The files that are there; says which are not."""
    there = {name: FOLDER / FILES[name] for name in names if (FOLDER / FILES[name]).exists()}
    missing = [FILES[name] for name in names if name not in there]
    if missing:
        print(f"({', '.join(missing)} left out: sh benchmarks/native_data.sh fetches them; dsym_data.sh and pdb_data.sh make theirs)")
    return there


def main(names: list[str], repeat: int) -> list[tuple[str, bool]]:
    """Measure on these files; each target's sentence and whether it was kept."""
    with tempfile.TemporaryDirectory() as folder:
        return [verdict for name, path in available(names).items() for verdict in compare(name, path, repeat, Path(folder))]


def child_main(what: str, rest: list[str]) -> dict | list:
    if what == "compile":
        who, path, output = rest
        COMPILERS[who](TINY, Path(output))  # imports, and what is set up once
        return measured(COMPILERS[who], Path(path), Path(output))
    if what == "choose":
        return child_choose(Path(rest[0]), Path(rest[1]))
    addresses = array("Q", Path(rest[2]).read_bytes())
    return (many_symbolic if rest[0] == "symbolic" else many_ours)(Path(rest[1]), addresses, Path(rest[3]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child_main(sys.argv[2], sys.argv[3:])))
        sys.stdout.flush()
        os._exit(0)  # the tear-down of millions of objects is not measured, and takes its time
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("names", nargs="*", default=list(FILES), choices=[[], *FILES], metavar="FILE", help=" ".join(FILES))
    parser.add_argument("--repeat", type=int, default=REPEAT)
    options = parser.parse_args()
    for sentence, held in main(options.names, options.repeat):
        print(f"{'ok  ' if held else 'over'} {sentence}")
