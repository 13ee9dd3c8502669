"""The HTTP service: JSON in and out, the same engine and the same answers.

Owns what is HTTP: routes, bodies and their limits, what is turned away, what is counted and logged. What a frame means is decided behind
`engine.py`; this is the one room that knows flask, and what serves it.

A request's way: `app` (identity, token, errors) → its file in `routes/` → `bodies` and `uploads` (what was sent, within `limits`) → `work`
(through the `gate` to the engine, counted by `metrics`) → `answers` (JSON, text or HTML, by `Accept`). Another protocol is one more file in
`routes/` that translates into an event, hands it to `Work`, and translates back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symbolicator.service.limits import Limits

if TYPE_CHECKING:
    from symbolicator.service.app import create_app

__all__ = ["Limits", "create_app"]


def __getattr__(name: str) -> Any:
    """`create_app`, and flask with it, when it is first asked for: `serve` has the environment to set before (PEP 562)."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from symbolicator.service.app import create_app

    return create_app
