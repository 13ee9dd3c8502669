"""What a process of `symbolicate_many(events, workers=N)` does (`batch.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbolicator.batch import Answered, collect
from symbolicator.engine import Symbolicator
from symbolicator.settings import Settings


def start_worker(settings: Settings) -> Callable[[list[Any]], Answered]:
    """What a worker does: some events at a time, by an engine of its own."""
    engine = Symbolicator(settings=settings)
    return lambda events: collect(engine.answer, events)
