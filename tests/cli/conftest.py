"""What the command line's tests share: a real build with its crash, and a runner."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator.cli.program import program

ROOT = Path(__file__).parent.parent.parent
CASE = ROOT / "fixtures" / "javascript" / "esbuild-min"


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch, tmp_path):
    """Nothing of the machine's: no cache, no files from the environment, no colours."""
    for name in ("SYMBOLICATOR_FILES", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SYMBOLICATOR_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def build():
    """The folder of a real build: a minified script and its map."""
    return CASE / "files"


@pytest.fixture
def stack():
    """A file with a trace of that build, as Node.js printed it, and the frame it crashed in: (path, function, file and line)."""
    expected = json.loads((CASE / "expected.json").read_text())
    for scenario, truth in expected.items():
        want = truth["frames"][0].get("expected") or {}
        if want.get("function") and want.get("file", "").startswith("src/") and "cause" not in scenario.lower():
            return CASE / "stacks" / f"{scenario}.txt", want["function"].split(".")[-1], f"{want['file']}:{want['line']}"
    raise AssertionError("no scenario with a vouched crash")


@pytest.fixture
def run():
    """Run a command in this process: `run("trace", "-", input=…)`."""

    def run(*arguments, input=None, **options):
        return CliRunner().invoke(program, [str(each) for each in arguments], input=input, **options)

    return run


@pytest.fixture
def process():
    """Run a command in a process of its own; bytes in and out."""

    def process(*arguments, input=b"", env=None, cwd=None):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        command = [sys.executable, "-m", "symbolicator", *map(str, arguments)]
        return subprocess.run(command, input=input, capture_output=True, env=environment, cwd=cwd, check=False, timeout=60)

    return process
