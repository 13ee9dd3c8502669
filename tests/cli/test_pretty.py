"""The page for a person at a terminal."""

import os
import re
import select
import struct
import sys

import pytest

from symbolicator.cli.pretty import pretty
from symbolicator.cli.style import Style
from symbolicator.cli.text_width import clip, fill, lay_out, shorten, width
from symbolicator.control import tame

from .conftest import ROOT


def frame(function="f", file="src/a.ts", line=2, column=1, text="call()", **more):
    data = {"symbolicator_status": "symbolicated", **more.pop("data", {})}
    around = {"pre_context": ["before()"], "post_context": ["after()"], "context_line": text, "in_app": True}
    return {"function": function, "filename": file, "lineno": line, "colno": column, **around, **more, "data": data}


def others(count, file="node:internal/x"):
    return [{"function": "g", "filename": file, "lineno": 1, "in_app": False, "data": {"symbolicator_status": "symbolicated"}}] * count


def page(*frames, errors=(), kind="TypeError", value="oh", **style):
    """The page for frames given as engines print them: the crash first."""
    thrown = {"type": kind, "value": value, "stacktrace": {"frames": list(frames)[::-1]}}
    event = {"exception": {"values": [thrown]}, "errors": list(errors)}
    return pretty(event, Style(**style))


def caret_of(out):
    """(the frame's line, the cell of the caret in it)."""
    lines = out.splitlines()
    at = next(i for i, line in enumerate(lines) if re.fullmatch(r" *│ *\^", line))
    return lines[at - 1], width(lines[at][: lines[at].index("^")])


# plain; a tab before; wide characters; emoji are two units and two cells; a combining mark is a unit and no cell
@pytest.mark.parametrize(
    ("text", "column"),
    [("ab(X)", 4), ("\tab\tX", 5), ("日本語X", 4), ("😀😀X", 5), ("e\u0301e\u0301X", 5), ("'👩\u200d🔬'; X", 10)],
)
def test_the_caret_stands_under_the_column(text, column):
    line, cell = caret_of(page(frame(text=text, column=column)))
    before = line[: line.index("X")]
    assert width(before) == cell


def test_the_caret_of_a_cut_line_stands_where_context_column_says():
    out = page(frame(text="{snip}abcXdef{snip}", column=9000, data={"context_column": 9}))
    line, cell = caret_of(out)
    assert width(line[: line.index("X")]) == cell


def test_a_line_that_is_too_long_is_cut_around_the_caret():
    text = "a" * 100 + "X" + "b" * 100
    out = page(frame(text=text, column=101))
    line, cell = caret_of(out)
    assert width(line) <= 80
    assert width(line[: line.index("X")]) == cell
    assert "…" in line


def test_the_lines_around_a_long_one_are_read_from_their_start():
    out = page(frame(text="a" * 100 + "X" + "b" * 100, column=101))
    assert "│ before()\n" in out
    assert "│ after()\n" in out


def test_nothing_is_wider_than_the_terminal():
    long = "https://cdn.example/" + "very/long/" * 20 + "app.js"
    problem = {"type": "missing_sourcemap", "detail": "no map of " + "words " * 40, "hint": "do " + "this " * 40, "tried": ["a/" * 60]}
    missing = frame("f" * 90, long, in_app=None, data={"symbolicator_status": "missing", "problems": [problem]})
    out = page(frame("日" * 60, "src/日本.ts", text="日" * 90), missing, *others(5, long), errors=[problem], width=60)
    assert not [line for line in out.splitlines() if width(line) > 60]


def test_own_frames_have_source_and_others_are_a_line():
    out = page(frame("mine"), *others(1), frame("also mine"))
    assert out.count("→") == 2
    assert "  g  node:internal/x:1\n" in out


def test_runs_of_others_are_folded_and_all_unfolds_them():
    out = page(frame(), *others(3), *others(2, "./node_modules/@scope/pkg/index.js"))
    assert "… 5 frames of node, @scope/pkg" in out
    assert "--all unfolds 5" in out
    assert page(frame(), *others(5), show_all=True).count("node:internal/x") == 5


def test_what_a_guest_took_the_place_of_is_told_though_its_frame_is_folded():
    engines = {"frames": 11, "functions": ["facebook::jsi::Function::call"]}
    guest = [*others(2, "node_modules/metro-runtime/require.js"), {**others(1)[0], "data": {"folded": engines}}]
    out = page(frame(), *guest, frame(file="src/b.ts"))
    assert "… 3 frames of metro-runtime, node" in out
    assert "… replaces 11 frames, facebook::jsi::Function::call first" in out


def test_frames_with_a_problem_are_never_folded():
    problem = {"type": "missing_sourcemap", "detail": "no map of v.js", "hint": "upload it"}
    bad = {"function": "v", "abs_path": "v.js", "in_app": False, "data": {"symbolicator_status": "missing", "problems": [problem]}}
    out = page(frame(), *[bad] * 4, errors=[problem])
    assert out.count("  v  v.js [1]") == 4
    assert out.count("no map of v.js") == 1
    assert "to do: upload it" in out


def test_a_cause_is_told_under_what_it_caused():
    values = [
        {"type": "CauseError", "value": "deep", "stacktrace": {"frames": [frame()]}, "mechanism": {"exception_id": 1, "parent_id": 0}},
        {"type": "OuterError", "value": "top", "stacktrace": {"frames": [frame()]}, "mechanism": {"exception_id": 0}},
    ]
    out = pretty({"exception": {"values": values}}, Style())
    assert out.index("OuterError: top") < out.index("Caused by: CauseError: deep")


def test_context_is_what_was_asked_for():
    assert "before()" not in page(frame(), context=0)
    assert "before()" in page(frame(), context=1)


def test_nothing_from_outside_reaches_the_terminal_as_a_command():
    evil = "\x1b]0;owned\x07\x9b31m\u202e"
    problem = {"type": evil, "detail": evil, "hint": evil}
    out = page(frame(evil, f"src/{evil}.ts", text=f"x = '{evil}'"), kind=evil, value=f"a\r{evil}", errors=[problem])
    assert not any(ord(char) < 0x20 and char != "\n" for char in out)
    assert not set("\x9b\u202e\x7f") & set(out)


# what an event may hold where something else belongs
@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, [None], {"values": None}, {"frames": 3}])
def test_odd_events_are_shown_as_far_as_they_go(odd):
    assert pretty({"exception": odd, "threads": odd, "stacktrace": odd, "errors": odd}, Style())
    assert page({"function": odd, "filename": odd, "lineno": odd, "colno": odd, "context_line": odd, "pre_context": odd, "data": odd})


def test_a_long_message_is_wrapped_between_words():
    out = page(frame(), kind="NSRangeException", value="index 9 beyond bounds " * 6, color=True)
    plain = re.sub("\x1b\\[[0-9;]*m", "", out).splitlines()
    assert out.startswith("\x1b[1;31mNSRangeException\x1b[0m\x1b[1m: index 9")
    assert all(width(line) <= 80 for line in plain)
    assert " ".join(plain[:2]).split() == ["NSRangeException:", *("index 9 beyond bounds " * 6).split()]
    assert "  two  spaces" in page(frame(), value="  two  spaces")


def test_a_name_has_the_room_that_its_place_leaves():
    name = "JavaCalls::call_helper(JavaValue*, methodHandle const&, JavaCallArguments*)"
    assert f"  {name}\n" in page({"function": name})
    out = page({"function": name, "package": "libjvm.so"})
    assert re.search(r"  JavaCalls::.*….*JavaCallArguments\*\)  libjvm\.so$", out, re.MULTILINE)
    assert width(out.splitlines()[2]) == 80


def test_a_message_that_begins_with_its_type_is_not_told_it_twice():
    assert page(frame(), kind="SIGSEGV", value="SIGSEGV (0xb) at pc=0x1").startswith("SIGSEGV (0xb) at pc=0x1\n")
    assert page(frame(), kind="Err", value="Errors").startswith("Err: Errors\n")


def test_bare_frames_are_a_stack():
    """A profile's heaviest stack, a few pasted lines: nothing was thrown, and no message is missing."""
    assert page(frame(), kind=None, value=None).startswith("Stack\n")
    assert page(kind=None, value=None).startswith("(no message)\n")


def test_a_file_of_another_build_is_told_of_once():
    detail, again = "lib.debug is from another build than lib.so: its id is 1", "lib.debug: is from another build, its id is 1"
    problem = {"type": "missing_debug_file", "detail": detail, "tried": [again, "lib/: no lib.so"], "hint": "give it"}
    out = page(frame(data={"problems": [problem]}), errors=[problem])
    assert again not in out
    assert "looked: lib/: no lib.so" in out


# words; one longer than the room, broken after a slash or anywhere; wide characters; nothing; a first line that is taken in part
@pytest.mark.parametrize(
    ("text", "room", "used", "lines"),
    [
        ("no such file", 8, 0, ["no such", "file"]),
        ("see /srv/app/dist/app.js there", 10, 0, ["see", "/srv/app/", "dist/", "app.js", "there"]),
        ("a" * 25, 10, 0, ["a" * 10, "a" * 10, "a" * 5]),
        ("日本語 日本", 6, 0, ["日本語", "日本"]),
        ("", 5, 0, [""]),
        ("one two three", 9, 5, ["one", "two three"]),
        ("whole word", 6, 3, ["", "whole", "word"]),
    ],
)
def test_text_is_filled_into_lines_by_words(text, room, used, lines):
    assert fill(text, room, used) == lines


def test_cells():
    assert [width(text) for text in ("abc", "日本", "e\u0301", "😀")] == [3, 4, 1, 2]
    assert lay_out("a\tb", 2) == ("a   b", 4)
    assert lay_out("ab", 9) == ("ab", None)
    assert shorten("src/a/very/long/path/to/file.ts:10:20", 20) == "src/a/…file.ts:10:20"
    assert all(width(shorten("日本語日本語日本語", room)) <= room for room in range(1, 20))
    assert all(width(clip("日本語abc日本語", start, room)[0]) <= room for start in range(16) for room in range(3, 18))
    assert tame("a\x1b[1m\x7f\udc80") == "a␛[1m␡�"


# ── a real terminal ───────────────────────────────────────────────────────────────────────────────────────────────

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")


def on_a_terminal(*arguments, env=None, typed=b"", columns=80):
    """What the command prints to a terminal of 80 columns, and its exit code. `typed` is what the person types."""
    import fcntl
    import termios

    pid, fd = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        os.chdir(ROOT)
        os.environ.update({"TERM": "xterm-256color", **(env or {})})
        os.execv(sys.executable, [sys.executable, "-m", "symbolicator", *map(str, arguments)])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    if typed:
        os.write(fd, typed)
    out = b""
    while select.select([fd], [], [], 30)[0]:
        try:
            chunk = os.read(fd, 65536)
        except OSError:
            break
        if not chunk:
            break
        out += chunk
    os.close(fd)
    return out.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_terminal_gets_colours_and_source(stack, build):
    out, code = on_a_terminal("trace", stack[0], "-f", build)
    assert code == 0
    assert "\x1b[1;31m" in out
    assert "→" in out
    assert stack[2] in re.sub(r"\x1b\[[\d;]*m", "", out)


def test_no_color_is_heard_and_the_page_stays(stack, build):
    out, _ = on_a_terminal("trace", stack[0], "-f", build, env={"NO_COLOR": "1"})
    assert "\x1b" not in out
    assert "→" in out
    assert "\x1b" in on_a_terminal("trace", stack[0], "-f", build, "--color", "always", env={"NO_COLOR": "1"})[0]


def test_force_color_is_heard_in_a_pipe(process, stack, build):
    command = ("trace", stack[0], "-f", build, "--format", "pretty")
    assert b"\x1b[" not in process(*command).stdout
    assert b"\x1b[" in process(*command, env={"FORCE_COLOR": "1"}).stdout
    assert b"\x1b[" not in process(*command, "--color", "never", env={"FORCE_COLOR": "1"}).stdout


def test_reading_from_a_terminal_says_to_paste(stack, build):
    out, code = on_a_terminal("trace", "-f", build, typed=stack[0].read_bytes().replace(b"\n", b"\r") + b"\r\x04")
    assert "Paste a stack trace, then press Ctrl-D." in out
    assert code == 0


def test_alone_on_a_terminal_it_says_how_to_begin():
    out, code = on_a_terminal()
    assert code == 0
    assert "symbolicator trace crash.txt -f dist/" in out
    assert max(map(len, out.splitlines())) <= 80


def test_json_on_a_terminal_is_indented(stack, build):
    assert '\n  "platform": "javascript"' in on_a_terminal("trace", stack[0], "-f", build, "--format", "json")[0]
