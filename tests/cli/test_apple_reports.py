"""Apple's reports that are JSON at the command line: `trace` writes them for people, `event` as the JSON they were, `explain` says why."""

import json
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.traces import find_traces

FIXTURES = Path(__file__).parents[2] / "fixtures"
REPORTS = FIXTURES / "traces" / "apple"
FILES = FIXTURES / "native" / "macho-dsym" / "files"


@pytest.fixture(scope="module")
def expected():
    """By name: the report as JSON and as text, symbolicated."""
    with Symbolicator(FILES, cache_dir=False) as engine:
        return {path.name: engine.symbolicate_text(path.read_text()) for path in REPORTS.iterdir()}


@pytest.mark.parametrize("name", ["crash.ips", "crash.metrickit.json"])
def test_trace_writes_a_report_for_people(run, name):
    result = run("trace", REPORTS / name, "-f", FILES, "--format", "plain")
    assert result.exit_code == 0, result.stderr
    assert "Thread 0 Crashed:\n0   libsmoker.dylib" in result.stdout
    assert "smoke_depth (smoker.c:36)" in result.stdout
    assert "Binary Images:" in result.stdout


def test_trace_as_json_is_the_event(run):
    out = json.loads(run("trace", REPORTS / "exception.ips", "-f", FILES, "--format", "json").stdout)
    assert out["exception"]["values"][-1]["type"] == "NSRangeException"


def test_trace_shows_the_exception_that_nobody_caught_before_the_thread_that_aborted(run):
    page = run("trace", REPORTS / "exception.ips", "-f", FILES, "--format", "pretty").stdout
    assert page.index("NSRangeException") < page.index("squeeze_soft") < page.index("Thread 0")
    assert "2 of 7 frames that need your files could not be symbolicated; 7 of the system need no file of yours" in " ".join(page.split())


@pytest.mark.parametrize("name", ["crash.ips", "exception.ips", "crash.metrickit.json", "hang.metrickit.json"])
def test_event_writes_the_report_as_the_json_that_it_was(run, expected, name):
    for file, more in ((REPORTS / name, {}), ("-", {"input": (REPORTS / name).read_text()})):
        result = run("event", file, "-f", FILES, **more)
        assert result.exit_code == 0, result.stderr
        assert result.stdout == expected[name]


def test_event_has_the_plain_form_too(run):
    result = run("event", REPORTS / "crash.ips", "-f", FILES, "--format", "plain")
    traces = find_traces((REPORTS / "crash.ips").read_text())
    with Symbolicator(FILES, cache_dir=False) as engine:
        assert result.stdout == traces.plain(engine.symbolicate(traces.event))
    assert "smoke_depth" in run("event", REPORTS / "crash.ips", "-f", FILES, "--format", "pretty").stdout


@pytest.mark.parametrize("form", ["json", "plain"])
def test_payloads_may_come_a_line_each(run, expected, form):
    payload = json.loads((REPORTS / "crash.metrickit.json").read_text())
    result = run("event", "-", "-f", FILES, "--format", form, input=(json.dumps(payload) + "\n") * 3)
    assert result.exit_code == 0, result.stderr
    if form == "json":
        assert [json.loads(line) for line in result.stdout.splitlines()] == [json.loads(expected["crash.metrickit.json"])] * 3
    else:
        assert result.stdout.count("smoke_depth (smoker.c:36:") == 3


@pytest.mark.parametrize("name", ["crash.ips", "crash.metrickit.json"])
def test_explain_says_which_uuid_is_missing_and_what_to_do(run, name):
    out = run("explain", REPORTS / name, "-f", FIXTURES / "native" / "macho-fat" / "files").stdout
    uuid = "4C4C44E9-5555-3144-A105-40F928E71F6A"
    assert f"needed is UUID {uuid}" in out
    assert f"mdfind 'com_apple_xcode_dsym_uuids == {uuid}'" in out


@pytest.mark.parametrize("command", ["trace", "event", "explain"])
def test_a_report_without_stacks_is_said_to_be_what_it_is(run, command):
    text = '{"bug_type":"298"}\n{"processes":[],"largestProcess":"Apiary"}\n'
    result = run(command, "-", "-f", FILES, input=text)
    assert result.exit_code == 1
    assert "this is a jetsam event report" in result.stderr
    assert "Apiary was the largest" in result.stderr


def test_a_folder_that_xcode_keeps_reports_in_is_answered_with_the_name_of_one(run, tmp_path):
    log = tmp_path / "2026.xccrashpoint" / "Filters" / "Filter_0A" / "Logs" / "first.crash"
    log.parent.mkdir(parents=True)
    log.write_text((REPORTS / "crash.crash").read_text())
    result = run("trace", tmp_path / "2026.xccrashpoint", "-f", FILES)
    assert result.exit_code == 2
    assert "a folder of crash reports" in result.stderr
    assert str(log) in result.stderr
