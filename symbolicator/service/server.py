"""Starts the server: gunicorn, or waitress where gunicorn does not run (Windows)."""

from __future__ import annotations

import errno
import os
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from symbolicator.artifacts.scratch import scratch, sweep
from symbolicator.errors import ConfigError
from symbolicator.service.descriptors import connections
from symbolicator.service.limits import threads_of

if TYPE_CHECKING:
    from symbolicator.engine import Symbolicator
    from symbolicator.service.limits import Serving

_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_ATTEMPTS = 5
_PAUSE = 0.5
"""Seconds between them."""


def serve(engine: Symbolicator, serving: Serving) -> None:
    """Serve until stopped. Raises `ConfigError` if it cannot start."""
    if sys.platform == "win32":
        _waitress(engine, serving)
    else:
        _gunicorn(engine, serving)


def check_address(host: str, port: int) -> None:
    """Raises `ConfigError` if nothing can listen there: one sentence, where gunicorn logs each of its attempts.

    It tries for two seconds, so that a service that is ending may be followed by the next.
    """
    if sys.platform == "win32":
        return  # waitress says it itself, and a socket that was closed may not be free at once
    for attempt in range(_ATTEMPTS):
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
                probe.bind((host, port))
            return
        except OSError as error:
            if error.errno != errno.EADDRINUSE or attempt == _ATTEMPTS - 1:
                elsewhere = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
                hint = "give --host an address of this machine" if elsewhere else "give another --port"
                raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror or error}", hint) from error
        time.sleep(_PAUSE)


def _gunicorn(engine: Symbolicator, serving: Serving) -> None:
    sweep()
    os.environ[_METRICS] = str(scratch.folder("metrics"))  # before prometheus_client is imported: it reads this once
    os.environ.pop("SCRIPT_NAME", None)  # gunicorn would refuse all paths that do not start with it
    master = os.getpid()
    code: object = 0
    try:
        from symbolicator.service.master import Master

        Master(engine, serving, connections(threads_of(serving.limits))).run()
    except SystemExit as end:  # how gunicorn exits, also in its workers, which were forked within `run`
        code = end.code
    finally:
        scratch.remove()
    if os.getpid() != master:
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)
    if code:
        raise ConfigError(
            f"cannot serve on {serving.host}:{serving.port}", "the log says why; if the port is taken, give another --port"
        )


def _waitress(engine: Symbolicator, serving: Serving) -> None:
    """One process; its own loop collects requests, so that slow clients occupy no thread."""
    import waitress

    from symbolicator.service.app import app_of
    from symbolicator.service.logs import set_up

    sweep()
    set_up()
    app = app_of(engine, serving)
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
