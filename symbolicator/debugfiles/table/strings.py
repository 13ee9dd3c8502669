"""The strings of a compiled native table, each decoded once."""

from __future__ import annotations

from struct import Struct
from typing import Final

from symbolicator.artifacts.tables import Table
from symbolicator.debugfiles.table.columns import Columns

_PAIR: Final = Struct("=2Q")


class Strings:
    """The strings by number, from 1; number 0 is None. Invalid UTF-8 is replaced."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.known: dict[int, str | None] = {0: None}
        """The decoded ones: batch look-ups use it directly."""

    def text(self, number: int, whole: Columns | None = None) -> str | None:
        """String `number`, from `whole` columns if the caller has them."""
        found = self.known.get(number)
        if found is None and number:
            if whole:
                start, stop = _PAIR.unpack_from(whole.string_starts, 8 * number - 8)
                found = str(whole.strings[start:stop], "utf-8", "replace")
            else:
                start, stop = self._table.window("string_starts", number - 1, number + 1)
                found = str(self._table.blob_window("strings", start, stop), "utf-8", "replace")
            self.known[number] = found
        return found
