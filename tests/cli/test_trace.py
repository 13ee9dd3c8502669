"""`symbolicator trace`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_a_trace_comes_out_readable(run, stack, build):
    path, function, place = stack
    result = run("trace", path, "-f", build)
    assert result.exit_code == 0, result.stderr
    assert function in result.stdout
    assert place in result.stdout


def test_a_log_around_the_trace_passes_through_byte_for_byte(process, stack, build):
    path, _, place = stack
    log = b"\xff\xfe caf\xe9 \r\n2026 started\x00\n" + path.read_bytes().rstrip(b"\n") + b"\r\nlast line without an end \xc3"
    result = process("trace", "-f", build, input=log[2:])
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(log[2:].partition(b"    at ")[0])
    assert result.stdout.endswith(b"\r\nlast line without an end \xc3")
    assert place.encode() in result.stdout


def test_json_is_the_event(run, stack, build):
    result = run("trace", stack[0], "-f", build, "--format", "json")
    event = json.loads(result.stdout)
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert frame["data"]["symbolicator_status"] == "symbolicated"
    assert frame["context_line"]


def test_context_is_what_was_asked_for(run, stack, build):
    event = json.loads(run("trace", stack[0], "-f", build, "--format", "json", "--context", "1").stdout)
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert len(frame["pre_context"]) == len(frame["post_context"]) == 1


def test_release_and_dist_are_the_event_s(run, stack, build):
    event = json.loads(run("trace", stack[0], "-f", build, "--format", "json", "--release", "shop@1", "--dist", "7").stdout)
    assert (event["release"], event["dist"]) == ("shop@1", "7")


def test_in_app_is_what_the_user_says(run, stack, build):
    event = json.loads(run("trace", stack[0], "-f", build, "--format", "json", "--in-app", "nothing/of/this").stdout)
    assert not any(frame["in_app"] for frame in event["exception"]["values"][-1]["stacktrace"]["frames"])


def test_files_come_from_the_environment_without_f(run, stack, build, monkeypatch):
    monkeypatch.setenv("SYMBOLICATOR_FILES", str(build))
    assert stack[2] in run("trace", stack[0]).stdout


@pytest.mark.parametrize("inside", ["", "dist"])  # maps in this folder; in the build folder in it
def test_the_current_folder_is_used_where_it_holds_maps_and_said(run, stack, build, monkeypatch, tmp_path, inside):
    here = tmp_path / "project"
    (here / inside).mkdir(parents=True)
    for file in build.iterdir():
        (here / inside / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(here)
    result = run("trace", stack[0])
    assert stack[2] in result.stdout
    assert "no -f given: using the maps in " + (inside or "this folder") in result.stderr


def test_without_files_it_says_to_name_them(run, stack, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = run("trace", stack[0])
    assert result.exit_code == 1
    assert result.stdout == stack[0].read_text()
    assert "-f dist/" in result.stderr


def test_a_folder_without_maps_is_told(run, stack, tmp_path):
    (tmp_path / "readme.txt").write_text("hello")
    result = run("trace", stack[0], "-f", tmp_path)
    assert result.exit_code == 1
    assert f"found no source map, mapping or debug file in {tmp_path}: have the build write them" in result.stderr


def test_a_text_without_frames_passes_through_and_says_what_to_paste(run, build):
    result = run("trace", "-", "-f", build, input="no problems\n")
    assert result.exit_code == 1
    assert result.stdout == "no problems\n"
    assert result.stderr.startswith("symbolicator: no stack frame found in the text; paste the whole trace")


def test_an_event_is_sent_to_its_own_command(run, build):
    assert "symbolicator event" in run("trace", "-", "-f", build, input='{"frames": []}').stderr


def test_an_empty_file_is_told(run, tmp_path, build):
    (tmp_path / "empty.txt").write_bytes(b" \n")
    result = run("trace", tmp_path / "empty.txt", "-f", build)
    assert result.exit_code == 1
    assert "empty.txt is empty; it must contain a stack trace" in result.stderr


def test_a_missing_file_is_told_with_its_neighbours(run, tmp_path):
    (tmp_path / "crash.txt").write_text("x")
    result = run("trace", tmp_path / "crahs.txt")
    assert result.exit_code == 2
    assert "similar names: " in result.stderr
    assert str(tmp_path / "crash.txt") in result.stderr


def test_a_folder_as_file_is_told_where_it_belongs(run, build):
    result = run("trace", build)
    assert result.exit_code == 2
    assert f"-f {build}" in result.stderr


# ELF; zip; anything with many zero bytes
@pytest.mark.parametrize("content", [b"\x7fELF\x02\x01\x01", b"PK\x03\x04rest", b"abc" + bytes(100)])
def test_a_binary_is_told(run, tmp_path, content):
    (tmp_path / "a.bin").write_bytes(content)
    result = run("trace", tmp_path / "a.bin")
    assert result.exit_code == 2
    assert "not text" in result.stderr


def test_what_powershell_wrote_is_read(process, stack, build):
    result = process("trace", "-f", build, input=b"\xff\xfe" + stack[0].read_text().encode("utf-16-le"))
    assert stack[2].encode() in result.stdout


def test_a_wrong_files_path_is_a_usage_error(run, stack):
    result = run("trace", stack[0], "-f", "no/such/folder")
    assert result.exit_code == 2
    assert "'no/such/folder' does not exist" in result.stderr


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_files_that_may_not_be_read_are_a_usage_error(run, stack, tmp_path, monkeypatch, kind):
    given = tmp_path / "given"
    given.mkdir() if kind == "folder" else given.write_text("x")
    # Root may read all: the system's answer to anybody else.
    wanted = os.R_OK | os.X_OK if kind == "folder" else os.R_OK
    monkeypatch.setattr(os, "access", lambda path, mode: not (path == str(given) and mode == wanted))
    result = run("trace", stack[0], "-f", given)
    assert result.exit_code == 2
    assert f"-f: '{given}' cannot be read: permission denied; make it readable" in result.stderr


# each with the word that says what to do
@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--fles", "x"], "--files"),  # a slip of the finger
        (["--context", "many"], "--context"),  # not a number
        (["--path-map", "nonsense"], "FROM=TO"),  # no equals sign
        (["--path-map", "a=/no/such/folder"], "no folder"),  # nowhere
        (["--transformer", "cobol"], "installed:"),  # not installed
        (["--no-cache", "--cache-dir", "x"], "give one of them"),  # both
        (["--format", "xml"], "pretty"),  # unknown
    ],
)
def test_wrong_options_end_with_2_and_what_to_try(run, stack, build, options, word):
    result = run("trace", stack[0], "-f", build, *options)
    assert result.exit_code == 2
    assert word in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_path_map_finds_sources_elsewhere(run, build, stack, tmp_path):
    result = run("trace", stack[0], "-f", build, "--path-map", f"webpack://shop/={tmp_path}")
    assert result.exit_code == 0


def test_a_line_too_long_to_read_is_reported_on_stderr_and_by_the_exit_code(run, stack, build):
    path, function, _ = stack
    lines = path.read_text().splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if line.startswith("    at "))
    lines.insert(first + 1, f"    at {'g' * 20_000} (/srv/a.js:1:2)\n")
    for form in ("plain", "pretty", "json"):
        result = run("trace", "-", "-f", build, "--format", form, input="".join(lines))
        assert (result.exit_code, function in result.stdout) == (1, True)
        assert "1 lines within stacks were not read" in result.stderr


def test_a_log_of_more_than_a_thousand_stacks_comes_back_whole(run, stack, build):
    path, function, _ = stack
    result = run("trace", "-", "-f", build, input=f"{path.read_text()}\nrequest failed\n" * 1_100)
    assert (result.exit_code, result.stdout.count(f"at {function} ") >= 1_100 or result.stdout.count(function) >= 1_100) == (0, True)


@pytest.mark.parametrize(
    ("redirect", "reason"), [(">&-", b"standard output is closed"), ("<&-", b"standard input is empty"), ("2>&-", b"")]
)
def test_a_program_started_with_a_closed_stream_says_so_and_ends(build, redirect, reason):
    command = f'exec "$0" -m symbolicator trace - -f "$1" {redirect}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, build], input=b"Error: x\n    at f (nowhere.js:1:2)\n", capture_output=True, check=False
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (1, False)
    assert reason in done.stderr


def test_a_script_given_alone_brings_the_map_that_lies_beside_it(run, stack, build):
    path, function, place = stack
    [script] = build.rglob("*.js")
    result = run("trace", path, "-f", script)
    assert result.exit_code == 0, result.stderr
    assert function in result.stdout
    assert place in result.stdout


def test_bounds_are_wide_and_can_be_set(run, build, stack):
    trace = Path(stack[0]).read_text()
    frame = next(line for line in trace.splitlines() if line.lstrip().startswith("at "))
    many = "Error: many\n" + f"{frame}\n" * 12_000
    assert frame not in run("trace", "-f", build, input=many).stdout
    bounded = run("trace", "-f", build, "--bound", "frames=2", input=trace)
    assert "`frames`, 2" in bounded.stderr
    cut = run("trace", "-f", build, "--bound", "lines=2", input=many)
    assert cut.stdout.endswith(f"{frame}\n" * 11_998 + "")
    assert "`lines`, 2" in cut.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [("frame=2", "frames, images"), ("frames=x", "not a number"), ("seconds=x", "not a number"), ("frames=0", "positive")],
)
def test_a_bound_that_is_none_is_refused(run, build, stack, given, said):
    result = run("trace", stack[0], "-f", build, "--bound", given)
    assert result.exit_code == 2
    assert said in result.stderr


def test_frames_of_the_engine_are_not_counted_among_those_that_did_not_come_back(run, tmp_path):
    (tmp_path / "other.js.map").write_text('{"version":3,"sources":["a.js"],"names":[],"mappings":"AAAA"}')
    trace = "Error: x\n    at f (/srv/app.js:1:20)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n"
    result = run("trace", "-", "-f", tmp_path, input=trace)
    assert result.exit_code == 1
    assert "the only frame that needs your files could not be symbolicated" in result.stderr


def test_a_trace_of_the_engines_own_frames_alone_has_nothing_to_symbolicate(run, build):
    result = run("trace", "-", "-f", build, input="TypeError: x is no more\n    at Array.map (<anonymous>)\n")
    assert result.exit_code == 1
    assert "all are the engine's own" in result.stderr
    assert "Array.map (<anonymous>)" in result.stdout


def test_a_trace_that_was_readable_as_it_came_is_no_failure(run, build, stack):
    once = run("trace", stack[0], "-f", build)
    assert once.exit_code == 0
    twice = run("trace", "-", "-f", build, input=once.stdout)
    assert (twice.exit_code, twice.stdout) == (0, once.stdout), twice.stderr
