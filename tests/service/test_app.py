"""What every request goes through, and the routes that tell of the service itself."""

import base64
import hashlib
import json
import logging
import re
import threading
from io import BytesIO
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.artifacts.cache import Cache
from symbolicator.errors import ConfigError
from symbolicator.service import Limits, create_app, models
from symbolicator.service.logs import JsonLines
from symbolicator.service.routes import routes
from symbolicator.settings import Settings

from .conftest import CASE, told


def filled(path):
    """A path with something in its variable parts."""
    return re.sub(r"\{\w+\}", "ab12", path)


METHODS = {path: {route.method for route in routes() if filled(route.path) == path} for path in (filled(route.path) for route in routes())}
PATHS = list(METHODS)


def test_health_says_the_version(client):
    assert client.get("/health").json["status"] == "ok"


def test_ready_says_what_is_wrong(make, tmp_path):
    assert make(cache_dir=tmp_path / "cache").get("/ready").json["status"] == "ready"
    build = tmp_path / "dist"
    build.mkdir()
    (tmp_path / "file").touch()
    client = make(files=[build], cache_dir=tmp_path / "file" / "cache")
    build.rmdir()
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.json["files"] == {str(build): "No such file or directory"}
    assert answer.json["cache"]


def test_ready_says_paths_only_to_who_has_the_token(make, tmp_path):
    (tmp_path / "gone").mkdir()
    client = make(files=(CASE / "files", tmp_path / "gone"), token="s3cret")
    (tmp_path / "gone").rmdir()
    for sent in ({}, {"Authorization": "Bearer wrong"}):
        answer = client.get("/ready", headers=sent)
        assert answer.status_code == 503
        assert str(tmp_path) not in answer.text
        assert str(CASE) not in answer.text
        assert answer.json["files"] == {"files[0]": None, "files[1]": "No such file or directory"}
    assert str(tmp_path / "gone") in client.get("/ready", headers={"Authorization": "Bearer s3cret"}).json["files"]


def test_metrics_count_frames_requests_and_the_cache(client, event):
    for _ in range(2):
        client.post("/symbolicate", json=event)
    client.post("/symbolicate", json={"platform": "x" * 50, "frames": [{"function": "f"}]})
    text = client.get("/metrics").text
    assert 'symbolicator_requests_total{method="POST",route="/symbolicate",status="200"} 3.0' in text
    assert re.search(r'symbolicator_frames_total{platform="javascript",status="symbolicated"} [1-9]', text)
    assert 'platform="other"' in text
    assert "xxxxx" not in text
    for where in ("memory", "compiled"):
        assert re.search(rf'symbolicator_cache_answers_total{{where="{where}"}} [1-9]', text)
    assert "symbolicator_in_flight 0.0" in text
    assert "symbolicator_received_bytes_total" in text


def test_an_unknown_path_makes_no_new_series(client):
    series = []
    for number in range(4):
        told(client.open(f"/nothing/{number}", method=f"X{number}"), 404)
        series.append(len(client.get("/metrics").text.splitlines()))
    assert series[1:] == [series[1]] * 3


def test_routes_with_variable_parts_are_counted_as_one(client):
    series = []
    for number in range(4):
        told(client.get(f"/buildid/{number:02}/source/usr/src/{number}.c"), 404)
        told(client.get(f"/proxy/{number}/{number}/{number}"), 404)
        series.append(len(client.get("/metrics").text.splitlines()))
    assert series[1:] == [series[1]] * 3
    text = client.get("/metrics").text
    assert 'symbolicator_requests_total{method="GET",route="/buildid/{id}/source/{path}",status="404"} 4.0' in text


def test_the_page_runs_its_own_script_and_style_and_nothing_else(client):
    answer = client.get("/", headers={"Accept": "text/html"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for content in re.findall(r"(?s)<(?:script|style)>(.*?)</", answer.text):
        assert base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() in policy
    assert policy.count("sha256-") == 2
    assert "http://" not in answer.text.replace("http://www.w3.org", "")
    assert client.get("/", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert "POST /symbolicate" in client.get("/", headers={"Accept": "application/json"}).json


def test_the_document_tells_of_every_route_and_every_reference_leads_somewhere(client):
    document = client.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert {(path, method.upper()) for path, item in document["paths"].items() for method in item} == {(r.path, r.method) for r in routes()}
    for name in re.findall(r"#/components/schemas/(\w+)", json.dumps(document)):
        assert name in document["components"]["schemas"]


def test_answers_are_what_the_document_says(client, event):
    msgspec.convert(client.post("/symbolicate", json=event).json, models.Event)
    msgspec.convert(client.get("/nothing").json, models.Error)
    msgspec.convert(client.get("/ready").json, models.Ready)


@pytest.mark.parametrize("path", PATHS)
def test_another_method_is_405_and_says_which_there_is(client, path):
    for method in {"PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"} - METHODS[path]:
        answer = client.open(path, method=method)
        told(answer, 405)
        assert answer.headers["Allow"]


def test_a_request_keeps_its_id_where_it_is_sane(client):
    assert client.get("/health", headers={"X-Request-Id": "a-B_1.2"}).headers["X-Request-Id"] == "a-B_1.2"
    for odd in ("", "a b", "x" * 200, "<script>", 'a"b'):
        assert re.fullmatch("[0-9a-f]{32}", client.get("/health", headers={"X-Request-Id": odd}).headers["X-Request-Id"])


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
def test_every_answer_has_the_headers_that_keep_browsers_safe(client, path):
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Request-Id"]


def test_a_token_is_asked_for_where_one_is_set(make, event):
    client = make(token="s3cret")
    for sent in ("", "Bearer", "Bearer wrong", "Basic s3cret", "s3cret", "Bearer \xe9"):
        answer = client.post("/symbolicate", json=event, headers={"Authorization": sent})
        told(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        told(client.get("/metrics", headers={"Authorization": sent}), 401)
    assert client.post("/symbolicate", json=event, headers={"Authorization": "Bearer s3cret"}).status_code == 200
    assert all(client.get(path).status_code == 200 for path in ("/health", "/ready", "/", "/openapi.json"))


def test_a_bug_is_500_without_a_traceback_which_is_in_the_log(client, event, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(client.application.extensions["symbolicator"], "symbolicate", fail)
    with caplog.at_level(logging.ERROR, "symbolicator"):
        answer = client.post("/symbolicate", json=event)
    told(answer, 500)
    assert "secret" not in answer.text
    assert "secret" in caplog.text


def test_the_log_is_json_with_the_id(client, caplog):
    logging.getLogger("symbolicator").propagate = True
    with caplog.at_level(logging.INFO, "symbolicator"):
        client.get("/nothing\n", headers={"X-Request-Id": "mine"})
    (record,) = [one for one in caplog.records if one.name == "symbolicator.service.access"]
    line = JsonLines().format(record)
    assert "\n" not in line
    written = json.loads(line)
    assert (written["request_id"], written["status"], written["method"]) == ("mine", 404, "GET")


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x1c", "\x9b31m", "\x7f", "\u202e", "\ud800"])
def test_nothing_that_a_request_names_ends_a_line_of_the_log_or_acts_on_a_terminal(odd):
    record = logging.makeLogRecord({"msg": f"GET /{odd}", "fields": {"path": f"/{odd}"}})
    line = JsonLines().format(record)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert json.loads(line)["path"] in {f"/{odd}", "/\ufffd"}


def test_the_next_one_is_turned_away_at_once_when_all_places_are_taken(make, event, monkeypatch):
    client = make(threads=1, queue=0)
    inside, go_on = threading.Event(), threading.Event()
    real = Cache.get

    def slow(self, *rest):
        inside.set()
        assert go_on.wait(10)
        return real(self, *rest)

    monkeypatch.setattr(Cache, "get", slow)
    answers = []
    first = threading.Thread(target=lambda: answers.append(client.application.test_client().post("/symbolicate", json=event)))
    first.start()
    assert inside.wait(10)
    answer = client.post("/symbolicate", json=event)
    told(answer, 503)
    assert answer.headers["Retry-After"]
    assert client.get("/health").status_code == 200
    go_on.set()
    first.join()
    assert answers[0].status_code == 200
    assert client.post("/symbolicate", json=event).status_code == 200


def test_who_waits_too_long_is_told_503(make, event):
    client = make(threads=1, queue=1, patience=0.01)
    with client.application.extensions["symbolicator"].gate.working():
        told(client.post("/symbolicate", json=event), 503)
    assert client.post("/symbolicate", json=event).status_code == 200


@pytest.mark.parametrize("guests", [True, False])
def test_events_that_bring_files_and_those_that_do_not_never_take_each_others_places(make, event, guests):
    client = make(threads=1, queue=0, patience=0.01)
    with_files = {"data": {"event": json.dumps(event), "files": (BytesIO(b"{"), "x.map")}}
    full, free = (with_files, {"json": event}) if guests else ({"json": event}, with_files)
    with client.application.extensions["symbolicator"].gate.working(guests=guests):
        told(client.post("/symbolicate", **full), 503)
        assert client.post("/symbolicate", **free).status_code == 200


@pytest.mark.parametrize("limits", [{"threads": 0}, {"queue": -1}, {"patience": 0.0}, {"max_body": 0}])
def test_limits_that_cannot_be_are_refused_at_the_start(limits):
    with pytest.raises(ConfigError):
        Limits(**limits)


_ANYTHING = create_app(Settings(cache_dir=False)).test_client()
_KINDS = st.sampled_from(
    [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "é/ü",
        "",
    ]
)


@given(
    path=st.sampled_from(PATHS) | st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: "/x" + quote(text)),
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    body=st.binary(max_size=300)
    | st.sampled_from([b'{"frames": [{}]}', b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="event"\r\n\r\n{}\r\n--x--']),
    kind=_KINDS,
    coding=st.sampled_from([None, "gzip", "zstd", "identity", "x"]),
    accept=st.sampled_from([None, "*/*", "text/html", ";;;", "application/json;q=x"]),
)
def test_any_bytes_to_any_route_get_an_answer_in_order(path, method, body, kind, coding, accept):
    headers = {name: value for name, value in (("Content-Encoding", coding), ("Accept", accept)) if value is not None}
    answer = _ANYTHING.open(path, method=method, data=body, content_type=kind, headers=headers)
    assert answer.status_code < 500 or answer.status_code == 501
    if answer.status_code >= 400 and method != "HEAD":
        told(answer, answer.status_code)


def test_an_envelope_is_answered_with_an_envelope(make, event):
    client = make()
    payload = json.dumps(event).encode()
    body = b'{"event_id":"1"}\n{"type":"session"}\n{"sid":"1"}\n{"type":"event","length":%d}\n%s\n' % (len(payload), payload)
    for kind in ("application/x-sentry-envelope", "text/plain;charset=UTF-8", ""):
        answer = client.post("/symbolicate", data=body, content_type=kind)
        assert answer.status_code == 200
        assert answer.mimetype == "application/x-sentry-envelope"
        head, session, sid, header, done = answer.data.splitlines()
        assert [head, session, sid] == body.splitlines()[:3]
        assert json.loads(header)["length"] == len(done)
        assert json.loads(done) == client.post("/symbolicate", json=event).json
    assert client.post("/symbolicate", data=body, headers={"Accept": "text/plain"}).mimetype == "text/plain"
    named = client.post("/symbolicate?release=1.4.2&dist=7", data=body).data.splitlines()[-1]
    assert json.loads(named) == client.post("/symbolicate?release=1.4.2&dist=7", json=event).json
    assert json.loads(named)["release"] == "1.4.2"
    told(client.post("/symbolicate", data=b'{}\n{"type":"session"}\n{}\n'), 400)
