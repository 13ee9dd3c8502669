"""An event's `grouping` in one line."""

from __future__ import annotations

from symbolicator.control import tame
from symbolicator.rendering.frames import Json, as_list, as_mapping

_DIGITS = 12
"""Digits of a fingerprint that are shown to people."""


def group_line(event: Json) -> str:
    """`0123456789ab null_dereference (high): TypeError in total (src/cart.ts)`; "" if the event has no `grouping`."""
    grouping = as_mapping(event.get("grouping"))
    if not grouping:
        return ""
    category = as_mapping(grouping.get("category"))
    name, confidence = str(category.get("name") or "unknown"), str(category.get("confidence") or "")
    sure = f" ({confidence})" if confidence not in ("", "none") else ""
    return tame(f"{str(grouping.get('fingerprint') or 'none')[:_DIGITS]} {name}{sure}: {grouping.get('title') or ''}")


def group_reasons(event: Json) -> list[str]:
    """What of the event counts for its fingerprint, what does not, and why; then the rule of its category."""
    grouping = as_mapping(event.get("grouping"))
    out = []
    for one in as_list(grouping.get("components")):
        component = as_mapping(one)
        sign = "+" if component.get("counts") is True else "-"
        out.append(f"{sign} {component.get('what')} {component.get('value')}: {component.get('why')}")
    category = as_mapping(grouping.get("category"))
    return [*out, f"category {category.get('name')}: {category.get('rule')}"] if category else out
