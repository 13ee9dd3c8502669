"""The files of a revision: found by the end of a path, read as they were."""

from __future__ import annotations

from typing import Final

from symbolicator.history.clone import Clone
from symbolicator.history.git import Git, GitError
from symbolicator.keys import common_tail, url_segments

MAX_SOURCE: Final = 16 << 20
"""Bytes of a file whose lines are read."""


class Tree:
    """The files of one revision, by the last segment of their paths."""

    def __init__(self, clone: Clone, commit: str) -> None:
        self._git: Git = clone.git
        self.commit = commit
        self._by_name: dict[str, list[str]] = {}
        listed = self._git.run("ls-tree", "-r", "-z", "--full-tree", "--name-only", commit)
        self.size = 4 * len(listed)
        """About the bytes that it takes."""
        for path in listed.split(b"\0"):
            text = path.decode("utf-8", "surrogateescape")
            if text and text.isprintable():  # a name with a line end or control characters is no source file
                self._by_name.setdefault(text.rpartition("/")[2], []).append(text)

    def find(self, path: str) -> tuple[list[str], int]:
        """The files that share the longest end with a path, and how many segments that is; ([], 0) if none has its name.

        `/build/app/src/pump.c` and `webpack://shop/./src/pump.c` share two segments with `lib/src/pump.c`, and one with `pump.c`.
        """
        wanted = url_segments(path)
        best: list[str] = []
        longest = 0
        for known in self._by_name.get(wanted[-1] if wanted else "", ()):
            shared = common_tail(known.split("/"), wanted)
            if shared > longest:
                best, longest = [known], shared
            elif shared == longest:
                best.append(known)
        return best, longest

    def is_whole(self, path: str, shared: int) -> bool:
        """Whether so many segments are all of the path of a file here."""
        return path.count("/") + 1 == shared

    def lines(self, path: str) -> list[str] | None:
        """The lines of a file as `git blame` counts them, without their ends, what is no UTF-8 replaced; None if it cannot be read."""
        try:
            content = self._git.run("cat-file", "blob", f"{self.commit}:{path}", most=MAX_SOURCE)
        except GitError:
            return None
        text = content.decode("utf-8", "replace").removeprefix("\ufeff")
        return text.removesuffix("\n").replace("\r\n", "\n").removesuffix("\r").split("\n")
