"""Who last changed a line: `git blame`, past changes of white space, moved lines, and commits that only reformat."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from symbolicator.history.git import Git
from symbolicator.patterns import regex

IGNORED: Final = ".git-blame-ignore-revs"
"""The file in which repositories list commits that only reformat; hosts of code read it under this name."""
_ID: Final = regex(r"\s*([0-9a-f]{40}(?:[0-9a-f]{24})?)\s*(?:#.*)?")
_ENTRY: Final = regex(r"([0-9a-f]{40,64}) (\d+) (\d+)(?: \d+)?")
_AROUND: Final = 10


class Commit(NamedTuple):
    """The commit that last changed a line. `time`: seconds since 1970 at which it was written; `path`, `line` (from 1): where the line was
    in it. `older`: it is the one at which a range begins, so that the line is older.
    """

    id: str
    time: int
    author: str
    summary: str
    path: str
    line: int
    older: bool = False


def blame(git: Git, commits: str, path: str, lines: Iterable[int], ignored: tuple[str, ...] = ()) -> dict[int, Commit]:
    """For each line (from 1) of a file that exists the commit that last changed it. Raises `GitError`.

    `commits`: a commit, or a range of them (`v1..v2`); of lines before that the commit is `older`. Lines that were moved are new here.
    """
    return _read(_run(git, ["-w", *_ranges((line, line) for line in sorted(set(lines)))], commits, path, ignored))


def blame_moved(git: Git, commits: str, path: str, line: int, ignored: tuple[str, ...] = ()) -> Commit | None:
    """The same for one line, past moves within the files that a commit changes; None if there is no such line. Raises `GitError`.

    Lines around it are asked for as well: `-C` takes lines for moved only where they are forty letters and more in a row. This costs about
    twice as much.
    """
    around = max(1, line - _AROUND), line + _AROUND
    return _read(_run(git, ["-w", "-C", *_ranges([around])], commits, path, ignored)).get(line)


def _ranges(ranges: Iterable[tuple[int, int]]) -> list[str]:
    return [word for first, last in ranges for word in ("-L", f"{first},{last}")]


def _run(git: Git, options: list[str], commits: str, path: str, ignored: tuple[str, ...]) -> bytes:
    # With `--root` the first commit of all is no boundary: those of a range are.
    whole = ["blame", "--porcelain", "--root", "--no-textconv", *options]
    if not ignored:
        return git.run(*whole, commits, "--", path)
    with tempfile.TemporaryDirectory(prefix="symbolicator-git-") as folder:
        listed = Path(folder) / "ignored"
        listed.write_text("".join(f"{one}\n" for one in ignored))
        return git.run(*whole, "--ignore-revs-file", str(listed), commits, "--", path)


def changed_files(git: Git, before: str, after: str) -> frozenset[str]:
    """The files that differ between two commits. Raises `GitError`."""
    listed = git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after)
    return frozenset(listed.decode("utf-8", "surrogateescape").split("\0"))


def ignored_commits(git: Git, text: Iterable[str]) -> tuple[str, ...]:
    """The commits that the lines of `.git-blame-ignore-revs` name; those that the clone does not have are left out."""
    found = [match[1] for line in text if (match := _ID.fullmatch(line))]
    if not found:
        return ()
    answers = git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", given="".join(f"{one}\n" for one in found).encode())
    return tuple(line.split(" ")[0] for line in answers.decode("utf-8", "replace").split("\n") if line.endswith(" commit"))


def _read(porcelain: bytes) -> dict[int, Commit]:
    """The lines of `git blame --porcelain` (git-blame(1), "The porcelain format"): what is known of a commit comes with its first line."""
    known: dict[str, dict[str, str]] = {}
    found: dict[int, Commit] = {}
    entry = None
    for line in porcelain.decode("utf-8", "replace").split("\n"):
        if line.startswith("\t"):
            if entry is not None:
                about = known[entry[1]]
                time = about.get("author-time", "")
                found[int(entry[3])] = Commit(
                    entry[1], int(time) if time.isdecimal() else 0, about.get("author", ""), about.get("summary", ""),
                    about.get("filename", ""), int(entry[2]), "boundary" in about,
                )  # fmt: skip
            entry = None
        elif entry is None:
            entry = _ENTRY.fullmatch(line)
            if entry is not None:
                known.setdefault(entry[1], {})
        else:
            word, _, value = line.partition(" ")
            known[entry[1]][word] = value
    return found
