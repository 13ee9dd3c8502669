"""Return addresses stand behind calls: the compilers say in their debug information which addresses those are."""

import random
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from symbolicator.debugfiles.calls import AFTER, BEFORE, call_reader
from symbolicator.debugfiles.code import code_around
from symbolicator.debugfiles.opening import open_container

NATIVE = Path(__file__).parents[2] / "fixtures" / "native"
PROGRAMS = [
    *(
        "gcc-dwarf5/files/apiary",
        "clang-dwarf5/files/apiary",
        "crash-throw/files/libhive.so",
        "gcc-lto/files/apiary",
        "gc-lld/files/apiary",
    ),
    *(f"cross-{arch}/files/smoker" for arch in ("i386", "aarch64", "arm", "riscv64")),
]


def return_addresses(path: Path) -> set[int]:
    """Those of the calls that the compiler tells of: DWARF 5's call sites, and GNU's before them; not those that never return."""
    with path.open("rb") as file:
        found = set()
        for unit in ELFFile(file).get_dwarf_info().iter_CUs():
            for entry in unit.iter_DIEs():
                if entry.tag in ("DW_TAG_call_site", "DW_TAG_GNU_call_site") and not entry.attributes.keys() & {
                    "DW_AT_call_tail_call",
                    "DW_AT_GNU_tail_call",
                }:
                    address = entry.attributes.get("DW_AT_call_return_pc") or entry.attributes.get("DW_AT_low_pc")
                    found |= {address.value} if address and address.value else set()  # 0: the linker left its function out
        return found


def near_calls(path: Path, addresses):
    opened = open_container(memoryview(path.read_bytes()))
    read = call_reader(opened.arch, opened.little_endian)
    assert read is not None
    for address in addresses:
        around = code_around(opened, address, BEFORE, AFTER)
        assert around is not None
        yield address, read(*around)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_call_ends_right_before_every_return_address(program):
    found = dict(near_calls(NATIVE / program, return_addresses(NATIVE / program)))
    assert found
    assert {address for address, calls in found.items() if not calls & 1} == set()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("less", [1, 2, 4])
def test_an_address_that_was_made_less_is_as_far_from_the_end_of_its_call(program, less):
    returns = return_addresses(NATIVE / program)
    assert all(calls >> less & 1 for _, calls in near_calls(NATIVE / program, [address - less for address in returns]))


@pytest.mark.parametrize("program", PROGRAMS)
def test_few_other_addresses_have_a_call_before_them(program):
    opened = open_container(memoryview((NATIVE / program).read_bytes()))
    start, end = max(opened.executable_ranges, key=lambda one: one[1] - one[0])
    chance = random.Random(1)
    addresses = {chance.randrange(start, end) for _ in range(400)} - return_addresses(NATIVE / program)
    found = [calls for _, calls in near_calls(NATIVE / program, addresses)]
    assert sum(calls & 1 for calls in found) < len(found) / 8


X86 = "ffd0 41ffd3 ff5018 ff9000010000 ff1500010000 ff1424 ff542408 ff942480000000 ff14c500000000 67e800000000"
OTHERS = {
    "arm": "00f001f8 fff7fcff 00f000e8 9847 010000eb 33ff2fe1 000000fa",  # T32 bl (two), blx, blx r3; A32 bl, blx r3, blx
    "arm64": "01000094 e0023fd6 e00b3fd6 e10a3fd7",  # bl, blr x23, blraaz x23, blraa x23, x1
    "riscv64": "ef000000 e7800780 8297",  # jal, jalr a5, c.jalr t0
    "riscv32": "0120",  # c.jal
}


@pytest.mark.parametrize(("arch", "code"), [(arch, code) for arch, codes in ({"x86_64": X86} | OTHERS).items() for code in codes.split()])
def test_every_form_of_a_call_is_one(arch, code):
    given = bytes(8) + bytes.fromhex(code)
    read = call_reader(arch)
    assert read is not None
    assert read(given, len(given)) & 1


@pytest.mark.parametrize(
    ("arch", "code"),
    [
        ("x86_64", "ff14c5"),  # cut: four bytes of a displacement follow
        ("x86_64", "ffe0"),  # jmp *%rax
        ("x86_64", "ffd000"),
        ("arm", "feffffea"),  # b
        ("arm", "1847"),  # bx r3
        ("arm64", "00000014"),  # b
        ("arm64", "c0035fd6"),  # ret
        ("arm64", "e0021fd6"),  # br x23
        ("riscv64", "6f000000"),  # j
        ("riscv64", "8282"),  # c.jr t0
        ("riscv64", "0120"),  # c.addiw there, and no c.jal
        ("riscv64", "0290"),  # c.ebreak
    ],
)
def test_a_jump_is_no_call(arch, code):
    given = bytes(8) + bytes.fromhex(code)
    read = call_reader(arch)
    assert read is not None
    assert not read(given, len(given)) & 1


def test_what_has_no_code_tells_nothing():
    opened = open_container(memoryview((NATIVE / "crash-segv/files/symbols/build-7.sym").read_bytes()))
    assert code_around(opened, opened.executable_ranges[0][0] + 16, BEFORE, AFTER) is None
    assert call_reader("s390x") is None
    assert call_reader("arm", little_endian=False) is None
