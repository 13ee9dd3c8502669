"""An envelope in the place of an event or a trace: an envelope comes out, or a page for each of its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from symbolicator.cli.failures import NO_TRACE, NOTHING, Failure, say
from symbolicator.cli.options import with_release
from symbolicator.cli.outcome import SILENT, require_some, tell
from symbolicator.cli.pages import refuse_several
from symbolicator.cli.streams import show_json_bytes
from symbolicator.rendering.tally import Outcome, outcome_of

if TYPE_CHECKING:
    from symbolicator.engine import Symbolicator
    from symbolicator.event.envelope import Envelope

Show = Callable[[dict[str, Any]], None]


def show_envelope(envelope: Envelope, engine: Symbolicator, options: dict[str, Any], each: Show | None, form: str) -> None:
    """Symbolicate its events and write it; with `each`, that shows them instead. Raises `Failure` if no frame could be symbolicated."""
    for note in envelope.notes:
        say(f"symbolicator: {note}")
    if not envelope.events and each is not None:
        hint = "sessions, attachments and other items have no stacks"
        raise Failure("the envelope has no event that can be read", hint, NOTHING, NO_TRACE)
    if len(envelope.events) > 1:
        refuse_several(form, options)
    answers = [engine.symbolicate(with_release(event, options)) for event in envelope.events]
    if each is None:
        show_json_bytes(envelope.written(answers))
    else:
        for answer in answers:
            each(answer)
            if form in SILENT:
                tell(answer)
    require_some(sum(map(outcome_of, answers), Outcome()), engine, "no frame of the envelope could be symbolicated")
