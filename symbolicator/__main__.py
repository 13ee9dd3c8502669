"""`python -m symbolicator`, and the `symbolicator` command: a process that does one thing and ends."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line with this process' arguments, and end the process with its exit code.

    Half of a short run would go into two things a short-lived process has no use for: searching the modules just imported for garbage, and
    taking the interpreter apart at the end. So garbage is looked for seldom, and the process ends as soon as everything is written (a warm
    `trace`: 89 ms without either, 71 ms with both; since imports were cut, 51; benchmarks/cli_start.py). What has to be closed is closed
    by then: commands use `with`.
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
        pass  # nobody reads it any more; the exit code says so
    os._exit(code if isinstance(code, int) else int(code is not None))


def _fill_closed_streams() -> None:
    """Supervisors start programs with closed streams (`>&-`): no file that is opened later may take their place.

    `sys.stdout` stays None then, for `streams.write` to refuse; nothing is read from a closed input, and nobody reads messages.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    if sys.stdin is None:
        sys.stdin = os.fdopen(0)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w")


if __name__ == "__main__":
    main()
