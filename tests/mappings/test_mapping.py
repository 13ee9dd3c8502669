"""What a mapping says of classes, methods, lines: the examples are those of ProGuard's manual and of R8's doc/retrace.md, or made after them."""

import pytest

from symbolicator.artifacts.tables import Table
from symbolicator.errors import LimitExceeded
from symbolicator.mappings import MappingCompiler, compiling

VERSION = '# {"id":"com.android.tools.r8.mapping","version":"2.2"}\n'


def shown(alternatives):
    """Each alternative, outer first: Class.method:line."""
    return [[f"{one.class_name}.{one.method}:{one.line}" for one in each] for each in alternatives]


CART = """\
shop.Main$Cart -> a.b:
    java.util.List lines -> a
    int size -> b
    3:9:void <init>(java.lang.String,int):20:26 -> <init>
    10:12:long total():40:42 -> a
    13:13:long shop.Rule.apply(long):7:7 -> a
    13:13:long total():44 -> a
    14:14:long price(int):50:50 -> a
    java.lang.String name() -> c
shop.Rule -> a.c:
"""


def test_a_line_counts_on_from_the_start_of_its_range(mapping):
    assert shown(mapping(CART).frames("a.b", "a", 11)) == [["shop.Main$Cart.total:41"]]


def test_inlined_methods_follow_the_one_that_they_were_inlined_into(mapping):
    (frames,) = mapping(CART).frames("a.b", "a", 13)
    assert shown([frames]) == [["shop.Main$Cart.total:44", "shop.Rule.apply:7"]]
    assert [one.inlined for one in frames] == [False, True]


def test_classes_constructors_fields_and_files_get_their_names(mapping):
    index = mapping(CART)
    assert index.class_name("a.b") == "shop.Main$Cart"
    assert index.class_name("shop.Main$Cart") is None
    assert index.new_names("shop.Rule") == ("a.c",)
    assert shown(index.frames("a.b", "<init>", 4)) == [["shop.Main$Cart.<init>:21"]]
    assert index.frames("a.b", "<init>", 4)[0][0].parameters == "java.lang.String,int"
    assert index.fields("a.b", "a") == [("shop.Main$Cart", "lines")]
    assert index.methods("a.b", "c") == [("shop.Main$Cart", "name")]
    assert index.frames("a.b", "c", 5)[0][0].file == "Main.java"


def test_a_member_without_ranges_keeps_the_line(mapping):
    assert shown(mapping(CART).frames("a.b", "c", 77)) == [["shop.Main$Cart.name:77"]]
    assert shown(mapping(CART).frames("a.b", "c", None)) == [["shop.Main$Cart.name:None"]]


def test_without_a_line_every_method_of_the_name_is_an_alternative_and_none_has_a_line(mapping):
    assert shown(mapping(CART).frames("a.b", "a", None)) == [["shop.Main$Cart.total:None"], ["shop.Main$Cart.price:None"]]


def test_a_line_that_no_range_covers_gives_the_methods_and_no_line(mapping):
    index = mapping(CART)
    assert shown(index.frames("a.b", "<init>", 900)) == [["shop.Main$Cart.<init>:None"]]
    assert index.covers("a.b", "<init>", 900) is False
    assert index.covers("a.b", "<init>", 4) is True
    assert index.covers("a.b", "z", 4) is None


def test_what_the_mapping_does_not_have_is_no_frame(mapping):
    assert mapping(CART).frames("a.b", "z", 1) == []
    assert mapping(CART).frames("x.y", "a", 1) == []
    assert mapping("").frames("a", "a", 1) == []


@pytest.mark.parametrize(
    ("member", "line", "expected"),
    [
        # no original lines: they were kept
        ("5:9:void m() -> a", 7, 7),
        # the start alone: one line, whatever the range
        ("5:9:void m():30 -> a", 7, 30),
        # start and end, of a range of the same length
        ("5:9:void m():30:34 -> a", 7, 32),
        # an original range of one line
        ("5:9:void m():30:30 -> a", 9, 30),
        # a shorter original range never goes past its end
        ("5:9:void m():30:31 -> a", 9, 31),
        # the catch-all of a method with one position
        ("0:65535:void m():33:33 -> a", 1234, 33),
        # line 0 is no line of a source
        ("5:5:void m():0:0 -> a", 5, None),
    ],
)
def test_ranges_of_every_form(mapping, member, line, expected):
    (frames,) = mapping(f"A -> b:\n    {member}\n").frames("b", "a", line)
    assert frames[0].line == expected


def test_a_catch_all_gives_way_to_a_range_of_the_line(mapping):
    index = mapping("A -> b:\n    0:65535:void m():33:33 -> a\n    4:4:void n():7:7 -> a\n")
    assert shown(index.frames("b", "a", 4)) == [["A.n:7"]]
    assert shown(index.frames("b", "a", 5)) == [["A.m:33"]]
    assert shown(index.frames("b", "a", None)) == [["A.m:33"]]


def test_methods_of_one_range_that_are_no_call_sites_are_alternatives_and_not_inlined(mapping):
    index = mapping("A -> b:\n    4:6:void m(int) -> a\n    4:6:void n() -> a\n")
    assert shown(index.frames("b", "a", 5)) == [["A.m:5"], ["A.n:5"]]


def test_several_members_without_ranges_are_all_given(mapping):
    index = mapping("A -> b:\n    void m(int) -> a\n    void n(shop.C) -> a\nshop.C -> c:\n")
    assert shown(index.frames("b", "a", 5)) == [["A.m:5"], ["A.n:5"]]
    assert shown(index.frames("b", "a", 5, parameters="(I)V")) == [["A.m:5"]]
    assert shown(index.frames("b", "a", 5, parameters="(Lc;)V")) == [["A.n:5"]]
    assert len(index.frames("b", "a", 5, parameters="(J)V")) == 2  # no hint is better than a wrong one


def test_a_residual_signature_picks_the_overload(mapping):
    index = mapping(
        VERSION
        + """\
A -> b:
    void m(int) -> a
      # {"id":"com.android.tools.r8.residualsignature","signature":"(Z)V"}
    void n(int) -> a
      # {'id': 'com.android.tools.r8.residualsignature', 'signature': '(S)V'}
"""
    )
    assert shown(index.frames("b", "a", None, parameters="(Z)V")) == [["A.m:None"]]
    assert shown(index.frames("b", "a", None, parameters="(S)V")) == [["A.n:None"]]


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ('# {"id":"sourceFile","fileName":"Shop.kt"}', "Shop.kt"),
        # ProGuard's order
        ('# {"fileName":"Shop.kt","id":"sourceFile"}', "Shop.kt"),
        # the specification's own spelling
        ("# { id: 'sourceFile', fileName: 'Shop.kt' }", "Shop.kt"),
        # escapes
        ('# {"id":"sourceFile","fileName":"Sh\\u006fp.kt"}', "Shop.kt"),
        # without any, the outer class's
        ("# compiler: R8", "Main.java"),
    ],
)
def test_the_file_is_the_mappings_or_the_outer_classs(mapping, comment, expected):
    index = mapping(f"shop.Main$Inner -> b:\n{comment}\n    1:1:void m():2:2 -> a\n")
    assert index.frames("b", "a", 1, source_file="SourceFile")[0][0].file == expected


def test_an_inlined_class_has_its_own_file(mapping):
    index = mapping(
        'A -> b:\n# {"id":"sourceFile","fileName":"A.kt"}\n    1:1:void B.n():3:3 -> a\n    1:1:void m():2 -> a\n'
        'B -> c:\n# {"id":"sourceFile","fileName":"Others.kt"}\n'
    )
    assert [one.file for one in index.frames("b", "a", 1)[0]] == ["A.kt", "Others.kt"]


def test_a_class_keeps_its_file_where_it_is_one_and_what_was_inlined_into_it_has_another(mapping):
    index = mapping("A -> A:\n    1:1:void m():2:2 -> a\nC -> b:\n    1:1:void D.n():3:3 -> a\n    1:1:void m():4 -> a\n")
    assert index.frames("A", "a", 1, source_file="Other.kt")[0][0].file == "Other.kt"
    assert [one.file for one in index.frames("b", "a", 1, source_file="Other.kt")[0]] == ["Other.kt", "D.kt"]
    assert index.frames("A", "a", 1, source_file="SourceFile")[0][0].file == "A.java"


# ── what R8 says in comments ──────────────────────────────────────────────────────────────────────────────────────

OUTLINE = (
    VERSION
    + """\
outline.Class -> a:
    1:2:int outline():0 -> a
    # { 'id':'com.android.tools.r8.outline' }
some.Class -> b:
    1:1:void foo.bar.Baz.qux():42:42 -> s
    4:4:int caller(int):98:98 -> s
    5:5:int caller(int):100:100 -> s
    27:27:int caller(int):0:0 -> s
    # { 'id':'com.android.tools.r8.outlineCallsite', 'positions': { '1': 4, '2': 5 }, 'outline':'La;a()I' }
"""
)


def test_the_caller_of_an_outline_is_looked_up_where_the_outlines_code_was(mapping):
    index = mapping(OUTLINE)
    for line, expected in ((1, 98), (2, 100)):
        position = index.outline("a", "a", line)
        assert shown(index.frames("b", "s", 27, outline_position=position)) == [[f"some.Class.caller:{expected}"]]


def test_another_outlines_position_is_not_used(mapping):
    index = mapping(OUTLINE.replace("'outline':'La;a()I'", "'outline':'Lz;a()I'"))
    assert shown(index.frames("b", "s", 27, outline_position=index.outline("a", "a", 1))) == [["some.Class.caller:None"]]


def test_an_ordinary_method_is_no_outline(mapping):
    assert mapping(OUTLINE).outline("b", "s", 4) is None


REWRITE = (
    VERSION
    + """\
some.Class -> a:
  4:4:void other.Class.inlinee():23:23 -> a
  4:4:void caller(other.Class):7:7 -> a
  # { id: 'com.android.tools.r8.rewriteFrame', "conditions": ['throws(Ljava/lang/NullPointerException;)'], "actions": ['removeInnerFrames(1)'] }
"""
)


def test_inner_frames_are_removed_where_the_rules_exception_was_thrown(mapping):
    index = mapping(REWRITE)
    assert shown(index.frames("a", "a", 4, thrown="java.lang.NullPointerException")) == [["some.Class.caller:7"]]
    for other in (None, "java.lang.Error"):
        assert shown(index.frames("a", "a", 4, thrown=other)) == [["some.Class.caller:7", "other.Class.inlinee:23"]]


@pytest.mark.parametrize(
    "rule", [("'throws(", "'catches("), ("removeInnerFrames(1)", "addFrames(1)"), ("removeInnerFrames(1)", "removeInnerFrames(9)")]
)
def test_a_rule_that_is_not_known_or_would_leave_nothing_is_no_rule(mapping, rule):
    index = mapping(REWRITE.replace(*rule))
    assert len(index.frames("a", "a", 4, thrown="java.lang.NullPointerException")[0]) == 2


@pytest.mark.parametrize("comment", ['{"id":"com.android.tools.r8.synthesized"}', "{'id':'x-com.android.tools.r8.synthesized'}"])
def test_methods_that_the_compiler_made_are_marked(mapping, comment):
    index = mapping(f"{VERSION}A -> a:\n    4:4:void B.lambda$main$0():225 -> a\n    4:4:void run(B):2 -> a\n    # {comment}\n")
    assert [(one.method, one.synthesized) for one in index.frames("a", "a", 4)[0]] == [("run", True), ("lambda$main$0", False)]


def test_a_version_from_the_future_is_said(mapping):
    assert "version 9.1" in mapping(VERSION.replace("2.2", "9.1") + "A -> b:\n").warnings[0]
    assert not mapping(VERSION + "A -> b:\n").warnings


def test_r8s_ids_are_read_from_the_header(mapping):
    assert mapping("# compiler: R8\n# pg_map_id: abc123\n# pg_map_hash: SHA-256 abc123ff\nA -> b:\n").id == "abc123"


# ── broken and odd texts ──────────────────────────────────────────────────────────────────────────────────────────


def test_line_ends_of_windows_a_byte_order_mark_and_a_missing_last_line_end_are_read(mapping):
    data = b"\xef\xbb\xbf" + CART.replace("\n", "\r\n").rstrip().encode()
    assert shown(mapping(data).frames("a.b", "a", 13)) == shown(mapping(CART).frames("a.b", "a", 13))
    assert mapping(data).class_name("a.c") == "shop.Rule"


@pytest.mark.parametrize(
    "line",
    [
        "    nonsense",
        "    5:x:void m() -> a",
        "    9:5:void m():1:5 -> a",
        "    5:9:void m( -> a",
        "    5:9:m() -> a",
        "    5:9:void m():99999999999 -> a",
        "    1:99999999999:void m() -> a",
        "    5:9:void m():1:2:3 -> a",
        "    void m() -> a b",
        "    void " + "m" * 70_000 + "() -> a",
    ],
)
def test_a_broken_member_costs_itself_and_is_counted(mapping, line):
    index = mapping(f"A -> b:\n    1:1:void k():1:1 -> a\n{line}\n    2:2:void n():2:2 -> a\n")
    assert shown(index.frames("b", "a", 2)) == [["A.n:2"]]
    assert index.warnings == ("1 lines are neither class nor member and were skipped (first: line 3)",)


def test_members_below_a_broken_class_line_belong_to_no_class(mapping):
    index = mapping("A -> b:\nB > c:\n    1:1:void m():1:1 -> a\nC -> d:\n    1:1:void m():1:1 -> a\n")
    assert index.frames("b", "a", 1) == []
    assert shown(index.frames("d", "a", 1)) == [["C.m:1"]]
    assert index.warnings[0].startswith("2 lines")


def test_a_class_written_twice_is_one_class(mapping):
    index = mapping("A -> b:\n    1:1:void m():1:1 -> a\nC -> d:\nA -> b:\n    2:2:void n():2:2 -> a\n")
    assert shown(index.frames("b", "a", 1) + index.frames("b", "a", 2)) == [["A.m:1"], ["A.n:2"]]


def test_of_two_classes_of_one_new_name_the_later_counts(mapping):
    # a library's mapping appended to the app's
    index = mapping("L -> L:\n    1:9:void a():1:9 -> a\n    void z() -> z\nC -> L:\n    1:3:void n():30:32 -> a\n")
    assert index.class_name("L") == "C"
    assert shown(index.frames("L", "a", 2)) == [["C.n:31"]]
    assert index.frames("L", "z", None) == []


def test_of_a_class_written_twice_the_later_lines_count(mapping):
    index = mapping("A -> b:\n    1:3:void m():1:3 -> a\nA -> b:\n    2:4:void n():20:22 -> a\n    5:5:void n():30 -> a\n")
    assert shown(index.frames("b", "a", 2)) == [["A.n:20"]]


def test_a_method_the_compiler_made_is_that_at_all_of_its_lines(mapping):
    synthesized = '      # {"id":"com.android.tools.r8.synthesized"}\n'
    index = mapping(
        f"{VERSION}A -> b:\n    1:1:void m(B):0:0 -> a\n{synthesized}    4:4:void m(A):7:7 -> a\n    4:4:void m(B):0 -> a\n    void made() -> c\n{synthesized}"
    )
    assert [one.synthesized for one in index.frames("b", "a", 4)[0]] == [True, False]
    assert [one.synthesized for one in index.frames("b", "c", None)[0]] == [True]


def test_the_file_of_composes_lambdas_is_that_of_what_they_stand_in(mapping):
    index = mapping("shop.ComposableSingletons$CartKt$lambda-1$1 -> a:\n    1:1:void invoke():9:9 -> b\n")
    assert index.frames("a", "b", 1)[0][0].file == "Cart.kt"


# the outermost class, a class in a package, one within it
@pytest.mark.parametrize(("renamed", "file"), [("a", "a.java"), ("p.a", "a.java"), ("p.a$b", "a.java")])
def test_a_file_made_of_the_new_name_of_a_class_is_no_file(mapping, renamed, file):
    index = mapping(f"shop.Cart -> {renamed}:\n    1:1:void pay():9:9 -> b\n")
    assert index.frames(renamed, "b", 1, source_file=file)[0][0].file == "Cart.java"


def test_names_that_share_a_key_are_told_apart(mapping):
    # crc32 is the same for both: classes and methods alike
    one, other = "plumless", "buckeroo"
    index = mapping(f"A -> {one}:\n    void m() -> {one}\nC -> {other}:\n    void n() -> {one}\n    void o() -> {other}\n")
    assert index.class_name(one) == "A"
    assert index.class_name(other) == "C"
    assert shown(index.frames(one, one, None)) == [["A.m:None"]]
    assert shown(index.frames(other, one, None)) == [["C.n:None"]]
    assert shown(index.frames(other, other, None)) == [["C.o:None"]]


def test_names_outside_ascii_are_read(mapping):
    index = mapping("büro.Straße -> ü.é:\n    1:1:void größe(日.本):4:4 -> ñ\n    1:1:void größer():5 -> ñ\n")
    (frames,) = index.frames("ü.é", "ñ", 1)
    assert [(one.class_name, one.method, one.parameters) for one in frames] == [
        ("büro.Straße", "größer", ""),
        ("büro.Straße", "größe", "日.本"),
    ]


def test_a_mapping_beyond_the_bound_is_refused(monkeypatch):
    monkeypatch.setattr(compiling, "MAX_BYTES", 10)
    with pytest.raises(LimitExceeded, match="limit is 10"):
        MappingCompiler().compile(memoryview(b"A -> b:\n" * 2))


def test_an_empty_table_opens():
    table = Table.open(MappingCompiler().compile(memoryview(b"")).to_bytes())
    assert MappingCompiler().open(table).class_name("a") is None
