"""gunicorn, set up from our settings and nothing else: no file, no environment, no control socket."""

from __future__ import annotations

import gc
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from prometheus_client.multiprocess import mark_process_dead

from symbolicator.artifacts.scratch import sweep
from symbolicator.service.limits import temporary_folder, threads_of
from symbolicator.service.logs import set_up
from symbolicator.service.shares import Shares
from symbolicator.service.worker import Worker

if TYPE_CHECKING:
    from flask import Flask

    from symbolicator.engine import Symbolicator
    from symbolicator.service.limits import Serving


_READERS = (
    "transformers.native_frames", "transformers.jvm_frames", "transformers.weaving", "sourcemaps.functions", "traces.document",
    "traces.json_reports.marks", "rendering.plain",
)  # fmt: skip
"""What is loaded when first needed, of a short run; here all workers will need it, and share its memory when it is loaded before them."""


def load_readers() -> None:
    """Load it now."""
    for name in _READERS:
        import_module(f"symbolicator.{name}")


class _Log(Logger):  # type: ignore[misc]  # gunicorn publishes no types
    """gunicorn's records as lines of JSON; its access log is ours."""

    def setup(self, cfg: Any) -> None:
        """Ours."""
        set_up()

    def access(self, *_: Any) -> None:
        """Written by the application, which knows the request's id."""


def _begin(_: Any, worker: Worker) -> None:
    """A worker is about to be forked."""
    worker.place = worker.shares.enter()


def _forget(_: Any, worker: Worker) -> None:
    """A worker ended: what it had in flight no longer is, nor are its connections and the files it was sent."""
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    worker.shares.leave(worker.place)
    sweep()


def _refuse(arbiter: Any) -> NoReturn:
    """SIGUSR2 asks gunicorn for another master in this one's place. It would be started by the path of a file, and find the port taken. We
    are in the process that it was forked into.
    """
    arbiter.log.warning("SIGUSR2: this service cannot be replaced while it runs; start another one behind the load balancer, or restart it")
    os._exit(0)


class Master(BaseApplication):  # type: ignore[misc]  # as above
    """The process that starts the workers and replaces them. The application is made in it, so that a worker starts at once."""

    def __init__(self, engine: Symbolicator, serving: Serving, connections: int) -> None:
        self._engine = engine
        self._serving = serving
        self._connections = connections
        super().__init__()

    def load_config(self) -> None:
        """Gunicorn's settings. Its own defaults stand for the rest."""
        serving = self._serving
        host = f"[{serving.host}]" if ":" in serving.host else serving.host
        settings = {
            "bind": f"{host}:{serving.port}",
            "workers": serving.workers,
            "threads": threads_of(serving.limits),
            "worker_class": Worker.of(
                serving.limits.threads + serving.limits.queue,
                serving.limits.body_timeout,
                Shares(2 * serving.workers + 1),  # one that ends may be replaced before it has
            ),
            "worker_connections": self._connections,
            "worker_tmp_dir": temporary_folder(),
            "preload_app": True,
            "timeout": 120,  # a worker whose loop does not turn; a compiler's longest step is seconds
            "graceful_timeout": serving.grace,
            "keepalive": 15,
            "control_socket_disable": True,
            "logger_class": _Log,
            "proc_name": "symbolicator",
            "pre_fork": _begin,
            "pre_exec": _refuse,
            "child_exit": _forget,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:  # the control socket came with a later version
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application. The stores are looked through here, once for all workers."""
        from symbolicator.service.app import app_of

        self._engine.store.artifacts()
        serving = self._serving
        app = app_of(self._engine, serving)
        self._engine.close()  # each worker has children of its own
        load_readers()
        # What is garbage now would be kept for ever by each worker, which freezes what it finds.
        gc.collect()
        return app
