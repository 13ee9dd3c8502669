"""PDB files: ids, functions, inlined calls and lines, from the smallest file that shows each, and from linkers' own."""

import random
import shutil
import struct
import tracemalloc
from itertools import chain
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.debugfiles import DebugFile
from symbolicator.debugfiles.compiling import index_container
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.pdb.msf import Msf
from symbolicator.errors import LimitExceeded, MalformedArtifact
from tests.makers.pdb import (
    BLOCK,
    END,
    INLINE_END,
    LPROC,
    X86,
    Maker,
    inline,
    inlinees,
    lines,
    msf,
    procedure,
    public,
    record,
    separate,
    with_directory,
)

NATIVE = Path(__file__).parents[3] / "fixtures" / "native"
CLOSE, CLOSE_SITE = record(END, b""), record(INLINE_END, b"")
LENGTH, CODE, LINE, FILE = 4, 3, 6, 5


def index(maker, **how):
    return index_container(open_container(memoryview(maker.build(**how))))


def told(maker, address, **how):
    """(function, file, line, column) of each frame, outer first."""
    return [(one.function or one.symbol, one.file, one.line, one.column) for one in index(maker, **how).lookup(address)]


def caller():
    """`main` at 0x1000 to 0x1040, which calls `inner` in line 12; that begins in line 5 of b.hpp."""
    maker = Maker()
    maker.functions = ["inner"]
    # inner: 0x1010 to 0x1018 in line 6, then 8 bytes in line 7
    maker.symbols = procedure("main", 0, 0x40) + inline(0x1000, LINE, 2, CODE, 0x10, LINE, 2, CODE, 8, LENGTH, 8) + CLOSE_SITE + CLOSE
    maker.lines = lines(0, 0x40, [(0, 10), (0x10, 12), (0x20, 13)], columns=(1, 5, 3)) + inlinees((0x1000, 8, 5))
    return maker


def test_a_debug_id_is_the_guid_and_the_age_of_the_dbi_stream():
    content = memoryview(Maker(age=0x1F).build())
    assert open_container(content).debug_id == "3275a161-ec1a-a820-4c4c-44205044422e-1f"
    assert identify("a.pdb", content).debug_ids == ("3275a161-ec1a-a820-4c4c-44205044422e-1f",)


@pytest.mark.parametrize("permute", [False, True])
def test_an_inlined_call_stands_in_its_caller_at_the_line_of_the_call(permute):
    maker = caller()
    a, b = maker.files
    assert told(maker, 0x1008, permute=permute) == [("main", a, 10, 1)]
    assert told(maker, 0x1012, permute=permute) == [("main", a, 12, 5), ("inner", b, 6, 0)]
    assert told(maker, 0x101F, permute=permute) == [("main", a, 12, 5), ("inner", b, 7, 0)]
    assert told(maker, 0x1020, permute=permute) == [("main", a, 13, 3)]
    assert told(maker, 0x1040, permute=permute) == []


def test_calls_inlined_into_each_other_have_the_lines_of_their_callers():
    maker = caller()
    maker.functions.append("deepest")
    maker.symbols = procedure("main", 0, 0x40) + inline(0x1000, LINE, 2, CODE, 0x10, LENGTH, 0x10)
    maker.symbols += inline(0x1001, CODE, 0x14, LENGTH, 4) + CLOSE_SITE * 2 + CLOSE
    maker.lines += inlinees((0x1001, 8, 30))
    assert [(name, line) for name, _, line, _ in told(maker, 0x1015)] == [("main", 12), ("inner", 6), ("deepest", 30)]


def test_a_call_may_name_another_file_among_the_extra_files_of_its_function():
    maker = caller()
    maker.symbols = procedure("main", 0, 0x40) + inline(0x1000, FILE, 0, CODE, 0x10, LENGTH, 8) + CLOSE_SITE + CLOSE
    maker.lines = lines(0, 0x40, [(0, 10)]) + inlinees((0x1000, 8, 5), extra=[0])
    assert told(maker, 0x1012)[-1] == ("inner", maker.files[0], 5, 0)


def test_a_site_outside_of_its_function_claims_nothing_and_the_function_stays():
    maker = caller()
    maker.symbols = procedure("main", 0, 0x40) + inline(0x1000, CODE, 0x60, LENGTH, 8) + CLOSE_SITE + CLOSE
    assert told(maker, 0x1062) == []
    assert told(maker, 0x1012) == [("main", maker.files[0], 12, 5)]


def test_line_records_beyond_their_function_are_dropped_and_the_function_is_kept():
    maker = Maker()
    maker.symbols = procedure("main", 0, 0x40) + CLOSE
    maker.lines = lines(0, 0x40, [(0, 10), (0x80, 99)])
    assert told(maker, 0x103F) == [("main", maker.files[0], 10, 0)]
    assert told(maker, 0x1080) == []


def test_a_part_of_a_function_that_stands_elsewhere_is_that_function():
    maker = Maker()
    maker.symbols = procedure("main", 0, 0x40) + separate(0x800, 0x10) + CLOSE + CLOSE + procedure("next", 0x40, 0x10, LPROC) + CLOSE
    maker.lines = lines(0x800, 0x10, [(0, 77)])
    assert told(maker, 0x1808) == [("main", maker.files[0], 77, 0)]
    assert told(maker, 0x1048) == [("next", None, 0, 0)]


def test_lines_that_say_step_over_me_are_none():
    maker = Maker()
    maker.symbols = procedure("main", 0, 0x40) + CLOSE
    maker.lines = lines(0, 0x40, [(0, 10), (0x10, 0xF00F00)])
    assert told(maker, 0x1018)[0][2] == 0


def test_public_symbols_name_functions_and_end_where_the_next_begins():
    maker = Maker(X86)
    maker.symbols = procedure("hidden", 0x20, 0x10, LPROC) + CLOSE
    maker.publics = public("_fill@8", 0) + public("data", 0x10, section=2) + public("?press@apiary@@YAHH@Z", 0x80)
    assert [told(maker, at)[0][0] for at in (0x1000, 0x101F, 0x1020, 0x1080)] == ["fill", "fill", "hidden", "?press@apiary@@YAHH@Z"]
    assert told(maker, 0x1030) == []
    assert index(maker).lookup(0x1020)[0].symbol == "hidden"


def test_code_that_was_moved_after_it_was_linked_is_found_where_it_is_now():
    maker = caller()
    maker.omap = [(0x1000, 0x1500), (0x1010, 0), (0x1020, 0x1200), (0x1040, 0)]
    a = maker.files[0]
    assert told(maker, 0x1508) == [("main", a, 10, 1)]
    assert told(maker, 0x1208) == [("main", a, 13, 3)]
    assert told(maker, 0x1008) == []


def test_fastlink_is_said():
    maker = Maker()
    maker.features = (0, 20140508, 0x494E494D)
    assert any("FASTLINK" in warning for warning in index(maker).warnings)


def test_version_2_is_said():
    with pytest.raises(MalformedArtifact, match=r"version 2\.0"):
        open_container(memoryview(b"Microsoft C/C++ program database 2.00\r\n\x1aJG".ljust(BLOCK, b"\0")))


def test_a_program_leads_to_the_pdb_beside_it(tmp_path):
    with DebugFile.open(NATIVE / "pdb-x64" / "files" / "press.exe") as file:
        inner = file.lookup(0x140001028)[-1]
    assert (inner.function, inner.line) == ("apiary::strain", 22)


def event(code_id=True, **image):
    case = identify("press.exe", memoryview((NATIVE / "pdb-x64" / "files" / "press.exe").read_bytes()))
    ids = {"code_id": case.code_ids[0]} if code_id else {"debug_id": case.debug_ids[0]}
    image = {"type": "pe", "code_file": "C:\\apiary\\press.exe", "image_addr": "0x7ff600000000", **ids, **image}
    return {"platform": "native", "debug_meta": {"images": [image]}, "frames": [{"instruction_addr": "0x7ff600001028"}]}


def answer(folder, event):
    with Symbolicator([folder], cache_dir=False) as engine:
        return [(one["function"], one.get("lineno")) for one in engine.symbolicate(event)["frames"]]


WANTED = [("apiary::press", 37), ("apiary::strain", 22)]


def test_a_pdb_is_found_by_the_debug_id_whatever_it_is_called(tmp_path):
    shutil.copy(NATIVE / "pdb-x64" / "files" / "press.pdb", tmp_path / "a1b2")
    assert answer(tmp_path, event(code_id=False)) == WANTED


def test_a_program_found_by_its_code_id_leads_to_its_pdb(tmp_path):
    for name in ("exe", "pdb"):
        shutil.copy(NATIVE / "pdb-x64" / "files" / f"press.{name}", tmp_path / f"renamed.{name}")
    assert answer(tmp_path, event()) == WANTED


@pytest.mark.parametrize("shape", ["{0}/{1}/{0}", "pr/{0}/{1}/{0}"])
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_pdb_is_found_where_a_symbol_server_keeps_it(tmp_path, shape, case):
    asked = event(code_id=False, debug_file="C:\\build\\press.pdb")
    guid = asked["debug_meta"]["images"][0]["debug_id"].replace("-", "")
    path = tmp_path / shape.format("press.pdb", case(guid))
    path.parent.mkdir(parents=True)
    shutil.copy(NATIVE / "pdb-x64" / "files" / "press.pdb", path)
    assert answer(tmp_path, asked) == WANTED


def test_a_pdb_of_another_build_answers_nothing(tmp_path):
    shutil.copy(NATIVE / "pdb-x86" / "files" / "press.pdb", tmp_path)
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        out = engine.symbolicate(event(code_id=False))
    assert out["frames"][0].get("lineno") is None
    assert out["debug_meta"]["images"][0]["debug_status"] == "missing"


def test_a_list_that_names_one_block_again_and_again_takes_no_more_than_the_file():
    size = 1 << 22
    directory = struct.pack("<6I", 5, 0, size, 0, size, 0) + struct.pack("<I", 1) * (2 * size // BLOCK)
    content = with_directory([b"", bytes(BLOCK), bytes(BLOCK)], directory)
    tracemalloc.start()
    with pytest.raises(MalformedArtifact):
        index_container(open_container(memoryview(content)))
    assert tracemalloc.get_traced_memory()[1] < 4 * len(content)
    tracemalloc.stop()


def test_streams_that_share_their_blocks_have_no_more_bytes_than_the_file():
    content = bytes(BLOCK * 40)
    blocks = [b"", bytes(BLOCK), bytes(BLOCK), *(content[at : at + BLOCK] for at in range(0, len(content), BLOCK))]
    shared = struct.pack("<40I", *range(3, 43))
    count = 60
    directory = struct.pack(f"<{count + 1}I", count, *(len(content),) * count) + shared * count
    msf = Msf(memoryview(with_directory(blocks, directory)))
    assert len(msf.stream(1)) == len(content)
    with pytest.raises(LimitExceeded):
        list(map(msf.stream, range(count)))


def test_moved_code_is_gone_through_no_more_often_than_the_file_has_bytes():
    maker = caller()
    maker.omap = [(0x1000 + at, 0) for at in range(2000)]
    dbi = open_container(memoryview(maker.build())).dbi
    with pytest.raises(LimitExceeded):
        list(chain.from_iterable(dbi.moved(0x1000, 0x1000 + 2000) for _ in range(2000)))


def test_modules_that_share_a_stream_are_read_once():
    maker = caller()
    maker.modules = 4000
    assert open_container(memoryview(maker.build())).dbi.with_stream == [0]


def test_sites_in_one_another_without_end_are_read_without_recursion():
    maker = caller()
    maker.symbols = procedure("main", 0, 0x40) + inline(0x1000, CODE, 0x10, LENGTH, 8) * 20_000
    assert told(maker, 0x1012)[0][0] == "main"


def test_damaged_files_raise_ours_alone_and_cost_little():
    choice = random.Random(20)
    wholes = [caller().build(), *((NATIVE / name / "files" / "press.pdb").read_bytes() for name in ("pdb-x64", "pdb-x86"))]
    tracemalloc.start()
    for turn in range(600):
        content = bytearray(wholes[turn % 3])
        for _ in range(choice.randint(1, 30)):
            at = choice.randrange(len(content) - 4)
            value = choice.choice((b"\0", b"\xff\xff", b"\xff\xff\xff\x7f", b"\x01\x10\0\0", b"\x80"))
            content[at : at + len(value)] = value
        content = content[: choice.randrange(len(content))] if turn % 7 == 0 else content
        try:
            identify("a.pdb", memoryview(content))
            container = open_container(memoryview(content))
            container.symbols()
            found = index_container(container)
            found.lookup_many(range(0x1000, 0x1200, 3))
        except MalformedArtifact:
            pass
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


def test_streams_that_are_cut_short_are_said_to_be():
    content = msf([b"", bytes(100), b"", bytes(2000)])
    with pytest.raises(MalformedArtifact):
        open_container(memoryview(content[: 3 * BLOCK]))
