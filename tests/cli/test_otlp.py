"""`symbolicator otlp`: a filter for OpenTelemetry's JSON."""

import json

from symbolicator.event.otlp import ORIGINAL, STACK

from .conftest import ROOT

CASE = ROOT / "fixtures" / "javascript" / "esbuild-min"
TRACE = (CASE / "stacks" / "aggregate.txt").read_text()


def line(stack):
    record = {"attributes": [{"key": STACK, "value": {"stringValue": stack}}]}
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}


def stack_in(document):
    (record,) = document["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    return {one["key"]: one["value"].get("stringValue") for one in record["attributes"]}


def test_each_line_comes_out_with_its_stack_symbolicated(run, tmp_path):
    metrics = '{ "resourceMetrics" : [] }'
    (tmp_path / "logs.jsonl").write_text("\n".join((json.dumps(line(TRACE)), metrics, json.dumps(line("no stack")))) + "\n")
    result = run("otlp", tmp_path / "logs.jsonl", "-f", CASE / "files", "--no-cache")
    assert result.exit_code == 0
    first, *others = result.stdout.splitlines()
    found = stack_in(json.loads(first))
    assert "src/harbour/notices.ts:57:34" in found[STACK]
    assert found[ORIGINAL] == TRACE
    assert others == [metrics, json.dumps(line("no stack"))]  # to the byte


def test_one_document_over_many_lines_is_read_too(run):
    result = run("otlp", "-f", CASE / "files", "--no-cache", input=json.dumps(line(TRACE), indent=2))
    assert "notices.ts:57:34" in stack_in(json.loads(result.stdout))[STACK]


def test_what_is_no_json_passes_through_and_is_told(run):
    sent = f"oops\n\n{json.dumps(line('x'))}\n[1]\n"
    result = run("otlp", "-f", CASE / "files", "--no-cache", input=sent)
    assert result.exit_code == 1
    assert result.stdout == sent
    assert "2 lines are no JSON objects" in result.stderr


def test_nothing_in_is_nothing_out(run):
    result = run("otlp", "-f", CASE / "files", "--no-cache", input="")
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_document_that_is_not_opentelemetry_s_passes_through_and_is_told(run):
    event = '{"platform": "javascript", "frames": []}\n'
    result = run("otlp", "-f", CASE / "files", "--no-cache", input=event + '{"resource_metrics": []}\n')
    assert result.exit_code == 1
    assert result.stdout.startswith(event)
    assert "1 documents are not OpenTelemetry's" in result.stderr
    assert "symbolicator event" in result.stderr
