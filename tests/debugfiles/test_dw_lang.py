"""The languages of compile units: their numbers, and the names of functions that depend on them."""

import struct

import pytest
from elftools.dwarf import constants

from symbolicator.debugfiles import dw_lang
from symbolicator.debugfiles.lazy import LazyIndex
from tests.makers import dwarf_bytes as dw

OURS = {name: number for name, number in vars(dw_lang).items() if isinstance(number, int)}
THEIRS = {name.upper(): number for name, number in constants.DW_LANG.__members__.items()}


def test_the_numbers_are_those_of_pyelftools():
    known = {name: THEIRS[other] for name in OURS if (other := name.replace("ADA_", "ADA")) in THEIRS}
    assert {"C", "RUST", "ADA_83", "C_PLUS_PLUS_14", "GO"} <= known.keys()
    assert known == {name: OURS[name] for name in known}
    assert len(set(OURS.values())) == len(OURS)


# Abbreviations: 7 a namespace with children, 8 a function: name, low_pc addr, high_pc data4.
SCOPES = (
    dw.ABBREVS[:-1]
    + dw.uleb(7) + dw.uleb(0x39) + b"\1" + bytes([0x03, 0x08, 0, 0])
    + dw.uleb(8) + dw.uleb(0x2E) + b"\0" + bytes([0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0])
    + b"\0"
)  # fmt: skip
BODY = dw.uleb(7) + b"bees\0" + dw.uleb(8) + b"hum\0" + struct.pack("<QI", 0x1000, 16) + b"\0"


@pytest.mark.parametrize(
    ("languages", "name"),
    [
        (dw_lang.EVERY_C_PLUS_PLUS, "bees::hum"),
        # packages nest
        (dw_lang.EVERY_ADA, "bees.hum"),
        # C has no scopes, and of an unknown language nothing is known
        ((*dw_lang.EVERY_C, 0x7F), "hum"),
    ],
)
def test_what_stands_between_scopes_is_the_language_s_in_every_version_of_it(languages, name):
    for language in languages:
        found = LazyIndex(dw.Sections(debug_info=dw.unit(BODY, language=language), debug_abbrev=SCOPES), ()).lookup(0x1000)
        assert [frame.function for frame in found] == [name], hex(language)
