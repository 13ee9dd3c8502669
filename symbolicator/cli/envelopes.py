"""An envelope in the place of an event or a trace: an envelope comes out, or a page for each of its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from symbolicator.cli.failures import NOTHING, Failure, say
from symbolicator.cli.options import with_release
from symbolicator.cli.outcome import Tally
from symbolicator.cli.streams import show_json_bytes

if TYPE_CHECKING:
    from symbolicator.engine import Symbolicator
    from symbolicator.event.envelope import Envelope

Show = Callable[[dict[str, Any]], None]


def show_envelope(envelope: Envelope, engine: Symbolicator, options: dict[str, Any], each: Show | None) -> None:
    """Symbolicate its events and write it; with `each`, that shows them instead. Raises `Failure` if no frame could be symbolicated."""
    for note in envelope.notes:
        say(f"symbolicator: {note}")
    if not envelope.events and each is not None:
        raise Failure("the envelope has no event that can be read", "sessions, attachments and other items have no stacks", NOTHING)
    answers = [engine.symbolicate(with_release(event, options)) for event in envelope.events]
    if each is None:
        show_json_bytes(envelope.written(answers))
    else:
        for answer in answers:
            each(answer)
    tally = Tally()
    for answer in answers:
        tally.add(answer)
    tally.require_some(engine, "no frame of the envelope could be symbolicated")
