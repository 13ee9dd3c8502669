"""Links to sources on a terminal: only to files that are there and are the crash's, and nothing else reaches the terminal."""

import os
import re

import pytest

from symbolicator.cli.failures import Failure
from symbolicator.cli.links import linker_of
from symbolicator.cli.pretty import pretty
from symbolicator.cli.style import Style, tame_page

LINES = [f"const a{number} = {number};" for number in range(1, 30)]


def frame(filename="./src/a.ts", line=12, **more):
    around = {"pre_context": LINES[line - 3 : line - 1], "context_line": LINES[line - 1], "post_context": LINES[line : line + 2]}
    return {
        "function": "f",
        "filename": filename,
        "lineno": line,
        "colno": 7,
        **around,
        "data": {"symbolicator_status": "symbolicated"},
        **more,
    }


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a source, and a folder of its build; the user stands in the project."""
    here = tmp_path / "home" / "shop"
    (here / "src").mkdir(parents=True)
    (here / "dist").mkdir()
    (here / "src" / "a.ts").write_text("\n".join(LINES))
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def link():
    """The link of a frame: `link(frame, "vscode", files)`."""
    return lambda frame, choice="vscode", files=(), path_map={}: linker_of(choice, files, path_map, on_terminal=False)(frame)


def test_a_frame_is_linked_to_the_line_of_its_source(project, link):
    assert link(frame()) == f"vscode://file{project}/src/a.ts:12:7"
    assert link(frame(), "idea") == f"idea://open?file={project}/src/a.ts&line=12&column=7"
    assert re.fullmatch(rf"file://[\w.-]*{project}/src/a.ts", link(frame(), "file"))
    assert link(frame(), "editor:{path}#{line}") == f"editor:{project}/src/a.ts#12"


# as bundlers, compilers and Windows write it
@pytest.mark.parametrize(
    "name", ["src/a.ts", "../../src/a.ts", "/build/agent/work/shop/src/a.ts", "webpack://shop/./src/a.ts?x", "C:\\work\\src\\a.ts"]
)
def test_a_source_is_found_by_the_end_of_its_path(project, link, name):
    assert link(frame(name)).startswith("vscode://file")


def test_a_source_beside_the_build_is_found_from_anywhere(project, link, tmp_path, monkeypatch):
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    assert link(frame()) == ""
    assert link(frame(), files=[str(project / "dist")]) == f"vscode://file{project}/src/a.ts:12:7"
    assert link(frame("webpack://shop/a.ts"), path_map={"webpack://shop/": str(project / "src")}).endswith("/src/a.ts:12:7")


def test_the_projects_folder_is_the_one_with_git(project, link, monkeypatch):
    (project / ".git").mkdir()
    monkeypatch.chdir(project / "dist")
    assert link(frame())


def test_a_source_that_has_moved_on_is_not_linked(project, link):
    (project / "src" / "a.ts").write_text("\n".join(["// a new first line", *LINES]))
    assert link(frame()) == ""


def test_lines_that_the_event_cut_are_compared_as_far_as_they_go(project, link):
    assert link(frame(context_line="{snip}a12 ={snip}"))
    assert link(frame(context_line="{snip}a13 ={snip}")) == ""


# no line; no text to compare; a line before the file's first; behind its last
@pytest.mark.parametrize(
    "more", [{"lineno": None}, {"context_line": None}, {"lineno": 1}, {"lineno": 10**30}, {"filename": "a\0b"}, {"filename": 7}]
)
def test_what_cannot_be_compared_is_not_linked(project, link, more):
    assert link(frame(**more)) == ""


def test_no_path_leads_out_of_the_folders(project, link, tmp_path):
    outside = tmp_path / "secret.ts"
    outside.write_text("\n".join(LINES))
    for name in (str(outside), "../../secret.ts", f"file://{outside}", "/../../secret.ts"):
        assert link(frame(name, abs_path=name)) == ""
    (project / "b.ts").symlink_to(outside)
    assert link(frame("b.ts")) == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_file_is_not_opened(project, link):
    os.mkfifo(project / "src" / "pipe.ts")
    assert link(frame("src/pipe.ts")) == ""


def test_a_path_is_encoded(project, link):
    odd = project / "src" / "q \x1b]8;;x\x07 é?#.ts"
    odd.write_text("\n".join(LINES))
    assert link(frame(f"src/{odd.name.replace('?', '/')}")) == ""
    odd = odd.rename(project / "src" / "q \x1b]8;;x\x07 é#%.ts")
    assert link(frame(f"src/{odd.name}")) == f"vscode://file{project}/src/q%20%1B%5D8%3B%3Bx%07%20%C3%A9%23%25.ts:12:7"


# no place for the path; no scheme; what is no character of a URL; a name that nothing is filled in for
@pytest.mark.parametrize("choice", ["https://x/", "{path}", "x:{path}\x1b", "x:{path}{user}", "x:{path} y"])
def test_a_pattern_that_is_no_url_is_refused(choice):
    with pytest.raises(Failure, match="is no URL"):
        linker_of(choice, (), {}, on_terminal=True)


# a terminal that knows links; editors' own; tmux, which may not; those that print them; a pipe
@pytest.mark.parametrize(
    ("environment", "scheme"),
    [
        ({"TERM": "xterm-kitty"}, "file"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7006"}, "file"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, "vscode"),
        ({"TERM": "xterm-256color", "TERMINAL_EMULATOR": "JetBrains-JediTerm"}, "idea"),
        ({"TERM": "tmux-256color", "TMUX": "x", "VTE_VERSION": "7006"}, ""),
        ({"TERM": "xterm"}, ""),
        ({"TERM": "linux"}, ""),
        ({}, ""),
    ],
)
def test_a_terminal_gets_the_links_that_it_knows(project, monkeypatch, environment, scheme):
    for name in ("TERM", "TERM_PROGRAM", "VTE_VERSION", "KONSOLE_VERSION", "TERMINAL_EMULATOR", "TMUX", "WT_SESSION", "KITTY_WINDOW_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    linker = linker_of("auto", (), {}, on_terminal=True)
    assert (linker(frame()) if linker else "").partition(":")[0] == scheme
    assert linker_of("auto", (), {}, on_terminal=False) is None


def test_a_link_takes_no_room_on_the_page(project):
    event = {"frames": [frame()]}
    plain = pretty(event, Style())
    linked = pretty(event, Style(linker=linker_of("vscode", (), {}, on_terminal=True)))
    assert linked != plain
    assert re.sub(r"\x1b\]8;;[^\x1b]*\x1b\\", "", linked) == plain
    assert tame_page(linked, links=True) == linked
    assert "\x1b" not in tame_page(linked)


def test_no_text_of_an_event_becomes_a_link(project):
    evil = "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\"
    event = {
        "exception": {"values": [{"type": evil, "value": evil, "stacktrace": {"frames": [frame(function=evil), frame(evil)]}}]},
        "errors": [{"detail": evil}],
    }
    page = tame_page(pretty(event, Style(linker=linker_of("vscode", (), {}, on_terminal=True))), links=True)
    assert re.findall(r"\x1b\]8;;([^\x1b]*)\x1b", page) == [f"vscode://file{project}/src/a.ts:12:7", ""]
    assert page.count("\x1b") == 4


def test_trace_links_where_it_is_asked_to(run, build, stack):
    page = run("trace", stack[0], "-f", build, "--format", "pretty", "--links", "file").stdout
    assert "\x1b" not in page  # no source of the build is beside it
    assert run("trace", stack[0], "-f", build, "--format", "pretty", "--links", "nonsense").exit_code == 2


HOSTED = "https://github.com/tides/shop/blob/caf4b10/src/b.ts#L12"


def test_a_source_that_is_not_here_is_linked_at_its_host(project, link):
    data = {"symbolicator_status": "symbolicated", "source_link": HOSTED}
    assert link(frame("src/b.ts", data=data)) == HOSTED
    assert link(frame("src/a.ts", data=data)).startswith("vscode://")  # what is here comes first
    for other in ("https://evil.example/github.com", "javascript:github.com", 7, HOSTED + "x" * 2000):
        assert link(frame("src/b.ts", data={**data, "source_link": other})) == ""
