"""An event as text for a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.rendering import render
from symbolicator.rendering.sections import sections
from symbolicator.rendering.tally import outcome_of

GOOD = {
    "function": "Cart.priceOf", "filename": "./src/cart.ts", "abs_path": "webpack://shop/./src/cart.ts", "lineno": 42, "colno": 25,
    "pre_context": ["a", "b"], "context_line": "  return x;", "post_context": ["}"], "data": {"symbolicator_status": "symbolicated"},
}  # fmt: skip
BAD = {
    "function": "e", "abs_path": "https://cdn.example/v.js", "filename": "/v.js", "lineno": 1, "colno": 7,
    "data": {"symbolicator_status": "missing", "problems": [{"type": "missing_sourcemap", "detail": "no source map\nfor v.js"}]},
}  # fmt: skip
NATIVE = {"function": "Array.map", "abs_path": "<anonymous>", "data": {"symbolicator_status": "raw"}}


def chain(*values):
    return {"exception": {"values": list(values)}}


def test_exceptions_come_outermost_first_and_frames_callee_first():
    outer = {"type": "Error", "value": "outer", "stacktrace": {"frames": [GOOD, BAD, NATIVE]}}
    event = chain({"type": "TypeError", "value": "root"}, outer)
    assert render(event) == (
        "Error: outer\n"
        "    at Array.map (<anonymous>)\n"
        "  ! at e (https://cdn.example/v.js:1:7)  no source map for v.js\n"
        "    at Cart.priceOf (src/cart.ts:42:25)\n"
        "Caused by: TypeError: root\n"
    )


def test_source_lines_are_shown_where_they_are_asked_for():
    event = chain({"type": "E", "stacktrace": {"frames": [GOOD]}})
    assert render(event, context=1).splitlines()[2:] == ["        41 | b", "      > 42 |   return x;", "        43 | }"]
    assert render(event, context=0).splitlines()[2:] == ["      > 42 |   return x;"]


def test_errors_of_an_aggregate_are_named_by_their_place():
    def mechanism(number, parent=None, source=None):
        return {"mechanism": {"type": "chained", "exception_id": number, "parent_id": parent, "source": source}}

    second, first = {"type": "B", **mechanism(2, 0, "errors[1]")}, {"type": "A", **mechanism(1, 0, "errors[0]")}
    event = chain(second, first, {"type": "All", **mechanism(0)})
    assert render(event) == "All\n  errors[0]: A\n  errors[1]: B\n"


def test_independent_exceptions_are_not_told_as_causes():
    event = chain({"type": "A", "mechanism": {"exception_id": 0}}, {"type": "B", "mechanism": {"exception_id": 1}})
    assert [section.relation for section in sections(event)] == ["", ""]


def test_threads_and_bare_stacks_are_shown():
    event = {"threads": {"values": [{"id": 1, "name": "main", "crashed": True, "stacktrace": {"frames": [NATIVE]}}]}, "frames": [GOOD]}
    assert [line for line in render(event).splitlines() if not line.startswith(" ")] == ["Thread 1 main (crashed)", "Stack"]


def test_markdown_escapes_what_it_shows():
    event = chain({"type": "E", "value": "<b>*x*</b>", "stacktrace": {"frames": [{**GOOD, "function": "a`b"}]}})
    text = render(event, "markdown", context=0)
    assert text.startswith("**E: \\<b\\>\\*x\\*\\</b\\>**\n\n- `` a`b `` in `src/cart.ts:42:25`\n  ```\n")


def test_an_unknown_format_says_which_there_are():
    with pytest.raises(ValueError, match="unknown format 'pdf'; known formats: plain, markdown, github, html, agent"):
        render({}, "pdf")


KEYS = ["exception", "values", "stacktrace", "frames", "data", "problems", "mechanism", "type", "value", "exception_id", "parent_id"]
KEYS += ["lineno", "context_line", "pre_context", "threads", "source", "id", "name", "filename", "symbolicator_status", "detail"]
json_value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)),
    max_leaves=25,
)
TOP = ["exception", "threads", "frames", "stacktrace", "stacktraces"]


@given(st.dictionaries(st.sampled_from(TOP), json_value, max_size=4), st.sampled_from(["plain", "markdown"]))
def test_nothing_in_an_event_makes_it_raise(event, form):
    assert isinstance(render(event, form, context=2), str)


def test_no_module_has_the_name_of_something_else_that_is_public():
    # `import symbolicator.x` sets `x` on the package: `from symbolicator import x` would then give the module. `builds` is that module.
    from pathlib import Path
    from types import ModuleType

    import symbolicator

    modules = {path.stem for path in Path(symbolicator.__file__).parent.iterdir()}
    assert {name for name in modules & set(symbolicator.__all__) if not isinstance(getattr(symbolicator, name), ModuleType)} == set()


@pytest.mark.parametrize("platform", ["java", "android", "csharp", "dotnet"])
def test_a_method_is_shown_with_its_class(platform):
    frame = {"platform": platform, "module": "harbour.Fault", "function": "Throw", "filename": "Fault.cs", "lineno": 3}
    assert "harbour.Fault.Throw" in render({"frames": [frame]})


def test_a_chain_begins_with_its_crash_and_chains_stand_in_the_events_order():
    def of(number, parent=None):
        return {"mechanism": {"exception_id": number, **({} if parent is None else {"parent_id": parent})}}

    event = chain({"type": "Cause of A", **of(1, 0)}, {"type": "A", **of(0)}, {"type": "Cause of B", **of(3, 2)}, {"type": "B", **of(2)})
    assert [(section.relation, section.heading) for section in sections(event)] == [
        ("", "A"), ("Caused by", "Cause of A"), ("", "B"), ("Caused by", "Cause of B"),
    ]  # fmt: skip


def test_the_crashed_thread_is_the_first():
    stack = {"stacktrace": {"frames": [GOOD]}}
    event = {"threads": {"values": [{"id": 1, **stack}, {"id": 2, "crashed": True, **stack}, {"id": 3, **stack}]}}
    assert [section.heading for section in sections(event)] == ["Thread 2 (crashed)", "Thread 1", "Thread 3"]


# what may be counted, and how it is said
@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([GOOD, GOOD], "all 2 frames symbolicated"),
        ([GOOD, BAD], "1 of 2 frames could not be symbolicated"),
        (
            [BAD, {**BAD, "data": {"symbolicator_status": "raw", "no_file": "package"}}],
            "the only frame that needs your files could not be symbolicated; 1 needs no file of yours",
        ),
        ([], ""),
    ],
)
def test_each_frame_is_counted_once(frames, words):
    assert str(outcome_of({"frames": frames})) == words


def test_what_is_counted_is_named_where_the_sentence_begins():
    assert str(outcome_of({"frames": [{"lineno": 3, "data": {"symbolicator_status": "symbolicated", "raw_index": 0}}] * 2, "raw_stacktrace": {"frames": [{"lineno": 3}]}})) == "2 frames were readable already"


def test_a_frame_that_came_as_it_is_was_readable_already():
    engine = {**NATIVE, "data": {"symbolicator_status": "symbolicated", "raw_index": 1}}
    event = {"frames": [{**GOOD, "data": {**GOOD["data"], "raw_index": 0}}, engine], "raw_stacktrace": {"frames": [GOOD, NATIVE]}}
    assert str(outcome_of(event)) == "1 frame was readable already; 1 needs no file of yours"
    assert (
        str(outcome_of(event) + outcome_of({"frames": [BAD]}))
        == "the only frame that needs your files could not be symbolicated; 1 was readable already; 1 needs no file of yours"
    )
