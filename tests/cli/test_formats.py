"""The formats that `trace` and `event` share."""

import json

import pytest

from symbolicator import parse_trace
from tests.cli.conftest import ROOT


def test_an_agent_gets_the_faulty_line_and_the_command_that_mends_what_is_missing(run, build, stack, tmp_path):
    text = run("trace", stack[0], "-f", build, "--format", "agent").stdout
    assert f"at: {stack[1]}" in text or f".{stack[1]} ({stack[2]}" in text
    assert f"> {stack[2].split(':')[1]} | " in text
    (tmp_path / "other.js.map").write_text('{"version":3,"sources":["a.js"],"names":[],"mappings":"AAAA"}')
    text = run("trace", stack[0], "-f", tmp_path, "--release", "1 b", "--format", "agent").stdout
    assert f"do: symbolicator trace {stack[0]} -f {tmp_path} --release '1 b' -f DIR  (DIR: " in text


def test_all_of_it_is_written_to_a_file_on_request(run, build, stack, tmp_path):
    result = run("trace", stack[0], "-f", build, "--format", "agent", "--full", tmp_path / "full.txt")
    assert f"full: {tmp_path / 'full.txt'}" in result.stdout
    assert stack[2] in (tmp_path / "full.txt").read_text()
    refused = run("trace", stack[0], "-f", build, "--format", "agent", "--full", tmp_path / "no" / "full.txt")
    assert refused.exit_code == 2
    assert "cannot be written" in refused.stderr
    assert run("trace", stack[0], "-f", build, "--format", "plain", "--full", tmp_path / "x").exit_code == 2


def test_an_event_is_shown_in_the_same_formats(run, build, stack):
    event = run("trace", stack[0], "-f", build, "--format", "json").stdout
    for form in ("agent", "pretty"):
        shown = run("event", "-", "-f", build, "--format", form, input=event)
        assert shown.exit_code == 0, shown.stderr
        assert stack[2] in shown.stdout
    lines = json.dumps(json.loads(event)) + "\n"
    assert run("event", "-", "-f", build, "--format", "agent", input=lines * 2).stdout.count("crash: ") == 2


def test_every_format_shows_the_crash(run, build, stack):
    for form in ("markdown", "github", "html"):
        result = run("trace", stack[0], "-f", build, "--format", form)
        assert result.exit_code == 0, result.stderr
        assert stack[2] in result.stdout
        assert result.stdout.endswith("\n")


def test_context_is_that_of_each_format(run, build, stack):
    line = int(stack[2].split(":")[1])
    for form, before in (("markdown", f"  {line - 1} | "), ("github", f"  {line - 1} | "), ("html", f"<i>{line - 1}</i>")):
        assert before in run("trace", stack[0], "-f", build, "--format", form).stdout
        assert before not in run("trace", stack[0], "-f", build, "--format", form, "--context", "0").stdout


def test_a_page_shows_one_event(run, build, stack):
    event = json.dumps(json.loads(run("trace", stack[0], "-f", build, "--format", "json").stdout))
    assert run("event", "-", "-f", build, "--format", "html", input=event).exit_code == 0
    refused = run("event", "-", "-f", build, "--format", "html", input=f"{event}\n{event}\n")
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert "a page shows one event" in refused.stderr
    assert run("event", "-", "-f", build, "--format", "agent", "--full", "x", input=f"{event}\n{event}\n").exit_code == 2


@pytest.mark.parametrize("form", ["plain", "pretty", "markdown", "github", "html", "agent"])
def test_trace_and_event_say_a_thing_once_and_in_the_same_place(run, build, stack, form):
    """The group is in the page; only plain text, which has no room for it, leaves it to standard error."""
    text = stack[0].read_text()
    event = json.dumps(parse_trace(text))
    shown = [
        run(name, "-", "-f", build, "--grouping", "--format", form, input=given) for name, given in (("trace", text), ("event", event))
    ]
    for result in shown:
        assert result.exit_code == 0
        assert ("group: " in result.stderr) == (form == "plain")
        assert ("roup: " in result.stdout) == (form != "plain")
    assert shown[0].stderr == shown[1].stderr


@pytest.mark.parametrize("form", ["plain", "markdown", "github", "html", "agent", "json"])
def test_an_apple_report_says_its_group_once(run, form):
    """The report's own JSON has no place for it."""
    report = ROOT / "fixtures" / "traces" / "apple" / "crash.ips"
    result = run("event", report, "-f", ROOT / "fixtures" / "native" / "macho-dsym" / "files", "--grouping", "--format", form)
    assert ("group: " in result.stderr) == (form in {"plain", "json"})
