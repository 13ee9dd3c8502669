"""A bounded memory of look-ups."""

from __future__ import annotations

from typing import Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_REMEMBERED: Final = 1 << 15


def remember(memo: dict[K, V], key: K, value: V) -> None:
    """Keep a value; a full memo is emptied first. Threads may share a memo: values are only ever added whole."""
    if len(memo) >= _REMEMBERED:
        memo.clear()
    memo[key] = value
