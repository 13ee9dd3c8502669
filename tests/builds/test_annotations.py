"""What `check` finds, as code scanning and GitHub's workflows read it."""

import json
import re

import pytest
from click.testing import CliRunner

from symbolicator.builds.annotations import github, sarif
from symbolicator.builds.checking import Checked, Trouble
from symbolicator.cli.program import program


@pytest.fixture
def dist(tmp_path, monkeypatch):
    """A build with a script whose map is missing, one that has none of its sources' texts, and one that is fine."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "a b.js").write_text("x();\n//# sourceMappingURL=gone.js.map\n")
    (folder / "bare.js").write_text("y();\n//# sourceMappingURL=bare.js.map\n")
    (folder / "bare.js.map").write_text(json.dumps({"version": 3, "sources": ["src/y.ts"], "names": [], "mappings": "AAAA"}))
    monkeypatch.chdir(tmp_path)
    return "dist"


def run(*arguments):
    return CliRunner().invoke(program, ["check", *arguments])


def test_sarif_has_a_result_for_each_problem_at_its_file(dist):
    result = run(dist, "--format", "sarif")
    assert result.exit_code == 1
    log = json.loads(result.stdout)
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    rules = [rule["id"] for rule in only["tool"]["driver"]["rules"]]
    levels = {}
    for one in only["results"]:
        (place,) = one["locations"]
        assert rules[one["ruleIndex"]] == one["ruleId"]
        assert one["message"]["text"]
        assert place["physicalLocation"]["region"]["startLine"] == 1
        levels[place["physicalLocation"]["artifactLocation"]["uri"]] = one["level"]
    assert levels["dist/a%20b.js"] == "error"
    assert levels["dist/bare.js"] == "warning"
    plain = json.loads(run(dist, "--format", "json").stdout)
    assert len(only["results"]) == sum(len(one["problems"]) for one in plain)


def test_github_gets_a_command_for_each_problem_and_nothing_else(dist):
    result = run(dist, "--format", "github")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert all(re.fullmatch(r"::(error|warning) file=[^,:]+,title=[^,:]+::.+", line) for line in lines)
    assert any(line.startswith("::error file=dist/a b.js,title=symbolicator%3A not-symbolicated::") for line in lines)
    assert any(line.startswith("::warning file=dist/bare.js,") for line in lines)


def test_a_name_ends_no_command_and_a_member_has_its_archive_s_place():
    odd = Checked("up,load%.zip!a\nb:c.js", "script", (Trouble("fail", "no map\n::error::x", "give it"),))
    (line,) = github(odd)
    assert line.startswith(
        "::error file=up%2Cload%25.zip,title=symbolicator%3A not-symbolicated::up,load%25.zip!a%0Ab:c.js: no map%0A::error::x"
    )
    (result,) = sarif([odd])["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "up%2Cload%25.zip"


@pytest.mark.parametrize(
    ("path", "uri"),
    [("./dist/a.js", "dist/a.js"), ("/srv/ü.js", "file:///srv/%C3%BC.js"), ("C:\\b\\a.js", "file:///C:/b/a.js"), ("../a", "../a")],
)
def test_paths_are_uris(path, uri):
    (result,) = sarif([Checked(path, "script", (Trouble("warn", "w", ""),))])["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_fine_build_has_no_result(tmp_path):
    (tmp_path / "a.js.map").write_text(
        json.dumps({"version": 3, "sources": ["a.ts"], "sourcesContent": ["y"], "names": [], "mappings": "AAAA"})
    )
    (tmp_path / "a.js").write_text("y();\n//# sourceMappingURL=a.js.map\n")
    result = run(str(tmp_path), "--format", "sarif")
    assert (result.exit_code, json.loads(result.stdout)["runs"][0]["results"]) == (0, [])
    assert run(str(tmp_path), "--format", "github").stdout == ""
