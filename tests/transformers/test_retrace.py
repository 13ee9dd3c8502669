"""Text in, text out, clause by clause of R8's doc/retrace.md, on mappings made for each."""

from pathlib import Path

import pytest

from symbolicator import Symbolicator

VERSION = '# {"id":"com.android.tools.r8.mapping","version":"2.2"}\n'


@pytest.fixture
def retrace(tmp_path):
    """A text, brought back with a mapping; twice is once."""

    def run(mapping, text):
        (tmp_path / "mapping.txt").write_text(mapping)
        with Symbolicator(files=[tmp_path], cache_dir=False) as engine:
            return engine.symbolicate_text(text)

    return run


def stack(*frames, header="a.x: boom"):
    return "".join([header + "\n", *(f"\t{frame}\n" for frame in frames)])


INLINE = "some.Class -> a:\n  4:4:void other.Class.inlinee():23:23 -> a\n  4:4:void caller(other.Class):7 -> a\n"
BOTH = ("at other.Class.inlinee(Class.java:23)", "at some.Class.caller(Class.java:7)")
PHYSICAL = ("at some.Class.caller(Class.java)",)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        # whatever stands for the file
        *((f"{file}:4", BOTH) for file in ("", "Unknown Source", "SourceFile", "PG", "r8-map-id-1a2b")),
        # what was inlined at no line, nobody knows
        *((place, PHYSICAL) for place in ("", "Unknown Source", "SourceFile", "r8-map-id-1a2b", "SourceFile:0", ":-1", "SourceFile:-1")),
        # nor at a line of no range
        ("SourceFile:99", PHYSICAL),
    ],
)
def test_places_of_every_form(retrace, place, expected):
    caller = "at java.lang.Thread.run(Thread.java:1)"  # `at a.b()` alone may be any language's
    assert retrace(INLINE, stack(f"at a.a({place})", caller)) == stack(*expected, caller)


RANGES = """\
some.Class -> a:
  0:0:void zero():7:7 -> a
  0:65535:void all():33:33 -> b
  1:1:void one():44:44 -> c
  1:3:void wide():10:19 -> d
  1:5:void over():10:14 -> f
  3:8:void lap():30:35 -> f
  1:9:void start():5 -> g
  1:9:void kept() -> h
  void base() -> i
  1:4:void ranged():10:13 -> i
  void b1() -> j
  void b2() -> j
  1:4:void ranged():10:13 -> j
  1:2:void none():0:0 -> p
  9:9:void later():3:3 -> q
  2:2:void sooner():4:4 -> q
"""


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("a.a(S)", ["zero:7"]),
        ("a.b(S)", ["all:33"]),
        ("a.b(S:5000)", ["all:33"]),
        ("a.c(S:1)", ["one:44"]),
        ("a.c(S)", ["one"]),
        # a range of more lines than it became: line by line from its start
        ("a.d(S:2)", ["wide:11"]),
        # two ranges hold the line
        ("a.f(S:4)", ["over:13", "<OR> lap:31"]),
        ("a.f(S:7)", ["lap:34"]),
        # the start alone is one line; no lines at all are the same lines
        ("a.g(S:3)", ["start:5"]),
        ("a.h(S:3)", ["kept:3"]),
        # entries without a range, one and several
        ("a.i(S)", ["base"]),
        ("a.i(S:2)", ["ranged:11"]),
        ("a.i(S:9)", ["base:9"]),
        ("a.j(S)", ["b1", "<OR> b2"]),
        ("a.j(S:2)", ["ranged:11"]),
        ("a.j(S:9)", ["b1:9", "<OR> b2:9"]),
        # line 0 is none
        ("a.p(S:1)", ["none"]),
        # ranges in any order
        ("a.q(S:9)", ["later:3"]),
        ("a.q(S:2)", ["sooner:4"]),
    ],
)
def test_ranges_of_every_form(retrace, frame, expected):
    written = []
    for one in expected:
        mark, _, rest = one.rpartition(" ")
        method, _, line = rest.partition(":")
        written.append(f"{mark + ' ' if mark else ''}at some.Class.{method}(Class.java{':' + line if line else ''})")
    assert retrace(RANGES, stack("at " + frame.replace("(S", "(SourceFile"))) == stack(*written)


OUTLINES = (
    VERSION
    + """\
outline.One -> a:
  1:2:int one():0:0 -> a
# { 'id':'com.android.tools.r8.outline' }
outline.Two -> c:
  7:7:int two():0:0 -> a
# { 'id':'com.android.tools.r8.outline' }
# { 'id':'com.android.tools.r8.outlineCallsite', 'positions': { '1': 8, '2': 9 }, 'outline':'La;a()I' }
  8:9:int two():0:0 -> a
some.Class -> b:
  4:4:int caller(int):98:98 -> s
  5:5:void foo.bar.Baz.qux():42:42 -> s
  5:5:int caller(int):100 -> s
  27:27:int caller(int):0:0 -> s
# { 'id':'com.android.tools.r8.outlineCallsite', 'positions': { '1': 4, '2': 5, '8': 5, '9': 4 } }
"""
)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (["at a.a(:1)", "at b.s(:27)"], ["at some.Class.caller(Class.java:98)"]),
        # what stood there had been inlined
        (["at a.a(:2)", "at b.s(:27)"], ["at foo.bar.Baz.qux(Baz.java:42)", "at some.Class.caller(Class.java:100)"]),
        # an outline within an outline
        (["at a.a(:2)", "at c.a(:7)", "at b.s(:27)"], ["at some.Class.caller(Class.java:98)"]),
        # the position goes to the next frame only
        (["at a.a(:1)", "at b.s(:27)", "at b.s(:27)"], ["at some.Class.caller(Class.java:98)", "at some.Class.caller(Class.java)"]),
    ],
)
def test_outlines_are_left_out_and_say_where_their_callers_stood(retrace, frames, expected):
    assert retrace(OUTLINES, stack(*frames)) == stack(*expected)


REWRITE = (
    VERSION
    + """\
some.Class -> a:
  4:4:void other.Class.inlinee():23:23 -> a
  4:4:void caller(other.Class):7 -> a
  # { id: 'com.android.tools.r8.rewriteFrame', conditions: ['throws(Ljava/lang/NullPointerException;)'], actions: ['removeInnerFrames(1)'] }
  # { id: 'com.android.tools.r8.rewriteFrame', conditions: ['throws(Ljava/lang/Error;)'], actions: ['removeInnerFrames(2)'] }
"""
)
RAW = "at a.a(:4)"
NULL, ERROR = "java.lang.NullPointerException", "java.lang.Error"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # right below the exception only
        (stack(RAW, RAW, header=NULL), stack(BOTH[1], *BOTH, header=NULL)),
        (stack(RAW, header=f'Exception in thread "main" {NULL}: x'), stack(BOTH[1], header=f'Exception in thread "main" {NULL}: x')),
        # of each exception of a chain, by its own class
        (stack(RAW) + stack(RAW, header=f"Caused by: {NULL}"), stack(*BOTH) + stack(BOTH[1], header=f"Caused by: {NULL}")),
        # as many as there are
        (stack(RAW, RAW, header=ERROR), stack(*BOTH, header=ERROR)),
    ],
)
def test_frames_are_rewritten_where_the_rules_exception_was_thrown(retrace, text, expected):
    assert retrace(REWRITE, text) == expected


def test_a_method_that_the_mapping_does_not_list_is_of_the_class_that_it_does(retrace):
    mapping = 'some.Class -> a:\n# {"id":"sourceFile","fileName":"Other.kt"}\n'
    assert retrace(mapping, stack("at a.b(SourceFile:3)", "at q.b(SourceFile:3)")) == stack(
        "at some.Class.b(Other.kt:3)", "at q.b(SourceFile:3)"
    )


def test_chains_modules_and_lines_that_refer_back_are_kept(retrace):
    mapping = "shop.Cart -> a.b:\n 1:1:void m():3:3 -> a\nshop.E -> a.x:\nshop.F -> b:\n"
    text = """\
Exception in thread "a.b" a.x: o
	at app//a.b.a(SourceFile:1)
	at java.base@17/java.lang.Thread.run(Thread.java:1)
	Suppressed: b: s
		at a.b.a(SourceFile:1)
		... 1 more
Caused by: a.x
	... 1 more
Caused by: [CIRCULAR REFERENCE: a.x: o]
"""
    expected = text.replace("a.b.a(SourceFile:1)", "shop.Cart.m(Cart.java:3)").replace("a.x", "shop.E").replace(" b: s", " shop.F: s")
    assert retrace(mapping, text) == expected


FIXTURE = Path(__file__).parents[2] / "fixtures" / "native" / "clang-dwarf5" / "files" / "apiary"
DUMP = """\
"main" prio=5 tid=1 Native
  | group="main" sCount=1
  native: #00 pc 0000000000002b91  /data/app/lib/x86_64/apiary (BuildId: cca9b6ba305d27a72d14f6838ae4fe87af16a159)
  native: #01 pc 00000000000fffff  /system/lib64/libc.so (syscall+28)
  at a.a(Native method)
  at a.a(SourceFile:4)
  - locked <0x0a> (a some.Class)

"other" prio=5 tid=2 Waiting
  at a.a(SourceFile:4)
"""


def test_a_dumps_threads_come_back_in_both_languages(tmp_path):
    (tmp_path / "mapping.txt").write_text(INLINE)
    with Symbolicator(files=[tmp_path, FIXTURE], cache_dir=False) as engine:
        written = engine.symbolicate_text(DUMP)
    assert (
        written
        == """\
"main" prio=5 tid=1 Native
  | group="main" sCount=1
  native: #00 pc 0000000000002b91  /data/app/lib/x86_64/apiary (apiary::Comb<…>::at at comb.hpp:37)
  native: #01 pc 0000000000002b91  /data/app/lib/x86_64/apiary (apiary::Hive::harvest at hive.cpp:90)
  native: #02 pc 00000000000fffff  /system/lib64/libc.so (syscall+28)
  at some.Class.caller(Native Method)
  at other.Class.inlinee(Class.java:23)
  at some.Class.caller(Class.java:7)
  - locked <0x0a> (a some.Class)

"other" prio=5 tid=2 Waiting
  at other.Class.inlinee(Class.java:23)
  at some.Class.caller(Class.java:7)
"""
    )


def test_native_frames_in_crashlytics_text_are_native_code_s(tmp_path):
    (tmp_path / "mapping.txt").write_text(INLINE)
    java = "Fatal Exception: java.lang.IllegalStateException: x\n       at a.a(SourceFile:4)\n\n"
    native = "Crashed: Thread: SIGSEGV  0x0000000000000000\n#00 pc 0x2b91 apiary (BuildId: cca9b6ba305d27a72d14f6838ae4fe87af16a159)\n#01 pc 0x7e8c4 libc.so\n"
    with Symbolicator(files=[tmp_path, FIXTURE], cache_dir=False) as engine:
        written = engine.symbolicate_text(java + native)
    assert "at other.Class.inlinee(Class.java:23)" in written
    assert "#00 pc 0x2b91  apiary (apiary::Comb<…>::at at comb.hpp:37)\n" in written
    assert written.endswith("#02 pc 0x7e8c4 libc.so\n")


LOCKS = """\
"main" #1 prio=5 os_prio=0 tid=0x00007fdbcc017ea0 nid=0x6311 waiting for monitor entry  [0x00007fdbd13de000]
   java.lang.Thread.State: BLOCKED (on object monitor)
	at a.b.c(SourceFile:2)
	- waiting to lock <0x000000069ec19058> (a k2.c)
	- locked <0x000000069ec19058> (a [Lk2.c;)
	- locked <0x000000069ec19058> (a java.lang.Class for a.b)
	- eliminated <owner is scalar replaced> (a k2.c)
	at k2.c.a(SourceFile:2)
	- parking to wait for  <0x000000069ec1> (a java.util.concurrent.CountDownLatch$Sync)

"worker" daemon prio=5 tid=12 Blocked
  | group="main"
  at java.lang.Object.wait(Native method)
  - waiting on <0x0a> (a k2.c)
  at a.b.c(SourceFile:3)
  - waiting to lock <0x0b2e> (a a.b) held by thread 12
  - locked <0x0b2e> (a a.b)
"""
LOCK_MAPPING = """\
shop.Cart -> a.b:
    1:4:void total():12:15 -> c
shop.Lock -> k2.c:
    1:4:void m():3:4 -> a
"""


def test_the_classes_of_locks_in_thread_dumps_come_back(retrace):
    expected = LOCKS
    for was, now in (
        ("a.b.c(SourceFile:2)", "shop.Cart.total(Cart.java:13)"),
        ("a.b.c(SourceFile:3)", "shop.Cart.total(Cart.java:14)"),
        ("k2.c.a(SourceFile:2)", "shop.Lock.m(Lock.java:4)"),
        ("(a k2.c)", "(a shop.Lock)"),
        ("[Lk2.c;", "[Lshop.Lock;"),
        ("Class for a.b)", "Class for shop.Cart)"),
        ("(a a.b)", "(a shop.Cart)"),
    ):
        expected = expected.replace(was, now)
    assert retrace(LOCK_MAPPING, LOCKS) == expected


def test_lines_that_only_look_like_locks_stay_byte_for_byte(retrace):
    text = """\
java.lang.IllegalStateException: x
	at shop.Cart.c(Cart.java:2)
	- locked <0x1> (an unknown object)
	- see <docs> (a k2.c
	- locked (a k2.c)
	at shop.Cart.d(Cart.java:3)
"""
    assert retrace(LOCK_MAPPING, text) == text


def test_the_class_of_a_lock_of_sentry_s_frames_comes_back(tmp_path):
    (tmp_path / "mapping.txt").write_text(LOCK_MAPPING)
    lock = {"type": 8, "address": "0x0b2e", "package_name": "k2", "class_name": "c", "thread_id": 12}
    frame = {"module": "a.b", "function": "c", "filename": "SourceFile", "lineno": 2, "lock": lock}
    unknown = {**frame, "lock": {"type": 1, "package_name": "java.lang", "class_name": "Object"}}
    with Symbolicator(files=[tmp_path], cache_dir=False) as engine:
        out = engine.symbolicate(
            {"platform": "java", "threads": {"values": [{"stacktrace": {"frames": [frame, unknown, {**frame, "lock": 7}]}}]}}
        )
        assert engine.symbolicate(out) == out
    locks = [frame["lock"] for frame in out["threads"]["values"][0]["stacktrace"]["frames"]]
    assert locks == [{**lock, "package_name": "shop", "class_name": "Lock"}, unknown["lock"], 7]


@pytest.mark.parametrize("known", [True, False])
def test_a_class_in_no_package_is_found_where_an_sdk_wrote_null_before_it(tmp_path, known):
    # getsentry/sentry-java#5968: what read Android's thread dumps took the missing package for a word.
    (tmp_path / "mapping.txt").write_text("shop.Cart -> sf2:\n    1:4:void total():12:15 -> c\n" if known else "shop.Cart -> a.b:\n")
    frame = {
        "module": "null.sf2",
        "function": "c",
        "filename": "SourceFile",
        "lineno": 2,
        "lock": {"package_name": "null", "class_name": "sf2"},
    }
    with Symbolicator(files=[tmp_path], cache_dir=False) as engine:
        (out,) = engine.symbolicate({"platform": "java", "frames": [frame]})["frames"]
    assert (out["module"], out["function"], out["lineno"]) == (("shop.Cart", "total", 13) if known else ("null.sf2", "c", 2))
    assert out["lock"] == ({"package_name": "shop", "class_name": "Cart"} if known else frame["lock"])


# ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = "shop.Cart -> a.b:\n int size -> a\n 1:1:void m():3:3 -> a\nshop.Item -> c:\nshop.Deep$Inner -> d.e$f:\nshop.E -> a.x:\n"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        # HotSpot, since 11 and before; Android's runtime; Class.cast
        (
            "java.lang.ClassCastException: class c cannot be cast to class a.b (c and a.b are in unnamed module of loader 'app')",
            "class shop.Item cannot be cast to class shop.Cart (shop.Item and shop.Cart are in unnamed module of loader 'app')",
        ),
        (
            "java.lang.ClassCastException: class java.lang.String cannot be cast to class c (java.lang.String is in module java.base of "
            "loader 'bootstrap'; c is in unnamed module of loader 'app')",
            "class java.lang.String cannot be cast to class shop.Item (java.lang.String is in module java.base of "
            "loader 'bootstrap'; shop.Item is in unnamed module of loader 'app')",
        ),
        ("java.lang.ClassCastException: c cannot be cast to a.b", "shop.Item cannot be cast to shop.Cart"),
        ("java.lang.ClassCastException: c[] cannot be cast to c", "shop.Item[] cannot be cast to shop.Item"),
        ("java.lang.ClassCastException: Cannot cast c to a.b", "Cannot cast shop.Item to shop.Cart"),
        ("java.lang.RuntimeException: java.lang.ClassCastException: c cannot be cast to d", "java.lang.ClassCastException: shop.Item cannot be cast to d"),
        # stores, and classes that are not there
        ("java.lang.ArrayStoreException: c", "shop.Item"),
        ("java.lang.ArrayStoreException: c cannot be stored in an array of type a.b[]", "shop.Item cannot be stored in an array of type shop.Cart[]"),
        ("java.lang.ClassNotFoundException: c", "shop.Item"),
        ('java.lang.ClassNotFoundException: Didn\'t find class "c" on path: x', 'Didn\'t find class "shop.Item" on path: x'),
        ("java.lang.NoClassDefFoundError: a/b", "shop/Cart"),
        ("java.lang.NoClassDefFoundError: Failed resolution of: Lc;", "Failed resolution of: Lshop/Item;"),
        ("java.lang.NoClassDefFoundError: Could not initialize class c", "Could not initialize class shop.Item"),
        ("java.lang.InstantiationException: can't instantiate class c", "can't instantiate class shop.Item"),
        ("java.lang.VerifyError: Verifier rejected class c: x", "Verifier rejected class shop.Item: x"),
        (
            "java.lang.IncompatibleClassChangeError: Class 'c' does not implement interface 'a.b' in call to 'void a.b.a()'",
            "Class 'shop.Item' does not implement interface 'shop.Cart' in call to 'void shop.Cart.m()'",
        ),
        # nulls
        (
            "java.lang.NullPointerException: Attempt to invoke virtual method 'int a.b.a(c, int)' on a null object reference",
            "Attempt to invoke virtual method 'int shop.Cart.m(shop.Item, int)' on a null object reference",
        ),
        (
            "java.lang.NullPointerException: Attempt to read from field 'c a.b.a' on a null object reference",
            "Attempt to read from field 'shop.Item shop.Cart.size' on a null object reference",
        ),
        ('java.lang.NullPointerException: Cannot invoke "a.b.a()" because "c" is null', 'Cannot invoke "shop.Cart.m()" because "c" is null'),
        # objects, arrays, components
        ("a.x: d.e$f@1a2b and [La.b;@ff and [Lc;", "shop.Deep$Inner@1a2b and [Lshop.Cart;@ff and [Lshop/Item;"),
        ("java.lang.RuntimeException: Unable to start activity ComponentInfo{com.x/a.b}: a.x: c", "Unable to start activity ComponentInfo{com.x/shop.Cart}: shop.E: c"),
        # words
        ("a.x: c cannot be cast to a", "c cannot be cast to a"),
        ("java.lang.ClassCastException: no c is a d", "no c is a d"),
        ("java.lang.IllegalStateException: c", "c"),
        ("a.x: see a.b/c, a.b.z-1 and mail@a.b", "see a.b/c, a.b.z-1 and mail@a.b"),
    ],
)  # fmt: skip
def test_classes_in_messages_are_named_where_nothing_else_can_be_meant(retrace, message, expected):
    kind = message.partition(":")[0].replace("a.x", "shop.E")
    out = retrace(NAMES, stack("at a.b.a(SourceFile:1)", header=message))
    assert out == stack("at shop.Cart.m(Cart.java:3)", header=f"{kind}: {expected}")
