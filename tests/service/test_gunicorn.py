"""What is used of gunicorn beyond what it documents, by name: where a version changes one, this says so before a request does."""

import inspect
import os

import pytest

if os.name == "nt":
    pytest.skip("gunicorn", allow_module_level=True)

from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import create
from gunicorn.workers.base import Worker as Base
from gunicorn.workers.gthread import PollableMethodQueue, ThreadWorker

from symbolicator.service import parsing
from symbolicator.service.loop import Loop
from symbolicator.service.worker import Worker

OVERRIDDEN = ["accept", "init_process", "murder_pending", "set_accept_enabled", "wait_for_and_dispatch_events"]
STATE = ["alive", "cfg", "keepalived_conns", "max_keepalived", "method_queue", "nr_conns", "poller", "sockets"]
STATE += ["worker_connections"]


def parameters(function):
    return list(inspect.signature(function).parameters)


def names(function):
    return set(function.__code__.co_names)


def test_what_is_overridden_is_all_there_and_is_called_as_it_was():
    ours = {name: member for kind in (Loop, Worker) for name, member in vars(kind).items() if inspect.isfunction(member)}
    assert sorted(name for name in ours if hasattr(ThreadWorker, name)) == OVERRIDDEN  # else one of ours has come to mean something there
    for name in OVERRIDDEN:
        assert parameters(ours[name]) == parameters(getattr(ThreadWorker, name))


def test_its_loop_calls_what_is_overridden_and_forgets_what_is_kept_as_it_did():
    # what a follower does too
    assert {"notify", "set_accept_enabled", "wait_for_and_dispatch_events", "murder_keepalived", "murder_pending"} <= names(
        ThreadWorker.run
    )
    assert "accept" in names(ThreadWorker.set_accept_enabled)
    assert {"poller", "method_queue"} <= names(ThreadWorker.init_process)
    # a kept connection is ours: it has what is asked of one of gunicorn's
    assert {"keepalived_conns", "timeout", "sock", "nr_conns", "close"} <= names(ThreadWorker.murder_keepalived)


def test_a_worker_has_the_state_that_is_read():
    made = ThreadWorker(1, 1, [], None, 30, Config(), None)
    made.tmp.close()
    assert [name for name in STATE if not hasattr(made, name)] == []
    assert "wsgi" in names(Base.load_wsgi)  # set there
    assert parameters(PollableMethodQueue.defer) == ["self", "callback", "args"]


def test_the_parser_takes_what_it_is_given():
    assert parameters(RequestParser.__init__) == ["self", "cfg", "source", "source_addr"]
    assert parameters(create)[:5] == ["req", "sock", "client", "server", "cfg"]
    assert parameters(SocketUnreader.chunk) in (["self"], ["self", "size_hint"])
    assert {"unread", "chunk"} <= set(dir(SocketUnreader))
    assert {"should_close"} <= set(dir(Request))
    parser = RequestParser(Config(), iter([b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"]), ("127.0.0.1", 1))
    assert parser.unreader
    assert next(parser).body.read() == b""


def test_what_the_parser_refuses_with_is_known():
    assert {*parsing._STATUS} <= {each.__name__ for each in parsing.MALFORMED}
    assert {"NoMoreData", "InvalidChunkSize", "ParseException"} <= {each.__name__ for each in parsing.MALFORMED}
