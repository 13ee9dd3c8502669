"""Functions that a compiler added to the program: Babel's `_classCallCheck`, TypeScript's `__awaiter`, a library without a map.

Tools that compose maps drop the segments of code that has no source, so the last segment before it seems to reach over it (esbuild,
Rollup, Vite, swc). Babel maps its helpers to the first statement of the file. Such a position has no original. What tells: the
function there begins after the segment, and neither its name nor its words occur in the source that the segment leads to.
"""

from __future__ import annotations

from symbolicator.artifacts.text import TextIndex
from symbolicator.patterns import regex
from symbolicator.sourcemaps.alignment import is_word
from symbolicator.sourcemaps.languages import language_of
from symbolicator.sourcemaps.lookups import Hit, Lookups, Run
from symbolicator.transformers.inlined import without_strings

_BYTES = 16_384
"""Limit for the generated text before a position in which its function must begin."""
_HEAD_BYTES = 256
_WORDS = "".join(filter(is_word, map(chr, range(128))))
_FUNCTION = regex(r"async\b|function\b|[\w$]{1,100}\s{0,9}=>|\([^()]{0,200}\)\s{0,9}(?::[^=]{0,100})?=>")
"""Where the original has a function itself: what a compiler makes of it may be several functions, of any name."""
_WORD = regex(r"[A-Za-z_$][\w$]{3,99}")
_WORDS_BYTES, _STRANGE = 1024, 3
"""The text before and after a position whose words are looked up in the source; how many must not occur there, and two of three."""
_SHORTEST = 3
"""Shorter names may come from a minifier."""
_LANGUAGE = regex(
    r"(?:arguments|async|await|break|case|catch|class|const|continue|default|delete|else|export|extends|false|finally|function|instanceof"
    r"|null|return|static|super|switch|this|throw|true|typeof|void|while|with|yield)$"
)


def is_added(text: TextIndex, opened: Lookups, hit: Hit, run: Run, line: int, column: int) -> bool:
    """Whether generated `line`, `column` (0-based) is in a function of which the source of `hit` knows nothing.

    `hit` is the map's own answer, and `run` the segments that lead there.
    """
    at, start = text.byte_at(line, column), text.byte_at(line, run.start)
    # Of a source in another language, other words are to be expected.
    if at is None or start is None or language_of(hit.source or "unnamed.ts") is None:
        return False
    before = without_strings(text.slice(max(start, at - _BYTES), at))
    opening = _function(before)
    content = None if opening is None else opened.content(hit.source_index)
    found = opened.context(hit.source_index, hit.line, 0, 0)
    if opening is None or content is None or found is None:
        return False
    begin, named, name = opening
    rest = (found[1] or "").encode("utf-16-le", "surrogatepass")[2 * hit.column :].decode("utf-16-le", "ignore")
    behind = len(before[named:].encode("utf-16-le", "surrogatepass")) // 2
    token = opened.lookup(line, column - behind) if name else None
    if token is not None and token.generated_column == column - behind and token.name:
        name = token.name
    known = name.strip("_$0123456789")
    if len(known) >= _SHORTEST and known not in content:
        return not _FUNCTION.search(rest)
    inside = hit.generated_column > column - len(before[begin:].encode("utf-16-le", "surrogatepass")) // 2
    if inside or not opened.knows_columns(line, column) or _FUNCTION.match(rest):
        return False
    end = None if run.end is None else text.byte_at(line, run.end)
    whole = text.slice(max(start, at - _WORDS_BYTES), min(end or at + _WORDS_BYTES, at + _WORDS_BYTES))
    words = {word for word in _WORD.findall(whole) if not _LANGUAGE.match(word)}
    strange = sum(word not in content for word in words)
    return strange >= _STRANGE and 3 * strange >= 2 * len(words)


def _function(before: str) -> tuple[int, int, str] | None:
    """The outermost function that begins in a text and is open at its end: where it and its name begin, and the name, "" if it has none.

    >>> _function("1}function a(b){return b}function c(d){if(d){")
    (25, 34, 'c')
    """
    depth, outermost = 0, None
    for place in range(len(before) - 1, -1, -1):
        if before[place] == "}":
            depth += 1
        elif before[place] == "{":
            outermost = outermost if depth else _headed(before, place) or outermost
            depth = max(0, depth - 1)
    return outermost


def _headed(before: str, place: int) -> tuple[int, int, str] | None:
    """The function whose body opens at `place`, as `_function` returns it; None if that is no function's, or a method's."""
    low = max(0, place - _HEAD_BYTES)
    head = before[low:place].rstrip()
    if head.endswith("=>"):
        parameters = head[:-2].rstrip()
        begin = parameters.rfind("(") if parameters.endswith(")") else len(parameters.rstrip(_WORDS))
        return (low + begin, low + begin, "") if begin >= 0 else None
    front = head[: max(0, head.rfind("("))] if head.endswith(")") else ""
    keyword = front.rstrip(_WORDS).rstrip(" *")
    name = front[len(front.rstrip(_WORDS)) :]
    if not keyword.endswith("function"):
        keyword, name = front.rstrip(" *"), ""  # `function(`: the word before the bracket is the keyword
    if not keyword.endswith("function"):
        return None
    return low + len(keyword) - len("function"), low + len(front) - len(name), name
