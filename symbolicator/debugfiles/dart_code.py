"""Where the code of a Dart program begins in its file: what its stacks without symbols count from.

Dart's compiler writes the code of a snapshot as one block, whose symbol stays in stripped files and in those with debug information alone:
`_kDartIsolateSnapshotInstructions` beside `_kDartVmSnapshotInstructions`, and `_kDartSnapshotText` in their place since Dart 3.12.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from symbolicator.debugfiles.container import Container

_SAME: Final = frozenset(("kDartIsolateSnapshotInstructions", "kDartSnapshotText"))
"""What the block is called that holds a program's functions: an app may print the one where its debug file has the other."""


def code_start(container: Container, symbol: str) -> int | None:
    """The svma of the block called `symbol`; None where the file has none of that name."""
    bare = symbol.lstrip("_")
    symbols = container.symbols()
    for name in dict.fromkeys((bare, *(_SAME if bare in _SAME else ()))):
        for table, heap in enumerate(symbols.heaps):
            for at in _places(bytes(heap), name.encode()):
                row = next((row for row, place in enumerate(symbols.name) if place == at and symbols.table[row] == table), None)
                if row is not None:
                    return symbols.start[row]
    return None


def _places(heap: bytes, name: bytes) -> Iterator[int]:
    """Where a heap has a name: with the underscore before it, and without."""
    at = heap.find(b"_" + name + b"\0")
    if at >= 0:
        yield from (at, at + 1)
