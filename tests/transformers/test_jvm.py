"""Java frames through the whole engine: mappings in a folder, events in and out."""

import json
import uuid
import zipfile

import pytest

from symbolicator import Symbolicator
from symbolicator.testing import check_transformer
from symbolicator.transformers.jvm import Jvm
from tests.counting import assert_text_in_proportion

MAPPING = """\
# compiler: R8
# pg_map_id: abc1234
# {"id":"com.android.tools.r8.mapping","version":"2.2"}
shop.Main -> a.a:
# {"id":"sourceFile","fileName":"Main.kt"}
    3:4:void run(java.lang.String):20:21 -> a
    5:5:long shop.Rule.apply(long):7:7 -> a
    5:5:void run(java.lang.String):23 -> a
    void first(int) -> b
    void second(shop.Rule) -> b
    9:9:void shop.Rule.lambda$of$0():30:30 -> c
    9:9:void run():0:0 -> c
      # {"id":"com.android.tools.r8.synthesized"}
    10:10:void made():0:0 -> c
      # {"id":"com.android.tools.r8.synthesized"}
    11:11:void shop.Rule.check():8:8 -> d
    11:11:void run(java.lang.String):24 -> d
      # {"id":"com.android.tools.r8.rewriteFrame","conditions":["throws(La/c;)"],"actions":["removeInnerFrames(1)"]}
    27:27:void run(java.lang.String):0:0 -> e
      # {"id":"com.android.tools.r8.outlineCallsite","positions":{"1":3,"2":28},"outline":"La/o;a()V"}
    28:28:void run(java.lang.String):50:50 -> e
shop.Outline -> a.o:
    1:2:void a():0 -> a
      # {"id":"com.android.tools.r8.outline"}
shop.Rule -> a.b:
shop.PricingException -> a.c:
"""


def frame(module, function, lineno=None, filename="SourceFile", **more):
    return {"module": module, "function": function, "filename": filename, **({"lineno": lineno} if lineno else {}), **more}


@pytest.fixture
def run(tmp_path):
    """An event of these frames, symbolicated with the mappings given: path → text."""

    def symbolicate(frames, files=None, exception=None, **event):
        for path, text in ({"mapping.txt": MAPPING} if files is None else files).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        value = {"type": "c", "module": "a", "value": "x", **(exception or {}), "stacktrace": {"frames": frames}}
        event = {"platform": "java", "exception": {"values": [value]}, **event}
        with Symbolicator(files=[tmp_path], cache_dir=False) as engine:
            out = engine.symbolicate(event)
            assert engine.symbolicate(out) == out, "twice is not once"
        return out

    return symbolicate


def frames_of(out):
    return out["exception"]["values"][0]["stacktrace"]["frames"]


def shown(out):
    return [f"{f['module']}.{f['function']}({f.get('filename')}:{f.get('lineno')})" for f in frames_of(out)]


def problems(out, place=-1):
    return [p["type"] for p in frames_of(out)[place]["data"].get("problems", ())]


def test_a_frame_becomes_the_methods_that_were_inlined_into_it(run):
    out = run([frame("a.a", "a", 5)])
    assert shown(out) == ["shop.Main.run(Main.kt:23)", "shop.Rule.apply(Rule.java:7)"]
    outer, inner = frames_of(out)
    assert (outer["raw_function"], outer["in_app"], outer["lang"]) == ("a", True, "kotlin")
    assert inner["data"]["inlined"] is True
    assert inner["data"]["raw_index"] == 0
    assert "inlined" not in outer["data"]


def test_framework_frames_and_classes_made_at_run_time_are_settled_as_they_are(run):
    out = run([frame("java.lang.Thread", "run", 12, "Thread.java"), frame("shop.Main$$Lambda$14/0x08", "run", None, "Unknown Source")])
    assert [f["data"]["symbolicator_status"] for f in frames_of(out)] == ["symbolicated"] * 2
    assert [f["in_app"] for f in frames_of(out)] == [False, False]
    assert shown(out)[0] == "java.lang.Thread.run(Thread.java:12)"
    assert "errors" not in out


def test_methods_that_cannot_be_told_apart_are_all_given(run):
    out = run([frame("a.a", "b")])
    assert shown(out) == ["shop.Main.first(Main.kt:None)"]
    assert frames_of(out)[0]["data"]["alternatives"] == [{"module": "shop.Main", "function": "second", "filename": "Main.kt"}]
    assert problems(out) == ["ambiguous_frame"]


def test_a_signature_tells_overloads_apart(run):
    out = run([frame("a.a", "b", signature="(La/b;)V")])
    assert shown(out) == ["shop.Main.second(Main.kt:None)"]
    assert problems(out) == []


def test_synthesized_frames_go_where_the_frame_had_a_line(run):
    assert shown(run([frame("a.a", "c", 9)])) == ["shop.Rule.lambda$of$0(Rule.java:30)"]
    assert frames_of(run([frame("a.a", "c", 9)]))[0]["data"]["plain_name"] == "Rule.of (lambda)"
    assert shown(run([frame("a.a", "a", 3), frame("a.a", "c", 10)])) == ["shop.Main.run(Main.kt:20)"]


def test_frames_of_methods_that_the_compiler_made_go_without_a_line_too(run):
    mapping = 'A -> a:\n    void made() -> b\n    # {"id":"com.android.tools.r8.synthesized"}\n    1:1:void m():5:5 -> c\n'
    assert shown(run([frame("a", "c", 1), frame("a", "b", None, "Unknown Source")], {"m.txt": mapping})) == ["A.m(A.java:5)"]


def test_overloads_that_read_the_same_are_no_choice(run):
    out = run(
        [frame("a", "b", None), frame("a", "c", None)],
        {"m.txt": "A -> a:\n    void m(int) -> b\n    void m(B) -> b\n    void n() -> c\n    void n(int) -> c\n    void o() -> c\n"},
    )
    assert shown(out) == ["A.m(A.java:None)", "A.n(A.java:None)"]
    assert problems(out, 0) == []
    assert [one["function"] for one in frames_of(out)[1]["data"]["alternatives"]] == ["o"]


def test_what_was_inlined_into_an_outline_stays(run):
    mapping = """\
shop.Outline -> o:
    1:2:int shop.Saw.bite():10:11 -> a
    1:2:int cut():0 -> a
      # {"id":"com.android.tools.r8.outline"}
shop.Bench -> q:
    8:8:int plane():66 -> s
    31:31:int plane():0:0 -> s
      # {"id":"com.android.tools.r8.outlineCallsite","positions":{"1":8,"2":8},"outline":"Lo;a()I"}
"""
    out = run([frame("q", "s", 31), frame("o", "a", 2)], {"m.txt": mapping})
    assert shown(out) == ["shop.Bench.plane(Bench.java:66)", "shop.Saw.bite(Saw.java:11)"]


def test_frames_are_rewritten_only_right_below_the_exception_of_the_rule(run):
    removed = ["shop.Main.run(Main.kt:24)"]
    whole = ["shop.Main.run(Main.kt:24)", "shop.Rule.check(Rule.java:8)"]
    assert shown(run([frame("a.a", "d", 11), frame("a.a", "d", 11)])) == whole + removed
    assert shown(run([frame("a.a", "d", 11)], exception={"type": "d"})) == whole


def test_an_outlines_frame_goes_and_its_caller_stands_where_the_code_was(run):
    assert shown(run([frame("a.a", "e", 27), frame("a.o", "a", 2)])) == ["shop.Main.run(Main.kt:50)"]


def test_exceptions_get_their_names_back_in_messages_too(run):
    out = run([frame("a.a", "a", 3)], exception={"value": "a.b cannot be a.c: call a.a.a() and a, see e.g. a.x or La/b;"})
    value = out["exception"]["values"][0]
    assert (value["module"], value["type"]) == ("shop", "PricingException")
    assert value["value"] == "shop.Rule cannot be shop.PricingException: call shop.Main.run() and a, see e.g. a.x or Lshop/Rule;"
    assert (value["raw_module"], value["raw_type"]) == ("a", "c")


def test_names_outside_ascii_are_found_in_messages(run):
    out = run([frame("x.ʻ", "a", 3)], {"mapping.txt": "shop.Rule -> x.ʻ:\n"}, exception={"value": "class x.ʻ cannot be cast (x.ʻ is here)"})
    assert out["exception"]["values"][0]["value"] == "class shop.Rule cannot be cast (shop.Rule is here)"


@pytest.mark.parametrize("value", ["java.lang.ClassCastException: c cannot be cast to d " * 1_200, "a." * 32_000, "method '" * 8_000])
def test_a_hostile_message_takes_time_in_its_length_only(run, value):
    def said(value):
        assert run([frame("a.a", "a", 3)], exception={"value": value})["exception"]["values"][0]["value"] == value

    said(value)
    assert_text_in_proportion(said, value)


def test_an_exception_without_a_module_may_hold_its_whole_name(run):
    value = run([frame("a.a", "a", 3)], exception={"type": "a.c", "module": None})["exception"]["values"][0]
    assert value["type"] == "shop.PricingException"


def test_a_module_that_an_exception_never_had_is_not_read_from_our_own_output(run):
    mapping = "shop.Fault -> y:\n    1:1:void a():5:5 -> q\nshop.Other -> shop.y:\n"
    value = run([frame("y", "q", 1)], {"mapping.txt": mapping}, exception={"type": "y", "module": None})["exception"]["values"][0]
    assert (value["module"], value["type"]) == ("shop", "Fault")


def test_an_exception_of_no_mapping_stays_as_it_is(run):
    value = run([frame("a.a", "a", 3)], exception={"type": "Error", "module": "java.lang"})["exception"]["values"][0]
    assert (value["type"], value["module"], "raw_type" in value) == ("Error", "java.lang", False)


# ── which mapping ─────────────────────────────────────────────────────────────────────────────────────────────────

OTHER = "shop.Other -> a.a:\n    1:9:void other() -> a\n"


def uuid_of(text):
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_DNS, "guardsquare.com"), text))


def image(text):
    return {"debug_meta": {"images": [{"type": "proguard", "uuid": uuid_of(text)}]}}


@pytest.mark.parametrize(("text", "expected"), [(MAPPING, "shop.Main.run(Main.kt:20)"), (OTHER, "shop.Other.other(Other.java:3)")])
def test_the_images_uuid_finds_its_mapping_among_others(run, text, expected):
    out = run([frame("a.a", "a", 3)], {"1/mapping.txt": MAPPING, "2/x": OTHER}, **image(text))
    assert shown(out) == [expected]
    assert out["debug_meta"]["images"][0]["debug_status"] == "found"
    assert frames_of(out)[0]["data"]["resolved_with"] == "debug_id"


def test_a_uuid_that_no_file_has_is_said_and_no_other_mapping_is_taken(run):
    out = run([frame("a.a", "a", 3)], **image("another"))
    assert shown(out) == ["a.a.a(SourceFile:3)"]
    assert problems(out) == ["missing_mapping"]
    assert out["debug_meta"]["images"][0]["debug_status"] == "missing"
    assert uuid_of("another") in out["errors"][0]["detail"]


def test_the_source_files_id_finds_r8s_mapping(run):
    out = run([frame("a.a", "a", 3, "r8-map-id-abc1234")], {"1/mapping.txt": MAPPING, "2/mapping.txt": OTHER})
    assert shown(out) == ["shop.Main.run(Main.kt:20)"]


APP = "# pg_map_id: c4c4c4c\n# pg_map_hash: SHA-256 c4c4c4c40001\nshop.Cellar -> a.b:\n    5:9:void draw():82:86 -> a\nshop.Dry -> a.c:\n"
KIT = "# pg_map_id: d7d7d7d\nkit.Gauge -> z.m:\n    1:5:void sample():40:44 -> b\nkit.Decoy -> a.b:\n    1:50:void decoy():300:349 -> a\n"
TWO = [frame("z.m", "b", 2, "r8-map-id-d7d7d7d"), frame("a.b", "a", 7, "r8-map-id-c4c4c4c40001")]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # both: each answers its own
        ({"app/m.txt": APP, "kit/m.txt": KIT}, ["kit.Gauge.sample(Gauge.java:41)", "shop.Cellar.draw(Cellar.java:84)"]),
        # one of them: the other's frame stays, though the class is in it
        ({"kit/m.txt": KIT}, ["kit.Gauge.sample(Gauge.java:41)", "a.b.a(r8-map-id-c4c4c4c40001:7)"]),
        ({"app/m.txt": APP}, ["z.m.b(r8-map-id-d7d7d7d:2)", "shop.Cellar.draw(Cellar.java:84)"]),
    ],
)
def test_a_frame_is_answered_by_the_mapping_it_names_only(run, files, expected):
    assert shown(run(TWO, files)) == expected


def test_an_exception_of_two_mappings_gets_its_name_where_one_alone_knows_it(run):
    files = {"app/m.txt": APP, "kit/m.txt": KIT}
    assert run(TWO, files)["exception"]["values"][0]["type"] == "Dry"
    assert run(TWO, files, exception={"type": "b"})["exception"]["values"][0]["type"] == "b"


def test_a_mapping_that_the_event_names_answers_no_frame_of_another_id(run):
    images = {"images": [{"type": "proguard", "uuid": uuid_of(KIT)}]}
    assert shown(run(TWO, {"kit/m.txt": KIT}, debug_meta=images)) == ["kit.Gauge.sample(Gauge.java:41)", "a.b.a(r8-map-id-c4c4c4c40001:7)"]


def test_the_releases_folder_comes_before_others(run):
    files = {"shop@1.0/mapping.txt": MAPPING, "shop@2.0/mapping.txt": OTHER}
    assert shown(run([frame("a.a", "a", 3)], files, release="shop@2.0")) == ["shop.Other.other(Other.java:3)"]


def test_two_mappings_that_nothing_tells_apart_are_an_ambiguity(run):
    out = run([frame("a.a", "a", 3)], {"1/mapping.txt": MAPPING, "2/mapping.txt": OTHER})
    assert shown(out) == ["a.a.a(SourceFile:3)"]
    assert problems(out) == ["ambiguous_file"]


def test_a_program_that_was_obfuscated_twice_is_walked_back_twice(run):
    second = "a.a -> z:\n    1:1:void a(java.lang.String):5:5 -> q\na.c -> y:\na.b -> x:\na.o -> w:\n"
    out = run([frame("z", "q", 1)], {"1.txt": MAPPING, "2.txt": second}, exception={"type": "y", "module": None})
    assert shown(out) == ["shop.Main.run(Main.kt:23)", "shop.Rule.apply(Rule.java:7)"]
    value = out["exception"]["values"][0]
    assert (value["module"], value["type"]) == ("shop", "PricingException")


# ── what is missing ───────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_mapping_obfuscated_frames_say_so_and_others_are_what_they_are(run):
    out = run([frame("shop.Main", "run", 3, "Main.java"), frame("a.a", "a", 3)], {"README": "nothing"})
    assert [f["data"]["symbolicator_status"] for f in frames_of(out)] == ["symbolicated", "missing"]
    assert problems(out) == ["missing_mapping"]
    assert frames_of(out)[1]["data"]["problems"][0]["hint"]


def test_a_class_a_method_and_a_line_that_the_mapping_does_not_have_are_said(run):
    out = run([frame("q.q", "a", 3), frame("a.a", "z", 3), frame("a.a", "a", 900), frame("a.a", "toString", 3)])
    assert [problems(out, i) for i in range(4)] == [["missing_symbol"], ["missing_symbol"], ["invalid_location"], []]
    assert shown(out)[1:] == ["shop.Main.z(Main.kt:3)", "shop.Main.run(Main.kt:None)", "shop.Main.toString(Main.kt:3)"]


def test_the_lines_around_a_frame_come_from_a_folder_of_sources(run):
    files = {"mapping.txt": MAPPING, "src/shop/Main.kt": "".join(f"line {i}\n" for i in range(1, 40)), "other/Main.kt": "wrong\n" * 40}
    (shown_frame,) = frames_of(run([frame("a.a", "a", 3)], files))
    assert shown_frame["context_line"] == "line 20"
    assert shown_frame["pre_context"][-1] == "line 19"


def test_the_lines_around_a_frame_come_from_a_source_bundle(run, tmp_path):
    # As Sentry's plugins for Gradle and Maven pack it: class by class, whatever the language, below `~/`.
    files = {f"files/_/_/shop/{name}.jvm": "".join(f"{name} {i}\n" for i in range(1, 60)) for name in ("Main", "Rule")}
    listed = {path: {"type": "source", "url": f"~/shop/{path.rpartition('/')[2]}"} for path in files}
    with zipfile.ZipFile(tmp_path / "sources.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps({"files": listed, "debug_id": str(uuid.uuid4())}))
        for path, text in files.items():
            archive.writestr(path, text)
    outer, inner = frames_of(run([frame("a.a", "a", 5)]))
    assert (outer["context_line"], inner["context_line"]) == ("Main 23", "Rule 7")
    assert inner["pre_context"] == [f"Rule {i}" for i in range(2, 7)]


def test_a_class_that_has_a_source_by_its_name_needs_no_mapping(run, tmp_path):
    with zipfile.ZipFile(tmp_path / "plain.zip", "w") as bundle:
        bundle.writestr("files/_/_/com/shop/Basket.jvm", "class Basket\n  fun total() = 1\n")
        bundle.writestr(
            "manifest.json", json.dumps({"files": {"files/_/_/com/shop/Basket.jvm": {"type": "source", "url": "~/com/shop/Basket.jvm"}}})
        )
    # the word stands straight before the archive, without a version
    (tmp_path / "sources.zip").write_bytes(b"SYSB" + (tmp_path / "plain.zip").read_bytes())
    (tmp_path / "plain.zip").unlink()
    frames = [
        frame("com.shop.Basket", "total", 2, "Basket.kt"),
        frame("com.shop.Basket$Line", "total", 2, None),
        frame("com.shop.Basket$Line", "total", 2, None, abs_path="Basket.kt"),
        frame("com.shop.Basket", "total", 2, "SourceFile"),
    ]
    out = run(frames, {})
    assert [one["context_line"] for one in frames_of(out)] == ["  fun total() = 1"] * 4


def test_a_file_as_short_as_a_new_name_is_no_source(run):
    assert problems(run([frame("a.b", "c", None, "a.java")], {})) == ["missing_mapping"]
    assert shown(run([frame("a.b", "c", 1, "b.java")], {"m.txt": "shop.Cart -> a.b:\n    1:1:void pay():9:9 -> c\n"})) == [
        "shop.Cart.pay(Cart.java:9)"
    ]


def test_frames_of_other_platforms_are_not_touched(run):
    out = run([{**frame("a.a", "a", 3), "platform": "python"}])
    assert shown(out) == ["a.a.a(SourceFile:3)"]


def test_the_transformer_keeps_the_contract():
    out = check_transformer(Jvm, [frame("a.a", "a", 5), {"module": "a.a"}, {"function": "a"}], platform="java")
    assert [f["data"]["symbolicator_status"] for f in out] == ["missing", "missing", "raw"]


@pytest.mark.parametrize("module", ["app//a.a", "shop.jar//a.a", "a.a"])
def test_what_stands_before_the_class_is_kept(run, module):
    assert shown(run([frame(module, "a", 3)])) == [f"{module.removesuffix('a.a')}shop.Main.run(Main.kt:20)"]


TOMBSTONE = """\
signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0
backtrace:
    #00 pc 000000000009db8c  /data/app/base.apk!libx.so (offset 0x1000) (ns::f(int)+164)
    #01 pc 000000000009db8c  /data/app/base.apk (offset 0x1000) (nat_f+164)
    #02 pc 0000000000041a30  /data/app/oat/arm64/base.vdex (a.a.b+0)
    #03 pc 0000000000041a30  [anon:dalvik-classes2.dex extracted in memory from /data/app/base.apk!classes2.dex] (a.a.<init>+4)
    #04 pc 0000000000041a30  /memfd:jit-cache (deleted) (offset 0x2000000) (a.a$b.c+3444)
    #05 pc 0000000000041a30  /data/app/oat/arm64/base.odex (a.a.b+68) (BuildId: 0a1b2c3d)
    #06 pc 0000000000041a30  <anonymous:7a1b> (a.a.b+12)
    #07 pc 00000000005a0000  /system/framework/arm64/boot-framework.oat (android.app.Activity.performResume+120)
"""


def test_a_tombstones_frames_of_java_get_their_names(tmp_path):
    (tmp_path / "mapping.txt").write_text(
        "shop.Till -> a.a:\n    1:3:void open():51 -> b\nshop.Till$Key -> a.a$b:\n    1:3:void turn():7 -> c\n"
    )
    with Symbolicator(files=[tmp_path], cache_dir=False) as engine:
        lines = engine.symbolicate_text(TOMBSTONE).splitlines()
    assert lines[2:4] == TOMBSTONE.splitlines()[2:4]
    assert [line.partition(" pc 0000000000041a30  ")[2] for line in lines[4:9]] == [
        "/data/app/oat/arm64/base.vdex (shop.Till.open(Till.java)+0)",
        "[anon:dalvik-classes2.dex extracted in memory from /data/app/base.apk!classes2.dex] (shop.Till.<init>(Till.java)+4)",
        "/memfd:jit-cache (deleted) (offset 0x2000000) (shop.Till$Key.turn(Till.java)+3444)",
        "/data/app/oat/arm64/base.odex (shop.Till.open(Till.java)+68) (BuildId: 0a1b2c3d)",
        "<anonymous:7a1b> (shop.Till.open(Till.java)+12)",
    ]
    assert lines[9] == TOMBSTONE.splitlines()[9]


KEPT = """\
shop.Main -> shop.Main:
# {"id":"sourceFile","fileName":"Main.kt"}
    1:50:void run():10:59 -> run
    1:4:void halt():70:73 -> halt
shop.Rule -> a.b:
# {"id":"sourceFile","fileName":"Rule.kt"}
    1:50:void apply():10:59 -> a
"""


@pytest.mark.parametrize(
    ("frames", "want"),
    [
        # an original line that no new one is
        ([("shop.Main", "halt", 72, "Main.kt")], ["shop.Main.halt(Main.kt:72)"]),
        # both may be: the stack's other class has its original name, which this build took from it
        ([("shop.Main", "run", 20, "Main.kt"), ("shop.Rule", "apply", 12, "Rule.kt")], ["shop.Main.run(Main.kt:20)", "shop.Rule.apply(Rule.kt:12)"]),
        # … or has its new one
        ([("shop.Main", "run", 20, "Main.kt"), ("a.b", "a", 3, "SourceFile")], ["shop.Main.run(Main.kt:29)", "shop.Rule.apply(Rule.kt:12)"]),
        # a new line, where nothing else is known
        ([("shop.Main", "run", 20, "Main.kt")], ["shop.Main.run(Main.kt:29)"]),
    ],
)  # fmt: skip
def test_a_stack_that_was_retraced_already_keeps_its_lines(run, frames, want):
    out = run([frame(*one) for one in frames], {"mapping.txt": KEPT})
    assert shown(out) == want
    assert problems(out, 0) == []


def test_a_line_in_no_range_of_a_frame_that_nothing_renamed_is_not_lost(run):
    out = run([frame("shop.Main", "halt", 400, "Main.kt")], {"mapping.txt": KEPT})
    assert shown(out) == ["shop.Main.halt(Main.kt:400)"]
    assert problems(out) == ["invalid_location"]
