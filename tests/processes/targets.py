"""What the workers of these tests do: functions that a worker finds by their module and name."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symbolicator.batch_worker import start_worker
from symbolicator.settings import Settings


class Unportable(Exception):
    """An exception that pickle writes and cannot read."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(one + two)


def adding(more: int) -> Callable[[Any], Any]:
    def add(piece: Any) -> Any:
        if piece == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if piece == "exit":
            os._exit(3)
        if piece == "sleep":
            time.sleep(3600)
        if piece == "raise":
            raise LookupError("not this one")
        if piece == "raise oddly":
            raise Unportable(1, 2)
        if piece == "print":
            print("out of turn", flush=True)
            return os.getpid()
        return piece + more

    return add


def engine_that_dies(settings: Settings) -> Callable[[list[Any]], Any]:
    """The worker of a batch, which is killed over an event of `kind` "deadly", and once, ever, over one of `kind` "unlucky"."""
    answers = start_worker(settings)

    def work(events: list[Any]) -> Any:
        for event in events:
            kind = event.get("kind")
            if kind == "deadly" or (kind == "unlucky" and not Path(event["mark"]).exists()):
                if kind == "unlucky":
                    Path(event["mark"]).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return answers(events)

    return work
