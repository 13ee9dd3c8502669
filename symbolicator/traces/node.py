"""One exception or thread of a text: its header, its stack and its causes. `chain.py` connects them."""

from __future__ import annotations

from symbolicator.traces.headers import Header
from symbolicator.traces.stack import Stack


class Node:
    """One exception: its header, its stack (None if it has no frames), its causes, and where its parent keeps it."""

    __slots__ = ("children", "echoes", "header", "header_line", "listed", "parent", "source", "stack", "value")

    def __init__(self, header: Header | None, header_line: int, stack: Stack | None, value: str | None) -> None:
        self.header, self.header_line, self.stack, self.value = header, header_line, stack, value
        self.children: list[Node] = []
        self.parent: Node | None = None
        self.source = ""
        self.listed = 0
        """How many of its `errors` were seen."""
        self.echoes: list[tuple[int, Header]] = []
        """Lines that name it again (`[CIRCULAR REFERENCE: …]`)."""

    @property
    def indent(self) -> int:
        """The column of its header; frames without a header count as more indented than anything."""
        return self.header.indent if self.header else 1 << 30

    def adopt(self, child: Node, source: str) -> None:
        """Make `child` a cause of this one."""
        child.parent, child.source = self, source
        self.children.append(child)
