"""`explain`, `lookup`, `cache`, `transformers`, `doors`."""

import base64
import json
import os
import re
import threading

import pytest

from symbolicator.service import create_app
from symbolicator.service.doors import open_doors
from symbolicator.service.limits import Serving
from symbolicator.settings import Settings

from .conftest import ROOT

# A map of three segments: 1:1 → src/a.ts 1:1, 1:11 → src/a.ts 3:3 (named `total`), 1:31 → nothing.
SOURCE = "export class Cart {\n\ttotal() {\n\t\treturn this.sum;\n\t}\n}\n"
MAP = {"version": 3, "sources": ["src/a.ts"], "sourcesContent": [SOURCE], "names": ["total"], "mappings": "AAAA,UAEEA,oB"}


@pytest.fixture
def one_map(tmp_path):
    path = tmp_path / "app.js.map"
    path.write_text(json.dumps(MAP))
    return path


def test_explain_tells_what_was_found_and_where(run, stack, build):
    result = run("explain", stack[0], "-f", build)
    assert result.exit_code == 0, result.stderr
    assert stack[2] in result.stdout
    assert str(build) in result.stdout


def test_explain_on_a_terminal_is_wrapped_between_words_and_coloured(run, build, monkeypatch):
    monkeypatch.setattr("symbolicator.cli.explain.on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    text = "Error: x\n    at f (/srv/none/of/these/folders/has/this/file/none.js:1:2)\n"
    plain = run("explain", "-", "-f", build, "--color", "never", input=text).stdout
    assert max(map(len, plain.splitlines())) <= 60
    assert "\n        to do: give the folder of the deployed build with -f\n" in plain
    coloured = run("explain", "-", "-f", build, "--color", "always", input=text).stdout
    assert "\x1b[33m  [missing] \x1b[0mf at" in coloured
    assert "\x1b[32m        to do: \x1b[0mgive the folder" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain
    monkeypatch.undo()
    piped = run("explain", "-", "-f", build, input=text).stdout
    assert "".join(piped.split()) == "".join(plain.split())
    assert len(piped.splitlines()) < len(plain.splitlines())


def test_explain_reads_events_and_gives_data(run, build):
    event = '{"platform": "javascript", "frames": [{"abs_path": "gone.js", "lineno": 1, "colno": 5}]}'
    frame = json.loads(run("explain", "-", "-f", build, "--format", "json", input=event).stdout)["frames"][0]
    assert frame["problems"][0]["hint"]


def test_explain_of_neither_trace_nor_event_says_what_to_give(run, build):
    result = run("explain", "-", "-f", build, input="hello\n")
    assert result.exit_code == 1
    assert "one event as JSON" in result.stderr


def test_lookup_counts_from_one_as_people_do(run, one_map):
    result = run("lookup", one_map, "1:11")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "Cart.total at src/a.ts:3:3\n"


def test_lookup_takes_many_positions_and_whole_frames(run, one_map):
    result = run("lookup", one_map, "1:11", "app.js:1:12", "    at x (http://h/app.js:1:13)")
    assert result.stdout == "Cart.total at src/a.ts:3:3\n" * 3


def test_lookup_reads_positions_line_by_line(run, one_map):
    assert run("lookup", one_map, input="1:11\n\n1:12\n").stdout.count("src/a.ts:3:3\n") == 2


def test_lookup_has_addr2line_s_habits(run, one_map):
    assert run("lookup", "-f", "-e", one_map, "1:11").stdout == "Cart.total\nsrc/a.ts:3:3\n"


def test_lookup_where_nothing_maps_keeps_its_line(run, one_map):
    result = run("lookup", one_map, "1:40", "1:11")
    assert result.stdout.splitlines() == ["??:0", "Cart.total at src/a.ts:3:3"]
    assert "1:40: " in result.stderr
    assert run("lookup", one_map, "1:40").exit_code == 1


def test_lookup_of_no_position_is_told(run, one_map):
    result = run("lookup", one_map, "here")
    assert result.exit_code == 1
    assert "'here' is not a position; expected LINE:COLUMN" in result.stderr


def test_lookup_of_line_zero_speaks_of_the_position_that_was_given(run, one_map):
    assert run("lookup", one_map, "0:3").stderr.startswith("symbolicator: '0:3' is not a position; lines count from 1\n")


def test_lookup_of_a_folder_names_no_option_that_lookup_uses_otherwise(run, tmp_path):
    result = run("lookup", tmp_path, "1:1")
    assert result.exit_code == 2
    assert "-f" not in result.stderr.replace(str(tmp_path), "")


def test_lookup_gives_data(run, one_map):
    answer = json.loads(run("lookup", one_map, "1:11", "--format", "json").stdout)
    assert answer["position"] == "1:11"
    assert answer["frames"][0]["lineno"] == 3


def test_lookup_pretty_shows_the_source(run, one_map):
    out = run("lookup", one_map, "1:11", "--format", "pretty", "--context", "1").stdout
    assert out.splitlines()[:4] == ["Cart.total  src/a.ts:3:3", "      2 │ total() {", "    → 3 │     return this.sum;", "        │     ^"]


# the script names its map; it lies beside it; it is inline
@pytest.mark.parametrize("text", ["x\n//# sourceMappingURL=app.js.map?v=1", "x", "inline"])
def test_lookup_of_a_script_finds_its_map(run, one_map, text):
    script = one_map.with_suffix("")
    if text == "inline":
        one_map.unlink()
        text = "x\n//# sourceMappingURL=data:application/json;base64," + base64.b64encode(json.dumps(MAP).encode()).decode()
    script.write_text(text)
    assert run("lookup", script, "1:11").stdout == "Cart.total at src/a.ts:3:3\n"


def test_lookup_of_a_script_without_map_says_where_it_looked(run, tmp_path):
    (tmp_path / "app.js").write_text("x()")
    result = run("lookup", tmp_path / "app.js", "1:1")
    assert result.exit_code == 1
    assert "app.js.map" in result.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
def test_lookup_reads_a_map_from_a_pipe(run, one_map, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(one_map.read_bytes()))
    writer.start()
    assert run("lookup", pipe, "1:11").stdout == "Cart.total at src/a.ts:3:3\n"
    writer.join()


def test_lookup_of_a_damaged_map_says_so(run, one_map):
    one_map.write_text('{"version": 3, "mappings": ')
    result = run("lookup", one_map, "1:1")
    assert result.exit_code == 1
    assert "app.js.map" in result.stderr


def test_the_cache_is_warmed_told_trimmed_and_cleared(run, build, tmp_path):
    assert "compiled in" in run("cache", "warm", build).stdout
    held = json.loads(run("cache", "info", "--format", "json").stdout)
    assert held["entries"] >= 1
    assert held["folder"] == str(tmp_path / "cache")
    assert " files" in run("cache", "info").stdout or " file," in run("cache", "info").stdout
    assert "0 bytes left" in run("cache", "trim", "--max-size", "0").stdout
    run("cache", "warm", build)
    assert run("cache", "clear").exit_code == 0
    assert json.loads(run("cache", "info", "--format", "json").stdout)["entries"] == 0


def test_the_cache_folder_can_be_named(run, build, tmp_path):
    run("cache", "warm", build, "--cache-dir", tmp_path / "mine")
    assert json.loads(run("cache", "info", "--cache-dir", tmp_path / "mine", "--format", "json").stdout)["entries"] >= 1


def test_warming_tells_of_maps_that_cannot_be_read(run, one_map, tmp_path):
    (tmp_path / "bad.js.map").write_text('{"version": 3, "sources": ["a"], "names": [], "mappings": "AAAA"')
    result = run("cache", "warm", tmp_path)
    assert result.exit_code == 1
    assert "bad.js.map" in result.stderr


# units as people write them
@pytest.mark.parametrize(
    ("text", "size"), [("500M", 500_000_000), ("2G", 2_000_000_000), ("1.5GiB", 1_610_612_736), ("1000", 1000), ("3kb", 3000)]
)
def test_sizes_are_read_as_people_write_them(text, size):
    from symbolicator.cli.sizes import Size

    assert Size().convert(text, None, None) == size


def test_a_wrong_size_is_told(run):
    result = run("cache", "trim", "--max-size", "much")
    assert result.exit_code == 2
    assert "500M" in result.stderr


def test_transformers_are_told_in_order_with_their_place(run):
    out = run("transformers").stdout
    assert out.startswith("1. ")
    assert "symbolicator.transformers.javascript:JavaScript" in out


NATIVE = ROOT / "fixtures" / "native"


def _native_frame(run, folder):
    """The first address of a native fixture, traced with what is in the cache; and how much is there afterwards."""
    case = json.loads((folder / "expected.json").read_text())
    look = next(one for one in case["lookups"] if one["kind"] == "row")
    event = {"platform": "native", "debug_meta": {"images": case["images"]}, "frames": [{"instruction_addr": look["addr"]}]}
    out = run("event", "-", "-f", folder / "files", input=json.dumps(event))
    assert json.loads(out.stdout)["frames"][-1]["function"]
    return json.loads(run("cache", "info", "--format", "json").stdout)["entries"]


# one file; a program with .dwo files; a stripped program with its debug file elsewhere; dwz's common file
@pytest.mark.parametrize("case", ["gcc-dwarf5", "gcc-split-dwo5", "stripped-debuglink", "dwz-multi"])
def test_a_warm_cache_holds_all_that_native_frames_ask_for(run, case):
    result = run("cache", "warm", NATIVE / case / "files", "--jobs", "2")
    assert result.exit_code == 0, result.stderr
    assert "native file" in result.stdout
    warm = json.loads(run("cache", "info", "--format", "json").stdout)["entries"]
    assert _native_frame(run, NATIVE / case) == warm


def test_warming_in_processes_does_the_same(run, monkeypatch, tmp_path):
    monkeypatch.setattr("symbolicator.cli.warming._WORTH_A_PROCESS", 0)
    (tmp_path / "bad.map").write_text('{"version": 3, "sources": ["a"], "names": [], "mappings": "AAAA"')
    result = run("cache", "warm", NATIVE / "gcc-split-dwo5" / "files", tmp_path, "--jobs", "2")
    assert result.exit_code == 1
    assert "bad.map" in result.stderr
    before = json.loads(run("cache", "info", "--format", "json").stdout)["entries"]
    assert _native_frame(run, NATIVE / "gcc-split-dwo5") == before


def test_warming_tells_of_native_files_that_cannot_be_read(run, tmp_path):
    whole = (NATIVE / "gcc-dwarf5" / "files" / "apiary").read_bytes()
    (tmp_path / "good").write_bytes(whole)
    (tmp_path / "bad.map").write_text('{"version": 3, "sources": ["a"], "names": [], "mappings": "AAAA"')
    result = run("cache", "warm", tmp_path)
    assert result.exit_code == 1
    assert result.stdout.startswith("1 of 2 compiled")
    assert "bad.map" in result.stderr


def test_warming_a_folder_without_any_says_what_to_give(run, tmp_path):
    result = run("cache", "warm", tmp_path)
    assert result.exit_code == 1
    assert "files ls" in result.stderr


# with a line, as a stack trace has it, without a line
@pytest.mark.parametrize(
    ("position", "place"), [("k.c:2", "Till.java:51"), ("\tat k.c(SourceFile:2)", "Till.java:51"), ("k.c", "Till.java")]
)
def test_lookup_answers_methods_of_a_mapping(run, tmp_path, position, place):
    (tmp_path / "mapping.txt").write_text("shop.Till -> k:\n    1:3:void open():51 -> c\n")
    result = run("lookup", tmp_path / "mapping.txt", position)
    assert (result.exit_code, "open" in result.stdout, place in result.stdout) == (0, True, True)


def test_lookup_of_a_method_that_a_mapping_does_not_know_speaks_of_mappings(run, tmp_path):
    (tmp_path / "mapping.txt").write_text("shop.Till -> k:\n    1:3:void open():51 -> c\n")
    result = run("lookup", tmp_path / "mapping.txt", "k.zz:3")
    assert result.exit_code == 1
    assert "give the mapping of exactly that build" in result.stderr
    assert "column" not in result.stderr


def test_doors_are_told_with_who_may_ask(run, monkeypatch):
    monkeypatch.delenv("SYMBOLICATOR_TOKEN", raising=False)
    out = run("doors").stdout
    assert "debuginfod\n" in out
    assert re.search(r"POST /symbolicate +this machine\n", out)
    assert re.search(r"POST /symbolicate/v5 +this machine; pages: https://profiler\.firefox\.com and this machine's\n", out)
    assert "OPTIONS" not in out
    told = json.loads(run("doors", "--host", "0.0.0.0", "--token", "s3cret", "--format", "json").stdout)
    who = {(one["method"], one["path"]): (one["who"], one["pages"]) for one in told}
    assert who["POST", "/symbolicate"] == ("the token", "")
    assert who["POST", "/symbolicate/v5"] == ("the token", "any, with the token in the path")
    assert who["GET", "/health"] == ("anybody", "")
    assert "s3cret" not in str(told)
    monkeypatch.setenv("SYMBOLICATOR_TOKEN", "s3cret")
    assert re.search(r"GET  /buildid/\{id\}/debuginfo +the token\n", run("doors").stdout)


def test_every_door_that_asks_for_the_token_is_told_so():
    """What `doors` says is what the service does."""
    client = create_app(Settings(cache_dir=False), token="s3cret").test_client()
    for one in open_doors(Serving(token="s3cret")):
        path = re.sub(r"\{\w+\}", "ab12", one.path)
        assert (client.open(path, method=one.method).status_code == 401) is (one.who != "this machine"), path


# each command with what it is refused
@pytest.mark.parametrize("command", [("info",), ("clear",), ("trim", "--max-size", "1M")])
def test_a_cache_that_may_not_be_read_is_a_usage_error(run, tmp_path, monkeypatch, command):
    # Root may read all: the system's answer to anybody else.
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    result = run("cache", *command, "--cache-dir", tmp_path)
    assert result.exit_code == 2
    assert f"'{tmp_path}': permission denied; give this user the right to it" in result.stderr


def test_warming_a_cache_that_cannot_be_written_fails(run, build, tmp_path):
    (tmp_path / "file").write_text("x")
    result = run("cache", "warm", build, "--cache-dir", tmp_path / "file" / "cache")
    assert result.exit_code == 2
    assert "cannot be written: File exists; make it writable" in result.stderr
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    result = run("cache", "warm", build, "--cache-dir", shared)
    assert result.exit_code == 2
    assert "it is no folder of this user's alone" in result.stderr
