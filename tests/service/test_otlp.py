"""OpenTelemetry's documents, as exporters send them and collectors write them."""

import copy
import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator import Symbolicator
from symbolicator.bounds import SERVICE
from symbolicator.event import otlp, otlp_protobuf
from symbolicator.event.otlp import ERROR, FAILED, ORIGINAL, STACK, Rewritten
from tests.makers.otlp import attribute, document, message, pair

from .conftest import CASE, WANTED, told

KINDS = ("traces", "logs")


def attributes(answer):
    """The attributes of each record with a stack."""
    found = []

    def walk(node):
        if isinstance(node, dict):
            given = node.get("attributes")
            if isinstance(given, list) and any(one["key"] == STACK for one in given):
                found.append({one["key"]: next(iter(one["value"].values())) for one in given})
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(answer)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_stack_is_rewritten_the_original_kept_and_all_else_untouched(client, trace, kind):
    sent = document(kind, trace, "Traceback (most recent call last):\nValueError: 1", "no stack")
    answer = client.post(f"/v1/{kind}", data=gzip.compress(json.dumps(sent).encode()), content_type="application/json",
                         headers={"Content-Encoding": "gzip"})  # fmt: skip
    assert answer.status_code == 200
    first, *others = attributes(answer.json)
    assert WANTED in first[STACK]
    assert first[ORIGINAL] == trace
    assert [set(one) for one in others] == [{"exception.type", "n", STACK, "last"}] * 2
    restored = copy.deepcopy(answer.json)
    record, *_ = _records(restored, kind)
    record["attributes"] = [
        attribute(STACK, trace) if one["key"] == STACK else one
        for one in record["attributes"]
        if one["key"] not in (ORIGINAL, FAILED, ERROR)
    ]
    assert restored == sent


def _records(sent, kind):
    top, scopes, records = (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords"))[kind == "logs"]
    found = sent[top][0][scopes][0][records]
    return [one["events"][0] for one in found] if kind == "traces" else found


def test_twice_gives_the_same_as_once(client, trace):
    once = client.post("/v1/traces", json=document("traces", trace)).json
    assert client.post("/v1/traces", json=once).json == once


def test_what_a_stack_lacks_is_said(bare, trace):
    (one,) = attributes(bare.post("/v1/logs", json=document("logs", trace)).json)
    assert one[STACK] == trace
    assert one[FAILED] is True
    assert "/srv/app/dist/app.js" in one[ERROR]
    assert ORIGINAL not in one


def test_the_service_s_version_is_the_release():
    asked = []

    def symbolicate(event):
        asked.append(event.get("release"))
        return event

    rewrite = otlp.rewriter(symbolicate, SERVICE)
    stack = "Error: x\n    at f (https://x/a.js:1:2)"
    for release in ("1.2", "1.2", "1.3"):
        otlp.rewritten(document("logs", stack, release=release), rewrite)
    assert asked == ["1.2", "1.3"]  # and equal stacks are symbolicated once


def test_a_document_of_too_many_stacks_is_rewritten_as_far_as_it_goes(monkeypatch):
    monkeypatch.setattr(otlp, "MAX_STACKS", 2)
    rewrite = otlp.rewriter(dict, SERVICE)
    stacks = [f"Error: x\n    at f (https://x/a.js:1:{n})" for n in range(1, 4)]
    *_, last = attributes(otlp.rewritten(document("logs", *stacks), rewrite))
    assert "more than 2" in last[ERROR]


def test_stacks_that_are_reached_too_late_stay_as_they_are():
    ticks = iter([0.0, 1.0, SERVICE.seconds + 1, SERVICE.seconds + 2])
    rewrite = otlp.rewriter(dict, SERVICE, lambda: next(ticks))
    first, *late = attributes(otlp.rewritten(document("logs", *(f"Error: x\n    at f (https://x/a.js:1:{n})" for n in (1, 2, 3))), rewrite))
    assert ERROR not in first
    assert all("send fewer" in one[ERROR] for one in late)


ODD = [{}, {"resourceSpans": 3}, {"resourceSpans": [None, {"scopeSpans": [{"spans": [{"attributes": [7, {"key": STACK}], "events": "x"}]}]}]},
       {"resourceLogs": [{"resource": 1, "scopeLogs": [{"logRecords": [{"attributes": [{"key": STACK, "value": {"intValue": 1}}]}]}]}]}]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_documents_of_another_shape_come_back(client, odd):
    assert client.post("/v1/traces", json=odd).json == odd


def test_what_is_no_document_is_told_so(client):
    for path in ("/v1/traces", "/v1/logs"):
        told(client.post(path, data=b"[]", content_type="application/json"), 400)
        told(client.post(path, data=b"{", content_type="application/json"), 400)
        told(client.post(path, data=b"\x0a\xff", content_type="application/x-protobuf"), 400)
        told(client.post(path, data=b"x", content_type="text/html"), 415)


# ── Protobuf ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_in_protobuf_every_other_byte_stays(client, trace, kind):
    sent = message(kind, trace)
    answer = client.post(f"/v1/{kind}", data=sent, content_type="application/x-protobuf")
    assert (answer.status_code, answer.mimetype) == (200, "application/x-protobuf")
    new = Symbolicator(CASE / "files", cache_dir=False).symbolicate_text(trace)
    assert WANTED in new
    place = 6 if kind == "logs" else 3
    assert pair(place, STACK, new) in answer.data
    assert pair(place, ORIGINAL, trace) in answer.data

    def back(text, release):
        assert release == "1.2"
        return Rewritten(text, "")

    plain = message(kind, "no stack")
    assert otlp_protobuf.rewritten(plain, kind, lambda *_: None) is plain
    assert otlp_protobuf.rewritten(sent, kind, back) is sent
    assert client.post(f"/v1/{kind}", data=answer.data, content_type="application/x-protobuf").data == answer.data


@given(
    st.binary(max_size=80)
    | st.builds(
        lambda at, byte, kind: _bent(message(kind, "x" * 9), at, byte), st.integers(0, 400), st.integers(0, 255), st.sampled_from(KINDS)
    )
)
def test_damaged_protobuf_is_a_value_error_and_nothing_else(content):
    for kind in KINDS:
        try:
            out = otlp_protobuf.rewritten(content, kind, lambda text, _: Rewritten(text + "!", "e"))
        except ValueError:
            continue
        assert isinstance(out, bytes)


def _bent(content, at, byte):
    at %= len(content)
    return content[:at] + bytes([byte]) + content[at + 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_protobuf_s_own_reader_reads_what_was_rewritten(client, trace, kind):
    """opentelemetry-proto is the oracle: its JSON of what it sends and gets differs in the stack alone."""
    pytest.importorskip("opentelemetry.proto")
    from google.protobuf.json_format import MessageToDict, ParseDict
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    model = ExportLogsServiceRequest if kind == "logs" else ExportTraceServiceRequest
    sent = ParseDict(document(kind, trace), model()).SerializeToString()
    got = model.FromString(client.post(f"/v1/{kind}", data=sent, content_type="application/x-protobuf").data)
    assert MessageToDict(got) == client.post(f"/v1/{kind}", json=MessageToDict(model.FromString(sent))).json


def test_the_sdk_s_exporter_is_satisfied(client, trace):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    with make_server("127.0.0.1", 0, client.application, handler_class=Quiet) as server, ThreadPoolExecutor(1) as pool:
        served = pool.submit(server.handle_request)
        provider = TracerProvider()
        done = []
        exporter = OTLPSpanExporter(f"http://127.0.0.1:{server.server_port}/v1/traces")
        export = exporter.export
        exporter.export = lambda spans: done.append(export(spans)) or done[-1]
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        with provider.get_tracer("t").start_as_current_span("s") as span:
            span.add_event("exception", {STACK: trace})
        served.result(30)
    assert [one.name for one in done] == ["SUCCESS"]
