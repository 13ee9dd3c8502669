"""The comments of a script: where its map is, and its debug id.

Follows ECMA-426 §11.1.2.1 "JavaScriptExtractSourceMapURL" (without parsing), and if that finds nothing, does what engines do: the last
magic comment counts even if code follows it (a concatenated bundle, an appended snippet). This file has the comments
and `data:` URLs; other files look up the URL and read the map.

In tests the `sourcemap` package's `discover` is the oracle for the plain case; with two comments its answer depends on the hash seed, and
it ignores block comments, so it is not used here.
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from symbolicator import bounds
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.keys import normalise_debug_id
from symbolicator.patterns import regex

MAX_DATA_URL = 256 << 20
"""Characters of a data URL that are decoded; the largest maps seen are about 100 MB."""
_TAIL = 1 << 16
_MAX_HITS = 1_000
"""Occurrences checked from the file's end; a development bundle has one in each eval string."""
_MAX_LEXED = 4 << 20
"""How far into a file comments are distinguished from strings by reading everything before them."""
_MAX_URL = 4096

_WORD = b"sourceMappingURL="
_OPENER = regex(rb"(//|/\*)[#@][ \t]*\Z")
# A URL ends at white space. Quotes end it too: within a string, what follows the word belongs to an expression. Nothing is read twice: a
# data URL ends at the `#` of the next comment, anything else has a limit.
_URL = regex(rb"""data:[^\s"`\\#]*+|[^\s"'`]{0,4096}+""")
_DATA_HEAD = regex(rb"data:", re.IGNORECASE)
_LINE_END = regex(rb"\xe2\x80[\xa8\xa9]")
_URL_END = regex(rb"\xe2\x80[\xa8\xa9]|\*/")
_REST_OF_LINE = regex(rb"(?:[^\r\n\xe2]++|\xe2(?!\x80[\xa8\xa9]))*+")
# After the last line that counts: white space and comments, without quotes (otherwise the comment may be the end of a template literal).
_TRAILING = regex(rb"""(?:(?:\s|\xef\xbb\xbf|\xe2\x80[\xa8\xa9])++|//[^\r\n"'`]*+(?=[\r\n]|\Z)|/\*(?:[^*"'`]++|\*(?!/))*+\*/)*+\Z""")
# Enough of a lexer to distinguish comments from strings: templates without reading `${}` (inner ones come in pairs), and a slash as
# the start of a regular expression where an operand is expected (of a bounded length: a failed attempt must stay cheap).
_TOKEN = regex(
    rb"""(?P<comment>//[^\r\n]*+|/\*.*?(?:\*/|\Z))"""
    rb"""|"(?:[^"\\\r\n]++|\\.)*+"?|'(?:[^'\\\r\n]++|\\.)*+'?|`(?:[^`\\]++|\\(?:.|\Z))*+(?:`|\Z)"""
    rb"""|(?<=[=(,:;!&|?{}\[+\-*%<>~^\r\n])[ \t]*+/(?![/*])(?:[^/\\\[\r\n]{1,200}+|\\.|\[(?:[^\]\\\r\n]{1,40}+|\\.){0,20}+\]){1,60}+/""",
    re.DOTALL,
)


class ScriptComments(NamedTuple):
    """The information in a script's comments: `map_url` as written, and its debug ids in normal form, the comment's first."""

    map_url: str | None
    debug_ids: tuple[str, ...]


def read_comments(data: memoryview) -> ScriptComments:
    """The map URL and debug ids of a script; never raises because of its content."""
    return ScriptComments(find_map_url(data), find_debug_ids(data))


def find_map_url(data: memoryview) -> str | None:
    """The `sourceMappingURL` of a script or stylesheet, as written (data URLs whole), or None.

    `//#`, `//@` and `/*# */` count, the last one of the file wins, and those within strings and template literals do not count. It reads
    the last 64 kB if the comment is there, else it searches the file backwards.
    """
    if len(data) > _TAIL:
        found = _last_url(bytes(data[-_TAIL:]), whole=False)
        if found is not None:
            return found
    return _last_url(bytes(data), whole=True)


def _last_url(text: bytes, whole: bool) -> str | None:
    """The last magic comment of `text`. If that is only a file's tail, only results that do not depend on what is before it."""
    end = len(text)
    lexed: set[int] | None = None
    at_end = True  # no code was found after a hit; what is after one is also after all earlier ones
    for _ in range(_MAX_HITS):
        hit = text.rfind(_WORD, 0, end)
        if hit < 0:
            return None
        end = hit
        opener = _OPENER.search(text, max(0, hit - 16), hit)
        if opener is None:
            continue
        found = _value(text, hit + len(_WORD), block=opener[1] == b"/*")
        if found is None:
            continue
        url, after = found
        at_end = at_end and _TRAILING.match(text, after) is not None
        if at_end:
            return url
        if not whole:
            return None
        # Code follows. For engines the comment still counts, if it is one.
        if hit > _MAX_LEXED:
            line = max(text.rfind(b"\n", 0, opener.start()), text.rfind(b"\r", 0, opener.start())) + 1
            if not text[line : opener.start()].strip():
                return url
            continue
        if lexed is None:
            lexed = {token.start() for token in _TOKEN.finditer(text, 0, hit + len(_WORD)) if token["comment"]}
        if opener.start() in lexed:
            return url
    return None


def _value(text: bytes, start: int, block: bool) -> tuple[str, int] | None:
    """The URL at `start` and the end of its comment; None if the comment is not one well-formed URL."""
    found = _URL.match(text, start)
    if found is None:
        return None
    url, after = found[0], found.end()
    # U+2028 and U+2029 end lines, `*/` a block.
    ended = _URL_END.search(url) if block else _LINE_END.search(url)
    if ended:
        url, after = url[: ended.start()], start + ended.start()
    rest = _REST_OF_LINE.match(text, after, after + _MAX_URL)
    line = rest[0] if rest else b""
    if block:
        closing = line.find(b"*/")
        if closing < 0:
            return None
        line, after = line[:closing], after + closing + 2
    else:
        after += len(line)
    if line.strip():
        # A file name with unescaped spaces: only if it ends like a map's.
        spaced = (url + line).strip()
        if re.search(rb"""["'`]""", line) or not spaced.endswith(b".map") or _DATA_HEAD.match(url):
            return None
        url = spaced
    if not url:
        return None
    return url.decode("utf-8", "replace"), after


_ID = rb"([0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12})"
_ID_COMMENT = regex(rb"//[#@][ \t]*debugId=" + _ID + rb"(?![0-9a-zA-Z])")
# What Sentry's tools put into bundles: `e._sentryDebugIds[n]="…",e._sentryDebugIdIdentifier="sentry-dbid-…"`.
_ID_SNIPPET = regex(rb"sentry-dbid-" + _ID + rb"|_sentryDebugIds\[[\w$]{1,40}\]\s?=\s?[\"']" + _ID)
_MAX_IDS = 16


def find_debug_ids(data: memoryview) -> tuple[str, ...]:
    """The debug ids of a script, in normal form: that of its last `//# debugId=` comment, else those that injected code gives it."""
    tail = bytes(data[-_TAIL:])
    text = tail if b"debugId=" in tail else bytes(data)
    hit = text.rfind(b"debugId=")
    for _ in range(_MAX_HITS):
        if hit < 0:
            break
        found = _ID_COMMENT.match(text, max(0, text.rfind(b"//", max(0, hit - 16), hit)))
        if found:
            normal = normalise_debug_id(found[1].decode())
            return (normal,) if normal else ()
        hit = text.rfind(b"debugId=", 0, hit)
    ids: dict[str, None] = {}
    text = text if len(text) == len(data) else bytes(data)
    if b"_sentryDebugIds" in text or b"sentry-dbid-" in text:
        for found in _ID_SNIPPET.finditer(text):
            normal = normalise_debug_id((found[1] or found[2]).decode())
            if normal:
                ids[normal] = None
            if len(ids) == _MAX_IDS:
                break
    return tuple(ids)


def is_data_url(url: str) -> bool:
    """Whether the map is in the URL itself."""
    return url[:5].lower() == "data:"


_BASE64 = regex(rb"[A-Za-z0-9+/\-_\s]*+={0,3}+\s*+")
# Listed here: Python has codecs that are not character sets.
_CHARSETS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8", "utf-16": "utf-16",
    "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    "iso-8859-1": "latin-1", "latin1": "latin-1", "windows-1252": "cp1252",
}  # fmt: skip


def decode_data_url(url: str) -> bytes:
    """The content of a `data:` URL (RFC 2397), as UTF-8 whatever charset it declares.

    Raises `MalformedArtifact`, and its `LimitExceeded` above `MAX_DATA_URL`.
    """
    if not is_data_url(url):
        raise MalformedArtifact(f"not a data URL: {url[:40]!r}")
    if len(url) > MAX_DATA_URL:
        raise LimitExceeded(f"the data URL has {len(url)} characters; at most {MAX_DATA_URL} are read")
    comma = url.find(",", 0, 1024)
    if comma < 0:
        raise MalformedArtifact(f"the data URL has no comma after its type: {url[:60]!r}")
    _, *parameters = url[5:comma].split(";")
    words = [word.strip().lower() for word in parameters]
    content = unquote_to_bytes(url[comma + 1 :]) if "%" in url[comma:] else url[comma + 1 :].encode("utf-8", "surrogatepass")
    if "base64" in words:
        if not _BASE64.fullmatch(content):
            raise MalformedArtifact("the data URL declares base64 but has other characters in it")
        plain = content.translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n\f\v=")
        try:
            bounds.inflate(len(plain) // 4 * 3)
            content = binascii.a2b_base64(plain + b"=" * (-len(plain) % 4))
        except binascii.Error as error:
            raise MalformedArtifact(f"the base64 of the data URL cannot be read: {error}") from error
    charset = next((word[8:].strip("\"' ") for word in words if word.startswith("charset=")), "utf-8")
    codec = _CHARSETS.get(charset)
    if codec is None:
        raise MalformedArtifact(f"the data URL names an unknown charset: {charset[:40]!r}")
    if codec == "utf-8":
        return content
    try:
        return content.decode(codec).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise MalformedArtifact(f"the data URL is not {charset}: {error}") from error
