"""WebAssembly modules as containers: sections, addresses, functions and their names, ids."""

import random
from contextlib import suppress

import pytest

from symbolicator.debugfiles import DebugFile
from symbolicator.debugfiles.compiling import compile_container
from symbolicator.debugfiles.identify import identify
from symbolicator.debugfiles.opening import open_container
from symbolicator.debugfiles.table.index import NativeIndex
from symbolicator.debugfiles.wasm.file import WasmFile
from symbolicator.errors import LimitExceeded, MalformedArtifact, SymbolicatorError
from symbolicator.keys import FileKind
from tests.counting import steps
from tests.makers import dwarf_bytes
from tests.makers.wasm import CODE, FIXTURES, HEADER, bodies, custom, exports, imports, leb, names, section, text, without

BUILD_ID = bytes.fromhex("3ae4b8dff242733da453aeb6a777ef7501020304")
STEPS = 60_000


def module(*parts: bytes) -> WasmFile:
    return WasmFile(memoryview(HEADER + b"".join(parts)))


def named(file: WasmFile) -> list[tuple[int, int, str]]:
    return [(one.address, one.size, one.name.decode()) for one in file.symbols()]


def places(path, *offsets: int) -> list[list[tuple]]:
    """Function, file and line at offsets in a module, innermost first."""
    with DebugFile.open(path) as file:
        found = file.lookup_many([offset + file.container.load_address for offset in offsets])
    return [[(at.function or at.symbol, (at.file or "").rpartition("/")[2], at.line) for at in reversed(answer)] for answer in found]


# ── what engines print, found in DWARF ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", ["dwarf4", "dwarf5", "separate"])
def test_the_offset_that_node_prints_is_the_division_in_the_source(case):
    stack = (FIXTURES / case / "node.txt").read_text()
    trap, call = (int(line.rpartition(":")[2].rstrip(")\n"), 16) for line in stack.splitlines()[1:3])
    crash, caller = places(FIXTURES / case / "crane.wasm", trap, call)
    assert crash == [("share", "crane.c", 10), ("heaviest", "crane.c", 16)]
    assert caller == [("lift", "crane.c", 31)]


def test_an_address_before_the_code_is_no_function():
    assert places(FIXTURES / "dwarf5" / "crane.wasm", 0, 8, 0x40000000) == [[], [], []]


def test_a_module_without_dwarf_answers_by_its_name_section():
    assert places(FIXTURES / "names" / "crane.wasm", 0x131, 0x63) == [[("heaviest", "", 0)], [("lift", "", 0)]]


def test_a_function_of_dwarf_s_is_one_of_the_module_s_or_its_addresses_are_those_of_other_code():
    """As Binaryen leaves split units: it moves the code, and their addresses stay."""
    first, second = module(bodies(32, 32)).functions.starts
    called = dwarf_bytes.BODY_AT + len(dwarf_bytes.named("outer"))
    info = dwarf_bytes.named("outer") + dwarf_bytes.named("inner")
    for start, size in ((first, 40), (second + 3, 29)):
        info += dwarf_bytes.function(start, size, dwarf_bytes.BODY_AT, dwarf_bytes.inlined(start + 8, 4, called, 7))
    unit = custom(".debug_info", dwarf_bytes.unit(info, low=first, size=0x60)) + custom(".debug_abbrev", dwarf_bytes.ABBREVS)
    index = NativeIndex(compile_container(module(bodies(32, 32), names({0: "a", 1: "b"}), unit)).table())
    found = [[one.function or one.symbol for one in index.lookup(at)] for at in (first + 9, first + 31, second + 1, second + 12, second + 20)]
    assert found == [["outer", "inner"], ["outer"], ["b"], ["b"], ["b"]]


def test_the_debug_file_that_a_module_names_is_used_where_its_code_is_the_same(tmp_path):
    whole = (FIXTURES / "separate" / "crane.debug.wasm").read_bytes()
    (tmp_path / "crane.wasm").write_bytes((FIXTURES / "separate" / "crane.wasm").read_bytes())
    (tmp_path / "crane.debug.wasm").write_bytes((FIXTURES / "dwarf4" / "crane.wasm").read_bytes())
    assert places(tmp_path / "crane.wasm", 0x131) == [[]]
    (tmp_path / "crane.debug.wasm").write_bytes(without(whole, "name"))
    assert places(tmp_path / "crane.wasm", 0x131)[0][0] == ("share", "crane.c", 10)


# ── functions ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_functions_are_numbered_behind_the_imported_ones_and_begin_at_their_locals():
    file = module(imports(b"\0\0", b"\x03\x7f\0", b"\0\0"), bodies(5, 7), names({0: "log", 2: "first", 3: "second"}))
    assert named(file) == [(2, 5, "first"), (8, 7, "second")]
    assert file.functions.body(3) == (8, 15)
    assert file.functions.body(1) is None
    assert file.load_address == -(file.sections.find(CODE).start)


@pytest.mark.parametrize(
    "row",
    [
        b"\x01\x70\0\0",  # a table without a maximum
        b"\x01\x63\x70\x01\1\2",  # of nullable references, with one
        b"\x02\x03\1\2",  # a shared memory
        b"\x02\x08\1\x10",  # a memory of small pages
        b"\x03\x64\x6f\1",  # a global reference
        b"\x04\0\0",  # a tag
    ],
)
def test_imports_of_every_kind_are_passed_over(row):
    assert named(module(imports(row, b"\0\0"), bodies(4), names({1: "f"}))) == [(2, 4, "f")]


def test_an_import_of_a_kind_that_is_not_known_leaves_functions_without_names():
    file = module(imports(b"\x09\0"), bodies(4), names({0: "f"}))
    assert named(file) == []
    assert "kind 9" in " ".join(file.warnings)


def test_an_export_names_what_the_name_section_does_not():
    file = module(exports({"run": 0, "stop": 1}), bodies(4, 4), names({0: "crane::run()"}))
    assert [name for _, _, name in named(file)] == ["crane::run()", "stop"]
    assert [name for _, _, name in named(module(exports({"run": 0}), bodies(4)))] == ["run"]


def test_the_module_may_have_a_name():
    assert module(names({}, "crane")).module_name == "crane"
    assert module().module_name is None


def test_a_memory_of_64_bits_makes_the_module_wasm64():
    assert module(section(5, b"\1\4\1")).arch == "wasm64"
    assert module(section(5, b"\1\0\1")).arch == "wasm32"


# ── ids and what is in it ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", [leb(len(BUILD_ID)) + BUILD_ID, BUILD_ID])
def test_the_build_id_is_the_code_id_and_nothing_of_the_debug_id_is_swapped(content):
    file = module(custom("build_id", content))
    assert file.code_id == BUILD_ID.hex()
    assert file.debug_id == "3ae4b8df-f242-733d-a453-aeb6a777ef75"


def test_a_module_is_identified_by_its_ids_link_and_map():
    link, map_url = custom("external_debug_info", text("app.debug.wasm")), custom("sourceMappingURL", text("./app.wasm.map"))
    identity = identify("app", memoryview(HEADER + bodies(4) + names({0: "f"}) + link + map_url + custom("build_id", BUILD_ID)))
    assert identity.kind is FileKind.DEBUG_FILE
    assert identity.code_ids == (BUILD_ID.hex(),)
    assert set(identity.features) == {"code", "symbols", "debug_link"}
    assert (identity.debug_link, identity.map_url) == (("app.debug.wasm", None), "./app.wasm.map")


@pytest.mark.parametrize("data", [b"\0asm", b"\0asm\x0d\0\1\0", b"\0asm\2\0\0\0"])
def test_what_is_no_module_of_version_1_says_what_it_is(data):
    with pytest.raises(MalformedArtifact):
        open_container(memoryview(data))


# ── damage ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_module_that_is_cut_short_keeps_what_came_before():
    whole = HEADER + bodies(4, 4) + names({0: "f", 1: "g"})
    file = WasmFile(memoryview(whole[:-1]))
    assert "truncated" in file.warnings[0]
    assert file.functions.body(1) == (7, 11)


def test_a_number_without_end_and_sections_without_number_are_refused():
    assert module(section(CODE, b"\xff" * 20)).executable_ranges == ()
    with pytest.raises(LimitExceeded):
        module(custom("", b"") * 10_001)


def test_damaged_modules_raise_our_exceptions_alone_and_cost_little():
    rng = random.Random(14)
    samples = [(FIXTURES / place).read_bytes() for place in ("dwarf4/crane.wasm", "separate/crane.wasm", "lift/lift.wasm")]
    opened = 0
    for number in range(600):
        out = bytearray(samples[number % 3])
        for _ in range(rng.choice((1, 2, 8))):
            out[rng.randrange(8, len(out))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        data = memoryview(bytes(out[: rng.randrange(len(out))]) if number % 5 == 0 else bytes(out))
        with suppress(SymbolicatorError):
            assert steps(lambda: touch(data)) < STEPS  # noqa: B023
            opened += 1
    assert opened > 400


def touch(data: memoryview) -> None:
    identify("app.wasm", data)
    file = WasmFile(data)
    _ = file.features, file.arch, file.executable_ranges, file.module_name, len(file.symbols())
    compile_container(file)
