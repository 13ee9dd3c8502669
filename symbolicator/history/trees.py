"""The files of a revision: found by the end of a path, read as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from symbolicator.history.clone import Clone
from symbolicator.history.git import Git
from symbolicator.keys import common_tail, url_segments

MAX_SOURCE: Final = 16 << 20
"""Bytes of a file whose lines are read."""

_SURE: Final = 2
"""Segments by which a path is known."""
_SMALL: Final = 64
_SMALL_PART: Final = 0.01
"""Files of a small folder, and the part of all files that they may be."""


class Tree:
    """The files of one revision."""

    def __init__(self, clone: Clone, commit: str) -> None:
        self._git: Git = clone.git
        self.commit = commit
        # One text, not a table by name: of fifty thousand files it takes a tenth of the bytes, and so is remembered.
        self._listed = b"\0" + self._git.run("ls-tree", "-r", "-z", "--full-tree", "--name-only", commit)
        self.size = len(self._listed)
        """About the bytes that it takes."""

    def find(self, path: str, prefix: str = "") -> tuple[list[str], int]:
        """The files that share the longest end with a path, and how many segments that is; ([], 0) if none has its name.

        `/build/app/src/pump.c` and `webpack://shop/./src/pump.c` share two segments with `lib/src/pump.c`, and one with `pump.c`. If
        they share less, capital and small letters are taken for the same where that makes it more. `prefix` precedes all paths: that of a
        submodule.
        """
        wanted = url_segments(path)
        if not wanted:
            return [], 0
        best, longest = _longest(_named(self._listed, self._listed, wanted[-1]), wanted, lambda known: prefix + known)
        if longest < len(wanted) and longest < _SURE:  # Windows and macOS write paths as somebody typed them
            small = [_small(segment) for segment in wanted]
            similar, more = _longest(_named(self._listed, self._listed.lower(), small[-1]), small, lambda known: _small(prefix + known))
            if more > longest:
                return similar, more
        return best, longest

    def covering(self, paths: Iterable[str]) -> dict[str, str]:
        """For each file the largest folder around it that is small, else the file."""
        paths = list(paths)
        above = {folder for path in paths for folder in _above(path)}
        held: Counter[str] = Counter()
        for parent, files in Counter(path.rpartition(b"/")[0] for path in self._listed.split(b"\0")).items():
            held.update({folder: files for folder in _above(f"{parent.decode('utf-8', 'replace')}/") if folder in above})
        small = max(_SMALL, _SMALL_PART * self._listed.count(b"\0"))
        return {path: next((folder for folder in _above(path) if 0 < held[folder] <= small), path) for path in paths}

    def has(self, path: str) -> bool:
        """Whether there is a file, or a submodule, of this path."""
        return f"\0{path}\0".encode("utf-8", "surrogateescape") in self._listed

    def lines(self, path: str) -> list[str] | None:
        """The lines of a file as `git blame` counts them, without their ends, what is no UTF-8 replaced; None if it cannot be read.

        Raises `GitTimeout`.
        """
        return lines_of(self._git, self.commit, path)


def lines_of(git: Git, commit: str, path: str) -> list[str] | None:
    """The same of a commit whose files are not listed."""
    content = git.attempt("cat-file", "blob", f"{commit}:{path}", most=MAX_SOURCE)
    if content is None:
        return None
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    return text.removesuffix("\n").replace("\r\n", "\n").removesuffix("\r").split("\n")


def _named(listed: bytes, searched: bytes, name: str) -> Iterator[str]:
    """The paths whose last segment is `name` in `searched`: `listed`, or the same in small letters."""
    for before in (b"/", b"\0"):
        sought = before + name.encode("utf-8", "replace") + b"\0"
        at = searched.find(sought)
        while at >= 0:
            end = at + len(sought) - 1
            path = listed[listed.rfind(b"\0", 0, at + 1) + 1 : end].decode("utf-8", "surrogateescape")
            if path.isprintable():  # a name with a line end or control characters is no source file
                yield path
            at = searched.find(sought, end)


def _longest(paths: Iterable[str], wanted: Sequence[str], form: Callable[[str], str]) -> tuple[list[str], int]:
    """The paths that share most with `wanted`, and how much; ([], 0) if there are none."""
    best: list[str] = []
    longest = 0
    for path in paths:
        shared = common_tail(form(path).split("/"), wanted)
        if shared > longest:
            best, longest = [path], shared
        elif shared == longest:
            best.append(path)
    return best, longest


def _small(text: str) -> str:
    """A text in small letters, of ASCII alone as in `bytes.lower`."""
    return text.lower() if text.isascii() else text


def _above(path: str) -> list[str]:
    """The folders above a file, the outermost first."""
    return [path[:at] for at, character in enumerate(path) if character == "/" and at]
