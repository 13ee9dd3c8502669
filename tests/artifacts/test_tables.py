"""The compiled file: what goes in comes out, and damage never becomes an answer."""

from __future__ import annotations

import random
from array import array
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator.artifacts import table_reading, table_writing
from symbolicator.artifacts.blocks import BLOCK
from symbolicator.artifacts.tables import HEADER, MAGIC, DamagedTable, Table, TableWriter

RANGES = {"b": (-(2**7), 2**7 - 1), "B": (0, 2**8 - 1), "h": (-(2**15), 2**15 - 1), "H": (0, 2**16 - 1)}
RANGES |= {"i": (-(2**31), 2**31 - 1), "I": (0, 2**32 - 1), "q": (-(2**63), 2**63 - 1), "Q": (0, 2**64 - 1)}
COLUMNS = st.one_of(st.builds(array, st.just(code), st.lists(st.integers(*bounds), max_size=50)) for code, bounds in RANGES.items())
NAMES = st.text(st.characters(exclude_characters="#", codec="utf-8"), max_size=8)
STRINGS = st.lists(st.one_of(st.none(), st.text(st.characters(), max_size=12)), max_size=20)  # lone surrogates included


def sample(rows: int = 3000) -> bytes:
    writer = TableWriter("sample", 7)
    writer.meta = {"warnings": ["one"], "n": 3}
    writer.column("line", array("I", range(rows))).column("delta", array("h", [-1, 2, -3])).column("empty", array("Q"))
    writer.strings("name", ["a", None, "", "a", "ünï", *(f"name{i}" for i in range(200))]).blob("text", bytes(range(256)) * 20)
    return writer.to_bytes()


def answers(data: bytes) -> tuple[object, ...]:
    table = Table.open(data)
    names = [table.string("name", i) for i in range(table.length("name"))]
    columns = [table.column(name).tolist() for name in ("line", "delta", "empty")]
    return table.kind, table.version, table.meta, names, columns, bytes(table.blob_window("text", 0, table.length("text")))


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(NAMES, COLUMNS, max_size=5), STRINGS, st.binary(max_size=9000))
def test_what_is_written_is_read(columns: dict[str, array[int]], strings: list[str | None], blob: bytes) -> None:
    writer = TableWriter("any", 1)
    for name, values in columns.items():
        writer.column("c" + name, values)
    table = Table.open(writer.strings("s", strings).blob("b", blob).to_bytes())
    for name, values in columns.items():
        view = table.column("c" + name)
        assert (view.format, view.tolist()) == (values.typecode, values.tolist())
    assert [table.string("s", i) for i in range(table.length("s"))] == strings
    assert bytes(table.blob_window("b", 0, len(blob))) == blob
    table.verify()


def test_the_example_in_the_docstring_is_true() -> None:
    data = TableWriter("demo", 3).column("line", array("H", [7, 9])).strings("name", ["a", None, "a"]).to_bytes()
    payload = data[-40:]
    expected = "07000900000000000100000000000000010000000000000000000000010000006100000000000000"
    assert payload.hex() == expected
    assert b'"sections":{"line":["H",0,2],"name#items":["I",8,3],"name#starts":["I",24,2],"name#heap":["B",32,1]}' in data


def test_write_and_to_bytes_agree() -> None:
    writer = TableWriter("sample", 1).column("x", array("q", [-1]))
    file = BytesIO()
    assert writer.write(file) == len(writer.to_bytes())
    assert file.getvalue() == writer.to_bytes()


def test_a_flipped_byte_raises_or_changes_nothing() -> None:
    data, expected, chance = sample(), answers(sample()), random.Random(1)
    raised = 0
    places = [*range(400), *chance.sample(range(400, len(data)), 1200)]
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= chance.randrange(1, 256)
        try:
            assert answers(bytes(flipped)) == expected, place
        except DamagedTable:
            raised += 1
    assert raised > len(places) * 0.9


def test_a_flip_elsewhere_does_not_disturb_a_window() -> None:
    data = bytearray(sample())
    damaged_at = len(data) - 10  # in the blob
    data[damaged_at] ^= 1
    origin = Path("somewhere.table")
    table = Table.open(bytes(data), origin)
    assert table.window("line", 5, 8).tolist() == [5, 6, 7]
    with pytest.raises(DamagedTable) as caught:
        table.blob_window("text", 0, table.length("text"))
    assert caught.value.origin == origin
    assert caught.value.offset is not None
    assert caught.value.offset <= damaged_at < caught.value.offset + BLOCK
    with pytest.raises(DamagedTable):
        table.verify()


def test_every_truncation_and_every_longer_file_is_damaged() -> None:
    data = sample(50)
    for size in [*range(300), *range(300, len(data), 37)]:
        with pytest.raises(DamagedTable):
            Table.open(data[:size])
    with pytest.raises(DamagedTable):
        Table.open(data + b"\0")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.binary(max_size=100))
def test_hostile_files_raise_only_damaged_table(directory: bytes, rest: bytes) -> None:
    crafted = craft(directory, rest)
    for data in (directory, MAGIC + directory, crafted):
        with pytest.raises(DamagedTable):
            Table.open(data).string("x", 0)


def craft(directory: bytes, payload: bytes = b"") -> bytes:
    """A file whose checksums are right, whatever its directory says."""
    body = directory + b"".join(crc32(payload[at : at + BLOCK]).to_bytes(4, "little") for at in range(0, len(payload), BLOCK))
    header = HEADER.pack(MAGIC, 1, len(directory), len(payload), crc32(body))
    front = header + crc32(header).to_bytes(4, "little") + body
    return front + bytes(-len(front) % 64) + payload


@pytest.mark.parametrize(
    "sections",
    [
        # past the payload's end
        '{"x":["I",0,3]}',
        # before its start
        '{"x":["B",-1,1]}',
        # a length below nothing
        '{"x":["B",4,-2]}',
        # more than any integer holds
        '{"x":["Q",8,99999999999999999999]}',
        # a type that is none
        '{"x":["P",0,1]}',
        # not sections at all
        '{"x":5}',
        # nested past every stack
        "[" * 100_000,
    ],
)
def test_sections_that_lie_are_refused(sections: str) -> None:
    with pytest.raises(DamagedTable):
        Table.open(craft(b'{"kind":"k","version":1,"meta":{},"sections":' + sections.encode() + b"}", bytes(8)))


def test_a_string_that_points_nowhere_is_damage() -> None:
    writer = TableWriter("k", 1)
    writer._add("s#items", memoryview(array("I", [9, 1])))
    writer._add("s#starts", memoryview(array("I", [0, 700])))
    writer._add("s#heap", memoryview(b"abc"))
    table = Table.open(writer.to_bytes())
    for i in (0, 1):
        with pytest.raises(DamagedTable, match="string"):
            table.string("s", i)


def test_a_name_that_is_not_there_says_what_is() -> None:
    with pytest.raises(DamagedTable, match="has no 'lines'; it has line, delta, empty, name, text"):
        Table.open(sample()).column("lines")


def test_an_index_outside_a_column_is_the_callers_mistake() -> None:
    table = Table.open(sample())
    for start, stop in ((-1, 1), (2, 1), (0, 4)):
        with pytest.raises(IndexError):
            table.window("delta", start, stop)
    with pytest.raises(IndexError):
        table.string("name", -1)


@pytest.mark.parametrize("values", [array("d", [1.0]), array("l", [1]), memoryview(b"abcd")[::2]])
def test_columns_of_other_shapes_are_refused(values: array[int]) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        TableWriter("k", 1).column("x", values)


def test_names_are_unique_and_plain() -> None:
    writer = TableWriter("k", 1).column("x", b"a")
    with pytest.raises(ValueError, match="twice"):
        writer.blob("x", b"b")
    with pytest.raises(ValueError, match="#"):
        writer.strings("x#heap", [])


def test_a_big_endian_host_reads_and_writes_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    # There is none at hand: with the swap forced on, writing and reading swap twice, and the file differs in every item.
    plain = TableWriter("k", 1).column("x", array("I", [1, 2])).to_bytes()
    for module in (table_reading, table_writing):
        monkeypatch.setattr(module, "BIG_ENDIAN", True)
    swapped = TableWriter("k", 1).column("x", array("I", [1, 2])).strings("s", ["a", None]).to_bytes()
    table = Table.open(swapped)
    assert table.column("x").tolist() == [1, 2]
    assert table.string("s", 0) == "a"
    assert plain[-8:] == bytes([1, 0, 0, 0, 2, 0, 0, 0])
    assert swapped != plain
