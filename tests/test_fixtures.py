"""Every folder `fixtures/javascript/<case>/` with a `case.toml`, through the library and the command line alike: two doors, one answer."""

import importlib.util
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator, parse_trace
from symbolicator.cli.program import program

FIXTURES = Path(__file__).parent.parent / "fixtures"

_spec = importlib.util.spec_from_file_location("fixtures_score", FIXTURES / "score.py")
scoring = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scoring)

CASES = scoring.cases()


def by_command_line(case, text):
    """The event that `symbolicator trace --format json` gives."""
    result = CliRunner().invoke(program, ["trace", "-", "-f", str(case / "files"), "--no-cache", "--format", "json"], input=text)
    assert result.exit_code in {0, 1}, result.stderr  # 1: none of this scenario's frames is in a file of the build
    return json.loads(result.stdout)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_vouched_frames_come_back_on_their_line_with_their_name(case):
    score = scoring.score(case)
    lines, names = scoring.accepted(case)
    assert score.frames, "expected.json vouches for no frame"
    assert len(score.wrong_lines) <= lines, "\n".join([str(score), *score.wrong_lines])
    assert len(score.wrong_names) <= names, "\n".join([str(score), *score.wrong_names])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_command_line_gives_the_library_s_answer(case):
    with Symbolicator(files=[case / "files"], cache_dir=False) as engine:
        for scenario, text, _ in list(scoring.scenarios(case))[::6]:
            assert by_command_line(case, text) == json.loads(json.dumps(engine.symbolicate(parse_trace(text)))), scenario


def test_there_are_cases():
    assert len(CASES) >= 10
