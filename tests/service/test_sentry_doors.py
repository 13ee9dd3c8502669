"""The forms of Sentry's Symbolicator, field for field, on real builds."""

import json
from io import BytesIO
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

import msgspec
import pytest

from symbolicator import parse_trace
from symbolicator.service.routes.sentry_apple import SentryAppleAnswer
from symbolicator.service.routes.sentry_javascript import SentryScriptAnswer
from symbolicator.service.routes.sentry_jvm import SentryJvmAnswer
from symbolicator.service.sentry_native_models import SentryNativeAnswer

from .conftest import CASE, ROOT, told

APIARY = ROOT / "fixtures" / "native" / "clang-dwarf5"
TRUTH = json.loads((APIARY / "expected.json").read_text())
(IMAGE,) = TRUTH["images"]
INLINED = next(one for one in TRUTH["lookups"] if len(one["frames"]) > 1)
GULLS = ROOT / "fixtures" / "jvm" / "repackaged"


@pytest.fixture
def apiary(make):
    return make(files=[APIARY / file for file in TRUTH["files"]])


def native(frames, **more):
    stack = {"frames": frames, **more.pop("stack", {})}
    return {"stacktraces": [stack], "modules": [IMAGE], "sources": [], **more}


def answered(client, request, **more):
    answer = client.post("/symbolicate", json=request, **more)
    assert answer.status_code == 200, answer.text
    msgspec.convert(answer.json, SentryNativeAnswer)
    assert answer.json["status"] == "completed"
    return answer.json


def test_native_frames_are_answered_callee_first_with_the_inlined_function_before_its_caller(apiary):
    at = int(INLINED["addr"], 0)
    (stack,) = answered(apiary, native([{"instruction_addr": INLINED["addr"]}, {"instruction_addr": at + 1}]))["stacktraces"]
    inner, outer = (one["symbol"] for one in INLINED["frames"])
    assert [(f["original_index"], f["symbol"]) for f in stack["frames"]] == [(0, inner), (0, outer), (1, inner), (1, outer)]
    first, second, third, _ = stack["frames"]
    assert set(first) == {
        "status",
        "original_index",
        "instruction_addr",
        "package",
        "lang",
        "symbol",
        "function",
        "filename",
        "abs_path",
        "lineno",
    }
    assert (first["filename"], first["abs_path"], first["lineno"]) == ("comb.hpp", "/build/apiary/comb.hpp", INLINED["frames"][0]["line"])
    assert first["function"].endswith("::at(unsigned long)")
    assert "sym_addr" not in first  # only the function that has code of its own begins somewhere
    assert int(second["sym_addr"], 0) < at
    # A return address is answered as the call before it.
    assert first["instruction_addr"] == third["instruction_addr"] == INLINED["addr"]


def test_the_caller_may_come_first_if_the_request_says_so(apiary):
    frames = [{"instruction_addr": int(INLINED["addr"], 0) + 1}, {"instruction_addr": INLINED["addr"]}]
    (stack,) = answered(apiary, native(frames, options={"frame_order": "caller_first"}))["stacktraces"]
    inner, outer = (one["symbol"] for one in INLINED["frames"])
    assert [(f["original_index"], f["symbol"]) for f in stack["frames"]] == [(0, outer), (0, inner), (1, outer), (1, inner)]


@pytest.mark.parametrize("address", ["0x2b91", 0x2B91, "0X2B91", str(0x2B91)])
def test_addresses_may_be_relative_to_a_module_and_written_in_every_way(apiary, address):
    (stack,) = answered(apiary, native([{"instruction_addr": address, "addr_mode": "rel:0"}]))["stacktraces"]
    assert [one["symbol"] for one in stack["frames"]] == [one["symbol"] for one in INLINED["frames"]]
    assert {(f["instruction_addr"], f["addr_mode"]) for f in stack["frames"]} == {("0x2b91", "rel:0")}


def test_a_module_at_zero_is_answered_relatively(apiary):
    request = native([{"instruction_addr": "0x2b91"}])
    request["modules"] = [{**IMAGE, "image_addr": 0}]
    (stack,) = answered(apiary, request)["stacktraces"]
    assert {(f["instruction_addr"], f["addr_mode"], f["status"]) for f in stack["frames"]} == {("0x2b91", "rel:0", "symbolicated")}


def test_a_frame_that_says_whether_it_is_a_return_address_speaks_for_the_others(apiary):
    after = int(INLINED["addr"], 0) + 1
    frames = [{"instruction_addr": after}, {"instruction_addr": after, "adjust_instruction_addr": True}]
    (stack,) = answered(apiary, native(frames))["stacktraces"]
    assert {f["instruction_addr"] for f in stack["frames"]} == {INLINED["addr"]}


def test_a_signal_says_that_the_topmost_frame_was_found_on_the_stack(apiary):
    after = int(INLINED["addr"], 0) + 1
    for signal, looked_up in ((11, after - 1), (2, after)):
        request = native([{"instruction_addr": after}], signal=signal, stack={"registers": {"rip": "0x123"}})
        (stack,) = answered(apiary, request)["stacktraces"]
        assert {f["instruction_addr"] for f in stack["frames"]} == {hex(looked_up)}
        assert stack["registers"] == {"rip": "0x123"}


def test_frames_that_a_scan_guessed_and_nothing_confirms_are_left_out(apiary):
    frames = [{"instruction_addr": INLINED["addr"]}, *({"instruction_addr": "0x1", "trust": trust} for trust in ("scan", "cfi"))]
    (stack,) = answered(apiary, native(frames))["stacktraces"]
    assert [(f["original_index"], f["status"]) for f in stack["frames"][2:]] == [(2, "unknown_image")]


def test_modules_are_answered_with_what_was_found_and_candidates_where_asked_for(apiary):
    gone = {"type": "pe", "debug_file": "gone.pdb", "debug_id": "DFB8E43AF2423D73A453AEB6A777EF75a", "image_addr": "0x10", "image_size": 16}
    idle = {"type": "elephant", "image_addr": "0x7f0000000000", "image_size": 16}
    frames = [{"instruction_addr": INLINED["addr"]}, {"instruction_addr": "0x11"}]
    request = {**native(frames), "modules": [IMAGE, gone, idle]}
    request |= {"options": {"dif_candidates": True}, "sources": [{"id": "prj", "type": "sentry"}]}
    out = answered(apiary, request)
    found, missing, unused = out["modules"]
    assert [one["debug_status"] for one in out["modules"]] == ["found", "missing", "unused"]
    assert found["arch"] == "x86_64"
    assert found["features"] == {"has_debug_info": True, "has_unwind_info": True, "has_symbols": True, "has_sources": False}
    (candidate,) = found["candidates"]
    assert (candidate["source"], candidate["download"]["status"], candidate["debug"]) == ("prj", "ok", {"status": "ok"})
    assert candidate["location"].endswith("files/apiary")
    assert missing["debug_id"] == "dfb8e43a-f242-3d73-a453-aeb6a777ef75-a"
    assert missing["candidates"][0]["download"] == {"status": "notfound"}
    assert (unused["type"], unused["arch"]) == ("unknown", "unknown")
    assert "candidates" not in unused
    assert "candidates" not in answered(apiary, native(frames))["modules"][0]
    assert any(one["type"] == "missing_debug_file" for one in out["problems"])


def test_a_request_is_told_from_our_shorthand_by_what_only_it_has(apiary):
    bare = {"stacktraces": [{"frames": [{"instruction_addr": INLINED["addr"]}]}], "modules": [IMAGE], "platform": "native"}
    assert "status" not in apiary.post("/symbolicate", json=bare).json
    for more in ({"query_string": "scope=1"}, {"query_string": "timeout=5"}, {"headers": {"X-Sentry-Project-Id": "1"}}):
        assert apiary.post("/symbolicate", json=bare, **more).json["status"] == "completed"
    assert answered(apiary, {"stacktraces": [], "modules": [IMAGE], "sources": []})["stacktraces"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"stacktraces": [{}]},
        {"stacktraces": [{"frames": [{}]}]},
        {"stacktraces": [{"frames": [{"instruction_addr": "zz"}]}]},
        {"stacktraces": [{"frames": [{"instruction_addr": str(1 << 64)}]}]},
        {"options": {"frame_order": "sideways"}},
        {"modules": [{"image_addr": []}]},
    ],
)
def test_json_of_another_shape_is_422(client, wrong):
    told(client.post("/symbolicate", json={"stacktraces": [], "modules": [], "sources": [], **wrong}), 422)


# ── JavaScript ────────────────────────────────────────────────────────────────────────────────────────────────────


def scripts(frames, **more):
    source = {"id": "sentry", "url": "https://sentry.example/", "token": "x"}
    return {"source": source, "stacktraces": [{"frames": frames}], "modules": [], **more}


def answered_js(client, request):
    answer = client.post("/symbolicate-js", json=request)
    assert answer.status_code == 200, answer.text
    msgspec.convert(answer.json, SentryScriptAnswer)
    return answer.json


def test_javascript_is_answered_frame_for_frame_with_the_raw_stack_beside_it(client, event):
    (value,) = [one for one in event["exception"]["values"] if one["type"] == "AggregateError"]
    frames = [{"in_app": True, **frame} for frame in value["stacktrace"]["frames"] if "lineno" in frame]
    out = answered_js(client, scripts(frames))
    (stack,), (raw,) = out["stacktraces"], out["raw_stacktraces"]
    assert len(stack["frames"]) == len(raw["frames"]) == len(frames)
    crash = stack["frames"][-1]
    assert (crash["function"], crash["lineno"], crash["colno"]) == ("allPublished", 57, 34)
    assert crash["filename"].endswith("src/harbour/notices.ts")
    assert crash["context_line"].startswith("  if (failures.length > 0) throw")
    assert crash["data"]["symbolicated"] is True
    assert crash["data"]["resolved_with"] == "url"
    assert crash["data"]["sourcemap"].endswith("app.js.map")
    minified = raw["frames"][-1]
    sent = {key: value for key, value in frames[-1].items() if key in minified}
    assert minified == {**minified, **sent, "data": {"symbolicated": False}}
    column = frames[-1]["colno"] - 1
    assert (CASE / "files" / "app.js").read_text()[column - 40 : column + 40] in minified["context_line"]
    assert minified["context_line"].startswith("{snip}")
    assert len(minified["context_line"]) < 200
    turned = answered_js(client, scripts(frames[::-1], options={"frame_order": "callee_first", "apply_source_context": False}))
    assert [f["lineno"] for f in turned["stacktraces"][0]["frames"]] == [f["lineno"] for f in stack["frames"]][::-1]
    assert "context_line" not in str(turned)


def test_what_is_wrong_with_scripts_is_a_sorted_set(client):
    gone = {"abs_path": "https://x/gone.js", "lineno": 1, "colno": 1}
    out = answered_js(client, scripts([gone, gone, {"abs_path": "https://x/app.js", "lineno": 999, "colno": 7}]))
    assert out["errors"] == [
        {"abs_path": "https://x/app.js", "type": "invalid_location", "line": 999, "col": 7},
        {"abs_path": "https://x/gone.js", "type": "missing_source"},
    ]
    assert [f["data"] for f in out["stacktraces"][0]["frames"]] == [{"symbolicated": False}] * 3
    assert "context_line" not in str(out)  # no place is shown that is not there
    assert answered_js(client, scripts([gone], scraping={"enabled": False}))["errors"][0]["type"] == "scraping_disabled"


def test_a_frame_in_no_script_comes_back_as_it_was_sent_and_the_others_symbolicated(client):
    frames = [{"function": "Object.hasOwnProperty", "in_app": False}, {"abs_path": "https://x/app.js", "lineno": 1, "colno": 4223}]
    (stack,) = answered_js(client, scripts(frames))["stacktraces"]
    assert stack["frames"][0] == {"function": "Object.hasOwnProperty", "data": {"symbolicated": False}}
    assert stack["frames"][1]["function"] == "allPublished"


def test_a_script_that_names_no_map_is_no_error(make, tmp_path):
    (tmp_path / "plain.js").write_text("throw new Error(1)\n")
    out = answered_js(make(files=[tmp_path]), scripts([{"abs_path": "https://x/plain.js", "lineno": 1, "colno": 1}]))
    assert "errors" not in out
    (frame,) = out["stacktraces"][0]["frames"]
    assert frame == {
        "abs_path": "https://x/plain.js",
        "lineno": 1,
        "colno": 1,
        "context_line": "throw new Error(1)",
        "post_context": [""],
        "data": {"symbolicated": False},
    }


def test_a_map_within_its_script_is_called_as_the_script(make):
    files = ROOT / "fixtures" / "javascript" / "tsc-inline"
    event = parse_trace((files / "stacks" / "aggregate.txt").read_text())
    frames = [f for one in event["exception"]["values"] for f in one["stacktrace"]["frames"] if f.get("abs_path", "").endswith(".js")]
    answers = answered_js(make(files=[files / "files"]), scripts(frames))["stacktraces"][0]["frames"]
    mapped = [(sent, one) for sent, one in zip(frames, answers, strict=True) if one["data"]["symbolicated"]]
    assert mapped
    assert all(one["data"] == {"symbolicated": True, "sourcemap": sent["abs_path"], "resolved_with": "url"} for sent, one in mapped)


# ── the JVM ───────────────────────────────────────────────────────────────────────────────────────────────────────


def answered_jvm(client, request):
    answer = client.post("/symbolicate-jvm", json=request)
    assert answer.status_code == 200, answer.text
    msgspec.convert(answer.json, SentryJvmAnswer)
    return answer.json


def jvm_request(uuid):
    (value,) = parse_trace((GULLS / "stacks" / "circular.txt").read_text())["exception"]["values"][-1:]
    frames = [
        {"function": f["function"], "module": f["module"], "filename": f.get("filename"), "lineno": f.get("lineno"), "index": 10 + n}
        for n, f in enumerate(value["stacktrace"]["frames"])
    ]
    named = {"type": value["type"].rpartition(".")[2], "module": value.get("module") or value["type"].rpartition(".")[0]}
    return {
        "sources": [],
        "exceptions": [named],
        "stacktraces": [{"exception": named, "frames": frames}],
        "modules": [{"uuid": uuid, "type": "proguard"}],
        "classes": ["harbor.e", "java.lang.String"],
        "release_package": "harbor",
    }


def uuid_of_mapping(path: Path):
    return str(uuid5(uuid5(NAMESPACE_DNS, "guardsquare.com"), path.read_text()))


def test_java_is_answered_with_the_sender_s_indices_and_the_classes_that_changed(make):
    client = make(files=[GULLS / "files"])
    request = jvm_request(uuid_of_mapping(GULLS / "files" / "mapping.txt"))
    out = answered_jvm(client, request)
    assert {"status", "exceptions", "stacktraces", "classes", "errors"} <= set(out)
    assert out["errors"] == []
    (stack,) = out["stacktraces"]
    assert stack["exception"] == out["exceptions"][0]
    assert out["exceptions"][0]["module"].startswith("harbor")
    assert set(out["classes"]) == {"harbor.e"}
    assert {f["index"] for f in stack["frames"]} <= {f["index"] for f in request["stacktraces"][0]["frames"]}
    crash = stack["frames"][-1]
    assert (crash["module"], crash["function"], crash["filename"], crash["in_app"]) == ("harbor.Main", "circular", "Main.java", True)
    turned = answered_jvm(
        client,
        {
            **request,
            "options": {"frame_order": "callee_first"},
            "stacktraces": [{"exception": request["exceptions"][0], "frames": request["stacktraces"][0]["frames"][::-1]}],
        },
    )
    assert turned["stacktraces"][0]["frames"] == stack["frames"][::-1]


def test_exceptions_and_classes_need_no_frame(make):
    client = make(files=[GULLS / "files"])
    request = {**jvm_request(uuid_of_mapping(GULLS / "files" / "mapping.txt")), "stacktraces": []}
    out = answered_jvm(client, request)
    assert set(out["classes"]) == {"harbor.e"}
    assert out["stacktraces"] == []


@pytest.mark.parametrize("texts", [{"classes"}, {"classes", "exceptions"}])
def test_a_name_that_reads_as_a_report_is_a_name(bare, texts):
    report = (APPLES / "crash.crash").read_text()
    named = {"classes": [report], "exceptions": [{"type": report, "module": ""}]}
    request = {"modules": [{"uuid": str(uuid5(NAMESPACE_DNS, "apiary")), "type": "proguard"}]}
    answer = answered_jvm(bare, request | {name: named[name] for name in texts})
    assert (answer["stacktraces"], answer["classes"], answer.get("problems", [])) == ([], {}, [])
    assert answered(bare, {"stacktraces": [], "modules": [{"type": "elf", "code_file": report}], "sources": []}).get("problems", []) == []


def test_a_mapping_that_is_not_there_is_said_by_its_uuid(bare):
    uuid = "00000000-0000-4000-8000-000000000001"
    out = answered_jvm(bare, jvm_request(uuid))
    assert out["errors"] == [{"uuid": uuid, "type": "missing"}]
    assert out["stacktraces"][0]["frames"][-1]["module"] == "harbor.Main"


@pytest.mark.parametrize("platform", ["javascript", "native", "python", ""])
def test_a_frame_s_platform_changes_nothing_in_a_door_of_one_language(make, platform):
    client = make(files=[CASE / "files", GULLS / "files"])
    request = jvm_request(uuid_of_mapping(GULLS / "files" / "mapping.txt"))
    plain = answered_jvm(client, request)
    for frame in request["stacktraces"][0]["frames"]:
        frame["platform"] = platform
    for frame in (named := answered_jvm(client, request))["stacktraces"][0]["frames"]:
        assert frame.pop("platform") == platform
    assert named == plain


# ── Apple's reports ───────────────────────────────────────────────────────────────────────────────────────────────


APPLES = ROOT / "fixtures" / "traces" / "apple"


def reported(client, name, **more):
    form = {"apple_crash_report": (BytesIO((APPLES / name).read_bytes()), name), "sources": "[]", **more}
    answer = client.post("/applecrashreport", data=form, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text
    msgspec.convert(answer.json, SentryAppleAnswer)
    return answer.json


@pytest.mark.parametrize("name", ["crash.crash", "crash.ips"])
def test_an_apple_report_is_answered_with_its_threads_and_its_head(make, name):
    client = make(files=[ROOT / "fixtures" / "native" / "macho-dsym" / "files"])
    out = reported(client, name)
    assert (out["crashed"], out["crash_reason"], out["timestamp"]) == (True, "EXC_BAD_ACCESS (SIGSEGV)", 1772597167)
    system = {"os_name": "iPhone OS", "os_version": "18.2", "os_build": "22C152", "cpu_arch": "arm64", "device_model": "iPhone14,2"}
    assert out["system_info"] == system
    assert [stack["thread_id"] for stack in out["stacktraces"]] == [0, 1, 2]
    assert [stack["is_requesting"] for stack in out["stacktraces"]] == [True, False, False]
    top, *_ = out["stacktraces"][0]["frames"]
    assert (top["status"], top["function"], top["filename"], top["lineno"]) == ("symbolicated", "glow", "smoker.c", 11)
    assert ("smoke_depth", 36) in [(one.get("function"), one.get("lineno")) for one in out["stacktraces"][0]["frames"]]
    assert top["package"].endswith("/libsmoker.dylib")
    last = out["stacktraces"][0]["frames"][-1]
    assert (last["status"], last["function"], last["package"]) == ("missing_symbol", "start", "/usr/lib/dyld")
    turned = reported(client, name, options='{"frame_order": "caller_first"}')
    functions = [[one.get("function") for one in each["stacktraces"][0]["frames"]] for each in (out, turned)]
    assert functions[1] == functions[0][::-1]


def test_the_stack_of_an_exception_stands_behind_the_threads(make):
    out = reported(make(files=[ROOT / "fixtures" / "native" / "macho-dsym" / "files"]), "exception.crash")
    *_, last = out["stacktraces"]
    assert "thread_id" not in last
    assert last["thread_name"] == "NSRangeException"
    assert "uncaught exception" in out["crash_details"]


def test_what_is_no_apple_report_is_told_so(bare):
    told(bare.post("/applecrashreport", data={"other": "x"}, content_type="multipart/form-data"), 400)
    told(bare.post("/applecrashreport", data={"apple_crash_report": "x"}, content_type="multipart/form-data"), 400)
    told(bare.post("/applecrashreport", data={"other": "x"}, content_type="multipart/form-data", headers={"Content-Encoding": "gzip"}), 415)
    told(bare.post("/applecrashreport", data=b"{}", content_type="application/json"), 415)
    form = {"apple_crash_report": (APPLES / "crash.crash").read_text(), "options": "{"}
    told(bare.post("/applecrashreport", data=form, content_type="multipart/form-data"), 400)


# ── the rest ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_says_ok_and_has_no_pending_request(client):
    answer = client.get("/healthcheck")
    assert (answer.text, answer.mimetype) == ("ok", "text/plain")
    told(client.get("/requests/6f1c5c0e-4f0a-4e0e-9d4e-0a4f6d1f2b3c?timeout=0"), 404)
    for path in ("/minidump", "/symbolicate-any"):
        told(client.post(path, data=b"x"), 501)


@pytest.mark.parametrize("path", ["/symbolicate-js", "/symbolicate-jvm"])
def test_what_is_no_request_is_told_so(client, path):
    told(client.post(path, data=b"{", content_type="application/json"), 400)
    told(client.post(path, data=b"[]", content_type="application/json"), 422)
    told(client.post(path, data=b'{"stacktraces": [{"frames": [{"lineno": {}}]}]}', content_type="application/json"), 422)
    told(client.post(path, data=b"{}", content_type="text/html"), 415)
    told(client.post(path, data=b"{}", content_type="application/json", headers={"Content-Encoding": "x"}), 415)


@pytest.mark.parametrize("path", ["/symbolicate-js", "/symbolicate-jvm", "/minidump", "/symbolicate"])
def test_these_doors_are_shut_without_the_token(make, path):
    told(make(token="s3cret").post(path, json={}), 401)
    assert make(token="s3cret").post(path, json={}, headers={"Authorization": "Bearer s3cret"}).status_code != 401
