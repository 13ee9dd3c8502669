"""Mozilla's symbolication API: what the Firefox Profiler and crash tools send, and what they accept."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import ROOT, told

APIARY = ROOT / "fixtures" / "native" / "clang-dwarf5"
TRUTH = json.loads((APIARY / "expected.json").read_text())
MODULE = ["apiary", "BAB6A9CC5D30A7272D14F6838AE4FE870"]
KEY = "/".join(MODULE)
BASE = int(TRUTH["images"][0]["image_addr"], 0)
INLINED = next(one for one in TRUTH["lookups"] if len(one["frames"]) > 1)
OFFSET = int(INLINED["addr"], 0) - BASE
OTHER = ["apiary", "00000000000000000000000000000001A"]
PROFILER = "https://profiler.firefox.com"


@pytest.fixture
def apiary(make):
    return make(files=[APIARY / file for file in TRUTH["files"]])


_PLACE = {"function": str, "file": str, "line": int}
_FRAME = {"frame": int, "module": str, "module_offset": str, "function_offset": str, "function_size": str, "inlines": list, **_PLACE}


def accepted(answer, jobs):
    """The results, held to the rules by which the Profiler takes or drops a whole answer, and to what it makes of each frame.

    Nothing is null but what is said of a module; of what starts with `0x` it reads the rest as hex, so there can be no sign.
    """
    results = answer["results"]
    assert len(results) == len(jobs)
    for result, job in zip(results, jobs, strict=True):
        assert set(result["found_modules"]) == {"/".join(module) for module in job["memoryMap"]}
        assert all(value is None or type(value) is bool for value in result["found_modules"].values())
        for stack, sent in zip(result["stacks"], job["stacks"], strict=True):
            assert [frame["frame"] for frame in stack] == list(range(len(sent)))
            for frame, (module, offset) in zip(stack, sent, strict=True):
                assert {"frame", "module", "module_offset"} <= set(frame)
                assert all(type(value) is _FRAME[key] for key, value in frame.items())
                assert all(type(value) is _PLACE[key] for inline in frame.get("inlines", ()) for key, value in inline.items())
                assert int(frame["module_offset"], 16) == offset
                assert ("function" in frame) == ("function_offset" in frame)
                assert re.fullmatch("0x[0-9a-f]+", frame.get("function_offset", "0x0"))
                assert all(one.get("line", 1) > 0 and ("line" not in one or one.get("file")) for one in (frame, *frame.get("inlines", ())))
                assert module >= 0 or "function" not in frame
    return results


def ask(client, job, **more):
    """One job's result, as the Profiler accepts it."""
    answer = client.post("/symbolicate/v5", data=json.dumps({"jobs": [job]}), content_type="text/plain;charset=UTF-8", **more)
    assert answer.status_code == 200, answer.text
    (result,) = accepted(answer.json, [job])
    return result


_MODULES = st.sampled_from(
    [
        tuple(MODULE),
        tuple(OTHER),
        ("", ""),
        ("apiary", ""),
        ("", MODULE[1]),
        ("libc.so.6", "AB0"),
        ("[vdso]", "0" * 33),
        (MODULE[0], MODULE[1].lower()),
    ]
)
_OFFSETS = st.sampled_from([OFFSET, OFFSET + 1, 0, -1, 1 << 53, (1 << 53) + 1, 1 << 64, 1 << 70, 0x2000]) | st.integers(-1, 0x7000)


@st.composite
def jobs(draw):
    modules = draw(st.lists(_MODULES, max_size=4))
    places = st.tuples(st.integers(-1, len(modules) - 1), _OFFSETS)
    return {"memoryMap": [list(one) for one in modules], "stacks": draw(st.lists(st.lists(places, max_size=4), min_size=1, max_size=3))}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(jobs(), max_size=3))
def test_whatever_is_asked_the_profiler_accepts_the_answer(apiary, asked):
    answer = apiary.post("/symbolicate/v5", data=json.dumps({"jobs": asked}))
    assert answer.status_code == 200, answer.text
    accepted(answer.json, asked)


@pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "fixtures" / "native").glob("*/expected.json")))
def test_of_every_build_the_profiler_accepts_every_function(make, name):
    case = ROOT / "fixtures" / "native" / name
    truth = json.loads((case / "expected.json").read_text())
    for image in truth["images"]:
        base, debug_id = int(str(image.get("image_addr", 0)), 0), image.get("debug_id")
        if not debug_id:
            continue
        offsets = [int(str(one["addr"]), 0) - base for one in truth["lookups"]]
        plain = debug_id.replace("-", "").upper()
        job = {
            "memoryMap": [["any", plain if len(plain) > 32 else f"{plain}0"]],
            "stacks": [[[0, offset] for offset in offsets if offset >= 0]],
        }
        ask(make(files=[case / file for file in truth["files"]]), job)


def test_every_frame_is_answered_in_its_place_with_what_was_inlined_deepest_first(apiary):
    job = {"memoryMap": [MODULE, OTHER, ["idle", "ABCD0"]], "stacks": [[[0, OFFSET], [-1, 5], [1, 7]], [[0, OFFSET]]]}
    result = ask(apiary, job)
    (first, nowhere, missing), (again,) = result["stacks"]
    inner, outer = INLINED["frames"]
    assert (first["function"], first["file"], first["line"]) == (outer["function"], outer["file"], outer["line"])
    (deepest,) = first["inlines"]
    assert deepest["function"].endswith("::at(unsigned long)")
    assert (deepest["file"], deepest["line"]) == (inner["file"], inner["line"])
    assert first["module_offset"] == hex(OFFSET)
    assert 0 < int(first["function_offset"], 16) < OFFSET
    assert nowhere == {"frame": 1, "module": "<unknown>", "module_offset": "0x5"}
    assert missing == {"frame": 2, "module": "apiary", "module_offset": "0x7"}
    assert again == {**first, "frame": 0}
    assert result["found_modules"] == {KEY: True, "/".join(OTHER): False, "idle/ABCD0": None}


@pytest.mark.parametrize("name", ["clang-dwarf5", "exec"])
def test_an_offset_counts_from_where_the_module_is_loaded_and_is_looked_up_as_it_is(make, name):
    case = ROOT / "fixtures" / "native" / name
    truth = json.loads((case / "expected.json").read_text())
    (image,) = truth["images"]
    rows = {int(one["addr"], 0) - int(image["image_addr"], 0): one["frames"] for one in truth["lookups"] if one["frames"]}
    debug_id = image["debug_id"].replace("-", "").upper() + "0"
    job = {"memoryMap": [["any", debug_id]], "stacks": [[[0, row] for row in rows]]}
    (stack,) = ask(make(files=[case / file for file in truth["files"]]), job)["stacks"]
    wanted = [[one["line"] or 0 for one in frames] for frames in rows.values()]
    assert [[one.get("line", 0) for one in (*frame.get("inlines", ()), frame)] for frame in stack] == wanted
    assert len(rows) > 50


def test_a_file_that_has_only_the_name_is_not_found(make, tmp_path):
    """Another build's file of this name would give its own functions: nothing else in a request could show it."""
    built = ROOT / "fixtures" / "native" / "no-build-id" / "files"
    (program,) = [one for one in built.iterdir() if one.name == "apiary"]
    job = {"memoryMap": [["apiary", "AAAAAAAABBBBCCCCDDDDEEEEEEEEEEEE0"], ["apiary", ""]], "stacks": [[[0, OFFSET], [1, OFFSET]]]}
    result = ask(make(files=[program]), job)
    assert set(result["found_modules"].values()) == {False}
    assert all("function" not in frame for frame in result["stacks"][0])


def test_one_job_may_be_the_request_and_odd_numbers_are_answered_raw(apiary):
    body = {"memoryMap": [MODULE], "stacks": [[[0, -1], [0, 1 << 70], [0, OFFSET]]], "version": 5}
    (result,) = apiary.post("/symbolicate/v5", json=body).json["results"]
    assert [frame["module_offset"] for frame in result["stacks"][0]] == ["-0x1", hex(1 << 70), hex(OFFSET)]
    assert [("function" in frame) for frame in result["stacks"][0]] == [False, False, True]


JOB = {"memoryMap": [MODULE], "stacks": [[[0, 1]]]}


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"{", "Payload is not valid JSON"),
        ({"jobs": [JOB] * 11}, "please limit number of jobs in a single request to <= 10"),
        ({"jobs": [3]}, "job 0 is invalid"),
        ({"memoryMap": []}, "job 0 is invalid: no stacks specified"),
        ({"stacks": []}, "job 0 is invalid: no memoryMap specified"),
        ({"jobs": [JOB, {**JOB, "memoryMap": {}}]}, "job 1 has invalid modules: modules must be a list"),
        ({**JOB, "memoryMap": [["a"]]}, "job 0 has invalid modules: module index 0 does not have a debug_filename and debug_id"),
        ({**JOB, "memoryMap": [["../a", "0"]]}, "job 0 has invalid modules: module index 0 has an invalid debug_filename"),
        ({**JOB, "memoryMap": [["a", "x-y"]]}, "job 0 has invalid modules: module index 0 has an invalid debug_id"),
        ({**JOB, "stacks": {}}, "job 0 has invalid stacks: stacks must be a list of lists"),
        ({**JOB, "stacks": []}, "job 0 has invalid stacks: no stacks specified"),
        ({**JOB, "stacks": [3]}, "job 0 has invalid stacks: stack 0 is not a list"),
        ({**JOB, "stacks": [[[0]]]}, "job 0 has invalid stacks: stack 0 frame 0 is not a list of two items"),
        ({**JOB, "stacks": [[[True, 1]]]}, "job 0 has invalid stacks: stack 0 frame 0 has an invalid module_index"),
        ({**JOB, "stacks": [[[1, 1]]]}, "job 0 has invalid stacks: stack 0 frame 0 has a module_index that isn't in modules"),
        ({**JOB, "stacks": [[[0, "1"]]]}, "job 0 has invalid stacks: stack 0 frame 0 has an invalid module_offset"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_api(client, body, title):
    answer = client.post("/symbolicate/v5", data=body if isinstance(body, bytes) else json.dumps(body))
    assert told(answer, 400)["title"] == title
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


# ── sources ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def with_sources(make, tmp_path):
    folder = tmp_path / "build" / "apiary"
    folder.mkdir(parents=True)
    (folder / "hive.cpp").write_text("int hive;\n")
    (folder / "secret.cpp").write_text("key\n")
    return make(files=[APIARY / "files" / "apiary", tmp_path])


def test_a_file_is_shown_if_a_frame_there_names_it_and_no_other(with_sources):
    asked = {"debugName": MODULE[0], "debugId": MODULE[1], "moduleOffset": hex(OFFSET), "file": "/build/apiary/hive.cpp"}
    assert with_sources.post("/source/v1", json=asked).json == {"file": "/build/apiary/hive.cpp", "source": "int hive;\n"}
    for wrong in (
        {"file": "/build/apiary/secret.cpp"},
        {"file": "/etc/passwd"},
        {"debugId": OTHER[1]},
        {"debugId": ""},
        {"moduleOffset": "0x1"},
        {"file": "/build/apiary/comb.hpp"},  # named, but not given
    ):
        answer = with_sources.post("/source/v1", json={**asked, **wrong})
        assert set(answer.json) == {"error"}, wrong
    told(with_sources.post("/source/v1", json={**asked, "moduleOffset": 7.5}), 400)


# ── browsers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/symbolicate/v5", "/source/v1"])
def test_a_browser_is_told_that_the_profiler_may_ask(make, path):
    client = make(token="s3cret")  # a browser asks first without it
    wanted = {"Origin": PROFILER, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "user-agent"}
    answer = client.options(path, headers={**wanted, "Access-Control-Request-Private-Network": "true"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "user-agent"
    assert answer.headers["Access-Control-Allow-Private-Network"] == "true"
    assert "Access-Control-Allow-Private-Network" not in client.options(path, headers=wanted).headers
    told(client.options(path, headers={"Access-Control-Request-Headers": "x" * 2000}), 400)


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        (None, True),
        (PROFILER, True),
        ("http://localhost:4242", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:8000", True),
        ("https://evil.example", False),
        ("https://profiler.firefox.com.evil.example", False),
        ("http://localhost.evil.example", False),
        ("null", False),
    ],
)
def test_pages_of_others_cannot_read_answers_without_the_token(apiary, make, origin, may):
    headers = {} if origin is None else {"Origin": origin}
    answer = apiary.post("/symbolicate/v5", json=JOB, headers=headers)
    assert ("Access-Control-Allow-Origin" in answer.headers) is may
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in apiary.post("/symbolicate", json={"frames": [{}]}, headers=headers).headers
    guarded = make(token="s3cret").post("/t/s3cret/symbolicate/v5", json=JOB, headers=headers)
    assert (guarded.status_code, guarded.headers["Access-Control-Allow-Origin"]) == (200, "*")


def test_a_token_may_be_in_the_path_and_is_in_no_log(make, caplog):
    client = make(token="s3cret")
    with caplog.at_level("INFO", "symbolicator"):
        told(client.post("/symbolicate/v5", json=JOB), 401)
        told(client.post("/t/wrong/symbolicate/v5", json=JOB), 401)
        told(client.post("/t/wrong/symbolicate/v5", json=JOB, headers={"Authorization": "Bearer s3cret"}), 401)
        assert client.post("/t/s3cret/symbolicate/v5", json=JOB).status_code == 200
        assert client.get("/t/s3cret/metrics").status_code == 200
        told(client.post("/t/s3cret", json=JOB), 404)
    paths = [one.fields["path"] for one in caplog.records if hasattr(one, "fields")]
    assert "s3cret" not in "".join(paths[:-1])
    told(make().post("/t/s3cret/symbolicate/v5", json=JOB), 404)
