"""Lines of a text file, by number."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from symbolicator.artifacts import text as text_module
from symbolicator.artifacts.tables import Table
from symbolicator.artifacts.text import TextCompiler
from symbolicator.errors import LimitExceeded, MalformedArtifact


def opened(data: bytes):
    compiler = TextCompiler()
    return compiler.open(Table.open(compiler.compile(memoryview(data)).to_bytes()))


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        # every line terminator of ECMA-262 §12.3
        (b"a\nb\r\nc\rd\xe2\x80\xa8e\xe2\x80\xa9f", list("abcdef")),
        # a text that ends with one has an empty last line, as engines count
        (b"a\n", ["a", ""]),
        (b"", [""]),
        # byte order marks are not text
        (b"\xef\xbb\xbfa", ["a"]),
        ("a\nb".encode("utf-16-le").join([b"\xff\xfe", b""]), ["a", "b"]),
        # what is no UTF-8 costs its own characters
        (b"a\xff\nb", ["a\ufffd", "b"]),
    ],
)
def test_lines_end_as_ecmascript_says(data, lines):
    index = opened(data)
    assert [index.context(i, 0, 0) for i in range(index.line_count)] == [([], line, []) for line in lines]


def test_a_line_that_is_not_there_is_none():
    index = opened(b"a\nb")
    assert index.context(2, 1, 1) is None
    assert index.context(-1, 1, 1) is None


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0\r\n\u2028\u2029", exclude_categories=["Cs"]), max_size=5), min_size=1, max_size=9
    ),
    st.integers(0, 8),
    st.integers(0, 4),
)
def test_context_is_a_window_on_the_lines(lines, line, around):
    found = opened("\n".join(lines).encode()).context(line, around, around)
    if line >= len(lines):
        assert found is None
    else:
        stripped = [each.removeprefix("\ufeff") if i == 0 else each for i, each in enumerate(lines)]
        assert found == (stripped[max(0, line - around) : line], stripped[line], stripped[line + 1 : line + 1 + around])


LINES = st.lists(st.text(st.sampled_from("ab é漢😀"), max_size=700), min_size=1, max_size=6)


@example(lines=["a😀", "😀"], line=0, column=5, points=False)  # in the middle of the next line's first character
@given(LINES, st.integers(0, 5), st.integers(0, 800), st.booleans())
def test_a_column_is_found_whatever_it_counts_and_however_long_the_line(lines, line, column, points):
    index = opened("\n".join(lines).encode())
    text = lines[line] if line < len(lines) else ""
    size = len(text) if points else len(text.encode("utf-16-le")) // 2
    byte = index.byte_at(line, column, points)
    if line >= len(lines) or column > size + 1:
        assert byte is None
    elif column <= size:
        start = index.byte_at(line, 0)
        head = text[:column] if points else text.encode("utf-16-le")[: 2 * column].decode("utf-16-le", "ignore")
        assert index.slice(start, byte) == head
        assert index.column_at(line, byte) == len(head.encode("utf-16-le")) // 2


def test_what_holds_nul_bytes_is_no_text():
    with pytest.raises(MalformedArtifact, match="NUL"):
        opened(b"\xc6\x1f\0\0")


def test_a_text_beyond_the_bound_is_refused(monkeypatch):
    monkeypatch.setattr(text_module, "MAX_BYTES", 4)
    with pytest.raises(LimitExceeded):
        TextCompiler().compile(memoryview(b"12345"))
