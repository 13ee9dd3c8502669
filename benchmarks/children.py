"""Fresh child processes, and what they report: CPU seconds and peak memory of one piece of work.

Peak memory is the process's own high-water mark of resident memory (`VmHWM`; elsewhere `ru_maxrss`, which on Linux would
carry the parent's over) at the end of the work, less the same mark just before it. Just before it means: interpreter up, the contender
imported and warmed on a map of one segment, the file's bytes read. So the base holds the bytes, and the difference what was made of them.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
MAPS = DATA / "maps"
SIZES = ("small", "medium", "large")
MB = 1 << 20


def peak() -> int:
    """The process's peak resident memory so far, in bytes."""
    try:
        line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) << 10
    except (OSError, StopIteration):
        scale = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def private() -> int:
    """The process's private memory now, in bytes, without the pages of files it has mapped: those are the system's to drop. 0 where it is not told."""
    try:
        line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
        return int(line.split()[1]) << 10
    except (OSError, StopIteration):
        return 0


def run(command: list[str], **environment: str) -> dict:
    """Run a child; the JSON object it printed. Its failure is ours.

    Without PYTHONDONTWRITEBYTECODE, which some containers set: an installed package has its byte code.
    """
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, env={**inherited, **environment}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


def medians(results: list[dict], *keys: str) -> dict:
    """The first result, with the medians over all of them in place of its numbers `keys`."""
    return {**results[0], **{key: statistics.median(result[key] for result in results) for key in keys}}


def require_maps() -> list[Path]:
    """The three maps; leaves with what to do where they are missing."""
    maps = [MAPS / f"{size}.min.js.map" for size in SIZES]
    if not all(path.exists() for path in maps):
        sys.exit(
            f"the maps to measure on are not in {MAPS}; make them with: sh benchmarks/maps_data.sh   (needs node, npm and the network)"
        )
    return maps


def verdict(value: float, target: float) -> str:
    """Whether a value keeps its target."""
    return "ok" if value <= target else "over"


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Rows under a header, columns aligned: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (header, tuple("─" * width for width in widths), *rows)
    ]
    return "\n".join(lines)
