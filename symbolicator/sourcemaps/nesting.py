"""What is nested too deep to be parsed: bounds that are counted before tree-sitter sees a text, for nothing can stop it within a step."""

from __future__ import annotations

import re
from itertools import accumulate
from operator import sub

from symbolicator.errors import LimitExceeded
from symbolicator.patterns import regex

# tree-sitter's parser recurses once a level where a nest is ambiguous ({a:{a:{a:… is blocks with labels or object literals until it ends):
# 100,000 levels overrun an 8 MB stack and 3,000 a 256 kB one, and nothing can catch that. Hand-written code stays below 50 levels,
# bundles below 500.
MAX_NESTING = 2_000
# Brackets in strings and regular expressions need not pair, and a regular expression with a quote in it hides closers from the second
# count, so both drift with the size (a 5 MB bundle: 400 and 3,400). One level more is allowed for so many characters.
_DRIFT = 500
_DRIFT_UNQUOTED = 250
# Nothing here backtracks, and what isn't closed runs to its end: a failed attempt at each of a million openers would never be done.
_SKIPPED = regex(r"""//[^\n]*+|/\*.*?(?:\*/|\Z)|"(?:[^"\\\n]++|\\.)*+"?|'(?:[^'\\\n]++|\\.)*+'?|`(?:[^`\\$]++|\\.)*+`?""", re.DOTALL)
_NOT_BRACKETS = regex(r"[^(){}\[\]]+")


# Type arguments that never end stay on the parser's stack, each `<` of them, and at its end it tries to recover from all of them at
# once: 15,000 (60 kB of `A<B,`) take 12 s, 2,000 take 0.15 s. Less-than looks the same, and adds up: more are allowed in long texts.
_DRIFT_TYPES = 2_000
_NO_TYPES = regex(r"[=<>]=|=>|<<|[^<>]")


def _deepest(marks: str, opening: str) -> int:
    """How deep a text of nothing but brackets is nested at most, with stray closers forgiven."""
    levels = list(accumulate((1 if mark in opening else -1 for mark in marks), initial=0))
    deepest: int = max(map(sub, levels, accumulate(levels, min)))
    return deepest


def _levels(text: str) -> int:
    return _deepest(_NOT_BRACKETS.sub("", text), "([{")


def check_nesting(text: str, types: bool = False) -> None:
    """Raise `LimitExceeded` for a text nested too deep to be parsed safely; with `types`, `<` counts as well.

    Counted twice, as it stands and without strings and comments: brackets in those could hide levels from the first count. Texts with few
    openers are not looked at: they cannot be deep.
    """
    if text.count("{") + text.count("[") + text.count("(") > MAX_NESTING:
        levels, bound = _levels(text), MAX_NESTING + len(text) // _DRIFT
        if levels <= bound:
            levels, bound = _levels(_SKIPPED.sub("", text)), MAX_NESTING + len(text) // _DRIFT_UNQUOTED
        if levels > bound:
            raise LimitExceeded(f"the source is nested {levels} brackets deep; function names are read up to {bound}")
    if types and text.count("<") > MAX_NESTING:
        pending, bound = _open_types(_SKIPPED.sub("", text)), MAX_NESTING + len(text) // _DRIFT_TYPES
        if pending > bound:
            raise LimitExceeded(f"the source has {pending} unclosed `<` at once; function names are read up to {bound}")


def _open_types(text: str) -> int:
    """How many `<` are open at once at most. Arrows and comparisons of two characters are none."""
    return _deepest(_NO_TYPES.sub("", text), "<")
