"""`symbolicator serve`: the HTTP service."""

from __future__ import annotations

from typing import Any

import click

from symbolicator.cli.failures import say
from symbolicator.cli.options import debug_option, engine_options, open_engine, scopes_of
from symbolicator.cli.sizes import Size, size_text

_MI = 1 << 20


@click.command()
@engine_options
@click.option("--host", default="127.0.0.1", metavar="HOST", help="Default: 127.0.0.1, this machine only; 0.0.0.0 or :: for all.")
@click.option("--port", type=click.IntRange(0, 65535), default=8642, metavar="PORT", help="Default: 8642.")
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Worker processes. Default: one for each core, at most 8.")
@click.option("--threads", type=click.IntRange(1, 64), default=4, metavar="N", help="Events at once in each worker. Default: 4.")
@click.option("--queue", type=click.IntRange(0, 1000), default=16, metavar="N", help="Events that may wait, before 503. Default: 16.")
@click.option("--token", envvar="SYMBOLICATOR_TOKEN", metavar="T", help="Require this bearer token. Default: $SYMBOLICATOR_TOKEN.")
@click.option("--store", metavar="DIR", help="Keep uploaded files in this folder; needs a token. Default: nothing can be uploaded.")
@click.option("--store-size", type=Size(), metavar="SIZE", help="At most this much for each scope, e.g. 50Gi. Default: no limit.")
@click.option(
    "--scope", "scopes", multiple=True, metavar="NAME=TOKEN", envvar="SYMBOLICATOR_SCOPES",
    help="A tenant with a token of its own, who sees nobody else's uploads; may be repeated. Default: $SYMBOLICATOR_SCOPES.",
)  # fmt: skip
@click.option("--allow-host", multiple=True, metavar="NAME", help="Another host name to accept, beside localhost; see docs/service.md.")
@click.option("--max-body", type=Size(), default=16 * _MI, metavar="SIZE", help="Largest body as sent. Default: 16Mi.")
@click.option("--max-inflated", type=Size(), default=64 * _MI, metavar="SIZE", help="Largest body or file, decompressed. Default: 64Mi.")
@click.option("--max-upload", type=Size(), default=512 * _MI, metavar="SIZE", help="Largest form with files. Default: 512Mi.")
@click.option("--body-timeout", type=click.FloatRange(0.1, 3600), default=10.0, metavar="S", help="Seconds for a request. Default: 10.")
@click.option("--grace", type=click.IntRange(0, 3600), default=30, metavar="S", help="Seconds for requests at shutdown. Default: 30.")
@debug_option
def serve(
    host: str,
    port: int,
    workers: int | None,
    threads: int,
    queue: int,
    token: str | None,
    store: str | None,
    store_size: int | None,
    scopes: tuple[str, ...],
    allow_host: tuple[str, ...],
    max_body: int,
    max_inflated: int,
    max_upload: int,
    body_timeout: float,
    grace: int,
    **options: Any,
) -> None:
    """Run the HTTP service: `POST /symbolicate`, `POST /symbolicate/text`, and a page to paste a trace into.

    The log goes to stderr, one line of JSON for each request. SIGTERM and Ctrl-C let running requests finish.

    \b
    Examples:
      symbolicator serve -f /srv/builds
      curl --data-binary @crash.txt http://127.0.0.1:8642/symbolicate/text
    """
    import os

    from symbolicator.bounds import SERVICE
    from symbolicator.service.limits import Limits, Serving
    from symbolicator.service.scopes import Scopes
    from symbolicator.service.server import check_address, serve

    limits = Limits(
        threads=threads,
        queue=queue,
        max_body=max_body,
        max_inflated=max_inflated,
        max_upload=max_upload,
        body_timeout=body_timeout,
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    serving = Serving(
        host=host, port=port, workers=workers or min(cores, 8), limits=limits, token=token, grace=grace, hosts=allow_host,
        scopes=scopes_of(scopes), store=store, store_size=store_size,
    )  # fmt: skip
    Scopes(token, serving.scopes).check_store(store is not None)  # said at once, not by each worker
    with open_engine(options, bounds=SERVICE, isolate=True) as engine:
        check_address(host, port)
        named = f"[{host}]" if ":" in host else host
        say(f"symbolicator: http://{named}:{port}/ (bodies up to {size_text(max_body)}{', with a token' if token or scopes else ''})")
        serve(engine, serving)
