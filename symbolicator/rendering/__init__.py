"""An event as readable text. `sections` gives its stacks in order, `frames` the words for each frame, `tally` how many were symbolicated,
`notes` its problems, `group` and `suspects` a line for each of those, `folding` the runs of library frames; the other modules are a format
each. Colours and layout for a terminal are in `cli`, which uses these.

All take the event's JSON (a dict as returned by `symbolicate`), not the model, so they can show anything that looks like an event; no
content can make them raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from symbolicator.rendering.frames import Json

__all__ = ["FORMATS", "render"]

FORMATS = ("plain", "markdown", "github", "html", "agent")


def render(event: Json, format: str = "plain", context: int | None = None) -> str:
    """An event as readable text, ending in a newline.

    >>> frames = [{"function": "Cart.total", "filename": "src/cart.ts", "lineno": 3, "colno": 23}]
    >>> render({"exception": {"values": [{"type": "Error", "value": "sold out", "stacktrace": {"frames": frames}}]}})
    'Error: sold out\\n    at Cart.total (src/cart.ts:3:23)\\n'

    `format` is `plain`, `markdown`, `github` (Markdown for an issue: the crash, the rest folded), `html` (a whole file) or `agent` (at most
    2,000 bytes). `context` is how many source lines to show on each side of a frame's own line (0: its own line). Without it, plain text
    and Markdown show none, `github` and `html` three; `agent` chooses them itself. Raises `ValueError` for another format, TypeError for
    what is no mapping.
    """
    if not isinstance(event, Mapping):
        raise TypeError(f"an event is a dict, not {type(event).__name__}; a trace as text is symbolicated as text (`symbolicate_text`)")
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r}; known formats: {', '.join(FORMATS)}")
    if format == "agent":
        from symbolicator.rendering.agent import agent

        return "\n".join((*agent(event), ""))
    write: Callable[[Json, int | None], Iterator[str]] = getattr(import_module(f"symbolicator.rendering.{format}"), format)
    text = "\n".join(write(event, context))
    return f"{text}\n" if text else ""
