"""The work of every route: an event through the gate to the engine, counted. Routes only convert."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symbolicator import event as event_json
from symbolicator.engine import Symbolicator
from symbolicator.model import Event
from symbolicator.service.gate import Gate
from symbolicator.service.limits import Limits
from symbolicator.service.metrics import Metrics
from symbolicator.service.refusals import Refusal


class Work:
    """What the routes of one application share. Safe to share between threads."""

    def __init__(self, engine: Symbolicator, limits: Limits, token: str | None = None) -> None:
        self._token = token.encode() if token else None
        self.engine = engine
        self.limits = limits
        self.gate = Gate(limits)
        self.metrics = Metrics()

    def knows(self, authorization: str) -> bool:
        """Whether the sender of this header may see everything; without a token anybody may."""
        if self._token is None:
            return True
        scheme, _, given = authorization.partition(" ")
        same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)
        return same and scheme.lower() == "bearer"

    def check_frames(self, count: int) -> None:
        """Raises a 413 if a request of another protocol has more frames than an event may have: its answer would be far larger than it."""
        most = self.engine.settings.bounds.frames
        if most is not None and count > most:
            raise Refusal(
                413, f"the request has {count} frames; the limit is {most}", "send fewer, or start the service with --bound frames=N"
            )

    def symbolicate(self, event: Mapping[str, Any], folder: Path | None = None, for_json: bool = False) -> dict[str, Any]:
        """The event symbolicated, with the files in `folder` before our own. Raises `Refusal`: 400 if it has no frames, 503.

        `for_json`: the result is only encoded, not read.
        """
        model = event_json.read(event)
        if not any(stack.raw_frames for stack in model.all_stacktraces()):
            raise Refusal(
                400,
                "the event has no frames",
                "frames are expected in exception.values[].stacktrace, threads.values[].stacktrace, stacktrace, stacktraces[] and frames",
            )
        return self.run(model, folder, for_json)

    def run(self, model: Event, folder: Path | None = None, for_json: bool = False) -> dict[str, Any]:
        """As `symbolicate`, for an event that was read, with frames or without. Raises `Refusal` 503."""
        with self.gate.working(guests=folder is not None), self.metrics.in_flight.track_inprogress():
            done = (self.engine if folder is None else self.engine.with_guests(folder, self.limits.max_inflated)).run(model)
            answer = (event_json.write_for_json if for_json else event_json.write)(done)
        self.metrics.count_frames(done)
        self.metrics.count_cache(self.engine.cache.answers)
        return answer
