"""What ECMA-426 lets a reader refuse, strict refuses; what it does not, strict reads. Each row stands under its clause.

Lenient reads every row without an exception that is not ours, and the refusable ones with a warning or a `MalformedArtifact`.
"""

import pytest

from symbolicator.errors import MalformedArtifact
from symbolicator.sourcemaps import SourceMap
from tests.makers.source_maps import dumps, signed, unsigned

BASE = {"version": 3, "sources": ["a.js", "b.js"], "names": ["x"], "mappings": "AAAA"}


def but(**changes):
    """The base map with some members changed; `...` takes one away."""
    return dumps({key: value for key, value in (BASE | changes).items() if value is not ...})


def mapped(text):
    return but(mappings=text)


def sections(*found, **more):
    return dumps({"version": 3, "sections": list(found), **more})


def section(line=0, column=0, inner=BASE, **changes):
    whole = {"offset": {"line": line, "column": column}, "map": inner} | changes
    return {key: value for key, value in whole.items() if value is not ...}


ACCEPTED = [
    # Source map format: the least there can be
    b'{"version":3,"sources":[],"mappings":""}',
    # version is the number 3; 3.0 is the same number
    b'{"version":3.0,"sources":[],"mappings":""}',
    # Extensions: unrecognized properties are ignored
    but(x_anything={"deep": [1, None]}, unknown=5),
    # file, sourceRoot, names, sourcesContent, ignoreList are optional
    but(names=..., sourcesContent=..., file=..., sourceRoot=..., mappings=""),
    # GetOptionalString
    but(file="out.js", sourceRoot="src/"),
    but(sourceRoot=""),
    # sources: strings or null
    but(sources=[None, "b"]),
    # sourcesContent: strings or null, and of any length
    but(sourcesContent=["text", None]),
    but(sourcesContent=[]),
    but(sourcesContent=["a", "b", "c", "d"]),
    # GetOptionalListOfArrayIndexes
    but(ignoreList=[]),
    but(ignoreList=[0]),
    but(ignoreList=[1, 0, 1.0]),
    # x_google_ignoreList is no member of the standard, so whatever it holds is ignored
    but(x_google_ignoreList="none"),
    # MappingsField: lines without mappings
    mapped(""),
    mapped(";;;"),
    mapped("AAAA;;AACA;"),
    # Mapping: one, four and five fields
    mapped("A"),
    mapped("AAAA"),
    mapped("AAAAA"),
    mapped("A,EAAA,CAAAA;CAAA"),
    # Vlq: continuation digits, also of zeros only
    mapped("gBAAA"),
    mapped("ggggggA"),
    mapped("gggggggggggA"),
    # VLQSignedValue: the greatest value, and back
    mapped(f"{signed(2**31 - 1)}AAA"),
    mapped(f"{signed(2**31 - 1)}AAA,{signed(-(2**31 - 1))}AAA"),
    # minus zero is -2**31
    mapped(f"{signed(2**31 - 1)},C,BAAA"),
    # DecodeMappingsField asks for no order of columns
    mapped("EAAA,DAAA"),
    # nor for different ones
    mapped("EAAA,AAAA"),
    # original positions go back and forth
    mapped("AAGG,CADD,CAAA"),
    # DecodeIndexSourceMap: no sections, one, several
    sections(),
    sections(section()),
    sections(section(0, 0), section(0, 10), section(1, 0), section(5, 7)),
    # file is optional there too
    sections(section(), file="app.js"),
    # a section may start where the last mapping of the one before is
    sections(section(0, 0, BASE | {"mappings": "AAAA,UAAA"}), section(0, 10)),
    # offsets are integral numbers, 1.0 is one
    sections(section(1.0, 0.0)),
    # FetchSourceMap: the line of the prefix; UTF-8 decode: the byte order mark
    b")]}'\n" + but(),
    b")]}' garbage\n" + but(),
    b"\xef\xbb\xbf" + but(),
    # JSON.parse: white space, and the last of two equal members
    b'\n\t {"version":2,"version":3,"sources":[],"mappings":""} \r\n',
    # JSON.parse reads lone surrogates; UTF-8 decode replaces what is no UTF-8
    b'{"version":3,"sources":["\\ud800"],"mappings":"AAAA"}',
    b'{"version":3,"sources":["\xff"],"mappings":"AAAA"}',
]

REFUSED = [
    # ParseJSON
    b"",
    b"{",
    b'{"version":3,"sources":[],"mappings":""} x',
    b'{"version":3,"sources":[],"mappings":"",}',
    b"{'version':3}",
    b'{"version":NaN,"sources":[],"mappings":""}',
    # ParseSourceMap: not a JSON object
    b"[]",
    b"3",
    b'"AAAA"',
    b"null",
    # the prefix without its line end leaves nothing
    b")]}'" + but(),
    # version is 3, a number
    but(version=...),
    but(version="3"),
    but(version=2),
    but(version=4),
    but(version=3.5),
    but(version=None),
    but(version=[3]),
    # mappings is a string
    but(mappings=...),
    but(mappings=None),
    but(mappings=5),
    but(mappings=["AAAA"]),
    # sources is an array
    but(sources=...),
    but(sources=None),
    but(sources="a.js"),
    but(sources={"0": "a.js"}),
    # GetOptionalString: a string or missing
    but(file=5),
    but(file=None),
    but(sourceRoot=["src"]),
    but(sourceRoot=None),
    # GetOptionalListOfOptionalStrings
    but(sources=[5]),
    but(sources=["a", {}]),
    but(sourcesContent="text"),
    but(sourcesContent=None),
    but(sourcesContent=[5]),
    but(sourcesContent=[True, None]),
    # GetOptionalListOfStrings: null is not among them
    but(names=None),
    but(names="x"),
    but(names=[None]),
    but(names=["x", 5]),
    # GetOptionalListOfArrayIndexes
    but(ignoreList=0),
    but(ignoreList=None),
    but(ignoreList=["0"]),
    but(ignoreList=[0.5]),
    but(ignoreList=[-1]),
    # ignoreList lists the indices of sources; there are two
    but(ignoreList=[2]),
    # Vlq: a digit that is none
    mapped("AAA!"),
    mapped("AAAA.AAAA"),
    mapped("AAAA AAAA"),
    mapped("AAAA\n"),
    mapped("AAA\u00e9"),
    # VlqDigitList ends with a terminal digit
    mapped("g"),
    mapped("AAAg"),
    mapped("AAAg,AAAA"),
    mapped("AAAg;AAAA"),
    # VLQSignedValue: 2**31 and more
    mapped(unsigned(2**32) + "AAA"),
    mapped(unsigned(2**33 + 1) + "AAA"),
    mapped("ggggggggB"),
    # Mapping: no other number of fields
    mapped("AA"),
    mapped("AAA"),
    mapped("AAAAAA"),
    mapped("AAAAAAA"),
    # MappingList: nothing between commas
    mapped(","),
    mapped("AAAA,"),
    mapped(",AAAA"),
    mapped("AAAA,,CAAA"),
    mapped("AAAA,;AAAA"),
    # the generated column is not negative
    mapped("D"),
    mapped("DAAA"),
    mapped("AAAA,DAAA"),
    # minus zero is -2**31
    mapped("B"),
    # the source index is one of the sources
    mapped("AEAA"),
    mapped("ADAA"),
    but(sources=[], mappings="AAAA"),
    # the original line and column are not negative
    mapped("AADA"),
    mapped("AAAD"),
    # the name index is one of the names
    mapped("AAAAC"),
    mapped("AAAAD"),
    but(names=[], mappings="AAAAA"),
    but(names=..., mappings="AAAAA"),
    # DecodeIndexSourceMap: sections of one offset overlap
    sections(section(0, 0), section(0, 0)),
    # DecodeIndexSourceMap: sections is an array
    dumps({"version": 3, "sections": {}}),
    dumps({"version": 3, "sections": None}),
    dumps({"version": 3, "sections": "x"}),
    # of objects
    sections(5),
    sections(None),
    # version and file as in a flat map
    dumps({"sections": []}),
    sections(section(), version=2),
    sections(section(), file=5),
    # offset is an object with two integral, non-negative numbers
    sections(section(offset=...)),
    sections(section(offset=5)),
    sections(section(offset={"line": 0})),
    sections(section(offset={"column": 0})),
    sections(section("0", 0)),
    sections(section(0, 0.5)),
    sections(section(-1, 0)),
    b'{"version":3,"sections":[{"offset":{"line":1e999,"column":0},"map":' + but() + b"}]}",
    # map is an object
    sections(section(map=...)),
    sections(section(map="x")),
    sections(section(map=..., url="other.map")),
    # an embedded map is complete and good
    sections(section(inner={})),
    sections(section(inner=BASE | {"mappings": "AA"})),
    sections(section(inner=BASE | {"version": 4})),
    # and is decoded as a flat one, so it has no sections of its own
    sections(section(inner={"version": 3, "sections": []})),
    # sections are sorted by starting position
    sections(section(1, 0), section(0, 0)),
    sections(section(0, 5), section(0, 4)),
    # and do not overlap
    sections(section(0, 0, BASE | {"mappings": "AAAA,UAAA"}), section(0, 9)),
    sections(section(0, 0, BASE | {"mappings": "AAAA;AAAA"}), section(0, 9)),
    # an index map has no mappings of its own
    sections(section(), mappings="AAAA", sources=["a"]),
]


@pytest.mark.parametrize("data", ACCEPTED, ids=range(len(ACCEPTED)))
def test_strict_reads_what_the_standard_reads(data):
    assert SourceMap.parse(data, strict=True).warnings == ()


@pytest.mark.parametrize("data", REFUSED, ids=range(len(REFUSED)))
def test_strict_refuses_what_the_standard_lets_refuse(data):
    with pytest.raises(MalformedArtifact):
        SourceMap.parse(data, strict=True)


GLADLY = [
    # lenient reads these without a word: a version in quotes, sections elsewhere, sections within sections
    but(version="3"),
    sections(section(map=..., url="other.map")),
    sections(section(inner={"version": 3, "sections": []})),
]


@pytest.mark.parametrize("data", ACCEPTED + REFUSED, ids=range(len(ACCEPTED) + len(REFUSED)))
def test_lenient_reads_or_says_why_not(data):
    try:
        m = SourceMap.parse(data)
    except MalformedArtifact:
        assert data in REFUSED
    else:
        if data != but(x_google_ignoreList="none"):  # of which lenient takes notice
            assert bool(m.warnings) == (data in REFUSED and data not in GLADLY)
        for line in range(-1, 8):
            for column in range(-1, 40):
                m.lookup(line, column)
        m.to_index()
