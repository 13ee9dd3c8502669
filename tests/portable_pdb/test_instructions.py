"""IL: where instructions begin, held against what runtimes say of real frames."""

from pathlib import Path

import pytest

from symbolicator.portable_pdb import Assembly, begins_instruction
from symbolicator.portable_pdb.schema import METHOD_DEF

DOTNET = Path(__file__).parents[2] / "fixtures" / "dotnet"


@pytest.mark.parametrize("case", ["debug", "release", "embedded"])
def test_runtimes_give_offsets_of_instructions(case):
    assembly = Assembly(memoryview((DOTNET / case / "files" / "harbour.dll").read_bytes()))
    seen = 0
    for line in (DOTNET / case / "frames.tsv").read_text().splitlines():
        fields = line.split("\t")
        if len(fields) == 9 and fields[2] == "harbour.dll":
            seen += 1
            assert begins_instruction(assembly.code(int(fields[0], 16) & 0xFFFFFF), int(fields[1]))
    assert seen > 70


@pytest.mark.parametrize("case", ["release", "mono", "vb"])
def test_a_method_ends_where_its_last_instruction_does(case):
    (path,) = (one for one in (DOTNET / case / "files").iterdir() if one.suffix in {".dll", ".exe"})
    assembly = Assembly(memoryview(path.read_bytes()))
    for row in range(1, assembly.metadata.count(METHOD_DEF) + 1):
        code = assembly.code(row)
        begins = [at for at in range(len(code)) if begins_instruction(code, at)]
        if code:
            assert begins[0] == 0
            assert code[begins[-1]] in (0x2A, 0x7A, 0xDD, 0xDE, 0x2B, 0x38, 0xDC)  # it returns, throws, leaves or goes back
            assert len(code) - begins[-1] in (1, 2, 5)
    assert not begins_instruction(memoryview(b""), 0)


def test_what_is_cut_short_has_no_instruction_behind_its_end():
    for code in (b"\x28\0", b"\xfe", b"\x45\xff\xff\xff\xff", b"\x45\1"):
        assert begins_instruction(memoryview(code), 0)
        assert not any(begins_instruction(memoryview(code), at) for at in range(1, 40))
