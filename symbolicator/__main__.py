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
    from symbolicator.cli.program import program

    code: object = 1
    try:
        program()
    except SystemExit as end:
        code = end.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        pass  # nobody reads it any more; the exit code says so
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
