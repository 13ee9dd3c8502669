"""Portable PDBs: points, documents, texts; and what a hostile one may cost."""

import pytest

from symbolicator.artifacts.tables import DamagedTable, Table
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.keys import FileKind
from symbolicator.portable_pdb import PdbCompiler
from symbolicator.portable_pdb.identify import identify
from symbolicator.portable_pdb.metadata import signed, unsigned
from tests.counting import peak_bytes, steps
from tests.makers import portable_pdb as make


def compiled(maker, **more):
    compiler = PdbCompiler()
    return compiler.open(Table.open(compiler.compile(memoryview(maker.build(**more))).to_bytes()))


def place(index, row, offset):
    found = index.lookup(row, offset)
    return None if found is None else (found.file, found.line, found.column)


@pytest.mark.parametrize("value", [0, 1, -1, 63, -64, 64, -65, 8191, -8192, 8192, -8193, (1 << 28) - 1, -(1 << 28)])
def test_numbers_are_read_as_the_specification_writes_them(value):
    assert signed(memoryview(make.signed(value)), 0) == (value, len(make.signed(value)))
    if value >= 0:
        assert unsigned(memoryview(make.number(value)), 0) == (value, len(make.number(value)))


def test_an_offset_is_of_the_last_point_before_it():
    maker = make.Maker()
    row = maker.method(maker.document("/src/a.cs"), [(0, 5, 9), (7, 6, 1), (300, 20_000, 3)])
    index = compiled(maker)
    assert [place(index, row, at) for at in (0, 6, 7, 299, 300, 1 << 30)] == [
        ("/src/a.cs", 5, 9), ("/src/a.cs", 5, 9), ("/src/a.cs", 6, 1), ("/src/a.cs", 6, 1), ("/src/a.cs", 20_000, 3), ("/src/a.cs", 20_000, 3),
    ]  # fmt: skip
    assert place(index, 2, 0) is None
    assert place(index, 0, 0) is None


def test_hidden_points_are_of_the_last_one_that_is_not_and_lead_nowhere_before_that():
    maker = make.Maker()
    document = maker.document("/src/a.cs")
    row = maker.method(document, [(0, None, 0), (4, 5, 9), (8, None, 0), (12, 7, 1)])
    only = maker.method(document, [(0, None, 0)])
    index = compiled(maker)
    assert [place(index, row, at) for at in (0, 4, 9, 12)] == [None, ("/src/a.cs", 5, 9), ("/src/a.cs", 5, 9), ("/src/a.cs", 7, 1)]
    assert place(index, only, 3) is None


def test_a_method_may_be_of_several_documents():
    maker = make.Maker()
    one, other = maker.document("C:\\src\\a.cs", separator="\\"), maker.document("gen/b.g.cs")
    row = maker.method(0, blob=make.points([(0, 5, 9), (other,), (7, 6, 1), (one,), (9, 7, 1)], document=one))
    index = compiled(maker)
    assert [place(index, row, at) for at in (0, 7, 9)] == [("C:\\src\\a.cs", 5, 9), ("gen/b.g.cs", 6, 1), ("C:\\src\\a.cs", 7, 1)]


def test_a_document_may_have_any_name():
    maker = make.Maker()
    maker.document("naïve/日本語/a b.cs")
    maker.document("a.cs", separator="→")
    maker.rows[0x30].append(bytes(12))
    index = compiled(maker)
    assert [index.document(number) for number in (1, 2, 3, 4)] == ["naïve/日本語/a b.cs", "a.cs", "", ""]
    assert (index.language(1), index.language(3)) == ("csharp", "")


def test_a_method_s_body_is_where_its_code_went():
    maker = make.Maker()
    document = maker.document("a.cs")
    written, body = maker.method(0), maker.method(document, [(0, 3, 1)])
    index = compiled(maker.machine(body, written).machine(99, 98))
    assert (index.machine_of(written), index.kickoff_of(body), index.machine_of(body)) == (body, written, 0)
    assert not index.has_points(written)


def test_points_that_make_no_sense_cost_themselves_and_what_follows_them():
    maker = make.Maker()
    document = maker.document("a.cs")
    broken = maker.method(document, blob=make.points([(0, 5, 9)]) + make.number(4) + make.number(0) + make.number(5) + make.signed(-9) * 2)
    good = maker.method(document, [(0, 7, 1)])
    index = compiled(maker)
    assert (place(index, broken, 9), place(index, good, 0)) == (("a.cs", 5, 9), ("a.cs", 7, 1))
    assert index.warnings == ("the lines of 1 methods are damaged and were skipped from there on",)


def test_embedded_sources_are_read_in_any_encoding():
    maker = make.Maker()
    texts = [b"one\r\ntwo\r\n", "\ufeffone\ntwo".encode("utf-16-le"), b"\xef\xbb\xbfone\ntwo"]
    for text in texts:
        maker.source(maker.document("a.cs"), text)
    maker.document("none.cs")
    index = compiled(maker)
    assert [index.context(number, 1, 1, 1) for number in (1, 2, 3)] == [(["one"], "two", [""]), (["one"], "two", []), (["one"], "two", [])]
    assert index.context(4, 0, 1, 1) is None
    assert index.context(1, 7, 1, 1) is None


def test_source_link_takes_the_longest_beginning_and_a_whole_name_before_that():
    maker = make.Maker()
    for name in ("C:\\src\\lib\\a.cs", "c:\\SRC\\b.cs", "C:\\src\\c.cs", "D:\\d.cs"):
        maker.document(name, separator="\\")
    maker.source_link(
        rb'{"documents": {"C:\\src\\*": "https://a.example/*", "C:\\src\\lib\\*": "https://b.example/*", "C:\\src\\c.cs": "https://c.example/c"}}'
    )
    index = compiled(maker)
    links = [index.source_link(number) for number in (1, 2, 3, 4)]
    assert links == ["https://b.example/a.cs", "https://a.example/b.cs", "https://c.example/c", None]
    assert compiled(make.Maker().source_link(b"[" * 100_000)).warnings


def test_the_id_is_every_form_in_which_clients_send_it():
    identity = identify("a.pdb", memoryview(make.Maker().build()))
    guid = "04030201-0605-0807-090a-0b0c0d0e0f10"
    assert identity.kind is FileKind.PORTABLE_PDB
    assert identity.debug_ids == (f"{guid}-12345678", f"{guid}-1", f"{guid}-ffffffff", guid)


def test_metadata_without_pdb_stream_is_no_pdb():
    data = memoryview(make.metadata({"#~": make.Maker().build()[:0] + bytes(24)}))
    assert identify("a.pdb", data) is None
    with pytest.raises(MalformedArtifact, match="no #Pdb stream"):
        PdbCompiler().compile(data)


def test_blobs_that_many_methods_share_cost_no_more_than_the_file_is_worth():
    maker = make.Maker()
    maker.document("a.cs")
    shared = maker.blob(make.points([(at, 1 + at % 7, 1) for at in range(20_000)]))
    maker.rows[0x31] = [(1).to_bytes(2, "little") + shared.to_bytes(4, "little")] * 5_000
    with pytest.raises(LimitExceeded, match="sequence points"):
        PdbCompiler().compile(memoryview(maker.build()))


def test_names_that_documents_share_cost_no_more_than_the_file_is_worth():
    maker = make.Maker()
    part = maker.blob(b"x" * 8_000)
    name = maker.blob(b"/" + make.number(part) * 4_000)
    maker.rows[0x30] = [name.to_bytes(4, "little") + bytes(8)] * 5_000
    data = memoryview(maker.build())

    def refused():
        with pytest.raises(LimitExceeded, match="names of its documents"):
            PdbCompiler().compile(data)

    assert steps(refused) < 400_000


def test_a_bomb_is_not_decompressed_further_than_it_says_or_may():
    maker = make.Maker()
    for _ in range(30):
        maker.source(maker.document("a.cs"), bytes(15 << 20), 1 << 10)
    maker.source(maker.document("b.cs"), b"fine")
    data = memoryview(maker.build())
    index = compiled(maker)
    assert (index.text(1), index.text(31)) == (None, b"fine")
    assert len(index.warnings) == 21
    assert peak_bytes(lambda: PdbCompiler().compile(data)) < 8 << 20


def test_all_texts_together_have_a_bound():
    maker = make.Maker()
    for _ in range(6):
        maker.source(maker.document("a.cs"), bytes(15 << 20))
    index = compiled(maker)
    assert [len(index.text(number) or b"") >> 20 for number in range(1, 7)] == [15, 15, 15, 15, 0, 0]


def test_a_damaged_table_is_said_to_be_damaged():
    maker = make.Maker()
    maker.method(maker.document("a.cs"), [(0, 5, 9)])
    table = PdbCompiler().compile(memoryview(maker.build()))
    del table._sections["lines"]
    with pytest.raises(DamagedTable):
        PdbCompiler().open(Table.open(table.to_bytes()))
