"""The id of a request, given by the client or created here: in its answer and in every line of the log."""

from __future__ import annotations

import os
from contextvars import ContextVar

_SANE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_LONGEST = 128

_current: ContextVar[str] = ContextVar("request_id", default="")


def begin(given: str | None) -> str:
    """The id of a request that begins: `given` if it is valid in a log and a header, else a new one."""
    sane = given is not None and 0 < len(given) <= _LONGEST and _SANE.issuperset(given)
    name = given if sane and given is not None else os.urandom(16).hex()
    _current.set(name)
    return name


def end() -> None:
    """That request is answered: what this thread does next is for another, or for none."""
    _current.set("")


def current_id() -> str:
    """The id of the request in this thread; "" outside of one."""
    return _current.get()
