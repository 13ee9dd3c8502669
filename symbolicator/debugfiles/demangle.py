"""Demangles linkage names: C++ (Itanium, MSVC), Rust (legacy, v0), Swift and D.

`demangle` gives the whole of it, `short_name` what a person would say: no return type, no arguments, template arguments where short.
Go's and Objective-C's names are readable as they are and pass through.

The library is `multi-demangle`. Its names of functions are those of binutils and LLVM, it gives up on a name whose expansion grows past
a million characters, and it takes 1–3 µs a name. LLVM's own, by way of `pydemumble`, is as quick, and prints the types of 8 % of libclang's
symbols more like `llvm-cxxfilt` does; but it makes 268 MB of a hostile name of 240 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from multi_demangle import demangle_symbol

from symbolicator.debugfiles.apple_names import block_name, is_swift, swift_name
from symbolicator.patterns import regex

MAX_SYMBOL: Final = 8192
"""A longer symbol is returned unchanged."""
MAX_NAME: Final = 1 << 16
"""A symbol with a longer name is returned unchanged."""
MAX_ARGUMENTS: Final = 24
"""Template arguments longer than this are written `<…>`."""

_MANGLED: Final = regex(r"_{1,4}Z[A-Za-z0-9]|_{1,2}R[A-Z0-9]|\?|_?\$[sSe]\w|_T0|_D\d")
# GCC's and LLVM's, and the numbers of LTO; `.resume` and the like are LLVM's coroutines; copies for one processor.
_NUMBERED: Final = "part|isra|constprop|llvm|lto_priv|clone|__uniq|__part|argprom|memprof|specialized"
_PROCESSORS: Final = r"resolver|ifunc|default|popcnt|sse[0-9a-z_]{0,8}|ssse3|avx[0-9a-z_]{0,20}|fma4?|bmi2?|arch_[a-z0-9_]{1,40}"
_CLONE: Final = regex(rf"(?:{_NUMBERED}|{_PROCESSORS}|cold|localalias|warm|hot|unlikely|cfi|cfi_jt|cleanup|resume|destroy|\d+)")
"""One word of a clone's suffix, which is dots and words."""
# A clone of a function whose name is not mangled. Go's names have dots of their own: `main.init.0`, `main.resolver`.
_C_CLONE: Final = regex(rf"([A-Za-z_$][\w$]*)((?:(?:\.(?:{_NUMBERED}))?\.\d+|\.cold|\.localalias|(?<!^main)\.(?:{_PROCESSORS}))+)")
_STRUCTOR: Final = regex(r"[CD]([12])(?=[EI])")
_SUFFIX: Final = regex(r"@plt$|@@?[A-Za-z][\w.]*$")

_TIDY: Final = regex(r"\[abi:\w*+\]|(?<!\s)\s*+(?:\[clone [^\]]{0,200}\]|\(\.[\w.]*+\)$)|::h[0-9a-f]{16}(?=$|\s|@)")
_DATA: Final = (
    "vtable for ",
    "VTT for ",
    "typeinfo ",
    "construction vtable for ",
    "guard variable for ",
    "reference temporary ",
    "{vtable(",
    "{vtt(",
)
_OPERATOR: Final = regex(r"\boperator\s*(\(\)|\[\]|<=>|<<=|>>=|->\*|->|<<|>>|<=|>=|<|>)(\s(?=<))?")
_QUALIFIERS: Final = ("&", " const", " volatile", " restrict", " noexcept")
_OVERRIDE: Final = "{virtual override thunk("
_BRACKET: Final = regex(r"[<>(){}]")
_HIDDEN: Final = regex("[\ue000-\ue07f]")
_OPENING: Final = {")": "(", ">": "<", "}": "{"}
_SPACE: Final = "\ue0ff"
_ANONYMOUS: Final = "\ue0fe"


def demangle(symbol: str) -> str:
    """The whole demangled name of a symbol, with arguments; the symbol itself if it is not mangled, cannot be read or is too long.

    A clone's suffix is put as binutils do, `f(int) [clone .cold]`, C's too; `@plt` stays, a symbol's version goes. Never raises.

    >>> demangle("_ZN3geo3Box3putEi.part.0")
    'geo::Box::put(int) [clone .part.0]'
    """
    if len(symbol) > MAX_SYMBOL:
        return symbol
    if not _MANGLED.match(symbol):
        clone = _C_CLONE.fullmatch(symbol) if "." in symbol else None
        return symbol if clone is None else f"{clone[1]} [clone {clone[2]}]"
    suffix = ""
    base = symbol
    if symbol[0] != "?":  # MSVC's names are full of `@`
        found = _SUFFIX.search(base)
        if found:
            suffix = "@plt" if found[0] == "@plt" else ""
            base = base[: found.start()]
        start = _clone_start(base)
        if start < len(base):
            suffix = f" [clone {base[start:]}]{suffix}"
            base = base[:start]
    try:
        name = demangle_symbol(base)
    except BaseException as error:  # a panic of the library's is no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        return symbol
    if not name or name == base or len(name) > MAX_NAME:
        return symbol
    return _as_binutils(name) + suffix


class Spoken(NamedTuple):
    """What a person calls a function; its whole name; and of functions that a compiler makes beside the one that was written, what it is of
    that: `@objc`, `partial apply`, `(1) await resume partial function`.
    """

    short: str | None
    full: str | None
    mark: str | None = None


def spoken(symbol: str | None, name: str | None) -> Spoken:
    """What a person calls a function, of its symbol and of what the compiler calls it (DW_AT_name).

    The symbol has more to say where it can be demangled; what the compiler says is better than a symbol that cannot be read.
    """
    full = demangle(symbol) if symbol else None
    if symbol and full and is_swift(symbol) and (swift := swift_name(base_name(symbol), full)) is not None:
        return Spoken(swift[0], full, swift[1])
    if name and (full is None or full == symbol):
        full = name
    block = block_name(demangle(full)) if full and "block" in full else None
    if block is not None:
        around = block.partition(" in ")
        return Spoken(f"{around[0]} in {short_name(around[2])}", full)
    return Spoken((short_name(full) if full else None) or name, full)


def base_name(symbol: str) -> str:
    """A symbol without a clone's suffixes, as in `/proc/kallsyms`.

    >>> base_name("drain.llvm.5788874478713290462")
    'drain'
    """
    return symbol[: _clone_start(symbol)]


def _clone_start(symbol: str) -> int:
    """Where the suffix of a clone begins; the symbol's length if it has none."""
    start = len(symbol)
    while (dot := symbol.rfind(".", 0, start)) >= 0 and _CLONE.fullmatch(symbol, dot + 1, start):
        start = dot
    return start


def twins(symbol: str) -> Iterator[str]:
    """The other name of a C++ constructor or destructor: of the whole object (`C1`) and of a base of it (`C2`), most often one function.

    >>> list(twins("_ZN6apiary6InsectC2Ei"))
    ['_ZN6apiary6InsectC1Ei']
    """
    for found in _STRUCTOR.finditer(symbol):
        yield f"{symbol[: found.start(1)]}{'2' if found[1] == '1' else '1'}{symbol[found.end(1) :]}"


def _as_binutils(name: str) -> str:
    """`{vtable(A)}` → `vtable for A`, `{virtual override thunk({offset(-8)}, A::f())}` → `non-virtual thunk to A::f()`."""
    if name.startswith("{vtable(") and name.endswith(")}"):
        return f"vtable for {name[8:-2]}"
    if name.startswith("{vtt(") and name.endswith(")}"):
        return f"VTT for {name[5:-2]}"
    if name.startswith(_OVERRIDE) and name.endswith(")}"):
        offset, _, target = name[len(_OVERRIDE) : -2].partition("}, ")
        return f"{'virtual' if offset.startswith('{v') else 'non-virtual'} thunk to {target}"
    return name


def short_name(demangled: str) -> str:
    """A demangled name as a person says it. Takes time linear in the name; never raises.

    >>> short_name("void geo::Box<std::map<int, std::string, std::less<int> > >::put(int) const [clone .cold]")
    'geo::Box<…>::put'
    >>> short_name("<alloc::vec::Vec<T> as core::ops::Drop>::drop::h0123456789abcdef")
    '<alloc::vec::Vec<T> as core::ops::Drop>::drop'
    """
    text = _TIDY.sub("", demangled)
    if text.startswith((*_DATA, "-[", "+[")) or ".(*" in text or "[...]" in text or len(text) > MAX_NAME:
        return text
    plt = "@plt" if text.endswith("@plt") else ""
    text = text.removesuffix("@plt")
    for thunk in ("non-virtual thunk to ", "virtual thunk to ", "covariant return thunk to ", "transaction clone for "):
        text = text.removeprefix(thunk)
    outline = _outline(text)
    if outline is None:
        return text + plt
    outline = _without_qualifiers(outline.partition(" -> ")[0])
    conversion = outline.rfind("operator ")
    outline = outline[outline.rfind(" ", 0, conversion if conversion > 0 else len(outline)) + 1 :] if conversion != 0 else outline
    outline = outline.lstrip("*&")
    return (_restored(outline) or text) + plt


def _without_qualifiers(name: str) -> str:
    """`name` without the qualifiers after a function's arguments: ` const &&`."""
    end = len(name.rstrip())
    while word := next((one for one in _QUALIFIERS if name.endswith(one, 0, end)), ""):
        end -= len(word)
        while end and name[end - 1].isspace():
            end -= 1
    return name[:end].strip()


def _outline(text: str) -> str | None:
    """The name without its arguments, template arguments shortened, spaces and brackets that are part of names hidden; None where the
    brackets do not match.
    """
    text = text.replace("(anonymous namespace)", _ANONYMOUS).replace("'lambda'", "lambda")
    if "operator" in text:
        text = _OPERATOR.sub(lambda found: "operator" + "".join(chr(0xE000 + ord(c)) for c in found[1]) + _SPACE * bool(found[2]), text)
    open_brackets: list[str] = []
    parts: list[list[str]] = [[]]
    at = 0
    for found in _BRACKET.finditer(text):
        place = found.start()
        if place > at:
            parts[-1].append(text[at:place])
        at = place + 1
        char = found[0]
        if char in "<({":
            open_brackets.append(char)
            parts.append([])
            continue
        if char == ">" and (text[place - 1 : place] == "-" or open_brackets[-1:] == ["("]):  # an arrow, a comparison
            parts[-1].append(char)
            continue
        if not open_brackets or open_brackets.pop() != _OPENING[char]:
            return None
        content = "".join(parts.pop())
        outer = parts[-1]
        if char == "}":
            outer.append(f"{{{content}}}".replace(" ", _SPACE))
        elif char == ")":
            if "<" in open_brackets:
                outer.append(f"({content})".replace(" ", _SPACE))
        else:
            # `<` behind a name (or Rust's `name::`) holds arguments; elsewhere it is Rust's `<Type as Trait>`.
            last = outer[-1][-1:] if outer else ""
            arguments = last.isalnum() or last in {"_", "}", ":"} or last >= "\ue000"
            kept = "…" if arguments and len(content) > MAX_ARGUMENTS else content.strip()
            outer.append(f"<{kept}>".replace(" ", _SPACE))
    parts[-1].append(text[at:])
    return None if open_brackets else "".join(parts[0])


def _restored(outline: str) -> str:
    """The hidden characters again."""
    text = outline.replace(_SPACE, " ").replace(_ANONYMOUS, "(anonymous namespace)")
    return _HIDDEN.sub(lambda found: chr(ord(found[0]) - 0xE000), text)
