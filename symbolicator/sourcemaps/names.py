"""Function names as engines, bundlers and compilers write them, made readable.

It uses only the raw name, with one rule for each convention; if the source text is available, `functions.py` knows better. There are rules
only for unambiguous conventions: Babel's `_total2` may be an original name and is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from symbolicator.patterns import regex

ANONYMOUS = "<anonymous>"
"""The name of a function without a name."""
GLOBAL = "<global>"
"""The name of a file's top level."""
COMPUTED = "<computed>"
"""What stands for a key that only the running program knows."""

_MAX_NAME = 1024

_ANONYMOUS = {
    "anonymous", "(anonymous)", "<anonymous>", "[anonymous]", "?", "<unknown>", "(unknown)", "anonymous function", "(anonymous function)",
    "{anonymous}", "()", "(anonymous class)",
}  # fmt: skip
_GLOBAL = {"global code", "module code", "<global>", "(global)", "global", "<toplevel>", "(top level)"}
# ASCII letters, digits, `_`, `$`, and everything beyond ASCII: written as a negated class, which compiles in a twentieth of the time.
_IDENT = r"[^\x00-#%-/:-@\[-^`{-\x7f]+"

_Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def _accessor(found: re.Match[str]) -> str:
    return f"{found[2]} {found[1].replace('#', '.')}{found[3]}"


def _method(found: re.Match[str]) -> str:
    return f"new {found[1]}" if found[2] == "constructor" else f"{found[1]}.{found[2]}"


# In order: a rule may leave what a later one reads.
_RULES: tuple[_Rule, ...] = (
    # Node: the timer is who calls, and where it keeps what it calls is no name of that.
    (regex(r"^(?:Timeout|Immediate)\.(?:_onTimeout|_onImmediate)$"), ANONYMOUS),
    (regex(r"^(?:Timeout|Immediate)\.(\S+) \[as (?:_onTimeout|_onImmediate)\]$"), r"\1"),
    # V8: how the method was called, and that it was awaited.
    (regex(r"(?<!\s)\s*+\[as [^\[\]]*+\]$"), ""),
    (regex(r"^async\*?\s+|^async\*(?=\S)|^(?:promise|setTimeout handler|FrameRequestCallback)\*"), ""),
    # V8: the type of `this` says nothing of a function without a name.
    (regex(r"^(?!new )\S*\.<anonymous>$"), ANONYMOUS),
    # webpack names a module's wrapper by the module: `Module../src/a.ts`, `Module.583`, `./src/a.ts`. It is the module's top level.
    (regex(r"^(?:(?:Module|Object)\.)?\.{1,2}/.*$|^Module\.\d+$"), GLOBAL),
    # dart2js: the body of an async function; `$1` is its arity.
    (regex(rf"^(?:.*\.)?\$async\$({_IDENT}?)(?:\$\d+)?$"), r"\1"),
    # regenerator: the body of an async function or generator that had no name.
    (regex(r"^(?:.*\.)?_callee\d*\$?$"), ANONYMOUS),
    # Hermes: the inner function of a generator.
    (regex(rf"^\?anon_\d+_({_IDENT})$"), r"\1"),
    (regex(r"^\?anon_\d+_$"), ANONYMOUS),
    # Metro's function maps: a method of an object that is an argument, then the argument itself.
    (regex(rf"^.*\$argument_\d+\.({_IDENT})$"), r"\1"),
    (regex(r"^.*\$argument_\d+$"), ANONYMOUS),
    # Metro's function maps: accessors, constructors, methods.
    (regex(rf"^((?:{_IDENT}[.#])*)(get|set)__(#?{_IDENT})$"), _accessor),
    (regex(rf"^({_IDENT}(?:\.{_IDENT})*)#(#?{_IDENT})$"), _method),
    # SpiderMonkey: `outer/inner<` is a function without a name within what is assigned to `inner`; `outer/inner` is `inner` itself.
    (regex(r"^(?:get |set )?(?!\.|/)[^\s:]*<$"), ANONYMOUS),
    (
        regex(
            rf"^(?!.*\.[cm]?[jt]sx?$)(?:get |set )?{_IDENT}(?:\.{_IDENT})*(?:/(?:<|{_IDENT}(?:\.{_IDENT})*<?))*/({_IDENT}(?:\.{_IDENT})*)$"
        ),
        r"\1",
    ),
    # Everybody's: the prototype is how, not where.
    (regex(r"\.prototype\.(?=[^.])"), "."),
)


def tidy_name(name: str | None) -> str | None:
    """A raw function name as a person would write it; `<anonymous>` and `<global>` for what has none, None for nothing at all.

    >>> tidy_name("Store#get__broken")
    'get Store.broken'
    >>> tidy_name("Object.<anonymous>")
    '<anonymous>'
    """
    text = (name or "").strip()
    if not text or len(text) > _MAX_NAME:
        return text[:_MAX_NAME] or None
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    text = text.strip()
    lower = text.lower()
    if not text or lower in _ANONYMOUS:
        return ANONYMOUS
    return GLOBAL if lower in _GLOBAL else text
