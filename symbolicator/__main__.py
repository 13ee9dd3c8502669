"""`python -m symbolicator`, and the `symbolicator` command: a process that does one thing and exits."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line with this process's arguments, and exit with its exit code.

    Half of a short run would be spent on two things that it does not need: collecting garbage among the modules just imported, and
    tearing down the interpreter. So garbage collection is rare, and the process exits as soon as everything is written (a warm
    `trace`: 89 ms without either, 71 ms with both; since imports were cut, 51; benchmarks/cli_start.py). Everything that must be closed is
    closed by then: commands use `with`.
    """
    gc.set_threshold(50_000, 20, 100)
    _fill_closed_streams()
    from symbolicator.cli.program import program

    code: object = 1
    try:
        program()
    except SystemExit as end:
        code = end.code
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        pass  # the reader has gone; the exit code says so
    os._exit(code if isinstance(code, int) else int(code is not None))


def _fill_closed_streams() -> None:
    """Supervisors start programs with closed streams (`>&-`): no file opened later may get their numbers.

    `sys.stdout` then stays None, for `streams.write` to refuse; nothing is read from a closed input, and nobody reads messages.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number: this one
    if sys.stdin is None:
        sys.stdin = os.fdopen(0)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w")


if __name__ == "__main__":
    main()
