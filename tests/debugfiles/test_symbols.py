"""Symbols: which are kept, who wins, how far they reach; and the names of stubs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.debugfiles.elf.file import ElfFile
from symbolicator.debugfiles.lazy import LazyIndex
from symbolicator.debugfiles.symbols import GLOBAL, INDIRECT, THUMB
from tests.makers import dwarf_bytes as dw
from tests.makers.elf import (
    ALLOC,
    ARM,
    ARM64,
    DYNSYM,
    EXEC,
    GLOBAL_FUNC,
    GLOBAL_LABEL,
    I386,
    IFUNC,
    LOCAL_FUNC,
    LOCAL_LABEL,
    PPC64,
    PROGBITS,
    REL_FILE,
    RELA,
    WEAK_FUNC,
    Maker,
    program,
)  # fmt: skip


def ranges(maker):
    return [(symbol.address, symbol.size, symbol.name.decode()) for symbol in ElfFile(maker.build()).symbols()]


def of(rows, **kwargs):
    maker = program(**kwargs)
    maker.symbols(rows)
    return maker


@pytest.mark.parametrize(("bits", "little", "machine"), [(64, True, 62), (64, False, 22), (32, True, I386), (32, False, 8)])
def test_symbols_of_every_class_and_byte_order(bits, little, machine):
    maker = of([(b"g", 0x1020, 8, GLOBAL_FUNC, 1), (b"f", 0x1000, 16, LOCAL_FUNC, 1)], bits=bits, little=little, machine=machine)
    assert ranges(maker) == [(0x1000, 16, "f"), (0x1020, 8, "g")]
    assert [bool(symbol.flags & GLOBAL) for symbol in ElfFile(maker.build()).symbols()] == [False, True]


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        # global before weak before local
        ([(b"a", LOCAL_FUNC, 8), (b"bb", WEAK_FUNC, 8), (b"ccc", GLOBAL_FUNC, 8)], "ccc"),
        ([(b"a", LOCAL_FUNC, 8), (b"bb", WEAK_FUNC, 8)], "bb"),
        # functions before labels, sized before unsized; a linker's mark of where a section begins comes last
        ([(b"_ftext", GLOBAL_LABEL, 0), (b"mourn", LOCAL_FUNC, 8)], "mourn"),
        ([(b"a", GLOBAL_LABEL, 8), (b"bb", GLOBAL_FUNC, 8)], "bb"),
        ([(b"a", GLOBAL_FUNC, 0), (b"bb", GLOBAL_FUNC, 8)], "bb"),
        # then the shortest, then by the alphabet
        ([(b"long", GLOBAL_FUNC, 8), (b"b", GLOBAL_FUNC, 8), (b"a", GLOBAL_FUNC, 8)], "a"),
    ],
)
def test_of_aliases_one_is_chosen(rows, chosen):
    assert ranges(of([(name, 0x1000, size, info, 1) for name, info, size in rows])) == [(0x1000, 8, chosen)]


class Split(dw.Sections):
    """A function of C whose list of ranges begins with a piece that has a symbol of its own."""

    def __init__(self, piece):
        super().__init__(debug_info=dw.unit(dw.named("main") + dw.function(0x1040, 0x10, dw.BODY_AT)), debug_abbrev=dw.ABBREVS)
        self._symbols = ElfFile(of([(b"main", 0x1000, 16, GLOBAL_FUNC, 1), (piece, 0x1040, 16, LOCAL_FUNC, 1)]).build()).symbols()

    def symbols(self):
        return self._symbols


@pytest.mark.parametrize("piece", [b"main.__part.1", b"main.cold", b"main.cold.3"])
def test_a_piece_of_a_function_has_the_functions_symbol(piece):
    (found,) = LazyIndex(Split(piece)).lookup(0x1044)
    assert (found.function, found.symbol) == ("main", "main")


def test_a_clone_keeps_its_own_symbol():
    (found,) = LazyIndex(Split(b"main.constprop.0")).lookup(0x1044)
    assert (found.function, found.symbol) == ("main", "main.constprop.0")


def test_a_symbol_without_a_size_reaches_to_the_next_or_the_sections_end():
    assert ranges(of([(b"a", 0x1000, 0, GLOBAL_FUNC, 1), (b"b", 0x1010, 0, GLOBAL_FUNC, 1)])) == [(0x1000, 16, "a"), (0x1010, 0xF0, "b")]


def test_between_sized_symbols_there_is_nothing():
    symbols = ElfFile(of([(b"a", 0x1000, 8, GLOBAL_FUNC, 1), (b"b", 0x1010, 8, GLOBAL_FUNC, 1)]).build()).symbols()
    assert symbols.find(0x1007).name == b"a"
    assert symbols.find(0x1008) is None
    assert symbols.find(0xFFF) is None
    assert symbols.find(1 << 63) is None


def test_a_symbol_that_lies_inside_is_cut_out_of_the_other():
    maker = of([(b"outer", 0x1000, 0x40, GLOBAL_FUNC, 1), (b"inner", 0x1010, 0x10, LOCAL_FUNC, 1)])
    assert ranges(maker) == [(0x1000, 16, "outer"), (0x1010, 16, "inner"), (0x1020, 32, "outer")]
    assert ElfFile(maker.build()).symbols().find(0x1030).start == 0x1000


def test_of_symbols_that_overlap_the_later_wins():
    assert ranges(of([(b"a", 0x1000, 0x20, GLOBAL_FUNC, 1), (b"b", 0x1010, 0x20, GLOBAL_FUNC, 1)])) == [
        (0x1000, 16, "a"),
        (0x1010, 32, "b"),
    ]


def test_a_label_inside_a_sized_function_is_no_function():
    assert ranges(of([(b"f", 0x1000, 0x20, GLOBAL_FUNC, 1), (b"loop", 0x1010, 0, LOCAL_LABEL, 1)])) == [(0x1000, 32, "f")]


def test_a_size_beyond_the_section_ends_with_it():
    assert ranges(of([(b"f", 0x10F0, 1 << 60, GLOBAL_FUNC, 1)])) == [(0x10F0, 16, "f")]


def test_data_files_sections_and_undefined_symbols_are_left_out():
    rows = [
        (b"data", 0x1000, 0, 0x11, 1),
        (b"a.c", 0, 0, 0x04, 0xFFF1),
        (b"", 0x1000, 0, 0x03, 1),
        (b"puts", 0x1000, 0, GLOBAL_FUNC, 0),
        (b"end", 0x1100, 0, GLOBAL_LABEL, 1),
    ]
    assert ranges(of(rows)) == []


def test_what_is_called_an_object_and_lies_in_code_is_code_as_ghc_writes_it():
    rows = [(b"stg_ap_v_info", 0x1000, 0x20, 0x11, 1), (b"f", 0x1030, 8, GLOBAL_FUNC, 1), (b"table", 0x1030, 8, 0x11, 1)]
    assert ranges(of(rows)) == [(0x1000, 0x20, "stg_ap_v_info"), (0x1030, 8, "f")]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("memcpy@@GLIBC_2.14", "memcpy"),
        ("memcpy@GLIBC_2.2.5", "memcpy"),
        # Zig's names of tags, of which one contains a version.
        ("__zig_tag_name_@typeInfo(meta.Flags).Enum", "__zig_tag_name_@typeInfo(meta.Flags).Enum"),
        ("f@(g@V1)@V2", "f@(g@V1)"),
        # An `@` that nothing follows, that begins the name, or that is one too many.
        ("f@", "f@"),
        ("@V1", "@V1"),
        ("f@@@V1", "f@"),
    ],
)
def test_a_version_at_the_end_is_no_part_of_a_name_and_any_other_at_sign_is(written, name):
    assert told(written.encode()) == [name, name]


@given(st.text("a@(V1._", min_size=1, max_size=12))
def test_the_table_has_the_names_that_symbols_have(written):
    listed, tabled = told(written.encode())
    assert listed == tabled


def told(written):
    """The name of a symbol at 0x1000, as `Symbols` and as the table have it."""
    elf = ElfFile(of([(written, 0x1000, 8, GLOBAL_FUNC, 1)]).build())
    (symbol,) = elf.symbols()
    return [symbol.name.decode(), LazyIndex(elf).lookup(0x1004)[0].symbol]


def test_mapping_symbols_and_local_labels_are_left_out():
    rows = [
        (b"$x", 0x1000, 0, 0, 1),
        (b"$d.3", 0x1010, 0, 0, 1),
        (b".Lpcrel_hi9", 0x1020, 0, 0, 1),
        (b"$data$fn", 0x1030, 4, LOCAL_FUNC, 1),
        (b"$u", 0x1040, 4, 2, 1),
    ]
    assert ranges(of(rows, machine=ARM64)) == [(0x1030, 4, "$data$fn"), (0x1040, 4, "$u")]
    # Elsewhere a dollar begins names like any other.
    assert ("$x") in [name for _, _, name in ranges(of(rows))]


def test_the_thumb_bit_is_no_part_of_the_address():
    maker = of([(b"f", 0x1001, 8, GLOBAL_FUNC, 1)], bits=32, machine=ARM)
    (symbol,) = ElfFile(maker.build()).symbols()
    assert (symbol.address, bool(symbol.flags & THUMB)) == (0x1000, True)


def test_indirect_functions_are_functions():
    (symbol,) = ElfFile(of([(b"memcpy", 0x1000, 8, IFUNC, 1)]).build()).symbols()
    assert symbol.flags & INDIRECT


def test_a_powerpc_descriptor_leads_to_the_code():
    maker = program(machine=PPC64, little=False)
    opd = maker.add(".opd", (0x1040).to_bytes(8, "big") + bytes(16), PROGBITS, ALLOC, address=0x9000)
    maker.symbols([(b"main", 0x9000, 0x20, GLOBAL_FUNC, opd)])
    assert ranges(maker) == [(0x1040, 0x20, "main")]


def test_symbols_of_a_relocatable_file_lie_where_its_sections_are_put():
    maker = Maker(kind=REL_FILE)
    maker.add(".text", bytes(0x20), PROGBITS, ALLOC | EXEC)
    maker.add(".text.cold", bytes(0x20), PROGBITS, ALLOC | EXEC)
    maker.symbols([(b"f", 0, 0x10, GLOBAL_FUNC, 1), (b"f.cold", 0, 0x10, LOCAL_FUNC, 2)])
    assert ranges(maker) == [(0, 16, "f"), (0x20, 16, "f.cold")]


def test_an_object_file_may_number_sections_beyond_the_symbols_field():
    maker = program()
    maker.symbols([(b"f", 0x1000, 8, GLOBAL_FUNC, 0xFFFF)])
    table = next(i for i, section in enumerate(maker.sections) if section.name == ".symtab")
    maker.add(".symtab_shndx", maker.pack("II", 0, 1), 18, link=table)
    assert ranges(maker) == [(0x1000, 8, "f")]


def test_dynamic_symbols_serve_where_there_are_no_others():
    maker = program()
    maker.symbols([(b"shown", 0x1000, 8, GLOBAL_FUNC, 1)], ".dynsym", ".dynstr", DYNSYM)
    assert ranges(maker) == [(0x1000, 8, "shown")]
    assert ElfFile(maker.build()).is_stripped


JUMP = b"\xff\x25"
X86_CASES = [
    # .plt: the resolver's entry, then one that is bound lazily
    (62, ".plt", b"\xff\x35" + bytes(4) + JUMP + (0x100).to_bytes(4, "little") + bytes(4) + JUMP + (0x3000 - 0x2016).to_bytes(4, "little") + bytes(10), 0x2010),
    # .plt.sec: endbr64, then a jump
    (62, ".plt.sec", b"\xf3\x0f\x1e\xfa\xf2" + JUMP + (0x3000 - 0x200B).to_bytes(4, "little") + bytes(5), 0x2000),
    # .plt with CET: it pushes the relocation's number
    (62, ".plt", b"\xf3\x0f\x1e\xfa\x68" + bytes(4) + bytes(7), 0x2000),
    # .plt.got: 8 bytes an entry
    (62, ".plt.got", bytes(0) + JUMP + (0x3000 - 0x2006).to_bytes(4, "little") + b"\x66\x90", 0x2000),
    # i386: absolute, and relative to the table
    (I386, ".plt", JUMP + (0x3000).to_bytes(4, "little") + bytes(10), 0x2000),
    (I386, ".plt", b"\xff\xa3" + (0x0C).to_bytes(4, "little") + bytes(10), 0x2000),
    # arm64: adrp x16, +1 page; ldr x17, [x16]
    (ARM64, ".plt", (0xB0000010).to_bytes(4, "little") + (0xF9400211).to_bytes(4, "little") + bytes(8), 0x2000),
    # arm64 with BTI
    (ARM64, ".plt", b"\x5f\x24\x03\xd5" + (0xB0000010).to_bytes(4, "little") + (0xF9400211).to_bytes(4, "little") + bytes(12), 0x2000),
]  # fmt: skip


@pytest.mark.parametrize(("machine", "section", "code", "address"), X86_CASES)
def test_stubs_are_named_by_the_symbol_whose_slot_they_jump_through(machine, section, code, address):
    maker = program(machine=machine, bits=32 if machine == I386 else 64)
    table = maker.symbols([(b"puts@GLIBC_2.2.5", 0, 0, GLOBAL_FUNC, 0)], ".dynsym", ".dynstr", DYNSYM)
    maker.add(".rela.plt", maker.rela(0x3000, 1, 7, 0), RELA, link=table)
    maker.add(section, code, PROGBITS, ALLOC | EXEC, address=0x2000)
    maker.add(".got.plt", bytes(32), PROGBITS, ALLOC, address=0x2FF4)
    ((found, _, name),) = ranges(maker)
    assert (found, name) == (address, "puts@plt")
