"""RAM bundles, Hermes bytecode headers, segment names."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.sourcemaps.hermes import SegmentName, is_bytecode, read_header, segment_of
from symbolicator.sourcemaps.ram import RamBundle, composed_line, is_ram_bundle, is_unbundle_marker, wrapper_length, wrapper_shift


def indexed(startup: str, modules: list[str | None]) -> bytes:
    """An indexed RAM bundle as the format's description has it."""
    code = startup.encode() + b"\0"
    table = b""
    body = code
    for text in modules:
        raw = b"" if text is None else text.encode() + b"\0"
        table += struct.pack("<II", len(body) if raw else 0, len(raw))
        body += raw
    return struct.pack("<III", 0xFB0BD1E5, len(modules), len(code)) + table + body


@given(
    st.text(max_size=20).filter(lambda t: "\0" not in t),
    st.lists(st.none() | st.text(min_size=1, max_size=20).filter(lambda t: "\0" not in t), max_size=8),
)
def test_every_module_of_an_indexed_bundle_is_given_back(startup: str, modules: list[str | None]) -> None:
    bundle = RamBundle(memoryview(indexed(startup, modules)))
    assert bundle.startup == startup
    assert [bundle.module(i) for i in range(len(bundle))] == modules
    assert dict(bundle.modules()) == {i: text for i, text in enumerate(modules) if text is not None}
    assert bundle.module(-1) is None
    assert bundle.module(len(modules)) is None


def test_a_module_outside_the_file_spoils_only_itself() -> None:
    data = indexed("s", ["one", "two"])
    bundle = RamBundle(memoryview(data[:-2]))
    assert bundle.module(0) == "one"
    with pytest.raises(MalformedArtifact, match="module 1 ends at byte"):
        bundle.module(1)
    assert dict(bundle.modules()) == {0: "one"}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", MalformedArtifact),
        (b"var a = 1;var b = 2;", MalformedArtifact),
        (struct.pack("<III", 0xFB0BD1E5, 1, 1), MalformedArtifact),
        (struct.pack("<III", 0xFB0BD1E5, 0xFFFFFFFF, 1), LimitExceeded),
    ],
)
def test_what_is_no_ram_bundle_is_malformed(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        RamBundle(memoryview(data))


def test_the_marker_of_a_file_bundle_is_no_bundle() -> None:
    marker = memoryview(b"\xe5\xd1\x0b\xfb")
    assert is_unbundle_marker(marker)
    assert not is_ram_bundle(marker)


@pytest.mark.parametrize(
    ("module", "line", "composed"),
    [(0, 0, 10), (0, 3, 13), (2, 0, 40), (1, 0, None), (3, 0, None), (-1, 0, None)],
)
def test_a_modules_line_is_counted_from_its_offset(module: int, line: int, composed: int | None) -> None:
    assert composed_line([10, None, 40], module, line) == composed


WRAPPED = "__d(function(g,r,i,a,m,e,d){f()},1,[]);"


@pytest.mark.parametrize(
    ("text", "section_column", "first_column", "shift"),
    [
        # the map counts the wrapper, and Metro added it once more
        (WRAPPED, 28, 28, 28),
        (WRAPPED, 28, 30, 28),
        # an older Metro: the map begins at the module's own first column
        (WRAPPED, 28, 0, 0),
        # fixWrapperOffset was off
        (WRAPPED, 0, 28, 0),
        # another offset than the wrapper's says nothing
        (WRAPPED, 5, 28, 0),
        # nothing is wrapped
        ("f(function(){g()})", 13, 13, 0),
        (WRAPPED, 28, None, 0),
    ],
)
def test_metros_wrong_section_columns_are_detected_by_the_wrapper(
    text: str, section_column: int, first_column: int | None, shift: int
) -> None:
    assert wrapper_length(WRAPPED) == WRAPPED.index("f()")
    assert wrapper_shift(text, section_column, first_column) == shift


def test_a_bytecode_header_is_read() -> None:
    data = struct.pack("<QI20sI", 0x1F1903C103BC1FC6, 89, bytes(range(20)), 36)
    header = read_header(memoryview(data))
    assert header == (89, bytes(range(20)).hex(), 36, False)
    with pytest.raises(MalformedArtifact, match="truncated"):
        read_header(memoryview(struct.pack("<QI20sI", 0x1F1903C103BC1FC6, 89, bytes(20), 37)))
    with pytest.raises(MalformedArtifact, match="header takes 36"):
        read_header(memoryview(data[:20]))
    with pytest.raises(MalformedArtifact, match="not Hermes"):
        read_header(memoryview(b"var a"))
    assert not is_bytecode(memoryview(b""))


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("seg-3.js", (3, None)),
        ("seg-3_5.js", (3, 5)),
        ("12.js", (0, 12)),
        ("/data/app/js-modules/12.js", (0, 12)),
        ("http://host/seg-3_5.js?platform=ios", (3, 5)),
        ("index.android.bundle", None),
        ("a12.js", None),
        ("my-seg-3.js", None),
        ("12.jsx", None),
    ],
)
def test_a_segments_file_name_tells_segment_and_module(name: str, segment: tuple[int, int | None] | None) -> None:
    assert segment_of(name) == (None if segment is None else SegmentName(*segment))
