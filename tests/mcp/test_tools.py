"""The tools of the server for agents: over a real build, through its process, and by the official client where that is installed."""

import json
import os
import subprocess
import sys

import pytest

from symbolicator import Symbolicator
from symbolicator.mcp.folders import Folders, OutsideError
from symbolicator.mcp.protocol import Server, ToolError
from symbolicator.mcp.tools import MAX_LINES, MAX_TEXT, tools_of
from tests.cli.conftest import CASE, ROOT

TRACE = (CASE / "stacks" / "causeChain.txt").read_text()
FAULTY = "src/harbour/notices.ts:50:11"


@pytest.fixture
def project(tmp_path):
    """A folder with a build and a trace, beside a file that nobody gave."""
    here = tmp_path / "shop"
    (here / "dist").mkdir(parents=True)
    for path in (CASE / "files").iterdir():
        (here / "dist" / path.name).write_bytes(path.read_bytes())
    (here / "crash.txt").write_text(TRACE)
    (tmp_path / "secret.txt").write_text(TRACE)
    return here


@pytest.fixture
def tool(project):
    """Calls a tool: `tool("symbolicate", text=…)`."""
    with Symbolicator(files=[project], cache_dir=False, context_lines=MAX_LINES) as engine:
        server = Server("test", "1", "", tools_of(engine, Folders([project])))

        def call(name, **arguments):
            line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
            result = json.loads(json.dumps(server.answer(line.encode())))["result"]
            if result["isError"]:
                raise ToolError(result["content"][0]["text"])
            return result["content"][0]["text"]

        yield call


def test_one_call_leads_from_a_minified_trace_to_the_faulty_line(tool):
    text = tool("symbolicate", text=TRACE)
    assert f"at: republished ({FAULTY})" in text
    assert "> 50 |     throw new Error(" in text
    assert len(text.encode()) <= 2_000


def test_a_trace_may_be_in_a_file_of_the_folders(tool, project):
    for path in ("crash.txt", str(project / "crash.txt"), "dist/../crash.txt"):
        assert FAULTY in tool("symbolicate", path=path, format="plain")


def test_a_frame_is_explained(tool):
    text = tool("explain_frame", text=TRACE, frame=1)
    assert "frame 1 of 13" in text
    assert "scenarios.causeChain at src/scenarios.ts:91:21 (found by path" in text
    with pytest.raises(ToolError, match="no frame 13: the trace has 13"):
        tool("explain_frame", text=TRACE, frame=13)
    text = tool("explain_frame", text="Error: x\n    at f (https://cdn.example/none.js:1:30)\n", frame=0)
    assert text.rstrip().endswith("to do: give the folder of the deployed build"), "how a program gives it is nothing to an agent"


def test_frames_are_counted_alike_by_all_tools(tool):
    for frame in range(13):
        where = tool("source", text=TRACE, frame=frame, lines=0).splitlines()[0]
        name = where.partition(" (")[0]
        assert name in tool("explain_frame", text=TRACE, frame=frame), where


def test_source_is_shown_around_a_frame_and_around_a_position_of_a_script(tool):
    rows = tool("source", text=TRACE, lines=20).splitlines()
    assert rows[0] == f"republished ({FAULTY})"
    assert len(rows) > 25
    assert tool("source", file="https://cdn.example/dist/app.js", line=1, column=382, lines=2).startswith(
        "abandon (src/core/faults.ts:35:9)\n"
    )
    with pytest.raises(ToolError, match="give either file"):
        tool("source", file="app.js", text=TRACE)


def test_source_that_is_not_there_says_why(tool):
    text = tool("source", file="https://cdn.example/no.js", line=1, column=2)
    assert "no.js" in text.splitlines()[1]


def test_a_build_is_checked(tool):
    assert tool("check_build").startswith("ok: 1 file checked\nok  ")
    assert tool("check_build", path="dist").startswith("ok: ")


def test_missing_files_are_named_with_what_to_do(tool):
    assert "no file is missing" in tool("missing_files", text=TRACE)
    text = tool("missing_files", text="Error: x\n    at f (https://cdn.example/none.js:1:30)\n")
    assert "missing_source: " in text
    assert "none.js" in text
    assert "to do: give the folder of the deployed build" in text


def test_an_event_is_taken_like_a_trace(tool):
    event = {"platform": "javascript", "frames": [{"abs_path": "/srv/app/dist/app.js", "lineno": 1, "colno": 382}]}
    assert "src/core/faults.ts:35:9" in tool("symbolicate", text=json.dumps(event))


# text without a trace; nothing; both
@pytest.mark.parametrize("arguments", [{"text": "hello"}, {}, {"text": "", "path": "crash.txt"}])
def test_what_is_no_trace_is_told(tool, arguments):
    with pytest.raises(ToolError, match="trace"):
        tool("symbolicate", **arguments)


# up; away; what is no file; what is none
@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "/etc/passwd",
        "dist/../../secret.txt",
        "dist",
        "",
        "a\0b",
        "~/.ssh/id_rsa",
        "no.txt",
        "/proc/self/environ",
        "x" * 5_000,
    ],
)
def test_no_path_leads_out_of_the_folders(tool, path):
    for name in ("symbolicate", "missing_files", "explain_frame", "source"):
        with pytest.raises(ToolError, match=r"within the folders|not a file|path is empty"):
            tool(name, path=path)


def test_a_link_counts_where_it_leads(project, tmp_path):
    (project / "link.txt").symlink_to(tmp_path / "secret.txt")
    (project / "inside.txt").symlink_to(project / "crash.txt")
    folders = Folders([project])
    assert folders.read("inside.txt") == TRACE.encode()
    with pytest.raises(OutsideError):
        folders.read("link.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(project):
    os.mkfifo(project / "pipe")
    with pytest.raises(OutsideError, match="not a file"):
        Folders([project]).read("pipe")


def test_build_checks_stay_within_the_folders(tool):
    with pytest.raises(ToolError, match="within the folders"):
        tool("check_build", path="..")


def test_an_answer_has_a_bound(tool):
    deep = "Error: x\n" + "    at f (https://cdn.example/none.js:1:30)\n" * 2_000
    assert len(tool("symbolicate", text=deep, format="plain")) < MAX_TEXT + 100


def command(folder):
    return [sys.executable, "-m", "symbolicator", "mcp", "-f", str(folder), "--no-cache"]


def test_the_process_talks_in_lines_and_ends_with_its_input(project):
    ask = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {}},
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "symbolicate", "arguments": {"text": TRACE}}},
    ]
    done = subprocess.run(
        command(project), input="".join(json.dumps(one) + "\n" for one in ask), capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2]
    assert FAULTY in answers[1]["result"]["content"][0]["text"]
    assert done.stderr == ""


@pytest.mark.filterwarnings("default")
def test_the_official_client_gets_to_the_faulty_line_in_one_call(project):
    pytest.importorskip("mcp.client.stdio", reason="the official SDK is not installed: pip install mcp")
    import asyncio

    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    async def talk():
        program, *arguments = command(project)
        parameters = StdioServerParameters(
            command=program, args=arguments, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        )
        async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
            await session.initialize()
            listed = await session.list_tools()
            return (
                listed.tools,
                await session.call_tool("symbolicate", {"text": TRACE}),
                await session.call_tool("missing_files", {"path": "/etc/passwd"}),
            )

    tools, answer, refused = asyncio.run(talk())
    assert [tool.name for tool in tools] == ["symbolicate", "explain_frame", "source", "check_build", "missing_files"]
    assert f"at: republished ({FAULTY})" in answer.content[0].text
    assert "within the folders" in refused.content[0].text
    failed = [getattr(result, "is_error", getattr(result, "isError", None)) for result in (answer, refused)]
    assert failed == [False, True]
