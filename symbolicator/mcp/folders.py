"""Paths that an agent names, kept within the folders that the user gave."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

MAX_FILE: Final = 16 << 20
"""Bytes of a trace that is read from a file."""


class OutsideError(Exception):
    """A path that is not within the folders, or not what is asked for; the message is for the agent."""


class Folders:
    """The folders and files that the user gave. Symbolic links count where they lead to."""

    def __init__(self, given: Sequence[str | Path]) -> None:
        self._roots = [(Path(each).absolute(), Path(each).resolve()) for each in given]

    @property
    def roots(self) -> list[Path]:
        """What was given, absolute."""
        return [root for root, _ in self._roots]

    def find(self, path: str) -> Path:
        """The file or folder at a path, relative to a folder or to the place where the server was started. Raises `OutsideError`."""
        if "\0" in path or not path.strip():
            raise OutsideError("the path is empty or has a null character")
        for base in (Path(), *(root for root, _ in self._roots)):
            try:
                real = (base / path).resolve()
                if any(real == root or root in real.parents for _, root in self._roots) and real.exists():
                    return real
            except (OSError, RuntimeError, ValueError):
                continue
        shown = ", ".join(map(str, self.roots)) or "none: start the server with -f DIR"
        raise OutsideError(f"there is no {path[:200]!r} within the folders of this server ({shown})")

    def read(self, path: str) -> bytes:
        """The content of a file. Raises `OutsideError`."""
        found = self.find(path)
        if not found.is_file():
            raise OutsideError(f"{path[:200]!r} is not a file")
        try:
            with found.open("rb") as file:
                content = file.read(MAX_FILE + 1)
        except OSError as error:
            raise OutsideError(f"{path[:200]!r} cannot be read: {error.strerror or error}") from error
        if len(content) > MAX_FILE:
            raise OutsideError(f"{path[:200]!r} has more than {MAX_FILE >> 20} MiB: cut out the part with the trace")
        return content
