"""Reports that are no text: walked minidumps as JSON come back as JSON and as text, tombstones as protobuf as text."""

import json
from pathlib import Path

from symbolicator import Symbolicator

FIXTURES = Path(__file__).parents[2] / "fixtures"
REPORT = (FIXTURES / "traces" / "minidump" / "crash.json").read_text()
FILES = FIXTURES / "native" / "crash-segv" / "files"


def test_a_walked_minidump_comes_back_as_json_and_as_text(make):
    client = make([FILES])
    with Symbolicator(FILES, cache_dir=False) as engine:
        wanted = engine.symbolicate(json.loads(REPORT))
    assert client.post("/symbolicate", data=REPORT, content_type="application/json").json == wanted
    text = client.post("/symbolicate/text", data=REPORT, content_type="text/plain").text
    assert "[/build/apiary/hive.cpp : 109]" in text


def test_a_tombstone_of_protobuf_comes_back_as_text(make):
    content = (FIXTURES / "traces" / "tombstone" / "abort.pb").read_bytes()
    client = make([FIXTURES / "native" / "crash-throw" / "files"])
    assert "(season at main.cpp:62)" in client.post("/symbolicate/text", data=content, content_type="application/octet-stream").text
