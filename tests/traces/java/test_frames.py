"""Java's traces: stacks, chains, thread dumps, logcat around them, and back into their text."""

import contextlib
import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.errors import TraceError
from symbolicator.traces import find_traces, parse_trace
from symbolicator.traces.formats import FORMATS
from symbolicator.traces.scan import read_line
from tests.counting import assert_text_in_proportion


def read(line):
    """(module, function, filename, lineno) of a Java line, None where it is none."""
    got = read_line(line, FORMATS)
    if got is None or got[0].name != "java":
        return None
    return tuple(got[1].frame.get(key) for key in ("module", "function", "filename", "lineno"))


LINES = [
    # places
    ("\tat shop.Main$a.b(SourceFile:90)", "shop.Main$a", "b", "SourceFile", 90),
    ("\tat shop.Main.main(Main.java:139)", "shop.Main", "main", "Main.java", 139),
    ("\tat shop.Main.main(Main.java)", "shop.Main", "main", "Main.java", None),
    ("\tat shop.MainKt.main(Main.kt:3)", "shop.MainKt", "main", "Main.kt", 3),
    ("\tat java.lang.Object.wait(Native Method)", "java.lang.Object", "wait", None, None),
    ("\tat a.a.a(Unknown Source)", "a.a", "a", None, None),
    ("\tat a.a.a(Unknown Source:12)", "a.a", "a", None, 12),
    ("\tat a.a.a(:12)", "a.a", "a", None, 12),
    ("\tat a.a.a(SourceFile)", "a.a", "a", "SourceFile", None),
    ("\tat a.a.a(r8-map-id-0a1b2c:12)", "a.a", "a", "r8-map-id-0a1b2c", 12),
    ("\tat x.Y$$EnhancerBySpringCGLIB$$1a.z(<generated>)", "x.Y$$EnhancerBySpringCGLIB$$1a", "z", "<generated>", None),
    # names
    ("\tat a.a(SourceFile:1)", "a", "a", "SourceFile", 1),
    ("\tat shop.Main.<init>(Main.java:1)", "shop.Main", "<init>", "Main.java", 1),
    ("\tat shop.Main.<clinit>(Main.java:1)", "shop.Main", "<clinit>", "Main.java", 1),
    ("\tat shop.Main.lambda$run$0(Main.java:1)", "shop.Main", "lambda$run$0", "Main.java", 1),
    ("\tat j$.util.Map$-CC.$default$get(Map.java:1)", "j$.util.Map$-CC", "$default$get", "Map.java", 1),
    ("\tat ﾠ.ʻ.ॱ(SourceFile:1)", "ﾠ.ʻ", "ॱ", "SourceFile", 1),
    ("\tat shop.CartTest.adds two prices(CartTest.kt:9)", "shop.CartTest", "adds two prices", "CartTest.kt", 9),
    ("\tat Main$$Lambda$14/0x0000000800066840.run(Unknown Source)", "Main$$Lambda$14/0x0000000800066840", "run", None, None),
    ("\tat Main$$Lambda$1/12345.run(Unknown Source)", "Main$$Lambda$1/12345", "run", None, None),
    # Google Play's console: a blank before the parenthesis, where only Java prints such a place
    ("  at a.b.c (SourceFile:2)", "a.b", "c", "SourceFile", 2),
    ("  at a.b.<init> (Cart.kt:2)", "a.b", "<init>", "Cart.kt", 2),
    ("  at a.b.c (Native Method)", "a.b", "c", None, None),
    ("  at a.b.c (Unknown Source:4)", "a.b", "c", None, 4),
    ("  at a.b.c (r8-map-id-0a1b:4)", "a.b", "c", "r8-map-id-0a1b", 4),
    ("  at a.R8$$x.run (R8$$SyntheticClass:0)", "a.R8$$x", "run", "R8$$SyntheticClass", 0),
    ("  at a.b.c (PG:4)", "a.b", "c", "PG", 4),
    ("  at x.y.b (:com.google.android.gms@2@24.1 (190-63):26)", "x.y", "b", ":com.google.android.gms@2@24.1 (190-63)", 26),
    ("\tat x.y.b(com.google.android.gms@2@24.1:26)", "x.y", "b", "com.google.android.gms@2@24.1", 26),
    # modules and loaders
    ("\tat java.base/java.lang.Thread.run(Thread.java:829)", "java.lang.Thread", "run", "Thread.java", 829),
    ("\tat java.base@17.0.15/java.lang.Thread.run(Thread.java:829)", "java.lang.Thread", "run", "Thread.java", 829),
    ("\tat app//shop.Main.main(Main.java:1)", "shop.Main", "main", "Main.java", 1),
    ("\tat loader/foo@9.0/shop.Main.main(Main.java:1)", "shop.Main", "main", "Main.java", 1),
    ("\tat java.lang.Thread.sleep(java.base@17.0.15/Native Method)", "java.lang.Thread", "sleep", None, None),
    ("\tat java.lang.Thread.run(java.base@17.0.15/Thread.java:840)", "java.lang.Thread", "run", "Thread.java", 840),
    # what loggers add
    ("\tat shop.Main.main(Main.java:1) ~[shop.jar:1.0]", "shop.Main", "main", "Main.java", 1),
    ("\tat shop.Main.main(Main.java:1) [classes/:?]", "shop.Main", "main", "Main.java", 1),
    ("E/AndroidRuntime( 123): \tat a.a.a(SourceFile:1)", "a.a", "a", "SourceFile", 1),
]


@pytest.mark.parametrize("row", LINES, ids=lambda row: row[0].strip())
def test_a_frame_of_java(row):
    line, *want = row
    assert read(line) == tuple(want)
    assert read_line(line, FORMATS)[1].strong


@pytest.mark.parametrize("row", LINES, ids=lambda row: row[0].strip())
def test_what_was_read_is_written_as_it_stood(row):
    found_form, found = read_line(row[0], FORMATS)
    written = found_form.write(found.frame, found.frame)
    assert written == row[0][found.start : found.end].replace("(:12)", "(Unknown Source:12)")


@pytest.mark.parametrize(
    "line",
    [
        "    at total (cart.js:12:7)",  # V8
        "    at Cart.total (cart.js:12)",
        "    at Foo.bar(app.js:12:3)",  # somebody's formatter: V8's, for it has a column
        "    at System.String.Format(String format, Object arg)",  # C#
        "    at Foo.Bar.Baz() in /srv/a.cs:line 12",
        "    at example.com (mail)",
        "look at foo.bar(Baz.java:1)",  # prose
        "    at noon.today",
        "    at (Main.java:1)",
        "    at main(Main.java:1)",  # no class
        "    at a..b(Main.java:1)",
        "    at a.b(Main.java:1) and more",
    ],
)
def test_a_line_that_is_no_frame_of_java(line):
    assert read(line) is None


@pytest.mark.parametrize("line", ["    at System.Int32.Parse(String)", "    at Foo.bar(app.js:12)", "    at RUBY.call(/srv/a.rb:3)"])
def test_a_line_that_other_languages_print_too_is_a_frame_only_beside_sure_ones(line):
    with pytest.raises(TraceError):
        parse_trace(f"oops\n{line}\n")
    assert len(parse_trace(f"a.b: x\n\tat a.b(SourceFile:1)\n\t{line.strip()}\n")["exception"]["values"][0]["stacktrace"]["frames"]) == 2
    (value,) = parse_trace(f"Error: x\n    at f (a.js:1:2)\n{line}\n    at g (a.js:1:3)\n")["exception"]["values"]
    assert [frame["function"] for frame in value["stacktrace"]["frames"]] == ["g", "f"]


def told(text, *keys):
    return [tuple(value.get(key) for key in keys) for value in parse_trace(text)["exception"]["values"]]


@pytest.mark.parametrize(
    ("header", "want"),
    [
        ("java.lang.IllegalStateException: unexpected end at 2", ("java.lang", "IllegalStateException", "unexpected end at 2")),
        ("shop.Main$c: cannot price 4/0", ("shop", "Main$c", "cannot price 4/0")),
        ("a.b: x", ("a", "b", "x")),
        ("b: x", (None, "b", "x")),  # a class in no package, renamed
        ("a.b", ("a", "b", "")),
        ("java.lang.NullPointerException", ("java.lang", "NullPointerException", "")),
        ('Exception in thread "main" a.b: x', ("a", "b", "x")),
        ('Exception in thread "pool 1" a.b', ("a", "b", "")),
        ("Caused by: a.b: java.io.IOException: x", ("a", "b", "java.io.IOException: x")),
        ("a.b: java.lang.Error: x", ("a", "b", "java.lang.Error: x")),
        ("2026-11-22 10:00:00 ERROR [http-1] shop.Main - failed shop.OddException: x", ("shop", "OddException", "x")),
        ("b: first line\n  second line", (None, "b", "first line\n  second line")),
        ("a.b: first line\nkey: value\n  more", ("a", "b", "first line\nkey: value\n  more")),
        ("E/AndroidRuntime( 1): FATAL EXCEPTION: main\nE/AndroidRuntime( 1): Process: x.y, PID: 1\na.b: x", ("a", "b", "x")),
    ],
)
def test_the_line_above_says_what_was_thrown(header, want):
    assert told(header + "\n\tat a.a.a(SourceFile:1)\n\tat a.a.b(SourceFile:2)\n", "module", "type", "value") == [want]


CHAIN = """\
Exception in thread "main" a.b: outer
	at a.a.a(SourceFile:1)
	at a.a.main(SourceFile:2)
	Suppressed: a.c: one
		at a.a.b(SourceFile:3)
		... 1 more
	Caused by: a.d: why one
		at a.a.c(SourceFile:4)
		... 2 more
	Suppressed: a.c: two
		at a.a.b(SourceFile:3)
		... 1 more
Caused by: a.e: no frames
	... 2 more
Caused by: a.f
	at a.a.d(SourceFile:5)
	... 2 common frames omitted
Caused by: [CIRCULAR REFERENCE: a.b: outer]
"""


def family(text):
    """(type, its parent's type, source) of each exception."""
    values = parse_trace(text)["exception"]["values"]
    by_id = {value["mechanism"]["exception_id"]: value["type"] for value in values}
    return [(v["type"], by_id.get(v["mechanism"].get("parent_id")), v["mechanism"].get("source")) for v in values]


@pytest.mark.parametrize("prefix", ["", "E/AndroidRuntime( 123): ", "11-22 18:00:00.000  123  123 E AndroidRuntime: "])
def test_causes_and_suppressed_ones_belong_to_what_they_stand_below(prefix):
    assert family("".join(prefix + line + "\n" for line in CHAIN.splitlines())) == [
        ("f", "e", "cause"),
        ("e", "b", "cause"),
        ("c", "b", "suppressed[1]"),
        ("d", "c", "cause"),
        ("c", "b", "suppressed[0]"),
        ("b", None, None),
    ]


def test_a_chain_printed_root_cause_first_goes_the_other_way():
    text = (
        "a.r: root\n\tat a.a.x(A.java:1)\nWrapped by: a.m: mid\n\tat a.a.y(A.java:1)\n\t... 3 more\nWrapped by: a.o\n\tat a.a.z(A.java:1)\n"
    )
    assert family(text) == [("r", "m", "cause"), ("m", "o", "cause"), ("o", None, None)]


def test_an_exception_made_without_a_stack_trace_is_the_parent_of_the_cause_below_it():
    assert family("a.o: outer\nCaused by: a.i: inner\n\tat a.a.x(A.java:1)\n") == [("i", "o", "cause"), ("o", None, None)]


def test_exceptions_with_other_text_between_them_are_independent():
    assert [parent for _, parent, _ in family("a.b: x\n\tat a.a(A.java:1)\nand then\nCaused by: a.c: y\n\tat a.a(A.java:1)\n")] == [
        None,
        None,
    ]


BODY = """\
FATAL EXCEPTION: main
Process: com.x, PID: 1
java.lang.RuntimeException: Unable to start: a.b.c: x
line two of it
	at android.app.A.b(A.java:1)
	at b.a.c(Unknown Source:3)
	Suppressed: q.r: s
		at b.a.c(Unknown Source:3)
Caused by: a.b.c: x
	at e.f.g(SourceFile:1)
	... 3 more
"""


@pytest.mark.parametrize(
    "prefix",
    [
        "E/AndroidRuntime( 123): ",  # brief
        "E/AndroidRuntime: ",  # tag
        "E( 123) ",  # process
        "E( 123: 123) ",  # thread
        "11-22 18:00:00.000 E/AndroidRuntime( 123): ",  # time
        "11-22 18:00:00.000  123  123 E AndroidRuntime: ",  # threadtime
        "11-22 18:00:00.000 +0100  123  123 E AndroidRuntime: ",  # with the zone
        "2026-11-22 18:00:00.000 1234-1234/com.x.y E/AndroidRuntime: ",  # Android Studio, before 2022
        "2026-11-22 18:00:00.000 1234-1234 AndroidRuntime com.x.y E ",  # and since
    ],
)
def test_logcat_in_all_its_formats_is_no_part_of_the_trace(prefix):
    text = "--------- beginning of crash\n" + "".join(prefix + line + "\n" for line in BODY.splitlines())
    assert told(text, "module", "type", "value") == [
        ("a.b", "c", "x"),
        ("q", "r", "s"),
        ("java.lang", "RuntimeException", "Unable to start: a.b.c: x\nline two of it"),
    ]
    traces = find_traces(text)
    assert traces.render(traces.event) == text


JSTACK = """\
Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6-Debian-1deb12u1 mixed mode, sharing):

"main" #1 prio=5 os_prio=0 cpu=22.38ms elapsed=2.35s tid=0x00007fdbcc017ea0 nid=0x6311 waiting on condition  [0x00007fdbd13de000]
   java.lang.Thread.State: TIMED_WAITING (sleeping)
	at java.lang.Thread.sleep(java.base@17.0.15/Native Method)
	at Dump.main(Dump.java:1)
	- locked <0x000000069ec19058> (a [Ljava.lang.String;)

"Signal Dispatcher" #4 daemon prio=9 os_prio=0 cpu=0.30ms elapsed=2.33s tid=0x00007fdbcc1011d0 nid=0x631a waiting on condition  [0x0]
   java.lang.Thread.State: RUNNABLE

"a \\"b\\" c" #12 daemon prio=5 os_prio=0 cpu=1.05ms elapsed=2.29s tid=0x00007fdbcc1b9950 nid=0x6326 waiting on condition  [0x00007fdb4a9fe000]
   java.lang.Thread.State: TIMED_WAITING (sleeping)
	at java.lang.Thread.sleep(java.base@17.0.15/Native Method)
	at Dump.lambda$main$0(Dump.java:1)
	- locked <0x000000069ec18668> (a java.lang.Object)
	at Dump$$Lambda$1/0x00007fdb4c000a08.run(Unknown Source)
	at java.lang.Thread.run(java.base@17.0.15/Thread.java:840)
"""
ANR = """\
----- pid 123 at 2026-11-22 18:00:00 -----
Cmd line: com.x
DALVIK THREADS (2):
"main" prio=5 tid=1 Native
  | group="main" sCount=1 dsCount=0 flags=1 obj=0x7 self=0x7
  | sysTid=123 nice=-10 cgrp=default sched=0/0 handle=0x7
  native: #00 pc 000000000004c35c  /apex/com.android.runtime/lib64/bionic/libc.so (syscall+28) (BuildId: 0a1b2c3d)
  at android.os.MessageQueue.nativePollOnce(Native method)
  at a.b.c(SourceFile:3)

"worker" daemon prio=5 tid=12 Waiting
  | group="main"
  at java.lang.Object.wait(Native method)
  - waiting on <0x0a> (a java.lang.Object)
  at a.b.d(SourceFile:3)
  - locked <0x0a> (a a.b.c)
  at a.b.e(SourceFile:4)
----- end 123 -----
"""


@pytest.mark.parametrize(
    ("dump", "threads"),
    [
        (
            JSTACK,
            [
                ({"id": 1, "name": "main", "state": "TIMED_WAITING"}, ["main", "sleep"]),
                ({"id": 12, "name": 'a \\"b\\" c', "state": "TIMED_WAITING", "daemon": True}, ["run", "run", "lambda$main$0", "sleep"]),
            ],
        ),
        (
            ANR,
            [
                ({"id": 1, "name": "main", "state": "Native"}, ["c", "nativePollOnce", "syscall"]),
                ({"id": 12, "name": "worker", "state": "Waiting", "daemon": True}, ["e", "d", "wait"]),
            ],
        ),
    ],
)
def test_a_thread_dump_becomes_threads(dump, threads):
    event = parse_trace(dump)
    assert "exception" not in event
    got = event["threads"]["values"]
    assert [{k: v for k, v in thread.items() if k != "stacktrace"} for thread in got] == [thread for thread, _ in threads]
    assert [[f["function"] for f in thread["stacktrace"]["frames"]] for thread in got] == [functions for _, functions in threads]
    assert find_traces(dump).render(event) == dump


UNATTACHED = """\
"RenderThread" sysTid=7388
    #00 pc 0000000000089abc  /apex/com.android.runtime/lib64/bionic/libc.so (syscall+28)
"""
LISTED = """\
Fatal Exception: a.b: x
       at a.c.d(SourceFile:1)

Caused by a.e
       at a.c.d(SourceFile:2)

main:
       at a.c.d(SourceFile:3)

androidx.work-1:
       at a.c.d(SourceFile:4)

OkHttp (timed waiting):tid=14 systid=2230
       at a.c.d(SourceFile:5)
"""


def test_a_thread_that_the_runtime_does_not_know_is_a_thread():
    event = parse_trace(UNATTACHED)
    assert "exception" not in event
    assert [(one["id"], one["name"]) for one in event["threads"]["values"]] == [(7388, "RenderThread")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_crashlytics_causes_and_threads_are_what_they_are(end):
    text = LISTED.replace("\n", end)
    event = parse_trace(text)
    assert family(text) == [("e", "b", "cause"), ("b", None, None)]
    assert [one["name"] for one in event["threads"]["values"]] == ["main", "androidx.work-1", "OkHttp"]
    assert find_traces(text).render(event) == text


def test_prose_that_begins_like_a_cause_is_none():
    event = parse_trace("Exception a.b: x\n  at a.c.d (SourceFile:1)\nCaused by somebody else\n  at a.c.d (SourceFile:1)\n")
    assert [(one.get("type"), one["value"]) for one in event["exception"]["values"]] == [("b", "x"), (None, "Caused by somebody else")]


DALVIK = """\
"main" prio=5 tid=1 NATIVE
  | group="main" sCount=1 dsCount=0 obj=0x41 self=0x41
  #00  pc 00021914  /system/lib/libc.so (__ioctl+8)
  #01  pc 0002d091  /system/lib/libc.so (ioctl+14)
  at a.b.c(SourceFile:3)
  at dalvik.system.NativeStart.main(Native Method)

"Binder_3" prio=5 tid=12 NATIVE
  #00  pc 0002d091  /system/lib/libc.so (ioctl+14)
  at dalvik.system.NativeStart.run(Native Method)
"""


@pytest.mark.parametrize("dump", [DALVIK, DALVIK.replace("  #0", "  native: #0")])
def test_a_threads_native_frames_are_called_by_its_java_frames(dump):
    event = parse_trace(dump)
    got = [(one["name"], [(f["platform"], f["function"]) for f in one["stacktrace"]["frames"]]) for one in event["threads"]["values"]]
    java, native = "java", "native"
    assert got == [
        ("main", [(java, "main"), (java, "c"), (native, "ioctl"), (native, "__ioctl")]),
        ("Binder_3", [(java, "run"), (native, "ioctl")]),
    ]
    assert event["threads"]["values"][0]["stacktrace"]["frames"][3]["instruction_addr"] == "0x21914"
    assert [image["code_file"] for image in event["debug_meta"]["images"]] == ["/system/lib/libc.so"]
    assert find_traces(dump).render(event) == dump


INTERLEAVED = """\
11-22 18:00:00.000   123   130 E AndroidRuntime: a.b: x
11-22 18:00:00.000   123   125 D Other   : hello
11-22 18:00:00.001   123   130 E AndroidRuntime: \tat a.b.c(SourceFile:1)
11-22 18:00:00.001   456   460 E AndroidRuntime: q.r: y
11-22 18:00:00.001   456   460 E AndroidRuntime: \tat q.r.s(SourceFile:1)
11-22 18:00:00.002   123   130 E AndroidRuntime: \tat a.b.d(SourceFile:2)
11-22 18:00:00.002   123   125 D Other   : at noon
11-22 18:00:00.002   456   460 E AndroidRuntime: \tat q.r.t(SourceFile:2)
11-22 18:00:00.003   123   130 E AndroidRuntime: Caused by: a.f: z
11-22 18:00:00.003   123   125 D Other   : bye
11-22 18:00:00.003   123   130 E AndroidRuntime: \tat a.b.e(SourceFile:3)
11-22 18:00:00.003   123   125 D Other   : bye
11-22 18:00:00.003   123   130 E AndroidRuntime: \t... 1 more
11-22 18:00:00.003   456   460 E AndroidRuntime: q.r: new
11-22 18:00:00.003   456   460 E AndroidRuntime: \tat q.r.u(SourceFile:2)
"""
BRIEF = [("123   130 E AndroidRuntime: ", "E/AndroidRuntime(  123): "), ("123   125 D Other   : ", "D/Other   (  123): ")]
BRIEF += [("456   460 E AndroidRuntime: ", "E/AndroidRuntime(  456): ")]


@pytest.mark.parametrize("brief", [False, True])
def test_a_stack_goes_on_below_other_writers_lines_of_the_log(brief):
    text = INTERLEAVED
    for old, new in BRIEF if brief else ():
        text = text.replace(old, new)
    values = parse_trace(text)["exception"]["values"]
    got = [(v["type"], v["value"], [f["function"] for f in v["stacktrace"]["frames"]]) for v in values]
    assert got == [("f", "z", ["e"]), ("b", "x", ["d", "c"]), ("r", "y", ["t", "s"]), ("r", "new", ["u"])]
    traces = find_traces(text)
    assert traces.render(traces.event) == text


def test_a_javascript_exception_has_the_java_frames_as_its_callers():
    text = "com.facebook.react.common.JavascriptException: Error: x, stack:\nf@1:2\ng@1:3\n\n\tat a.b.c(SourceFile:1)\n\tat a.b.d(SourceFile:2)\n"
    (value,) = parse_trace(text)["exception"]["values"]
    frames = value["stacktrace"]["frames"]
    assert [(f["platform"], f["function"]) for f in frames] == [("java", "d"), ("java", "c"), ("javascript", "g"), ("javascript", "f")]
    assert parse_trace(text.replace("\n\n", "\n"))["exception"]["values"] == [value]
    logcat = "".join(f"E/AndroidRuntime( 1): {line}\n" for line in text.splitlines())
    assert parse_trace(logcat)["exception"]["values"] == [value]
    apart = parse_trace(text.replace("\n\n", "\n\n\n"))["exception"]["values"]
    assert [len(v["stacktrace"]["frames"]) for v in apart] == [2, 2]


def change(text, new):
    """The text once `new(value)` changed each exception and thread in place."""
    traces = find_traces(text)
    event = copy.deepcopy(traces.event)
    for key in ("exception", "threads"):
        for value in (event.get(key) or {}).get("values") or []:
            new(value)
    return traces.render(event)


def symbolicated(frame, index, **changes):
    return {**frame, **changes, "data": {**frame.get("data", {}), "symbolicator_status": "symbolicated", "raw_index": index}}


def test_frames_and_classes_are_written_in_the_place_of_the_raw_ones():
    def new(value):
        value["module"], value["type"] = "shop.errors", value["type"].upper()
        if "stacktrace" in value:
            frames = value["stacktrace"]["frames"]
            source = {"module": "shop.Cart", "function": "total", "filename": "Cart.java"}
            value["stacktrace"]["frames"] = [symbolicated(f, i, lineno=f["lineno"] + 100, **source) for i, f in enumerate(frames)]

    lines = change(CHAIN, new).splitlines()
    assert lines[:7] == [
        'Exception in thread "main" shop.errors.B: outer',
        "\tat shop.Cart.total(Cart.java:101)",
        "\tat shop.Cart.total(Cart.java:102)",
        "\tSuppressed: shop.errors.C: one",
        "\t\tat shop.Cart.total(Cart.java:103)",
        "\t\t... 1 more",
        "\tCaused by: shop.errors.D: why one",
    ]
    assert lines[12:] == [
        "Caused by: shop.errors.E: no frames",
        "\t... 2 more",
        "Caused by: shop.errors.F",
        "\tat shop.Cart.total(Cart.java:105)",
        "\t... 2 common frames omitted",
        "Caused by: [CIRCULAR REFERENCE: shop.errors.B: outer]",
    ]


def test_inlinees_take_lines_of_their_own_and_keep_prefix_module_and_tail():
    def new(value):
        (frame,) = value["stacktrace"]["frames"]
        value["stacktrace"]["frames"] = [
            symbolicated(frame, 0, function=name, filename="A.java", lineno=n) for n, name in enumerate("xy", 1)
        ]

    text = "E/X( 1): a.b: c\nE/X( 1): \tat app//a.a.a(SourceFile:1) ~[x.jar:1]\nE/X( 1): \t... 3 more\n"
    assert change(text, new).splitlines()[1:] == [
        "E/X( 1): \tat app//a.a.y(A.java:2)",
        "E/X( 1): \tat app//a.a.x(A.java:1) ~[x.jar:1]",
        "E/X( 1): \t... 3 more",
    ]


def test_what_an_ambiguous_frame_may_also_be_stands_below_it_and_is_not_read_again():
    def new(value):
        frames = value["stacktrace"]["frames"]
        frames[1] = symbolicated(frames[1], 1, function="total")
        frames[1]["data"]["alternatives"] = [{"module": "a.A", "function": "size", "filename": "A.java"}]

    text = change("a.b: c\n\tat a.A.a(A.java)\n\tat a.A.b(A.java:9)\n", new)
    assert text == "a.b: c\n\tat a.A.total(A.java)\n\t<OR> at a.A.size(A.java)\n\tat a.A.b(A.java:9)\n"
    assert [f["function"] for f in parse_trace(text)["exception"]["values"][0]["stacktrace"]["frames"]] == ["b", "total"]


def test_a_message_of_several_lines_is_written_line_by_line():
    def new(value):
        value["value"] = value["value"].replace("a.c", "shop.Cart")

    text = "E/X( 1): a.b: a.c is\nE/X( 1):   no a.c\nE/X( 1): \tat a.a.a(SourceFile:1)\n"
    assert change(text, new) == text.replace("a.c", "shop.Cart")


NAMES = st.text("abcXYZ$_0", min_size=1, max_size=5).filter(lambda name: not name[0].isdigit())
PLACES = st.one_of(
    st.sampled_from(["Native Method", "Unknown Source", "Unknown Source:7", ":7", "SourceFile", "A.kt"]),
    st.integers(1, 70_000).map(lambda line: f"A.java:{line}"),
)
FRAME_LINES = st.tuples(st.lists(NAMES, min_size=2, max_size=4), PLACES).map(lambda t: f"at {'.'.join(t[0])}({t[1]})")


@given(st.lists(FRAME_LINES, min_size=1, max_size=6), st.lists(FRAME_LINES, min_size=1, max_size=6), st.sampled_from(["", "E/X( 1): "]))
def test_a_trace_that_nothing_was_found_for_comes_back_byte_for_byte(frames, causes, prefix):
    body = ["a.b: x", *("\t" + line for line in frames), "Caused by: a.c", *("\t" + line for line in causes), "\t... 2 more"]
    text = "".join(prefix + line + "\n" for line in body)
    traces = find_traces(text)
    assert [len(value["stacktrace"]["frames"]) for value in traces.event["exception"]["values"]] == [len(causes), len(frames)]
    assert traces.render(traces.event) == text
    assert traces.render(copy.deepcopy(traces.event)) == text


@pytest.mark.parametrize(
    "text",
    [
        '"' * 9_000 + "\n\tat a.a.a(A.java:1)\n",
        ("a." * 4_000 + "b\n\tat a.a.a(A.java:1)\n") * 20,
        "a.b: x\n\tat a.a.a(A.java:1)\n" + "Caused by: a.b: x\n" * 20_000,
        "\tat " + "a." * 4_000 + "a(A.java:1)\n\tat a.a.a(A.java:1)\n",
        "\tat a.a.a(" * 20_000,
        "".join("\t" * n + "Suppressed: a.b: x\n" + "\t" * n + "\tat a.a.a(A.java:1)\n" for n in range(300)),
        "f@1:2\n\n" * 20_000 + "\tat a.a.a(A.java:1)\n",
    ],
)
def test_hostile_text_takes_linear_time(text):
    def there_and_back(text):
        with contextlib.suppress(TraceError):
            traces = find_traces(text)
            assert traces.render(traces.event) == text

    there_and_back(text)
    assert_text_in_proportion(there_and_back, text)
