"""Names of .NET methods as traces write them, normalized for comparison.

The runtimes differ: CoreCLR writes `A.B.Inner.Run[T](String a)`, Mono `A.B+Inner.Run[T] (System.String a)` or
``A.B`1+Inner[T].Run``, and what Android prints of a type ``A.B`1+Inner[[System.Int32, …]]``.
"""

from __future__ import annotations

from typing import Final

from symbolicator.portable_pdb.signatures import ANY

_ALIASES: Final = {
    "bool": "Boolean", "byte": "Byte", "sbyte": "SByte", "char": "Char", "double": "Double", "float": "Single", "int": "Int32",
    "uint": "UInt32", "nint": "IntPtr", "nuint": "UIntPtr", "intptr": "IntPtr", "uintptr": "UIntPtr", "long": "Int64", "ulong": "UInt64",
    "object": "Object", "short": "Int16", "ushort": "UInt16", "string": "String", "single": "Single",
}  # fmt: skip
"""C#'s own words, and what Mono prints in wrappers."""
_REFERENCES: Final = frozenset(("ref", "out", "in"))
_WORDS: Final = _REFERENCES | {"params", "this", "scoped"}


def plain_name(name: str) -> str:
    """A type and its method, or a type, in one form: nested types behind a dot, without the types that generics were made with.

    >>> plain_name("A.B`1+Inner[T].Run[U]"), plain_name("A.B`1.Inner.Run")
    ('A.B`1.Inner.Run', 'A.B`1.Inner.Run')
    """
    if "[" in name:
        name = without_brackets(name)
    return name.replace("+", ".").replace("/", ".")


def without_brackets(name: str) -> str:
    """A name without the text in square brackets."""
    return _bracketed(name)[0]


def _bracketed(name: str) -> tuple[str, list[str]]:
    """A name without the text in square brackets, and that text; unclosed brackets extend to the end."""
    kept, inner = list[str](), list[str]()
    depth = start = 0
    for at, char in enumerate(name):
        if char == "[":
            if depth == 0:
                kept.append(name[start:at])
                start = at + 1
            depth += 1
        elif char == "]" and depth:
            depth -= 1
            if depth == 0:
                inner.append(name[start:at])
                start = at + 1
    return "".join((*kept, name[start:] if depth == 0 else "")), inner


def split_outside(text: str, separator: str) -> list[str]:
    """The parts of `text` between separators outside of all brackets."""
    parts: list[str] = []
    depth = start = 0
    for at, char in enumerate(text):
        if char in "[<(":
            depth += 1
        elif char in "]>)":
            depth = max(depth - 1, 0)
        elif char == separator and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def argument_types(arguments: str) -> tuple[str, ...]:
    """The types in a trace's list of arguments, without namespaces, as `signatures.parameters` has them.

    >>> argument_types("System.Collections.Generic.List`1[System.Int32] a, System.String[] b, Int32& c, T d")
    ('List`1', 'String[]', 'Int32&', 'T')
    """
    if not arguments.strip():
        return ()
    return tuple(_type_of(part.strip()) for part in split_outside(arguments, ","))


def _type_of(argument: str) -> str:
    words = [word for word in split_outside(argument, " ") if word]
    by_reference = any(word in _REFERENCES for word in words)
    words = [word for word in words if word not in _WORDS]
    if not words:
        return ""
    head, inner = _bracketed(words[0])
    plain = head.rstrip("&*")
    marks = head[len(plain) :] or "&" * by_reference
    arrays = "".join(f"[{one}]" for one in inner if not one.strip(","))  # an array's brackets hold nothing but commas
    plain = plain.replace("+", ".").replace("/", ".").rpartition(".")[2]
    return _ALIASES.get(plain, plain) + arrays + marks


def fits(parameters: tuple[str, ...], arguments: tuple[str, ...]) -> bool:
    """Whether a method's parameters may be what a trace printed as arguments."""
    return len(parameters) == len(arguments) and all(
        one == other or ANY in one for one, other in zip(parameters, arguments, strict=True)
    )
