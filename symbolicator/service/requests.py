"""Who a request is: an id that the client gave or we make, in its answer and in every line of the log."""

from __future__ import annotations

import os
from contextvars import ContextVar

_SANE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_LONGEST = 128

_current: ContextVar[str] = ContextVar("request_id", default="")


def begin(given: str | None) -> str:
    """The id of the request that begins: `given` where it is fit for a log and a header, else a new one."""
    sane = given is not None and 0 < len(given) <= _LONGEST and _SANE.issuperset(given)
    name = given if sane and given is not None else os.urandom(16).hex()
    _current.set(name)
    return name


def current_id() -> str:
    """The id of the request this thread is at; "" outside of one."""
    return _current.get()
