"""Chooses the grammar for a source text, and parses it within limits.

Everything about tree-sitter's parser is here: the choice of a grammar by the file's name, the `<script>` blocks of Vue and
Svelte files, UTF-16 positions, and the limits on size and time. tree-sitter is imported with the first parse only. `outline.py`
interprets the tree.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.patterns import regex
from symbolicator.sourcemaps.nesting import check_nesting

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Tree

MAX_SOURCE_BYTES = 8 << 20
"""Larger sources are not parsed for names; a whole minified bundle of a large app is about 5 MB."""
MAX_PARSE_SECONDS = 4.0
"""CPU seconds of the parsing thread, so that a busy machine gives the same names. Less than a child has for a table, so that the parser
gives up before the child is killed."""
_CHUNK = 1 << 16

Clock = Callable[[], float]

# The ending decides; for Vue and Svelte files then the `lang` of their script blocks. `.js` is parsed as JavaScript with JSX and, if
# that fails, as TSX: Flow's annotations are similar enough to TypeScript's for function outlines.
_LANGUAGES = {
    "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript", "es6": "javascript", "es": "javascript",
    "ts": "typescript", "mts": "typescript", "cts": "typescript", "tsx": "tsx", "flow": "tsx",
    "bundle": "javascript", "jsbundle": "javascript", "vue": "vue", "svelte": "svelte", "astro": "astro",
}  # fmt: skip


def language_of(name: str) -> str | None:
    """The language of `name` (a path, URL or map source), or None if we have no grammar for it.

    Suffixes of loaders (`App.vue?vue&type=script&lang.ts`) do not change it: `parse` sees whether a `.vue` text still has its tags.

    >>> language_of("webpack://shop/./src/cart.ts?1a2b")
    'typescript'
    >>> language_of("lib/main.dart") is None
    True
    """
    path = name.replace("\\", "/").rsplit("/", 1)[-1] or name
    if "?" in path or "#" in path:
        path = re.split(r"[?#]", path, maxsplit=1)[0]
    _, dot, ending = path.rpartition(".")
    if not dot:
        # Bundlers name generated modules without an ending ("webpack/bootstrap"); they are JavaScript.
        return "javascript"
    known = _LANGUAGES.get(ending.lower())
    return known or (None if re.fullmatch(r"[A-Za-z]\w{0,9}", ending) else "javascript")


class SourceText:
    """A source text as both a parser and a map see it: bytes to parse, and positions in UTF-16 code units.

    `buffer` is what tree-sitter reads: the ASCII bytes themselves, or UTF-16LE for other texts; `width` is the bytes of a code unit
    in it. Lines end at LF, CR LF, a lone CR, U+2028 and U+2029, as in ECMA-262 §12.3.
    """

    def __init__(self, text: str, wide: bool = False) -> None:
        if text.isascii() and not wide:
            self.buffer, self.width = text.encode("ascii"), 1
            flat = text
        else:
            self.buffer, self.width = text.encode("utf-16-le", "surrogatepass"), 2
            # One character for each code unit, so that positions in `flat` are UTF-16 offsets.
            flat = re.sub("[\U00010000-\U0010ffff]", "xx", text) if max(text) > "\uffff" else text
        self.flat = flat
        self.lines = [0, *(m.end() for m in re.finditer("\r\n|[\n\r\u2028\u2029]", flat))]

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column), both 0-based, of an offset in code units."""
        line = bisect_right(self.lines, offset) - 1
        return line, offset - self.lines[line]

    def packed(self, offset: int) -> int:
        """The position of an offset as one number: line in the upper 32 bits, column in the lower."""
        line = bisect_right(self.lines, offset) - 1
        return line << 32 | offset - self.lines[line]

    def slice(self, node: Node) -> str:
        """The text of a node."""
        raw = self.buffer[node.start_byte : node.end_byte]
        return raw.decode("ascii") if self.width == 1 else raw.decode("utf-16-le", "replace")

    def slice_of(self, node: Node | None) -> str:
        """The text of a node; `""` if there is none."""
        return "" if node is None else self.slice(node)


def decode_source(data: memoryview) -> str:
    """The text of a source file: UTF-8 with or without a BOM, UTF-16 with one; undecodable bytes are replaced, never rejected."""
    if len(data) > MAX_SOURCE_BYTES:
        raise LimitExceeded(f"the source has {len(data)} bytes; function names are read from at most {MAX_SOURCE_BYTES}")
    raw = bytes(data)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    text = raw.decode("utf-8", "replace")
    # Engines and compilers do not count the BOM as a column.
    return text[1:] if text[:1] == "\ufeff" else text


@lru_cache(maxsize=4)
def _grammar(language: str) -> Language:
    from tree_sitter import Language

    if language == "javascript":
        import tree_sitter_javascript

        return Language(tree_sitter_javascript.language())
    import tree_sitter_typescript

    return Language(tree_sitter_typescript.language_tsx() if language == "tsx" else tree_sitter_typescript.language_typescript())


class _Deadline:
    """The time limit for a whole text, however many parts of it are parsed, and however often."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self.seconds, self._clock = seconds, clock
        self._until = clock() + seconds

    def passed(self, *_: object) -> bool:
        """Whether it is over; called by the parser after each bounded piece of work."""
        return self._clock() > self._until


def _parse(source: SourceText, language: str, deadline: _Deadline) -> Tree:
    from tree_sitter import Parser

    check_nesting(source.flat, types=language != "javascript")
    # A bytes object cannot be passed as a whole: tree-sitter would ignore the progress callback, and nothing could stop it.
    view = memoryview(source.buffer)
    encoding: Literal["utf8", "utf16le"] = "utf8" if source.width == 1 else "utf16le"
    try:
        tree = Parser(_grammar(language)).parse(
            lambda offset, _: view[offset : offset + _CHUNK], encoding=encoding, progress_callback=deadline.passed
        )
    except ValueError as error:
        raise LimitExceeded(
            f"parsing {len(view) // source.width} characters of {language} took more than {deadline.seconds} seconds"
        ) from error
    if tree is None:  # typed otherwise; older releases of the binding return it on a timeout
        raise LimitExceeded(f"parsing took more than {deadline.seconds} seconds")
    return tree


class Block(NamedTuple):
    """One parsed part of a file; its offsets count from the file's start.

    `top` is the name of its top level: `<global>`, or the function that a compiler turns it into (`setup` for Vue's `<script setup>`), or
    None if unknown.
    """

    tree: Tree
    start: int
    end: int
    top: str | None


_SCRIPT = regex(r"<script\b([^>]{0,200}+)>(.*?)(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_LANG = regex(r"\blang\s*=\s*[\"']?([a-z]+)", re.IGNORECASE)
_MAX_BLOCKS = 8


def _script_blocks(text: str, language: str) -> list[tuple[int, int, str, str | None]]:
    """(start, end, language, top) of each script of a single-file component, in code units of `text`, which must be flat."""
    if language == "astro":
        found = re.match(r"\s*---\r?\n(.*?)\n---", text, re.DOTALL)
        return [(found.start(1), found.end(1), "tsx", None)] if found else []
    blocks: list[tuple[int, int, str, str | None]] = []
    for found in _SCRIPT.finditer(text):
        lang = _LANG.search(found[1])
        grammar = {"ts": "typescript", "typescript": "typescript", "tsx": "tsx"}.get(lang[1].lower() if lang else "", "javascript")
        setup = re.search(r"\bsetup\b", found[1]) is not None
        module = re.search(r"\bmodule\b", found[1]) is not None
        top = "setup" if setup else "<global>" if language == "vue" or module else None
        blocks.append((found.start(2), found.end(2), grammar, top))
        if len(blocks) == _MAX_BLOCKS:
            break
    return blocks


# The TypeScript grammar reads a variable called `using` as a declaration, and loses the function around it.
_USING = regex(r"\busing\b(?=\s*[^\s\w$\[{])")


def _without_using(source: SourceText) -> SourceText | None:
    """The source with variables called `using` replaced by a word of the same length that the grammar reads; None if there are none."""
    respelled, count = _USING.subn("usinG", source.flat)
    return SourceText(respelled, wide=source.width == 2) if count else None


def parse(
    text: str, language: str, *, seconds: float = MAX_PARSE_SECONDS, clock: Clock = time.thread_time
) -> tuple[SourceText, list[Block]]:
    """The syntax trees of `text`, one for each script in it (one alone, but for single-file components).

    Errors in the text are ERROR nodes in the trees. Raises `LimitExceeded` past the bounds, `MalformedArtifact` for a language that has
    no grammar here.
    """
    if len(text) > MAX_SOURCE_BYTES:
        raise LimitExceeded(f"the source has {len(text)} characters; function names are read from at most {MAX_SOURCE_BYTES}")
    deadline = _Deadline(seconds, clock)
    source = SourceText(text)
    length = len(source.flat)
    if language in ("vue", "svelte", "astro"):
        spans = _script_blocks(source.flat, language)
        if not spans and "<template" not in text[:100_000]:
            # A loader has already extracted the script (`App.vue?vue&type=script&lang.ts`): TypeScript can parse both languages.
            return source, [Block(_parse(source, "typescript", deadline), 0, length, "<global>")]
        blocks = []
        for start, end, grammar, top in spans:
            # Everything outside the block becomes spaces, so that all offsets are those of the file.
            masked = SourceText(" " * start + source.flat[start:end], wide=source.width == 2)
            blocks.append(Block(_parse(masked, grammar, deadline), start, end, top))
        return source, blocks
    if language not in ("javascript", "typescript", "tsx"):
        raise MalformedArtifact(f"there is no grammar for {language!r}")
    tree = _parse(source, language, deadline)
    if language == "javascript" and tree.root_node.has_error and length < 1 << 20:
        # Flow, or TypeScript under a .js name.
        other = _parse(source, "tsx", deadline)
        if not other.root_node.has_error or "@flow" in text[:4096]:
            tree = other
    if tree.root_node.has_error:
        respelled = _without_using(source)
        tree = tree if respelled is None else _parse(respelled, language, deadline)
    return source, [Block(tree, 0, length, "<global>")]
