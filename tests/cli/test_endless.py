"""Inputs without an end, or larger than memory: a device, a document of any length."""

import json

import pytest

from symbolicator.cli import documents, streams


@pytest.fixture
def small(monkeypatch):
    """A few KiB count as too much."""
    for module in (streams, documents):
        monkeypatch.setattr(module, "MOST", 5_000)
    monkeypatch.setattr(streams, "_PIECE", 1_000)


@pytest.mark.parametrize("command", ["explain", "event", "otlp", "lookup", "anonymize"])
def test_a_device_that_never_ends_is_refused(run, small, tmp_path, command):
    more = {"lookup": ["1:1"], "anonymize": ["-o", tmp_path / "out"]}.get(command, [])
    result = run(command, "/dev/zero", *more)
    assert result.exit_code == 2
    assert "/dev/zero is too large: " in result.stderr


def test_a_device_that_never_ends_is_no_text(run):
    result = run("trace", "/dev/zero")
    assert result.exit_code == 2
    assert "is binary, not text" in result.stderr


EVENT = {"platform": "javascript", "frames": [{"abs_path": "https://shop.example/app.js", "lineno": 1, "colno": 5}]}


@pytest.mark.parametrize(
    "content",
    [
        # one line of JSON Lines, the others fit
        f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}\n{json.dumps(EVENT)[:-1]}{' ' * 6_000}}}\n",
        # a document over many lines
        "{\n" + '"a": 1,\n' * 1_000 + '"b": 1}\n',
        # an envelope
        '{"event_id":"0123456789abcdef0123456789abcdef"}\n{"type":"attachment","length":6000}\n' + "x" * 6_000,
    ],
)
def test_a_document_that_is_too_large_is_refused(run, small, tmp_path, content):
    path = tmp_path / "events.json"
    path.write_text(content)
    result = run("event", path)
    assert "is too large: " in result.stderr
    assert result.exit_code == 2


def test_many_lines_may_be_larger_than_one(run, small, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(f"{json.dumps(EVENT)}\n" * 100)
    assert run("event", path).stdout.count("\n") == 100
