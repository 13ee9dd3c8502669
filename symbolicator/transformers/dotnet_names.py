"""Readable names of .NET methods, and the owner of their code.

Compilers put what somebody wrote in one method into others: bodies of async methods and iterators (`<Run>d__5.MoveNext`), lambdas
(`<>c.<Main>b__0_0`), local functions (`<Main>g__Local|0_0`). C# since 6, Mono's mcs, Visual Basic and F# each have names of their own.
"""

from __future__ import annotations

from typing import Final

from symbolicator.patterns import regex

LAMBDA: Final = "<lambda>"
_FRAMEWORKS: Final = (
    "System.", "Microsoft.", "Mono.", "MonoTouch.", "ObjCRuntime.", "Internal.", "Interop.", "Windows.", "WinRT.", "Android.", "AndroidX.",
    "Java.Interop.", "Java.Lang.", "Xamarin.", "UnityEngine.", "UnityEngineInternal.", "mscorlib.", "FSharp.",
)  # fmt: skip
_NOT_THEIRS: Final = frozenset(("Interop", "<Module>"))
_MACHINE: Final = regex(r"d(?:__\d{1,9})?|c__(?:Iterator|async)[0-9A-F]{1,9}")
"""Behind `<Run>`: the type of an async method's, or an iterator's, body."""
_LAMBDA: Final = regex(r"b__[\w|-]{0,40}|m__[0-9A-F]{1,9}")
_LOCAL: Final = regex(r"g__([^|<>]{1,200})\|[\w|-]{1,40}")
_CLOSURE: Final = regex(r"<>c|<>[co]__\w{1,60}|<[^<>]{0,400}>c__AnonStorey[0-9A-F]{1,9}|_Closure\$__[\w-]{0,40}")
_BASIC_MACHINE: Final = regex(r"VB\$StateMachine_\d{1,9}_(\w{1,400})")
_BASIC_LAMBDA: Final = regex(r"_Lambda\$__[\w-]{1,40}")
_FSHARP: Final = regex(r"([A-Za-z_]\w{0,400})@\d{1,9}(?:-\d{1,9})?")
_FSHARP_CALLED: Final = frozenset(("Invoke", "Specialize"))
_MOVING: Final = frozenset(("MoveNext", "GenerateNext", "Resume"))
_ARITY: Final = regex(r"`\d{1,5}")
_CONSTRUCTORS: Final = {".ctor": "new", ".cctor": "static"}
_LONGEST: Final = 2_000
_MAX_DEPTH: Final = 8


def is_framework(module: str) -> bool:
    """Whether a type is .NET's own, or a framework's."""
    return module.startswith(_FRAMEWORKS) or module in _NOT_THEIRS


def tidied(module: str, function: str) -> tuple[str, str]:
    """The original names of a type and its method.

    >>> tidied("A.B+<Run>d__5", "MoveNext"), tidied("A.B.<>c__DisplayClass0_0", "<Main>b__0")
    (('A.B', 'Run'), ('A.B', 'Main.<lambda>'))
    >>> tidied("A.B", "<Main>g__Local|0_0"), tidied("A.List`1[T]", ".ctor"), tidied("A.B", "Run[T]")
    (('A.B', 'Main.Local'), ('A.List', 'new List'), ('A.B', 'Run'))
    """
    if len(module) + len(function) > _LONGEST:
        return module, function
    segments = _segments(module)
    method = function.partition("[")[0] if "[" in function else function
    method = _ARITY.sub("", method)
    while segments:
        last = _ARITY.sub("", segments[-1])
        body = _body(last, method)
        if body is not None:
            method = body
        elif not _CLOSURE.fullmatch(last):
            break
        segments.pop()
    method = _written(method)
    own = [_written(_ARITY.sub("", one)) for one in segments]
    for name, word in _CONSTRUCTORS.items():
        if own and (method == name or method.startswith(f"{name}.")):
            method = f"{word} {own[-1]}{method[len(name) :]}"
    return ".".join(own), method


def _body(kind: str, method: str) -> str | None:
    """The method whose body is a method of a type that a compiler made; None where the type is none of those."""
    basic = _BASIC_MACHINE.fullmatch(kind)
    if basic:
        return basic[1] if method in _MOVING else None
    closure = _FSHARP.fullmatch(kind)
    if closure:
        name = closure[1]
        return name if method in _MOVING else f"{name}.{LAMBDA}" if method in _FSHARP_CALLED else None
    inner, suffix = _unwrapped(kind)
    return inner if inner and _MACHINE.fullmatch(suffix) and method in _MOVING else None


def _written(name: str) -> str:
    """What a compiler's name of a method says of where it was written; other names as they are."""
    if _BASIC_LAMBDA.fullmatch(name):
        return LAMBDA
    within: list[str] = []
    for _ in range(_MAX_DEPTH):
        inner, suffix = _unwrapped(name)
        local = _LOCAL.fullmatch(suffix)
        if not inner:
            break
        if local:
            within.append(local[1])
        elif _LAMBDA.fullmatch(suffix):
            within.append(LAMBDA)
        elif suffix != "$" and not _MACHINE.fullmatch(suffix):  # `<Main>$`: the statements of a file without a method around them
            break
        name = inner
    return ".".join((name, *reversed(within)))


def _unwrapped(name: str) -> tuple[str, str]:
    """`<Main>b__0` → `Main`, `b__0`; the innermost brackets belong together. ("", "") for a name of another form."""
    if not name.startswith("<"):
        return "", ""
    depth = 0
    for at, char in enumerate(name):
        depth += (char == "<") - (char == ">")
        if depth == 0:
            return name[1:at], name[at + 1 :]
    return "", ""


def _segments(module: str) -> list[str]:
    """The parts of a type's name, outermost first, without the types that generics were made with."""
    parts: list[str] = []
    square = angle = start = 0
    kept: list[str] = []
    for at, char in enumerate(module):
        if char == "[":
            if square == 0:
                kept.append(module[start:at])
            square += 1
        elif char == "]" and square:
            square -= 1
            start = at + 1
        elif square == 0 and char in "<>":
            angle = max(angle + (1 if char == "<" else -1), 0)
        elif square == 0 and angle == 0 and char in ".+/":
            parts.append("".join((*kept, module[start:at])))
            kept, start = [], at + 1
    parts.append("".join((*kept, module[start:] if square == 0 else "")))
    return [one for one in parts if one]
