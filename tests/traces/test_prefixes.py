"""What collectors put before lines is learned from the text."""

import itertools

import pytest

from symbolicator.traces import find_traces

TRACE = ["Error: one", "    at f (/srv/a.js:1:2)", "    at g (/srv/a.js:3:4)", "done"]
NATIVE = ["Program received signal SIGABRT, Aborted.", "#0  0x00005555555551cd in ?? ()", "#1  0x00005555555552b2 in ?? ()"]


def frames(text):
    event = find_traces(text).event
    return [
        (value.get("type"), frame.get("function") or frame.get("instruction_addr"))
        for value in event["exception"]["values"]
        for frame in value["stacktrace"]["frames"][::-1]
    ]


PREFIXES = [
    # rsyslog, both forms; RFC 5424
    "2026-12-01T10:00:0{n}.123456+01:00 host prog[123]: ",
    "Dec  1 10:00:0{n} host prog[123]: ",
    "<134>1 2026-12-01T10:00:0{n}Z host prog 123 - - ",
    '<134>1 2026-12-01T10:00:0{n}Z host prog 123 ID47 [meta seq="{n}"] ',
    # journald
    "Dec 01 10:00:00.00000{n} host prog[77]: ",
    # spdlog, log4j, Python's logging, Serilog, zap's console, nginx
    "[2026-01-01 00:00:00.00{n}][12][critical][backtrace] ",
    "2026-01-01 00:00:00,00{n} ERROR [http-nio-8080-exec-3] c.e.Shop - ",
    "2026-01-01 00:00:00,00{n} - shop.cart - ERROR - ",
    "[10:00:0{n} ERR] ",
    "2026-01-01T00:00:00.00{n}Z\tERROR\tshop/cart.go:12\t",
    "2026/01/01 00:00:0{n} [error] 12#12: *3 ",
    # schedulers of many processes
    "[1,0]<stderr>:",
    "0: ",
    "(RayWorker pid=123, ip=1.2.3.4) ",
    "rank{n}]: ",
    # Kubernetes: kubectl --prefix, stern, CRI
    "[pod/shop-5f6d/cart] ",
    "shop-5f6d cart ",
    "2026-12-01T10:00:00.00000000{n}Z stderr F ",
    # Heroku, systemd-cat, GitHub Actions, Jenkins
    "2026-12-01T10:00:00.00000{n}+00:00 app[web.1]: ",
    "2026-12-01T10:00:00.000000{n}Z ##[error]",
    "[2026-12-01T10:00:00.00{n}Z] ",
    # lists and quotes
    "* ",
    "- ",
    "> ",
    "> > ",
    # the kernel's: levels, caller ids, dmesg -x
    "<4>[   10.00000{n}] ",
    "[   10.00000{n}][ T1234] ",
    "kern  :warn  : [   10.00000{n}] ",
]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_that_nobody_listed_hides_no_javascript_frame_and_stays(prefix):
    text = "".join(prefix.replace("{n}", str(n)) + line + "\n" for n, line in enumerate(TRACE))
    assert frames(text) == [("Error", "f"), ("Error", "g")]
    traces = find_traces(text)
    assert traces.render(traces.event) == text


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_that_nobody_listed_hides_no_native_frame(prefix):
    text = "".join(prefix.replace("{n}", str(n)) + line + "\n" for n, line in enumerate(NATIVE))
    assert [function for _, function in frames(text)] == ["0x5555555551cd", "0x5555555552b2"]


def test_a_frame_that_comes_back_as_several_has_the_prefix_on_each_line():
    text = "".join(f"(worker pid=1) {line}\n" for line in TRACE)
    traces = find_traces(text)
    stack = traces.event["exception"]["values"][0]["stacktrace"]["frames"]
    inner = {"function": "deep", "abs_path": "/s.ts", "filename": "s.ts", "lineno": 9, "colno": 1, "data": {"raw_index": 1}}
    outer = {**inner, "function": "outer", "lineno": 8}
    changed = {
        **traces.event,
        "exception": {"values": [{**traces.event["exception"]["values"][0], "stacktrace": {"frames": [stack[0], outer, inner]}}]},
    }
    assert traces.render(changed).splitlines()[1:4] == [
        "(worker pid=1)     at deep (s.ts:9:1)",
        "(worker pid=1)     at outer (s.ts:8:1)",
        "(worker pid=1)     at g (/srv/a.js:3:4)",
    ]


def test_words_that_stand_before_one_frame_only_are_no_prefix():
    text = "it broke here: at f (/srv/a.js:1:2)\nError: one\n    at g (/srv/a.js:3:4)\n"
    assert frames(text)[-1] == ("Error", "g")


PROSE = "<{n}> looked at that | nothing\n"
LIKE_FRAMES = "<{n}> looked at that | port:{n}\n"
PREFIXED = "".join(f"%% {line}\n" for line in TRACE)


def test_prose_above_a_trace_does_not_keep_its_prefix_from_being_learned():
    traces = find_traces("".join(PROSE.format(n=n) for n in range(10_000)) + PREFIXED)
    assert ([len(stack) for stack in traces.sources], traces.problems) == ([2], ())


def test_lines_that_differ_in_digits_only_are_tried_once():
    traces = find_traces("".join(LIKE_FRAMES.format(n=n) for n in range(5_000)) + PREFIXED)
    assert ([len(stack) for stack in traces.sources], traces.problems) == ([2], ())


def test_where_no_more_prefixes_are_looked_for_is_reported():
    words = ("".join(word) for word in itertools.product("ghijklmnop", repeat=4))
    text = "".join(f"<{word}> looked at that | port:1\n" for word in itertools.islice(words, 5_000)) + PREFIXED + "\n".join(TRACE)
    traces = find_traces(text)
    assert [problem.type.value for problem in traces.problems] == ["limit_exceeded"]
    assert "from line 4001 on" in traces.problems[0].detail
    assert traces.event["errors"][0]["of"] == "text"


def test_what_is_before_a_heading_leaves_lines_without_a_word_as_they_are():
    """Else a line with nothing behind its prefix was one that is too long to be read."""
    frames = "".join(f"Dec 1st 2026, 10:00:00.{at} kiln 0x{at}0\n" for at in (111, 222))
    text = f"Dec 1st 2026, 10:00:00.1 kiln Backtrace:\n{frames}Dec 1st 2026, 10:00:00.3 kiln \n{frames}"
    traces = find_traces(text)
    assert traces.problems == ()
    zephyr = "E: \nE: call trace:\nE:       0: fp: 0x00020010 ra: 0x42001026\nE: \nE:       1: fp: 0x00020010 ra: 0x42001026\n"
    assert find_traces(zephyr).problems == ()
