"""`program | symbolicator trace`: what a program that still runs has written comes out while it runs."""

import json
import os
import select
import signal
import subprocess
import sys

import pytest

from symbolicator.cli import following, streams
from symbolicator.traces.following import Following

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes that can be waited for")

LINE = b"12:00:00 info request 1\n"


class Live:
    """A command that is being written to."""

    def __init__(self, *arguments):
        self.out = b""
        was = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and so would theirs
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "symbolicator", "trace", *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        finally:
            signal.signal(signal.SIGINT, was)

    def write(self, content):
        self.process.stdin.write(content)
        self.process.stdin.flush()

    def until(self, wanted):
        """Read until `wanted` is in the output."""
        while wanted not in self.out:
            assert select.select([self.process.stdout], [], [], 60)[0], (wanted, self.out)
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            assert piece, (wanted, self.out)
            self.out += piece

    def end(self):
        self.process.stdin.close()
        self.out += self.process.stdout.read()
        err = self.process.stderr.read().decode()
        return self.process.wait(60), self.out, err


@pytest.fixture
def live():
    started = []

    def live(*arguments):
        started.append(Live(*arguments))
        return started[-1]

    yield live
    for each in started:
        each.process.kill()
        each.process.wait()
        for pipe in (each.process.stdin, each.process.stdout, each.process.stderr):
            pipe.close()


def test_lines_and_stacks_come_out_while_the_program_runs(live, stack, build, run):
    path, _, place = stack
    running = live("-f", build)
    running.write(LINE * 3)
    running.until(LINE * 3)
    running.write(path.read_bytes())
    running.until(place.encode())
    running.write(LINE)
    code, out, err = running.end()
    assert (code, err) == (0, "")
    whole = LINE * 3 + path.read_bytes() + LINE
    assert out.decode() == run("trace", "-", "-f", build, input=whole.decode()).stdout


def test_a_page_stands_in_the_place_of_the_stack_and_the_logs_own_lines_are_kept(live, stack, build):
    path, name, place = stack
    running = live("-f", build, "--format", "pretty", "--color", "never")
    running.write(LINE)
    running.until(LINE)
    running.write(path.read_bytes() + b"after it\n")
    running.until(place.removeprefix("./").encode())
    code, out, _ = running.end()
    assert code == 0
    assert out.startswith(LINE)
    assert out.endswith(b"after it\n")
    assert name.encode() in out


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_loses_nothing_that_was_read(live, stack, build, how, code):
    path, _, place = stack
    running = live("-f", build)
    running.write(LINE)
    running.until(LINE)
    running.write(path.read_bytes() + b"no line end")
    running.until(place.encode())
    running.process.send_signal(how)
    ended, out, err = running.end()
    assert ended == code
    assert out.endswith(b"no line end")
    assert "Traceback" not in err


def test_a_reader_that_goes_away_ends_it_quietly(live, build):
    running = live("-f", build)
    running.write(LINE)
    running.until(LINE)
    running.process.stdout.close()
    running.write(LINE)
    assert running.process.wait(60) == 141
    assert running.process.stderr.read() == b""


def test_a_log_without_frames_passes_and_says_so(live, build):
    running = live("-f", build)
    running.write(LINE)
    running.until(LINE)
    code, out, err = running.end()
    assert (code, out) == (1, LINE)
    assert "no stack frame" in err


@pytest.mark.parametrize("kind", ["a report in two parts", "an envelope", "an event"])
def test_a_document_is_waited_for_as_a_whole(live, build, kind, stack):
    from symbolicator import parse_trace

    event = json.dumps(parse_trace(stack[0].read_text()))
    parts = {
        "an envelope": ['{"event_id":"1"}\n{"type":"event"}\n', event + "\n"],
        "an event": [event[:100], event[100:]],
        "a report in two parts": ['{"bug_type":"309"}\n', '{"usedImages":[],"threads":[{"triggered":true,"frames":[]}]}'],
    }[kind]
    running = live("-f", build)
    running.write(parts[0].encode())
    assert not select.select([running.process.stdout], [], [], 1.0)[0], "it has not ended yet"
    running.write(parts[1].encode())
    _, out, _ = running.end()
    if kind == "an envelope":
        assert out.decode().splitlines()[:2] == parts[0].splitlines()
        assert stack[1] in out.decode()


@pytest.mark.parametrize("line", [b'"main" #1 prio=5 os_prio=0 cpu=31.25ms\n', b"(gdb) run\n"])
def test_a_log_that_begins_with_a_quote_or_a_bracket_is_no_document(live, build, line):
    running = live("-f", build)
    running.write(line + LINE)
    running.until(LINE)
    assert running.end()[1] == line + LINE


def test_whole_waits_for_the_end(live, build):
    running = live("-f", build, "--whole")
    running.write(LINE)
    assert not select.select([running.process.stdout], [], [], 1.0)[0]
    _, out, _ = running.end()
    assert out == LINE


def test_a_large_file_is_read_in_pieces_and_comes_out_as_one_read_whole(monkeypatch, run, stack, build, tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes((LINE * 200 + stack[0].read_bytes() + b"\n") * 20)
    whole = run("trace", path, "-f", build, "--whole")
    monkeypatch.setattr(streams, "LARGE", 10_000)
    for name, size in (("_WHOLE", 4_000), ("_PIECE", 1_000)):
        monkeypatch.setattr(following, name, size)
    pieces = []
    feed = Following.feed
    monkeypatch.setattr(Following, "feed", lambda self, text, now: pieces.append(len(text)) or feed(self, text, now))
    told = run("trace", path, "-f", build)
    assert (told.exit_code, told.stdout) == (0, whole.stdout)
    assert stack[2] in told.stdout
    assert max(pieces) <= 5_000 < path.stat().st_size


@pytest.fixture
def interruptible():
    was = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, was)


@pytest.mark.parametrize(("how", "ends"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
@pytest.mark.usefixtures("interruptible")
def test_a_signal_that_comes_while_something_is_symbolicated_waits_until_that_is_written(how, ends):
    written = []

    def follow():
        with following._Signals() as signals:
            signal.raise_signal(how)
            written.append("a stack")
            with signals.heard():
                written.append("what would come next")

    with pytest.raises(ends):
        follow()
    assert written == ["a stack"]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.usefixtures("interruptible")
def test_a_signal_ends_it_at_its_end_too_and_a_second_one_at_once(times):
    def follow():
        with following._Signals():
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            assert times == 1

    with pytest.raises(KeyboardInterrupt):
        follow()
