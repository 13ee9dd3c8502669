"""The likeliest of an event's `suspect_commits`, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 3
"""Suspects that are shown to people."""
_ID = 10


def suspect_lines(event: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """For each of the first suspects the commit (`0123456789 2026-11-30 Pump faster (#12)`), why it is one, and its address or ""."""
    listed = event.get("suspect_commits")
    out = []
    for one in (listed if isinstance(listed, list) else [])[:MOST]:
        if isinstance(one, dict) and isinstance(one.get("commit"), str):
            head = [one["commit"][:_ID], str(one.get("date") or "")[:10], str(one.get("summary") or "")]
            author = f" by {one['author']}" if one.get("author") else ""
            request = one.get("pull_request")
            address = (request.get("url") if isinstance(request, dict) else None) or one.get("url")
            out.append((" ".join(filter(None, head)), f"{one.get('confidence')}{author}: {one.get('reason')}", str(address or "")))
    return out
