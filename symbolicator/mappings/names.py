"""Names of types and files: in descriptors, in mappings, and derived from classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_PRIMITIVES: Final = {
    "Z": "boolean",
    "B": "byte",
    "C": "char",
    "S": "short",
    "I": "int",
    "J": "long",
    "F": "float",
    "D": "double",
    "V": "void",
}
_SHORT: Final = 3
"""Shorter names come from a shrinker."""
_SOURCES: Final = (".java", ".kt", ".kts", ".groovy", ".scala", ".clj")


def parameter_types(signature: str, rename: Callable[[str], str | None] = lambda _: None) -> str | None:
    """The parameters of a method descriptor as mappings write them; None if it is not a descriptor. `rename` gives a class another name.

    >>> parameter_types("(I[Ljava/lang/String;)V")
    'int,java.lang.String[]'
    """
    end = signature.find(")")
    if not signature.startswith("(") or end < 0:
        return None
    types: list[str] = []
    i = 1
    while i < end:
        depth = 0
        while i < end and signature[i] == "[":
            depth += 1
            i += 1
        if i < end and signature[i] == "L":
            stop = signature.find(";", i, end)
            if stop < 0:
                return None
            name = signature[i + 1 : stop].replace("/", ".")
            name = rename(name) or name
            i = stop
        elif i < end and signature[i] in _PRIMITIVES:
            name = _PRIMITIVES[signature[i]]
        else:
            return None
        types.append(name + "[]" * depth)
        i += 1
    return ",".join(types)


def is_source_file(name: str | None) -> bool:
    """Whether a frame's file is an original one, not a shrinker's placeholder (`SourceFile`, `r8-map-id-…`).

    >>> is_source_file("Cart.kt"), is_source_file("SourceFile"), is_source_file("Unknown Source")
    (True, False, False)
    """
    return name is not None and name.endswith(_SOURCES)


def is_named_for(file: str, class_name: str) -> bool:
    """Whether a file is named after a class, or its outermost class.

    >>> is_named_for("Cart.kt", "shop.Cart$Line"), is_named_for("Till.kt", "shop.Cart")
    (True, False)
    """
    simple = class_name.rpartition(".")[2]
    return file.rpartition(".")[0] in {simple, simple[: simple.find("$", 1)] if "$" in simple[1:] else simple}


def is_shrunk_file(file: str, class_name: str) -> bool:
    """Whether a source file was invented by a shrinker for a class: both are as short as new names.

    >>> is_shrunk_file("b.java", "a.b"), is_shrunk_file("a.java", "a.b"), is_shrunk_file("Cart.kt", "a.b")
    (True, True, False)
    """
    stem = file.rpartition(".")[0]
    return len(stem) < _SHORT and stem.islower() and len(class_name.rpartition(".")[2].partition("$")[0]) < _SHORT


def file_of_class(class_name: str, like: str | None = None) -> str:
    """The file that a class would be in, if no mapping says: that of its outer class. `like` is a file of the same app, for its ending.

    >>> file_of_class("shop.Main$Cart$1"), file_of_class("shop.UtilKt"), file_of_class("shop.A", "B.kt")
    ('Main.java', 'Util.kt', 'A.kt')
    >>> file_of_class("shop.ComposableSingletons$CartKt$lambda-1$1")
    'Cart.kt'
    """
    simple = class_name.rpartition(".")[2].removeprefix("ComposableSingletons$")  # Compose's lambdas in a file
    outer = simple[: simple.find("$", 1)] if "$" in simple[1:] else simple
    if outer.endswith("Kt") and len(outer) > 2:
        return outer[:-2] + ".kt"  # the class for a Kotlin file's top-level functions
    ending = next((one for one in _SOURCES if like is not None and like.endswith(one)), ".java")
    return outer + ending
