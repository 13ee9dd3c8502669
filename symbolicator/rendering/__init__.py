"""An event as readable text. `sections` gives its stacks in order, `frames` the words for each frame, `tally` how many were symbolicated;
the other modules are a format each. Colours and layout for a terminal are in `cli`, which uses these.

All take the event's JSON (a dict as returned by `symbolicate`), not the model, so they can show anything that looks like an event; no
content can make them raise.
"""

from __future__ import annotations

from symbolicator.rendering.frames import Json

__all__ = ["FORMATS", "render"]

FORMATS = ("plain", "markdown", "agent")


def render(event: Json, format: str = "plain", context: int | None = None) -> str:
    """An event as readable text, ending in a newline.

    `format` is `plain`, `markdown` or `agent` (at most 2,000 bytes); `context` is how many source lines to show on each side of a frame's
    own line (None: none at all, 0: its own line; `agent` chooses them itself). Raises `ValueError` for another format.
    """
    if format == "agent":
        from symbolicator.rendering.agent import agent

        return "\n".join((*agent(event), ""))
    if format == "plain":
        from symbolicator.rendering.plain import plain as write
    elif format == "markdown":
        from symbolicator.rendering.markdown import markdown as write
    else:
        raise ValueError(f"unknown format {format!r}; known formats: {', '.join(FORMATS)}")
    text = "\n".join(write(event, context))
    return f"{text}\n" if text else ""
