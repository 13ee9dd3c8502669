"""The call of a function that a minifier inlined into its caller: `(r => { … })(x)`, for `guard(x)`.

swc and terser write no segment for the call's parenthesis, so the last one before it answers: the end of the inlined function, where there
is no call. The call is what the callee's first segment leads to, else that of its first argument or of the word before it (`return`).
"""

from __future__ import annotations

from symbolicator.artifacts.text import TextIndex
from symbolicator.patterns import regex
from symbolicator.sourcemaps.lookups import Hit, Lookups

_BYTES = 8192
"""Limit for the generated text before a call in which its callee must begin."""
_BEFORE = 8
"""Columns before an inline function where its callee begins: `(`, `!`, `(async `."""
_STRING = regex(r"\"(?:[^\"\\\n]{1,500}+|\\.){0,100}+\"|'(?:[^'\\\n]{1,500}+|\\.){0,100}+'")
_FUNCTION = regex(r"(?:async ?)?(?:function\b|[\w$]+=>|\([\w$,]*\)=>)")
_IN_BRACKETS = regex(rf"[(,]{_FUNCTION.pattern}")
_HEAD_BYTES = 256
_HEAD = regex(r"(?:async )?function ?\*? ?[\w$]*$")
_CALLED = regex(r"[\w$)\]]$")
_WORD = regex(r"(?<![\w$.])(?:return|throw|case|await|typeof|void|delete|in|of|else|do|yield|default)$")
"""Words after which an opening bracket begins an expression; after any other word it begins a call's arguments."""
_OPENERS = {")": "(", "}": "{", "]": "["}


def called_from(text: TextIndex, opened: Lookups, hit: Hit, line: int, column: int) -> Hit | None:
    """The original position of the call at generated `line`, `column` (0-based), if it calls a function that was inlined there.

    `hit` is the map's own answer. None if it is not such a call, if the program itself calls a function in place, and if no
    segment leads out of the function.
    """
    start, at = text.byte_at(line, 0), text.byte_at(line, column)
    if start is None or at is None or text.slice(at, at + 1) != "(":
        return None
    written = text.slice(max(start, at - _BYTES), at)
    before = without_strings(written)
    begin = _callee(before)
    if begin is None:
        return None
    first = column - len(written[begin:].encode("utf-16-le", "surrogatepass")) // 2
    own = opened.first_at(line, first + 1) or opened.lookup(line, first + 1)
    if own is None or own.source_index != hit.source_index or _place(own) > _place(hit):
        return None
    # The first segment of an argument that is a function is that function's.
    inside = text.slice(at + 1, at + 1 + _BEFORE)
    argument = None if inside.startswith("(") or _FUNCTION.match(inside) else opened.first_at(line, column + 1)
    statement = opened.lookup(line, first)
    if statement is not None and not _WORD.match(before[begin - (first - statement.generated_column) : begin].strip()):
        statement = None
    for call in (opened.first_at(line, first), argument, statement):
        if call is not None and not _within(call, own, hit):
            return call
    return None


def without_strings(written: str) -> str:
    """A piece of code as long as it was, its strings blanked: what is in them is no code."""
    return _STRING.sub(lambda found: "0" * len(found[0]), written)


def _callee(before: str) -> int | None:
    """Where the function called at the end of `before` begins, including its parenthesis; None if the callee is not a function's text.

    Strings are blanked already. A bracket in a regular expression or a template may hide a callee; then there is no answer.

    >>> _callee("return(r=>{throw r})")
    6
    """
    begin = _opening(before, len(before))
    if begin is not None and before.endswith("}"):
        begin = _opening(before, begin)
        head = None if begin is None else _HEAD.search(before, max(0, begin - _HEAD_BYTES), begin)
        return head.start() if head else None
    if begin is None or not before.endswith(")") or not _IN_BRACKETS.search(before, begin):
        return None
    ahead = before[max(0, begin - 16) : begin]
    return begin if not _CALLED.search(ahead) or _WORD.search(ahead) else None


def _opening(text: str, end: int) -> int | None:
    """The place of the bracket that the one before `end` closes."""
    wanted: list[str] = []
    for place in range(end - 1, -1, -1):
        character = text[place]
        if character in _OPENERS:
            wanted.append(_OPENERS[character])
        elif not wanted or (character in "([{" and wanted.pop() != character):
            return None
        if not wanted:
            return place
    return None


def _place(hit: Hit) -> tuple[int, int]:
    return hit.line, hit.column


def _within(call: Hit, own: Hit, end: Hit) -> bool:
    """Whether `call` is in the function that begins at `own`, or right before it: then the program itself calls it in place."""
    begin = own.line, max(0, own.column - _BEFORE)
    return call.source_index == own.source_index and begin <= _place(call) <= _place(end)
