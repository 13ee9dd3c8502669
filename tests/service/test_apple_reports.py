"""Apple's reports that are JSON over HTTP: `/symbolicate` answers with that JSON, `/symbolicate/text` with text for people or the event."""

import json
from pathlib import Path

import pytest

from symbolicator import Symbolicator

FIXTURES = Path(__file__).parents[2] / "fixtures"
REPORTS = FIXTURES / "traces" / "apple"
FILES = FIXTURES / "native" / "macho-dsym" / "files"


@pytest.fixture
def client(make):
    return make([FILES])


@pytest.mark.parametrize("name", ["crash.ips", "crash.metrickit.json"])
def test_the_json_door_answers_with_the_report(client, name):
    content = (REPORTS / name).read_bytes()
    with Symbolicator(FILES, cache_dir=False) as engine:
        wanted = engine.symbolicate_text(content.decode())
    assert client.post("/symbolicate", data=content, content_type="application/json").text == wanted
    plain = client.post("/symbolicate", data=content, content_type="application/json", headers={"Accept": "text/plain"}).text
    assert "Thread 0 Crashed:" in plain


@pytest.mark.parametrize("name", ["crash.ips", "crash.metrickit.json"])
def test_the_text_door_answers_with_text_for_people_and_with_the_event(client, name):
    content = (REPORTS / name).read_bytes()
    assert "smoke_depth (smoker.c:36)" in client.post("/symbolicate/text", data=content, content_type="text/plain").text
    event = client.post("/symbolicate/text", data=content, content_type="text/plain", headers={"Accept": "application/json"}).json
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "glow"


def test_a_report_without_stacks_is_refused_by_its_name(client):
    content = json.dumps({"bug_type": "298"}) + "\n" + json.dumps({"processes": []})
    for route in ("/symbolicate", "/symbolicate/text"):
        answer = client.post(route, data=content, content_type="text/plain")
        assert answer.status_code == 400
        assert "jetsam" in answer.json["detail"]


def test_the_dsym_may_come_with_the_report(make):
    dsym = FILES / "libsmoker.dylib.dSYM" / "Contents" / "Resources" / "DWARF" / "libsmoker.dylib"
    form = {"trace": (REPORTS / "crash.ips").read_text(), "files": (dsym.open("rb"), "libsmoker.dylib")}
    assert "smoke_depth (smoker.c:36)" in make().post("/symbolicate/text", data=form).text
