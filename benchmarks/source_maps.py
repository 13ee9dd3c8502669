"""Source maps, side by side: decode + 30 look-ups, and an opened table's 30 look-ups with context.

Usage: python benchmarks/source_maps.py [--repeat N] [small medium large]

Every measurement is a fresh process (`children.py` says what its memory is less of); the contenders take turns. All are asked the same
30 positions, one in each of 30 sources spread over the map, each inside a segment; the answers (source, line, column) are compared.

What is timed, in CPU seconds of the process:

* ours          `SourceMap.parse(data)` and 30 × `lookup`; `uncompiled` is the same under SYMBOLICATOR_KERNELS=python
* symbolic      `SourceMapView.from_json_bytes(data)` and 30 × `lookup`: its quickest
* symbolic cache   `SourceMapCache.from_bytes(script, data)` and 30 × `lookup`: it names functions too; the script's bytes are in its base
* sourcemap     `sourcemap.loads(text)` and 30 × `lookup`, decoding the bytes to text included
* trace-mapping `new TraceMap(text)` and 30 × `originalPositionFor`, in node, likewise
* table         a compiled table of ours opened by mmap, and 30 look-ups, each with the source's name and five lines on each side; its memory
                is the private one, without the pages of the table's file
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import children

REPEAT = 5
POSITIONS = 30
CONTEXT = 5
TINY = b'{"version":3,"sources":["a.js"],"sourcesContent":["a"],"names":["a"],"mappings":"AAAAA"}'
CONTENDERS = ("ours", "symbolic", "trace-mapping", "symbolic cache", "uncompiled", "sourcemap")
NODE = children.HERE / "trace_mapping.mjs"


# ── in the child ──────────────────────────────────────────────────────────────────────────────────────────────────


def ours(data: bytes, script: bytes):
    from symbolicator.sourcemaps import SourceMap

    opened = SourceMap.parse(data)
    return lambda line, column: opened.lookup(line, column)[:3]


def symbolic(data: bytes, script: bytes):
    from symbolic.sourcemap import SourceMapView

    view = SourceMapView.from_json_bytes(data)

    def lookup(line: int, column: int):
        token = view.lookup(line, column)
        return token.src, token.src_line, token.src_col

    return lookup


def symbolic_cache(data: bytes, script: bytes):
    from symbolic.sourcemapcache import SourceMapCache

    cache = SourceMapCache.from_bytes(script, data)

    def lookup(line: int, column: int):
        token = cache.lookup(line + 1, column + 1, CONTEXT)
        return (token.src, token.line - 1, None) if token else None

    return lookup


def pypi_sourcemap(data: bytes, script: bytes):
    import sourcemap

    index = sourcemap.loads(data.decode())

    def lookup(line: int, column: int):
        token = index.lookup(line, column)
        return token.src, token.src_line, token.src_col

    return lookup


LIBRARIES = {"ours": ours, "uncompiled": ours, "symbolic": symbolic, "symbolic cache": symbolic_cache, "sourcemap": pypi_sourcemap}


def child_decode(contender: str, path: Path, positions: list[list[int]]) -> dict:
    """Decode, and all look-ups: those of one crash."""
    make = LIBRARIES[contender]
    make(TINY, b"a")(0, 0)  # imports, and what is set up once
    data = path.read_bytes()
    script = path.with_suffix("").read_bytes() if contender == "symbolic cache" else b""
    base = children.peak()
    start = time.process_time()
    lookup = make(data, script)
    answers = [lookup(*each) for each in positions]
    seconds = time.process_time() - start
    memory = children.peak() - base
    return {"cpu": seconds, "peak": memory, "answers": answers}


def child_table(path: Path, positions: list[list[int]]) -> dict:
    """A compiled table opened, and all look-ups with context."""
    from symbolicator.artifacts.tables import Table
    from symbolicator.sourcemaps import SourceMapCompiler

    def answers(buffer, asked):
        index = SourceMapCompiler().open(Table.open(buffer))
        hits = [index.lookup(line, column) for line, column in asked]
        return hits, [index.context(hit.source_index, hit.line, CONTEXT, CONTEXT) for hit in hits]

    answers(SourceMapCompiler().compile(memoryview(TINY)).to_bytes(), [(0, 0)])
    with path.open("rb") as file:
        base = children.private()
        start = time.process_time()
        hits, contexts = answers(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), positions)
        seconds = time.process_time() - start
        memory = children.private() - base
    return {
        "cpu": seconds,
        "peak": memory,
        "answers": [hit[1:4] for hit in hits],
        "contexts": sum(found[1] is not None for found in contexts),
    }


def child_compile(path: Path, output: Path) -> dict:
    """A table made of a map, as the cache does once for each map."""
    from symbolicator.sourcemaps import SourceMapCompiler

    SourceMapCompiler().compile(memoryview(TINY)).to_bytes()
    data = path.read_bytes()
    base = children.peak()
    start = time.process_time()
    with output.open("wb") as file:
        size = SourceMapCompiler().compile(memoryview(data)).write(file)
    seconds = time.process_time() - start
    return {"cpu": seconds, "peak": children.peak() - base, "size": size}


def child_positions(path: Path, inside: int = 1) -> dict:
    """30 positions, one in each of 30 sources spread evenly over those of the map: every `inside`th of them within a segment, where a token
    of the script begins there, as engines report them; the others at a segment's start.

    Only segments of whose kind there is one at their column, with another before them on their line: there all look-up rules agree.
    """
    from symbolicator.sourcemaps import SourceMap
    from symbolicator.sourcemaps.alignment import begins_a_token

    by_source: dict[int, list[tuple[int, int, int]]] = {}
    script = [line.encode("utf-16-le") for line in path.with_suffix("").read_bytes().decode().split("\n")]
    rows = list(SourceMap.parse(path.read_bytes()))
    for before, row, after in zip(rows, rows[1:], rows[2:], strict=False):
        same_line = before.generated_line == row.generated_line == after.generated_line
        if row.source is not None and same_line and before.generated_column < row.generated_column < after.generated_column:
            by_source.setdefault(row.source, []).append((row.generated_line, row.generated_column, after.generated_column))
    sources = sorted(by_source)
    chosen = [by_source[sources[i * len(sources) // POSITIONS]] for i in range(POSITIONS)]
    picked = [places[(7 * i) % len(places)] for i, places in enumerate(chosen)]

    def within(line: int, start: int, end: int) -> int:
        around = [script[line][2 * column - 2 : 2 * column + 2].decode("utf-16-le", "replace") for column in range(start + 1, end)]
        return next((start + 1 + place for place, two in enumerate(around) if begins_a_token(two[:1], two[1:])), start)

    positions = [(line, within(line, start, end) if i % inside == 0 else start) for i, (line, start, end) in enumerate(picked)]
    return {"positions": positions, "segments": len(rows), "sources": len(sources)}


# ── in the parent ─────────────────────────────────────────────────────────────────────────────────────────────────


def child(*arguments: object, **environment: str) -> dict:
    return children.run([sys.executable, __file__, "--child", *map(str, arguments)], **environment)


def available() -> list[str]:
    """The contenders that are installed."""
    import importlib.util

    found = [name for name in CONTENDERS if name.split()[0] not in ("symbolic", "sourcemap") or importlib.util.find_spec(name.split()[0])]
    if "trace-mapping" in found and not (shutil.which("node") and (children.MAPS / "node_modules/@jridgewell/trace-mapping").exists()):
        found.remove("trace-mapping")
    for name in CONTENDERS:
        if name not in found:
            print(f"({name} is not installed and is left out)")
    return found


def measure(contender: str, path: Path, positions: Path) -> dict:
    if contender == "trace-mapping":
        return children.run(["node", str(NODE), str(path), str(positions)])
    return child("decode", contender, path, positions, **({"SYMBOLICATOR_KERNELS": "python"} if contender == "uncompiled" else {}))


def same(mine: list | None, theirs: list | None) -> bool:
    """Equal answers; sources are compared by their tails (`sourceRoot` and `./` are joined differently), a column that is not given is not compared."""
    if mine is None or theirs is None:
        return mine == theirs
    tails = [str(answer[0]).removeprefix("./").split("/")[-3:] for answer in (mine, theirs)]
    return tails[0] == tails[1] and mine[1] == theirs[1] and (theirs[2] is None or mine[2] == theirs[2])


def compare(path: Path, repeat: int, folder: Path) -> list[tuple[str, bool]]:
    """Measure everything on one map and print it; what the targets became."""
    chosen = child("positions", path)
    positions = folder / "positions.json"
    positions.write_text(json.dumps(chosen["positions"]))
    contenders = available()
    results: dict[str, list[dict]] = {name: [] for name in (*contenders, "compile", "table")}
    tables = folder / f"{path.name}.table"
    for _ in range(repeat):
        for name in contenders:
            results[name].append(measure(name, path, positions))
        results["compile"].append(child("compile", path, tables))
        results["table"].append(child("table", tables, positions))
    found = {name: children.medians(each, "cpu", "peak") for name, each in results.items()}
    mine = found["ours"]
    targets = {"symbolic": (mine, 0.5, 1.0), "sourcemap": (found["uncompiled"], 1.0, None), "table": None}
    verdicts: list[tuple[str, bool]] = []
    rows = []

    def judged(what: str, ratio: float, target: float | None) -> str:
        if target is None:
            return f"{ratio:.2f}"
        verdicts.append((f"{path.name}: {what} {ratio:.3f}, target ≤ {target:g}", ratio <= target))
        return f"{ratio:.2f} (≤ {target:g}) {children.verdict(ratio, target)}"

    for name in contenders:
        one = found[name]
        ratios = ("", "")
        if name not in ("ours", "uncompiled"):
            base, cpu_target, memory_target = targets.get(name) or (mine, None, None)
            who = "uncompiled" if base is not mine else "ours"
            ratios = (
                f"{'uncompiled ' if base is not mine else ''}{judged(f'{who} / {name}, CPU', base['cpu'] / one['cpu'], cpu_target)}",
                judged(f"{who} / {name}, memory", base["peak"] / one["peak"], memory_target) if one["peak"] else "",
            )
        agree = sum(same(a, b) for a, b in zip(mine["answers"], one["answers"], strict=True))
        rows.append((name, f"{one['cpu'] * 1000:.1f}", f"{one['peak'] / children.MB:.1f}", *ratios, f"{agree}/{POSITIONS}"))
    made, opened = found["compile"], found["table"]
    rows.append(("compile a table", f"{made['cpu'] * 1000:.1f}", f"{made['peak'] / children.MB:.1f}", "", "", ""))
    agree = sum(same(a, b) for a, b in zip(mine["answers"], opened["answers"], strict=True))
    share = judged("table / cold decode, CPU", opened["cpu"] / mine["cpu"], 0.05)
    rows.append(
        (
            "table + 30 look-ups",
            f"{opened['cpu'] * 1000:.2f}",
            f"{opened['peak'] / children.MB:.1f}",
            f"of cold decode: {share}",
            "",
            f"{agree}/{POSITIONS}",
        )
    )
    megabytes = path.stat().st_size / 1e6
    print(
        f"\n{path.name}: {megabytes:.1f} MB, {chosen['segments']:,} segments, {chosen['sources']} sources; table {made['size'] / 1e6:.1f} MB, context for {opened['contexts']}/{POSITIONS}"
    )
    print(children.table(("decode + 30 look-ups", "CPU ms", "peak MB", "CPU ours/theirs", "peak ours/theirs", "agree"), rows), flush=True)
    for name in (*contenders, "table"):
        if sum(same(a, b) for a, b in zip(mine["answers"], found[name]["answers"], strict=True)) < POSITIONS:
            verdicts.append((f"{path.name}: {name} answers otherwise", False))
    return verdicts


def main(sizes: list[str], repeat: int) -> list[tuple[str, bool]]:
    """Measure on the maps of these sizes; each target's sentence and whether it was kept."""
    maps = [path for path in children.require_maps() if path.name.split(".")[0] in sizes]
    with tempfile.TemporaryDirectory() as folder:
        return [verdict for path in maps for verdict in compare(path, repeat, Path(folder))]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        what, *rest = sys.argv[2:]
        if what == "decode":
            answer = child_decode(rest[0], Path(rest[1]), json.loads(Path(rest[2]).read_text()))
        elif what == "table":
            answer = child_table(Path(rest[0]), json.loads(Path(rest[1]).read_text()))
        elif what == "compile":
            answer = child_compile(Path(rest[0]), Path(rest[1]))
        else:
            answer = child_positions(Path(rest[0]))
        print(json.dumps(answer))
        sys.stdout.flush()
        os._exit(0)  # the tear-down of millions of objects is not measured, and takes its time
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("sizes", nargs="*", default=list(children.SIZES))
    parser.add_argument("--repeat", type=int, default=REPEAT)
    options = parser.parse_args()
    main(options.sizes, options.repeat)
