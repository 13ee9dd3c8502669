"""The methods of an assembly by name: `AssemblyCompiler`, and the index over its table, `AssemblyIndex`.

Columns; methods are the rows of the assembly's table, from 1::

    keys         I   crc32 of each method's plain name (`names.py`), ascending; `rows` (I) the method of each
    sizes        I   the bytes of each method's IL; 0 where that is not known (AOT compilers may have taken it out)
    types            strings: each method's type, with its namespace, nested types behind a `.`
    methods          strings: its name
    parameters       strings: the types of its parameters, between commas (`signatures.py`)

    meta: mvid ("" where it says none), debug_ids of the PDB it names

Example: an assembly of one method `Run(String)` of `A.B`: keys crc32("A.B.Run"), rows 1, types "A.B", methods "Run", parameters "String".
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import Final
from zlib import crc32

import msgspec

from symbolicator.artifacts.damage import expect, over_table, texts
from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.errors import LimitExceeded
from symbolicator.portable_pdb import schema
from symbolicator.portable_pdb.assembly import Assembly
from symbolicator.portable_pdb.ids import debug_ids, guid_text
from symbolicator.portable_pdb.metadata import Metadata
from symbolicator.portable_pdb.names import plain_name
from symbolicator.portable_pdb.signatures import ANY, parameters

_MAX_DEPTH: Final = 64
MAX_FOUND: Final = 256
"""How many methods of one name are distinguished."""
_LONGEST: Final = 4096
"""Characters of a type's name, or a method's."""
_COST_PER_BYTE: Final = 8
_COST_AT_LEAST: Final = 1 << 20
"""Characters of all names and parameters together, by the bytes of the metadata: any may be shared by all."""


class Method(msgspec.Struct, frozen=True):
    """A method. `size` is the bytes of its IL, 0 if unknown."""

    row: int
    type: str
    name: str
    parameters: tuple[str, ...]
    size: int


class AssemblyCompiler:
    """Compiles the names in an assembly. Versions: 1, the first."""

    name: Final = "assembly"
    version: Final = 1

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table of one file. Raises `MalformedArtifact`."""
        (data,) = contents
        assembly = Assembly(data)
        rows = _Methods(assembly)
        order = sorted(range(len(rows.keys)), key=rows.keys.__getitem__)
        writer = TableWriter(self.name, self.version)
        writer.column("keys", array("I", [rows.keys[i] for i in order])).column("rows", array("I", [i + 1 for i in order]))
        writer.column("sizes", rows.sizes)
        writer.strings("types", rows.types).strings("methods", rows.names).strings("parameters", rows.parameters)
        pdb = assembly.code_view
        writer.meta = {
            "mvid": guid_text(assembly.mvid) if assembly.mvid else "",
            "debug_ids": list(debug_ids(pdb.guid, pdb.stamp)) if pdb else [],
        }
        return writer

    def open(self, table: Table) -> AssemblyIndex:
        """The index over a compiled table. Raises `DamagedTable`."""
        return AssemblyIndex(table)


class _Methods:
    """The methods of an assembly, in columns."""

    def __init__(self, assembly: Assembly) -> None:
        self._metadata = metadata = assembly.metadata
        self._most = self._left = _COST_AT_LEAST + _COST_PER_BYTE * metadata.nbytes
        self._type_names = [""]
        self._name_types()
        self._known: dict[int, str] = {}
        owners = _owners(metadata)
        self.keys, self.sizes = array("I"), array("I")
        self.types: list[str] = []
        self.names: list[str] = []
        self.parameters: list[str] = []
        for row, (address, _, _, name, signature, _) in enumerate(metadata.table(schema.METHOD_DEF), 1):
            owner = owners[row] if row < len(owners) else 0
            of = self._type_names[owner] if owner else ""
            own = metadata.string(name)[:_LONGEST]
            types = parameters(metadata.blob(signature), self._name_of)
            told = ",".join(types) if types is not None else ANY
            self._spend(len(of) + len(own) + len(told))
            self.types.append(of)
            self.names.append(own)
            self.parameters.append(told)
            self.keys.append(crc32(plain_name(f"{of}.{own}" if of else own).encode("utf-8", "replace")))
            self.sizes.append(assembly.code_place(address)[1])

    def _name_types(self) -> None:
        """The full name of each type, by its row; the first is nobody's."""
        metadata = self._metadata
        own = [("", "")]
        for _, name_at, space_at, *_ in metadata.table(schema.TYPE_DEF):
            own.append((metadata.string(space_at)[:_LONGEST], metadata.string(name_at)[:_LONGEST]))
            self._spend(len(own[-1][0]) + len(own[-1][1]))
        within = {row[0]: row[1] for row in metadata.table(schema.NESTED_CLASS)}
        for kind in range(1, len(own)):
            space, simple = own[kind]
            path, at = [simple], kind
            while len(path) < _MAX_DEPTH and 0 < within.get(at, 0) < len(own):
                at = within[at]
                space, simple = own[at]
                path.append(simple)
            full = ".".join(filter(None, (space, *reversed(path))))
            self._spend(len(full))
            self._type_names.append(full[:_LONGEST])

    def _spend(self, cost: int) -> None:
        self._left -= cost
        if self._left < 0:
            raise LimitExceeded(f"the names of its methods have more than {self._most} characters")

    def _name_of(self, token: int) -> str:
        """The name of a `TypeDefOrRef`, without its namespace."""
        if token not in self._known:
            table, row = (schema.TYPE_DEF, schema.TYPE_REF, -1, -1)[token & 3], token >> 2
            found = None if table < 0 else self._metadata.row(table, row)
            self._known[token] = ANY if found is None else self._metadata.string(found[1])[:_LONGEST]
        return self._known[token]


def _owners(metadata: Metadata) -> array[int]:
    """The row of the type of each method, by its row: each type has the methods from its first up to the next type's."""
    owners = array("I", bytes(4 * (metadata.count(schema.METHOD_DEF) + 1)))
    owner, next_ = 0, 1
    firsts = [first for *_, first in metadata.table(schema.TYPE_DEF)]
    for kind, first in enumerate([*firsts, len(owners)], 1):
        for method in range(next_, min(first, len(owners))):
            owners[method] = owner
        owner, next_ = kind, max(next_, first)
    return owners


@over_table
class AssemblyIndex:
    """A compiled assembly."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.count = table.length("keys")
        expect(
            table, {"keys": "I", "rows": "I", "sizes": "I"}, rows=self.count, sizes=self.count, types=self.count, methods=self.count,
            parameters=self.count,
        )  # fmt: skip
        self.mvid = str(table.meta.get("mvid", ""))
        self.debug_ids = texts(table, "debug_ids")

    def method(self, row: int) -> Method | None:
        """The method in a row, from 1; None if there is none."""
        if not 0 < row <= self.count:
            return None
        table, at = self._table, row - 1
        types = table.string("parameters", at) or ""
        return Method(
            row, table.string("types", at) or "", table.string("methods", at) or "", tuple(types.split(",")) if types else (),
            table.item("sizes", at),
        )  # fmt: skip

    def find(self, name: str) -> list[Method]:
        """The methods that a trace calls so, type and method in one; overloads are several."""
        plain = plain_name(name)
        key = crc32(plain.encode("utf-8", "replace"))
        keys = self._table.column("keys")
        found: list[Method] = []
        first = bisect_left(keys, key)
        for place in range(first, min(bisect_right(keys, key), first + MAX_FOUND)):
            method = self.method(self._table.item("rows", place))
            if method is not None and plain_name(f"{method.type}.{method.name}" if method.type else method.name) == plain:
                found.append(method)
        return found
