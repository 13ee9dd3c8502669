"""What all commands share: exit codes, sentences, the start."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from symbolicator import __version__
from symbolicator.cli import trace as trace_module
from symbolicator.cli.program import COMMANDS

from .conftest import ROOT


def test_version_says_how_the_kernels_run(process):
    out = process("--version").stdout.decode()
    assert out.startswith(f"symbolicator {__version__} (kernels ")
    assert "uncompiled" in process("--version", env={"SYMBOLICATOR_KERNELS": "python"}).stdout.decode()


def test_the_start_loads_nothing_heavy():
    code = """
import sys
sys.argv = ["symbolicator", "--version"]
from symbolicator.cli.program import program
try:
    program()
except SystemExit:
    pass
heavy = {"flask", "elftools", "rich", "tree_sitter", "sourcemap", "msgspec", "logging", "symbolicator.engine", "importlib.metadata"}
print(sorted(heavy & set(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert out.splitlines()[-1] == "[]"


def test_a_trace_loads_neither_service_nor_debug_files(stack, build):
    code = f"""
import sys
sys.argv = ["symbolicator", "trace", {str(stack[0])!r}, "-f", {str(build)!r}]
from symbolicator.cli.program import program
try:
    program()
except SystemExit as end:
    print("exit", end.code)
print(sorted({{"flask", "elftools", "rich", "sourcemap", "importlib.metadata"}} & set(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert out.splitlines()[-2:] == ["exit 0", "[]"]


def test_a_warm_trace_loads_nothing_that_only_a_first_run_needs(stack, build, tmp_path):
    code = f"""
import sys
sys.argv = ["symbolicator", "trace", {str(stack[0])!r}, "-f", {str(build)!r}, "--cache-dir", {str(tmp_path)!r}]
from symbolicator.cli.program import program
try:
    program()
except SystemExit as end:
    print("exit", end.code)
rare = ("hashlib", "json", "logging", "select", "signal", "string", "tree_sitter", "zipfile")
rooms = ("builds", "debugfiles", "following", "native", "group", "suspects", "discover", "evals", "identify", "live", "outline", "reading", "sampled")
ours = [name for name in sys.modules if name.startswith("symbolicator.") and any(f".{{room}}." in f"{{name}}." for room in rooms)]
print(sorted({{*rare, *ours}} & set(sys.modules) - {{"symbolicator.event.reading", "symbolicator.transformers.native"}}))
"""
    cold, warm = (subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout for _ in "12")
    assert "symbolicator.sourcemaps.reading" in cold.splitlines()[-1]
    assert warm.splitlines()[-2:] == ["exit 0", "[]"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: symbolicator {command}")


def test_help_lists_every_command(run):
    out = run("--help").stdout
    assert all(f"  {name} " in out for name in COMMANDS)


def test_alone_with_a_pipe_it_is_trace(process, stack, build):
    assert stack[2].encode() in process(input=stack[0].read_bytes(), env={"SYMBOLICATOR_FILES": str(build)}).stdout


def test_a_file_in_a_command_s_place_gets_told_the_command(run, stack):
    result = run(stack[0])
    assert result.exit_code == 2
    assert "symbolicator trace " in result.stderr


def test_a_bug_is_one_line_and_a_traceback_only_with_debug(run, stack, build, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("oh\nno")

    monkeypatch.setattr(trace_module, "report", fail)
    quiet = run("trace", stack[0], "-f", build)
    assert quiet.exit_code == 1
    said = "symbolicator: a bug of ours: RuntimeError: oh no; run it again with --debug and report what it prints"
    assert quiet.stderr.splitlines()[-1] == said
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in run("trace", stack[0], "-f", build, "--debug").stderr


def test_too_little_memory_is_no_bug(run, stack, build, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(trace_module, "report", fail)
    result = run("trace", stack[0], "-f", build)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "symbolicator: this needs more memory than there is; give the process more, or smaller files"


def test_a_closed_pipe_is_silent(stack, build):
    command = f'"{sys.executable}" -m symbolicator trace "{stack[0]}" -f "{build}" --format json; echo "code $?" >&2'
    result = subprocess.run(["bash", "-c", f"( {command} ) | true"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.stderr.splitlines() in (["code 141"], ["code 0"])  # 0: all was written before the reader went


def test_a_large_answer_into_a_closed_pipe_is_silent(stack, build, tmp_path):
    many = tmp_path / "many.jsonl"
    many.write_text('{"frames": [{"abs_path": "app.js", "lineno": 1, "colno": 2}]}\n' * 3000)
    command = f'"{sys.executable}" -m symbolicator event "{many}" -f "{build}"; echo "code $?" >&2'
    result = subprocess.run(["bash", "-c", f"( {command} ) | head -1 > /dev/null"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.stderr.splitlines() == ["code 141"]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_with_130_and_without_a_traceback(build):
    command = [sys.executable, "-m", "symbolicator", "event", "-", "-f", str(build)]
    was = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and so would theirs
    try:
        running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, was)
    running.stdin.write(b'{"frames": [{"abs_path": "app.js", "lineno": 1, "colno": 2}]}\n' * 3)
    running.stdin.flush()
    assert running.stdout.readline()  # it is at work, and waits for more
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert b"Traceback" not in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(run, shell):
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_SYMBOLICATOR_COMPLETE" in result.stdout


def test_completion_knows_commands_and_options_and_says_nothing_else(process):
    for words, word, wanted in (("symbolicator tr", "1", b"plain,trace"), ("symbolicator trace --pa", "2", b"plain,--path-map")):
        done = process(env={"_SYMBOLICATOR_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": word})
        assert wanted in done.stdout
        assert (done.stderr, done.returncode) == (b"", 0)


SHELLS = {
    "bash": "source <(symbolicator completion bash); COMP_WORDS=(symbolicator {line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1));"
    " compopt() {{ COMPREPLY+=($(compgen -f -- ${{COMP_WORDS[COMP_CWORD]}})); }}; _symbolicator_completion symbolicator; echo ${{COMPREPLY[@]}}",
    "fish": "symbolicator completion fish | source; complete -C 'symbolicator {line}'",
    "zsh": "autoload -U compinit; compinit -D; source <(symbolicator completion zsh); _describe() {{ print -l ${{(P)3}} }};"
    " compadd() {{ print -l ${{(P)argv[-1]}} }}; _path_files() {{ print -l ${{words[CURRENT]}}*(N) }}; words=(symbolicator {line}); CURRENT=${{#words}}; _symbolicator_completion",
}
"""What asks a shell to complete a line, and prints what it would offer."""


# a command; a file, as an argument and as an option's; the words of an option
@pytest.mark.parametrize(("line", "offered"), [("tr", "trace"), ("trace cra", "crash.txt"), ("trace -f bui", "build"), ("trace --links vs", "vscode")])
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.skipif(os.name == "nt", reason="shells")
def test_a_real_shell_completes(shell, line, offered, tmp_path):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    bin = tmp_path / "symbolicator"
    bin.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m symbolicator "$@"\n')
    bin.chmod(0o755)
    (tmp_path / "crash.txt").touch()
    (tmp_path / "build").mkdir()
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    script = SHELLS[shell].format(line=line)
    done = subprocess.run([program, "-c", script], capture_output=True, text=True, env=env, cwd=tmp_path, check=False, timeout=120)
    assert offered in done.stdout.replace(":", " ").replace("/", " ").split(), (done.stdout, done.stderr)
    assert "bug of ours" not in done.stderr


def test_help_is_a_command_too(run):
    assert run("help").stdout == run("--help").stdout
    assert run("help", "trace").stdout == run("trace", "--help").stdout
    assert run("help").exit_code == 0


@pytest.mark.parametrize(
    ("typed", "meant"), [(["trcae", "x.txt"], "symbolicator trace x.txt"), (["files-ls"], ""), (["chek"], "symbolicator check")]
)
def test_a_mistyped_command_gets_the_nearest(run, typed, meant):
    result = run(*typed)
    assert result.exit_code == 2
    assert f"there is no command {typed[0]!r}" in result.stderr
    assert (f"perhaps `{meant}`" in result.stderr) == bool(meant)


@pytest.mark.parametrize("group", ["files", "cache"])
def test_a_group_without_a_command_shows_its_help_as_lines(run, group):
    result = run(group)
    assert result.exit_code == 2
    assert "Commands:" in result.stderr.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trace", "{crash}", "-f"), "`symbolicator trace --help` lists what there is"),
        (("completion",), "Choose from: bash, zsh, fish; "),
        (("trace", "{crash}", "-f", "{build}", "--authors"), "--authors without --repo; give the folder of a git clone"),
        (("trace", "{crash}", "-f", "{build}", "--repo", "nowhere"), "nowhere is not a git clone: there is no such folder; give"),
        (
            ("trace", "{crash}", "-f", "{build}", "--format", "plain", "--links", "emacs"),
            "--links 'emacs' is no URL with {path} in it; give auto",
        ),
        (("trace", "{build}", "-f", "{build}"), "is a folder; FILE is a stack trace; folders with maps go after -f: `-f "),
        (("otlp", "{crash}", "--grouping"), "No such option '--grouping'"),
    ],
)
def test_what_was_asked_wrongly_is_told_in_one_line(run, stack, build, arguments, said):
    result = run(*(each.replace("{crash}", str(stack[0])).replace("{build}", str(build)) for each in arguments))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


def test_help_leads_to_a_command_of_a_group(run):
    assert run("help", "files", "add").stdout == run("files", "add", "--help").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_with_the_options_that_every_command_has(run, command):
    """In one order, so that they are found at one place."""
    options = [line.split()[0] for line in run(command, "--help").stdout.partition("Options:")[2].splitlines() if line.startswith("  -")]
    assert "--debug" not in options[:-2]
    assert "--debug" in options or command == "completion"  # it prints a text, and does nothing


def test_a_question_is_not_followed_by_a_semicolon(run):
    assert "Did you mean '--format'? `symbolicator trace --help` lists" in run("trace", "--fromat", "x").stderr
