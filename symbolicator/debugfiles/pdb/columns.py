"""What is read of a PDB's modules, until it becomes a table (`table/columns.py`)."""

from __future__ import annotations

from symbolicator.debugfiles.table.buffers import stretched, zeros


class Columns:
    """What grows with each module: nodes, functions that are not inlined (`spans`: start and end of each), rows, chunks."""

    def __init__(self) -> None:
        self.nodes, self.node_starts = zeros("I", 0), zeros("Q", 0)
        self.functions, self.spans = zeros("I", 0), zeros("Q", 0)
        self.addresses, self.places, self.chunks = zeros("Q", 0), zeros("I", 0), zeros("Q", 0)

    def make_room(self, **wanted: int) -> None:
        """Room for so many items of columns, with what is in them. No kernel may hold them."""
        for name, count in wanted.items():
            column: memoryview = getattr(self, name)
            if len(column) < count:
                setattr(self, name, stretched(column, count + count // 2))
