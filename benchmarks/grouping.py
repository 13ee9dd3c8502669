"""How well fingerprints group: the same crash in two builds of one program, and two crashes of it.

Usage: python benchmarks/grouping.py [--verbose]

The pairs are made of the fixtures; both of a pair are of one engine, since another engine prints other frames:

* javascript  what Node.js, Chromium and Hermes printed of what bundlers and minifiers built. Without the build whose map says that a
              folder is not the user's own (its crashes are meant to be grouped otherwise), and engines whose stacks do not name the error
* jvm         the builds of one program with ProGuard's options. Without the one that has no line numbers, where many frames may be
              several functions
* dotnet      three builds of one program
* native      functions at addresses, with what was inlined, of every compiler and debug format: the same crash is the same chain of names,
              as readers other than ours spell them

Same: of all pairs of builds with the same crash, how many have one fingerprint. Other: of all pairs of crashes, how many have two.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from symbolicator import Symbolicator, parse_trace

FIXTURES = Path(__file__).parent.parent / "fixtures"
Crash = tuple[str, str, str, str]
"""Engine, build, crash, fingerprint."""


def javascript() -> Iterator[Crash]:
    """Every scenario of every build."""
    for about in sorted((FIXTURES / "javascript").glob("*/case.toml")):
        case, engine = about.parent, tomllib.loads(about.read_text())["engine"].partition(",")[0]
        if case.name == "rollup-ignorelist" or engine.startswith(("SpiderMonkey", "JavaScriptCore")):
            continue
        with Symbolicator(files=[case / "files"], cache_dir=False, grouping=True) as symbolicator:
            for stack in sorted((case / "stacks").glob("*.txt")):
                yield engine, case.name, stack.stem, _fingerprint(symbolicator.symbolicate(parse_trace(stack.read_text())))


def jvm() -> Iterator[Crash]:
    """Every scenario of every build of one program."""
    for about in sorted((FIXTURES / "jvm").glob("*/case.toml")):
        case = about.parent
        if tomllib.loads(about.read_text())["program"] != "harbor" or case.name == "without-lines":
            continue
        with Symbolicator(files=[case / "files"], cache_dir=False, grouping=True) as symbolicator:
            for stack in sorted((case / "stacks").glob("*.txt")):
                if not stack.name.endswith(".retrace.txt"):
                    yield "jvm", case.name, stack.stem, _fingerprint(symbolicator.symbolicate(parse_trace(stack.read_text())))


def dotnet() -> Iterator[Crash]:
    """Every stack of `frames.tsv`, as CoreCLR prints tokens."""
    for build in ("debug", "release", "embedded"):
        folder = FIXTURES / "dotnet" / build
        with Symbolicator(files=[folder / "files"], cache_dir=False, grouping=True) as symbolicator:
            scenario, number = "", 0
            stacks: dict[str, list[str]] = {}
            for line in (folder / "frames.tsv").read_text().splitlines():
                if line.startswith("==="):
                    scenario, number = line[4:], 0
                elif line.startswith("---"):
                    number += 1
                    stacks[f"{scenario} {number}"] = [f"{line[4:]}"]
                else:
                    token, offset, module, _, kind, method, *_ = line.split("\t")
                    lines = stacks[f"{scenario} {number}"]
                    lines.append(f"   at {kind.replace('+', '.')}.{method}() in {module}:token 0x{token}+0x{int(offset):x}")
            for crash, lines in stacks.items():
                if len(lines) > 1:
                    yield "dotnet", build, crash, _fingerprint(symbolicator.symbolicate(parse_trace("\n".join(lines))))


def native() -> Iterator[Crash]:
    """Every chain of functions at an address, once a build."""
    for about in sorted((FIXTURES / "native").glob("*/expected.json")):
        case = json.loads(about.read_text())
        chains: dict[str, str] = {}
        with Symbolicator([str(about.parent / file) for file in case["files"]], cache_dir=False, grouping=True) as symbolicator:
            for look in case["lookups"]:
                own = [frame for frame in look["frames"] if frame["line"] and not frame["file"].startswith("/usr/")]
                names = list(dict.fromkeys(_last_name(frame["function"]) for frame in own))
                if names and all(names) and "/".join(names) not in chains:
                    event = {"platform": "native", "debug_meta": {"images": case["images"]}}
                    event |= {"stacktrace": {"frames": [{"instruction_addr": look["addr"]}]}}
                    chains["/".join(names)] = _fingerprint(symbolicator.symbolicate(event))
        for names_, fingerprint in chains.items():
            yield "native", about.parent.name, names_, fingerprint


def _fingerprint(event: dict[str, Any]) -> str:
    return event["grouping"]["fingerprint"] or ""


def _last_name(name: str) -> str:
    """The last part of a name, as the readers that wrote `expected.json` agree on it."""
    name = re.sub(r"\[clone[^]]*\]|::h[0-9a-f]{16}$|\.(cold|part|isra|constprop|llvm)[.\d]*|\{[^}]*\}", "", name or "").strip()
    while (shorter := re.sub(r"<[^<>]*>|\([^()]*\)", "", name)) != name:
        name = shorter
    return re.split(r"::|\s|\.", re.sub(r"\s*(const|&+|noexcept)\s*$", "", name).rstrip(":"))[-1]


def rates(crashes: list[Crash]) -> tuple[list[int], list[int], Counter[str]]:
    """[pairs with one fingerprint, pairs] of the same crash, [pairs with two, pairs] of others, and what failed how often."""
    same, other, failed = [0, 0], [0, 0], Counter[str]()
    engines = defaultdict(list)
    for crash in crashes:
        engines[crash[0]].append(crash)
    for of_engine in engines.values():
        for (_, build, crash, mark), (_, build_, crash_, mark_) in itertools.combinations(of_engine, 2):
            if crash != crash_:
                other[0] += mark != mark_
                other[1] += 1
                failed[f"one fingerprint: {crash}, {crash_}"] += mark == mark_
            elif build != build_:
                same[0] += mark == mark_
                same[1] += 1
                failed[f"two fingerprints: {crash}"] += mark != mark_
    return same, other, +failed


def main() -> None:
    """Print both rates, by platform and of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="also what failed")
    verbose = parser.parse_args().verbose
    totals = [[0, 0], [0, 0]]
    for platform in (javascript, jvm, dotnet, native):
        same, other, failed = rates(list(platform()))
        totals = [[a + b for a, b in zip(*pair, strict=True)] for pair in ((totals[0], same), (totals[1], other))]
        _print(platform.__name__, same, other)
        for what, times in failed.most_common(40) if verbose else ():
            print(f"    {times:5} {what}")
    _print("all", *totals)


def _print(name: str, same: list[int], other: list[int]) -> None:
    sys.stdout.write(f"{name:12} same {same[0] / same[1]:8.2%} of {same[1]:7,}   other {other[0] / other[1]:8.2%} of {other[1]:9,}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
