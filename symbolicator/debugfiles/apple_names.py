"""Names of Swift and Objective-C as Xcode shows them, and what is left of a name where symbols were taken away.

Swift mangles all of a declaration, and makes several functions of one: an entry for Objective-C, a specialisation, a part of an async
function after each `await`. People say the declaration's name without module and types, `Loader.load(url:)`; what the function is of it is
its mark, `(1) await resume partial function`. The names themselves are `multi-demangle`'s, in its short form; names of Swift before 4
(`_TFC…`) it cannot read.

A block of Objective-C or C is a function that the compiler calls after the one around it: `__45-[Gate open]_block_invoke_2`.
"""

from __future__ import annotations

from typing import Final

from multi_demangle import DemangleOptions, demangle_symbol

from symbolicator.patterns import regex

_SWIFT: Final = regex(r"_?\$[sSe]\w|_T0\w")
_MAX_SYMBOL: Final = 8192
_SHORT: Final = DemangleOptions(return_type=False, parameters=False)
_MARKS: Final = regex(
    r"(@objc|@nonobjc|specialized|merged|partial apply|dispatch thunk|async function pointer|protocol witness|vtable thunk"
    r"|key path (?:getter|setter)) (?:for |of |to )?"
)
_LEFT_OUT: Final = regex(
    r"(\(\d{1,6}\) (?:await|suspend) resume partial function|back deployment (?:thunk|fallback)|distributed thunk|merged)(?: for)? "
)
"""Marks that the short form leaves out."""
_CONFORMANCE: Final = " in conformance "
_ASYNC_MAIN: Final = regex(r"_?async_MainT([QY])(\d{1,6})?_")
"""The parts of the program's own async `main`, whose name is not mangled."""
_MOST_MARKS: Final = 8
_BLOCK: Final = regex(r"_{2,3}(.+?)_block_invoke(?:_(\d{1,9}))?(?:\.\d{1,9})*")
_LENGTH: Final = regex(r"(\d{1,5})(?=[-+]\[)")
_INVOCATION: Final = "invocation function for block in "


def is_swift(symbol: str) -> bool:
    """Whether a symbol is one of Swift's, from version 4 on."""
    return _SWIFT.match(symbol) is not None or "async_MainT" in symbol


def swift_name(symbol: str, full: str) -> tuple[str, str | None] | None:
    """The short name of a Swift symbol, and its mark; `full` is its whole demangled name. None if it cannot be read.

    >>> swift_name("$s3App6LoaderC4loadyyF", "App.Loader.load() -> ()")
    ('Loader.load()', None)
    """
    main = _ASYNC_MAIN.fullmatch(symbol)
    if main is not None:
        part = 0 if main[2] is None else int(main[2]) + 1
        return "async_Main", f"({part}) {'await' if main[1] == 'Q' else 'suspend'} resume partial function"
    if len(symbol) > _MAX_SYMBOL or full == symbol:
        return None
    try:
        short = demangle_symbol(symbol, _SHORT)
    except BaseException as error:  # a panic of the library's is no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        return None
    if not short or short == symbol:
        return None
    marks: list[str] = []
    at = 0
    while (found := _LEFT_OUT.match(full, at)) is not None and len(marks) < _MOST_MARKS:
        marks.append(found[1])
        at = found.end()
    for _ in range(_MOST_MARKS):
        found = _MARKS.match(short)
        if found is None:
            break
        mark = found[1]
        if mark not in marks:
            marks.append(mark)
        short = short[found.end() :]
        if mark == "protocol witness":
            short = short.partition(_CONFORMANCE)[0]
    return short, ", ".join(marks) or None


def block_name(name: str) -> str | None:
    """What a person calls a block, by the compiler's name for it, demangled; None where it is none.

    >>> block_name("__12-[Gate open]_block_invoke_2")
    'closure #2 in -[Gate open]'
    """
    if name.startswith(_INVOCATION):
        return f"closure in {name[len(_INVOCATION) :]}"
    found = _BLOCK.fullmatch(name) if "_block_invoke" in name else None
    if found is None:
        return None
    around = found[1]
    length = _LENGTH.match(around)
    if length is not None:
        around = around[length.end() :]
    return f"closure #{found[2] or 1} in {around}"
