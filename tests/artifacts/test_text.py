"""Lines of a text file, by number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.artifacts import text as text_module
from symbolicator.artifacts.tables import Table
from symbolicator.artifacts.text import TextCompiler
from symbolicator.errors import LimitExceeded


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
    st.lists(st.text(st.characters(exclude_characters="\r\n\u2028\u2029", exclude_categories=["Cs"]), max_size=5), min_size=1, max_size=9),
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


def test_a_text_beyond_the_bound_is_refused(monkeypatch):
    monkeypatch.setattr(text_module, "MAX_BYTES", 4)
    with pytest.raises(LimitExceeded):
        TextCompiler().compile(memoryview(b"12345"))
