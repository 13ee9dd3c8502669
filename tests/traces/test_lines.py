"""A text as lines that know where they stood: what escapes say, what is left out, and what is written back."""

import json

import pytest

from symbolicator.traces import find_traces
from symbolicator.traces.lines import MAX_LINE, Line, split_lines, writer_and_start

STACK = "Error: 𝄞 ž\u2028 \U0010fc00\n    at a (b.js:1:2)\r\n    at c (d.js:3:4)\tÄ"


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_stack_in_a_json_string_is_the_lines_that_it_was(ascii_only, depth):
    text = {"stack": STACK}
    for _ in range(depth):
        text = json.dumps(text, ensure_ascii=ascii_only)
    lines = [line for line in split_lines(text) if line.region]
    assert [line.plain for line in lines] == [line.removesuffix("\r") for line in STACK.split("\n")]
    assert {line.depth for line in lines} == {depth}
    assert "".join(text[line.start : line.stop] for line in split_lines(text)) == text


def test_each_character_of_an_escaped_line_knows_where_it_stands():
    text = json.dumps({"stack": "Ä𝄞b\n    at a (c.js:1:2)"})
    first = next(line for line in split_lines(text) if line.region)
    places = [first.at(index) for index in range(len(first.plain))]
    assert [text[place : place + 2] for place in places] == ["\\u", "\\u", "b\\"]
    assert text[places[1] :].startswith("\\ud834\\udd1eb")


@pytest.mark.parametrize(
    ("escape", "plain"), [(r"\u0041", "A"), (r"\u00e9", "é"), (r"\ud834", "\ufffd"), (r"\udd1e", "\ufffd"), (r"\t\b\f\/\"", '\t\b\f/"')]
)
def test_an_escape_is_what_json_says_and_half_a_pair_can_be_written(escape, plain):
    assert Line(f"x{escape}y", 1, 0, len(escape) + 2, len(escape) + 2, depth=1).plain == f"x{plain}y"


@pytest.mark.parametrize("text", ["INFO at a (b.js:1:2)", "\x1b[31mINFO at a (b.js:1:2)\x1b[0m"])
def test_what_is_left_out_of_a_line_moves_nothing(text):
    line = Line(text, 1, 0, len(text), len(text))
    line.skip(len("INFO "))
    assert line.plain == "at a (b.js:1:2)"
    assert text[line.at(0) :].startswith("at a")
    line.skip(len("at "))
    assert text[line.at(0) :].startswith("a (b.js")


def test_what_is_written_into_an_escaped_line_is_escaped_as_often_and_no_letter_is_lost():
    written = 'ž"\n𝄞'
    for depth in range(3):
        text = Line("", 1, 0, 0, 0, depth=depth).encode(written)
        for _ in range(depth):
            text = json.loads(f'"{text}"')
        assert text == written
    assert "ž" in Line("", 1, 0, 0, 0, depth=2).encode(written)
    assert Line("", 1, 0, 0, 0, markup=True).encode('a<b>&"') == 'a&lt;b&gt;&amp;"'


@pytest.mark.parametrize(("size", "read"), [(MAX_LINE, True), (MAX_LINE + 1, False)])
def test_a_line_longer_than_any_engine_prints_is_passed_by(size, read):
    [line] = split_lines("x" * size)
    assert bool(line.plain) is read


@pytest.mark.parametrize(
    ("line", "name", "said"),
    [
        ("I/App ( 12): at a", "I/App ( 12)", " at a"),
        ("01-02 03:04:05.678 I/App(12): at a", "I/App(12)", " at a"),
        ("01-02 03:04:05.678  12  34 E App: at a", "12 34 E App", " at a"),
        ("2026-01-02 03:04:05.678 12-34/a.b E/App: at a", "12-34/a.b E/App", " at a"),
        ("2026-01-02 03:04:05.678 12-34 App  a.b  E  at a", "12-34 App a.b E", "  at a"),
        ("at a (b.js:1:2)", "", "at a (b.js:1:2)"),
        ("/srv/a.js", "", "/srv/a.js"),
    ],
)
def test_who_wrote_a_line_is_what_logcat_says_in_each_of_its_forms(line, name, said):
    found, start = writer_and_start(line)
    assert (found, line[start:]) == (name, said)


@pytest.mark.parametrize(
    ("log", "plain"),
    [
        (r'{"log":"at \"a\"\n","stream":"stderr"}', 'at "a"'),
        (r'{"log":"one\ntwo","stream":"stderr"}', None),  # of a line that Docker cut there is no end
        (r'{"level":"info","log":"one\n"}', None),
    ],
)
def test_a_line_of_docker_s_is_what_the_program_wrote_where_it_ends_as_one(log, plain):
    [line] = split_lines(log)
    assert (line.plain, line.whole) == ((log, False) if plain is None else (plain, True))
    assert log[line.start : line.stop] == log


def test_a_carriage_return_is_a_line_s_end_and_a_tab_or_a_blank_is_its_own():
    text = "one\r\ntwo\t\nthree \n\r\nfour\r"
    lines = split_lines(text)
    assert [line.plain for line in lines] == ["one", "two\t", "three ", "", "four"]
    assert "".join(text[line.start : line.stop] for line in lines) == text


def test_a_log_of_few_kinds_of_lines_is_read_in_few_reads(monkeypatch):
    from symbolicator.traces import scan

    read = []
    monkeypatch.setattr(scan, "_read", lambda plain, *rest, of=scan._read: read.append(plain) or of(plain, *rest))
    text = (
        "".join(f"12:00:{n % 60:02} info: request {n:06} took {n % 90 + 10} ms\n" for n in range(3000)) + "Error: x\n    at f (a.js:1:2)\n"
    )
    assert len(find_traces(text).sources[0]) == 1
    in_stacks = [plain for plain in read if plain.startswith("12:")]
    assert len(in_stacks) < 3000, "each line was read"
