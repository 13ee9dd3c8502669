"""Android's tombstones as protobuf (`fixtures/traces/tombstone`, written by protobuf's own library): the text and the frames of a crash."""

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator, parse_trace
from symbolicator.cli.program import program
from symbolicator.errors import TraceError
from symbolicator.protobuf import fields_of
from symbolicator.traces.encoded import text_in
from symbolicator.traces.tombstone import tombstone_text
from symbolicator.traces.tombstone.message import MAX_MESSAGES

FIXTURES = Path(__file__).parents[3] / "fixtures"
TOMBSTONES = FIXTURES / "traces" / "tombstone"
CASE = FIXTURES / "native" / "crash-throw"
EXPECTED = json.loads((CASE / "case.json").read_text())["expected"]


def content(name="abort.pb"):
    return (TOMBSTONES / name).read_bytes()


def run(*words, files=CASE / "files", **options):
    return CliRunner().invoke(program, [*map(str, words), "-f", str(files)], **options)


def is_tombstone(given):
    try:
        return bool(tombstone_text(given))
    except TraceError:
        return False


@pytest.fixture(scope="module")
def engine():
    with Symbolicator(CASE / "files", cache_dir=False) as made:
        yield made


def test_the_frames_of_a_crash_come_back_as_the_debuggers_say(engine):
    (value,) = engine.symbolicate(parse_trace(text_in(content())))["exception"]["values"]
    told = [(frame["lineno"], Path(frame["abs_path"]).name) for frame in value["stacktrace"]["frames"][::-1] if frame.get("lineno")]
    wanted = {frame["index"]: [(one["line"], Path(one["file"]).name) for one in frame["frames"]] for frame in EXPECTED}
    assert told == [one for index in sorted(wanted, reverse=True) for one in wanted[index]]


def test_what_the_process_died_of_is_told():
    (value,) = parse_trace(text_in(content()))["exception"]["values"]
    assert value["type"] == "SIGABRT"
    assert value["value"].splitlines() == [
        "code -1 (SI_QUEUE from pid 12345, uid 10321), fault addr --------",
        "Abort message: 'terminating due to uncaught exception of type apiary::Swarm: the queen left'",
    ]


def test_the_thread_that_crashed_is_the_exception_and_the_others_are_threads():
    event = parse_trace(text_in(content()))
    assert event["exception"]["values"][0]["thread_id"] == 12345
    assert [(one["id"], one["name"], one.get("crashed")) for one in event["threads"]["values"]] == [
        (12346, "Binder:12345_1", None),
        (12345, "keeper", True),
    ]
    assert "signal" in text_in(content()).partition("--- ---")[0]


def test_where_memory_was_allocated_and_freed_are_stacks_of_their_own(engine):
    crash, freed, allocated = parse_trace(text_in(content("freed.pb")))["exception"]["values"]
    assert "Cause: [GWP-ASan]: Use After Free" in crash["value"]
    assert (freed["value"], allocated["value"]) == ("deallocated by thread 12346", "allocated by thread 12345")
    text = engine.symbolicate_text(text_in(content("freed.pb")))
    assert text.count("(season at main.cpp:62)") == 3


@pytest.mark.parametrize("name", ["abort.pb", "freed.pb"])
def test_every_door_for_texts_reads_one(engine, name):
    text = engine.symbolicate_text(text_in(content(name)))
    assert run("trace", TOMBSTONES / name).stdout == text
    assert run("trace", "-", input=content(name)).stdout == text
    assert engine.symbolicate_text(text) == text
    assert "spill at hive.cpp" in run("explain", TOMBSTONES / name).stdout


def test_a_tombstone_is_told_from_other_bytes():
    assert is_tombstone(content())
    for other in (
        b"",
        b"\x08",
        b"\x12\x05hello",
        b"\x08\x01\x28\x05\x30\x06",
        b"\x08\x01 a text",
        content()[:-1],
        b"{}",
        b"\x7fELF" + bytes(64),
    ):
        assert not is_tombstone(other), other
    assert text_in(b"\x08 a text") == "\x08 a text"


def test_an_event_on_disk_says_what_a_tombstone_is_for():
    answer = run("event", TOMBSTONES / "abort.pb")
    assert answer.exit_code
    assert "symbolicator trace" in answer.stderr


def test_text_in_it_cannot_act_on_a_terminal():
    text = tombstone_text(content().replace(b"the queen left", b"the \x1b[2J  left"))
    assert "\x1b" not in text


def test_a_message_of_too_many_messages_is_refused():
    empty = b"\x7a\x00"  # a cause
    with pytest.raises(TraceError, match="more than"):
        tombstone_text(empty * (MAX_MESSAGES + 1))


def test_numbers_are_read_to_64_bits_and_no_further():
    assert [one[:2] for one in fields_of(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")] == [(1, 2**64 - 1)]
    assert [one[:2] for one in fields_of(b"\x09\x01\0\0\0\0\0\0\0\x0d\x02\0\0\0")] == [(1, 1), (1, 2)]
    for bad in (b"\x08", b"\x08" + b"\xff" * 11, b"\x0a\x05ab", b"\x0b", b"\x00\x01", b"\x09\x01"):
        with pytest.raises(ValueError, match="protobuf message"):
            list(fields_of(bad))
        with pytest.raises(TraceError, match="protobuf message"):
            tombstone_text(bad)


def test_damaged_ones_raise_nothing_but_our_own_error():
    chance = random.Random(7)
    read = 0
    for _ in range(1_500):
        bad = bytearray(content(chance.choice(["abort.pb", "freed.pb"])))
        for _ in range(chance.choice([1, 3, 20])):
            at = chance.randrange(len(bad))
            bad[at : at + chance.choice([1, 1, 2, 30])] = chance.choice([bytes([chance.randrange(256)]), b"", b"\xff" * 12])
        if is_tombstone(bytes(bad)):
            read += 1
            try:
                parse_trace(text_in(bytes(bad)))
            except TraceError:
                continue
    assert read > 50
