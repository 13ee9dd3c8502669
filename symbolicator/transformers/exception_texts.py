"""The texts of an exception that a transformer rewrites: what came is kept beside each (`raw_type`, `raw_module`, `raw_value`) and read a
second time.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from symbolicator.model import ExceptionValue

MAX_MESSAGE = 1 << 16
"""Characters of a message that are looked through."""


def came(one: ExceptionValue, key: str) -> str | None:
    """An exception's `type`, `module` or `value` as it came, also where this is the second time: a module that was never there is not read
    from our own output.
    """
    raw = one.extra.get(f"raw_{key}")
    if isinstance(raw, str):
        return raw
    text = None if key == "module" and "raw_type" in one.extra else getattr(one, key)
    return text if isinstance(text, str) else None


def class_of(one: ExceptionValue) -> str | None:
    """The class of an exception as it came, with its package."""
    kind, module = came(one, "type"), came(one, "module")
    return f"{module}.{kind}" if module and kind else kind


def rewritten(one: ExceptionValue, rewrite: Callable[[str, str], str]) -> ExceptionValue:
    """The exception with `rewrite(key, text)` of its `type` and `value` as they came."""
    was = {key: text for key in ("type", "value") if (text := came(one, key))}
    changed = {key: now for key, text in was.items() if (now := rewrite(key, text)) != text}
    return replace(one, extra={**one.extra, **{f"raw_{key}": was[key] for key in changed}}, **changed) if changed else one
