"""One worker: answers one piece of work after the other until its parent ends. Run with `python -m`."""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress

from symbolicator.processes.lifeline import be_the_one_to_go, end_with_parent, pipes_to_parent
from symbolicator.processes.workers import function_of


def main() -> None:
    """Read the target and its arguments, then one piece of work at a time."""
    end_with_parent(int(sys.argv[1]))
    be_the_one_to_go()
    pieces, out = pipes_to_parent()
    target, setup = pickle.load(pieces)  # noqa: S301 - of our own parent
    work = function_of(target)(*setup)
    while True:
        piece = pickle.load(pieces)  # noqa: S301 - as above
        answer, wrong = None, None
        try:
            answer = work(piece)
        except Exception as error:  # noqa: BLE001 - for whoever asked
            wrong = _portable(error)
        pickle.dump((answer, wrong), out, pickle.HIGHEST_PROTOCOL)
        out.flush()


def _portable(error: Exception) -> Exception:
    """The error, or its text if it cannot be sent to the parent."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - written just now
    except Exception:  # noqa: BLE001 - an exception of anybody's, with a constructor of its own
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


if __name__ == "__main__":
    with suppress(EOFError, BrokenPipeError):
        main()
    os._exit(0)
