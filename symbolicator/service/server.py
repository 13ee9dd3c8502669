"""What serves the application: gunicorn, and waitress where gunicorn does not run (Windows)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from symbolicator.artifacts.scratch import scratch, sweep
from symbolicator.errors import ConfigError
from symbolicator.service.descriptors import connections
from symbolicator.service.hosts import is_loopback
from symbolicator.service.limits import GUESTS, READERS, RESERVED, Limits

if TYPE_CHECKING:
    from symbolicator.engine import Symbolicator

_METRICS = "PROMETHEUS_MULTIPROC_DIR"


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how to serve. `grace`: seconds for what is in flight when it is told to stop; `hosts`: names that requests may be for."""

    host: str = "127.0.0.1"
    port: int = 8642
    workers: int = 2
    limits: Limits = Limits()
    token: str | None = None
    grace: int = 30
    hosts: tuple[str, ...] = ()

    @property
    def checked_hosts(self) -> tuple[str, ...] | None:
        """The names to check `Host` against, beside this machine's own; None where any will do.

        It is checked where names are given, and where nobody but this machine's own programs is meant to ask, who send no token.
        """
        if self.hosts or (is_loopback(self.host) and not self.token):
            return (*self.hosts, self.host)
        return None


def serve(engine: Symbolicator, serving: Serving) -> None:
    """Serve until told to stop. Raises `ConfigError` where it cannot begin."""
    if sys.platform == "win32":
        _waitress(engine, serving)
    else:
        _gunicorn(engine, serving)


def threads_of(limits: Limits) -> int:
    """Threads of one process: for events at work or in line, with files or without, for large bodies that are read, to turn others away."""
    return limits.threads + limits.queue + GUESTS + READERS + RESERVED


def _gunicorn(engine: Symbolicator, serving: Serving) -> None:
    sweep()
    os.environ[_METRICS] = str(scratch.folder("metrics"))  # before prometheus_client is imported: it looks once
    master = os.getpid()
    code: object = 0
    try:
        from symbolicator.service.master import Master

        Master(engine, serving, connections(threads_of(serving.limits))).run()
    except SystemExit as end:  # how gunicorn ends, in its workers too, which were forked within `run`
        code = end.code
    finally:
        scratch.remove()
    if os.getpid() != master:
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)
    if code:
        raise ConfigError(
            f"cannot serve on {serving.host}:{serving.port}", "the log says why; where the port is taken, give another --port"
        )


def _waitress(engine: Symbolicator, serving: Serving) -> None:
    """One process; its own loop gathers requests, so that slow clients take no thread."""
    import waitress

    from symbolicator.service.app import create_app
    from symbolicator.service.logs import set_up

    sweep()
    set_up()
    app = create_app(engine=engine, limits=serving.limits, token=serving.token, hosts=serving.checked_hosts)
    options: dict[str, Any] = {
        "host": serving.host,
        "port": serving.port,
        "threads": threads_of(serving.limits),
        "connection_limit": connections(threads_of(serving.limits)),
        "channel_timeout": int(serving.limits.body_timeout) + 1,
        "max_request_body_size": serving.limits.max_upload,
        "ident": "symbolicator",
    }
    try:
        waitress.serve(app, **options)
    except OSError as error:
        raise ConfigError(f"cannot listen on {serving.host}:{serving.port}: {error.strerror or error}", "give another --port") from error


def temporary_folder() -> str | None:
    """Where gunicorn's workers show that they live: in memory where there is such a folder, for a slow disk looks like a hung worker."""
    return "/dev/shm" if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - files without a name
