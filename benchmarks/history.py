"""What a crash of thirty frames costs in long histories.

Usage: python benchmarks/history.py FOLDER [--commits 100000] [--shape NAME]… [--seconds N] [--verbose]

Makes the repositories in FOLDER by `git fast-import` (once; about a minute each), then looks up one crash in each, twice: `cold`, by a new
engine, and `again`, by the same one. Wall time and the CPU of `git`, its commands counted.

* many      5,000 files of 100 lines; each commit changes a line of one: the usual shape
* few       20 files of 2,000 lines: each was changed thousands of times
* merges    as `many`; every fifth commit is on a branch of three that is merged
* monorepo  50,000 files in deep folders; frames are of one project, and its release is a tag of its own

Of each there is a second one with a commit-graph (`-graph`), as `git maintenance` writes it.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from symbolicator import Symbolicator
from symbolicator.history.git import Git
from symbolicator.transformers import frame_histories

SHAPES = {"many": (5_000, 100), "few": (20, 2_000), "merges": (5_000, 100), "monorepo": (50_000, 40)}
"""Files, lines of each."""
RELEASE = 500
"""Commits between two releases."""
FRAMES = 30


def path_of(shape: str, file: int) -> str:
    """The path of a file."""
    if shape == "monorepo":
        return f"projects/p{file % 200}/src/main/part{file % 7}/File{file}.java"
    return f"src/d{file % 40}/e{file % 8}/file{file}.c"


def last_tag(shape: str) -> str:
    """The release of the crash."""
    return "p3@2.0.0" if shape == "monorepo" else "v2.0.0"


class Making:
    """The stream of one repository, and the crash in it."""

    def __init__(self, shape: str, commits: int) -> None:
        self.shape, self.commits, self.random = shape, commits, random.Random(shape)
        count, length = SHAPES[shape]
        self.files = [[f"    value_{file}_{line} = compute({line}, {file});" for line in range(length)] for file in range(count)]

    def stream(self) -> Iterator[bytes]:
        """What `git fast-import` reads."""
        first = b"".join(self._file(number) for number in range(len(self.files)))
        yield self._commit(1, "Begin") + first
        number, tags = 1, 0
        while number < self.commits:
            number += 1
            if self.shape == "merges" and number % 5 == 0 and number + 4 < self.commits:
                before = number - 1
                for at in range(3):
                    yield self._commit(number + at, "On a branch", f"from :{before if at == 0 else number + at - 1}\n") + self._change()
                yield self._commit(number + 3, "On main", f"from :{before}\n") + self._change()
                yield self._commit(number + 4, "Merge", f"from :{number + 3}\nmerge :{number + 2}\n") + self._change()
                number += 4
            else:
                yield self._commit(number, "Change", f"from :{number - 1}\n") + self._change()
            if number // RELEASE > tags:
                tags = number // RELEASE
                name = f"p3@1.{tags}.0" if self.shape == "monorepo" else f"v1.{tags}.0"
                yield f"reset refs/tags/{name}\nfrom :{number}\n\n".encode()
        yield f"reset refs/heads/main\nfrom :{number}\n\nreset refs/tags/{last_tag(self.shape)}\nfrom :{number}\n\n".encode()

    def _commit(self, mark: int, text: str, parents: str = "") -> bytes:
        message = f"{text} {mark}"
        person = f"A B <a@b> {1_500_000_000 + 600 * mark} +0000"
        return (
            f"commit refs/heads/main\nmark :{mark}\nauthor {person}\ncommitter {person}\ndata {len(message)}\n{message}\n{parents}".encode()
        )

    def _change(self) -> bytes:
        # Half of the changes are in a tenth of the files, as people work.
        count = len(self.files)
        number = self.random.randrange(count if self.random.random() < 0.5 else max(1, count // 10))
        lines = self.files[number]
        at = self.random.randrange(len(lines))
        lines[at] = f"    value_{number}_{at} = compute({self.random.randrange(10**6)}, {number});"
        return self._file(number)

    def _file(self, number: int) -> bytes:
        content = "\n".join(self.files[number]).encode() + b"\n"
        return f"M 100644 inline {path_of(self.shape, number)}\ndata {len(content)}\n".encode() + content + b"\n"


def make(folder: Path, shape: str, commits: int) -> None:
    """The repository, and its twin with a commit-graph."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    making = Making(shape, commits)
    with subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE) as process:
        for part in making.stream():
            process.stdin.write(part)
    subprocess.run(["git", "-C", str(folder), "repack", "-q", "-a", "-d"], check=True)
    twin = folder.with_name(f"{folder.name}-graph")
    shutil.copytree(folder, twin, copy_function=shutil.copy)
    subprocess.run(["git", "-C", str(twin), "commit-graph", "write", "--reachable"], check=True)


def crash(folder: Path, shape: str) -> dict[str, Any]:
    """Thirty frames in about twenty files, most of them of files that are changed often; every third of a line that is new in the release."""
    count, length = SHAPES[shape]
    chosen = random.Random(f"crash {shape}")
    pool = [number for number in range(count) if shape != "monorepo" or number % 200 == 3]
    files = [path_of(shape, chosen.choice(pool if chosen.random() < 0.5 else pool[: max(1, len(pool) // 10)])) for _ in range(20)]
    tag = last_tag(shape)
    places = [(chosen.choice(files), chosen.randrange(length) + 1) for _ in range(FRAMES)]
    places[::3] = chosen.sample(sorted(new_lines(folder, tag)), len(places[::3]))
    frames = [{"filename": path, "lineno": line, "function": f"f{line}", "in_app": True} for path, line in places]
    return {"platform": "other", "release": tag, "exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}}


def new_lines(folder: Path, tag: str) -> set[tuple[str, int]]:
    """The lines that the last commits changed."""
    words = ["git", "-C", str(folder), "diff", "-U0", "--no-renames", f"{tag}~200", tag]
    path, found = "", set()
    for line in subprocess.run(words, check=True, capture_output=True, text=True).stdout.split("\n"):
        if line.startswith("+++ b/"):
            path = line[6:]
        elif hunk := re.match(r"@@ \S+ \+(\d+)", line):
            found.add((path, int(hunk[1])))
    return found


def measure(folder: Path, shape: str, verbose: bool) -> None:
    """Print one line."""
    spent: Counter[str] = Counter()
    times: Counter[str] = Counter()
    run = Git._run
    event = crash(folder, shape)

    def counted(git: Git, words: list[str], *more: Any) -> tuple[bytes, bool]:
        began = time.perf_counter()
        try:
            return run(git, words, *more)
        finally:
            spent[words[0]] += time.perf_counter() - began
            times[words[0]] += 1

    Git._run = counted
    try:
        with Symbolicator([], repos=[folder], cache_dir=False) as engine:
            engine.symbolicate({"platform": "other"})
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            out = engine.symbolicate(event)
            cold, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            began = time.perf_counter()
            engine.symbolicate(event)
            again = time.perf_counter() - began
    finally:
        Git._run = run
    frames = out["exception"]["values"][0]["stacktrace"]["frames"]
    known = sum("commit" in frame.get("data", {}) for frame in frames)
    new = sum(len(suspect["frames"]) for suspect in out["suspect_commits"] if suspect["in_release"])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    sys.stdout.write(
        f"{folder.name:16} cold {cold:6.2f} s, git {cpu:6.2f} s of CPU in {sum(times.values()):3} commands; again {again * 1000:5.1f} ms; "
        f"{known} of {FRAMES} lines have a commit, {new} of them new\n"
    )
    for word in spent if verbose else ():
        sys.stdout.write(f"    {word:14} {times[word]:3} times, {spent[word]:6.2f} s\n")
    for error in out.get("errors", ()) if verbose else ():
        sys.stdout.write(f"    {error['detail']}\n")


def main() -> None:
    """Make what is missing, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--commits", type=int, default=100_000)
    parser.add_argument("--shape", action="append", choices=SHAPES)
    parser.add_argument("--verbose", action="store_true", help="also git's commands, and what was not looked up")
    parser.add_argument("--seconds", type=float, help="for the lines that are older than the release, on a machine that is not quiet")
    options = parser.parse_args()
    if options.seconds:
        frame_histories.SECONDS_FOR_OLD = options.seconds
    for shape in options.shape or SHAPES:
        folder = options.folder / shape
        if not folder.exists():
            options.folder.mkdir(parents=True, exist_ok=True)
            make(folder, shape, options.commits)
        for each in (folder, folder.with_name(f"{shape}-graph")):
            measure(each, shape, options.verbose)


if __name__ == "__main__":
    main()
