"""`check_transformer()`: the contract a third party's transformer runs itself through.

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
    """Run a transformer alone over raw `frames` (event JSON, caller first) and hold it to the contract.

    It must have a name; `handles` must answer a bool and open nothing; `transform` must give one tuple of frames for each frame; the
    event given must stay untouched; a second run must give what the first gave; a frame with nothing in it must not make it raise.
    Raises AssertionError with what was broken; gives the frames that came out.
    """
    transformer = made(Settings(files=tuple(files))) if made.takes_settings else made()  # type: ignore[call-arg]
    _hold(isinstance(transformer, Transformer), f"{made.__name__} is not a subclass of symbolicator.Transformer")
    _hold(bool(transformer.name), f"{made.__name__} has no `name`: it is the word used in settings and problems")
    given: dict[str, Any] = {"platform": platform, "frames": [dict(frame) for frame in frames]}
    before = copy.deepcopy(given)
    once = _run(transformer, event_json.read(given), files)
    _hold(given == before, "the event that came in was changed; give new values instead")
    out = event_json.write(once)
    again = event_json.write(_run(transformer, event_json.read(out), files))
    _hold(again == out, "running it twice does not give what running it once gives")
    for frame in once.all_stacktraces():
        _hold(all(isinstance(each, Frame) for each in frame.frames), "transform gave something that is no Frame")
    _run(transformer, event_json.read({"frames": [{}, {"platform": platform}]}), files)
    answer: list[dict[str, Any]] = out["frames"]
    return answer


def _run(transformer: Transformer, event: Event, files: Sequence[Any]) -> Event:
    """Strictly: a bug raises, with its own traceback."""
    store = open_stores(tuple(files))
    cache = Cache(None)
    for stack in event.all_stacktraces():
        for frame in stack.frames:
            _hold(isinstance(transformer.handles(frame, stack), bool), "handles() must answer True or False")
    return Pipeline((transformer,), context_lines=5, strict=True).run(event, lambda prepared: Lookup(prepared, store, cache))


def _hold(kept: bool, broken: str) -> None:
    if not kept:
        raise AssertionError(broken)
