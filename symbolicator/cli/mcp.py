"""`symbolicator mcp`: a server for coding agents."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import Any

import click

from symbolicator.cli.failures import Failure
from symbolicator.cli.options import debug_option, engine_options, open_engine


@click.command()
@engine_options
@debug_option
def mcp(**options: Any) -> None:
    """Serve coding agents: the Model Context Protocol over standard input and output.

    Five tools: symbolicate a trace, explain a frame, show the source around a position, check a build, say what files are missing.
    They only read, and only within the folders given with -f.

    \b
    In the settings of an agent (mcpServers, or what it calls them):
      "symbolicator": {"command": "symbolicator",
                       "args": ["mcp", "-f", "/srv/shop/dist"]}
    """
    from symbolicator import __version__
    from symbolicator.mcp.folders import Folders
    from symbolicator.mcp.protocol import Server
    from symbolicator.mcp.tools import INSTRUCTIONS, MAX_LINES, tools_of

    if sys.stdout is None or sys.stdin is None:
        raise Failure("standard input or output is closed", "an agent starts this command, and talks to it there")
    source, target = sys.stdin.buffer, sys.stdout.buffer
    if options["context"] is None:
        options["context"] = MAX_LINES
    with open_engine(options) as engine, redirect_stdout(sys.stderr):  # what anything prints must not be taken for a message
        folders = Folders([str(each) for each in engine.settings.all_files])
        server = Server("symbolicator", __version__, INSTRUCTIONS, tools_of(engine, folders))
        server.run(source, target)
