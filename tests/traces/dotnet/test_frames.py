"""Texts of .NET: how a frame is read, what is none, and which exception threw which."""

import pytest

from symbolicator.errors import TraceError
from symbolicator.traces import parse_trace
from symbolicator.traces.dotnet import frames as dotnet
from symbolicator.traces.formats import FORMATS
from symbolicator.traces.scan import read_line


def read(line):
    found = dotnet.read(line) or dotnet.read_translated(line)
    return None if found is None else found.frame


FORMS = [
    # CoreCLR and .NET Framework, lines known
    (r"   at A.B.Run(String a, Int32 b) in C:\src dir\B.cs:line 12", "A.B", "Run", {"filename": r"C:\src dir\B.cs", "lineno": 12}),
    ("   at Program.<Main>$(String[] args) in /src/Program.cs:line 3", "Program", "<Main>$", {"filename": "/src/Program.cs", "lineno": 3}),
    # … by tokens
    ("   at A.B.Run() in b.dll:token 0x6000002+0x6", "A.B", "Run", {"package": "b.dll", "function_id": "0x6000002", "il_offset": 6}),
    ("at A.B..ctor() in b c.dll:token 0x6000003+0x51", "A.B", ".ctor", {"package": "b c.dll", "il_offset": 0x51}),
    # … nothing known
    ("   at System.Linq.Enumerable.Sum(IEnumerable`1 source)", "System.Linq.Enumerable", "Sum", {}),
    ("   at A.B.Levels(Int32 count)+MoveNext() in /b.cs:line 1", "A.B", "Levels", {"lineno": 1, "moving": True}),
    ("   at A.B.<>c__DisplayClass0_0.<Run>b__0(Int32 x)", "A.B.<>c__DisplayClass0_0", "<Run>b__0", {}),
    # Mono
    ("  at A.B+C[T].Run[U] (System.String a) [0x0002b] in <4f1d8c0a7be14c6e9a53d10f2be86c77>:0 ", "A.B+C[T]", "Run[U]",
     {"il_offset": 43, "mvid": "4f1d8c0a7be14c6e9a53d10f2be86c77"}),
    ("  at A.B.Run (System.Collections.Generic.Dictionary`2[TKey,TValue] a) [0x00000] in /b.cs:7 ", "A.B", "Run", {"lineno": 7}),
    ("  at A.B.Run () [0x00000] in <filename unknown>:0 ", "A.B", "Run", {"il_offset": 0}),
    ("  at A.B.Run () <0x103b08160 + 0x000d0> in <4f1d8c0a7be14c6e9a53d10f2be86c77#31b1f99c>:0 ", "A.B", "Run",
     {"native_offset": "0x000d0", "mvid": "4f1d8c0a7be14c6e9a53d10f2be86c77"}),
    ("   at A.B.Run() in <4f1d8c0a-7be1-4c6e-9a53-d10f2be86c77>:0", "A.B", "Run", {"mvid": "4f1d8c0a-7be1-4c6e-9a53-d10f2be86c77"}),
    ("  at (wrapper managed-to-native) A.B.Run(intptr)", "A.B", "Run", {"runtime": True}),
    # il2cpp: zeros, which say nothing
    ("  at A.B.Run () [0x00000] in <00000000000000000000000000000000>:0 ", "A.B", "Run", {"il_offset": None, "mvid": None}),
    # Android
    ("\tat A.B.Run + 0x2db(Unknown Source)", "A.B", "Run", {"il_offset": 0x2DB}),
    ("E AndroidRuntime: \tat A.B+C.<Run>b__0 + 0xbb(Unknown Source:0)", "A.B+C", "<Run>b__0", {"il_offset": 0xBB}),
    ("   at A.B.Run(String a) + 0x2db(Unknown Source)", "A.B", "Run", {"il_offset": 0x2DB, "arguments": "String a"}),
    ("\tat A.B.Run(/src/B.cs:12)", "A.B", "Run", {"filename": "/src/B.cs", "lineno": 12}),
    # NativeAOT
    ("   at A.B.Run(String a) + 0x4c", "A.B", "Run", {"native_offset": "0x4c"}),
    # the user's language: German, French, Spanish, Russian, Italian, Polish, Chinese, Japanese, Korean
    (r"   bei A.B.Run(String a) in c:\b.cs:Zeile 12.", "A.B", "Run", {"filename": r"c:\b.cs", "lineno": 12}),
    (r"   à A.B.Run(String a) dans c:\b.cs:ligne 12", "A.B", "Run", {"lineno": 12}),
    (r"   en A.B.Run(String a) en c:\b.cs:línea 12", "A.B", "Run", {"lineno": 12}),
    (r"   в A.B.Run(String a) в c:\b.cs:строка 12", "A.B", "Run", {"lineno": 12}),
    (r"   in A.B.Run(String a) in c:\b.cs:riga 12", "A.B", "Run", {"lineno": 12}),
    (r"   w A.B.Run(String a) w c:\b.cs:wiersz 12", "A.B", "Run", {"lineno": 12}),
    (r"   在 A.B.Run(String a) 位置 c:\b.cs:行号 12", "A.B", "Run", {"lineno": 12}),
    (r"   場所 A.B.Run(String a) 場所 c:\b.cs:行 12", "A.B", "Run", {"lineno": 12}),
    (r"   위치: A.B.Run(String a) 파일 c:\b.cs:줄 12", "A.B", "Run", {"lineno": 12}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "module", "function", "more"), FORMS)
def test_a_frame_of_each_runtime_is_read(line, module, function, more):
    frame = read(line)
    assert (frame["platform"], frame["module"], frame["function"]) == ("csharp", module, function)
    flat = {**frame.get("data", {}), **frame}
    assert {key: flat.get(key) for key in more} == more


OTHERS = [
    "    at Object.foo (/srv/app.js:1:2)",
    "    at new Foo (/srv/app.js:1:2)",
    "    at async Promise.all (index 0)",
    "    at Array.map (<anonymous>)",
    "    at foo.bar (native)",
    "    at eval (eval at foo (a.js:1:1), <anonymous>:1:1)",
    "\tat a.b.C.d(D.java:12)",
    "\tat a.b.C.d(Native Method)",
    "\tat a.b.C.d(Unknown Source)",
    "\tat a.b.C.d(Unknown Source:12)",
    "\tat a.b.C.d(SourceFile)",
    "  at 0x1234: f (a.c:1)",
    "    at Foo.bar(a.js:1:2)",
    "at last (see above)",
    "he was at home.org() once",
    "in the beginning (there) was nothing",
]


@pytest.mark.parametrize("line", OTHERS)
def test_lines_of_others_are_not_taken(line):
    found = dotnet.read(line)
    assert found is None or not found.strong
    other = read_line(line, FORMATS)
    assert other is None or other[0].platform != "csharp" or not other[1].strong


def exceptions(text):
    values = parse_trace(text)["exception"]["values"]
    return [
        (value.get("module"), value.get("type"), value.get("value"), [one["function"] for one in value.get("stacktrace", {"frames": []})["frames"]])
        for value in values
    ]  # fmt: skip


def test_an_inner_exception_has_the_frames_above_its_end_and_the_outer_one_those_below():
    text = (
        "Unhandled exception. A.OuterException: outer\nand more\n ---> System.FormatException: inner\n   at A.B.In(String a) in /b.cs:line 1\n"
        "   --- End of inner exception stack trace ---\n   at A.B.Out() in /b.cs:line 2\n   at A.B.Main() in /b.cs:line 3\n"
    )
    assert exceptions(text) == [
        ("System", "FormatException", "inner", ["In"]),
        ("A", "OuterException", "outer\nand more", ["Main", "Out"]),
    ]
    values = parse_trace(text)["exception"]["values"]
    assert values[0]["mechanism"] == {"type": "chained", "exception_id": 1, "parent_id": 0, "source": "cause"}


def test_dotnet_framework_writes_the_chain_into_one_line_and_in_any_language():
    text = (
        "Unbehandelte Ausnahme: System.Exception: a ---> System.IO.IOException: b ---> System.FormatException: c\n"
        "   bei A.B.C() in c:\\b.cs:Zeile 1.\n   --- Ende der internen Ausnahmestapelüberwachung ---\n   bei A.B.B() in c:\\b.cs:Zeile 2.\n"
        "   --- Ende der internen Ausnahmestapelüberwachung ---\n   bei A.B.A() in c:\\b.cs:Zeile 3.\n"
    )
    assert exceptions(text) == [
        ("System", "FormatException", "c", ["C"]),
        ("System.IO", "IOException", "b", ["B"]),
        ("System", "Exception", "a", ["A"]),
    ]


def test_an_exception_that_was_thrown_again_has_one_stack():
    text = (
        "System.Exception: a\n   at A.B.C() in /b.cs:line 1\n--- End of stack trace from previous location where exception was thrown ---\n"
        "   at System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw()\n   at A.B.D() in /b.cs:line 2\n"
    )
    assert exceptions(text) == [("System", "Exception", "a", ["D", "Throw", "C"])]


def test_an_outer_exception_without_frames_is_told_too():
    text = "System.Exception: a\n ---> System.FormatException: b\n   at A.B.C() in /b.cs:line 1\n   --- End of inner exception stack trace ---\n"
    assert exceptions(text) == [("System", "FormatException", "b", ["C"]), ("System", "Exception", "a", [])]


def test_the_exceptions_of_an_aggregate_are_its_own():
    text = (
        "System.AggregateException: One or more errors occurred. (a) (b)\n ---> System.FormatException: a\n   at A.B.C() in /b.cs:line 1\n"
        "   --- End of inner exception stack trace ---\n   at A.B.Main() in /b.cs:line 2\n"
        " ---> (Inner Exception #1) System.IO.IOException: b\n   at A.B.D() in /b.cs:line 3<---\n\n"
    )
    values = parse_trace(text)["exception"]["values"]
    assert [(one["type"], one["mechanism"].get("source")) for one in values] == [
        ("IOException", "errors[1]"), ("FormatException", "cause"), ("AggregateException", None),
    ]  # fmt: skip


def test_managed_frames_stand_in_one_stack_with_java_s():
    text = (
        "E AndroidRuntime: FATAL EXCEPTION: main\nE AndroidRuntime: Process: com.shop, PID: 26034\n"
        "E AndroidRuntime: android.runtime.JavaProxyThrowable: [System.ApplicationException]: wee\n"
        "E AndroidRuntime: \tat Shop.MainPage.OnClicked + 0xab(Unknown Source)\nE AndroidRuntime: \tat Unknown.Unknown(Unknown Source)\n"
        "E AndroidRuntime: \tat mono.android.view.View_OnClickListenerImplementor.n_onClick(Native Method)\n"
        "E AndroidRuntime: \tat android.view.View.performClick(View.java:7542)\n"
    )
    (value,) = parse_trace(text)["exception"]["values"]
    assert (value["module"], value["type"], value["value"]) == ("System", "ApplicationException", "wee")
    assert [one["platform"] for one in value["stacktrace"]["frames"]] == ["java", "java", "csharp", "csharp"]


def test_prose_with_a_method_in_it_is_no_trace():
    with pytest.raises(TraceError):
        parse_trace("Look at System.Foo.Bar(String s) and at home.\nin Foo.Bar(baz) we trust\nv A.B(c)\n")


def test_a_logger_s_prefix_before_each_line_is_none_of_the_frame():
    text = (
        "2026-11-30 10:00:00.123 [ERR] shop: System.Exception: a\n2026-11-30 10:00:00.124 [ERR] shop:    at A.B.C() in b.dll:token 0x6000002+0x6\n"
        "2026-11-30 10:00:00.125 [ERR] shop:    at A.B.Main(String[] args) in b.dll:token 0x6000001+0x1\n"
    )
    assert exceptions(text) == [("System", "Exception", "a", ["Main", "C"])]


def test_a_method_without_a_place_behind_a_tab_is_javas():
    assert read("\tat a.a()") is None
    assert read("   at a.a()") is not None
