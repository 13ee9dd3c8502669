"""docs/problems.md: every type of problem, with an example that is what the code says."""

import re
from pathlib import Path

import pytest

from symbolicator.explain import problem_lines
from symbolicator.model import Status
from symbolicator.problems import ProblemType
from tests.makers import problems

PAGE = (Path(__file__).parent.parent / "docs" / "problems.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_every_type_and_every_status_is_on_the_page():
    assert list(SECTIONS) == [kind.value for kind in ProblemType]
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == {status.value for status in Status}


@pytest.mark.parametrize("kind", ProblemType, ids=lambda kind: kind.value)
def test_the_example_is_what_people_are_told(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problem = next(one for one in getattr(problems, kind.value)() if one.type is kind)
    before, example, remedy = re.fullmatch(r"\n(.+)\n\n```\n(.*)\n```\n\n(.+)\n+", SECTIONS[kind.value], re.DOTALL).groups()
    assert example == "\n".join(problem_lines(problem))
    assert before
    assert remedy
    assert problem.hint
