"""What the fuzzers of texts share: cases by the thousand, each told by its seed and number, none for longer than two seconds."""

import argparse
import random
import resource
import sys
import time
from pathlib import Path

SECONDS = 2


def fuzz(description, pattern, case, check, noun, outcome):
    """Make cases as the command line says, with the files like `pattern` below `--folder` to start from, and hold each of them.

    `case(chance, seeds)` gives one's bytes; `check(data)` raises where something is wrong, and says whether it was what `outcome` calls it.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    seeds = [path.read_bytes() for path in sorted(arguments.folder.glob(pattern))] if arguments.folder else []
    fine, slowest, began = 0, 0.0, time.perf_counter()
    for number in range(arguments.count):
        data = case(random.Random(f"{arguments.seed} {number}"), seeds)
        start = time.perf_counter()
        try:
            fine += check(data)
        except Exception:
            print(f"case {number} of seed {arguments.seed}: {data[:2000]!r}", file=sys.stderr)
            raise
        slowest = max(slowest, time.perf_counter() - start)
        assert slowest < SECONDS, f"case {number} of seed {arguments.seed} took {slowest:.1f} s"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = time.perf_counter() - began
    print(f"{arguments.count} {noun}, {fine} {outcome}; slowest {slowest * 1e3:.1f} ms; peak {peak:.0f} MB; {took:.0f} s")
