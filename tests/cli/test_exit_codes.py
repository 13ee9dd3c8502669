"""The exit codes of `trace` and `event`, and the counts that they go by."""

import json
import re

import pytest

from symbolicator import Settings, Symbolicator, parse_trace
from symbolicator.debugfiles import compression
from symbolicator.errors import MalformedArtifact, NothingToDo
from symbolicator.rendering.tally import outcome_of
from symbolicator.service import create_app
from tests.cli.conftest import ROOT

ENGINE = "TypeError: x is no more\n    at Array.map (<anonymous>)\n"
STRANGE = (
    "Error: y\n    at f (https://cdn.example/none.js:1:30)\n    at Array.map (<anonymous>)\n    at g (https://cdn.example/none.js:1:44)\n"
)
WRONG = ROOT / "fixtures" / "native" / "crash-wrong-debug"


@pytest.fixture
def crash(stack):
    return stack[0].read_text()


def codes(run, build, text):
    """The exit codes without and with `--exit-code detailed`."""
    plain = run("trace", "-", "-f", build, input=text)
    return plain.exit_code, run("trace", "-", "-f", build, "--exit-code", "detailed", input=text).exit_code


def test_a_trace_that_is_whole_ends_with_0(run, build, crash):
    assert codes(run, build, crash) == (0, 0)


def test_some_frames_without_files_are_told_only_where_it_is_asked_for(run, build, crash):
    assert codes(run, build, crash + STRANGE) == (0, 3)


def test_nothing_symbolicated_is_1_in_both(run, build):
    assert codes(run, build, STRANGE) == (1, 1)
    assert codes(run, build, ENGINE) == (1, 1)


# a text without a frame; nothing at all
@pytest.mark.parametrize("text", ["no problems\n", "\n"])
def test_no_trace_is_told_from_nothing_symbolicated(run, build, text):
    assert codes(run, build, text) == (1, 5)


def test_no_event_is_no_trace(run, build):
    assert run("event", "-", "-f", build, "--exit-code", "detailed", input='{"frames": []}').exit_code == 5
    assert run("event", "-", "-f", build, "--exit-code", "detailed", input="").exit_code == 5


def test_a_file_of_another_build_has_a_code_of_its_own(run):
    event = json.dumps(json.loads((WRONG / "case.json").read_text())["event"])
    arguments = ("event", "-", "-f", WRONG / "files")
    assert run(*arguments, input=event).exit_code == 1
    assert run(*arguments, "--exit-code", "detailed", input=event).exit_code == 4


def test_words_in_a_file_s_name_do_not_make_it_another_build_s(run, tmp_path):
    """The field of the problem decides, not its text."""
    text = "Error: y\n    at f (https://cdn.example/is from another build.js:1:30)\n"
    (tmp_path / "none").mkdir()
    assert codes(run, tmp_path / "none", text) == (1, 1)


def test_every_problem_that_says_another_build_has_the_field(run):
    event = json.dumps(json.loads((WRONG / "case.json").read_text())["event"])
    out = json.loads(run("event", "-", "-f", WRONG / "files", input=event).stdout)
    saying = [one for one in out["errors"] if "is from another build" in one["detail"]]
    assert saying
    assert all(one["another_build"] is True for one in saying)


def test_what_this_python_cannot_inflate_is_not_of_another_build(monkeypatch):
    monkeypatch.setattr(compression, "zstandard", lambda: None)
    with pytest.raises(MalformedArtifact) as raised:
        compression.inflate(memoryview(b""), compression.ZSTD, 1, compression.Budget(1))
    frame = {"data": {"symbolicator_status": "malformed", "problems": [{"detail": f"lib.so.debug {raised.value}"}]}}
    outcome = outcome_of({"stacktrace": {"frames": [frame]}})
    assert (outcome.lacking, outcome.foreign) == (1, 0)


def test_events_in_lines_are_counted_together(run, build, crash):
    read = run("trace", "-", "-f", build, "--format", "json", input=crash).stdout
    strange = json.dumps({"platform": "javascript", "frames": [{"abs_path": "https://cdn.example/none.js", "lineno": 1, "colno": 30}]})
    assert run("event", "-", "-f", build, input=strange).exit_code == 1
    assert run("event", "-", "-f", build, "--exit-code", "detailed", input=strange).exit_code == 1
    raw = {"platform": "javascript", "frames": json.loads(read)["exception"]["values"][-1]["raw_stacktrace"]["frames"]}
    lines = json.dumps(raw) + "\n" + strange + "\n"
    assert run("event", "-", "-f", build, input=lines).exit_code == 0
    assert run("event", "-", "-f", build, "--exit-code", "detailed", input=lines).exit_code == 3


def test_a_log_that_is_followed_ends_with_the_same_codes(process, build, crash):
    for text, code in ((crash, 0), (crash + STRANGE, 3), (STRANGE, 1), ("no problems\n", 5)):
        assert process("trace", "-f", build, "--exit-code", "detailed", input=text.encode()).returncode == code


def test_the_help_has_the_codes(run):
    for command in ("trace", "event"):
        assert "3 some frames lack files" in run(command, "--help").stdout


def test_one_trace_has_one_count(run, build, crash):
    page = run("trace", "-", "-f", build, "--format", "pretty", input=STRANGE)
    words = "none of the 2 frames that need your files could be symbolicated"
    assert f"{words}; 1 needs no file of yours" in " ".join(page.stdout.split())
    assert "none" not in page.stderr  # the page has said it
    assert "matches the trace" in page.stderr
    assert words in run("trace", "-", "-f", build, "--format", "plain", input=STRANGE).stderr
    page = run("trace", "-", "-f", build, "--format", "pretty", input=crash + STRANGE)
    counts = re.search(
        r"(\d+) of (\d+) frames that need .* symbolicated(?:; (\d+) w\w+ readable already)?(?:; (\d+) need)?", " ".join(page.stdout.split())
    )
    lacking, *rest = (int(number or 0) for number in counts.groups())
    assert lacking == 2
    event = json.loads(run("trace", "-", "-f", build, "--format", "json", input=crash + STRANGE).stdout)
    assert sum(rest) == sum(len(value["stacktrace"]["frames"]) for value in event["exception"]["values"])


def test_independent_errors_are_shown_in_the_order_of_the_text(run):
    trace = ROOT / "fixtures" / "traces" / "native" / "address-freed.txt"
    for command in (("trace", trace, "--format", "pretty"), ("explain", trace)):
        page = run(*command, "-f", ROOT / "fixtures" / "traces" / "v8").stdout
        at = [page.index(words) for words in ("0x5555555566d6", "0x7ffff78ba038", "0x7ffff78b9628")]
        assert at == sorted(at), page


PYTHON = """Traceback (most recent call last):
  File "/srv/app/main.py", line 12, in main
    f()
  File "/srv/app/cart.py", line 3, in f
    raise ValueError("x")
ValueError: x
"""
RUBY = "/srv/cart.rb:12:in `total': no price (NoMethodError)\n\tfrom /srv/cart.rb:40:in `block in sum'\n\tfrom /srv/run:3:in `<main>'\n"
PHP = "PHP Fatal error:  Uncaught Exception: x in /srv/a.php:12\nStack trace:\n#0 /srv/b.php(40): Cart->total(1)\n#1 {main}\n"
PERL = "no price at cart.pl line 3.\n\tmain::total(1) called at cart.pl line 9\n"
ELIXIR = "** (KeyError) no price\n    (shop 0.1.0) lib/shop/cart.ex:12: Shop.Cart.total/1\n"


@pytest.mark.parametrize(("language", "text"), [("Python", PYTHON), ("Ruby", RUBY), ("PHP", PHP), ("Perl", PERL), ("Elixir", ELIXIR)])
def test_a_trace_that_is_readable_as_it_is_ends_with_0(run, process, build, language, text):
    assert codes(run, build, text) == (0, 0)
    result = run("trace", "-", "-f", build, input=text)
    assert (result.stdout, f"a trace of {language}" in result.stderr) == (text, True)
    followed = process("trace", "-f", build, input=text.encode())
    assert (followed.returncode, followed.stdout.decode()) == (0, text)
    # there is no event to give
    assert run("trace", "-", "-f", build, "--format", "json", input=text).exit_code == 1


@pytest.mark.parametrize("platform", ["python", "ruby", "php", "go", "elixir"])
def test_events_of_languages_that_report_their_source_are_readable_already(run, build, platform):
    frames = [{"function": "main", "filename": "a/main.x", "lineno": 12}, {"function": "run", "filename": "[internal]", "lineno": 0}]
    event = json.dumps({"platform": platform, "stacktrace": {"frames": frames}})
    result = run("event", "-", "-f", build, "--exit-code", "detailed", input=event)
    assert result.exit_code == 0, result.stderr
    own, internal = json.loads(result.stdout)["stacktrace"]["frames"]
    assert own["data"]["symbolicator_status"] == "symbolicated"
    assert internal["data"] == {"symbolicator_status": "raw", "no_file": "no_place", "raw_index": 1}
    outcome = outcome_of(json.loads(result.stdout))
    assert (outcome.symbolicated, outcome.lacking, outcome.readable) == (0, 0, 1)


def test_an_unknown_platform_s_frames_may_be_generated_code(run, build):
    event = json.dumps({"platform": "acme", "stacktrace": {"frames": [{"filename": "a.x", "lineno": 12}]}})
    assert run("event", "-", "-f", build, input=event).exit_code == 1


def test_every_door_says_that_there_is_nothing_to_do(run, build):
    told = "a trace of Python names files and lines of the source itself"
    assert told in run("explain", "-", "-f", build, input=PYTHON).stderr
    assert told in run("trace", "-", "-f", build, "--format", "agent", input=PYTHON).stderr
    with pytest.raises(NothingToDo, match=told):
        parse_trace(PYTHON)
    answer = create_app(Settings(files=build)).test_client().post("/symbolicate/text", data=PYTHON)
    assert (answer.status_code, told in answer.text) == (400, True)
    with Symbolicator(build, cache_dir=False) as engine:
        assert engine.symbolicate_text(PYTHON) == PYTHON
