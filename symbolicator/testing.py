"""`check_transformer()`: a contract test for third-party transformers.

In a test of its own package::

    from symbolicator.testing import check_transformer
    def test_contract():
        check_transformer(Acme, [{"platform": "acme", "function": "a"}])
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from symbolicator import event as event_json
from symbolicator.artifacts.cache import Cache
from symbolicator.artifacts.stores import open_stores
from symbolicator.lookup import Lookup
from symbolicator.model import Event, Frame
from symbolicator.pipeline import Pipeline
from symbolicator.settings import Settings
from symbolicator.transformers import Transformer


def check_transformer(
    made: type[Transformer], frames: Sequence[Mapping[str, Any]], files: Sequence[Any] = (), platform: str | None = None
) -> list[dict[str, Any]]:
    """Run a transformer alone on raw `frames` (event JSON, caller first) and check the contract.

    It must have a name; `handles` must return a bool and open no files; `transform` must return one tuple of frames for each frame; the
    input event must stay unchanged; a second run must give the same result; a frame without any fields must not make it raise.
    Raises AssertionError with what is wrong; returns the resulting frames.
    """
    transformer = made(Settings(files=tuple(files))) if made.takes_settings else made()  # type: ignore[call-arg]
    _hold(isinstance(transformer, Transformer), f"{made.__name__} is not a subclass of symbolicator.Transformer")
    _hold(bool(transformer.name), f"{made.__name__} has no `name`: settings and problems refer to it")
    given: dict[str, Any] = {"platform": platform, "frames": [dict(frame) for frame in frames]}
    before = copy.deepcopy(given)
    once = _run(transformer, event_json.read(given), files)
    _hold(given == before, "the input event was changed; return new values instead")
    out = event_json.write(once)
    again = event_json.write(_run(transformer, event_json.read(out), files))
    _hold(again == out, "running it twice gives another result than running it once")
    for frame in once.all_stacktraces():
        _hold(all(isinstance(each, Frame) for each in frame.frames), "transform returned something that is not a Frame")
    _run(transformer, event_json.read({"frames": [{}, {"platform": platform}]}), files)
    answer: list[dict[str, Any]] = out["frames"]
    return answer


def _run(transformer: Transformer, event: Event, files: Sequence[Any]) -> Event:
    """Strict: a bug raises with its own traceback."""
    store = open_stores(tuple(files))
    cache = Cache(None)
    for stack in event.all_stacktraces():
        for frame in stack.frames:
            _hold(isinstance(transformer.handles(frame, stack), bool), "handles() must answer True or False")
    return Pipeline((transformer,), context_lines=5, strict=True).run(event, lambda prepared: Lookup(prepared, store, cache))


def _hold(kept: bool, broken: str) -> None:
    if not kept:
        raise AssertionError(broken)
