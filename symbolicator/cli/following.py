"""Reading a trace from a program that is still writing it: what is complete goes out at once, stacks symbolicated."""

from __future__ import annotations

import codecs
import os
import select
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from symbolicator.cli.failures import NOTHING, Failure
from symbolicator.cli.options import on_terminal, open_engine, with_release
from symbolicator.cli.outcome import missing_files, outcome_of
from symbolicator.cli.streams import show, write
from symbolicator.event.wire import UTF16, bytes_of, text_in

if TYPE_CHECKING:
    from symbolicator.traces.following import Following, Part

_PIECE: Final = 1 << 18
_PATIENCE: Final = 0.2
"""Seconds of silence after which a writer is not expected to end soon."""
_WHOLE: Final = 8 << 20
"""Bytes of a text that is waited for."""
_SOON: Final = 0.5
"""Seconds in which a writer ends that has its text already."""
_EVERY: Final = 0.025
"""Seconds between two looks for what is complete, while lines come."""
_TERMINATED: Final = 128 + signal.SIGTERM

Page = Callable[[dict[str, Any]], str]


def can_be_followed() -> bool:
    """Whether standard input is a pipe or a socket, of a system that tells when something is there."""
    if os.name != "posix" or sys.stdin is None:
        return False
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def beginning() -> tuple[bytes, bool]:
    """What standard input has until it ends or pauses, and whether it ended: most writers have written it all by then.

    If a signal ends this, what was read is written as it is.
    """
    content = bytearray()
    until = 0.0
    with _terminable():
        try:
            while len(content) < _WHOLE and (not content or time.monotonic() < until):
                piece = _read(_PATIENCE if content else None)
                until = until or time.monotonic() + _SOON
                if not piece:
                    return bytes(content), piece is not None
                content += piece
        except (KeyboardInterrupt, SystemExit):
            _pass(text_in(bytes(content)))
            raise
    return bytes(content), False


def is_one_document(content: bytes) -> bool:
    """Whether a beginning is of a text that has to be read as a whole: a report or an event as JSON, an envelope, UTF-16."""
    from symbolicator.event.envelope import is_envelope

    first = content.lstrip()[:1]
    line = content.lstrip().split(b"\n", 1)[0]
    is_json = first in {b"{", b"["} and (not line.rstrip().endswith((b"}", b"]")) or b'"bug_type"' in line)
    return content[:2] in UTF16 or is_json or is_envelope(content)


def the_rest(content: bytes) -> bytes:
    """A beginning, and all that follows it."""
    parts = [content]
    while piece := _read(None):
        parts.append(piece)
    return b"".join(parts)


def _read(patience: float | None) -> bytes | None:
    """The next bytes, `b""` at the end, None if nothing arrived within `patience` seconds."""
    file = sys.stdin.fileno()
    if patience is not None and not select.select([file], [], [], patience)[0]:
        return None
    return os.read(file, _PIECE)


def follow(content: bytes, options: dict[str, Any], page: Page | None) -> None:
    """Write what follows `content` as it comes. `page`: what shows an event; None writes it into the text.

    What was read is written, also where a signal ends this.
    """
    from symbolicator.traces.following import Following

    following, decoder = Following(), codecs.getincrementaldecoder("utf-8")("surrogateescape")
    with open_engine(options) as engine:
        tally = _Tally(engine, options, page)
        with _terminable():
            try:
                tally.write(following.feed(decoder.decode(content), time.monotonic()))
                looked = time.monotonic()
                while (piece := _read(following.wait(time.monotonic()))) != b"":
                    now = time.monotonic()
                    if piece:
                        tally.write(following.feed(decoder.decode(piece), now))
                    if not piece or now - looked >= _EVERY:
                        tally.write(following.parts(now))
                        looked = now
            finally:
                tally.write(_last(following, decoder))
        tally.report()


def _last(following: Following, decoder: codecs.IncrementalDecoder) -> Iterator[Part]:
    yield from following.feed(decoder.decode(b"", True), time.monotonic())
    yield from following.rest()


def _pass(text: str) -> None:
    """Write a part of the log."""
    show(text) if on_terminal() else write(bytes_of(text))


class _Tally:
    """Writes parts, and counts what became of their frames."""

    def __init__(self, engine: Any, options: dict[str, Any], page: Page | None) -> None:
        self._engine = engine
        self._options = options
        self._page = page
        self._total = self._back = self._left = 0

    def write(self, parts: Any) -> None:
        """Write each part, in order."""
        for part in parts:
            if part.traces is None:
                _pass(part.text[part.start : part.end])
                continue
            event = self._engine.symbolicate(with_release(part.traces.event, self._options))
            outcome = outcome_of(event)
            self._total, self._back, self._left = self._total + outcome.total, self._back + outcome.back, self._left + outcome.left
            if self._page is None:
                _pass(part.traces.render(event, part.start, part.end))
            else:
                self._drawn(part, self._page(event))

    def _drawn(self, part: Part, page: str) -> None:
        """The log's own lines, and in the place of the first stack the page of them all."""
        at, drawn = part.start, False
        assert part.traces is not None  # noqa: S101 - the caller's
        for begin, stop in sorted(part.traces.extents):
            if stop <= at or begin >= part.end:
                continue
            _pass(part.text[at : max(at, begin)])
            if not drawn:
                show(f"{page}\n")
                drawn = True
            at = min(stop, part.end)
        _pass(part.text[at : part.end])

    def report(self) -> None:
        """Raises `Failure` if there was no frame, or none could be symbolicated."""
        if not self._total:
            raise Failure("no stack frame found in the text", "give it the output of the program that crashed", NOTHING)
        if self._left and not self._back:
            raise Failure(f"none of the {self._left} frames could be symbolicated", missing_files(self._engine), NOTHING)


@contextmanager
def _terminable() -> Iterator[None]:
    """While this lasts, SIGTERM ends the process as an exception does: what is held is written."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(_TERMINATED)

    try:
        was = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread: somebody else's process
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, was)
