"""What acts on a terminal and stands in a file (a map's names, a file's own, a source's text) is shown, and does not act."""

import ast
import json
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest

import symbolicator.cli
from symbolicator.cli.streams import show_json
from symbolicator.cli.style import Style, tame_page
from symbolicator.control import tame
from tests.makers.builds import FRAME, LINES, MINIFIED, source_map

EVIL = "\x1b]0;title\x07\x1b[2J\x1b[8m\x9b3J\x7f\x08\u202e\u2028\u2066\u200f"
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
OWN = re.compile("\x1b\\[[0-9;]*m")
TRACE = f"TypeError: x\n    at a.total ({FRAME['abs_path']}:1:35)\n    at no (https://cdn.example/assets/none.js:1:2)\n"


def acts(out):
    assert "\x1b[8m" not in out
    return ACTS.findall(OWN.sub("", out))


@pytest.fixture
def evil(tmp_path):
    """A build whose map has such characters wherever it has words, beside files that have them in their names."""
    folder = tmp_path / f"build{EVIL}"
    folder.mkdir()
    (folder / "app.js").write_text(f"{MINIFIED}\n//# sourceMappingURL=app.js.map")
    document = source_map(LINES, [f"src/{EVIL}cart.ts"], [f"class {EVIL}\n  {EVIL}\n  {EVIL}\n"], [f"Cart{EVIL}"], file="app.js")
    (folder / "app.js.map").write_text(json.dumps(document))
    (folder / f"{EVIL}none.js").write_text(f"1;\n//# sourceMappingURL={EVIL}.map")
    (folder / f"{EVIL}bad.js.map").write_text('{"version": 3, "mappings": 7}')
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ["trace", "TRACE", "-f", "BUILD", "--format", "pretty", "--color", "always"],
        ["trace", "TRACE", "-f", "BUILD", "--format", "plain"],
        ["event", "EVENT", "-f", "BUILD", "--format", "pretty", "--color", "always"],
        ["event", "EVENT", "-f", "BUILD", "--format", "plain"],
        ["explain", "TRACE", "-f", "BUILD"],
        ["lookup", "BUILD/app.js.map", "1:35", "--format", "pretty"],
        ["lookup", "BUILD/app.js.map", "1:35", "--format", "plain"],
        ["check", "BUILD"],
        ["files", "ls", "--all", "-f", "BUILD"],
        ["files", "id", "BUILD/app.js.map", "BUILD/EVILbad.js.map", "BUILD/EVILnone.js"],
        # what goes wrong
        ["trace", "no\x1b]0;file\x07", "-f", "BUILD"],
        ["trace", "TRACE", "-f", "no\x1b[2Jfolder\udcff"],
        ["lookup", "BUILD/EVILbad.js.map", "1:1"],
        ["event", "TRACE\x9b", "-f", "BUILD"],
        ["no\x1b[2Jcommand"],
    ],
    ids=" ".join,
)
def test_no_command_prints_what_acts_on_a_terminal(run, evil, tmp_path, arguments):
    (tmp_path / "trace.txt").write_text(TRACE)
    (tmp_path / "event.json").write_text(json.dumps({"platform": "javascript", "frames": [FRAME]}))
    words = {"TRACE": str(tmp_path / "trace.txt"), "EVENT": str(tmp_path / "event.json"), "BUILD": str(evil), "EVIL": EVIL}
    for word, path in words.items():
        arguments = [each.replace(word, path) for each in arguments]
    done = run(*arguments)
    assert done.stdout or done.stderr
    assert acts(done.stdout) == []
    assert acts(done.stderr) == []


def test_json_on_a_terminal_has_escapes_for_all_that_acts_there(monkeypatch, capfd):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    show_json({"name": EVIL})
    out = capfd.readouterr().out
    assert acts(out) == []
    assert json.loads(out) == {"name": EVIL}


def test_a_page_keeps_its_colours_lines_and_tabs_and_nothing_else_that_acts():
    red = Style(color=True).paint("a\tb", "bold", "red")
    assert tame_page(f"{red}\nx\x1b[5m\x1b[1;5m\r\n") == f"{red}\nx␛[5m␛[1;5m␍\n"
    assert tame("a\nb\u2028c\udcff") == "a␊b�c�"
    assert tame("a\x1b\udcff", keep_bytes=True) == "a␛\udcff"


PASSES_THROUGH = {"trace.py": {"content", "bytes_of(written)"}, "following.py": {"bytes_of(text)"}, "otlp.py": {"content"}}
"""What `write` is given as it is: texts that pass through a pipe."""


def test_every_command_writes_through_the_doors_that_tame():
    wrong = []
    for path in sorted(Path(symbolicator.cli.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or path.name == "streams.py":
                continue
            called = ast.unparse(node.func)
            raw = called == "write" and ast.unparse(node.args[0]) not in PASSES_THROUGH.get(path.name, ())
            fixed = path.name in {"program.py", "completion.py"} or (path.name == "failures.py" and "tame(" in ast.unparse(node))
            printed = called in {"click.echo", "click.secho", "print", "click.echo_via_pager"} and not fixed
            handled = called in {"sys.stdout.write", "sys.stdout.buffer.write"} or (
                called == "sys.stderr.write" and path.name != "failures.py"
            )
            if raw or printed or handled:
                wrong.append(f"{path.name}:{node.lineno}: {ast.unparse(node)}")
    assert wrong == []


@pytest.mark.skipif(os.name == "nt", reason="terminals")
def test_what_goes_wrong_is_cut_between_words_on_a_terminal(tmp_path):
    (tmp_path / "trace.txt").write_text("TypeError: x\n    at f (https://cdn.example/assets/app.js:1:2)\n")
    (tmp_path / "dist").mkdir()
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 60))
    command = [sys.executable, "-m", "symbolicator", "trace", str(tmp_path / "trace.txt"), "-f", str(tmp_path / "dist")]
    try:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=theirs, check=False, cwd=Path(__file__).parents[2])
    finally:
        os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        lines = read_all(terminal).decode().split("\r\n")
    assert lines[0].startswith("symbolicator: ")
    assert any(line.startswith("  ") for line in lines)
    assert all(len(line) <= 60 or " " not in line.strip() for line in lines), lines


def read_all(terminal):
    """What was written to a terminal whose other end is closed: Linux says that by an error."""
    found = b""
    try:
        while piece := terminal.read1(4096):
            found += piece
    except OSError:
        pass
    return found
