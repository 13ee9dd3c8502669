"""The page in a real browser: what a person does on it, and what it asks of its server."""

# ruff: noqa: F811 - fixtures are imported, and then given
import json

import pytest

from tests.makers.repositories import Repository
from tests.service.browsing import BUILD, FIXTURES, address, browser, drop, expect, serve, visit  # noqa: F401 - fixtures
from tests.service.conftest import CASE, WANTED


def test_a_pasted_trace_and_its_files_become_a_stack_with_source(visit, trace):
    there = visit()
    there.page.fill("#trace", trace)
    there.page.set_input_files("#pick", BUILD)
    rows = there.answered()
    expect(rows.filter(has_text=WANTED).first).to_be_visible()
    expect(there.page.locator(".excerpt .own .caret").first).to_be_visible()
    assert there.complaints == []


def test_a_dropped_trace_is_read_as_one_and_the_rest_as_its_files(visit):
    there = visit()
    drop(there.page, *BUILD, CASE / "stacks" / "aggregate.txt")
    expect(there.answered().filter(has_text=WANTED).first).to_be_visible()
    assert there.page.locator("#files li").count() == len(BUILD)


def test_a_crash_of_several_languages_says_whose_frames_are_whose_and_what_they_took_the_place_of(visit):
    case = FIXTURES / "react-native" / "harbour"
    there = visit()
    there.page.fill("#trace", json.dumps(json.loads((case / "events" / "three-languages.json").read_text())["event"]))
    there.page.set_input_files("#pick", sorted((case / "files").iterdir()))
    rows = there.answered()
    expect(rows.filter(has_text="Harbour.gate").locator(".badge").first).to_have_text("js")
    expect(rows.filter(has_text="harbour.app.Dispatcher.start").locator(".badge").first).to_have_text("java")
    expect(there.page.locator(".woven").filter(has_text="replaces 11 frames, facebook::jsi::Function::call first")).to_be_visible()
    expect(there.page.locator("section.stack").nth(1)).to_contain_text("part of the stack above")
    assert there.page.locator("section.stack").nth(1).locator("ol").count() == 0
    there.page.click("#own")
    expect(there.page.locator(".woven").filter(has_text="replaces 11 frames")).to_be_visible()
    assert there.complaints == []


def test_an_event_is_taken_as_json(visit, event):
    there = visit()
    there.page.fill("#trace", json.dumps(event))
    there.page.press("#trace", "Control+Enter")
    assert there.answered().count() > 0
    assert any(url.endswith("/symbolicate") for url in there.asked)


def test_the_page_talks_to_its_server_only(visit, address, trace):
    there = visit()
    there.page.fill("#trace", trace)
    there.page.click("#go")
    there.answered()
    assert all(url.startswith((address, "data:", "blob:")) for url in there.asked), there.asked


def test_what_a_trace_says_is_never_markup(visit):
    there = visit()
    there.page.fill("#trace", "Error: <img src=x onerror=alert(1)><b id=made>x</b>\n    at <script>alert(2)</script> (/a/<i>.js:1:2)")
    there.page.click("#go")
    there.answered()
    assert there.page.locator("#made, #stacks img, #stacks script, #stacks i:not(.excerpt i)").count() == 0
    assert there.complaints == []


def test_a_text_without_frames_says_what_a_frame_looks_like(visit):
    there = visit()
    there.page.fill("#trace", "nothing went wrong")
    there.page.click("#go")
    expect(there.page.locator("#error")).to_contain_text("No stack frame")
    expect(there.page.locator("#answer")).to_be_hidden()


def test_an_empty_page_asks_for_a_trace(visit):
    there = visit()
    there.page.click("#go")
    expect(there.page.locator("#error")).to_contain_text("no trace")


def test_keys_walk_the_frames(visit, trace):
    there = visit()
    there.page.fill("#trace", trace)
    there.page.set_input_files("#pick", BUILD)
    rows = there.answered()
    there.page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    there.page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    before = rows.nth(1).get_attribute("aria-expanded")
    there.page.keyboard.press("Enter")
    assert rows.nth(1).get_attribute("aria-expanded") != before
    there.page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    there.page.keyboard.press("/")
    expect(there.page.locator("#trace")).to_be_focused()


def test_the_filter_leaves_the_frames_of_the_app(visit, trace):
    there = visit()
    there.page.fill("#trace", trace)
    there.page.set_input_files("#pick", BUILD)
    there.answered()
    there.page.click("#own")
    expect(there.page.locator("#own")).to_have_attribute("aria-pressed", "true")
    assert there.page.locator("li.other").count() == 0
    assert there.page.locator("li.own").count() > 0


def test_the_stack_is_copied_as_markdown(visit, trace):
    there = visit()
    there.page.fill("#trace", trace)
    there.page.set_input_files("#pick", BUILD)
    there.answered()
    there.page.click("#copy")
    expect(there.page.locator("#copy")).to_have_text("Copied")
    copied = there.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("**")
    assert f"`{WANTED}`" in copied


def test_nothing_is_kept(visit, trace):
    there = visit()
    there.page.fill("#trace", trace)
    there.page.click("#go")
    there.answered()
    kept = there.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie, location.search, location.hash]")
    assert kept == [0, 0, "", "", ""]


@pytest.mark.parametrize("width", [320, 380])
def test_a_phone_scrolls_in_one_direction(visit, trace, width):
    there = visit(viewport={"width": width, "height": 700})
    there.page.fill("#trace", trace)
    there.page.set_input_files("#pick", BUILD)
    there.answered()
    there.page.click("#all")
    assert there.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_service_with_a_token_asks_for_it(visit, serve, trace):
    there = visit(to=serve(token="sesame"))
    there.page.fill("#trace", trace)
    there.page.click("#go")
    expect(there.page.locator("#token")).to_be_visible()
    there.page.fill("#token", "sesame")
    there.page.press("#token", "Enter")
    assert there.answered().count() > 0


def test_a_server_that_is_gone_is_said(visit, trace):
    there = visit()
    there.page.route("**/symbolicate/text", lambda route: route.abort())
    there.page.fill("#trace", trace)
    there.page.click("#go")
    expect(there.page.locator("#error")).to_contain_text("could not be reached")


def test_commits_that_are_suspected_come_first_and_lead_to_their_pages(visit, serve, tmp_path):
    repository = Repository(tmp_path / "pump")
    repository.commit({"src/pump.py": "one\n"}, "Begin")
    repository.tag("v1.0.0")
    guilty = repository.commit({"src/pump.py": "ONE\n"}, "Shout <b>louder</b> (#12)")
    repository.tag("v1.1.0")
    repository.configure("remote.origin.url", "git@github.com:tides/pump.git")
    there = visit(to=serve(repos=(tmp_path / "pump",)))
    frame = {"filename": "src/pump.py", "lineno": 1, "function": "pump", "in_app": True}
    there.page.fill("#trace", json.dumps({"platform": "python", "release": "1.1.0", "stacktrace": {"frames": [frame]}}))
    there.page.click("#go")
    there.answered()
    expect(there.page.locator(".suspect b")).to_have_text(f"{guilty[:10]} 2023-11-16 Shout <b>louder</b> (#12)")
    expect(there.page.locator(".suspect a")).to_have_attribute("href", "https://github.com/tides/pump/pull/12")
    expect(there.page.locator(".suspect span")).to_contain_text("is new since v1.0.0")
    assert there.complaints == []
