r"""Causes of Java exceptions, and exceptions without frames of their own.

::

    a.A: outer                        `Caused by:` stands as far in as the exception that it caused, and below it;
    \tat …                            `Suppressed:` a tab further in than the one that suppressed it; its own causes as far in as itself.
    \tSuppressed: a.B: not closed     Logback prints the root cause first if told to, and `Wrapped by:` then goes the other way.
    \t\tat …
    \t\t... 3 more                    An exception whose frames are all the enclosing one's prints none: a header and `... 3 more`.
    Caused by: a.C: inner
    \t... 4 more

Crashlytics leaves a blank line above a cause. (`Throwable.printEnclosedStackTrace`, Java SE 17.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbolicator.traces.headers import LIKELY, Header
from symbolicator.traces.java.headers import read_java_header
from symbolicator.traces.lines import Line, body_start, prefix_end
from symbolicator.traces.node import Node

MAX_BETWEEN = 200
"""How many lines between two stacks are searched for exceptions without frames."""


class JavaChains:
    """Connects Java's exceptions, given in the order of the text, to trees; each tree's root is appended to `roots`."""

    def __init__(self, lines: Sequence[Line], roots: list[Node]) -> None:
        self._lines, self._roots = lines, roots
        self._tree: list[Node] = []
        """The exceptions of the current tree."""
        self._open: list[tuple[int, Node]] = []
        """Those to which a further one may belong, with their indentation: the last of each chain, each more indented than the previous."""
        self._next = 0
        """The first line below the last of them."""

    def add(self, node: Node) -> None:
        """The next exception with frames; those without, between it and the previous one, go first."""
        top = node.header_line if node.header is not None else node.stack.lines[0] if node.stack else self._next
        for other in self._between(top):
            self._attach(other)
        if node.header is not None and node.header.relation == "caused by" and not self._open:
            outer = self._frameless_above(node.header_line)
            if outer is not None:
                self._attach(outer)
        self._attach(node)
        self._next = node.stack.lines[-1] + 1 if node.stack else self._next

    def close(self) -> None:
        """No further Java stack follows: add those without frames after the last one."""
        for other in self._between(len(self._lines)):
            self._attach(other)
        self.forget()

    def forget(self) -> None:
        """Nothing that follows belongs to the current tree."""
        self._open.clear()
        self._tree.clear()

    def _attach(self, node: Node) -> None:
        header = node.header
        relation = header.relation if header else ""
        indent = header.indent - prefix_end(self._lines[node.header_line].plain) if header else 0
        while self._open and self._open[-1][0] > indent - (relation == "suppressed"):
            self._open.pop()
        last = self._open[-1] if self._open else None
        if relation == "suppressed" and last is not None:
            count = sum(child.source.startswith("suppressed") for child in last[1].children)
            last[1].adopt(node, f"suppressed[{count}]")
        elif relation == "caused by" and last is not None and last[0] == indent:
            self._open.pop()[1].adopt(node, "cause")
        elif relation == "wrapped by" and last is not None and last[0] == indent and last[1] is self._roots[-1]:
            node.adopt(self._open.pop()[1], "cause")
            self._roots[-1] = node
        else:
            self.forget()
            self._roots.append(node)
        self._open.append((indent, node))
        self._tree.append(node)

    def _between(self, end: int) -> Iterator[Node]:
        """The exceptions without frames in the lines up to `end`; drops the tree if something else is there."""
        if not self._open:
            return
        region = self._lines[self._next - 1].region
        frameless: Node | None = None
        for index in range(self._next, min(end, self._next + MAX_BETWEEN)):
            line = self._lines[index]
            body = line.plain[body_start(line.plain) :]
            header = read_java_header(line.plain) if body and line.region == region else None
            if header is not None and header.relation == "circular":
                self._echo(index, header)
            elif header is not None and header.relation in {"caused by", "suppressed", "wrapped by"}:
                frameless = Node(header, index, None, header.value)
                yield frameless
            elif body.startswith("... ") and line.region == region:
                frameless = None
            elif frameless is None and not body and line.region == region and end < len(self._lines):
                continue  # Crashlytics' blank line above a cause
            elif frameless is None or not body or line.region != region:  # else: its message goes on
                if end < len(self._lines) or body:
                    self.forget()
                return
        if end > self._next + MAX_BETWEEN:
            self.forget()

    def _echo(self, index: int, header: Header) -> None:
        for node in reversed(self._tree):
            if node.header is not None and (node.header.module, node.header.type) == (header.module, header.type):
                node.echoes.append((index, header))
                return

    def _frameless_above(self, index: int) -> Node | None:
        """An outermost exception created without a stack trace, on the line right above its cause."""
        above = self._lines[index - 1] if index else None
        header = read_java_header(above.plain) if above is not None and above.region == self._lines[index].region else None
        if header is None or header.relation or header.grade < LIKELY or header.type is None:
            return None
        return Node(header, index - 1, None, header.value)
