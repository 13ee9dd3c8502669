"""Which error caused which: from stacks with headers to trees of exceptions.

There are three notations: node's `[cause]:` and `[errors]: [ … ]`, nested by indentation inside the braces of their parent, and
`Caused by:` right below it. Errors without such a relation are separate trees. Java's three notations are in `java/chain.py`,
.NET's in `dotnet/chain.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolicator.traces.above import message
from symbolicator.traces.dotnet.chain import DotnetChains
from symbolicator.traces.headers import SURE, Header, read_header
from symbolicator.traces.java.chain import JavaChains
from symbolicator.traces.lines import Line, body_start
from symbolicator.traces.node import Node
from symbolicator.traces.stack import Stack

_ERRORS = "[errors]: ["
_THROWN_AT = ("Last Exception Backtrace", "*** First throw call stack")
MAX_UP = 20
"""How many lines above `[errors]: [` are searched for an error without frames."""


def build_trees(lines: Sequence[Line], stacks: Sequence[Stack]) -> list[Node]:
    """The outermost exceptions, in the order of the text, each with its causes below it."""
    nodes: list[Node] = []
    roots: list[Node] = []
    open_nodes: list[Node] = []  # the chain of indentation, outermost first; bounded by what a line can be indented
    region = 0
    java: JavaChains | None = None
    dotnet: DotnetChains | None = None
    for stack in stacks:
        node = Node(stack.header, stack.header_line, stack, message(lines, stack))
        if stack.is_java or stack.formats[0].name == "android":  # whose header is a Java exception's
            java = java or JavaChains(lines, roots)
            java.add(node)
            open_nodes.clear()
            continue
        if stack.is_dotnet:
            dotnet = dotnet or DotnetChains(roots)
            dotnet.add(node)
            open_nodes.clear()
            continue
        if stack.region != region:
            open_nodes.clear()
            region = stack.region
        last = nodes[-1] if nodes and nodes[-1].stack and nodes[-1].stack.region == region else None
        uncaught = _uncaught(lines, roots[-1], stack) if roots and stack.is_native else None
        if uncaught is not None:
            node.header, node.header_line, node.value = uncaught, roots[-1].header_line, uncaught.value
            node.adopt(roots.pop(), "reason")
            open_nodes.clear()
            if java is not None:
                java.forget()
        while open_nodes and open_nodes[-1].indent >= node.indent:
            open_nodes.pop()
        parent = open_nodes[-1] if open_nodes else None
        relation = node.header.relation if node.header else ""
        if relation == "cause" and (parent or last):
            (parent or last or node).adopt(node, "cause")
        elif relation == "caused by" and last is not None and _is_next(lines, last, node):
            last.adopt(node, "cause")
        elif node.header is not None:
            opening = _list_opening(lines, node)
            if opening is not None:
                holder = parent if parent is not None and parent.indent < body_start(lines[opening].plain) else None
                if holder is None or not _is_inside(lines, holder, opening):
                    holder = _frameless(lines, opening)
                    if holder is not None:
                        roots.append(holder)
                        open_nodes = [holder]
                if holder is not None:
                    holder.adopt(node, "errors[0]")
                    holder.listed = 1
            elif parent is not None and parent.listed and _follows_comma(lines, node):
                parent.adopt(node, f"errors[{parent.listed}]")
                parent.listed += 1
        if node.parent is None:
            roots.append(node)
            open_nodes.clear()
        open_nodes.append(node)
        nodes.append(node)
    if java is not None:
        java.close()
    if dotnet is not None:
        dotnet.close()
    return roots


def _uncaught(lines: Sequence[Line], last: Node, stack: Stack) -> Header | None:
    """The reason why iOS ended an app, if it is the message of the error above this native stack, which has a stack too: React Native."""
    head = lines[last.header_line].plain if last.header is not None else ""
    if last.stack is None or last.stack.is_native or last.stack.region != stack.region or "xception" not in head:
        return None
    from symbolicator.traces.native.headers import uncaught  # for native texts only

    between = lines[last.stack.end + 1 : stack.lines[0]]
    announced = any(line.plain.strip().startswith(_THROWN_AT) for line in between) or not any(line.plain.strip() for line in between)
    return uncaught(head) if announced and len(between) <= MAX_UP else None


def _is_next(lines: Sequence[Line], last: Node, node: Node) -> bool:
    """Whether only gaps (`... 5 more`) are between two exceptions."""
    end = last.stack.lines[-1] if last.stack else last.header_line
    return all(not lines[i].plain.strip() or lines[i].plain.strip().startswith("... ") for i in range(end + 1, node.header_line))


def _list_opening(lines: Sequence[Line], node: Node) -> int | None:
    """The line `[errors]: [` right above a header."""
    above = node.header_line - 1
    if above < 0 or not lines[above].plain.rstrip().endswith("["):
        return None
    return above if lines[above].plain.startswith(_ERRORS, body_start(lines[above].plain)) else None


def _follows_comma(lines: Sequence[Line], node: Node) -> bool:
    return node.header_line > 0 and lines[node.header_line - 1].plain.rstrip().endswith(",")


def _is_inside(lines: Sequence[Line], holder: Node, opening: int) -> bool:
    """Whether `[errors]: [` is in the braces that open after the holder's last frame or header."""
    start = holder.stack.lines[-1] if holder.stack else holder.header_line
    return lines[start].plain.rstrip().endswith("{") and opening - start <= MAX_UP * 10


def _frameless(lines: Sequence[Line], opening: int) -> Node | None:
    """The error without frames (`[AggregateError: x] {`) whose braces contain `[errors]: [`."""
    indent = body_start(lines[opening].plain)
    for index in range(opening - 1, max(-1, opening - MAX_UP), -1):
        plain = lines[index].plain
        if plain.strip() and body_start(plain) < indent:
            header = read_header(plain)
            sure = header is not None and header.grade == SURE and lines[index].region == lines[opening].region
            return Node(header, index, None, header.value) if header is not None and sure else None
    return None
