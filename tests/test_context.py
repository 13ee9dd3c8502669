"""Source lines around a position."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.context import SNIP, WINDOW, attach, cut
from symbolicator.model import Event, Frame, Stacktrace


def units(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_a_line_that_fits_stays_whole():
    assert cut("x" * WINDOW, 3) == ("x" * WINDOW, None)


def test_a_long_line_is_cut_around_the_column():
    line = "a" * 500 + "!" + "b" * 500
    shown, column = cut(line, 500)
    assert shown.startswith(SNIP)
    assert shown.endswith(SNIP)
    assert shown[column] == "!"
    assert len(shown) == WINDOW + 2 * len(SNIP)


def test_only_the_cut_side_is_marked():
    assert cut("a" * 300, 0)[0] == "a" * WINDOW + SNIP
    assert cut("a" * 300, 299)[0] == SNIP + "a" * WINDOW


def test_columns_count_utf_16_code_units():
    line = "😀" * 100 + "!" + "x" * 200
    shown, column = cut(line, 200)
    assert shown.encode("utf-16-le")[2 * column : 2 * column + 2].decode("utf-16-le") == "!"


@given(st.text(max_size=400), st.integers(0, 500))
def test_a_cut_line_is_part_of_the_line_and_within_the_window(line, column):
    shown, at = cut(line, column)
    inner = shown.removeprefix(SNIP).removesuffix(SNIP) if at is not None else shown
    assert inner in line
    assert units(inner) <= WINDOW
    if at is not None and column < units(line):
        whole, part = line.encode("utf-16-le", "surrogatepass"), shown.encode("utf-16-le", "surrogatepass")
        # the same code unit stands under the column, but where a pair of surrogates at the window's edge gave way
        assert whole[2 * column : 2 * column + 2] == part[2 * at : 2 * at + 2] or 0xDC <= whole[2 * column + 1] <= 0xDF


class Text:
    def __init__(self, *lines):
        self.lines, self.asked = lines, 0

    def context(self, line, before, after):
        self.asked += 1
        if line >= len(self.lines):
            return None
        return list(self.lines[max(0, line - before) : line]), self.lines[line], list(self.lines[line + 1 : line + 1 + after])


def event_of(*frames):
    return Event(stacktrace=Stacktrace(frames=frames))


def test_lines_before_at_and_after_are_attached():
    (frame,) = attach(event_of(Frame(lineno=3, colno=1, source_text=Text(*"abcde"))), 1).stacktrace.frames
    assert (frame.pre_context, frame.context_line, frame.post_context) == (("b",), "c", ("d",))


def test_a_line_beyond_the_text_attaches_nothing():
    (frame,) = attach(event_of(Frame(lineno=30, source_text=Text("a"))), 1).stacktrace.frames
    assert frame.context_line is None


def test_a_line_that_many_frames_share_is_read_once():
    text = Text(*"abcde")
    attach(event_of(*[Frame(lineno=3, source_text=text)] * 1000), 5)
    assert text.asked == 1


@pytest.mark.parametrize("lead", [0, 1])
def test_a_window_never_cuts_a_pair_of_surrogates_in_two(lead):
    # Two code units a character: at one of the two leads the window's start falls within a pair, at the other its end does.
    line = "a" * lead + "😀" * 400
    for column in (300, 301):
        kept, place = cut(line, column)
        inner = kept.removeprefix("{snip}").removesuffix("{snip}")
        assert set(inner) == {"😀"}
        assert len(inner) in (69, 70)
        whole = line.encode("utf-16-le")
        shown = kept.encode("utf-16-le")
        assert shown[2 * place : 2 * place + 2] == whole[2 * column : 2 * column + 2]
