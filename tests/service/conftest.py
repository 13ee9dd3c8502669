"""What the service's tests share: a real build with its crash, and clients."""

import json
import socket
import tempfile
from pathlib import Path

import pytest

from symbolicator import parse_trace
from symbolicator.artifacts.scratch import scratch
from symbolicator.service import Limits, create_app
from symbolicator.settings import Settings

ROOT = Path(__file__).parent.parent.parent
CASE = ROOT / "fixtures" / "javascript" / "esbuild-min"
WANTED = "src/harbour/notices.ts:57:34"


@pytest.fixture(scope="session")
def trace():
    """A trace of the build, as text."""
    return (CASE / "stacks" / "aggregate.txt").read_text()


@pytest.fixture(scope="session")
def event(trace):
    return parse_trace(trace)


@pytest.fixture
def pair():
    """Two sockets that are connected with each other."""
    ends = socket.socketpair()
    for end in ends:
        end.settimeout(60)
    yield ends
    for end in ends:
        end.close()


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("tmp")))
    yield
    scratch.remove()


@pytest.fixture
def make():
    """A client of a service with these files and limits."""

    def make(files=(CASE / "files",), token=None, cache_dir=False, **limits):
        app = create_app(Settings(files=tuple(files), cache_dir=cache_dir), limits=Limits(**limits), token=token)
        return app.test_client()

    return make


@pytest.fixture
def client(make):
    return make()


@pytest.fixture
def bare(make):
    """A service without files of its own."""
    return make(files=())


def told(answer, code):
    """The body of a refusal, held to what all refusals are."""
    assert answer.status_code == code, answer.get_data()
    assert answer.mimetype == "application/json"
    body = json.loads(answer.get_data())
    assert body["detail"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert "Traceback" not in answer.text
    return body
