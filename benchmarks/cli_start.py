"""How long the command line takes to start: medians, and their ratio to `python -c pass`.

Usage: python benchmarks/cli_start.py [--runs N]

The commands take turns, so that what else the machine does falls on all alike; measured is the CPU time of the process (user and system),
and the wall clock beside it. `trace` runs warm: the map's compiled table is in the cache. The aim is 6 times an empty Python.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

import children

ROOT = children.HERE.parent
CASE = ROOT / "fixtures" / "javascript" / "esbuild-min"
RUNS = 15
TARGET = 6.0


def once(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """(CPU seconds, wall seconds) of a process, its output thrown away. Its failure is ours."""
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed with {process.returncode}: {process.stderr.read().decode()}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start


def main(runs: int) -> list[tuple[str, bool]]:
    """Measure and print; whether `trace` keeps its target."""
    stack = min((CASE / "stacks").glob("*.txt"))
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "SYMBOLICATOR_CACHE_DIR": cache, "PYTHONPATH": str(ROOT)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody starts a program from source each time
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "symbolicator --version": [sys.executable, "-m", "symbolicator", "--version"],
            "symbolicator --help": [sys.executable, "-m", "symbolicator", "--help"],
            "symbolicator trace, warm": [sys.executable, "-m", "symbolicator", "trace", str(stack), "-f", str(CASE / "files")],
        }
        for command in commands.values():
            once(command, environment)
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                times[name].append(once(command, environment))
    cpu = {name: statistics.median(one for one, _ in each) for name, each in times.items()}
    wall = {name: statistics.median(one for _, one in each) for name, each in times.items()}
    empty = "python -c pass"
    rows = []
    for name in commands:
        ratio = cpu[name] / cpu[empty]
        judged = f" (≤ {TARGET:g}) {children.verdict(ratio, TARGET)}" if "trace" in name else ""
        rows.append(
            (name, f"{cpu[name] * 1000:.1f}", f"{ratio:.1f}{judged}", f"{wall[name] * 1000:.1f}", f"{wall[name] / wall[empty]:.1f}")
        )
    print("\nThe command line's start")
    print(children.table(("", "CPU ms", "× empty Python", "wall ms", "×"), rows), flush=True)
    ratio = cpu["symbolicator trace, warm"] / cpu[empty]
    return [(f"symbolicator trace, warm: {ratio:.1f} × `python -c pass`, target ≤ {TARGET:g}", ratio <= TARGET)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    main(parser.parse_args().runs)
