"""Recognizes the files of JavaScript builds: scripts, source maps, sources.

It decides what a file is and reads its metadata, once at a scan. A map is recognized by its content, whatever its name. A `.js` file is a
SCRIPT even if it was written by hand: the text does not show the difference (an unbundled server runs its sources), and a search
for a SOURCE also finds scripts with that path. TypeScript and similar languages never run unchanged: they are SOURCE.
"""

from __future__ import annotations

import re

import msgspec

from symbolicator.artifacts.files import Identity
from symbolicator.keys import SCRIPT_ENDINGS, FileKind, normalise_debug_id
from symbolicator.patterns import regex
from symbolicator.sourcemaps.discover import find_debug_ids, find_map_url, is_data_url
from symbolicator.sourcemaps.evals import eval_urls
from symbolicator.sourcemaps.hermes import is_bytecode
from symbolicator.sourcemaps.ram import is_ram_bundle, is_unbundle_marker

_SOURCE_ENDINGS = ("ts", "mts", "cts", "tsx", "jsx", "vue", "svelte", "astro", "coffee", "flow", "dart", "elm", "res", "ls", "civet", "mdx")
_OTHERS = ("css", "html", "htm", "xhtml", "php", "asp", "aspx", "jsp", "cshtml", "erb")
"""Endings of files that may contain a script's comment but are not scripts: a page's scripts begin somewhere within it."""
_ENDING = regex(r"\.([A-Za-z0-9]{1,10})(?:\.(?:gz|br|zst))?$")
_HEAD = 1 << 12
_TAIL = 1 << 12
_MAX_MAP = 1 << 30
_MAX_INLINE = 1 << 24


class _MapHead(msgspec.Struct):
    """The members that distinguish a map from other JSON, and its metadata; the large members are skipped, not decoded."""

    version: msgspec.Raw = msgspec.Raw()
    mappings: msgspec.Raw = msgspec.Raw()
    sections: msgspec.Raw = msgspec.Raw()
    debugId: msgspec.Raw = msgspec.Raw()
    debug_id: msgspec.Raw = msgspec.Raw()
    file: msgspec.Raw = msgspec.Raw()


_DECODER = msgspec.json.Decoder(_MapHead)


def identify(name: str, data: memoryview) -> Identity | None:
    """The identity of a script, source map or source; None for other files. Never raises."""
    if not len(data):
        return None
    head = bytes(data[:_HEAD])
    if head[:1] in (b"{", b")", b"\xef", b" ", b"\t", b"\r", b"\n"):
        found = _identify_map(name, data, head)
        if found is not None:
            return found
    if is_bytecode(data) or is_ram_bundle(data):
        return Identity(kind=FileKind.SCRIPT)
    if is_unbundle_marker(data):
        return Identity(kind=FileKind.OTHER)
    ended = _ENDING.search(name)
    ending = ended[1].lower() if ended else ""
    if b"\0" in head:
        return None
    if f".{ending}" in SCRIPT_ENDINGS:
        return identify_script(data)
    # A generated file of any name (`main`, `app.jsx`, a hash; Vite serves `app.ts`): its comment is at its end. In a file with the
    # ending of a source, an inline map may be long, and the comment begin far from the end.
    tail = data if ending in _SOURCE_ENDINGS and len(data) <= _MAX_INLINE else data[-_TAIL:]
    if b"sourceMappingURL=" in bytes(tail) and ending not in _OTHERS and find_map_url(tail):
        return identify_script(data)
    return Identity(kind=FileKind.SOURCE) if ending in _SOURCE_ENDINGS else None


def identify_script(data: memoryview) -> Identity:
    """The identity of a file known to be a script."""
    url = find_map_url(data)
    return Identity(
        kind=FileKind.SCRIPT,
        debug_ids=find_debug_ids(data),
        urls=tuple(eval_urls(data)),
        map_url="data:" if url is not None and is_data_url(url) else url,
    )


def _identify_map(name: str, data: memoryview, head: bytes) -> Identity | None:
    """The identity of a source map; also of a damaged one, if its name and its start show clearly what it was meant to be."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b")]}"):
        # The prefix against script inclusion ends with its line, or by itself.
        line = start.find(b"\n")
        start = start[line + 1 :] if line >= 0 else start[start.find(b"{") :]
    start = start.lstrip()
    if start[:1] != b"{" or len(data) > _MAX_MAP:
        return None
    body = data[head.index(start[:64]) :]
    try:
        found = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        damaged = name.lower().endswith(".map") and re.search(rb'"(?:version|mappings|sections|sources|file)"\s*:', head) is not None
        return Identity(kind=FileKind.SOURCEMAP) if damaged else None
    if _first(found.mappings) != b'"' and _first(found.sections) != b"[":
        return None
    if not _first(found.version) and not name.lower().endswith(".map"):
        return None
    ids = dict.fromkeys(normalise_debug_id(_text(raw)) for raw in (found.debugId, found.debug_id))
    return Identity(kind=FileKind.SOURCEMAP, debug_ids=tuple(one for one in ids if one), file=_text(found.file))


def _first(raw: msgspec.Raw) -> bytes:
    return bytes(memoryview(raw)[:1])


def _text(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
