"""The work of every route: an event through the gate to the engine, counted. Routes only convert."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import has_request_context

from symbolicator import event as event_json
from symbolicator.engine import Symbolicator
from symbolicator.model import Event
from symbolicator.service.gate import Gate
from symbolicator.service.limits import Limits
from symbolicator.service.metrics import Metrics
from symbolicator.service.refusals import Refusal
from symbolicator.service.scopes import GLOBAL, Visitor
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.scopes import Scopes
    from symbolicator.service.storage import Scope, Storage


class Work:
    """What the routes of one application share. Safe to share between threads."""

    def __init__(self, engine: Symbolicator, limits: Limits, scopes: Scopes, storage: Storage | None = None) -> None:
        self._engine = engine
        self.scopes = scopes
        self.storage = storage
        """What is uploaded; None if nothing can be."""
        self.limits = limits
        self.gate = Gate(limits)
        self.metrics = Metrics()

    @property
    def engine(self) -> Symbolicator:
        """The engine that sees what the current request may: the files of the service, and those of its scope."""
        return self._engine if self.storage is None or not has_request_context() else self.scope.engine

    @property
    def scope(self) -> Scope:
        """The uploaded files that the current request sees, and adds to."""
        assert self.storage is not None  # noqa: S101 - what needs it is off without
        return self.storage[current_request().scope]

    @property
    def own_scope(self) -> Scope:
        """That of the token alone, whatever the request names: where the chunks are that it sends."""
        assert self.storage is not None  # noqa: S101 - as above
        return self.storage[self.scopes.chosen(current_request().visitor or Visitor(GLOBAL), None)]

    def choose_project(self, *projects: str | None) -> None:
        """Have the current request see the scope of the first of its projects that is one, if it may choose and has no `?scope=`."""
        request = current_request()
        if request.visitor is not None and "scope" not in request.args:
            named = next((one for one in projects if one in self.scopes.names), None)
            request.scope = self.scopes.chosen(request.visitor, named)

    def check_operator(self) -> None:
        """Raises a 403 for a tenant's token."""
        visitor = current_request().visitor
        if visitor is not None and visitor.scope is not None:
            raise Refusal(403, "this is about all scopes", "send the token of the service itself (--token)")

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
