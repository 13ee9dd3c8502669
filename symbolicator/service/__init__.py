"""The HTTP service: JSON in and out, the same engine and the same answers.

It has everything about HTTP: routes, bodies and their limits, what is refused, counted and logged. `engine.py` decides about frames;
only this room knows flask and the server.

The path of a request: `app` (identity, token, errors) → its file in `routes/` → `bodies` and `uploads` (content, within `limits`) →
`work` (through the `gate` to the engine, counted by `metrics`) → `answers` (JSON, text or HTML, by `Accept`). Another protocol is one more
file in `routes/` that converts to an event, passes it to `Work`, and converts the result back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symbolicator.service.limits import Limits

if TYPE_CHECKING:
    from symbolicator.service.app import create_app

__all__ = ["Limits", "create_app"]


def __getattr__(name: str) -> Any:
    """`create_app`, and flask with it, only when first used: `serve` must set the environment before (PEP 562)."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from symbolicator.service.app import create_app

    return create_app
