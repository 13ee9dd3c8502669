"""The service's settings: where it listens, what one request may cost, and how many may run at once."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from symbolicator.errors import ConfigError


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a service. Sizes in bytes, times in seconds. Raises `ConfigError` if one is not positive.

    `threads`: events symbolicated at once in a process; `queue`: more that may wait, the next one gets 503 at once; `patience`: how
    long one waits before it gets 503 too. `max_body`: a body as sent; `max_inflated`: its decompressed size, and a form's text;
    `max_upload`: a form with files. `body_timeout`: for a request to arrive, plus one second for each `MIN_RATE` bytes of it.
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
                raise ConfigError(f"{name} is {value!r}; it must be positive")


MIN_RATE = 64 << 10
"""Bytes a second below which a long body is too slow."""
READERS = 8
"""Large bodies read at once in a process: each occupies a thread while it arrives."""
GUESTS = 8
"""Events with files of their own that run or wait in a process, in addition to the others."""
RESERVED = 8
"""Threads that requests which are no events may occupy, beyond those for events and large bodies: neither waits for the other."""
STORING = 2
"""Uploaded files stored at once in a process; each may use a child and the disk for seconds."""
STORE_QUEUE = 4
"""Further ones that may wait: each holds a thread, and an event's place in the loop."""


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how to serve. `grace`: seconds for running requests at shutdown; `hosts`: accepted host names; `scopes`: names of tenants,
    each with a token; `store`: the folder for uploaded files, at most `store_size` bytes of them for each scope.
    """

    host: str = "127.0.0.1"
    port: int = 8642
    workers: int = 2
    limits: Limits = Limits()
    token: str | None = None
    grace: int = 30
    hosts: tuple[str, ...] = ()
    scopes: tuple[tuple[str, str], ...] = ()
    store: str | None = None
    store_size: int | None = None


def threads_of(limits: Limits) -> int:
    """Threads of one process: for events running or waiting, with files or without; for large bodies being read; for other requests."""
    return limits.threads + limits.queue + GUESTS + READERS + RESERVED


def temporary_folder() -> str | None:
    """The folder for gunicorn's heartbeat files: in memory if possible, because with a slow disk a worker would seem to hang."""
    return "/dev/shm" if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - files without a name
