"""Readable names of functions, from their place in the syntax tree.

The rules from syntax to name; positions are in `outline.py`. Names are `Cart.total`, `get Cart.size`, `new Cart`, `handlers.onClick`,
`exports.load`. They follow what V8 prints (ECMA-262 §8.4 NamedEvaluation, then V8's inference for assignments to properties), with the
class or object in front, as V8 prints a receiver. A callback without a name is `<anonymous>`; it never gets the name of a neighbour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from symbolicator.sourcemaps.names import ANONYMOUS, COMPUTED

if TYPE_CHECKING:
    from tree_sitter import Node

    from symbolicator.sourcemaps.languages import SourceText

STATIC_INITIALIZER = "<static_initializer>"
MEMBERS_INITIALIZER = "<instance_members_initializer>"

_MAX_CHAIN = 32
"""How far up a name is looked for, and how many parts it has at most."""
_MAX_NAME = 200


class Ancestor(NamedTuple):
    """A node above the current one. `name` is set if it is a function or class."""

    kind: str
    node: Node
    field: str | None
    owner: int
    name: str | None


class Name(NamedTuple):
    """A name, and the node of its identifier (None for anonymous functions)."""

    text: str
    identifier: Node | None


_UNNAMED = Name(ANONYMOUS, None)
_TRANSPARENT = {
    "parenthesized_expression",
    "as_expression",
    "satisfies_expression",
    "non_null_expression",
    "type_assertion",
    "jsx_expression",
}
_CLASSES = {"class", "class_declaration", "abstract_class_declaration"}
_FUNCTIONS = {"function_declaration", "function_expression", "generator_function", "generator_function_declaration", "function"}
_FIELDS = {"field_definition", "public_field_definition"}


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_NAME else text[:_MAX_NAME] + "…"


def key_name(source: SourceText, node: Node | None) -> str:
    """The name that a property key gives: `#next`, `a-b`, `12`, `[Symbol.iterator]`; `<computed>` if it is known only at run time."""
    if node is None:
        return COMPUTED
    if node.type == "computed_property_name":
        inner = node.named_child(0) if node.named_child_count else None
        folded = _literal(source, inner)
        if folded is not None:
            return _cut(folded)
        text = source.slice(inner) if inner is not None else ""
        return f"[{text}]" if text.startswith("Symbol.") and text[7:].isidentifier() else COMPUTED
    if node.type == "string":
        return _cut(source.slice(node)[1:-1])
    return _cut(source.slice(node))


def _literal(source: SourceText, node: Node | None) -> str | None:
    """The value of a string literal or of string literals added up; None for anything else."""
    parts: list[str] = []
    pending = [node]
    for _ in range(_MAX_CHAIN):
        if not pending:
            return "".join(reversed(parts))
        node = pending.pop()
        if node is None:
            return None
        if node.type in ("string", "number"):
            text = source.slice(node)
            parts.append(text if node.type == "number" else text[1:-1])
        elif node.type == "template_string" and all(child.type == "string_fragment" for child in node.named_children):
            parts.append(source.slice(node)[1:-1])
        elif node.type == "parenthesized_expression":
            pending.append(node.named_child(0) if node.named_child_count else None)
        elif node.type == "binary_expression" and source.slice_of(node.child_by_field_name("operator")) == "+":
            pending += [node.child_by_field_name("left"), node.child_by_field_name("right")]
        else:
            return None
    return None


def _this_name(stack: list[Ancestor], at: int) -> str | None:
    """What `this` is called within the ancestor `at`: its class, or the constructor function around it; None if that is unknown."""
    for i in range(at, -1, -1):
        ancestor = stack[i]
        if ancestor.kind in _CLASSES:
            return ancestor.name
        if ancestor.kind == "method_definition" and (i < 2 or stack[i - 2].kind not in _CLASSES):
            return None
        if ancestor.kind in _FUNCTIONS:
            # `function Cart() { this.total = () => …}`: only a capital tells a constructor from a function.
            last = (ancestor.name or "").rsplit(".", 1)[-1]
            return last if last[:1].isupper() else None
    return None


def target_name(source: SourceText, target: Node | None, stack: list[Ancestor], at: int) -> Name | None:
    """The name from an assignment's left side: `exports.load`, `Foo.bar` for `Foo.prototype.bar`; None for a pattern."""
    parts: list[str] = []
    identifier: Node | None = None
    for _ in range(_MAX_CHAIN):
        if target is None:
            break
        kind = target.type
        if kind in ("identifier", "shorthand_property_identifier_pattern", "shorthand_property_identifier"):
            parts.append(source.slice(target))
            identifier = identifier or target
            break
        if kind == "this":
            owner = _this_name(stack, at)
            if owner:
                parts.append(owner)
            break
        if kind == "member_expression":
            key = target.child_by_field_name("property")
            text = key_name(source, key)
            identifier = identifier or key
            if text != "prototype":
                parts.append(text)
            target = target.child_by_field_name("object")
        elif kind == "subscript_expression":
            folded = _literal(source, target.child_by_field_name("index"))
            parts.append(COMPUTED if folded is None else folded)
            identifier = identifier or target.child_by_field_name("index")
            target = target.child_by_field_name("object")
        elif kind in _TRANSPARENT:
            target = target.named_child(0) if target.named_child_count else None
        else:
            break
    return Name(_cut(".".join(reversed(parts))), identifier) if parts else None


def _is_last(node: Node, parent: Node) -> bool:
    count = parent.named_child_count
    last = parent.named_child(count - 1) if count else None
    return last is not None and last.id == node.id


def context_name(source: SourceText, node: Node, field: str | None, stack: list[Ancestor], parts: list[str]) -> Name | None:
    """The name of a function or class from its place: the variable, property, field or parameter whose value it is.

    `parts` are names already found below (a method's key within an object literal), innermost first; with them, the context only adds
    a prefix. None if the place has no name: an argument, an element, a returned value.
    """
    identifier: Node | None = None
    found = bool(parts)
    for at in range(len(stack) - 1, max(-1, len(stack) - 1 - _MAX_CHAIN), -1):
        kind, parent, parent_field, _, _ = stack[at]
        if kind in _TRANSPARENT or (kind == "object" and found):
            pass
        elif kind == "ternary_expression":
            if field == "condition":
                break
        elif kind == "binary_expression":
            if field != "right" or source.slice_of(parent.child_by_field_name("operator")) not in ("||", "&&", "??"):
                break
        elif kind == "sequence_expression":
            if not _is_last(node, parent):
                break
        elif kind == "pair" and field == "value":
            key = parent.child_by_field_name("key")
            parts.append(key_name(source, key))
            identifier = identifier if found else key
            found = True
        elif kind in _FIELDS and field == "value":
            key = _field_key(parent)
            parts.append(key_name(source, key))
            owner = stack[at - 2].name if at >= 2 else None
            if owner and owner != ANONYMOUS:
                parts.append(owner)
            identifier = identifier if found else key
            found = True
            break
        else:
            target: Node | None = None
            if kind in ("variable_declarator", "required_parameter", "optional_parameter") and field == "value":
                target = parent.child_by_field_name("name" if kind == "variable_declarator" else "pattern")
            elif kind in ("assignment_expression", "augmented_assignment_expression", "assignment_pattern", "object_assignment_pattern"):
                target = parent.child_by_field_name("left") if field == "right" else None
            elif kind == "jsx_attribute":
                # `<b onClick={() => …}>` becomes the property `onClick` of an object literal, which names it.
                target = parent.named_child(0)
                if target is not None and target.type == "property_identifier":
                    parts.append(source.slice(target))
                    identifier = identifier if found else target
                    found = True
                break
            elif kind == "export_statement" and field in ("value", "declaration"):
                # `export default` names the function "default" (ECMA-262 §16.2.3.7), but not the members of an object.
                if not found:
                    parts.append("default")
                    found = True
                break
            named = target_name(source, target, stack, at - 1) if target is not None else None
            if named is not None:
                parts.append(named.text)
                identifier = identifier if found else named.identifier
                found = True
            break
        node, field = parent, parent_field
    return Name(_cut(".".join(reversed(parts))), identifier) if found else None


def _field_key(node: Node) -> Node | None:
    # The JavaScript grammar calls a field's key `property`, the TypeScript grammar `name`.
    return node.child_by_field_name("property") or node.child_by_field_name("name")


def _own_name(node: Node) -> Node | None:
    """The identifier of a function or class itself; None if the parser had to skip something to reach it, as it may be another's."""
    own = node.child_by_field_name("name")
    if own is not None and node.has_error and any(child.is_error and child.end_byte <= own.start_byte for child in node.children):
        return None
    return own


def class_name(source: SourceText, node: Node, field: str | None, stack: list[Ancestor]) -> Name:
    """The name of a class: its own, else that of its assignment target."""
    own = _own_name(node)
    if own is not None:
        return Name(_cut(source.slice(own)), own)
    return context_name(source, node, field, stack, []) or _UNNAMED


def function_name(source: SourceText, node: Node, field: str | None, stack: list[Ancestor]) -> Name:
    """The name of a function, generator, arrow function or method, with its class or object in front."""
    own = _own_name(node)
    if node.type != "method_definition":
        if own is not None:
            return Name(_cut(source.slice(own)), own)
        return context_name(source, node, field, stack, []) or _UNNAMED
    key = key_name(source, own)
    words = {child.type for child in node.children if not child.is_named}
    prefix = "get " if words & {"get", "static get"} else "set " if "set" in words else ""
    holder = stack[-2] if len(stack) >= 2 and stack[-1].kind == "class_body" else None
    if holder is None:
        named = context_name(source, node, field, stack, [key])
        return Name(prefix + (named.text if named else key), own)
    if key == "constructor" and "static" not in words and own is not None and own.type in ("property_identifier", "string"):
        # The word `constructor` is never renamed; what a map can tell is the class.
        return Name(f"new {holder.name}", class_name(source, holder.node, holder.field, stack[:-2]).identifier)
    owner = holder.name if holder.name not in (None, ANONYMOUS) else ""
    return Name(f"{prefix}{owner}.{key}" if owner else prefix + key, own)
