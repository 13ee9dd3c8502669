"""Which of .NET's exceptions was thrown for which: the inner one's frames stand above those of the one around it (`headers.py`)."""

from __future__ import annotations

from symbolicator.traces.node import Node
from symbolicator.traces.stack import Stack


class DotnetChains:
    """Puts .NET's exceptions, given in the order of the text, into trees; each tree's root is appended to `roots`."""

    def __init__(self, roots: list[Node]) -> None:
        self._roots = roots
        self._last: Stack | None = None
        """The stack whose outer exceptions wait for their frames."""

    def add(self, node: Node) -> None:
        """The next exception with frames."""
        stack = node.stack
        assert stack is not None  # noqa: S101  # asked for stacks alone
        if stack.is_outer and self._last is not None and self._roots[-1].stack is self._last:
            node.adopt(self._roots.pop(), "cause")
        else:
            self.close()
            if stack.listed >= 0 and self._roots and self._is_next(stack):
                self._roots[-1].adopt(node, f"errors[{stack.listed}]")
                self._roots[-1].listed = stack.listed + 1
                return
        self._roots.append(node)
        self._last = stack

    def _is_next(self, stack: Stack) -> bool:
        root = self._roots[-1].stack
        return root is not None and root.is_dotnet and root.region == stack.region

    def close(self) -> None:
        """No frames follow of the exceptions around the last one."""
        last, self._last = self._last, None
        if last is None or self._roots[-1].stack is not last:
            return
        for header, line, _ in last.outer:
            node = Node(header, line, None, header.value)
            node.adopt(self._roots.pop(), "cause")
            self._roots.append(node)
