"""Every benchmark, one after the other, and what became of the targets. This is what `make bench` runs.

Usage: python benchmarks/run.py [--repeat N] [--quick]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time

import children
import cli_start
import events
import mappings
import native
import source_maps


def machine() -> str:
    """The machine and the contenders, in neutral words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("symbolic", "sourcemap") if importlib.util.find_spec(name)]
    if shutil.which("node"):
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
        versions.append(f"node {node}")
    if llvm := native.symbolizer():
        said = subprocess.run([llvm, "--version"], capture_output=True, text=True, check=False).stdout
        versions.append(f"llvm-symbolizer {said.rpartition('version ')[2].split()[0]}")
    kernels = subprocess.run(
        [sys.executable, "-c", "from symbolicator import kernels; print(kernels.compiled())"], capture_output=True, text=True, check=False
    ).stdout.strip()
    compiled = "kernels compiled" if kernels == "True" else "KERNELS UNCOMPILED: `ours` is `uncompiled`"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{time.strftime('%Y-%m-%d')}: {cores} cores, {platform.machine()}, {python}, {compiled}; {', '.join(versions)}"


def main() -> None:
    """Run all and print the summary; exit code 1 where a target was not kept."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--repeat", type=int, default=source_maps.REPEAT, help="runs of each measurement; the median counts")
    parser.add_argument("--quick", action="store_true", help="the smallest files, three runs: to see that everything works")
    options = parser.parse_args()
    children.require_maps()
    repeat = 3 if options.quick else options.repeat
    print(machine())
    verdicts = source_maps.main(["small"] if options.quick else list(children.SIZES), repeat)
    verdicts += native.main([native.SMALLEST] if options.quick else list(native.FILES), repeat)
    verdicts += events.main("small" if options.quick else "medium", repeat, 0.5 if options.quick else events.SECONDS)
    if importlib.util.find_spec("symbolic"):
        verdicts += mappings.main(repeat, 3 if options.quick else mappings.MEGABYTES)
    if importlib.util.find_spec("symbolicator.__main__"):
        verdicts += cli_start.main(5 if options.quick else cli_start.RUNS)
    print("\nTargets")
    print(children.table(("", ""), [(sentence, "ok" if kept else "over") for sentence, kept in verdicts]))
    sys.exit(not all(kept for _, kept in verdicts))


if __name__ == "__main__":
    main()
