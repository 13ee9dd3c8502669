"""The pages of docs/: their commands and examples do what they show, and no link leads nowhere."""

import ast
import doctest
import json
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
import pytest

from symbolicator import parse_trace
from symbolicator.cli.program import program
from symbolicator.service.logs import JsonLines
from tests.makers.builds import build

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FIXTURES = ROOT / "fixtures"
SCRIPTS = FIXTURES / "javascript" / "esbuild-min"
COMMAND = re.compile(r"(?m)^\$ (.+)\n((?:(?!\$ |```).*\n)*)")


def terminal(folder):
    crash = (SCRIPTS / "stacks" / "aggregate.txt").read_text()
    (folder / "crash.txt").write_text(crash)
    (folder / "app.log").write_text(f"12:00:01 request 7\n{crash}12:00:02 request 8\n")
    shutil.copytree(SCRIPTS / "files", folder / "dist")


def pipeline(folder):
    terminal(folder)
    event = json.dumps(parse_trace((SCRIPTS / "stacks" / "getterThrows.txt").read_text()))
    (folder / "events.jsonl").write_text(f"{event}\n" * 40)


def mobile(folder):
    of = {
        "android": ("jvm/repackaged", "stacks/wrapped.txt"),
        "ios": ("react-native/harbour-ios", "reports/signal.ips"),
        "react-native": ("react-native/harbour", "javascript-exception.txt"),
        "flutter": ("dart", "traces/android-arm64.txt"),
    }
    for app, (case, crash) in of.items():
        shutil.copytree(FIXTURES / case / "files", folder / app / "build")
        shutil.copy(FIXTURES / case / crash, folder / app / f"crash{Path(crash).suffix}")
    shutil.copytree(FIXTURES / "dotnet" / "release" / "files", folder / "maui" / "build")
    (folder / "maui" / "crash.txt").write_text("System.Exception: x\n\tat Harbour.Tide.LevelAsync + 0x83(Unknown Source)\n")


def embedded(folder):
    shutil.copy(FIXTURES / "native/cross-thumb/files/smoker", folder / "firmware.elf")
    shutil.copy(FIXTURES / "traces/native/files/apiary", folder / "server")
    for name, text in re.findall(r"^\$ cat (\S+)\n((?:(?!\$ ).*\n)+)", (DOCS / "embedded.md").read_text("utf-8"), re.MULTILINE):
        (folder / name).write_text(text)
    images = [{"type": "elf", "code_file": "/opt/apiary/server", "image_addr": "0x555555554000", "image_size": 20480}]
    event = {"platform": "native", "images": images, "frames": [{"instruction_addr": "0x5555555560fe"}]}
    (folder / "server.json").write_text(json.dumps(event))


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
@pytest.mark.parametrize("made", [terminal, pipeline, mobile, embedded], ids=lambda made: made.__name__)
def test_the_commands_of_a_page_do_what_they_show(made, tmp_path):
    made(tmp_path)
    tools = tmp_path.parent / f"{tmp_path.name}-tools"
    tools.mkdir()
    (tools / "symbolicator").write_text(f'#!/bin/sh\nexec {sys.executable} -m symbolicator "$@"\n')
    (tools / "symbolicator").chmod(0o755)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SYMBOLICATOR_")},
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "SYMBOLICATOR_CACHE_DIR": str(tools / "cache"),
    }
    examples = COMMAND.findall((DOCS / f"{made.__name__}.md").read_text("utf-8"))
    assert len(examples) > 3
    for command, shown in examples:
        done = subprocess.run(
            ["/bin/sh", "-c", command], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False, timeout=120
        )
        out, at = done.stdout + done.stderr, 0
        for line in filter(str.strip, shown.splitlines()):
            if line != "…":
                assert line in out[at:], f"{command}\n{out}"
                at = out.index(line, at) + len(line)
        assert shown or not done.stderr, f"{command}\n{done.stderr}"


def test_the_examples_for_python_are_true(tmp_path, monkeypatch):
    build(tmp_path / "dist")
    (tmp_path / "crash.txt").write_text("Error: sold out\n    at a.total (https://shop.example/app.js:1:35)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYMBOLICATOR_CACHE_DIR", str(tmp_path / "cache"))
    done = doctest.testfile(str(DOCS / "library.md"), module_relative=False, encoding="utf-8")
    assert done.attempted > 10
    assert not done.failed


def anchors(page):
    """The anchors that a host makes of a page's headings."""
    heads = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there.read_text("utf-8")), target


def test_every_page_is_in_the_index():
    index = (DOCS / "README.md").read_text("utf-8")
    assert [page.name for page in DOCS.glob("*.md") if page.name != "README.md" and f"({page.name})" not in index] == []


OPERATING = (DOCS / "operating.md").read_text("utf-8")


def section(page, heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL).group(1)


def test_every_metric_and_its_labels_are_described():
    from symbolicator.service.metrics import Metrics

    metrics = {}
    for one in vars(Metrics()).values():
        if hasattr(one, "describe"):
            (family,) = one.describe()
            metrics[family.name + ("_total" if family.type == "counter" else "")] = set(one._labelnames)
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", section(OPERATING, "Metrics"), re.MULTILINE)
    assert {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows} == metrics


def test_every_field_of_the_log_is_described():
    fields = set()
    for path in sorted((ROOT / "symbolicator" / "service").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "log_request":
                fields |= {keyword.arg for keyword in node.keywords}
    record = logging.LogRecord("symbolicator.service", logging.ERROR, "", 0, "m", (), (ValueError, ValueError("x"), None))
    fields |= {"request_id"} | json.loads(JsonLines().format(record)).keys()
    cells = re.findall(r"^\| (.*?) \|", section(OPERATING, "Log"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(cells))) == fields


def test_a_new_build_is_seen_as_soon_as_the_pages_say():
    from symbolicator.artifacts.directory import LOOK_AGAIN

    assert LOOK_AGAIN == 2.0
    assert "within three seconds" in (DOCS / "pipeline.md").read_text("utf-8")


def shown_commands(page):
    """The arguments of each `symbolicator …` in a page's blocks and code."""
    text = page.read_text("utf-8")
    lines = [
        line
        for block in re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    lines += re.findall(r"`([^`\n]*symbolicator [a-z][^`\n]*)`", text)
    for line in lines:
        found = re.search(r"(?:^(?:\$ )?|\| )symbolicator ((?!.*…)[a-z].*)", line)
        if found and not re.search(r"\b(?:COMMAND|FILE|PATH)\b|\[", found[1]):
            words = shlex.split(found[1], comments=True)
            yield words[: next((at for at, word in enumerate(words) if word[0] in "|><&"), None)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_exist_as_they_are_written(page):
    for words in shown_commands(page):
        command, arguments = program, list(words)
        while isinstance(command, click.Group) and arguments:
            name = arguments.pop(0)
            command = command.get_command(click.Context(command), name)
            assert command is not None, words
        if not isinstance(command, click.Group):
            with suppress(click.MissingParameter, click.exceptions.Exit):  # a command's name alone; --help
                command.make_context("symbolicator", arguments)


def test_the_readme_s_commands_are_seen():
    assert len(list(shown_commands(ROOT / "README.md"))) > 20
