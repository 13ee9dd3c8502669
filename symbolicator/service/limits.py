"""How the service is set up: where it listens, what one request may cost, and how many may come at once."""

from __future__ import annotations

import os
from pathlib import Path

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
"""Threads for what is no event: `/health` waits in no event's line."""


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how to serve. `grace`: seconds for what is in flight when it is told to stop; `hosts`: names that requests may be for."""

    host: str = "127.0.0.1"
    port: int = 8642
    workers: int = 2
    limits: Limits = Limits()
    token: str | None = None
    grace: int = 30
    hosts: tuple[str, ...] = ()


def threads_of(limits: Limits) -> int:
    """Threads of one process: for events at work or in line, with files or without; for large bodies that are read; for all else."""
    return limits.threads + limits.queue + GUESTS + READERS + RESERVED


def temporary_folder() -> str | None:
    """Where gunicorn's workers show that they live: in memory where there is such a folder, for a slow disk looks like a hung worker."""
    return "/dev/shm" if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - files without a name
