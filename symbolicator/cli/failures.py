"""Errors of commands: one line on stderr, with what to try, and an exit code.

0 done · 1 nothing could be symbolicated, or a check failed · 2 usage or settings. `--exit-code detailed` tells more apart
(`docs/command-line.md`). Tracebacks only with `--debug`.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import IO, Any

import click

from symbolicator.control import tame
from symbolicator.errors import ConfigError, SymbolicatorError
from symbolicator.log import before_the_first_record, set_up_now

NOTHING = 1
USAGE = 2
SOME = 3
OTHER_BUILD = 4
NO_TRACE = 5
"""These three only with `--exit-code detailed`; without it they are 0, and 1 where nothing was symbolicated."""
DETAILED = "exit_code_detailed"
"""The key in the context's `obj` that says whether `--exit-code detailed` was given."""
INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell reports for a program ended by SIGPIPE: with `set -o pipefail` we look like any other filter."""


_LEAST_COLUMNS = 40
"""A narrower terminal breaks lines itself."""


class Failure(click.ClickException):
    """The command failed: what is wrong, what to try, the exit code, and that of `--exit-code detailed` if it is another."""

    def __init__(self, message: str, hint: str = "", code: int = USAGE, detailed: int | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code
        self.detailed = code if detailed is None else detailed


class ReaderGone(Exception):
    """The reader of our output has gone: stop, without an error message."""


def say(text: str) -> None:
    """Write one line to stderr, control characters replaced; on a terminal it is wrapped between words."""
    click.echo("\n".join(tame(line) for line in _lines(" ".join(text.split("\n")))), err=True)


def _lines(text: str) -> list[str]:
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    if not columns or len(text) <= columns:
        return [text]
    from symbolicator.cli.text_width import fill

    first, *rest = fill(text, max(columns, _LEAST_COLUMNS) - 2)
    return [first, *(f"  {line}" for line in rest)]


def sentence(message: str, hint: str = "") -> str:
    """What is wrong and what to do about it, in one line."""
    return f"{message.rstrip('.')}{'' if message.endswith('?') else ';'} {in_options(hint)}" if hint else message


def in_options(hint: str) -> str:
    """A hint of the library, for the command line: `-f` for `files=`, and `--release` for `release=`."""
    return hint.replace("with files=", "with -f").replace("release=", "--release ")


def exit_code_of(error: BaseException, command: str, *, detailed: bool = False) -> int:
    """Report `error` on stderr; returns the exit code for it. `command` is the one whose `--help` is mentioned."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):  # how click ends after it completed a word for a shell
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    if isinstance(error, ReaderGone | BrokenPipeError):
        _hush()
        return BROKEN_PIPE
    if isinstance(error, Failure):
        say(f"symbolicator: {sentence(error.message, error.hint)}")
        return error.detailed if detailed else error.code
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # from 8.2 on; before, click shows it and exits
        click.echo("\n".join(tame(line) for line in str(error).split("\n")), err=True)  # a help text has many lines
        return USAGE
    if isinstance(error, click.UsageError):
        asked = error.ctx.command_path if error.ctx else command
        said = " ".join(error.format_message().split())  # click sets choices on lines of their own
        say(f"symbolicator: {sentence(said, f'`{asked} --help` lists what there is')}")
        return USAGE
    if isinstance(error, click.ClickException):
        say(f"symbolicator: {error.format_message()}")
        return USAGE
    if isinstance(error, ConfigError):
        say(f"symbolicator: {sentence(str(error), in_options(error.hint))}")
        return USAGE
    if isinstance(error, PermissionError) and error.filename:
        say(f"symbolicator: {os.fsdecode(error.filename)!r}: permission denied; give this user the right to it, or name another")
        return USAGE
    if isinstance(error, OSError) and error.strerror:
        about = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        say(f"symbolicator: {about}{error.strerror}")
        return NOTHING
    if isinstance(error, MemoryError):
        say("symbolicator: this needs more memory than there is; give the process more, or smaller files")
        return NOTHING
    if isinstance(error, SymbolicatorError | OSError):
        say(f"symbolicator: {error}")
        return NOTHING
    say(f"symbolicator: a bug of ours: {type(error).__name__}: {error}; run it again with --debug and report what it prints")
    return NOTHING


def _hush() -> None:
    """Nobody reads our output any more; buffered output must not cause an error message at exit."""
    stream: IO[Any]
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            except (OSError, ValueError):
                return


def set_up_log(debug: bool) -> None:
    """Warnings as one line each on stderr; with `debug` everything, with tracebacks. Set up when first needed."""
    (set_up_now if debug else before_the_first_record)(partial(_handle_records, debug))


def _handle_records(debug: bool) -> None:
    import logging

    class OneLine(logging.Formatter):
        """A record without its traceback."""

        def format(self, record: logging.LogRecord) -> str:
            return f"symbolicator: {tame(' '.join(record.getMessage().split()))}"

    class Stderr(logging.Handler):
        """Writes to the current `sys.stderr` (tests replace it)."""

        def emit(self, record: logging.LogRecord) -> None:
            sys.stderr.write(self.format(record) + "\n")

    handler = Stderr()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s") if debug else OneLine())
    log = logging.getLogger("symbolicator")
    log.handlers[:] = [handler]
    log.setLevel(logging.DEBUG if debug else logging.WARNING)
    log.propagate = False
