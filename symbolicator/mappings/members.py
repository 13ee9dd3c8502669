"""The members of a compiled mapping: the rows of a class's methods and fields by their new name, and the name of a row.

Rows are the numbers named in `kernels/mapping_numbers.py`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING
from zlib import crc32

from symbolicator.artifacts.tables import Table
from symbolicator.cached import cached_property
from symbolicator.kernels import mapping_numbers as mn
from symbolicator.mappings.classes import Classes
from symbolicator.mappings.groups import Row
from symbolicator.mappings.memo import remember
from symbolicator.mappings.text import text_at

if TYPE_CHECKING:
    from symbolicator.mappings.groups import Numbers

# Local names, because they are used often: a name in another module costs twice as much.
_FLAGS, _NAME, _NAME_SIZES, _RENAMED_SIZES, _OWNER = mn.FLAGS, mn.NAME, mn.NAME_SIZES, mn.RENAMED_SIZES, mn.OWNER
_SYNTHESIZED = mn.SYNTHESIZED
_WIDTH = mn.MEMBER_WIDTH


class Members:
    """Look-ups in the columns of members, whose owners are `classes`."""

    def __init__(self, table: Table, classes: Classes) -> None:
        self._table = table
        self._window = table.window
        self._classes = classes
        self._crossed = bool(table.meta.get("crossed"))
        self._rows: dict[tuple[str, str, int], Numbers] = {}
        self._made: dict[tuple[str, str], frozenset[tuple[str, str, str]]] = {}

    @cached_property
    def _keys(self) -> tuple[memoryview, memoryview]:
        return self._table.column("member_keys"), self._table.column("member_starts")

    def rows(self, class_name: str, name: str, seed: int = 0) -> Numbers:
        """The rows of the members of `class_name` (new) that became `name`, in the file's order: methods, or with
        the seed `FIELD_SEED` fields.
        """
        known = self._rows.get((class_name, name, seed))
        if known is None:
            encoded = name.encode("utf-8", "surrogatepass")
            key = crc32(class_name.encode("utf-8", "surrogatepass")) << 32 | crc32(encoded, seed)
            keys, starts = self._keys
            at = bisect_left(keys, key)
            known = array("I")
            if at < len(keys) and keys[at] == key:
                known.frombytes(self._window("members", _WIDTH * starts[at], _WIDTH * starts[at + 1]).cast("B"))
                # Names with one key are all the same, unless the whole file has a collision (`crossed`).
                if self._crossed:
                    rows = [known[i : i + _WIDTH] for i in range(0, len(known), _WIDTH)]
                    known = array("I", [number for row in rows if self._is(row, class_name, name) for number in row])
                elif not self._is(known[:_WIDTH], class_name, name):
                    known = array("I")
                if known and len(self._classes.renamed(class_name)) > 1:
                    known = self._of_last(known, class_name)
            remember(self._rows, (class_name, name, seed), known)
        return known

    def _of_last(self, numbers: Numbers, class_name: str) -> Numbers:
        """The rows of the last of several classes with one new name; of earlier ones only those at other lines."""
        classes = self._classes.renamed(class_name)
        same = {one.row for one in classes if one.original == classes[-1].original}
        rows = [row for i in range(0, len(numbers), _WIDTH) if (row := numbers[i : i + _WIDTH])[_OWNER] in same]
        last = max((row[_OWNER] for row in rows), default=-1)
        ranges = [(row[mn.FIRST], row[mn.LAST]) for row in rows if row[_OWNER] == last]
        low, high = min((first for first, _ in ranges), default=0), max((stop for _, stop in ranges), default=0)
        kept = [row for row in rows if row[_OWNER] == last or row[mn.LAST] < low or row[mn.FIRST] > high]
        return array("I", [number for row in kept for number in row])

    def _is(self, row: Row, class_name: str, name: str) -> bool:
        return self.renamed(row) == (class_name, name)

    def every(self) -> Numbers:
        """The rows of all members."""
        return array("I", self._table.column("members"))

    def renamed(self, row: Row) -> tuple[str, str]:
        """The new name of a member: class and name."""
        return self._classes.at(row[_OWNER]).renamed, text_at(self._table, row[mn.RENAMED], row[_RENAMED_SIZES] & 0xFFFF)

    def names(self, row: Row) -> tuple[str, str, str]:
        """The original of a member: class, method and parameters, which are one slice of the text, `[Class.]method(parameters`."""
        sizes, parameters, start = row[_NAME_SIZES], row[_RENAMED_SIZES] >> 16, row[_NAME]
        class_size, name_size = sizes >> 16, sizes & 0xFFFF
        stop = class_size + name_size
        size = stop + 1 + parameters
        text = str(self._window("text", start, start + size), "utf-8", "replace")
        if len(text) != size:  # not all ASCII: sizes are in bytes
            return (
                text_at(self._table, start, class_size - 1) if class_size else self._classes.at(row[_OWNER]).original,
                text_at(self._table, start + class_size, name_size),
                text_at(self._table, start + stop + 1, parameters),
            )
        owner = text[: class_size - 1] if class_size else self._classes.at(row[_OWNER]).original
        return owner, text[class_size:stop], text[stop + 1 :]

    def synthesized(self, class_name: str, method: str, numbers: Numbers) -> frozenset[tuple[str, str, str]]:
        """The methods of one new name that the compiler generated: the comment is below one range, but applies to all."""
        known = self._made.get((class_name, method))
        if known is None:
            marked = [i for i, flags in enumerate(numbers[_FLAGS::_WIDTH]) if flags & _SYNTHESIZED]
            known = frozenset(self.names(numbers[_WIDTH * i : _WIDTH * (i + 1)]) for i in marked)
            remember(self._made, (class_name, method), known)
        return known
