"""Kill writers of a cache in the middle of their work, with readers beside them: `python -m tests.crash_cache --rounds 200`.

Each round starts a process that compiles tables into one shared folder as fast as it can, and kills it (SIGKILL) at a random moment; two
more processes read the same keys all the while and check every answer. At the end a fresh cache must find no litter and only whole tables.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import ClassVar

from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.tables import Table, TableWriter
from tests.makers.artifacts import Squares, artifact

KEYS = (1000, 5000, 20000, 200_000)
"""Table sizes of 8 kB to 1.6 MB: read ones and mapped ones."""


class Prepared(Squares):
    """Compiles in no time, so that most kills fall into the writing."""

    writers: ClassVar[dict[bytes, TableWriter]] = {}

    def compile(self, *contents: memoryview) -> TableWriter:
        content = bytes(contents[0])
        if content not in self.writers:
            self.writers[content] = super().compile(*contents)
        return self.writers[content]


def write(folder: str) -> None:
    """Write and forget, for ever."""
    while True:
        cache = Cache(Path(folder))
        for n in KEYS:
            cache.get(Prepared(), artifact(b"%d" % n))
        for table in Path(folder).glob("tables/*/*.table"):
            table.unlink(missing_ok=True)


def read(folder: str, stop: Event, reads: multiprocessing.Queue[int]) -> None:
    """Ask and check; a wrong answer or any exception ends the process with an error."""
    count = 0
    while not stop.is_set():
        cache = Cache(Path(folder), memory_bytes=100_000)
        for n in KEYS:
            index = cache.get(Prepared(), artifact(b"%d" % n))
            if (index.lookup(0), index.lookup(n // 2), index.lookup(n - 1)) != (0, (n // 2) ** 2, (n - 1) ** 2):
                sys.exit(f"a wrong answer for {n}")
            count += 1
    reads.put(count)


def run(rounds: int, seed: int = 1) -> dict[str, int]:
    """Kill `rounds` writers; what was seen. AssertionError for a wrong answer or litter."""
    # Forked, not spawned: a writer must be at work within milliseconds for 200 of them to be killed at work.
    context = multiprocessing.get_context("fork")
    chance = random.Random(seed)
    for n in KEYS:
        Prepared().compile(memoryview(b"%d" % n))
    with tempfile.TemporaryDirectory() as folder:
        stop, reads = context.Event(), context.Queue()
        readers = [context.Process(target=read, args=(folder, stop, reads)) for _ in range(2)]
        for reader in readers:
            reader.start()
        killed_writing = 0
        for _ in range(rounds):
            writer = context.Process(target=write, args=(folder,))
            writer.start()
            time.sleep(chance.uniform(0.005, 0.06))
            writer.kill()
            writer.join()
            killed_writing += any(f".{writer.pid}." in path.name for path in Path(folder).glob("tmp/*"))
        stop.set()
        counts = [reads.get(timeout=30) for reader in readers if reader.join(30) or reader.exitcode == 0]
        assert len(counts) == len(readers), [reader.exitcode for reader in readers]
        litter_before = len(list(Path(folder).glob("tmp/*")))
        cache = Cache(Path(folder))
        assert not list(Path(folder).glob("tmp/*")), "litter after the next start"
        for path in Path(folder).glob("tables/*/*"):
            Table.open(path.read_bytes()).verify()
        for n in KEYS:
            assert cache.get(Squares(), artifact(b"%d" % n)).all() == [i * i for i in range(n)]
        return {"rounds": rounds, "killed while writing": killed_writing, "reads checked": sum(counts), "temporaries at end": litter_before}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(run(arguments.rounds, arguments.seed))
