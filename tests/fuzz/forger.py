"""Compiled tables as nobody writes them: valid checksums, and numbers, lengths, types and words that do not go together.

A *kind* is a table of ours, made of a fixture, with everything that can be asked of its index. `forged` changes a table in some ways and
writes it with checksums that fit; `ask` puts the questions, and raises what a reader raises.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.artifacts.text import TextCompiler
from symbolicator.debugfiles.compiling import NativeCompiler
from symbolicator.debugfiles.dwarf.unclaimed_lines import StraysCompiler
from symbolicator.debugfiles.lazy import LazyIndex, OutlineCompiler, UnitsCompiler
from symbolicator.debugfiles.open_files import OpenFile
from symbolicator.debugfiles.wasm.symbol_maps import SymbolMapCompiler
from symbolicator.mappings import MappingCompiler
from symbolicator.sourcemaps.compiling import SourceMapCompiler
from symbolicator.sourcemaps.functions import FunctionCompiler

FIXTURES = Path(__file__).parents[2] / "fixtures"
NASTY = (
    0,
    1,
    2,
    3,
    7,
    0x7F,
    0x80,
    0xFF,
    511,
    512,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFE,
    0xFFFFFFFF,
    1 << 32,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
)
WIDTHS = {"b": 8, "B": 8, "h": 16, "H": 16, "i": 32, "I": 32, "q": 64, "Q": 64}
WORDS: tuple[Any, ...] = (
    None,
    0,
    -1,
    1 << 70,
    2.5,
    "",
    "x",
    [],
    [1],
    ["a", None],
    {"a": 1},
    True,
    [["a"]],
    "\ud800".encode("utf-8", "replace").decode(),
)


class Kind(NamedTuple):
    """One kind of table: an honest one, what opens it, and the questions."""

    writer: TableWriter
    open: Callable[[Table], Any]
    ask: Callable[[Any, random.Random], None]


def _ask_native(index: Any, chance: random.Random) -> None:
    some = [chance.choice((0x1000, 0x2000, 0x401000)) + chance.randrange(0x2000) for _ in range(12)] + [0, (1 << 64) - 1, -1, 1 << 64]
    starts = index._table.column("starts").tolist()[:400]
    some += [start + chance.choice((0, 1)) for start in starts if 0 <= start < 1 << 64][:64]
    for svma in some:
        index.lookup(svma)
        index.rank(svma)
    index.lookup_many(some)
    index.lookup_many((some * 2100)[:2100])
    index.symbols_called("main", lambda name: name)
    assert isinstance(index.load_address + 1, int)
    " ".join((*index.warnings, *index.missing_splits, index.arch))


def _ask_outline(index: Any, chance: random.Random) -> None:
    addresses = memoryview(array("Q", sorted({chance.randrange(0x8000) for _ in range(24)} | {0, (1 << 64) - 1})))
    for units in index.covering(addresses):
        sorted(units)
    for address in addresses:
        index.before(address)
    assert isinstance(index.silent, tuple)
    " ".join((*index.warnings, *index.missing_splits, index.arch))


def _ask_strays(index: Any, chance: random.Random) -> None:
    for _ in range(24):
        index.at(chance.randrange(0x8000), chance.randrange(0x4000))


def _ask_map(index: Any, chance: random.Random) -> None:
    for line in (0, 1, 2, 5, 70, -1, 1 << 33):
        for column in (0, 1, 9, 200, 4222, -1, 1 << 40):
            hit = index.lookup(line, column)
            index.run_around(line, column)
            index.knows_columns(line, column)
            index.delegate(line, column)
            index.frames(line, column)
            if hit is not None:
                index.context(hit.source_index, hit.line, 5, 5)
                index.function_name(hit.source_index, hit.line, hit.column)
                index.function_at(line, column, (hit.source_index, hit.line, hit.column))
                index.content_holds(hit.source_index, "sourceMappingURL=")
                index.content_digest(hit.source_index)
        index.last_column(line)
        index.only_line(line)
        index.section_at(line)
    for source in range(-1, min(index.source_count, 6) + 1):
        if 0 <= source < index.source_count:
            index.source(source)
            index.is_ignored(source)
        index.has_content(source)
        index.content(source)
        index.context(source, chance.randrange(20), 3, 3)
        index.function_name(source, chance.randrange(20), 3)
    _ = index.line_count, index.extras.hermes_address("0", 1, 2), index.scopes
    " ".join((*index.warnings, index.debug_id or "", index.file or ""))


def _ask_functions(index: Any, chance: random.Random) -> None:
    for _ in range(30):
        line, column = chance.randrange(-1, 60), chance.randrange(-1, 80)
        index.name_at(line, column)
        index.enclosing(line, column)
        index.anonymous_in(line, column)
        index.identifier_at(line, column)
    len(index)


def _ask_text(index: Any, chance: random.Random) -> None:
    for _ in range(30):
        line, column = chance.randrange(-1, 40), chance.randrange(-1, 90)
        index.context(line, 5, 5)
        index.line_size(line)
        for points in (False, True):
            index.byte_at(line, column, points)
        if 0 <= line < index.line_count:
            index.column_at(line, min(column, index.byte_count) if column > 0 else 0)
        index.slice(column, 3 * column)


def _ask_mapping(index: Any, chance: random.Random) -> None:
    names = [*(new for _, new in index.class_names())][:40]
    for name in (*chance.sample(names, min(8, len(names))), "a", "a.a", "no.such"):
        index.class_name(name)
        for method in ("a", "b", "<init>", "main"):
            for line in (None, 0, 1, 7, 70_000):
                index.frames(name, method, line, parameters="(La;I)V", source_file="SourceFile", thrown="a.a")
                index.covers(name, method, line)
                index.outline(name, method, line)
            index.fields(name, method)
            index.methods(name, method)
        index.new_names(name)
        index.file_of(name)
    index.counts()
    " ".join((*index.warnings, index.id or "", index.compiler or ""))


def _ask_symbols(index: Any, chance: random.Random) -> None:
    for number in (*range(8), chance.randrange(1 << 32)):
        index.lookup(number)
    index.functions  # noqa: B018


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of table, by name."""
    native = FIXTURES / "native" / "gcc-dwarf5" / "files"
    debug = next(path for path in sorted(native.rglob("*")) if path.is_file() and path.read_bytes()[:4] == b"\x7fELF")
    content = memoryview(debug.read_bytes())
    file = OpenFile(lambda: [content])
    go = FIXTURES / "native" / "go-stripped"
    found: dict[str, Kind] = {}

    def add(name: str, writer: TableWriter, opener: Callable[[Table], Any], ask: Callable[[Any, random.Random], None]) -> None:
        found[name] = Kind(writer, opener, ask)

    add("native", NativeCompiler().compile(content), NativeCompiler().open, _ask_native)
    for path in sorted(go.rglob("*")):
        if path.is_file() and path.read_bytes()[:4] == b"\x7fELF":
            add("native-go", NativeCompiler().compile(memoryview(path.read_bytes())), NativeCompiler().open, _ask_native)
            break
    units = UnitsCompiler(file, (0,), symbols=True)
    add("native-units", units.compile(), units.open, _ask_native)
    add("native-outline", OutlineCompiler(file).compile(), OutlineCompiler(file).open, _ask_outline)
    add("native-strays", StraysCompiler(file).compile(), StraysCompiler(file).open, _ask_strays)
    add("wasm-symbols", SymbolMapCompiler().compile(memoryview(b"0:abort\n3:lift\n4:share\n")), SymbolMapCompiler().open, _ask_symbols)
    scopes = memoryview(
        b"""{"version":3,"sources":["a.ts"],"names":["f","x"],"sourcesContent":["a\\nb\\nc"],"mappings":"AAAAA,CAACA;AACA","x_facebook_sources":[[{"names":["<global>","f"],"mappings":"AAA,CCC"}]]}"""
    )
    add("sourcemap-small", SourceMapCompiler().compile(scopes), SourceMapCompiler().open, _ask_map)
    for case in ("esbuild-min", "metro-min", "hermes-O", "rollup-ignorelist"):
        one = next(iter(sorted((FIXTURES / "javascript" / case).rglob("*.map"))), None)
        if one is not None:
            add(f"sourcemap-{case}", SourceMapCompiler().compile(memoryview(one.read_bytes())), SourceMapCompiler().open, _ask_map)
    index_map = (
        b'{"version":3,"sections":[{"offset":{"line":0,"column":0},"url":"a.map"},{"offset":{"line":2,"column":3},"map":'
        + bytes(scopes)
        + b"}]}"
    )
    add("sourcemap-index", SourceMapCompiler().compile(memoryview(index_map)), SourceMapCompiler().open, _ask_map)
    script = b"class A { b() { return c => c } get d() { return 1 } }\nfunction e() { f(); }\n" * 8
    functions = FunctionCompiler("javascript")
    add("functions", functions.compile(memoryview(script)), functions.open, _ask_functions)
    add("text", TextCompiler().compile(memoryview("é\U0001f600x\r\nzwei\n".encode() * 300)), TextCompiler().open, _ask_text)
    for number, path in enumerate(sorted((FIXTURES / "jvm").rglob("mapping.txt"))[:2]):
        add(f"mapping-{number}", MappingCompiler().compile(memoryview(path.read_bytes())), MappingCompiler().open, _ask_mapping)
    return found


def copied(writer: TableWriter) -> TableWriter:
    """A writer of the same sections, whose columns may be changed."""
    copy = TableWriter(writer.kind, writer.version)
    copy.made_of, copy.meta = writer.made_of, dict(writer.meta)
    for name, view in writer._sections.items():
        copy._sections[name] = memoryview(array(view.format, view.tobytes()))
    return copy


def _number(chance: random.Random, code: str, count: int) -> int:
    value = chance.choice((chance.choice(NASTY), chance.randrange(max(count, 1)), count, count + 1, chance.randrange(1 << WIDTHS[code])))
    value &= (1 << WIDTHS[code]) - 1
    return value - (1 << WIDTHS[code]) if code in "bhiq" and value >> WIDTHS[code] - 1 else value


def forged(writer: TableWriter, chance: random.Random) -> TableWriter:
    """A copy of a table with one to four things in it that are not so."""
    copy = copied(writer)
    sections: dict[str, memoryview] = copy._sections
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        name = chance.choice(sorted(sections))
        values = array(sections[name].format, sections[name].tobytes())
        how = chance.choice(
            ("number", "number", "number", "many", "all", "cut", "longer", "empty", "type", "swap", "gone", "meta", "shuffle", "reverse")
        )
        if how in ("number", "many", "all") and values:
            places = range(len(values)) if how == "all" else [chance.randrange(len(values)) for _ in range(1 if how == "number" else 64)]
            value = _number(chance, values.typecode, len(values))
            for place in places:
                values[place] = value if how == "all" else _number(chance, values.typecode, len(values))
        elif how == "cut" and values:
            del values[chance.randrange(len(values)) :]
        elif how == "longer":
            values.extend([_number(chance, values.typecode, len(values))] * chance.choice((1, 2, 5, 512, 70_000)))
        elif how == "empty":
            del values[:]
        elif how == "type":
            code = chance.choice("bBhHiIqQ")
            raw = values.tobytes()
            values = array(code, raw[: len(raw) // (WIDTHS[code] // 8) * (WIDTHS[code] // 8)])
        elif how == "swap":
            other = chance.choice(sorted(sections))
            values = array(sections[other].format, sections[other].tobytes())
        elif how == "shuffle":
            mixed = values.tolist()
            chance.shuffle(mixed)
            values = array(values.typecode, mixed)
        elif how == "reverse":
            values.reverse()
        elif how == "gone":
            del sections[name]
            if not sections:
                return copied(writer)
            continue
        elif how == "meta":
            key = chance.choice([*copy.meta, "warnings", "load_address", "go_text", "hermes_function_offsets"])
            copy.meta[key] = chance.choice(WORDS)
        sections[name] = memoryview(values)
    return copy


def questions(name: str, chance: random.Random) -> None:
    """One forged table of a kind, asked everything. Raises what its reader raises."""
    kind = kinds()[name]
    kind.ask(kind.open(Table.open(forged(kind.writer, chance).to_bytes())), chance)


def lazy_index_over(outline: Table, content: memoryview) -> LazyIndex:
    """A debug file read unit by unit, by this outline."""
    file = OpenFile(lambda: [content])

    def part(compiler: Any, name: str) -> Any:
        return compiler.open(outline if compiler.name == "native-outline" else compiler.compile().table())

    return LazyIndex.kept(file, part)


__all__ = ["FIXTURES", "copied", "forged", "kinds", "lazy_index_over", "questions"]
