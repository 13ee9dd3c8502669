"""The quick check of a line says no only where no format reads a frame, whatever a logger wrote before it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.traces.following import Following
from symbolicator.traces.formats import FORMATS, all_formats
from symbolicator.traces.scan import may_hold, read_line
from tests.counting import steps

FIXTURES = Path(__file__).parents[2] / "fixtures"
PARTS = st.sampled_from(
    ["s ", "async ", " get", "(", ")", " (", "/srv/post/dist/a.js", "https://x.test/b.ts?v=1", ":1:2", ":12", " 3:4", " in ", "  ", " at line ", "fn", "<anonymous>",
     "[native code]", "]", "}", '"', "|", "`", "@", "at ", "12:00:01", "INFO ", "[worker-3] ", "1", ".vue", "\\", " ... ", "<anonymous> [as x]"]
)  # fmt: skip


QUICK = [form for form in FORMATS if form.may_end is not None]
FRAMES = [
    "s (/srv/post/dist/a.js:1:544)",
    "/srv/post/dist/a.js:1:665",
    "/srv/a.js:1:2 new Cart",
    "/srv/a.js in total at line 1:2",
    "a.js 1:2  total",
    "a.js 3:4 in fn",
]


def assert_nothing_is_lost(line):
    if not may_hold(line, QUICK):
        assert all(read_line(line[at:], QUICK, line[at:]) is None for at in range(len(line)))


@given(st.lists(PARTS, max_size=9))
def test_a_line_that_may_not_hold_a_frame_holds_none(parts):
    assert_nothing_is_lost("".join(parts))


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("before", ["", "    ", "12:00:01 INFO [worker-3] ", "web-1  | "])
@pytest.mark.parametrize("after", ["", "  ", "\r"])
def test_a_line_that_ends_in_a_frame_may_hold_one(before, frame, after):
    assert read_line(frame + after, QUICK, frame) is not None
    assert may_hold(before + frame + after, QUICK)


@pytest.mark.parametrize("folder", sorted(FIXTURES.glob("*/*/stacks")), ids=lambda path: path.parent.name)
def test_every_frame_of_the_fixtures_may_be_one(folder):
    for path in folder.glob("*.txt"):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if read_line(line, all_formats()) is not None:
                assert may_hold(line, all_formats())
                assert may_hold(f"12:00:01 INFO [worker-3] {line}", all_formats())


def test_a_log_without_frames_takes_few_steps():
    words = ["request", "user", "handler", "database", "cache", "miss", "opened", "retry", "latency", "GET", "/assets/app.js", "200"]
    lines = [
        f"2026-11-30T12:00:{i % 60:02}.{i % 1000:03}Z INFO [worker-{i % 16}] {' '.join(words[i * j % len(words)] for j in range(3, 12))} took={i}ms\n"
        for i in range(4_000)
    ]
    text = "".join(lines)
    Following().feed(text)
    assert steps(lambda: Following().feed(text)) < 150 * len(lines)
