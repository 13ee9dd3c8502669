"""What the page reads, and how it shows it: the same counts and stacks as the command line's, for eyes, ears, paper and small screens."""

# ruff: noqa: F811 - fixtures are imported, and then given
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.errors import TraceError
from symbolicator.rendering.sections import sections
from symbolicator.rendering.tally import outcome_of
from tests.service.browsing import BUILD, FIXTURES, address, browser, drop, expect, serve, visit  # noqa: F401 - fixtures
from tests.service.conftest import CASE, WANTED

ROOT = FIXTURES.parent


def axe_core():
    """The text of axe-core: named by AXE_CORE, in the checkout, or installed by npm for the machine; None if it is nowhere."""
    folders = [ROOT / "node_modules"]
    if shutil.which("npm"):
        asked = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=False)
        folders += [Path(asked.stdout.strip())] if asked.returncode == 0 and asked.stdout.strip() else []
    named = [Path(os.environ["AXE_CORE"])] if os.environ.get("AXE_CORE") else []
    places = [*named, *(folder / "axe-core" / "axe.min.js" for folder in folders)]
    return next((place.read_text("utf-8") for place in places if place.is_file()), None)


def answer(there, text, *, build=BUILD):
    """Give the page a text and the files of its build; the rows of the answer."""
    there.page.fill("#trace", text)
    there.page.set_input_files("#pick", build) if build else there.page.click("#go")
    return there.answered()


def test_the_example_needs_nothing_but_a_click(visit):
    there = visit()
    there.page.click("#example")
    expect(there.answered().filter(has_text="priceOf")).to_contain_text("src/bill.ts:23:11")
    expect(there.page.locator("#tally")).to_have_text("4 frames symbolicated; 6 were readable already")
    assert there.complaints == []


def test_a_log_of_json_lines_is_read_as_the_command_line_reads_it(visit, trace):
    """One line is one JSON object, and no event; of several none is one document."""
    line = json.dumps({"level": "error", "msg": "unhandled", "stack": trace})
    for text in (line, json.dumps({"level": "info", "msg": "up"}) + "\n" + line):
        expect(answer(visit(), text).filter(has_text=WANTED).first).to_be_visible()


def test_events_in_lines_are_crashes_of_one_list(visit, event):
    there = visit()
    answer(there, json.dumps(event) + "\n" + json.dumps({"frames": [{"function": "f", "filename": "a.py", "lineno": 3}]}))
    expect(there.page.locator(".title")).to_have_count(2)


def test_the_release_and_the_distribution_are_sent(visit):
    there = visit()
    there.page.click("details.more summary")
    there.page.fill("#release", "shop@1.2.0")
    there.page.fill("#dist", "7")
    there.page.click("#example")
    there.answered()
    assert any(url.endswith("/symbolicate/text?release=shop%401.2.0&dist=7") for url in there.asked)


def test_of_several_crashes_the_first_is_open(visit, trace):
    there = visit()
    answer(there, f"12:00:01 first\n{trace}\n12:00:05 a line\n{(CASE / 'stacks' / 'causeChain.txt').read_text()}")
    titles = there.page.locator(".title")
    assert [title.get_attribute("aria-expanded") for title in titles.all()] == ["true", "false"]
    expect(there.page.locator(".listed").first).to_contain_text("2 crashes; the first is open.")
    titles.nth(1).click()
    expect(there.page.locator("section.crash").nth(1).locator(".row").first).to_be_visible()


def test_an_apple_report_shows_what_crashed_before_its_threads(visit):
    there = visit()
    report = FIXTURES / "traces" / "apple" / "crash.ips"
    drop(there.page, report)
    there.answered()
    there.page.set_input_files("#pick", [path for path in (FIXTURES / "native" / "macho-dsym" / "files").rglob("*") if path.is_file()])
    there.answered()
    titles = [title.inner_text() for title in there.page.locator(".title").all()]
    assert titles[0].startswith("EXC_BAD_ACCESS")
    assert all("Thread" in title for title in titles[1:])
    expect(there.page.locator(".row").filter(has_text="smoker.c:36").first).to_be_visible()


def test_a_file_in_utf_16_as_windows_tools_write_it_is_read(visit, trace):
    there = visit()
    held = there.page.evaluate_handle(
        "bytes => { const held = new DataTransfer(); held.items.add(new File([new Uint8Array(bytes)], 'crash.log')); return held; }",
        list(trace.encode("utf-16")),
    )
    there.page.dispatch_event("body", "drop", {"dataTransfer": held})
    expect(there.answered().first).to_contain_text("G")


def test_the_stack_as_it_was_reported_is_one_key_away(visit, trace):
    there = visit()
    answer(there, trace)
    there.page.keyboard.press("r")
    expect(there.page.locator(".row").first).to_contain_text("/srv/app/dist/app.js:1:4223")
    there.page.click("#raw")
    expect(there.page.locator(".row").first).to_contain_text(WANTED)


def test_my_code_only_and_open_all_agree(visit):
    """Each keeps what the other did, and "Open all" is pressed while nothing that it opens is closed."""
    there = visit()
    page = there.page
    page.click("#example")
    there.answered()

    def pressed():
        return [page.get_attribute(name, "aria-pressed") for name in ("#own", "#all")]

    page.click("#all")
    assert pressed() == ["false", "true"]
    assert page.locator("li.other .row[aria-expanded=true]").count() == 6
    page.click("#own")
    assert pressed() == ["true", "true"]
    assert page.locator("li.own .row[aria-expanded=true]").count() == 4
    assert page.locator("li.other").count() == 0
    page.locator("li.own .row").nth(1).click()
    assert pressed() == ["true", "false"]
    page.click("#own")
    assert page.locator("li.own .row").nth(1).get_attribute("aria-expanded") == "false"
    page.click("#all")
    assert pressed() == ["false", "true"]
    page.click("#all")
    assert page.locator("[aria-expanded=true]").count() == 0


@pytest.fixture(scope="module")
def told():
    """Answers to crashes of many kinds, with and without their files."""
    texts = [path for path in sorted((FIXTURES / "traces").rglob("*")) if path.suffix in {".txt", ".ips", ".crash", ".log"}][::3]
    events = []
    with Symbolicator(cache_dir=False) as engine:
        for path in [*texts, *sorted((FIXTURES / "javascript" / "webpack" / "stacks").iterdir())]:
            try:
                events.append(engine.symbolicate(parse_trace(path.read_text("utf-8", "replace"))))
            except TraceError:
                continue
    with Symbolicator(CASE / "files", cache_dir=False) as engine:
        events += [engine.symbolicate(parse_trace(path.read_text())) for path in sorted((CASE / "stacks").iterdir())]
        package = "Error: x\n    at a (/srv/app/dist/app.js:1:4223)\n    at b (/srv/app/node_modules/koa/lib/koa.js:3:4)\n"
        events.append(engine.symbolicate(parse_trace(package)))
    events += [{}, {"exception": [{"type": "A", "stacktrace": {"frames": [{"lineno": 3}]}}, {"value": 3}], "threads": {"values": [None, {"id": 0}]}}]
    return events


def test_the_page_counts_as_the_command_line_does(visit, told):
    there = visit()
    assert len(told) > 30
    counted = there.page.evaluate("events => events.map((event) => tallyOf(countsOf([event])))", told)
    assert counted == [str(outcome_of(event)) for event in told]


def test_the_page_has_the_stacks_in_the_order_of_the_command_line(visit, told):
    there = visit()
    read = there.page.evaluate("events => events.map((event) => crashesOf(event).flat().map((one) => [one.relation, headingOf(one), one.frames.length]))", told)
    assert read == [[[one.relation, one.heading, len(one.frames)] for one in sections(event)] for event in told]


ODD = [None, 3, "x", [], {}, [[]], [None], {"values": 3}, {"values": [None, [], {"stacktrace": []}]}]
FRAMES = [{"function": {"a": 1}, "lineno": "x", "filename": [], "data": [], "context_line": 3, "pre_context": {}}, {"data": {"problems": [{}, 3], "folded": {"frames": 1, "functions": [[]]}, "alternatives": [{}, 3]}},
          {"function": "constructor", "platform": "__proto__", "data": {"symbolicator_status": "toString", "resolved_with": "valueOf", "problems": [{"type": "constructor", "tried": 3}]}, "lineno": 1, "colno": -4, "context_line": "x"}]  # fmt: skip


def test_no_content_of_an_event_breaks_the_page(visit):
    there = visit()
    events = [{key: value} for key in ("exception", "threads", "stacktrace", "stacktraces", "frames", "errors", "grouping", "suspect_commits") for value in ODD]
    events.append({"exception": [{"type": 3, "value": {}, "mechanism": [], "stacktrace": {"frames": FRAMES}, "raw_stacktrace": {"frames": [3, {}]}}], "frames": FRAMES, "errors": [3, {"type": []}]})
    script = """events => { for (const event of events) { Object.assign(state, { events: [event], crashes: crashesOf(event) }); view.base = "all"; draw(); markdown(state); view.raw = !view.raw; draw(); } return $("stacks").textContent; }"""
    assert "constructor" in there.page.evaluate(script, events)
    assert there.complaints == []


# a comment, a string, a keyword, a number; what goes over lines; quotes that hold no string; a language without colours; nothing closed
@pytest.mark.parametrize(
    ("name", "lines", "kinds"),
    [
        ("a.ts?v=1", ["const x = 'a' + 10 // b"], [["const", "k"], ["'a'", "s"], ["10", "n"], ["// b", "c"]]),
        ("a.js", ["/* one", "two */ if", "`a", "b` 7"], [["/* one", "c"], ["two */", "c"], ["if", "k"], ["`a", "s"], ["b`", "s"], ["7", "n"]]),
        ("a.rs", ["fn f<'a>(x: &'a str)"], [["fn", "k"]]),
        ("a.py", ['if x: # "c"', '"""d', 'e""" or None'], [["if", "k"], ['# "c"', "c"], ['"""d', "s"], ['e"""', "s"], ["or", "k"], ["None", "k"]]),
        ("a.txt", ["if 1"], []),
        ("constructor", ["if 1"], []),
        ("a.js", ["'\\", '"é👍', "\\"], [["'\\", "s"], ['"é👍', "s"]]),
    ],
)
def test_source_lines_are_coloured_by_their_language(visit, name, lines, kinds):
    read = visit().page.evaluate("([lines, name]) => coloured(lines, name)", [lines, name])
    assert ["".join(text for _, text in parts) for parts in read] == lines
    assert [[text, kind] for parts in read for kind, text in parts if kind] == kinds


def test_a_group_is_named_where_the_service_groups(visit, serve):
    there = visit(to=serve(grouping=True))
    there.page.click("#example")
    there.answered()
    expect(there.page.locator(".fact")).to_contain_text(" TypeError in priceOf (src/bill.ts)")


def test_a_frame_that_several_errors_share_is_open_once(visit, trace):
    there = visit()
    answer(there, trace)
    assert there.page.locator(".row[aria-expanded=true]").filter(has_text="notices.ts:42:25").count() == 1


def test_a_hint_says_what_to_do_on_the_page(visit, trace):
    there = visit()
    answer(there, trace, build=())
    expect(there.page.locator(".note .todo").first).to_have_text("What to do: give the files of the deployed build with “Add files”")
    assert "files=" not in there.page.locator("#answer").inner_text()


def test_a_busy_service_is_asked_again_by_one_click(visit):
    there = visit()
    there.page.route("**/symbolicate/text", lambda route: route.fulfill(status=503, content_type="application/json", body='{"detail": "too many"}'), times=1)
    there.page.click("#example")
    expect(there.page.locator("#error")).to_contain_text("The service is busy")
    there.page.get_by_role("button", name="Try again").click()
    expect(there.answered().first).to_contain_text("priceOf")


def test_paper_has_the_stack_and_nothing_to_click(visit):
    there = visit(color_scheme="dark")
    there.page.click("#example")
    there.answered()
    there.page.emulate_media(media="print")
    for gone in ("#form", "#own", "footer"):
        expect(there.page.locator(gone)).to_be_hidden()
    expect(there.page.locator(".excerpt")).to_be_visible()
    assert there.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_nothing_moves_where_less_motion_is_wished(visit):
    there = visit(reduced_motion="reduce")
    there.page.click("#example")
    there.answered()
    moving = "[...document.querySelectorAll('*')].filter((one) => parseFloat(getComputedStyle(one).transitionDuration) + parseFloat(getComputedStyle(one).animationDuration) > 0).length"
    assert there.page.evaluate(moving) == 0


def test_everything_has_a_name_for_those_who_hear_the_page(visit, trace):
    there = visit()
    answer(there, trace)
    there.page.click("#all")
    for role in ("button", "textbox", "group", "region"):
        for one in there.page.get_by_role(role).all():
            named = one.evaluate("(one) => one.ariaLabel || one.labels?.[0]?.textContent || one.textContent")
            assert named.strip(), one.evaluate("(one) => one.outerHTML")
    assert there.page.get_by_role("status").inner_text() == there.page.locator("#tally").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 380])
def test_axe_finds_no_barrier(visit, trace, scheme, width):
    axe = axe_core()
    if axe is None:
        pytest.skip("axe-core is not installed: npm install axe-core here, or npm install -g axe-core; AXE_CORE names axe.min.js elsewhere")
    there = visit(color_scheme=scheme, viewport={"width": width, "height": 800})
    there.page.evaluate(axe)

    def barriers():
        found = there.page.evaluate("axe.run()")["violations"]
        return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]

    assert barriers() == []  # empty
    there.page.fill("#trace", "nothing")
    there.page.click("#go")
    expect(there.page.locator("#error")).to_be_visible()
    assert barriers() == []  # a refusal
    answer(there, trace, build=())
    assert barriers() == []  # nothing could be done
    answer(there, f"{trace}\nnext\n{trace}")
    there.page.click("#all")
    assert barriers() == []  # all of several crashes
