"""What was looked up once is remembered, within a bound."""

from __future__ import annotations

from typing import Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_REMEMBERED: Final = 1 << 15


def remember(memo: dict[K, V], key: K, value: V) -> None:
    """Keep a value; a memo that is full is emptied before. Threads may share a memo: what it holds is only ever added whole."""
    if len(memo) >= _REMEMBERED:
        memo.clear()
    memo[key] = value
