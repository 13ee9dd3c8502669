"""Distributes work to several processes, each of which may die: out of memory, killed, or by a bug below Python.

`concurrent.futures.ProcessPoolExecutor` does not do this: a worker that dies breaks the whole pool, with all running work;
and its workers outlive a parent that is killed.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from typing import Any

from symbolicator.processes.lifeline import Process

Target = tuple[str, str]
"""A module and a function in it, called once in each worker; it returns the function that does the work."""


class WorkerDied(Exception):
    """A worker ended before it had answered; the text says how: `SIGKILL`, `exit 1`."""


class Workers:
    """`count` processes that do `target(*setup)` once and then its result for each piece of work, one piece at a time.

    Pieces and answers are pickled: both ends are ours. Used by one thread, closed by `with`.
    """

    def __init__(self, count: int, target: Target, *setup: Any) -> None:
        self._setup = pickle.dumps((target, setup))
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._threads = ThreadPoolExecutor(count, "symbolicator-worker")
        self.closed = False
        """Whether they are ended, or about to be: then no answer is waited for any more."""

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have `work(*arguments)` called in a thread of ours, at most `count` at once: it is to `ask`."""
        return self._threads.submit(work, *arguments)

    def ask(self, piece: Any) -> Any:
        """A worker's answer. Raises what it raised; `WorkerDied` where it ended instead, which costs nothing else.

        Raises OSError where no process can be started, and what pickle does where `piece` cannot be sent.
        """
        sent = pickle.dumps(piece, pickle.HIGHEST_PROTOCOL)
        try:
            process = self._idle.pop()
        except IndexError:
            process = self._start()
        try:
            answer, error = _exchange(process, sent)
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as death:
            self._all.discard(process)
            raise WorkerDied(process.how_it_ended()) from death
        self._idle.append(process)
        if error is not None:
            raise error
        return answer

    def close(self) -> None:
        """End the workers, whatever they are at."""
        self.closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        while self._all:
            self._all.pop().kill()
        self._threads.shutdown()

    def _start(self) -> Process:
        process = Process("symbolicator.processes.worker")
        self._all.add(process)
        if self.closed:  # asked after adding: either this thread or the one that closes sees the other
            process.kill()
            self._all.discard(process)
            raise WorkerDied("closed")
        assert process.popen.stdin is not None  # noqa: S101 - a pipe
        with suppress(OSError):  # one that is dead already is found so when it is asked
            process.popen.stdin.write(self._setup)
        return process


def _exchange(process: Process, sent: bytes) -> tuple[Any, BaseException | None]:
    into, out = process.popen.stdin, process.popen.stdout
    assert into is not None and out is not None  # noqa: S101, PT018 - pipes
    into.write(sent)
    into.flush()
    answer: tuple[Any, BaseException | None] = pickle.load(out)  # noqa: S301 - of our own process
    return answer


def function_of(target: Target) -> Callable[..., Any]:
    """What a target names."""
    module, name = target
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
