"""Who last changed a line: `git blame`, past changes of white space, moved lines, and commits that only reformat."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from symbolicator.history.git import Git
from symbolicator.patterns import regex

IGNORED: Final = ".git-blame-ignore-revs"
"""The file in which repositories list commits that only reformat; hosts of code read it under this name."""
_ID: Final = regex(r"\s*([0-9a-f]{40}(?:[0-9a-f]{24})?)\s*(?:#.*)?")
_ENTRY: Final = regex(r"([0-9a-f]{40,64}) (\d+) (\d+) (\d+)")
_ESCAPED: Final = regex(r"\\(.)")
_AROUND: Final = 10
_MOST_SHOWN: Final = 500
"""Characters of a summary or a name."""


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


def blame(
    git: Git,
    commits: str,
    path: str,
    lines: Iterable[int],
    ignored: tuple[str, ...] = (),
    *,
    linked: Path | None = None,
    until: float | None = None,
) -> dict[int, Commit]:
    """For each line (from 1) of a file that exists the commit that last changed it; those found before `until` alone. Raises `GitError`.

    `commits`: a commit, or a range of them (`v1..v2`); of lines before that the commit is `older`. `ignored`: commits to pass over.
    `linked`: a file with the parents of each commit (`origins.py`), which are then the only ones, and renames are not followed. Lines that
    were moved are new here.
    """
    options = ["-w"] if linked is None else ["-w", "--no-follow", "-S", str(linked)]
    return _run(git, [*options, *_ranges((line, line) for line in sorted(set(lines)))], commits, path, ignored, until)


def blame_moved(git: Git, commits: str, path: str, lines: Iterable[int], ignored: tuple[str, ...] = ()) -> dict[int, Commit]:
    """The same, past moves within the files that a commit changes. Raises `GitError`.

    Lines around them are asked for as well: `-C` takes lines for moved only where they are forty letters and more in a row. This costs
    several times as much.
    """
    around = _ranges((max(1, line - _AROUND), line + _AROUND) for line in sorted(set(lines)))
    return _run(git, ["-w", "-C", *around], commits, path, ignored)


def _ranges(ranges: Iterable[tuple[int, int]]) -> list[str]:
    return [word for first, last in ranges for word in ("-L", f"{first},{last}")]


def _run(git: Git, options: list[str], commits: str, path: str, ignored: tuple[str, ...], until: float | None = None) -> dict[int, Commit]:
    # With `--root` the first commit of all is no boundary: those of a range are.
    words = ["blame", "--incremental", "--root", "--no-textconv", *options]
    if ignored:
        words += ["--ignore-revs-file", str(git.file("".join(f"{one}\n" for one in ignored)))]
    words += [commits, "--", path]
    return _read(git.run(*words) if until is None else git.run_until(until, *words)[0])


def changed_files(git: Git, before: str, after: str) -> frozenset[str]:
    """The files that differ between two commits. Raises `GitError`."""
    listed = git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after)
    return frozenset(listed.decode("utf-8", "surrogateescape").split("\0"))


def ignored_commits(git: Git, text: Iterable[str]) -> tuple[str, ...]:
    """The commits that the lines of `.git-blame-ignore-revs` name; those that the clone does not have are left out."""
    found = [match[1] for line in text if (match := _ID.fullmatch(line.lower()))]
    if not found:
        return ()
    answers = git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", given="".join(f"{one}\n" for one in found).encode())
    return tuple(line.split(" ")[0] for line in answers.decode("utf-8", "replace").split("\n") if line.endswith(" commit"))


def _read(printed: bytes) -> dict[int, Commit]:
    """The lines of `git blame --incremental` (git-blame(1)), of which the end may be missing: each part ends with the name of a file, and
    what is known of a commit comes with its first part.
    """
    known: dict[str, dict[str, str]] = {}
    found: dict[int, Commit] = {}
    entry = None
    for line in printed.decode("utf-8", "replace").split("\n")[:-1]:
        word, _, value = line.partition(" ")
        if entry is None:
            entry = _ENTRY.fullmatch(line)
        elif word != "filename":
            known.setdefault(entry[1], {})[word] = value
        else:
            about = known.get(entry[1], {})
            time, first, length = about.get("author-time", ""), int(entry[2]), int(entry[4])
            for at in range(length):
                found[int(entry[3]) + at] = Commit(
                    entry[1], int(time) if time.isdecimal() else 0, _shown(about.get("author", "")), _shown(about.get("summary", "")),
                    unquoted(value), first + at, "boundary" in about,
                )  # fmt: skip
            entry = None
    return dict(sorted(found.items()))


def _shown(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def unquoted(name: str) -> str:
    """The name of a file, which git quotes if it has a quote or a backslash in it."""
    return _ESCAPED.sub(r"\1", name[1:-1]) if name.startswith('"') else name
