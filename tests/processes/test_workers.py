"""Workers: processes that may die over a piece of work, and never outlive their parent."""

import os
from concurrent.futures import CancelledError

import pytest

from symbolicator.processes import WorkerDied, Workers

ADDING = ("tests.processes.targets", "adding")


def test_pieces_are_answered_by_processes_of_their_own():
    with Workers(2, ADDING, 10) as workers:
        futures = [workers.submit(workers.ask, number) for number in range(20)]
        assert [future.result() for future in futures] == list(range(10, 30))
        assert workers.ask("print") != os.getpid(), "what it prints is no answer"


@pytest.mark.parametrize(("piece", "how"), [("die", "SIGKILL"), ("exit", "exit 3")])
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_worker_that_dies_costs_the_piece_it_had_and_another_takes_its_place(piece, how):
    with Workers(1, ADDING, 1) as workers:
        assert workers.ask(1) == 2
        with pytest.raises(WorkerDied, match=how):
            workers.ask(piece)
        assert workers.ask(2) == 3


def test_what_the_work_raises_is_raised_here_and_the_worker_goes_on():
    with Workers(1, ADDING, 1) as workers:
        pid = workers.ask("print")
        with pytest.raises(LookupError, match="not this one"):
            workers.ask("raise")
        with pytest.raises(RuntimeError, match="Unportable: 3"):
            workers.ask("raise oddly")
        assert workers.ask("print") == pid


def test_a_piece_that_cannot_be_sent_reaches_no_worker():
    with Workers(1, ADDING, 1) as workers:
        with pytest.raises((AttributeError, TypeError)):
            workers.ask(lambda: None)
        assert workers.ask(1) == 2


def test_a_worker_that_cannot_start_has_died():
    with Workers(1, ("tests.processes.targets", "nothing_of_the_kind")) as workers, pytest.raises(WorkerDied, match="exit 1"):
        workers.ask(1)


def test_closing_ends_workers_at_whatever_they_are():
    for _ in range(5):  # some before they are started, some after
        with Workers(2, ADDING, 1) as workers:
            future = workers.submit(workers.ask, "sleep")
        assert not workers._all
        with pytest.raises((WorkerDied, CancelledError)):
            future.result()
