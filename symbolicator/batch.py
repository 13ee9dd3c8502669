"""Distributes many events to processes, for `symbolicate_many(events, workers=N)`.

Events are sent in chunks and returned in order. If a worker dies, its events are sent again, one by one, so that only the event that
killed it is lost.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Final

import msgspec

from symbolicator import event as event_json
from symbolicator.log import log_of
from symbolicator.problems import Problem, ProblemType
from symbolicator.processes import WorkerDied, Workers
from symbolicator.settings import Settings

_CHUNK: Final = 16
"""Events sent to a worker at once: sending each alone would cost more than symbolicating it with warm files."""
_WINDOW: Final = 64
"""Events in work at once for each worker."""

WORKER: Final = "symbolicator.batch_worker", "start_worker"
"""The function that a worker runs."""

Answer = dict[str, Any]
Answered = tuple[list[Answer], Exception | None]
"""The answers for some events, and the reason if there are fewer than events."""


def in_processes(settings: Settings, here: Callable[[Any], Answer], events: Iterable[Any], count: int) -> Iterator[Answer]:
    """An answer for each of `events`, by `count` processes; `here` answers what cannot be sent to one."""
    pending: deque[tuple[Future[Answered], Exception | None]] = deque()
    with Workers(count, WORKER, settings) as workers:
        for chunk, wrong in _chunks(events):
            pending.append((workers.submit(_answers, workers, here, chunk), wrong))
            if len(pending) * _CHUNK >= _WINDOW * count:
                yield from _finished(*pending.popleft())
        while pending:
            yield from _finished(*pending.popleft())


def _finished(future: Future[Answered], wrong: Exception | None) -> Iterator[Answer]:
    answers, worse = future.result()
    yield from answers
    if worse or wrong:
        raise worse or wrong  # type: ignore[misc]  # one of them is there


def _chunks(events: Iterable[Any]) -> Iterator[tuple[list[Any], Exception | None]]:
    """The events in chunks; the last one has the exception that `events` raised, to be raised after the answers for the earlier ones."""
    chunk: list[Any] = []
    wrong: Exception | None = None
    try:
        for event in events:
            chunk.append(event)
            if len(chunk) == _CHUNK:
                yield chunk, None
                chunk = []
    except Exception as error:  # noqa: BLE001 - the caller's own
        wrong = error
    if chunk or wrong:
        yield chunk, wrong


def _answers(workers: Workers, here: Callable[[Any], Answer], chunk: list[Any]) -> Answered:
    """The answers to a chunk, from whichever worker is free."""
    try:
        answered: Answered = workers.ask(chunk)
        return answered
    except WorkerDied as death:
        if workers.closed:  # we ended it ourselves: the run was interrupted, or nobody wants the rest
            return [], None
        log_of(__name__).warning("a process ended (%s) over %d events, which are tried again one by one", death, len(chunk))
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError, OSError):
        return collect(here, chunk)  # something in them cannot be sent, or no process can be started
    return collect(lambda event: _answer_alone(workers, here, event), chunk)


def _answer_alone(workers: Workers, here: Callable[[Any], Answer], event: Any) -> Answer:
    try:
        answers, wrong = workers.ask([event])
    except WorkerDied as death:
        detail = f"the process that symbolicated this event ended ({death}), twice"
        hint = "it may need more memory than there is: try the event alone, or with smaller bounds"
        problem = Problem(type=ProblemType.INTERNAL_ERROR, detail=detail, hint=hint)
        read = event_json.read(event)
        return event_json.write(msgspec.structs.replace(read, problems=(*read.problems, problem)))
    except OSError:
        return here(event)
    if wrong is not None:
        raise wrong
    answer: Answer = answers[0]
    return answer


def collect(answer: Callable[[Any], Answer], events: list[Any]) -> Answered:
    """Their answers, up to the first that fails."""
    answers: list[Answer] = []
    try:
        for event in events:
            answers.append(answer(event))
    except Exception as error:  # noqa: BLE001 - a transformer's, where the settings are strict
        return answers, error
    return answers, None

