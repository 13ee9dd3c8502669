"""The service as it is started: a process of its own on the loopback, and the examples of docs/service.md against it."""

import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator.artifacts.scratch import PREFIX
from symbolicator.cli.program import program

from .conftest import CASE, ROOT, WANTED

pytestmark = pytest.mark.skipif(os.name == "nt", reason="gunicorn")
EXAMPLES = re.findall(r"(?m)^\$ (curl .+(?:\\\n.+)*)\n((?:(?!\$ |```).*\n)*)", (ROOT / "docs" / "service.md").read_text())


def start(folder, *options, cache=None, files=CASE / "files"):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [sys.executable, "-m", "symbolicator", "serve", "-f", str(files), "--port", str(port), "--workers", "1", *options]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SYMBOLICATOR_CACHE_DIR": str(cache or folder), "TMPDIR": str(folder)}
    env["SCRIPT_NAME"] = "/left/by/a/shell"  # the server's settings are ours, none of the environment's
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(command, env=env, stderr=log, cwd=ROOT)
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return running, port
        except OSError:
            assert running.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
    raise AssertionError("it did not start")


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    builds = [part for path in ("native/clang-dwarf5", "jvm/repackaged") for part in ("-f", str(ROOT / "fixtures" / path / "files"))]
    running, port = start(tmp_path_factory.mktemp("served"), "--body-timeout", "1.5", "--threads", "2", "--queue", "2", *builds)
    yield port
    running.terminate()
    assert running.wait(60) == 0


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """A service that gives a body an hour: whatever a client waits for there, it does not get because another's time was over."""
    running, port = start(tmp_path_factory.mktemp("patient"), "--body-timeout", "3600", "--threads", "2", "--queue", "2")
    yield port
    running.terminate()
    assert running.wait(60) == 0


def ask(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def chunks(content):
    for at in range(0, len(content), 100):
        yield content[at : at + 100]


def test_a_body_may_come_in_chunks(port, trace):
    assert WANTED in ask(port, "POST", "/symbolicate/text", chunks(trace.encode()))[1]


def test_a_large_body_is_read_by_a_thread(port, trace):
    assert WANTED in ask(port, "POST", "/symbolicate/text", b" " * (3 << 20) + b"\n" + trace.encode())[1]


def test_a_taken_port_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr("symbolicator.service.server._PAUSE", 0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(program, ["serve", "-f", str(CASE / "files"), "--port", str(port)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"symbolicator: cannot listen on 127.0.0.1:{port}: Address already in use; give another --port\n"


def test_a_host_without_address_is_told_in_one_line():
    result = CliRunner().invoke(program, ["serve", "-f", str(CASE / "files"), "--host", "256.1.1.1", "--port", "0"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "give --host an address of this machine" in result.stderr


def test_one_connection_serves_many(port, trace):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(3):
        connection.request("POST", "/symbolicate/text", trace.encode())
        answer = connection.getresponse()
        assert WANTED in answer.read().decode()
    local = connection.sock
    assert local is not None, "the connection was closed in between"
    connection.close()


@pytest.mark.parametrize(
    "part",
    [
        b"POST /symb",
        b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n{",
    ],
)
def test_clients_that_stop_hold_nobody_up_and_are_thrown_out(port, patient, trace, part):
    stalled = stall(patient, part)
    assert WANTED in ask(patient, "POST", "/symbolicate/text", trace.encode())[1]
    assert ask(patient, "GET", "/health")[0] == 200
    for sock in stalled:
        sock.close()
    for sock in stall(port, part):
        sock.settimeout(60)
        while sock.recv(4096):
            pass
        sock.close()


def stall(port, part):
    """Fifty clients that stop after the `part` of a request."""
    stalled = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(50)]
    for sock in stalled:
        sock.sendall(part)
    return stalled


def test_a_flood_is_answered_at_once_with_503_by_the_loop(port, trace):
    """Places for four; more than that at one moment are told so, and all that are taken in are answered."""
    frames = json.dumps(
        {"platform": "javascript", "frames": [{"abs_path": f"https://x/{n}.js", "lineno": 1, "colno": 1} for n in range(1000)]}
    )
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: ask(port, "POST", "/symbolicate", frames), range(32)))
    statuses = [status for status, _ in answers]
    assert set(statuses) == {200, 503}
    assert "Retry-After" in next(body for status, body in answers if status == 503)
    assert ask(port, "GET", "/health")[0] == 200
    assert WANTED in ask(port, "POST", "/symbolicate/text", trace.encode())[1]


def test_a_slow_reader_gets_all_of_a_large_answer_and_holds_nobody_up(port, trace):
    body = json.dumps(
        {
            "platform": "javascript",
            "extra": {"text": "x" * 900_000},
            "frames": [{"abs_path": "https://x/app.js", "lineno": 1, "colno": 4223}],
        }
    ).encode()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(10)
        sock.connect(("127.0.0.1", port))
        for _ in range(2):  # the connection is kept
            sock.sendall(b"POST /symbolicate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            time.sleep(0.1)
            assert WANTED in ask(port, "POST", "/symbolicate/text", trace.encode())[1]
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            assert "allPublished" in answer.read().decode()


def deaf(port, content, times=40):
    """A client that sends `content` again and again for as long as that is taken, and reads nothing; and the thread it sends in."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))

    def send():
        with suppress(OSError):
            for _ in range(times):
                sock.sendall(content)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    return sock, sending


def thrown_out(sock):
    """Wait until the server has ended the connection, without reading from it."""
    ends = select.poll()
    ends.register(sock, select.POLLERR | select.POLLHUP)
    return bool(ends.poll(60_000))


LARGE = json.dumps({"platform": "javascript", "extra": {"text": "x" * 900_000}, "frames": [{"abs_path": "https://x/a.js", "lineno": 1}]})
DEAF = [
    # answers of all kinds: small ones to requests in a row, errors, the parser's, large ones, ones that a thread made
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000,
    b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000,
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: http\r\n\r\n" * 1000,
    b"POST /symbolicate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(LARGE) + LARGE.encode(),
    b"POST /symbolicate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(LARGE)
    + LARGE.encode()
    + b"\r\n0\r\n\r\n",
]


@pytest.mark.parametrize("content", DEAF)
def test_clients_that_do_not_read_hold_nobody_up_and_are_thrown_out(port, patient, trace, content):
    waiting = [deaf(patient, content) for _ in range(24)]
    for _ in range(3):
        assert ask(patient, "GET", "/health")[0] == 200
        answered = ask(patient, "POST", "/symbolicate/text", trace.encode())
        while answered[0] == 503:  # their requests are at work; what they do not read takes no place
            answered = ask(patient, "POST", "/symbolicate/text", trace.encode())
        assert WANTED in answered[1]
    for sock, sending in waiting:
        sock.shutdown(socket.SHUT_RDWR)
        sending.join(60)
        sock.close()
    for sock, sending in [deaf(port, content) for _ in range(4)]:
        assert thrown_out(sock)
        sending.join(60)
        sock.close()


def test_a_client_that_reads_drop_by_drop_is_thrown_out(port):
    sock, sending = deaf(port, DEAF[0])
    ends = select.poll()
    ends.register(sock, select.POLLERR | select.POLLHUP)
    while not ends.poll(50):
        assert sock.recv(1)
    sending.join(60)
    sock.close()


def test_requests_in_a_row_are_answered_in_order(port, trace):
    """Plain ones, and those that are left to the parser or to a thread."""
    body = trace.encode()
    text = b"POST /symbolicate/text HTTP/1.1\r\nHost: localhost\r\n"
    wanted = [b'"status":"ok"', WANTED.encode(), b"no such route", WANTED.encode(), b'"status":"ok"']
    requests = [
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        text + b"Content-Length: %d\r\n\r\n" % len(body) + body,
        b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
        text + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n\r\n",
    ]
    with socket.create_connection(("127.0.0.1", port), 60) as sock:
        sock.sendall(b"".join(requests))
        answers = b""
        while more := sock.recv(1 << 16):
            answers += more
    at = 0
    for each in wanted:
        at = answers.index(each, at) + len(each)
    assert answers.count(b"HTTP/1.1 ") == len(requests)


MALFORMED = [
    b"GET / HTTP/1.1\nHost: x\n\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n",
    b"POST /symbolicate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
    b"POST /symbolicate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
    # after more of a body than the loop takes in
    b"POST /symbolicate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" + b" " * 0x200000 + b"\r\n5\nhello\n",
    b"POST /symbolicate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" + b" " * 0x200000 + b"\r\n-5\r\nhello",
    # the parser's own
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET\r\n\r\n",
    b"G\xffT / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nno field\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
]


@pytest.mark.parametrize("content", MALFORMED)
def test_what_is_no_request_is_told_so_as_json_and_is_no_bug_of_ours(patient, content):
    with socket.create_connection(("127.0.0.1", patient), 60) as sock:
        sock.sendall(content)
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        body = json.loads(answer.read())
        assert answer.status in {400, 403, 414, 431}  # 403: gunicorn 26 takes two hosts for a strange one
        assert answer.headers["Content-Type"] == "application/json"
        assert body["detail"]
        assert body["request_id"] == answer.headers["X-Request-Id"]


def test_hostile_heads_get_an_answer_or_an_end(port):
    for head in (
        b"\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
        b"\r\n" * 4,
    ):
        with socket.create_connection(("127.0.0.1", port), 10) as sock:
            try:
                sock.sendall(head)
                while sock.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    assert ask(port, "GET", "/health")[0] == 200


@pytest.fixture
def served(tmp_path):
    running, port = start(tmp_path)
    yield running, port
    running.terminate()
    assert running.wait(60) == 0


def test_a_killed_worker_is_replaced(served, trace):
    running, port = served
    assert WANTED in ask(port, "POST", "/symbolicate/text", trace.encode())[1]  # the port is open before there is a worker
    (worker,) = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    os.kill(int(worker), signal.SIGKILL)
    for _ in range(400):
        try:
            assert WANTED in ask(port, "POST", "/symbolicate/text", trace.encode())[1]
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("no worker came in its place")


def test_signals_that_gunicorn_has_a_meaning_for_leave_it_serving(tmp_path):
    running, port = start(tmp_path)
    try:
        ask(port, "GET", "/health")
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGPIPE):
            os.kill(running.pid, number)
        while "SIGUSR2: " not in (tmp_path / "log").read_text():
            time.sleep(0.05)
        for _ in range(3):
            assert ask(port, "GET", "/health")[0] == 200
    finally:
        running.terminate()
        assert running.wait(60) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


def uploads(folder):
    """The files of forms that lie there."""
    return [path for path in folder.glob(f"{PREFIX}*/request-*/**/*") if path.is_file()]


def test_what_a_killed_worker_was_sent_is_removed_and_what_a_living_one_is_stays(tmp_path):
    running, port = start(tmp_path, "--workers", "2", "--body-timeout", "3600")
    form = b'--XX\r\nContent-Disposition: form-data; name="files"; filename="x"\r\n\r\n' + b"x" * (2 << 20)
    head = b"POST /symbolicate HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=XX\r\nContent-Length: 9999999\r\n\r\n"
    clients = []
    try:
        while len({path.parents[1] for path in uploads(tmp_path)}) < 2:  # each worker has some
            clients.append(socket.create_connection(("127.0.0.1", port), 60))
            clients[-1].sendall(head + form)
            while len(uploads(tmp_path)) < len(clients):
                time.sleep(0.05)
        workers = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        os.kill(int(workers[0]), signal.SIGKILL)
        while len({path.parents[1] for path in uploads(tmp_path)}) > 1:
            time.sleep(0.05)
        assert uploads(tmp_path)
        running.kill()  # and the rest when it is started again
        for worker in workers[1:]:
            os.kill(int(worker), signal.SIGKILL)
    finally:
        running.kill()
        running.wait(60)
        for client in clients:
            client.close()
    assert uploads(tmp_path)
    running, port = start(tmp_path)
    assert not uploads(tmp_path)
    running.terminate()
    assert running.wait(60) == 0
    assert not list(tmp_path.glob(f"{PREFIX}*"))


def test_what_is_in_flight_is_finished_at_the_end(served, tmp_path):
    running, port = served
    frames = json.dumps(
        {"platform": "javascript", "frames": [{"abs_path": f"https://x/{n}.js", "lineno": 1, "colno": 1} for n in range(2500)]}
    )
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, port, "POST", "/symbolicate", frames)
        while not asking.done() and "in_flight 1.0" not in ask(port, "GET", "/metrics")[1]:
            time.sleep(0.005)
        running.terminate()
        assert running.wait(60) == 0
        assert asking.result()[0] == 200
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("symbolicator-")]
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert all({"time", "level", "message"} <= line.keys() for line in lines)


def test_a_record_of_the_library_leaves_the_log_as_it_was(tmp_path, trace):
    """The library's own set-up for a command waits for its first record: here it is that the cache cannot be written."""
    (tmp_path / "file").touch()
    running, port = start(tmp_path, cache=tmp_path / "file" / "cache")
    try:
        assert WANTED in ask(port, "POST", "/symbolicate/text", trace.encode())[1]
        for n in range(3):
            assert ask(port, "GET", "/health", X_Request_Id=f"after-{n}")[0] == 200
    finally:
        running.terminate()
        assert running.wait(60) == 0
    first, *lines = (tmp_path / "log").read_text().splitlines()
    assert first.startswith("symbolicator: http://")
    records = [json.loads(line) for line in lines]
    assert any("kept in memory only" in record["message"] and record["request_id"] for record in records)
    assert [record["request_id"] for record in records if record["message"] == "GET /health 200"] == ["after-0", "after-1", "after-2"]


def test_what_reads_texts_is_loaded_once_and_not_in_each_worker(tmp_path):
    code = f"""
import json, sys
from pathlib import Path
from symbolicator.service import create_app
from symbolicator.service.master import load_readers
from symbolicator.settings import Settings
client = create_app(Settings(cache_dir=False)).test_client()
load_readers()
loaded = set(sys.modules)
trace = Path({str(CASE / "stacks" / "aggregate.txt")!r}).read_text()
event = {{"exception": {{"values": [{{"type": "Error", "stacktrace": {{"frames": [{{"abs_path": "a.js", "lineno": 1}}]}}}}]}}}}
answers = [client.post("/symbolicate/text", data=trace), client.post("/symbolicate", json=event), client.post("/symbolicate", data="x")]
new = sorted(name for name in set(sys.modules) - loaded if name.startswith(("symbolicator.traces", "symbolicator.rendering")))
print(*(answer.status_code for answer in answers), *new)
"""
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=env, check=True)
    assert done.stdout == "200 200 400\n"


def test_there_are_examples():
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize(("command", "shown"), EXAMPLES, ids=[f"{n}" for n in range(len(EXAMPLES))])
def test_the_examples_of_the_documentation_do_what_they_show(port, command, shown):
    command = command.replace("http://127.0.0.1:8642", f"http://127.0.0.1:{port}")
    out = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=CASE, check=True).stdout
    for line in shown.splitlines():
        if line.strip() not in ("", "…"):
            assert line in out
