"""Every folder `fixtures/jvm/<case>/`: the shrunk program's traces come back as the program prints them that was not shrunk."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator, parse_trace
from symbolicator.cli.program import program
from symbolicator.traces import find_traces

JVM = Path(__file__).parent.parent / "fixtures" / "jvm"
CASES = sorted(path.parent for path in JVM.glob("*/case.toml"))


def scenarios(case):
    """(name, what the shrunk program printed, the truth, what ReTrace says where it says something else)."""
    about = tomllib.loads((case / "case.toml").read_text())
    stacks = sorted(path for path in (case / "stacks").glob("*.txt") if not path.name.endswith(".retrace.txt"))
    assert len(stacks) == about["scenarios"]
    for path in stacks:
        said = path.with_suffix(".retrace.txt")
        yield (
            path.stem,
            path.read_text(),
            (JVM / "app" / "truth" / about["program"] / path.name).read_text(),
            said.read_text() if said.exists() else None,
        )


def frames(text, keep_lines=True):
    """The frames of a text, each with what else it may be (`<OR>`)."""
    groups = []
    for each in text.splitlines():
        line = each.strip() if keep_lines else re.sub(r":\d+\)$", ")", each.strip())
        if line.startswith("at "):
            groups.append([line])
        elif line.startswith("<OR> at "):
            groups[-1].append(line.removeprefix("<OR> "))
    return groups


def agree(got, want):
    return len(got) == len(want) and all(line in group for group, (line,) in zip(got, want, strict=True))


def without_files(groups):
    """ReTrace believes that every file ends in `.java`."""
    return [[re.sub(r"\(\w+\.(?:java|kt)\b", "(", line) for line in group] for group in groups]


def other_lines(text):
    """What is neither a frame nor a count of frames: headers and messages."""
    return [line for line in text.splitlines() if not line.lstrip().startswith(("at ", "<OR> at ", "... "))]


def blocks(text):
    """The frames below each line that is none: of an exception, or none at all."""
    parts = re.split(r"(?m)^(?!\s*(?:at|<OR>|\.\.\.) ).*\n", text)
    return [frames(part, keep_lines=False) for part in parts]


def agree_without_lines(got, truth):
    """Without lines, more frames are those of the exception around, and a cause's stack ends earlier: only its frames are compared."""
    got, truth = blocks(got), blocks(truth)
    return len(got) == len(truth) and all(agree(a[: len(b)], b[: len(a)]) for a, b in zip(got, truth, strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_shrunk_program_s_trace_reads_like_the_program_s_own(case):
    about = tomllib.loads((case / "case.toml").read_text())
    wrong = []
    with Symbolicator(files=[case / "files"], cache_dir=False) as engine:
        for name, raw, truth, said in scenarios(case):
            got = engine.symbolicate_text(raw)
            if "LineNumberTable" in about["options"]:
                right = agree(frames(got), frames(truth))
                right = right or (said is not None and agree(without_files(frames(got)), without_files(frames(said))))
            else:
                right = agree_without_lines(got, truth)
            if not right or (other_lines(got) != other_lines(truth) and name not in about["words_stay"]):
                wrong.append(f"{name}:\n{got}instead of\n{truth}")
            assert re.findall(r"\.\.\. .*", got) == re.findall(r"\.\.\. .*", raw)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_trace_that_is_readable_stays_as_it_is(case):
    with Symbolicator(files=[case / "files"], cache_dir=False) as engine:
        for name, raw, _, _ in scenarios(case):
            once = engine.symbolicate_text(raw)
            if "<OR>" not in once:
                assert engine.symbolicate_text(once) == once, name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_command_line_gives_the_library_s_answer(case):
    with Symbolicator(files=[case / "files"], cache_dir=False) as engine:
        for _, raw, _, _ in list(scenarios(case))[::9]:
            command = ["trace", "-", "-f", str(case / "files"), "--no-cache", "--format"]
            as_json = CliRunner().invoke(program, [*command, "json"], input=raw)
            assert json.loads(as_json.stdout) == json.loads(json.dumps(engine.symbolicate(parse_trace(raw))))
            assert CliRunner().invoke(program, [*command, "plain"], input=raw).stdout == engine.symbolicate_text(raw)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_frame_of_a_trace_is_read_and_the_text_comes_back_byte_for_byte(case):
    for name, raw, _, _ in scenarios(case):
        for text in (raw, "".join(f"11-22 18:00:00.000  123  123 E AndroidRuntime: {line}\n" for line in raw.splitlines())):
            traces = find_traces(text)
            values = traces.event["exception"]["values"]
            assert sum(len(value["stacktrace"]["frames"]) for value in values if "stacktrace" in value) == len(frames(raw)), name
            headers = [line for line in other_lines(raw) if not line.startswith("  ") and "CIRCULAR" not in line]
            assert len(values) == len(headers), name
            assert traces.render(traces.event) == text


def test_there_are_cases():
    assert len(CASES) >= 8
