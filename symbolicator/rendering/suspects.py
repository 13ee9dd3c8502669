"""The likeliest of an event's `suspect_commits`, in words."""

from __future__ import annotations

from symbolicator.rendering.frames import Json, as_list, as_mapping

MOST = 3
"""Suspects that are shown to people."""
_ID = 10


def suspect_lines(event: Json) -> list[tuple[str, str, str]]:
    """For each of the first suspects the commit (`0123456789 2026-11-30 Pump faster (#12)`), why it is one, and its address or ""."""
    out = []
    for one in map(as_mapping, as_list(event.get("suspect_commits"))[:MOST]):
        if isinstance(one.get("commit"), str):
            head = [one["commit"][:_ID], str(one.get("date") or "")[:10], str(one.get("summary") or "")]
            author = f" by {one['author']}" if one.get("author") else ""
            address = as_mapping(one.get("pull_request")).get("url") or one.get("url")
            out.append((" ".join(filter(None, head)), f"{one.get('confidence')}{author}: {one.get('reason')}", str(address or "")))
    return out
