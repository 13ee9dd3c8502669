"""Which image a native frame lies in, and which instruction is looked up."""

import pytest

from symbolicator.model import ExceptionValue, Frame, Image, Stacktrace
from symbolicator.transformers.addresses import Images, call_address, faulted, is_exact

IMAGES = Images(
    [
        Image(image_addr=0x4000, image_size=0x100),
        Image(image_addr=0x1000, debug_id="85314830-023f-4cf1-a267-535f4e37bb17"),
        Image(image_addr=None),
    ]
)


@pytest.mark.parametrize(
    ("address", "mode", "found"),
    [
        # by the address they were loaded at, in whatever order they came
        (0x4010, None, (0, 0x10)),
        # no size reaches to the next image
        (0x3FFF, None, (1, 0x2FFF)),
        # beyond a size, and before all, lies nothing
        (0x4100, None, None),
        (0xFFF, None, None),
        # counted from an image, by its number or its id
        (0x20, "rel:0", (0, 0x20)),
        (0x20, "rel:85314830-023F-4CF1-A267-535F4E37BB17", (1, 0x20)),
        (0x20, "rel:9", None),
        (0x20, "rel:nonsense", None),
        (0x4010, "abs", (0, 0x10)),
    ],
)
def test_an_address_lies_in_the_image_that_was_there(address, mode, found):
    assert IMAGES.of(address, mode) == found


@pytest.mark.parametrize(
    ("arch", "address"),
    # return address 0x1008: the instruction before it
    [
        ("x86_64", 0x1007),
        ("arm64", 0x1004),
        ("arm64e", 0x1004),
        ("arm", 0x1006),
        ("mips", 0x1000),
        ("ppc64", 0x1004),
        ("sparc64", 0x1000),
        (None, 0x1007),
    ],
)
def test_the_call_stands_before_the_return_address(arch, address):
    assert call_address(0x1008, arch) == address


def test_an_address_at_zero_stays_there():
    assert call_address(0, "x86_64") == 0


def stack(*frames, faulted=True, **registers):
    return Stacktrace(frames=frames, registers=registers, faulted=faulted)


def test_the_crashing_frame_is_exact_and_its_callers_are_not():
    caller, crash = Frame(instruction_addr=1), Frame(instruction_addr=2)
    assert is_exact(crash, stack(caller, crash), 1, None)
    assert not is_exact(caller, stack(caller, crash), 0, "crash")


def test_a_top_frame_that_is_not_where_the_thread_faulted_is_a_return_address():
    crash = Frame(instruction_addr=2)
    assert not is_exact(crash, stack(crash, rip="0x7"), 0, None)
    assert is_exact(crash, stack(crash, rip="0x2"), 0, None)


def test_a_top_frame_is_exact_where_nothing_is_known_to_have_faulted():
    crash = Frame(instruction_addr=2)
    assert is_exact(crash, stack(crash, faulted=False, rip="0x7"), 0, None)


@pytest.mark.parametrize(
    ("arch", "register", "exact"),
    [
        ("arm", "r15", False),
        ("thumbv7", "pc", False),
        # a scratch register: r12 by another name
        ("armv7", "ip", True),
        # one of the sixteen that hold anything
        ("x86_64", "r15", True),
        (None, "r15", True),
        ("arm64", "r15", True),
        ("arm64", "pc", False),
        ("ppc64", "nip", False),
    ],
)
def test_the_register_that_tells_where_a_thread_stood_is_that_of_its_architecture(arch, register, exact):
    crash = Frame(instruction_addr=2)
    assert is_exact(crash, stack(crash, **{register: "0x7"}), 0, None, arch) is exact


@pytest.mark.parametrize(
    ("exception", "fault"),
    [
        # the mechanism says it, by name or by number
        ({"mechanism": {"meta": {"signal": {"number": 11, "name": "SIGSEGV"}}}}, True),
        ({"mechanism": {"meta": {"signal": {"number": 7}}}}, True),
        ({"mechanism": {"meta": {"signal": {"number": 6, "name": "SIGABRT"}}}}, False),
        # Linux's SIGUSR1 has the number of Darwin's SIGBUS
        ({"mechanism": {"meta": {"signal": {"number": 10, "name": "SIGUSR1"}}}}, False),
        # the mechanism has the first word
        ({"type": "SIGSEGV", "mechanism": {"meta": {"signal": {"number": 6}}}}, False),
        # the type says it
        ({"type": "SIGILL"}, True),
        ({"type": "SIGBUS / BUS_ADRALN"}, True),
        ({"type": "EXC_BAD_ACCESS / KERN_INVALID_ADDRESS"}, True),
        ({"type": "SIGABRT"}, False),
        ({"type": "std::runtime_error"}, False),
        # nothing is said, or nothing that can be read
        ({}, False),
        ({"mechanism": {"meta": {"signal": {"number": [11], "name": None}}}}, False),
        ({"mechanism": "generic"}, False),
    ],
)
def test_an_event_tells_whether_an_instruction_faulted(exception, fault):
    assert faulted([ExceptionValue(type=exception.get("type"), extra=exception)]) is fault


def test_what_a_signal_interrupted_is_exact():
    below, trampoline = Frame(instruction_addr=1), Frame(instruction_addr=2)
    assert is_exact(below, stack(below, trampoline), 0, "__restore_rt")


@pytest.mark.parametrize(("said", "exact"), [(True, False), (False, True)])
def test_a_frame_that_says_so_itself_is_believed(said, exact):
    frame = Frame(instruction_addr=2, extra={"adjust_instruction_addr": said})
    assert is_exact(frame, stack(frame), 0, None) is exact
