"""The program: its commands, loaded when called, and the one place where errors become a message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from symbolicator.cli.failures import DETAILED, ReaderGone, exit_code_of, say

# In the order of `--help`: most used first.
COMMANDS = {
    "trace": ("trace:trace", "Make a stack trace (any kind of text) readable."),
    "event": ("event:event", "Symbolicate events: JSON or JSON Lines in, the same out."),
    "lookup": ("lookup:lookup", "Look up positions in one file: `lookup app.js.map 1:48213`."),
    "explain": ("explain:explain", "Show by frame what was looked for, found, and what to do."),
    "anonymize": ("anonymize:anonymize", "Write a crash as a fixture without names or text, to publish."),
    "check": ("check:check", "Will these files symbolicate? Show what is missing."),
    "files": ("files:files", "Identify files, list folders, add files to a store."),
    "serve": ("serve:serve", "Run the HTTP service, with a page to paste a trace into."),
    "otlp": ("otlp:otlp", "Symbolicate OpenTelemetry's traces and logs (JSON)."),
    "doors": ("doors:doors", "Which protocols the service speaks, and who may ask."),
    "mcp": ("mcp:mcp", "Serve coding agents (Model Context Protocol, stdio)."),
    "cache": ("cache:cache", "Manage compiled files: info, warm, trim, clear."),
    "transformers": ("transformers:transformers", "List the transformers that symbolicate frames, in order."),
    "completion": ("completion:completion", "Print the completion script for bash, zsh or fish."),
}

WELCOME = """\
Make a stack trace readable:

    symbolicator trace crash.txt -f dist/     a file; the maps are in dist/
    symbolicator trace -f dist/               paste it, then press Ctrl-D
    node app.js 2>&1 | symbolicator trace     from a pipe; maps in this folder

All commands: symbolicator --help
"""


class Program(click.Group):
    """The group of all commands. A command's module is imported only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"symbolicator.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, from the table, without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, and `help`; what is no command gets the nearest one, or the command for a file of that name."""
        if args and args[0] == "help":
            args = [*args[1:], "--help"]
            if len(args) == 1:
                click.echo(ctx.get_help())
                ctx.exit()
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(_no_command(args))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """As in click; a closed pipe is raised as our own exception, because click would exit with 1."""
        try:
            code = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
            return code
        except BrokenPipeError as error:
            raise ReaderGone from error

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run, and exit: every error ends here as a line on stderr and an exit code."""
        arguments = list(sys.argv[1:] if args is None else args)
        debug = "--debug" in arguments
        options.setdefault("prog_name", "symbolicator")
        options["standalone_mode"] = False
        options.setdefault("obj", {"debug": debug})
        try:
            code = super().main(arguments, *rest, **options)
        except BaseException as error:  # noqa: BLE001 - the one place where every failure becomes a sentence
            if debug and not isinstance(error, click.exceptions.Exit | ReaderGone):
                import traceback

                for line in traceback.format_exc().splitlines():
                    say(line)
            asked = " ".join(["symbolicator", *(name for name in arguments[:1] if name in COMMANDS)])
            code = exit_code_of(error, asked, detailed=bool(options["obj"].get(DETAILED)))
        sys.exit(code if isinstance(code, int) else 0)


def _no_command(args: list[str]) -> str:
    from difflib import get_close_matches
    from pathlib import Path

    if Path(args[0]).exists():
        return f"{args[0]!r} is not a command; perhaps `symbolicator trace {' '.join(args)}`"
    near = get_close_matches(args[0], COMMANDS, 1)
    return f"there is no command {args[0]!r}" + (f"; perhaps `symbolicator {' '.join([*near, *args[1:]])}`" if near else "")


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from symbolicator import __version__
        from symbolicator.kernels import compiled

        click.echo(f"symbolicator {__version__} (kernels {'compiled' if compiled() else 'uncompiled: the same answers, slower'})")
        ctx.exit()


@click.group(name="symbolicator", cls=Program, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_version,
    help="Show the version, and whether the kernels are compiled.",
)
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks and log messages.")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Turn stack frames back into source code: function, file, line, column, and the lines around it.

    Without a command, a trace is read from a pipe, as by `symbolicator trace`.
    """
    if ctx.invoked_subcommand is None:
        if sys.stdin.isatty():
            click.echo(WELCOME, nl=False)
        else:
            from symbolicator.cli.trace import trace

            ctx.invoke(trace)
