"""The functions of a source text: which one every position belongs to.

The walk over the syntax tree, and the boundaries. A file is divided into *stretches*: from each start to the next, the text belongs to one
function. A position belongs to the function whose code *runs* there, which is not always the syntax around it:

* all of a function is its own, from `async`, its modifiers or its name to the closing brace: parameters and their defaults run inside;
* a computed key and a decorator run outside, where the class or object literal is evaluated; so does the name of a decorated method,
  where compilers place the call of its decorators (TypeScript's `__decorate`);
* the closing brace of a function called on the spot, `(function () { … })()`, belongs outside: maps place the *call* there;
* a field's value runs in `<instance_members_initializer>` or `<static_initializer>`, a static block in the latter (V8's names);
* `class` up to the class's name is where V8 places the frame of an implicit constructor: `new Cart`;
* the bodies of TypeScript's namespaces and enums become functions without a name;
* within an ERROR node only complete functions are known.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from symbolicator.errors import LimitExceeded
from symbolicator.patterns import regex
from symbolicator.sourcemaps.languages import MAX_PARSE_SECONDS, Block, Clock, SourceText, parse
from symbolicator.sourcemaps.names import ANONYMOUS
from symbolicator.sourcemaps.naming import MEMBERS_INITIALIZER, STATIC_INITIALIZER, Ancestor, class_name, function_name
from symbolicator.sourcemaps.places import UNKNOWN

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_NODES = 20_000_000
MAX_DEPTH = 200_000
_CHECK_EVERY = 8192

_FUNCTIONS = {
    "function_declaration", "function_expression", "generator_function", "generator_function_declaration", "arrow_function",
    "method_definition", "function",
}  # fmt: skip
_CLASSES = {"class", "class_declaration", "abstract_class_declaration"}
_FIELDS = {"field_definition", "public_field_definition"}
# Every construct that changes the owner contains one of these, so subtrees without them are never entered.
_INTEREST = regex(r"\{|=>|@")


class Function(NamedTuple):
    """A function: its readable name, the function around it (`UNKNOWN`: none), and the offset of its identifier (-1: none)."""

    name: str
    parent: int
    identifier: int


_Region = tuple[int, int, int]


class Outline(NamedTuple):
    """The functions of a text and the stretches they own: from `starts[i]` (an offset in UTF-16 code units) on, `owners[i]`."""

    source: SourceText
    functions: list[Function]
    starts: list[int]
    owners: list[int]


class _Class:
    """What is known about the class being walked: where its decorators and keys run, and its initializers once they were found."""

    __slots__ = ("initializers", "outer")

    def __init__(self, outer: int) -> None:
        self.outer = outer
        self.initializers: dict[str, int] = {}


def outline(text: str, language: str, *, seconds: float = MAX_PARSE_SECONDS, clock: Clock = time.thread_time) -> Outline:
    """The outline of `text`. Raises `LimitExceeded` past the bounds; a text with errors has fewer functions."""
    deadline = clock() + seconds
    source, blocks = parse(text, language, seconds=seconds, clock=clock)
    functions: list[Function] = []
    regions: list[_Region] = []

    def check(seen: int) -> None:
        if seen > MAX_NODES or clock() > deadline:
            raise LimitExceeded(f"reading the functions of {len(source.flat)} characters took too long, after {seen} nodes")

    for block in blocks:
        _Walk(source, block, (functions, regions), check).run()
    starts, owners = _stretches(regions)
    return Outline(source, functions, starts, owners)


def _stretches(regions: list[_Region]) -> tuple[list[int], list[int]]:
    """Nested regions (start, end, owner), flattened. Of regions with the same bounds the later one is the inner."""
    regions.sort(key=lambda region: (region[0], -region[1]))  # stable, so the walk's order decides between equals
    starts: list[int] = [0]
    owners: list[int] = [UNKNOWN]

    def put(start: int, owner: int) -> None:
        if starts[-1] == start:
            owners[-1] = owner
        elif owners[-1] != owner:
            starts.append(start)
            owners.append(owner)

    open_regions: list[tuple[int, int]] = [(1 << 62, UNKNOWN)]
    for start, end, owner in regions:
        while open_regions[-1][0] <= start:
            closed = open_regions.pop()[0]
            put(closed, open_regions[-1][1])
        put(start, owner)
        open_regions.append((end, owner))
    while len(open_regions) > 1:
        closed = open_regions.pop()[0]
        put(closed, open_regions[-1][1])
    return starts, owners


def _is_decorated(method: Node) -> bool:
    """Whether a method has decorators: its first children in JavaScript's grammar, the siblings before it in TypeScript's."""
    before, first = method.prev_named_sibling, method.named_child(0)
    return any(node is not None and node.type == "decorator" for node in (before, first))


class _Walk:
    """One pass over one tree, without recursion: a cursor, and the ancestors beside it."""

    def __init__(self, source: SourceText, block: Block, into: tuple[list[Function], list[_Region]], check: Callable[[int], None]) -> None:
        self.source, self.block = source, block
        self.functions, self.regions = into
        self.check = check
        self.width = source.width
        self.stack: list[Ancestor] = []
        self.classes: dict[int, _Class] = {}

    def add(self, name: str, parent: int, identifier: Node | None) -> int:
        """A new function; its number."""
        self.functions.append(Function(name, parent, -1 if identifier is None else identifier.start_byte // self.width))
        return len(self.functions) - 1

    def region(self, start_byte: int, end_byte: int, owner: int) -> None:
        """Text that `owner` runs in."""
        if end_byte > start_byte:
            self.regions.append((start_byte // self.width, end_byte // self.width, owner))

    def run(self) -> None:
        """Walk the tree; the answers are in `functions` and `regions`."""
        block, stack, width = self.block, self.stack, self.width
        top = UNKNOWN if block.top is None else self.add(block.top, UNKNOWN, None)
        if block.tree.root_node.type == "ERROR":
            top = UNKNOWN  # not even the top level is known
        # A map may point at the end of the text, which is still its top level's.
        self.region(block.start * width, (block.end + 1) * width, top)
        interests = [m.start() * width for m in _INTEREST.finditer(self.source.flat, block.start, block.end)]
        interests.append(1 << 62)
        upcoming = 0
        cursor = block.tree.walk()
        root = cursor.node
        if root is None or not cursor.goto_first_child():
            return
        stack.append(Ancestor("program", root, None, top, None))
        seen = 0
        while True:
            node = cursor.node
            if node is None:
                return
            seen += 1
            if seen % _CHECK_EVERY == 0:
                self.check(seen)
            start = node.start_byte
            while interests[upcoming] < start:
                upcoming += 1
            parent = stack[-1]
            if interests[upcoming] < node.end_byte or (parent.kind == "class_body" and node.is_named):
                entered = self.visit(node, cursor.field_name, parent)
                if cursor.goto_first_child():
                    if len(stack) > MAX_DEPTH:
                        raise LimitExceeded(f"the source is nested more than {MAX_DEPTH} deep")
                    stack.append(entered)
                    continue
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent() or len(stack) == 1:
                    return
                stack.pop()

    def visit(self, node: Node, field: str | None, parent: Ancestor) -> Ancestor:
        """What `node` changes: the regions it opens, and the owner and name for its children."""
        kind, owner, name = node.type, parent.owner, None
        if not node.is_named:
            pass
        elif kind in _FUNCTIONS:
            owner, name = self.function(node, kind, field, parent)
        elif kind in _CLASSES:
            name = self.open_class(node, field, parent)
        elif kind in _FIELDS:
            self.open_field(node, parent)
        elif kind == "class_static_block":
            owner = self.initializer(STATIC_INITIALIZER, parent)
            self.region(node.start_byte, node.end_byte, owner)
        elif kind == "decorator":
            owner = self.class_of(parent).outer
            self.region(node.start_byte, node.end_byte, owner)
        elif kind == "enum_body" or (kind == "statement_block" and parent.kind in ("internal_module", "module")):
            owner = self.add(ANONYMOUS, owner, None)
            self.region(node.start_byte, node.end_byte, owner)
        elif kind == "ERROR":
            owner = UNKNOWN
            self.region(node.start_byte, node.end_byte, owner)
        elif parent.kind in _FIELDS and field == "value":
            owner = self.field_owner(parent)
        return Ancestor(kind, node, field, owner, name)

    def function(self, node: Node, kind: str, field: str | None, parent: Ancestor) -> tuple[int, str]:
        """A function's own region, and the gaps in it."""
        outer = self.field_owner(parent) if parent.kind in _FIELDS and field == "value" else parent.owner
        name = function_name(self.source, node, field, self.stack)
        owner = self.add(name.text, outer, name.identifier)
        start, end = node.start_byte, node.end_byte
        if kind == "method_definition":
            key = node.child_by_field_name("name")
            parameters = node.child_by_field_name("parameters")
            # A key runs once, where the class is defined. So do decorators: what calls them is mapped to the name.
            outside = key is not None and (key.type == "computed_property_name" or _is_decorated(node))
            if outside and parameters is not None:
                start = parameters.start_byte
        self.region(start, end, owner)
        if kind in ("function_expression", "arrow_function", "generator_function") and self.is_called(field):
            body = node.child_by_field_name("body")
            if body is not None and body.type == "statement_block":
                self.region(end - self.width, end, outer)
        return owner, name.text

    def is_called(self, field: str | None) -> bool:
        """Whether the current function is the callee of a call, in parentheses or not."""
        for ancestor in reversed(self.stack):
            if ancestor.kind == "parenthesized_expression":
                field = ancestor.field
                continue
            return ancestor.kind == "call_expression" and field == "function"
        return False

    def open_class(self, node: Node, field: str | None, parent: Ancestor) -> str:
        """A class: its name, and the place of its implicit constructor."""
        name = class_name(self.source, node, field, self.stack)
        self.classes[node.id] = _Class(parent.owner)
        keyword = next((child for child in node.children if child.type == "class" and not child.is_named), None)
        body = node.child_by_field_name("body")
        if keyword is None or body is None:
            return name.text
        for member in body.named_children:
            key = member.child_by_field_name("name") if member.type == "method_definition" else None
            if key is not None and self.source.slice(key).strip("\"'") == "constructor":
                return name.text
        written = node.child_by_field_name("name")
        end = keyword.end_byte if written is None else written.end_byte
        self.region(keyword.start_byte, end, self.add(f"new {name.text}", parent.owner, written or name.identifier))
        return name.text

    def class_of(self, parent: Ancestor) -> _Class:
        """The class being walked; for a decorator in front of one, a placeholder with the current owner."""
        for ancestor in reversed(self.stack[-6:]):
            known = self.classes.get(ancestor.node.id) if ancestor.kind in _CLASSES else None
            if known is not None:
                return known
        return _Class(parent.owner)

    def initializer(self, name: str, parent: Ancestor) -> int:
        """The class's function of that name: one for all its instance fields, one for everything static."""
        known = self.class_of(parent)
        if name not in known.initializers:
            known.initializers[name] = self.add(name, known.outer, None)
        return known.initializers[name]

    def open_field(self, node: Node, parent: Ancestor) -> None:
        """A field: its value runs in an initializer, its key and decorators outside."""
        value = node.child_by_field_name("value")
        if value is None:
            return
        static = any(child.type == "static" for child in node.children if not child.is_named)
        owner = self.initializer(STATIC_INITIALIZER if static else MEMBERS_INITIALIZER, parent)
        self.region(value.start_byte, value.end_byte, owner)

    def field_owner(self, field: Ancestor) -> int:
        """The initializer that the field on top of the stack runs in."""
        static = any(child.type == "static" for child in field.node.children if not child.is_named)
        return self.initializer(STATIC_INITIALIZER if static else MEMBERS_INITIALIZER, field)


__all__ = ["Function", "Outline", "outline"]
