"""Many events of many builds through `symbolicate_many`: events a second, what the parent spends on each, and what killed workers cost.

Usage: python benchmarks/batch.py [--events 30000] [--builds 28] [--workers 2] [--kill SECONDS]

Each build is a copy of a fixture's, in a folder and under a name of its own. Events have 30 frames each and come from the builds by turns. Every
answer is compared with the one that this process gives alone: its place, and all of its frames. With `--kill`, one worker is
killed each so many seconds. What is left running at the end is counted.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from events import child_expected, make_event

FIXTURE = Path(__file__).parent.parent / "fixtures" / "javascript" / "esbuild-min" / "files"


def made(folder: Path, builds: int) -> list[dict]:
    """The builds, and an event of each."""
    positions = child_expected(FIXTURE / "app.js.map")["positions"]
    events = []
    for number in range(builds):
        name, place = f"app-{number:02}.js", folder / f"build-{number:02}"
        place.mkdir(parents=True)
        script = (FIXTURE / "app.js").read_text().replace("app.js.map", f"{name}.map")
        (place / name).write_text(f"{script}\n// {number}\n")
        content = (FIXTURE / "app.js.map").read_bytes()
        (place / f"{name}.map").write_bytes(content + b" " * number)  # other bytes: a table of its own
        events.append(make_event(name, positions))
    time.sleep(0.5)  # a file that changed just before a scan is read again
    return events


def children() -> list[int]:
    """The processes that this one started and that run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def killing(every: float, over: threading.Event, killed: list[int]) -> None:
    """Kill a worker now and then."""
    while not over.wait(every):
        if there := children():
            killed.append(random.choice(there))
            os.kill(killed[-1], signal.SIGKILL)


def main() -> None:
    from symbolicator import Symbolicator

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--events", type=int, default=30_000)
    parser.add_argument("--builds", type=int, default=28)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill", type=float, default=0.0, help="seconds between two kills; 0: none")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        events = made(Path(scratch) / "builds", given.builds)
        with Symbolicator(Path(scratch) / "builds", cache_dir=Path(scratch) / "cache") as engine:
            wanted = [engine.symbolicate(event)["exception"] for event in events]

            def stream() -> Iterator[dict[str, Any]]:
                for number in range(given.events):
                    yield {**events[number % given.builds], "event_id": f"{number:032x}"}

            over, killed, wrong, count = threading.Event(), [], 0, 0
            if given.kill:
                threading.Thread(target=killing, args=(given.kill, over, killed), daemon=True).start()
            began, spent, checked = time.perf_counter(), time.process_time(), 0.0
            for number, answer in enumerate(engine.symbolicate_many(stream(), workers=given.workers)):
                at = time.thread_time()
                wrong += answer["event_id"] != f"{number:032x}" or answer["exception"] != wanted[number % given.builds]
                checked += time.thread_time() - at
                count += 1
            seconds, parent = time.perf_counter() - began, time.process_time() - spent - checked
            over.set()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = (usage.ru_utime + usage.ru_stime) / max(count, 1) * 1e3
    print(
        f"{given.events:,} events, {given.builds} builds, {given.workers} workers: {count:,} answers, {wrong} wrong or out of place; "
        f"{count / seconds:,.0f}/s; the parent {parent / max(count, 1) * 1e3:.2f} ms of CPU an event, the workers {work:.2f}; "
        f"{len(killed)} workers killed; "
        f"{len(children())} processes left"
    )
    sys.exit(bool(wrong or count != given.events or children()))


if __name__ == "__main__":
    main()
