r"""Modules that a development bundle has as strings: `eval("…\n//# sourceURL=webpack-internal:///./src/a.ts\n")`.

webpack's and rspack's `eval` devtools (and Next's development server) pass each module to `eval`, which makes it a separate file
for the engine: frames name its `sourceURL`, and its map is the data URL within the same string. This file finds and
decodes these strings; their maps are read like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from symbolicator.patterns import regex
from symbolicator.sourcemaps.discover import decode_data_url, find_map_url, is_data_url

MAX_MODULES = 50_000
"""Eval strings checked in one file; a large development bundle has a few thousand."""
_MAX_URL = 2048
_WORD = b"sourceURL="

# `eval("…")`, `eval('…')`, eval(`…`), and any of them inside one or two calls: `eval(__webpack_require__.ts("…"))`.
_EVAL = regex(
    rb"""\beval\(\s{0,8}(?:[\w$.]{1,80}\(\s{0,8}){0,2}("(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+'|`(?:[^`\\]++|\\.)*+`)""", re.DOTALL
)
_SOURCE_URL = regex(r"//[#@][ \t]*sourceURL=((?:[^\s'\"`]| (?=[^\s'\"`]))++)[ \t]*+$", re.MULTILINE)
_ESCAPE = regex(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_SINGLE = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
    "\n": "",
    "\r\n": "",
    "\r": "",
    "\u2028": "",
    "\u2029": "",
}


class EvalModule(NamedTuple):
    """A module passed to `eval`: the `url` that frames name, its `text` as the engine saw it, its inline `map` if it has one."""

    url: str
    text: str
    map: bytes | None


def eval_urls(data: memoryview) -> list[str]:
    """The `sourceURL`s of all modules in eval strings, in the file's order, each once; [] for any other script."""
    text = bytes(data)
    if _WORD not in text or b"eval(" not in text:
        return []
    urls: dict[str, None] = {}
    for literal in _literals(text):
        url = _url_of(literal)
        if url is not None:
            urls[url] = None
    return list(urls)


def eval_module(data: memoryview, url: str) -> EvalModule | None:
    """The module that `url` names, or None. Raises `MalformedArtifact` where it is there and its map's data URL is broken.

    Of two modules with one URL the last counts: it is what the engine ran last.
    """
    text = bytes(data)
    for literal in _candidates(text, url):
        if _url_of(literal) == url:
            module = unescape(literal)
            map_url = find_map_url(memoryview(module.encode("utf-8", "surrogatepass")))
            inline = decode_data_url(map_url) if map_url is not None and is_data_url(map_url) else None
            return EvalModule(url, module, inline)
    return None


def _literals(text: bytes) -> Iterator[bytes]:
    """The string literals passed to `eval`, quotes included, as many as the limit allows."""
    for count, found in enumerate(_EVAL.finditer(text)):
        if count >= MAX_MODULES:
            return
        if _WORD in found[1]:
            yield found[1]


def _candidates(text: bytes, url: str) -> Iterator[bytes]:
    """The literals that may contain `url`: those around its mentions, from the end; then all, because escapes may hide it."""
    word = _WORD + url.encode("utf-8", "surrogatepass")
    end = len(text)
    for _ in range(64):
        hit = text.rfind(word, 0, end)
        if hit < 0:
            break
        end = hit
        call = hit
        # The nearest `eval(` before it is the module's own, unless the module's text mentions eval too.
        for _ in range(16):
            call = text.rfind(b"eval(", 0, call)
            if call < 0:
                break
            found = _EVAL.match(text, call)
            if found and found.start(1) < hit < found.end(1):
                yield found[1]
                break
    if len(text) <= 64 << 20:
        yield from reversed(list(_literals(text)))


def _url_of(literal: bytes) -> str | None:
    """The last `sourceURL` in a literal, decoded; it is at the end, so only the end is decoded."""
    hit = literal.rfind(_WORD)
    if hit < 0 or len(literal) - hit > _MAX_URL:
        return None
    tail = unescape(literal[:1] + literal[max(1, hit - 5) :])
    found = _SOURCE_URL.match(tail, max(tail.rfind("//", 0, tail.rfind("sourceURL=") + 1), 0))
    return found[1] if found else None


def unescape(literal: bytes) -> str:
    """The value of a JavaScript string literal or plain template literal, quotes included in `literal`.

    Broken escapes stand for the character after the backslash, as engines read them in sloppy mode.
    """
    if literal[:1] == b'"':
        try:
            # JSON.stringify wrote most of them, and this is C.
            return msgspec.json.decode(literal, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
    text = literal[1:-1].decode("utf-8", "replace")
    if literal[:1] == b"`":
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = _ESCAPE.sub(_unescaped, text)
    # \ud83d\uded2 was written as two escapes and is one character.
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if "\\u" in text else plain


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else "\ufffd"
    return _SINGLE.get(found[4], found[4])


__all__ = ["EvalModule", "eval_module", "eval_urls", "unescape"]
