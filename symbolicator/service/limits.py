"""What one request may cost, and how many may come at once."""

from __future__ import annotations

import msgspec

from symbolicator.errors import ConfigError


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of a service. Sizes in bytes, times in seconds. Raises `ConfigError` where one is not positive.

    `threads`: events symbolicated at once in a process; `queue`: more that may wait for that, the next is told 503 at once; `patience`: how
    long one waits before it is told so too. `max_body`: a body as sent; `max_inflated`: what it may decompress to, and a form's text;
    `max_upload`: a form with files. `body_timeout`: for a request to arrive, with a second more for each `MIN_RATE` bytes of it.
    """

    threads: int = 4
    queue: int = 16
    patience: float = 20.0
    max_body: int = 16 << 20
    max_inflated: int = 64 << 20
    max_upload: int = 512 << 20
    body_timeout: float = 10.0

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value < (name != "queue") and not (isinstance(value, float) and value > 0):
                raise ConfigError(f"{name} is {value!r}; it has to be positive")


MIN_RATE = 64 << 10
"""Bytes a second below which a long body is too slow."""
READERS = 8
"""Large bodies read at once in a process: each holds a thread while it arrives."""
GUESTS = 8
"""Events with files of their own that are at work or in line in a process, beside the others."""
RESERVED = 8
"""Threads beside those, so that there is always one to answer `/health` and to turn a request away."""
