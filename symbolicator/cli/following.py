"""Reading a trace from a program that is still writing it, or from a large file: what is complete goes out at once, stacks symbolicated."""

from __future__ import annotations

import codecs
import os
import select
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from symbolicator.cli.failures import NO_TRACE, NOTHING, Failure, say
from symbolicator.cli.options import on_terminal, open_engine, with_release
from symbolicator.cli.outcome import require_some
from symbolicator.cli.pages import Page
from symbolicator.cli.streams import MOST, show, text_of, write
from symbolicator.rendering.tally import Outcome, outcome_of
from symbolicator.traces.encoded import TOMBSTONES, UTF16, bytes_of, text_in
from symbolicator.traces.readable import nothing_to_do, readable_language

if TYPE_CHECKING:
    from symbolicator.engine import Symbolicator
    from symbolicator.traces.following import Part

_PIECE: Final = 1 << 18
_PATIENCE: Final = 0.2
"""Seconds of silence after which a writer is not expected to end soon."""
_WHOLE: Final = 8 << 20
"""Bytes of a text that is waited for."""
_SOON: Final = 0.5
"""Seconds in which a writer ends that has its text already."""
_EVERY: Final = 0.025
"""Seconds between two looks for what is complete, while lines come."""


def read(source: int, what: str, options: dict[str, Any], page: Page | None) -> bytes | None:
    """The content of the open file `source` as a whole, if it ends soon or is one document. Else it is followed to its end: what is
    complete is written as it comes, and None is the answer.

    `what` is expected there; `page` shows an event, None writes it into the text. What was read is written, also if a signal
    ends this. Raises `Failure`.
    """
    with _Signals() as signals:
        content = bytearray()
        try:
            ended = _fill(source, content, signals)
            if not ended and _is_one_document(content):
                while len(content) <= MOST and (piece := _read(source, None, signals)):
                    content += piece
                ended = len(content) <= MOST  # a larger one is a log: lines of it pass through
        except (KeyboardInterrupt, SystemExit):
            _pass(text_in(bytes(content)))
            raise
        if ended:
            return bytes(content)
        text_of(bytes(content), "-", what)
        _follow(source, bytes(content), signals, options, page)
        return None


def _fill(source: int, content: bytearray, signals: _Signals) -> bool:
    """Read until the input ends or pauses; whether it ended: most writers have written it all by then."""
    until = 0.0
    while len(content) < _WHOLE and (not content or time.monotonic() < until):
        piece = _read(source, _PATIENCE if content else None, signals)
        until = until or time.monotonic() + _SOON
        if not piece:
            return piece is not None
        content += piece
    return False


def _is_one_document(content: bytearray) -> bool:
    """Whether a beginning is of a text that has to be read as a whole: a report or an event as JSON, an envelope, UTF-16, a tombstone."""
    from symbolicator.event.envelope import is_envelope

    line = bytes(content.lstrip().split(b"\n", 1)[0])
    is_json = line[:1] in {b"{", b"["} and (not line.rstrip().endswith((b"}", b"]")) or b'"bug_type"' in line)
    return bytes(content[:2]) in UTF16 or bytes(content[:1]) in TOMBSTONES or is_json or is_envelope(bytes(content))


def _read(source: int, patience: float | None, signals: _Signals) -> bytes | None:
    """The next bytes, `b""` at the end, None if nothing arrived within `patience` seconds. Raises what a signal asks for."""
    with signals.heard():
        ready, _, _ = select.select([source], [], [], patience)
    return os.read(source, _PIECE) if ready else None


def _follow(source: int, content: bytes, signals: _Signals, options: dict[str, Any], page: Page | None) -> None:
    from symbolicator.traces.following import Following

    following, decoder = Following(), codecs.getincrementaldecoder("utf-8")("surrogateescape")
    with open_engine(options) as engine:
        parts = _Parts(engine, options, page)
        try:
            parts.write(following.feed(decoder.decode(content), time.monotonic()))
            looked = time.monotonic()
            while (piece := _read(source, following.wait(time.monotonic()), signals)) != b"":
                now = time.monotonic()
                if piece:
                    parts.write(following.feed(decoder.decode(piece), now))
                if not piece or now - looked >= _EVERY:
                    parts.write(following.parts(now))
                    looked = now
        finally:
            parts.write(following.feed(decoder.decode(b"", True), time.monotonic()) + following.rest())
        parts.report()


class _Signals:
    """SIGINT and SIGTERM end this process where it waits and nowhere else, so that what was read is written first. A second one ends it
    at once.
    """

    def __init__(self) -> None:
        self._number = 0
        self._listening = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        with suppress(ValueError):  # not the main thread: somebody else's process
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        if self._number and kind not in (KeyboardInterrupt, SystemExit):  # one that came when nothing was waited for any more
            signal.raise_signal(self._number)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        again, self._number = self._number != 0, number
        if again or self._listening:
            self._end()

    def _end(self) -> None:
        if self._number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + self._number)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """While this lasts, a signal ends what is waited for; one that came before does so now."""
        self._listening = True
        try:
            if self._number:
                self._end()
            yield
        finally:
            self._listening = False


def _pass(text: str) -> None:
    """Write a part of the log."""
    show(text) if on_terminal() else write(bytes_of(text))


class _Parts:
    """Writes parts, and counts what became of their frames."""

    def __init__(self, engine: Symbolicator, options: dict[str, Any], page: Page | None) -> None:
        self._engine = engine
        self._options = options
        self._page = page
        self._outcome = Outcome()
        self._readable = ""
        """The language of the first trace seen that is no stack of ours."""

    def write(self, parts: Sequence[Part]) -> None:
        """Write each part, in order."""
        for part in parts:
            if part.traces is None:
                _pass(part.written({}))
                if part.readable and not self._readable:
                    self._readable = readable_language(part.text)
                continue
            event = self._engine.symbolicate(with_release(part.traces.event, self._options))
            self._outcome += outcome_of(event)
            if self._page is None:
                _pass(part.written(event))
            else:
                self._drawn(part, part.traces.extents, self._page, event)

    def _drawn(self, part: Part, extents: Sequence[tuple[int, int]], page: Page, event: dict[str, Any]) -> None:
        """The log's own lines, and in the place of the first stack the page of them all."""
        at, drawn = part.start, False
        for begin, stop in sorted(extents):
            if stop <= at or begin >= part.end:
                continue
            _pass(part.text[at : max(at, begin)])
            if not drawn:
                page.show(event, "\n")
                drawn = True
            at = min(stop, part.end)
        _pass(part.text[at : part.end])

    def report(self) -> None:
        """Raises `Failure` if there was no frame, or none of those that need files could be symbolicated."""
        if not self._outcome.total and self._readable:
            say(f"symbolicator: {nothing_to_do(self._readable)}")
        elif not self._outcome.total:
            raise Failure("no stack frame found in the text", "give it the output of the program that crashed", NOTHING, NO_TRACE)
        require_some(self._outcome, self._engine, self._outcome.failed)
