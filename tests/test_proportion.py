"""One for each of many: memory and steps in proportion to the input, whatever stands in it. The factors are `docs/security.md`'s."""

import json

import pytest

from symbolicator import Symbolicator
from symbolicator.debugfiles.dwarf import line_files
from symbolicator.kernels import dwarf_numbers as dw
from symbolicator.patterns import SOUND
from symbolicator.sourcemaps import reading
from symbolicator.sourcemaps.sourcemap import SourceMap
from symbolicator.traces import find_traces, quiet, stack
from symbolicator.traces.java import chain as java_chain
from symbolicator.traces.native import registers
from tests.counting import assert_in_proportion, peak_bytes, steps
from tests.makers.builds import FRAME, build

SLACK = 1 << 20


def test_a_long_path_costs_memory_and_steps_in_proportion_to_its_length(tmp_path):
    build(tmp_path)
    paths = [f"https://x.test/{'a/' * n}app.js" for n in (4_000, 16_000)]
    with Symbolicator([str(tmp_path)], cache_dir=False) as engine:

        def ask(path):
            (out,) = engine.symbolicate_frames([{**FRAME, "abs_path": path}])
            return out

        assert ask(paths[1])["function"] == "Cart.total"
        assert_in_proportion(ask, *paths)
        assert peak_bytes(lambda: ask(paths[1])) < 200 * len(paths[1]) + SLACK


def map_with_root(root, sources, **more):
    return {"version": 3, "sourceRoot": root, "sources": sources, "names": [], "mappings": "AAAA", **more}


def test_a_source_root_that_would_multiply_a_map_is_left_out_and_that_is_said():
    text = json.dumps(map_with_root("r" * 100_000, ["a.ts"] * 25_000))
    found = SourceMap.parse(text)
    assert found.sources[0] == "a.ts"
    assert "`sourceRoot` has 100000 characters and would prefix 25000 sources; ignored" in found.warnings
    assert peak_bytes(lambda: SourceMap.parse(text)) < 60 * len(text) + SLACK


def test_the_bound_on_source_roots_is_for_all_sections_together():
    sections = [
        {"offset": {"line": i, "column": 0}, "map": map_with_root("r" * 900, [f"a{i}-{j}.ts" for j in range(900)])} for i in range(40)
    ]
    text = json.dumps({"version": 3, "sections": sections})
    content = reading.read(text)
    assert content.sources[0].startswith("rrr")
    assert content.sources[-1] == "a39-899.ts"
    assert sum(map(len, content.sources)) < (reading._ROOT_GROWTH + 1) * len(text) + reading._ROOT_ROOM


def test_a_source_root_of_ordinary_length_stands_before_any_number_of_sources():
    text = json.dumps(map_with_root("webpack:///packages/storefront-application/", [f"src/pages/page-{i}.ts" for i in range(20_000)]))
    assert SourceMap.parse(text).warnings == ()


def strings(line, line_str=b""):
    nothing = memoryview(b"")
    return line_files.Strings(memoryview(line), memoryview(line_str), nothing, nothing)


def test_a_long_directory_of_many_files_is_not_repeated_for_each():
    names = b"".join(b"f%04d.c\0" % i for i in range(2_000))
    found = strings(b"d" * 60_000 + b"\0" + names)
    places = [(dw.INLINE_STR << 60, dw.INLINE_STR << 60 | (60_001 + 8 * i)) for i in range(2_000)]
    joined = [found.path("/c", 0, directory, name) for directory, name in places]
    assert sum(map(len, joined)) < line_files.ROOM + 2_000 * 10 + line_files.GROWTH * 100_000
    assert joined[0].startswith("/c/ddd")
    assert joined[-1] == "f1999.c"
    assert found.path("/c", 0, *places[0]) == joined[0]


def test_names_that_end_in_one_string_are_read_up_to_a_bound():
    section = b"x" * 60_000 + b"\0"
    found = strings(b"", section)
    texts = [found.text(dw.LINE_STR << 60 | at) for at in range(0, 50_000, 5)]
    assert sum(map(len, filter(None, texts))) <= line_files.ROOM + line_files.GROWTH * len(section)
    assert texts[0] is not None
    assert texts[-1] is None


def test_a_frame_is_looked_for_among_sources_of_one_name_once_for_each_of_its_folders(tmp_path):
    def ask(count):
        folder = tmp_path / str(count)
        folder.mkdir(exist_ok=True)
        document = {"version": 3, "sources": [f"a{i}/index.ts" for i in range(count)], "names": [], "mappings": "AAAA"}
        (folder / "app.js.map").write_text(json.dumps(document))
        with Symbolicator([str(folder)], cache_dir=False) as engine:
            frames = [{"abs_path": f"/srv/b{i}/index.ts", "lineno": 1, "colno": 1} for i in range(count)]
            engine.symbolicate({"platform": "javascript", "frames": frames})

    assert_in_proportion(lambda numbers: ask(len(numbers)), range(60), range(240), slack=20_000)


CRASH = "Error: x\n    at l (https://x/app.js:1:4223)\n"


@pytest.mark.skipif(not SOUND, reason="atomic groups, which stand for possessive ones on this Python, keep something for each line")
@pytest.mark.parametrize("line", ["\n", "\r\n", " \n", "\t\n", "x\n", "@\n", "7\n", "at\n", "<br>\n", "abcde\n", '"a",\n'])
def test_a_million_lines_that_say_nothing_take_no_more_memory_than_their_text(line):
    text = CRASH + line * ((1 << 20) // len(line)) + CRASH
    traces = find_traces(text)
    assert [source.line for (source,) in traces.sources] == [2, text.count("\n")]
    assert traces.render(traces.event) == text
    assert peak_bytes(lambda: find_traces(text)) < 2 * len(text) + SLACK
    assert steps(lambda: find_traces(text)) < 1_200_000  # 600 lines around the crashes are read


def test_frames_and_addresses_among_short_lines_are_found(monkeypatch):
    monkeypatch.setattr(quiet, "LONG", 0)
    for frame in ("@a:1:2", "f@a:1:2"):  # a frame of eight characters
        text = CRASH + "\n" * 5_000 + f"{frame}\n" * 2 + "\n" * 5_000
        assert [source.line for source, *_ in find_traces(text).sources] == [source.line for source, *_ in whole(monkeypatch, text).sources]


def whole(monkeypatch, text):
    with monkeypatch.context() as patched:
        patched.setattr(quiet, "LONG", 1 << 40)
        return find_traces(text)


@pytest.mark.parametrize("below", [0, 1, 3, 99, 199, 301, 1_000, 5_000])
def test_a_text_with_blank_runs_left_unread_means_what_it_did(monkeypatch, below):
    monkeypatch.setattr(quiet, "LONG", 0)
    text = (
        f"a.B: x{chr(10) * below}\n\tat a.b.C.d(E.java:1){chr(10) * below}\nCaused by: a.D: y\n\tat a.b.C.e(E.java:2)\n{chr(10) * 5_000}"
        + CRASH
    )
    assert find_traces(text).event == whole(monkeypatch, text).event


def test_more_lines_are_kept_around_what_may_be_a_trace_than_any_reader_looks_at():
    assert max(stack.MAX_BETWEEN, java_chain.MAX_BETWEEN) + 50 < quiet.AROUND
    assert registers.NEAR < quiet.NEAR


def test_each_of_many_missing_scripts_costs_the_same(tmp_path):
    build(tmp_path)

    def ask(numbers):
        with Symbolicator([str(tmp_path)], cache_dir=False) as engine:
            for name in ("https://h.test/s{}.js", "https://h{}.test/app.js", "/srv/{}/app-0a1b2c{}.js"):
                frames = [{"abs_path": name.format(n, n), "lineno": 1, "colno": 3} for n in numbers]
                engine.symbolicate({"platform": "javascript", "frames": frames})

    assert_in_proportion(ask, range(50), range(200), slack=20_000)


def test_a_missing_script_takes_few_steps(tmp_path):
    build(tmp_path)
    with Symbolicator([str(tmp_path)], cache_dir=False) as engine:

        def ask(count):
            frames = [{"abs_path": f"https://h.test/{count}/s{n}.js", "lineno": 1, "colno": 3} for n in range(count)]
            return lambda: engine.symbolicate({"platform": "javascript", "frames": frames})

        ask(1)()
        assert steps(ask(300)) - steps(ask(100)) < 200 * 600
