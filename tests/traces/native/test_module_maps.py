"""Where modules were loaded: what each line of a map says, to the byte, and which lines make one module."""

import pytest

from symbolicator.debugfiles.load_bias import Mapping
from symbolicator.traces.native.module_maps import (
    REACH,
    Module,
    Region,
    join_regions,
    read_module,
    read_region,
    read_section,
    without_overlaps,
)

START, SIZE = 0x555555554000, 0x3000
ID = "3a1b2c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"


@pytest.mark.parametrize(
    ("line", "offset", "executable", "build_id"),
    [
        # the kernel's, gdb's, pmap's three forms, perf's two, a sanitizer's
        ("555555554000-555555557000 r-xp 00001000 fe:00 2417745     /srv/apiary", 0x1000, True, None),
        ("555555554000-555555557000 rw-p 00002000 fe:00 2417745     /srv/apiary (deleted)", 0x2000, False, None),
        ("0x555555554000     0x555555557000     0x3000     0x1000  r-xp   /srv/apiary", 0x1000, True, None),
        ("0x555555554000     0x555555557000     0x3000     0x1000     /srv/apiary", 0x1000, None, None),
        ("0000555555554000     12K r-x-- /srv/apiary", None, True, None),
        ("0000555555554000      12       8       0 r---- /srv/apiary", None, False, None),
        ("0000555555554000      12 r-x-- 0000000000001000 0fe:00001 /srv/apiary", 0x1000, True, None),
        ("555555554000 r-xp 00001000 fe:00 2417745   12   8   8   4   0 /srv/apiary", 0x1000, True, None),
        ("555555554000 r--p 00001000 fe:00 2417745   12   8   8   4   0 rd mr mw me /srv/apiary", 0x1000, False, None),
        ("app 12 [001] 1.5: PERF_RECORD_MMAP2 12/12: [0x555555554000(0x3000) @ 0x1000 fe:00 7 0]: r-xp /srv/apiary", 0x1000, True, None),
        ("app 12 [001] 1.5: PERF_RECORD_MMAP 12/12: [0x555555554000(0x3000) @ 0x1000]: x /srv/apiary", 0x1000, True, None),
        ("app 12 [001] 1.5: PERF_RECORD_MMAP 12/12: [0x555555554000(0x3000) @ 0]: r /srv/apiary", 0, False, None),
        (f"PERF_RECORD_MMAP2 12/12: [0x555555554000(0x3000) @ 0x1000 <{ID}>]: r--p /srv/apiary", 0x1000, False, ID),
        ("0x555555554000-0x555555557000\t/srv/apiary", None, None, None),
    ],
)
def test_a_mapping_is_read_as_each_tool_prints_it(line, offset, executable, build_id):
    assert read_region(line, 0) == Region(Mapping(START, SIZE, offset, executable), "/srv/apiary", build_id)


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("0x555555554000-0x555555557000 /srv/apiary", Module(START, SIZE, "/srv/apiary", None, "bias")),
        (f"0x555555554000–0x555555557000 {ID} apiary /srv/apiary", Module(START, SIZE, "/srv/apiary", ID)),
        ("0x555555554000–0x555555557000 <no build ID> apiary /srv/apiary", Module(START, SIZE, "/srv/apiary")),
        (f"0x555555554000+0x3000 {ID}@0x555555554390 . - apiary", Module(START, SIZE, "apiary", ID)),
        (f"0x555555554000+0x3000 {ID}@0x555555554390 /srv/apiary - apiary", Module(START, SIZE, "/srv/apiary", ID)),
        ("0x555555554000  0x555555557000  Yes (*)     /srv/apiary", Module(START, SIZE, "/srv/apiary", None, "text")),
        ("0x555555554000 - 0x555555556fff  apiary  ???  (main)", Module(START, SIZE, "apiary")),
        (
            "[  0] EE081C09-0000-4000-8000-00000000BCA8-00000000 0x0000555555554000 /srv/apiary",
            Module(START, REACH, "/srv/apiary", "ee081c090000400080000000" + "0000bca800000000"),
        ),
        ("[  0] EE081C09 0x0000555555554000 /srv/apiary", Module(START, REACH, "/srv/apiary")),
    ],
)
def test_a_module_is_read_as_each_tool_prints_it(line, module):
    assert read_module(line, 0) == module


def test_gdb_s_sections_are_the_program_s_where_they_name_no_file():
    line = "0x0000555555555060 - 0x0000555555555223 is .text"
    module = Module(0x555555555060, 0x1C3, "/srv/apiary", None, "text")
    assert read_section(line, 0, "/srv/apiary") == module
    assert read_section(f"{line} in /lib/libhive.so", 0, "/srv/apiary") == module._replace(path="/lib/libhive.so")
    assert read_section(line, 0, None) is None


def region(start, size=0x1000, path="/srv/apiary", build_id=None, offset=0, executable=True):
    return Region(Mapping(start, size, offset, executable), path, build_id)


def test_mappings_of_one_file_that_lie_16_mib_apart_are_of_one_module_and_farther_ones_of_another():
    gap = 1 << 24
    near = join_regions([region(START), region(START + 0x1000 + gap)])
    far = join_regions([region(START), region(START + 0x1001 + gap)])
    assert [(one.start, one.size) for one in near] == [(START, gap + 0x2000)]
    assert [one.start for one in far] == [START, START + 0x1001 + gap]


def test_a_build_id_that_one_mapping_says_is_the_module_s():
    for first, second in ((None, ID), (ID, None), (ID, ID)):
        [module] = join_regions([region(START, build_id=first), region(START + 0x1000, build_id=second)])
        assert module.build_id == ID


def test_of_a_module_in_a_thousand_pieces_64_mappings_are_kept_and_all_of_its_size():
    [module] = join_regions([region(START + 0x2000 * at) for at in range(1000)])
    assert (len(module.mappings), module.size) == (64, 0x2000 * 999 + 0x1000)


def test_a_module_whose_end_is_not_told_ends_where_the_next_one_begins():
    first, second, third = Module(0x1000, 0x9000, "a"), Module(0x3000, 0x1000, "b"), Module(0x8000, REACH, "c")
    assert without_overlaps([third, first, second, first]) == [first._replace(size=0x2000), second, third]


def test_two_modules_at_one_address_keep_their_sizes():
    one, other = Module(0x1000, 0x10, "a"), Module(0x1000, 0x20, "b")
    assert without_overlaps([other, one]) == [one, other]
