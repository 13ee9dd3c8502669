"""Sentry's SDKs, unchanged, send what they caught to a service: `@sentry/node`, `@sentry/browser` in Chromium, and `sentry-sdk` of Python.

The first two are looked for in `$SYMBOLICATOR_NODE_MODULES` beside `esbuild`, the third in the Python of `$SYMBOLICATOR_SENTRY_PYTHON` or in this
one; the browser's test needs Playwright too. What is missing is skipped.
"""

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest

from symbolicator.event.envelope import MEDIA_TYPE

from .conftest import told
from .test_serving import ask, start

needs_a_process = pytest.mark.skipif(os.name == "nt", reason="gunicorn")
MODULES = Path(os.environ.get("SYMBOLICATOR_NODE_MODULES", "none"))
PYTHON = os.environ.get("SYMBOLICATOR_SENTRY_PYTHON", sys.executable)
FRAME = {"abs_path": "https://x/app.js", "filename": "/app.js", "lineno": 1, "colno": 4223, "function": "G"}
EVENT = {
    "event_id": "0" * 31 + "1",
    "platform": "javascript",
    "exception": {"values": [{"type": "Error", "stacktrace": {"frames": [FRAME]}}]},
}
ENVELOPE = "/api/1/envelope/"


# ── what they send ────────────────────────────────────────────────────────────────────────────────────────────────


def envelope(*items, **header):
    lines = [header]
    for kind, payload in items:
        lines += [{"type": kind}, payload]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def test_an_envelope_is_answered_with_its_id_and_its_events(client):
    answer = client.post(
        f"{ENVELOPE}?sentry_key=a&sentry_version=7", data=envelope(("session", {"sid": "1"}), ("event", EVENT), event_id="a1")
    )
    assert answer.status_code == 200
    assert answer.json["id"] == "a1"
    (event,) = answer.json["events"]
    (frame,) = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert (frame["function"], frame["lineno"]) == ("allPublished", 57)


def test_a_proxy_gets_the_envelope_back_to_send_it_on(client):
    session = b'{"type":"session"}\n{"sid" :  "1"}\n'
    answer = client.post(ENVELOPE, data=envelope(("event", EVENT)) + session, headers={"Accept": MEDIA_TYPE})
    assert answer.content_type == MEDIA_TYPE
    assert answer.get_data().endswith(session)
    assert b"allPublished" in answer.get_data()


@pytest.mark.parametrize(
    "items",
    [
        [],
        [("session", {"sid": "1"})],
        [("of_tomorrow", {})],
        [("event", {"message": "no stack"})],
        [("event", [1])],
        [("client_report", {"discarded_events": []})],
    ],
)
def test_what_has_no_stacks_is_taken_for_an_sdk_sends_it_too(client, items):
    answer = client.post(ENVELOPE, data=envelope(*items))
    assert answer.status_code == 200, answer.text
    assert "id" not in answer.json


@pytest.mark.parametrize("body", [b"[]\n", b"nothing", b"\x1f\x8b"])
def test_what_is_no_envelope_is_refused(client, body):
    told(client.post(ENVELOPE, data=body), 400)


def test_a_dsn_may_have_the_token_in_its_path(make):
    guarded, body = make(token="s3cret"), envelope(("event", EVENT))
    told(guarded.post(f"{ENVELOPE}?sentry_key=s3cret", data=body), 401)  # that key is in every page that uses it
    answer = guarded.post(
        f"/t/s3cret{ENVELOPE}?sentry_key=a", data=gzip.compress(body), headers={"Content-Encoding": "gzip", "Origin": "https://shop"}
    )
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")


# ── on the wire ───────────────────────────────────────────────────────────────────────────────────────────────────


class Wire:
    """A port that passes everything on to another one and remembers it."""

    def __init__(self, to):
        self._to, self._talks, self._ends = to, [], []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            service = socket.create_connection(("127.0.0.1", self._to))
            talk = (bytearray(), bytearray())
            self._talks.append(talk)
            self._ends += (client, service)
            for one, other, kept in ((client, service, talk[0]), (service, client, talk[1])):
                threading.Thread(target=self._pass, args=(one, other, kept), daemon=True).start()

    @staticmethod
    def _pass(one, other, kept):
        try:
            while piece := one.recv(1 << 16):
                kept += piece
                other.sendall(piece)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)  # which wakes the thread that accepts
        for one in (self._listening, *self._ends):
            one.close()

    @property
    def heads(self):
        """What was sent, as far as it can be read."""
        return b"".join(bytes(sent) for sent, _ in self._talks).decode("latin-1")

    @property
    def answers(self):
        """(status, JSON) of each answer, in their order on each connection."""
        found = []
        for _, got in self._talks:
            stream = BytesIO(bytes(got))
            while line := stream.readline():
                headers = dict(line.decode().strip().lower().split(": ", 1) for line in iter(stream.readline, b"\r\n"))
                body = stream.read(int(headers.get("content-length", 0)))
                found.append((int(line.split()[1]), json.loads(body) if body else None))
        return found

    @property
    def frames(self):
        """`function file:line by what` of each answered frame that has a line in a file that was compiled."""
        assert {status for status, _ in self.answers} <= {200, 204}, self.answers
        stacks = [
            value["stacktrace"] for _, body in self.answers if body for event in body["events"] for value in event["exception"]["values"]
        ]
        return [
            f"{frame['function']} {Path(frame['filename']).name}:{frame['lineno']} by {frame['data']['resolved_with']}"
            for stack in stacks
            for frame in stack["frames"]
            if frame.get("data", {}).get("resolved_with")
        ]


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    running, port = start(
        folder, "--store", str(folder / "store"), "--token", "s3cret", "--scope", "shop=of-shop", "--scope", "bank=of-bank"
    )
    yield port
    running.terminate()
    assert running.wait(60) == 0


@pytest.fixture
def wire(port):
    wire = Wire(port)
    yield wire
    wire.close()


PYTHON_APP = """
import json, sys
import sentry_sdk
sentry_sdk.init(sys.argv[1], debug=True, release="shop@1", default_integrations=False)
sentry_sdk.capture_event(json.loads(sys.argv[2]))
sentry_sdk.flush(30)
"""


@needs_a_process
def test_the_sdk_of_python_sends_and_is_content(wire):
    if subprocess.run([PYTHON, "-c", "import sentry_sdk"], capture_output=True, check=False).returncode:
        pytest.skip("no sentry-sdk: pip install sentry-sdk, or name a Python that has it in $SYMBOLICATOR_SENTRY_PYTHON")
    dsn = f"http://any@127.0.0.1:{wire.port}/t/of-shop/1"
    done = subprocess.run([PYTHON, "-c", PYTHON_APP, dsn, json.dumps(EVENT)], capture_output=True, text=True, timeout=120, check=True)
    assert "Unexpected status" not in done.stderr
    assert "content-encoding: gzip" in wire.heads.lower()
    assert [body["id"] for _, body in wire.answers if body["events"]] == [EVENT["event_id"]]
    assert wire.frames == ["allPublished notices.ts:57 by path"]


SOURCE = """import * as Sentry from "@sentry/KIND";
export function total(cart) {
  return cart.items.length;
}
Sentry.init({...globalThis.options, maxValueLength: 100000, sendDefaultPii: false});
Sentry.getClient().on("afterSendEvent", (event, answer) => { globalThis.answered = answer.statusCode; });
Sentry.setExtra("long", "12345678 ".repeat(Number(globalThis.long)));
export function open(cart) {
  return total(cart.first);
}
try {
  open({});
} catch (error) {
  Sentry.captureException(error);
}
Sentry.flush(20000).then((done) => globalThis.ended(`${done} ${globalThis.answered}`));
"""
# What bundlers' plugins write before a script, so that it tells its debug id.
SNIPPET = "!function(){try{var n=(new Error).stack;n&&((globalThis._sentryDebugIds=globalThis._sentryDebugIds||{})[n]='ID')}catch(e){}}();"


def built(folder, kind, with_id):
    """A minified script of an app that crashes and reports it."""
    if shutil.which("node") is None or not (MODULES / "esbuild").is_dir() or not (MODULES / "@sentry" / kind).is_dir():
        pytest.skip(f"no esbuild with @sentry/{kind} in $SYMBOLICATOR_NODE_MODULES")
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "src").mkdir()
    (folder / "src" / "main.js").write_text(SOURCE.replace("KIND", kind))
    platform = ["--platform=node", "--external:@sentry/node"] if kind == "node" else ["--format=iife"]
    command = [MODULES / ".bin" / "esbuild", "src/main.js", "--bundle", "--minify", "--sourcemap", "--outdir=dist", *platform]
    debug_id = str(uuid4())
    command += ["--banner:js=" + SNIPPET.replace("'ID'", f"'{debug_id}'")] if with_id else []
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    script, mapped = folder / "dist" / "main.js", folder / "dist" / "main.js.map"
    if with_id:
        mapped.write_text(json.dumps({**json.loads(mapped.read_text()), "debug_id": debug_id}))
        script.write_text(f"{script.read_text()}//# debugId={debug_id}\n")
    return script, mapped


def upload(port, query, *files):
    for file in files:
        status, said = ask(port, "PUT", f"/files/{file.name}?{query}", file.read_bytes(), Authorization="Bearer of-shop")
        assert status in (200, 201), said


def report_from_node(script, wire, scope, release, long=0):
    options = json.dumps({"dsn": f"http://any@127.0.0.1:{wire.port}/t/of-{scope}/1", "release": release})
    before = (
        f"globalThis.options = {options}; globalThis.long = {long}; globalThis.ended = (what) => {{ console.log(what); process.exit(); }};"
    )
    (script.parent.parent / "before.cjs").write_text(before)
    command = ["node", "--require", script.parent.parent / "before.cjs", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.strip()


@needs_a_process
@pytest.mark.parametrize("long", [0, 9000], ids=["short", "long"])
def test_the_sdk_of_node_is_answered_by_debug_id(wire, port, tmp_path, long):
    script, mapped = built(tmp_path, "node", with_id=True)
    upload(port, "", script, mapped)
    assert report_from_node(script, wire, "shop", "any@1", long) == "true 200"
    assert "transfer-encoding: chunked" in wire.heads.lower()
    assert ("content-encoding: gzip" in wire.heads.lower()) is bool(long)
    assert [frame for frame in wire.frames if "main.js" in frame][-2:] == ["open main.js:9 by debug_id", "total main.js:3 by debug_id"]


@needs_a_process
def test_the_sdk_of_node_is_answered_by_release_and_scope(wire, port, tmp_path):
    script, mapped = built(tmp_path, "node", with_id=False)
    upload(port, "release=node@1", script, mapped)
    mapped.write_text(mapped.read_text().replace("src/main.js", "src/next.js"))
    upload(port, "release=node@2", script, mapped)
    assert report_from_node(script, wire, "bank", "node@1") == "true 200"
    assert wire.frames == []
    for release, name in (("node@1", "main"), ("node@2", "next")):
        assert report_from_node(script, wire, "shop", release) == "true 200"
        assert wire.frames[-2:] == [f"open {name}.js:9 by url", f"total {name}.js:3 by url"]


@needs_a_process
@pytest.mark.parametrize("headers", [{}, {"X-Shop": "1"}], ids=["simple", "asked for before"])
def test_the_sdk_of_browsers_is_answered_by_debug_id(wire, port, tmp_path, headers):
    browsing = pytest.importorskip("tests.service.browsing", exc_type=ImportError)
    script, mapped = built(tmp_path, "browser", with_id=True)
    upload(port, "", script, mapped)
    options = {"dsn": f"http://any@127.0.0.1:{wire.port}/t/of-shop/1", "release": "any@1", "transportOptions": {"headers": headers}}
    before = f"globalThis.options = {json.dumps(options)}; globalThis.long = 0; globalThis.ended = (what) => {{ document.title = what; }};"
    (script.parent / "index.html").write_text(f"<!doctype html><script>{before}</script><script src=main.js></script>")
    pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(script.parent)))
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    try:
        with browsing.playwright.sync_playwright() as driver:
            page = driver.chromium.launch(executable_path=browsing.CHROMIUM, args=browsing.QUIET).new_page()
            page.goto(f"http://127.0.0.1:{pages.server_port}/index.html")
            browsing.expect(page).to_have_title("true 200", timeout=30_000)
    finally:
        pages.shutdown()
        pages.server_close()
    assert ("OPTIONS /t/" in wire.heads) is bool(headers)
    assert [frame for frame in wire.frames if "main.js" in frame][-2:] == ["open main.js:9 by debug_id", "total main.js:3 by debug_id"]
