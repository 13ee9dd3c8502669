"""JSON in which values are others', of whatever form: what the targets of events and of Apple's reports share."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from copy import deepcopy
from typing import Any


def damage(chance: random.Random, document: Any, values: Sequence[Any], times: int) -> None:
    """Put one of `values`, or what is at another place, in a place of the document, or take out what is there: as many times."""
    for _ in range(times):
        places = _places(document)
        if not places:
            return
        holder, key = chance.choice(places)
        other, at = chance.choice(places)
        how = chance.randrange(5)
        if how < 3:
            holder[key] = deepcopy(chance.choice(values))  # its own, or a list may come to hold itself
        elif how == 3:
            holder[key] = json.loads(json.dumps(other[at]))
        elif isinstance(holder, dict):
            del holder[key]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document: what holds it, and its key. No recursion."""
    found: list[tuple[Any, Any]] = []
    left = [value]
    while left:
        holder = left.pop()
        for key, one in holder.items() if isinstance(holder, dict) else enumerate(holder):
            found.append((holder, key))
            if isinstance(one, dict | list):
                left.append(one)
    return found
