"""New names for everything that somebody named: each word always gets the same one."""

from __future__ import annotations

import re
from typing import Final

from symbolicator.patterns import regex

MAX_NAME: Final = 500
"""Characters of a name that are renamed; the rest is cut."""
MESSAGE: Final = "a message"
KEPT: Final = frozenset(
    ("new", "async", "get", "set", "static", "as", "anonymous", "global", "eval", "native", "code", "node", "constructor", "init", "clinit")
)
"""Words of engines, which stay."""
ERRORS: Final = frozenset(
    ("Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError", "EvalError", "URIError", "AggregateError", "InternalError",
     "DOMException", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "EXC_BAD_ACCESS", "EXC_CRASH", "panic")
)  # fmt: skip
"""Types that say nothing about whose program it was."""
_EXTENSIONS: Final = frozenset(
    ("js", "mjs", "cjs", "jsx", "ts", "tsx", "mts", "cts", "vue", "svelte", "bundle", "java", "kt", "cs", "so", "dll",
     "c", "cc", "cpp", "cxx", "h", "hpp", "m", "mm", "rs", "go", "swift")
)  # fmt: skip
_ERROR: Final = regex(r"(?:Error|Exception)$")
_PLAIN: Final = regex(r"\w{1,500}")
_MOST_WORDS: Final = 4
_WORD: Final = regex(r"[\w$]{1,500}|[^\w$ .#<>()\[\]{}:*&~/,-]")


class Words:
    """The dictionary of one fixture."""

    def __init__(self) -> None:
        self._new: dict[tuple[str, str], str] = {}
        self._count: dict[str, int] = {}

    def _of(self, kind: str, word: str) -> str:
        new = self._new.get((kind, word))
        if new is None:
            number = self._count[kind] = self._count.get(kind, 0) + 1
            new = self._new[kind, word] = f"{kind}{number}"
        return new

    def name(self, text: str | None) -> str | None:
        """A function, class or module, word by word: `Station.#levelAt` → `n1.#n2`."""
        return None if text is None else _WORD.sub(self._renamed, text[:MAX_NAME])

    def plain(self, text: str) -> str:
        """A function's name of any language as words with `::` between them: what a symbol file can have for a name."""
        return "::".join(self._of("n", word) for word in _PLAIN.findall(text[:MAX_NAME])[-_MOST_WORDS:]) or self._of("n", text)

    def _renamed(self, found: re.Match[str]) -> str:
        word = found[0]
        if not (word[0] == "$" or word[0] == "_" or word[0].isalnum()):
            return "_"
        return word if word in KEPT else self._of("n", word)

    def type(self, text: str | None) -> str | None:
        """The type of an exception; those of engines stay, and of others the end by which texts know an error."""
        if text is None or text in ERRORS:
            return text
        end = _ERROR.search(text[-MAX_NAME:])
        return f"{self.name(text)}{end[0] if end else ''}"

    def path(self, text: str | None, foreign: bool = False) -> str | None:
        """A path or URL, segment by segment: `./src/tide/station.ts` → `d1/d2/f1.ts`; `foreign`: of code that is not the user's own."""
        if text is None:
            return None
        parts = [part for part in text[-MAX_NAME:].replace("\\", "/").partition("?")[0].split("/") if part not in ("", ".", "..")]
        folders = [self._of("d", part) for part in parts[:-1] if part != "node_modules"]
        last = parts[-1] if parts else ""
        extension = last.rpartition(".")[2]
        file = self._of("f", last) + (f".{extension}" if extension in _EXTENSIONS else "")
        return "/".join((["node_modules"] if foreign else []) + folders + [file])
