"""The owner of a class, where its source is, and readable names for compiler-generated methods."""

from __future__ import annotations

from typing import Final

from symbolicator.patterns import regex

_FRAMEWORKS: Final = (
    "java.",
    "javax.",
    "kotlin.",
    "kotlinx.",
    "android.",
    "androidx.",
    "com.android.",
    "dalvik.",
    "sun.",
    "jdk.",
    "com.sun.",
    "libcore.",
    "com.facebook.react.",
)
_MADE_AT_RUN_TIME: Final = ("$$Lambda", "$Proxy", "LambdaForm$", "GeneratedMethodAccessor", "GeneratedConstructorAccessor")
_LAMBDA: Final = regex(r"lambda\$(?:([\w-]+?)\$)?\d+|([\w-]+?)\$lambda(?:\$|-)[\w-]+|\$r8\$lambda\$[\w-]+")
_ACCESSOR: Final = regex(r"access\$(?:([A-Za-z_]\w*)(?:\$[\w$]+)?|\d+)")
_SYNTHETIC: Final = regex(r"(?>(.+?)\$\$(?:(?:External|Internal)Synthetic|Lambda|inlined\$))\S*")


def is_framework(class_name: str) -> bool:
    """Whether a class belongs to the platform or a framework, not the app."""
    return class_name.startswith(_FRAMEWORKS)


def is_made_at_run_time(class_name: str) -> bool:
    """Whether the virtual machine generated the class: it is in no mapping and no source."""
    return any(word in class_name for word in _MADE_AT_RUN_TIME)


def source_path(class_name: str, file: str) -> str:
    """Where the source of a class is, below the folder of all sources: in the folder of its package."""
    package = class_name.rpartition(".")[0].replace(".", "/")
    return f"{package}/{file}" if package else file


def plain_name(class_name: str, method: str) -> str | None:
    """A readable name for a lambda, an accessor, a method of a generated class; None if the name is readable already.

    >>> plain_name("shop.Main", "lambda$total$0"), plain_name("shop.CartKt", "render$lambda$3"), plain_name("a.B", "access$100")
    ('Main.total (lambda)', 'CartKt.render (lambda)', 'B (accessor)')
    >>> plain_name("shop.Main$$ExternalSyntheticLambda0", "run"), plain_name("shop.Main", "total")
    ('Main (lambda)', None)
    """
    simple = class_name.rpartition(".")[2]
    outer = _SYNTHETIC.fullmatch(simple)
    if outer:
        return f"{outer[1]} (lambda)"
    found = _LAMBDA.fullmatch(method)
    if found:
        name = found[1] or found[2]
        return f"{simple}.{name} (lambda)" if name else f"{simple} (lambda)"
    accessor = _ACCESSOR.fullmatch(method)
    if accessor:
        return f"{simple}.{accessor[1]} (accessor)" if accessor[1] else f"{simple} (accessor)"
    return None
