"""`symbolicator event`: JSON and JSON Lines."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symbolicator import parse_trace


@pytest.fixture
def crash(stack):
    """An event of the build, as a dict."""
    return parse_trace(stack[0].read_text())


def crash_function(event):
    return event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"].split(".")[-1]


@pytest.mark.parametrize("indent", [None, 2])  # on one line; over many
def test_one_event_comes_back_as_one_event(run, crash, stack, build, indent):
    result = run("event", "-", "-f", build, input=json.dumps(crash, indent=indent))
    assert result.exit_code == 0, result.stderr
    assert crash_function(json.loads(result.stdout)) == stack[1]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_json_lines_come_back_in_their_order(run, crash, stack, build, jobs):
    lines = "".join(json.dumps({**crash, "event_id": number}) + "\n" for number in range(40))
    result = run("event", "-", "-f", build, "--jobs", jobs, input=lines)
    out = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["event_id"] for event in out] == list(range(40))
    assert {crash_function(event) for event in out} == {stack[1]}
    assert result.exit_code == 0


def test_an_array_of_events_is_read_too(run, crash, build):
    assert len(run("event", "-", "-f", build, input=json.dumps([crash, crash], indent=1)).stdout.splitlines()) == 2


# the first, one in the middle
@pytest.mark.parametrize("bad", [1, 3])
def test_a_bad_line_costs_itself(run, crash, build, bad):
    lines = [json.dumps(crash)] * 4
    lines[bad - 1] = '{"frames": [}'
    result = run("event", "-", "-f", build, input="\n".join(lines) + "\n")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 3
    assert f"symbolicator: line {bad}: not JSON" in result.stderr
    assert "1 of 4 lines were skipped" in result.stderr


def test_a_line_that_is_no_object_costs_itself(run, crash, build):
    result = run("event", "-", "-f", build, input=json.dumps(crash) + "\n\n[1]\n")
    assert "line 3: [1] is not an event" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_what_only_python_reads_is_read(run, crash, build):
    text = json.dumps({**crash, "extra": {"number": float("nan"), "half": "\ud800"}})
    out = json.loads(run("event", "-", "-f", build, input=text).stdout)
    assert out["extra"]["half"] in {"\ud800", "?"}


def test_nothing_of_the_event_is_lost(run, crash, build):
    out = json.loads(run("event", "-", "-f", build, input=json.dumps({**crash, "tags": {"a": [1, 2**70]}, "user": None})).stdout)
    assert out["tags"] == {"a": [1, 2**70]}
    assert out["user"] is None


def test_what_is_no_json_at_all_is_told(run, build):
    result = run("event", "-", "-f", build, input="Error: x\n    at f (app.js:1:2)\n")
    assert result.exit_code == 2
    assert "symbolicator trace" in result.stderr


def test_an_event_without_frames_comes_back_with_exit_code_1(run, build):
    result = run("event", "-", "-f", build, input='{"message": "hi"}')
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"message": "hi"}


@pytest.mark.parametrize("form", ["plain", "pretty"])
def test_an_event_can_be_shown_to_a_person(run, crash, stack, build, form):
    assert stack[2].removeprefix("./") in run("event", "-", "-f", build, "--format", form, input=json.dumps(crash)).stdout


@pytest.mark.parametrize("one", [True, False])  # one event; many
def test_where_no_frame_came_back_the_exit_code_is_1_and_the_events_are_written_nevertheless(run, crash, tmp_path, one):
    (tmp_path / "empty").mkdir()
    result = run("event", "-", "-f", tmp_path / "empty", input=(json.dumps(crash) + "\n") * (1 if one else 2))
    assert result.exit_code == 1
    assert result.stdout.count('"exception"') >= (1 if one else 2)
    assert "could be symbolicated" in result.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_bad_lines_can_be_kept_so_that_lines_of_output_and_input_agree(run, crash, build, jobs):
    lines = [json.dumps(crash), '{"frames": [}', json.dumps(crash), "[1]"]
    result = run("event", "-", "-f", build, "--on-error", "keep", "--jobs", jobs, input="\n".join(lines))
    out = [json.loads(line) for line in result.stdout.splitlines()]
    assert [("exception" in answer, [error["type"] for error in answer.get("errors", [])]) for answer in out] == [
        (True, []), (False, ["invalid_data"]), (True, []), (False, ["invalid_data"])
    ]  # fmt: skip
    assert result.exit_code == 1
    assert "2 of 4 lines were not events" in result.stderr


@pytest.mark.parametrize("cut", [0, 1, 7])  # bytes that the last line of the run before lacks
def test_a_run_that_was_stopped_goes_on_where_it_ended(run, crash, build, tmp_path, cut):
    events, out = tmp_path / "events.jsonl", tmp_path / "out.jsonl"
    events.write_text("".join(json.dumps({**crash, "event_id": number}) + "\n\n" for number in range(6)) + "no JSON\n")
    whole = run("event", events, "-f", build, "--on-error", "keep").stdout.encode()
    lines = whole.splitlines(keepends=True)
    before = b"".join(lines[:3])
    out.write_bytes(before[: len(before) - cut])
    result = run("event", events, "-f", build, "--resume", out)
    assert out.read_bytes() == whole
    assert result.stdout == ""
    assert "1 of 5 lines" in result.stderr if cut else "1 of 4 lines" in result.stderr
    assert run("event", events, "-f", build, "--resume", out).exit_code == 0, "nothing is left to do"
    assert out.read_bytes() == whole


def test_the_input_is_not_written_over(run, crash, build, stack, tmp_path):
    """Neither by the answers, nor by cutting off what looks like one that was not written to its end."""
    events = tmp_path / "events.jsonl"
    events.write_text(json.dumps(crash))
    assert run("event", events, "-f", build, "--resume", events).exit_code == 2
    assert events.read_text() == json.dumps(crash)
    trace = tmp_path / "crash.txt"
    trace.write_text(stack[0].read_text())
    again = tmp_path / "same.txt"
    again.symlink_to(trace)
    result = run("trace", trace, "-f", build, "--format", "agent", "--full", again)
    assert (result.exit_code, trace.read_text()) == (2, stack[0].read_text())
    assert "is the file that is read; give another file" in result.stderr
    result = run("event", events, "-f", build, "--resume", trace)
    assert (result.exit_code, trace.read_text()) == (2, stack[0].read_text()), "a file of something else stays as it is"
    assert "holds no answers" in result.stderr


def test_what_cannot_be_resumed_says_why(run, crash, build, tmp_path):
    result = run("event", "-", "-f", build, "--resume", tmp_path, input=json.dumps(crash))
    assert result.exit_code == 2
    assert "--resume takes a file" in result.stderr
    result = run("event", "-", "-f", build, "--resume", tmp_path / "out", "--format", "pretty", input=json.dumps(crash))
    assert result.exit_code == 2


def test_memory_is_a_size(run, crash, build):
    assert run("event", "-", "-f", build, "--memory", "8M", input=json.dumps(crash)).exit_code == 0
    result = run("event", "-", "-f", build, "--memory", "much", input=json.dumps(crash))
    assert result.exit_code == 2
    assert "is not a size" in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_command_that_is_stopped_leaves_no_process_and_prints_no_traceback(crash, build, how, tmp_path):
    command = [sys.executable, "-m", "symbolicator", "event", "-", "-f", str(build), "--jobs", "2"]
    out = tmp_path / "out.jsonl"
    was = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and so would theirs
    try:
        with out.open("wb") as file:
            running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, was)
    try:
        running.stdin.write((json.dumps(crash) + "\n").encode() * 200)
        running.stdin.flush()
        while not out.stat().st_size:  # then it is at work, and waits for more
            assert running.poll() is None
            time.sleep(0.01)
        tasks = Path(f"/proc/{running.pid}/task").iterdir()
        workers = [os.pidfd_open(int(pid)) for task in tasks for pid in (task / "children").read_text().split()]
        assert len(workers) == 2
        running.send_signal(how)
        _, err = running.communicate(timeout=60)
        for worker in workers:
            assert select.select([worker], [], [], 60)[0], "it goes on"
            os.close(worker)
        assert b"Traceback" not in err
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("command", ["event", "trace"])
def test_an_envelope_comes_back_as_an_envelope(run, crash, stack, build, tmp_path, command):
    payload = json.dumps(crash).encode()
    content = b'{"event_id":"1"}\n{"type":"session"}\n{"sid":"1"}\n{"type":"event","length":%d}\n%s\n' % (len(payload), payload)
    file = tmp_path / "crash.envelope"
    file.write_bytes(content)
    result = run(command, file, "-f", build)
    assert result.exit_code == 0, result.stderr
    head, session, sid, header, answer = result.stdout.splitlines()
    assert [head, session, sid] == content.decode().splitlines()[:3]
    assert json.loads(header)["length"] == len(answer.encode())
    assert crash_function(json.loads(answer)) == stack[1]
    assert stack[2].removeprefix("./") in run(command, file, "-f", build, "--format", "pretty").stdout
    assert stack[2].removeprefix("./") in run("explain", file, "-f", build).stdout


def test_an_envelope_without_events_passes_through(run, build):
    content = '{}\n{"type":"session"}\n{"sid":"1"}\n\n\n'
    result = run("event", "-", "-f", build, input=content)
    assert (result.exit_code, result.stdout) == (0, content)
