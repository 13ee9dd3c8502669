"""What packages are made from agrees with the project: versions, dependencies, completions."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from symbolicator import __version__

ROOT = Path(__file__).parent.parent
PACKAGING = ROOT / "packaging"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted():
    """Name and versions of each dependency, without the condition that it has."""
    parts = (re.fullmatch(r"([\w.-]+)(.*)", each.partition(";")[0].strip()) for each in PROJECT["project"]["dependencies"])
    return {plain(part[1]): part[2].strip() for part in parts}


def test_the_conda_recipe_has_the_version_and_the_dependencies():
    recipe = (PACKAGING / "conda" / "recipe.yaml").read_text("utf-8")
    run = recipe[recipe.index("  run:") : recipe.index("tests:")]
    listed = re.findall(r"(?m)(?:- |then: )([\w.-]+) ([<>=\d.,]+)$", run)
    assert {plain(name): versions for name, versions in listed if name != "python"} == wanted()
    assert f'version: "{__version__}"' in recipe
    assert f"- python {PROJECT['project']['requires-python']}" in run
    for each in PROJECT["build-system"]["requires"]:
        assert f"- {each.lower().replace('>=', ' >=')}" in recipe


def test_the_formula_has_the_version():
    formula = (PACKAGING / "homebrew" / "symbolicator.rb").read_text("utf-8")
    assert f"symbolicator-{__version__}.tar.gz" in formula
    assert f'license "{PROJECT["project"]["license"]}"' in formula


def test_what_was_not_run_says_so():
    for name in ("homebrew/symbolicator.rb", "conda/recipe.yaml"):
        assert "It has not been run" in " ".join((PACKAGING / name).read_text("utf-8").replace("#", "").split())


def test_the_wheel_has_the_completions_and_the_page():
    files = [file for listed in PROJECT["tool"]["setuptools"]["data-files"].values() for file in listed]
    assert sorted(files) == sorted(str(path.relative_to(ROOT)) for path in (PACKAGING / "completions").iterdir())
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["symbolicator"]
    held = {path for pattern in patterns for path in (ROOT / "symbolicator").glob(pattern)}
    assert {path for path in (ROOT / "symbolicator" / "service" / "page").rglob("*") if path.is_file()} <= held


def test_the_source_archive_has_what_the_tests_import_and_read():
    grafted = re.findall(r"(?m)^graft (\S+)", (ROOT / "MANIFEST.in").read_text())
    assert {"tests", "fixtures", "docs", "benchmarks", "packaging"} <= set(grafted)


LOADED = {
    "bash": "source {folder}/symbolicator; COMP_WORDS=(symbolicator tr); COMP_CWORD=1; _symbolicator_completion symbolicator; echo ${{COMPREPLY[@]}}",
    "zsh": "autoload -U compinit; compinit -D; fpath=({folder} $fpath); autoload -Uz _symbolicator; _describe() {{ print -l ${{(P)3}} }};"
    " words=(symbolicator tr); CURRENT=2; _symbolicator",
    "fish": "set fish_complete_path {folder}; complete -C 'symbolicator tr'",
}


@pytest.mark.parametrize("shell", LOADED)
@pytest.mark.skipif(os.name == "nt", reason="shells")
def test_the_file_of_a_shell_completes(shell, tmp_path):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    bin = tmp_path / "symbolicator"
    bin.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m symbolicator "$@"\n')
    bin.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    script = LOADED[shell].format(folder=PACKAGING / "completions")
    done = subprocess.run([program, "-c", script], capture_output=True, text=True, env=env, cwd=tmp_path, check=False, timeout=120)
    assert "trace" in done.stdout.replace(":", " ").split(), (done.stdout, done.stderr)
