"""`symbolicator doors`: which protocols the service speaks, and who may ask."""

from __future__ import annotations

import click

from symbolicator.cli.options import debug_option, scopes_of
from symbolicator.cli.streams import show, show_json


@click.command()
@click.option("--host", default="127.0.0.1", metavar="HOST", help="As of `serve`. Default: 127.0.0.1.")
@click.option("--token", envvar="SYMBOLICATOR_TOKEN", metavar="T", help="As of `serve`. Default: $SYMBOLICATOR_TOKEN.")
@click.option("--store", metavar="DIR", help="As of `serve`.")
@click.option("--scope", "scopes", multiple=True, metavar="NAME=TOKEN", envvar="SYMBOLICATOR_SCOPES", help="As of `serve`.")
@click.option("--format", "form", type=click.Choice(["plain", "json"]), default="plain", help="Default: plain.")
@debug_option
def doors(host: str, token: str | None, store: str | None, scopes: tuple[str, ...], form: str) -> None:
    """List what `serve` with these options has open: routes by protocol, who may ask, and which web pages may read the answers.

    `docs/service.md` has an example of each.
    """
    from symbolicator.service.doors import open_doors
    from symbolicator.service.limits import Serving

    found = open_doors(Serving(host=host, token=token, store=store, scopes=scopes_of(scopes)))
    if form == "json":
        show_json(found, indent=2)
        return
    last = ""
    for one in found:
        if one.door != last:
            show(f"{one.door}\n")
            last = one.door
        pages = f"; pages: {one.pages}" if one.pages else ""
        show(f"  {one.method:4} {one.path:56} {one.who}{pages}\n")
