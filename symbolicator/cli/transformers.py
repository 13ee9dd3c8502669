"""`symbolicator transformers`: the transformers in order, and where they are defined."""

from __future__ import annotations

import click

from symbolicator.cli.options import debug_option
from symbolicator.cli.streams import show


@click.command()
@click.option(
    "--transformer",
    "names",
    multiple=True,
    default=("defaults",),
    metavar="NAME",
    help="As in the other commands: the active transformers, in order.",
)
@debug_option
def transformers(names: tuple[str, ...]) -> None:
    """List the transformers, which symbolicate frames: first the active ones in order, then those installed but not active.

    A package adds a transformer by publishing an entry point in the group `symbolicator.transformers`; `--transformer NAME` activates it.
    """
    from symbolicator.registry import BUILT_IN, expand, installed, load
    from symbolicator.settings import make_settings

    active = [transformer.name for transformer in load(names, make_settings(()))]
    order = list(expand(names))
    everything = installed()
    width = max(map(len, everything), default=0)
    for name in [*order, *(name for name in everything if name not in order)]:
        place = f"{order.index(name) + 1}." if name in order else "  "
        state = "active" if name in order else "not active"
        kind = "built in" if name in BUILT_IN else "installed"
        show(f"{place:3} {name:{width}}  {state:10}  {kind}  {everything[name]}\n")
    if not active:
        show("none is active: frames stay as they are\n")
