"""Three doors, one answer: the library, the command line and the service, on every fixture."""

import importlib.util
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator, parse_trace
from symbolicator.cli.program import program
from symbolicator.event.wire import write_json
from symbolicator.service import create_app

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
_spec = importlib.util.spec_from_file_location("fixtures_score", FIXTURES / "score.py")
scoring = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scoring)


def events():
    """(name, files, event, trace): one scenario of each JavaScript case, each native crash, some addresses of each native build."""
    for case in scoring.cases():
        _, text, _ = next(iter(scoring.scenarios(case)))
        yield case.name, [str(case / "files")], parse_trace(text), text
    for path in sorted((FIXTURES / "react-native").glob("*/events/*.json")):
        yield path.stem, [str(path.parent.parent / "files")], json.loads(path.read_text())["event"], None
    for path in sorted((FIXTURES / "react-native").glob("*/*.txt")):
        yield path.stem, [str(path.parent / "files")], parse_trace(path.read_text()), path.read_text()
    for path in sorted((FIXTURES / "native").glob("*/case.json")):
        yield path.parent.name, [str(path.parent / "files")], json.loads(path.read_text())["event"], None
    for path in sorted((FIXTURES / "native").glob("*/expected.json")):
        case = json.loads(path.read_text())
        frames = [{"instruction_addr": look["addr"]} for look in case["lookups"][:3]]
        event = {"platform": "native", "debug_meta": {"images": case["images"]}, "frames": frames}
        yield path.parent.name, [str(path.parent / file) for file in case["files"]], event, None


EVENTS = list(events())


@pytest.mark.parametrize(("files", "event", "trace"), [one[1:] for one in EVENTS], ids=[one[0] for one in EVENTS])
def test_library_command_line_and_service_give_one_answer(files, event, trace):
    with Symbolicator(files=files, cache_dir=False) as engine:
        library = json.loads(json.dumps(engine.symbolicate(event)))
        client = create_app(engine=engine).test_client()
        assert client.post("/symbolicate", data=json.dumps(event)).get_data() == write_json(engine.symbolicate(event))  # to the byte
        options = ["--no-cache", "--format", "json", *(part for file in files for part in ("-f", file))]
        shown = CliRunner().invoke(program, ["event", "-", *options], input=json.dumps(event))
        assert json.loads(shown.stdout) == library
        if trace is not None:
            answer = client.post("/symbolicate/text", data=trace.encode("utf-8", "surrogateescape"))
            assert answer.get_data() == engine.symbolicate_text(trace).encode("utf-8", "surrogateescape")


def test_half_a_surrogate_pair_goes_through_both_doors_alike():
    body = b'{"platform": "native", "frames": [{"function": "a\\ud800b", "instruction_addr": "0x10"}, {"function": "b", "lineno": 3}]}'
    with Symbolicator(files=[], cache_dir=False) as engine:
        answer = create_app(engine=engine).test_client().post("/symbolicate", data=body).get_data()
        assert answer == write_json(engine.symbolicate(json.loads(body)))
        assert b"a\\ud800b" in answer


def test_there_are_fixtures_of_all_kinds():
    assert len(EVENTS) > 50
