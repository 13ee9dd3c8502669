"""Every folder of `fixtures/dotnet/`: what a runtime knows of its frames without a PDB leads to where it says they are with one.

`frames.tsv` is CoreCLR's own word: token, IL offset, module, MVID, type, method, and the file, line and column that its reader of Portable
PDBs finds; `stacks/` are texts of CoreCLR and Mono with the PDB beside the program, and Mono's without.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator, parse_trace
from symbolicator.cli.program import program

DOTNET = Path(__file__).parent.parent / "fixtures" / "dotnet"
CASES = ["debug", "release", "embedded"]
COMPILED = re.compile(r"[<>`]|\.c?ctor|\$")


class Known(NamedTuple):
    """A frame as the runtime knows it."""

    token: int
    offset: int
    module: str
    mvid: str
    type: str
    method: str
    file: str
    line: int
    column: int


def known(case):
    """The frames of the program's own code, callee first, in stacks."""
    stacks = []
    for line in (DOTNET / case / "frames.tsv").read_text().splitlines():
        if line.startswith("---"):
            stacks.append([])
        elif not line.startswith("==="):
            token, offset, module, mvid, kind, method, file, row, column = line.split("\t")
            stacks[-1].append(Known(int(token, 16), int(offset), module, mvid, kind, method, file, int(row), int(column)))
    own = [[one for one in stack if one.module == "harbour.dll"] for stack in stacks]
    assert sum(map(len, own)) > 70
    return own


def engine(case, **settings):
    return Symbolicator(files=[DOTNET / case / "files"], cache_dir=False, **settings)


def places(frames):
    """Callee first."""
    return [(one.get("abs_path"), one.get("lineno"), one.get("colno")) for one in reversed(frames)]


def wanted(stack):
    return [(one.file or None, one.line or None, one.column or None) for one in stack]


def ids(case):
    from symbolicator.builds import describe

    name = "harbour.pdb" if (DOTNET / case / "files" / "harbour.pdb").exists() else "harbour.dll"
    return describe(DOTNET / case / "files" / name, cache_dir=False)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("age", ["stamp", "1", "ffffffff", "none"])
def test_frames_of_events_lead_where_the_runtime_says(case, age):
    debug_id = ids(case)["debug_id"]
    guid = debug_id[:36]
    image = {"type": "pe_dotnet", "debug_file": "/src/build/obj/harbour.pdb", "code_file": "harbour.dll"}
    image["debug_id"] = {"stamp": debug_id, "none": guid}.get(age, f"{guid}-{age}")
    with engine(case) as s:
        for stack in known(case):
            frames = [
                {
                    "function_id": hex(one.token & 0xFFFFFF),
                    "instruction_addr": hex(one.offset),
                    "addr_mode": "rel:0",
                    "function": one.method,
                }
                for one in reversed(stack)
            ]
            event = s.symbolicate({"platform": "csharp", "stacktrace": {"frames": frames}, "debug_meta": {"images": [image]}})
            assert places(event["stacktrace"]["frames"]) == wanted(stack)
            assert event["debug_meta"]["images"][0]["debug_status"] == "found"
            again = s.symbolicate(event)
            assert again == event


@pytest.mark.parametrize("case", CASES)
def test_texts_with_tokens_lead_where_the_runtime_says(case):
    lines = [
        f"   at {one.type.replace('+', '.')}.{one.method}() in {one.module}:token 0x{one.token:x}+0x{one.offset:x}"
        for stack in known(case)
        for one in stack
    ]
    with engine(case) as s:
        event = s.symbolicate(parse_trace("System.Exception: x\n" + "\n".join(lines)))
    (value,) = event["exception"]["values"]
    assert places(value["stacktrace"]["frames"]) == [one for stack in known(case) for one in wanted(stack)]


@pytest.mark.parametrize("case", CASES)
def test_frames_as_android_prints_them_lead_where_the_runtime_says_or_nowhere(case):
    every = [one for stack in known(case) for one in stack]
    text = "[X] android.runtime.JavaProxyThrowable: [System.Exception]: x\n" + "\n".join(
        f"[X] \tat {one.type}.{one.method} + 0x{one.offset:x}(Unknown Source)" for one in every
    )
    with engine(case) as s:
        event = s.symbolicate(parse_trace(text))
    frames = event["exception"]["values"][0]["stacktrace"]["frames"][::-1]
    assert len(frames) == len(every)
    silent = 0
    for frame, one in zip(frames, every, strict=True):
        if frame.get("lineno") is None:  # the name alone does not tell overloads apart
            silent += one.line > 0
            problem = frame["data"]["problems"][0]["type"]
            assert (problem, one.method) == ("ambiguous_frame", "Turn") or (problem == "missing_symbol" and not one.line)
        else:
            assert (frame["abs_path"], frame["lineno"]) == (one.file, one.line)
    assert silent <= 3


@pytest.mark.parametrize("case", ["debug", "release", "embedded", "mono", "vb"])
def test_what_has_its_lines_already_stays_byte_for_byte(case):
    text = (DOTNET / case / "stacks" / "lined.txt").read_text()
    with engine(case) as s:
        assert s.symbolicate_text(text) == text


def lines_of(text):
    """What is no frame, and of frames their place: file and line, or that there is none."""
    for line in text.splitlines():
        found = re.search(r" in (/\S+?):(?:line )?([1-9]\d*)\s*(?:<---)?\s*$", line)
        yield found.groups() if found else "at" if line.lstrip().startswith("at ") else line


WRITTEN = {
    "mono": [
        "  at Harbour.Tide.InLambdaAsync.<lambda> (System.Int32 hour) [0x000c9] in /src/harbour/Harbour.cs:124 ",
        "  at new Harbour.Berth (System.Collections.Generic.IEnumerable`1[T] moored) [0x0002a] in /src/harbour/Harbour.cs:17 ",
        "  at Harbour.Tide.Levels () [0x00029] in /src/harbour/Harbour.cs:114 ",
        "  at Program.Local.Inner (System.Int32 left) [0x00003] in /src/harbour/Program.cs:19 ",
    ],
    "vb": [
        "  at Harbour.Quay.Ropes () [0x00037] in /src/harbour/Quay.vb:20 ",
        "  at Harbour.Quay.MoorAsync (System.String ship) [0x0007f] in /src/harbour/Quay.vb:14 ",
        "  at Harbour.Quay.<lambda> (System.Int32 one) [0x00009] in /src/harbour/Quay.vb:29 ",
    ],
}


@pytest.mark.parametrize("case", WRITTEN)
def test_mono_s_text_with_mvids_comes_back_with_the_lines_that_mono_prints_where_it_has_the_pdb(case):
    stacks = DOTNET / case / "stacks"
    with engine(case) as s:
        made = s.symbolicate_text((stacks / "raw.txt").read_text())
        assert s.symbolicate_text(made) == made
    got, truth = list(lines_of(made)), list(lines_of((stacks / "lined.txt").read_text()))
    assert got == truth
    assert sum(isinstance(one, tuple) for one in got) >= 9
    assert not set(WRITTEN[case]) - set(made.splitlines())


def test_the_command_line_gives_the_library_s_answer():
    text = (DOTNET / "mono" / "stacks" / "raw.txt").read_text()
    arguments = ["trace", "-", "-f", str(DOTNET / "mono" / "files"), "--no-cache", "--format", "json"]
    result = CliRunner().invoke(program, arguments, input=text)
    assert result.exit_code == 0, result.stderr
    with engine("mono") as s:
        assert json.loads(result.stdout) == json.loads(json.dumps(s.symbolicate(parse_trace(text))))


def test_embedded_sources_are_the_lines_around_a_frame_and_source_link_is_told():
    frame = {"function_id": "0x7", "instruction_addr": "0x3f", "function": "Main"}
    for case, image in (("embedded", "harbour.dll"), ("release", "harbour.pdb")):
        event = {"platform": "csharp", "images": [{"type": "pe_dotnet", "code_file": "harbour.dll", "debug_file": "harbour.pdb"}]}
        with engine(case) as s:
            (made,) = s.symbolicate(event | {"stacktrace": {"frames": [frame | {"addr_mode": "rel:0"}]}})["stacktrace"]["frames"]
        assert made["lineno"] == 99, image
        if case == "embedded":
            assert made["context_line"] == "                scenarios[name]();"
        else:
            assert made["data"]["source_link"] == "https://git.example/harbour/raw/1f3c/Program.cs"
    with Symbolicator(files=[DOTNET / "release" / "files", DOTNET / "app"], cache_dir=False) as s:
        (made,) = s.symbolicate(event | {"stacktrace": {"frames": [frame | {"addr_mode": "rel:0"}]}})["stacktrace"]["frames"]
    assert made["context_line"] == "                scenarios[name]();"
