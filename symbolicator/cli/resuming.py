"""A file of answers that a run before this one began: how many it has, and the place for the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from symbolicator.cli.failures import Failure
from symbolicator.event.wire import write_json

_PIECE: Final = 1 << 20


class Earlier:
    """The file, opened by `with`; a last line that a run did not write to its end is cut off.

    Raises `Failure` where it cannot be opened, or holds something else.
    """

    def __init__(self, name: str) -> None:
        try:
            self._file = Path(name).open("a+b")  # noqa: SIM115 - closed by `with` of the whole
        except OSError as error:
            raise Failure(f"{name!r} cannot be written: {error.strerror}", "--resume takes a file for the answers") from error
        self.answers = 0
        """Whole lines that were there."""

    def __enter__(self) -> Earlier:
        self._file.seek(0)
        if self._file.read(1) not in (b"", b"{"):
            self._file.close()
            raise Failure(f"{self._file.name!r} holds no answers", "--resume appends to the file of an earlier run, or makes one")
        self._file.seek(0)
        end = at = 0
        while piece := self._file.read(_PIECE):
            self.answers += piece.count(b"\n")
            end = at + piece.rfind(b"\n") + 1 if b"\n" in piece else end
            at += len(piece)
        self._file.truncate(end)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, answer: dict[str, Any]) -> None:
        """Write one more."""
        self._file.write(write_json(answer, 0))
        self._file.flush()
