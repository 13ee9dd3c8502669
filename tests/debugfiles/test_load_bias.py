"""From mappings of a file in a process to its load bias, through the program headers."""

import pytest

from symbolicator.debugfiles.load_bias import LoadSegment, Mapping, find_biases, svma_at

# What lld writes: each segment at the next page, in the file one after the other.
LLD = (
    LoadSegment(0, 0, 0x1A0C, 0x1A0C, False),
    LoadSegment(0x1A10, 0x2A10, 0x39C0, 0x39C0, True),
    LoadSegment(0x53D0, 0x73D0, 0x1F0, 0x1F0, False),
    LoadSegment(0x55C0, 0x85C0, 0x70, 0x78, False),
)
# A program so small that all of its segments share the file's first page.
SMALL = (
    LoadSegment(0, 0, 0x944, 0x944, False),
    LoadSegment(0x950, 0x1950, 0x390, 0x390, True),
    LoadSegment(0xCE0, 0x2CE0, 0x1F0, 0x1F0, False),
)
BIAS = 0x55AC6BF4D000


def test_a_mapping_with_code_goes_through_the_segment_that_its_offset_lies_in():
    assert find_biases(LLD, [Mapping(BIAS + 0x2000, 0x5000, 0x1000, True)]) == (BIAS,)


def test_a_part_of_a_segment_that_was_mapped_anew_has_the_same_bias():
    # A mapping that was cut in two where a debugger, or huge pages, changed its protection.
    assert find_biases(LLD, [Mapping(BIAS + 0x4000, 0x2000, 0x3000, True)]) == (BIAS,)


def test_relro_cuts_a_mapping_and_changes_no_bias():
    data = [Mapping(BIAS + 0x7000, 0x1000, 0x5000, False), Mapping(BIAS + 0x8000, 0x1000, 0x5000, False)]
    assert find_biases(LLD, [Mapping(BIAS, 0x2000, 0, False), Mapping(BIAS + 0x2000, 0x5000, 0x1000, True), *data]) == (BIAS,)


def test_mappings_that_fit_several_segments_fit_together_in_one_way_only():
    mappings = [Mapping(BIAS + page * 0x1000, 0x1000, 0, None) for page in range(3)]
    assert find_biases(SMALL, mappings) == (BIAS,)


def test_one_mapping_that_fits_several_segments_leaves_it_open():
    assert len(find_biases(SMALL, [Mapping(BIAS + 0x1000, 0x1000, 0, None)])) > 1


def test_addresses_of_frames_tell_which_of_several_it_is_for_they_lie_in_code():
    assert find_biases(SMALL, [Mapping(BIAS, 0x1000, 0, False)], [BIAS + 0x1A00]) == (BIAS,)


def test_without_an_offset_the_size_tells_which_segment_is_mapped():
    two = (*LLD, LoadSegment(0x6000, 0xA000, 0x1200, 0x1200, True))
    assert find_biases(two, [Mapping(BIAS + 0x2000, 0x5000, None, True)]) == (BIAS,)
    assert find_biases(two, [Mapping(BIAS + 0xA000, 0x2000, None, True)]) == (BIAS,)


def test_a_file_that_lost_its_offsets_is_placed_by_sizes():
    lost = tuple(one._replace(offset=None, file_size=0) for one in LLD)
    assert find_biases(lost, [Mapping(BIAS + 0x2000, 0x5000, 0x1000, True)]) == (BIAS,)
    assert svma_at(lost, 0x1A20) is None


@pytest.mark.parametrize(
    "mapping",
    [
        # longer than the segment with code
        Mapping(BIAS + 0x2000, 0x9000, 0x1000, True),
        # of another size, and nothing says from which offset
        Mapping(BIAS + 0x2000, 0x4000, None, True),
        # from an offset where the file has no code
        Mapping(BIAS + 0x2000, 0x1000, 0x9000, True),
    ],
)
def test_a_mapping_with_code_that_is_like_no_segment_is_of_another_build(mapping):
    assert find_biases(LLD, [mapping]) == ()


def test_a_program_that_is_not_moved_is_where_it_says_or_it_is_another_one():
    fixed = tuple(one._replace(address=one.address + 0x400000) for one in LLD)
    assert find_biases(fixed, [Mapping(0x402000, 0x5000, 0x1000, True)], moved=False) == (0,)
    assert find_biases(fixed, [Mapping(0x403000, 0x5000, 0x1000, True)], moved=False) == ()


@pytest.mark.parametrize("page", [0x1000, 0x4000, 0x10000])
def test_pages_may_be_of_4_16_or_64_kib(page):
    wide = (LoadSegment(0, 0, 0x36C, 0x36C, False), LoadSegment(0x1536C, 0x2536C, 0xA2CC, 0xA2CC, True))
    start, end = 0x2536C & -page, -(-0x2F638 // page) * page
    mapping = Mapping(0x550000000000 + start, end - start, 0x1536C & -page, True)
    assert find_biases(wide, [mapping]) == (0x550000000000,)
    assert find_biases(wide, [mapping._replace(offset=None)]) == (0x550000000000,)


def test_an_offset_in_the_file_is_an_address_where_an_executable_segment_has_it():
    assert svma_at(LLD, 0x1A20) == 0x2A20
    assert svma_at(LLD, 0x53CF) == 0x73CF - 0x1000
    assert svma_at(LLD, 0x53D0) is None
    assert svma_at(LLD, 0x10) is None


def test_mappings_and_segments_beyond_a_bound_are_not_compared():
    class Counted(tuple):
        asked = 0

        def __iter__(self):
            Counted.asked += 1
            return super().__iter__()

    segments = Counted(LLD)
    for count in (100, 400):
        Counted.asked = 0
        find_biases(segments, [Mapping(0x1000 * at, 0x1000, 0, True) for at in range(count)], range(10_000))
        assert Counted.asked < 400


# A program that BOLT wrote: code in two places, and between them data that takes more memory than it has in the file.
REORDERED = (
    LoadSegment(0x949BE40, 0x969BE40, 0x11D6C930, 0x11D6C930, True),
    LoadSegment(0x1B208780, 0x1B409780, 0x1B5E8, 0x1C1F0, False),
    LoadSegment(0x1B224980, 0x1B426980, 0x343888, 0xCA594C, False),
    LoadSegment(0x1B600000, 0x1C200000, 0x4A358AC, 0x4A358AC, True),
)


def test_an_offset_is_in_what_the_file_has_of_a_segment_and_not_in_what_its_memory_has():
    assert svma_at(REORDERED, 0x1B63B4D0) == 0x1C23B4D0
    assert svma_at([one._replace(executable=True) for one in REORDERED], 0x1B63B4D0) == 0x1C23B4D0
    assert find_biases(REORDERED, [Mapping(BIAS + 0x1C200000, 0x4A36000, 0x1B600000, True)]) == (BIAS,)
    assert find_biases(REORDERED, [Mapping(BIAS + 0x969B000, 0x11D6E000, 0x949B000, True)]) == (BIAS,)
