"""Stacks as virtual machines dump them themselves: OpenJ9's javacore, Android's runtime, Java's own dumps of threads."""

import pytest

from symbolicator import Symbolicator
from symbolicator.traces import find_traces, parse_trace
from symbolicator.traces.java import art, javacore

MAPPING = """\
# compiler: R8
# {"id":"com.android.tools.r8.mapping","version":"2.2"}
# pg_map_id: 1f2e3d4
shop.Cart -> a.b:
# {"id":"sourceFile","fileName":"Cart.kt"}
    1:3:int shop.Line.price(int):30:32 -> a
    1:3:int total(int):41 -> a
    4:9:int total(int):42:47 -> a
    10:12:void clear(shop.Line[]):60:62 -> b
    10:12:void sweep(int):80:82 -> b
shop.Line -> a.c:
# {"id":"sourceFile","fileName":"Line.kt"}
"""


@pytest.fixture
def readable(tmp_path):
    """The text with the names of `MAPPING`; without any, it comes back as it is."""
    (tmp_path / "mapping.txt").write_text(MAPPING)

    def symbolicate(text):
        traces = find_traces(text)
        assert traces.render(traces.event) == text
        with Symbolicator(files=[tmp_path], cache_dir=False) as engine:
            return engine.symbolicate_text(text)

    return symbolicate


JAVACORE = """\
3XMTHREADINFO      "main" J9VMThread:0x00000255D42DFD00, omrthread_t:0x00000255C6BE2F40, java/lang/Thread:0x00007FDCE089D2D0, state:B, prio=5
3XMJAVALTHREAD            (java/lang/Thread getId:0x1, isDaemon:false)
3XMTHREADINFO3           Java callstack:
4XESTACKTRACE                at java/lang/Object.wait(Native Method)
4XESTACKTRACE                at a/b.a(SourceFile:2(Compiled Code))
5XESTACKTRACE                   (entered lock: a/c@0x00000000E00E0818, entry count: 1)
4XESTACKTRACE                at a/b.a(Bytecode PC:7(Compiled Code))
4XESTACKTRACE                at jdk/MHProxy134/0x00000000b0038da0.<clinit>(Bytecode PC:0)
3XMTHREADINFO3           Native callstack:
4XENATIVESTACK               (0x00007FFF3B5A1234 [libj9vm29.so+0x1234])
NULL
3XMTHREADINFO      "pool-1" J9VMThread:0x00000255D42DFD01, omrthread_t:0x00000255C6BE2F41, java/lang/Thread:0x00007FDCE089D2D1, state:CW, prio=5
3XMTHREADINFO3           Java callstack:
4XESTACKTRACE                at a/b.a(SourceFile:5)
"""  # fmt: skip


def test_openj9s_dump_is_read_and_written(readable):
    text = readable(JAVACORE)
    want = JAVACORE.replace(
        "at a/b.a(SourceFile:2(Compiled Code))",
        "at shop/Line.price(Line.kt:31(Compiled Code))\n4XESTACKTRACE                at shop/Cart.total(Cart.kt:41(Compiled Code))",
    )
    want = want.replace("a/c@0x", "shop/Line@0x").replace("a/b.a(Bytecode PC:7(", "shop/Cart.total(Cart.kt(")
    assert text == want.replace("at a/b.a(SourceFile:5)", "at shop/Cart.total(Cart.kt:43)")


def test_the_threads_of_openj9s_dump_are_threads():
    event = parse_trace(JAVACORE)
    assert "exception" not in event
    got = [(one["name"], one["state"], len(one["stacktrace"]["frames"])) for one in event["threads"]["values"]]
    assert got == [("main", "B", 4), ("pool-1", "CW", 1)]
    assert event["threads"]["values"][0]["stacktrace"]["frames"][0]["module"] == "jdk.MHProxy134/0x00000000b0038da0"


ART = """\
I com.shop: Rejecting re-init on previously-failed class java.lang.Class<a.b>: java.lang.NoClassDefFoundError: x
I com.shop:   at int a.b.a(int) (SourceFile:2)
I com.shop:   at void a.b.b(a.c[]) (SourceFile:11)
I com.shop:   at void java.lang.Thread.run() (Thread.java:764)
I com.shop:   at java.lang.Object java.lang.reflect.Method.invoke(java.lang.Object, java.lang.Object[]) (Method.java:-2)
"""


def test_methods_as_androids_runtime_describes_them_are_read_and_written(readable):
    lines = readable(ART).split("\n")
    assert lines[1:4] == [
        "I com.shop:   at shop.Line.price (Line.kt:31)",
        "I com.shop:   at int shop.Cart.total(int) (Cart.kt:41)",
        # its types tell it from an overload
        "I com.shop:   at void shop.Cart.clear(shop.Line[]) (Cart.kt:61)",
    ]
    assert lines[4:] == ART.split("\n")[3:]


@pytest.mark.parametrize(
    "line",
    [
        "  at last it a.came(today) (see what)",
        "  at int x(y) (a.js:1:2)",
        "  at int a.x(y) (a.cs:2)",
        "at 4XESTACKTRACE at (x)",
        "4XESTACKTRACE at a b(c)",
        "4XESTACKTRACE at",
        "4XESTACKTRACE at a/b.c(d:1(Compiled Code)) more",
    ],
)
def test_prose_is_no_frame_of_a_dump(line):
    assert art.FORMAT.read(line) is None
    assert javacore.FORMAT.read(line) is None


FRAME = "    at a.b.a(SourceFile:5)\n"


@pytest.mark.parametrize(
    ("header", "lock", "thread"),
    [
        # jcmd Thread.dump_to_file, and JDK 24's
        ('#22 "worker-1" RUNNABLE 2026-08-01T09:00:19.124Z', "- locked <a.c@1b2c6ec2>", {"id": 22, "name": "worker-1", "state": "RUNNABLE"}),
        ('#29 "" virtual', "- parking to wait for <a.c@1b2c6ec2>", {"id": 29, "name": ""}),
        # ThreadInfo.toString
        ('"t" Id=12 BLOCKED on a.c@1b2c owned by "u" Id=13', "-  blocked on a.c@1b2c", {"id": 12, "name": "t", "state": "BLOCKED"}),
        ('"t" daemon prio=5 Id=1 TIMED_WAITING', "-  locked a.c@1b2c", {"id": 1, "name": "t", "state": "TIMED_WAITING", "daemon": True}),
    ],
)  # fmt: skip
def test_javas_own_dumps_name_their_threads_and_locks(readable, header, lock, thread):
    text = f"{header}\n{FRAME}    {lock}\n{FRAME}\n"
    [got] = parse_trace(text)["threads"]["values"]
    assert {key: value for key, value in got.items() if key != "stacktrace"} == thread
    assert len(got["stacktrace"]["frames"]) == 2
    named = "    at shop.Cart.total(Cart.kt:43)\n"
    assert readable(text) == f"{header}\n{named}    {lock.replace('a.c@', 'shop.Line@')}\n{named}\n"
