"""Stacks of Dart that was compiled ahead of time: addresses in a build, and what was thrown with obfuscated names."""

import json
import re
from pathlib import Path

import pytest

from symbolicator import Symbolicator, parse_trace
from symbolicator.transformers.dart_names import is_own, spoken_in_dart

CASE = Path(__file__).parents[3] / "fixtures" / "dart"
FILES = CASE / "files"
EXPECTED = json.loads((CASE / "expected.json").read_text())
TRACES = {target: (CASE / "traces" / f"{target}.txt").read_text() for target in EXPECTED}
ARM = TRACES["android-arm64"]
FRAMES = [line for line in ARM.splitlines() if " abs " in line]
BUILD = re.search("build_id: '(.*)'", ARM)[1]
ANSWER = "#00 Basket.total (package:shop/src/basket.dart:17:5)"


def symbolicated(text, *files):
    with Symbolicator(files=files or [FILES], cache_dir=False) as s:
        return s.symbolicate_text(text)


def stacks_of(text, *files):
    """For each stack of the text, its frames, callee first."""
    with Symbolicator(files=files or [FILES], cache_dir=False) as s:
        event = s.symbolicate(parse_trace(text))
    return [value["stacktrace"]["frames"][::-1] for value in event["exception"]["values"]]


def told(frame):
    return {"function": frame.get("function"), "file": frame.get("filename"), "line": frame.get("lineno"), "column": frame.get("colno")}


@pytest.mark.parametrize("target", EXPECTED)
def test_each_frame_is_what_llvm_says_of_the_call_with_what_was_inlined_there(target):
    (frames,) = stacks_of(TRACES[target])
    assert [told(frame) for frame in frames] == [one for place in EXPECTED[target] for one in place]
    assert len(frames) == len(FRAMES) + 1
    assert {frame["lang"] for frame in frames} == {"dart"}


def test_a_stack_is_written_as_dart_writes_it_and_all_around_it_stays():
    out = symbolicated(ARM).splitlines()
    assert out[:8] == ARM.splitlines()[:8]
    assert out[8:] == [
        f"    {ANSWER}",
        "    #01 Basket.add.<anonymous closure> (package:shop/src/basket.dart:42:7)",
        "    #02 _ShopState._open (package:shop/shop.dart:61:14)",
        "    #03 Till.ring (file:///srv/build/.pub-cache/hosted/pub.dev/till-2.1.0/lib/till.dart:31:3)",
        "<asynchronous suspension>",
        "    #04 _InkResponseState.handleTap (package:flutter/src/material/ink_well.dart:1170:21)",
        "    #05 _rootRun (dart:async/zone.dart:1399:13)",
        "    #06 main (package:shop/main.dart:12:3)",
    ]


def test_what_was_written_is_a_stack_that_does_not_change():
    once = symbolicated(ARM)
    assert symbolicated(once) == once
    (frames,) = stacks_of(once)
    assert [frame["data"]["symbolicator_status"] for frame in frames] == ["symbolicated"] * 7


def test_files_of_the_sdk_of_flutter_and_of_other_packages_are_not_somebody_s_own():
    (frames,) = stacks_of(ARM)
    assert [frame["in_app"] for frame in frames] == [True, True, True, False, False, False, True]
    assert not is_own("third_party/dart/sdk/lib/_internal/vm/lib/typed_data_patch.dart")


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("_ShopState@18230._open@18230", "_ShopState._open"),
        ("new _Shop@18230.of", "new _Shop.of"),
        ("Basket.add.<anonymous closure>.<anonymous closure>", "Basket.add.<anonymous closure>.<anonymous closure>"),
        ("[tear-off] Basket.add", "Basket.add"),
        ("dyn:set:total", "set total"),
        ("List.[]=", "List.[]="),
        ("_RandomAccessFile.read", "_RandomAccessFile.read"),
    ],
)
def test_a_name_is_said_as_dart_s_own_stacks_say_it(name, spoken):
    assert spoken_in_dart(name) == spoken


def test_the_symbols_of_another_build_are_not_used_and_both_ids_are_said():
    other = ARM.replace(BUILD, "ab" * 16)
    assert symbolicated(other) == other
    (frames,) = stacks_of(other)
    (problem,) = frames[0]["data"]["problems"]
    assert "ab" * 16 in problem["detail"]
    assert BUILD in problem["detail"]
    assert "app.android-arm64.symbols" in problem["hint"]


def test_ids_in_capitals_are_ids():
    assert symbolicated(ARM.replace(BUILD, BUILD.upper())).count(".dart:") == 7
    other = ARM.replace(BUILD, "AB" * 16)
    assert symbolicated(other) == other


def test_without_a_build_id_the_file_of_the_system_and_architecture_is_meant():
    for target in ("android-arm64", "android-x64"):
        text = re.sub("build_id: .*\n", "", TRACES[target])
        (frames,) = stacks_of(text)
        assert [told(frame) for frame in frames] == [one for place in EXPECTED[target] for one in place]


def test_frames_alone_are_answered_by_the_only_file_and_by_none_of_several():
    alone = "\n".join(FRAMES) + "\n"
    assert ANSWER in symbolicated(alone, FILES / "app.android-arm64.symbols")
    assert symbolicated(alone) == alone


def test_a_file_given_by_name_is_meant_whatever_it_is_called(tmp_path):
    (tmp_path / "shop-7.sym").write_bytes((FILES / "app.android-arm64.symbols").read_bytes())
    assert ANSWER in symbolicated(re.sub("build_id: .*\n", "", ARM), tmp_path / "shop-7.sym")


def test_offsets_from_the_symbol_hold_where_the_app_is_laid_out_otherwise_than_its_debug_file():
    moved = re.sub(r"virt ([0-9a-f]{16})", lambda found: f"virt {int(found[1], 16) + 0x4000:016x}", ARM)
    assert symbolicated(moved).count(".dart:") == 7


def test_virtual_addresses_hold_where_the_file_has_lost_the_symbol():
    text = re.sub(r"_kDart\w+\+", "_kDartVmSnapshotInstructions+", ARM)
    assert ANSWER in symbolicated(text)
    path = re.sub(r"_kDart\w+\+0x[0-9a-f]+", "/data/app/shop/lib/arm64/libapp.so", ARM)
    assert ANSWER in symbolicated(path)


def test_absolute_addresses_count_from_where_the_header_says_the_code_is():
    text = re.sub(r" virt .*|(?<=[0-9a-f]) _kDart.*", "", ARM)
    assert " virt " not in text
    assert ANSWER in symbolicated(text)


def test_an_older_runtime_s_name_of_the_code_is_that_of_a_newer_file():
    text = TRACES["android-x64"].replace("_kDartSnapshotText", "_kDartIsolateSnapshotInstructions")
    assert ANSWER in symbolicated(text)


@pytest.mark.parametrize(
    "prefix",
    [
        "I/flutter ( 8353): ",
        "E/flutter (8353): ",
        "11-30 14:02:11.123  8353  8399 I flutter : ",
        "11-30 14:02:11.123  8353  8399 E flutter : ",
        "flutter: ",
        "2026-11-30 14:02:11.123456+0100 Runner[8353:8399] flutter: ",
        "[   +4 ms] I/flutter ( 8353): ",
        "2026-11-30 14:02:11.123  8353-8399  flutter  com.shop  I  ",
    ],
)
def test_a_logger_s_prefix_stays(prefix):
    text = "".join(prefix + line for line in ARM.splitlines(keepends=True))
    out = symbolicated(text).splitlines()
    assert all(line.startswith(prefix.rstrip()) for line in out)
    assert [line.removeprefix(prefix) for line in out] == symbolicated(ARM).splitlines()


def test_lines_of_other_processes_between_those_of_a_log_do_not_end_the_stack():
    lines = [f"11-30 14:02:11.123  8353  8399 E flutter : {line}" for line in ARM.splitlines()]
    for place in (12, 10, 6):
        lines.insert(place, "11-30 14:02:11.123   900   901 W WindowManager: Force finishing activity")
    assert symbolicated("\n".join(lines)).count(".dart:") == 7


@pytest.mark.parametrize(
    ("written", "answered"),
    [
        ("at . {}", "at . {}"),  # dart-lang/sdk's regress_262474517
        ("`{}", "`{}"),  # jhomlala/catcher#122: pasted between backticks
        ("│ {}", "│ {}"),  # package:logger's boxes
        ("E/flutter ( 8353): {}", "E/flutter ( 8353): {}"),
        ("> {}", "> {}"),
        ("| {} |", "| {}"),
        ('8353,"{}"', '8353,"{}'),
    ],
)
def test_frames_as_people_paste_them_are_read_where_they_stand(written, answered):
    header = "\n".join(line for line in ARM.splitlines() if " abs " not in line)
    lines = [written.format(line.strip()) for line in FRAMES]
    out = symbolicated("\n".join([header, *lines]) + "\n")
    assert answered.format(ANSWER) + "\n" in out
    assert out.count(".dart:") == 7


@pytest.mark.parametrize("end", ["#012", "%0A", "\\n", "<br>"])
def test_a_stack_on_one_line_is_read(end):
    assert symbolicated(f"app: {ARM.replace(chr(10), end)}\n").count(".dart:") == 7


def test_stacks_of_more_than_a_hundred_frames_are_numbered_on():
    many = [re.sub("#[0-9]+", f"#{number:02d}", FRAMES[2]) for number in range(120)]
    out = symbolicated("\n".join([*ARM.splitlines()[:8], *many]) + "\n")
    assert "#119 Till.ring" in out
    assert out.count("Till.ring") == 120


def test_crashlytics_copies_of_both_systems_are_read():
    head = "Non-fatal Exception: io.flutter.plugins.firebase.crashlytics.FlutterError: Bad state: No element. Error thrown null.\n"
    android = "".join(f"       at .{re.sub('abs [0-9a-f]+', 'abs 0', line)}(.java)\n" for line in FRAMES)
    out = symbolicated(f"{head}BuildId: {BUILD}\n{android}")
    assert f"       at .    {ANSWER}\n" in out
    assert "(.java)" not in out
    (value,) = parse_trace(f"{head}BuildId: {BUILD}\n{android}")["exception"]["values"]
    assert (value["type"], value["value"]) == ("FlutterError", "Bad state: No element.")
    ios = [line for line in TRACES["ios-arm64"].splitlines() if " abs " in line]
    text = "Fatal Exception: FlutterError\n" + "".join(
        f"{at}  ???                            0x0 (null).{line}\n" for at, line in enumerate(ios)
    )
    out = symbolicated(text, FILES / "App.framework.dSYM")
    assert f"0  ???                            0x0 (null).    {ANSWER}\n" in out


def test_a_sentry_copy_and_one_in_json_are_read():
    text = "".join(f'  File "unparsed", in {line}\n' for line in ARM.splitlines())
    assert ANSWER in symbolicated(text)
    text = json.dumps({"message": "it died", "stack": ARM}) + "\n"
    out = symbolicated(text)
    assert ANSWER in json.loads(out)["stack"]


def test_each_of_several_stacks_in_a_log_is_of_its_own_build():
    both = ARM + "\n" + TRACES["android-x64"] + "\n" + ARM.replace(BUILD, "ab" * 16)
    one, other, unknown = stacks_of(both)
    assert [len(frames) for frames in (one, other, unknown)] == [7, 7, 6]
    assert told(one[0]) == told(other[0])
    assert "instruction_addr" in unknown[0]
    assert unknown[0].get("lineno") is None


def test_a_stack_without_a_header_is_of_the_only_build_that_the_text_tells_of():
    second = "#0      main (dart:ui)\n\nasync error:\n" + "\n".join(FRAMES[:2]) + "\n"
    assert symbolicated(ARM + second).count(ANSWER) == 2
    x64 = TRACES["android-x64"]
    assert symbolicated(ARM + x64 + second).count(ANSWER) == 2  # those of the two alone


def test_a_part_that_was_loaded_later_is_found_by_its_own_build_id():
    unit = f"loading_unit: 3, build_id: '{BUILD}', dso_base: 7f0281700000, instructions: 7f0281983000\n"
    frames = [re.sub(" virt [0-9a-f]+", " unit 3", line) for line in FRAMES]
    text = ARM.replace(f"build_id: '{BUILD}'\n", f"build_id: '{'ab' * 16}'\n{unit}")
    text = text.replace("\n".join(FRAMES[:3]), "\n".join(frames[:3]))
    out = symbolicated(text)
    assert ANSWER in out
    assert out.count(".dart:") == 4


def test_what_dart_s_signal_handler_prints_says_the_same():
    text = (
        re.sub(r"(?m)^(os|build_id|isolate_dso_base|isolate_instructions|pid): ", r"\1=", ARM)
        .replace(" arch: ", ", arch=")
        .replace(", vm_", ", vm_")
    )
    text = text.replace("vm_instructions: ", "vm_instructions=").replace("comp: ", "comp=")
    assert ANSWER in symbolicated(text)


def test_an_elf_file_for_ios_is_the_build_s_where_a_row_stands_behind_each_call(tmp_path):
    # measure-sh/measure#3922: the app's id is its linker's, and never that of the .symbols file
    (tmp_path / "app.ios-arm64.symbols").write_bytes((FILES / "app.android-arm64.symbols").read_bytes())
    text = TRACES["ios-arm64"]
    (frames,) = stacks_of(text, tmp_path)
    assert [told(frame) for frame in frames] == [one for place in EXPECTED["android-arm64"] for one in place]
    assert {frame["data"]["resolved_with"] for frame in frames} == {"lines"}
    other = re.sub(r"\+0x([0-9a-f]+)", lambda found: f"+0x{int(found[1], 16) + 4:x}", text)  # of another build
    assert symbolicated(other, tmp_path) == other
    (frames,) = stacks_of(other, tmp_path)
    (problem,) = frames[0]["data"]["problems"]
    assert "from another build" in problem["detail"]
    assert ".dSYM" in problem["hint"]
    two = "\n".join(line for line in text.splitlines() if not re.match(r" *#0[2-9]", line)) + "\n"
    assert symbolicated(two, tmp_path) == two  # two addresses prove nothing


def sentry_s(target, **sdk):
    """The stack of a trace as Sentry's SDK sends it, with the images that it makes of the header."""
    text, base = TRACES[target], int(re.search("isolate_dso_base: ([0-9a-f]+)", TRACES[target])[1], 16)
    addresses = re.findall(r" abs ([0-9a-f]+)", text)[::-1]
    frames = [{"platform": "native", "instruction_addr": f"0x{one}"} for one in addresses]
    frames.insert(3, {"abs_path": "<asynchronous suspension>"})
    image = {"type": "elf", "code_file": "libapp.so", "code_id": re.search("build_id: '(.*)'", text)[1], "image_addr": hex(base)}
    return {"platform": "other", **sdk, "exception": {"values": [{"stacktrace": {"frames": frames}}]}, "debug_meta": {"images": [image]}}


@pytest.mark.parametrize("target", ["android-arm64", "android-x64"])
def test_addresses_in_events_of_dart_s_sdk_are_within_the_calls_already(target):
    # getsentry/sentry-dart#1429: moved back once more, they are of another line, or another function
    event = sentry_s(target, sdk={"name": "sentry.dart.flutter"})
    with Symbolicator(files=[FILES], cache_dir=False) as s:
        out = s.symbolicate(event)
        assert s.symbolicate(out) == out
    frames = [frame for frame in out["exception"]["values"][0]["stacktrace"]["frames"][::-1] if "instruction_addr" in frame]
    assert [told(frame) for frame in frames] == [one for place in EXPECTED[target] for one in place]
    (mark,) = [frame for frame in out["exception"]["values"][0]["stacktrace"]["frames"] if "instruction_addr" not in frame]
    assert "problems" not in mark["data"]  # sentry-dart#3119: it lacks nothing


def test_an_address_between_two_instructions_of_arm64_is_no_return_address():
    with Symbolicator(files=[FILES], cache_dir=False) as s:
        out = s.symbolicate(sentry_s("android-arm64"))
    frames = [frame for frame in out["exception"]["values"][0]["stacktrace"]["frames"][::-1] if "instruction_addr" in frame]
    assert [told(frame) for frame in frames] == [one for place in EXPECTED["android-arm64"] for one in place]


# ── what was thrown ───────────────────────────────────────────────────────────────────────────────────────────────


def thrown(*lines):
    text = "\n".join((*lines, *ARM.splitlines()[1:])) + "\n"
    (value,) = parse_trace(text)["exception"]["values"]
    return value.get("type"), value.get("value")


def test_what_was_thrown_stands_above_the_block():
    said = "Bad state: No element"
    assert thrown(f"[ERROR:flutter/runtime/dart_vm_initializer.cc(41)] Unhandled Exception: {said}") == (None, said)
    assert thrown("Unhandled exception:", said) == (None, said)
    assert thrown("Unhandled exception:", "NoSuchMethodError: Class 'aB' has no instance method 'eF'.", "Receiver: Instance of 'aB'") == (
        "NoSuchMethodError",
        "Class 'aB' has no instance method 'eF'.\nReceiver: Instance of 'aB'",
    )
    assert thrown("RangeError (index): Invalid value: Only valid value is 0: 1") == (
        "RangeError",
        "Invalid value: Only valid value is 0: 1",
    )
    assert thrown("The following _TypeError was thrown building Basket(dirty):", said, "", "When the exception was thrown:") == (
        "_TypeError",
        f"{said}\n\nWhen the exception was thrown:",
    )


def test_names_in_messages_of_an_obfuscated_build_are_what_somebody_wrote():
    text = ARM.replace("Null check operator used on a null value", "type 'aB' is not a subtype of type 'List<cD>?' in type cast")
    out = symbolicated(text)
    assert out.splitlines()[0] == "Unhandled Exception: type 'Basket' is not a subtype of type 'List<Line>?' in type cast"
    closure = ARM.replace("Null check operator used on a null value", "Closure: (aB) => cD from Function 'eF': static.")
    assert "Closure: (Basket) => Line from Function 'add': static." in symbolicated(closure)
    assert "aB wrote to aB" in symbolicated(ARM.replace("Null check operator used on a null value", "aB wrote to aB"))  # a word


def test_an_obfuscated_type_gets_its_name_back_once_and_what_came_is_kept():
    event = {
        "sdk": {"name": "sentry.dart.flutter"},
        "exception": {
            "values": [{"type": "gH", "value": "NoSuchMethodError: Class 'aB' has no instance method 'eF'.\nTried calling: eF(1)"}]
        },
    }
    with Symbolicator(files=[FILES], cache_dir=False) as s:
        once = s.symbolicate(event)
        assert s.symbolicate(once) == once
    (value,) = once["exception"]["values"]
    assert value["type"] == "_ShopState"
    assert value["raw_type"] == "gH"
    assert value["value"] == "NoSuchMethodError: Class 'Basket' has no instance method 'add'.\nTried calling: add(1)"


def test_of_two_obfuscation_maps_none_is_used_and_both_are_named(tmp_path):
    (tmp_path / "android.map.json").write_text('["Basket", "aB"]')
    (tmp_path / "ios.map.json").write_text('["Till", "aB"]')
    (tmp_path / "package.map.json").write_text('{"a": 1}')
    event = {"sdk": {"name": "sentry.dart"}, "exception": {"values": [{"type": "aB", "value": "x"}]}}
    with Symbolicator(files=[tmp_path], cache_dir=False) as s:
        out = s.symbolicate(event)
    assert out["exception"]["values"][0]["type"] == "aB"
    (error,) = out["errors"]
    assert "android.map.json" in error["detail"]
    assert "ios.map.json" in error["detail"]


def test_frames_without_addresses_of_a_readable_build_are_settled_as_they_are():
    text = "#0      Basket.add (package:shop/src/basket.dart:42:7)\n#1      _rootRun (dart:async/zone.dart:1399:13)\n<asynchronous suspension>\n"
    assert symbolicated(text) == text
    (frames,) = stacks_of(text)
    assert [frame["data"]["symbolicator_status"] for frame in frames] == ["symbolicated"] * 2
