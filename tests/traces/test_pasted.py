"""V8's frames as other tools hand them on: links, lists, without `at`, with a zone's name."""

import json

import pytest

from symbolicator.traces import find_traces

URL = "https://post.example/app.js:1:304"
CALL = [("c", "https://post.example/app.js", 1, 304)]


def frames(text):
    traces = find_traces(text)
    assert traces.render(traces.event) == text
    found = [value["stacktrace"]["frames"][::-1] for value in traces.event["exception"]["values"]]
    return [(f.get("function"), f.get("abs_path"), f.get("lineno"), f.get("colno")) for stack in found for f in stack]


@pytest.mark.parametrize(
    "place",
    [
        # Markdown, with the address as text and with another
        f"([app.js:1:304]({URL}))",
        f"([{URL}]({URL}))",
        # Jira's
        f"([{URL}])",
        f"([app.js:1:304|{URL}])",
        # Slack's
        f"(<{URL}>)",
        f"(<{URL}|app.js:1:304>)",
        # Outlook's and Teams'
        f"({URL}<{URL}>)",
        # zone.js
        f"({URL}) [angular]",
        f"({URL}) [<root>]",
        f"({URL}) [ProxyZone]",
        # Datadog's
        f"@ {URL}",
        # goja's: k6, Grafana
        f"({URL}(26))",
    ],
)
def test_an_address_is_read_out_of_what_surrounds_it(place):
    assert frames(f"Error: parcel\n    at c {place}\n") == CALL


def test_a_counter_after_a_bare_position_is_none_of_it():
    assert frames(f"Error: parcel\n\tat {URL}(7)\n\tat forEach (native)\n") == [(None, *CALL[0][1:]), *frames("E\n\tat forEach (native)\n")]


@pytest.mark.parametrize("blank", ["\xa0", "\u202f", "\u2003"])
def test_the_blanks_of_documents_are_blanks(blank):
    text = f"Error: parcel\n    at async c [as d] ({URL})\n".replace(" ", blank)
    assert frames(text) == CALL
    assert frames(f"{blank}{blank}at c ({URL}){blank}\n") == CALL
    assert frames(json.dumps({"stack": f"Error: parcel\n    at c{blank}({URL})"}) + "\n") == CALL


@pytest.mark.parametrize("lead", ["", "  ", "        "])
def test_a_call_without_at_is_a_frame_and_so_is_what_stands_beside_it(lead):
    text = "".join(
        f"{lead}{line}\n"
        for line in [f"c ({URL})", "/srv/dist/a.test.js:1:665", "Array.forEach (<anonymous>)", "new T.<anonymous> (node:x:1:2)"]
    )
    assert [found[0] for found in frames("Error: parcel\n" + text)] == ["c", None, "Array.forEach", "new T.<anonymous>"]


@pytest.mark.parametrize(
    "line",
    [
        # what compilers, linters and people write
        "src/app.js:1:304",
        "see the code (https://post.example/app.js)",
        "look at this call (it was app.js:1:304)",
        "error TS2304 (12:30:11)",
    ],
)
def test_a_place_in_prose_is_no_frame_by_itself(line):
    assert frames(f"{line}\nError: parcel\n    at c ({URL})\n") == CALL


def test_names_may_hold_an_at():
    text = "Error: at\n@fn@https://box.example/box.js:1:40\n@https://box.example/box.js:1:92\nmap@[native code]\na@b@https://box.example/@s/box.js:1:75\n"
    assert [found[:2] for found in frames(text)] == [
        ("@fn", "https://box.example/box.js"),
        (None, "https://box.example/box.js"),
        ("map", "[native code]"),
        ("a@b", "https://box.example/@s/box.js"),
    ]


def test_sentry_s_plain_text_is_read_and_python_s_traceback_is_not():
    text = 'TypeError: x\n  File "app:///index.mjs", line 1, col 72, in r\n  File "app:///index.mjs", line 1, col 125, in Object.f [as handler]\n'
    assert [found[0] for found in frames(text)] == ["r", "Object.f"]
    python = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nError: x\n    at c (https://post.example/app.js:1:304)\n'
    assert frames(python) == CALL


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('2026-01-01,"', '",eu-1\n'),  # a table's cell
        ("<failure message='m'>", "</failure></testcase>\n"),
        ("<![CDATA[", "]]>\n"),
        ("[", "]\n"),  # node's inspect, around an error within another
        ('[12:INFO:CONSOLE(1)] "Uncaught ', '", source: https://post.example/app.js (1)\n'),
        ("{'stack': '", "'}\n"),
        ("2026\t", "\tx\n"),
        ("client ", ", referer: https://post.example/\n"),  # Apache's
        ("<p>", "&quot;}</p>\n"),
        ("", "...\n"),
        ("[code]", "[/code]\n"),  # forums, Jira
        ("{noformat}", "{noformat}\n"),
        ("“", "”\n"),  # documents, chats
        ("/* ", " */\n"),
        ("", ' {"service":"post"}\n'),  # winston
        ("", " +2ms\n"),  # debug
        ("", "%0A\n"),
        ("", " (truncated)\n"),
    ],
)
def test_what_closes_behind_the_last_frame_does_not_hide_it(before, after):
    assert frames(f"{before}ParcelError: parcel\n    at c ({URL})\n    at d ({URL}){after}") == [*CALL, ("d", *CALL[0][1:])]


@pytest.mark.parametrize("after", [" +2ms", "%0A", " */", " -->", "...", " (truncated)", "\0", " {}", "[/code]", "”"])
def test_nor_a_frame_without_parentheses(after):
    assert frames(f"ParcelError: parcel\nc@{URL}\nd@{URL}{after}\n") == [*CALL, ("d", *CALL[0][1:])]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('2026 docker.abc: {"source":"stderr","log":"', '","n":"1"}'),  # fluentd's and Fluent Bit's own output
        ('[0] app.log: [[17.1, {}], {"log"=>"', '"}]'),
        ("| 2026-01-01 | ", " |"),
        ("    '", "\\n' +"),  # node's inspect, of a long string
        ("  - '", "'"),
        ("", ";"),
        ("│ ", "              │"),
    ],
)
def test_what_stands_on_both_sides_of_each_line_does_not_hide_a_frame(before, after):
    text = "".join(f"{before}{line}{after}\n" for line in ("ParcelError: parcel", f"    at c ({URL})", f"    at d ({URL})"))
    assert frames(text) == [*CALL, ("d", *CALL[0][1:])]


def test_javas_and_native_frames_are_read_before_what_closes_behind_them():
    java = find_traces('1,"k2.e: x\n\tat k2.c.a(SourceFile:2)\n\tat k2.c.a(SourceFile:6)",2\n').event
    assert [f["lineno"] for f in java["exception"]["values"][0]["stacktrace"]["frames"]] == [6, 2]
    native = find_traces('1,"/srv/orchard(+0x11cd) [0x55b39afa11cd]\n/srv/orchard(+0x12b2) [0x55b39afa12b2]"\n').event
    assert len(native["exception"]["values"][0]["stacktrace"]["frames"]) == 2
