"""How files are looked up: debug id, code id, URL with release and dist, path.

Ids are compared in one normal form. A debug id is written `8-4-4-4-12` in lower case, followed by `-<age>` in
lower-case hex if the age is not 0 (as in Sentry's `debug_meta`); Breakpad's form (33 or more hex digits, no dashes) is
accepted too. Paths and URLs are compared by their segments (`url_segments`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import msgspec

from symbolicator.patterns import regex

SCRIPT_ENDINGS: Final = (".js", ".mjs", ".cjs", ".es6", ".bundle", ".jsbundle", ".hbc")
"""The endings of script names that builds write."""
WRITTEN_ENDINGS: Final = (".jsx", ".ts", ".tsx")
"""The endings of source names that development servers, and runtimes that map by themselves, report instead of a script's."""


class FileKind(str, Enum):
    """What a file is, decided by its content."""

    SCRIPT = "script"
    """Generated JavaScript, as run by an engine; Hermes bytecode too."""
    SOURCEMAP = "sourcemap"
    SOURCE = "source"
    """A source text in any language."""
    DEBUG_FILE = "debug_file"
    ARCHIVE = "archive"
    """Object files in one (`.a`): what debug maps name."""
    SYMBOL_MAP = "symbol_map"
    """Apple's list of the names that bitcode hid (BCSymbolMap), or the plist that says which one is meant."""
    PORTABLE_PDB = "portable_pdb"
    """The lines of an assembly of .NET. The assembly itself is a `DEBUG_FILE`: it may hold native code, too."""
    MAPPING = "mapping"
    """A ProGuard or R8 mapping."""
    CONTAINER = "container"
    """A zip, source bundle, .gz or .zst with other files in it."""
    OTHER = "other"


class Key(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is looked up. Every known part is given; stores try ids first, then the URL, longest tail first.

    `debug_id` and `code_id` are in normal form; `url` is as the frame or the referring file has it (a URL or a path);
    `release` and `dist` are the event's: folders of that release are searched first.
    """

    kind: FileKind
    debug_id: str | None = None
    code_id: str | None = None
    url: str | None = None
    release: str | None = None
    dist: str | None = None


_DEBUG_ID = regex(r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?-?([0-9a-f]{0,8})", re.IGNORECASE)


def normalise_debug_id(text: object) -> str | None:
    """The normal form of a debug id; None if `text` is not a debug id.

    >>> normalise_debug_id("DFB8E43AF2423D73A453AEB6A777EF75a")
    'dfb8e43a-f242-3d73-a453-aeb6a777ef75-a'
    >>> normalise_debug_id("dfb8e43a-f242-3d73-a453-aeb6a777ef75-0")
    'dfb8e43a-f242-3d73-a453-aeb6a777ef75'
    """
    if not isinstance(text, str):
        return None
    found = _DEBUG_ID.fullmatch(text.strip())
    if not found:
        return None
    age = found[6].lstrip("0")
    return "-".join((*found.group(1, 2, 3, 4, 5), age) if age else found.group(1, 2, 3, 4, 5)).lower()


def normalise_code_id(text: object) -> str | None:
    """The normal form of a code id (lower-case hex, no separators); None if `text` is not a code id.

    >>> normalise_code_id("5AB3-80CF6C5000")
    '5ab380cf6c5000'
    """
    if not isinstance(text, str):
        return None
    plain = text.strip().replace("-", "").lower()
    return plain if plain and all(c in "0123456789abcdef" for c in plain) else None


_SCHEME = regex(r"^(?:[a-z][a-z0-9+.\-]+:)?//[^/]*(?=/|$)|^[a-z][a-z0-9+.\-]+:(?![\\/])|^[a-z]:(?=[\\/])|^~(?=/)", re.IGNORECASE)


_LONGEST_REMEMBERED = 512
"""Characters of URLs whose segments are cached: one search needs them about ten times."""


def url_segments(url: str) -> tuple[str, ...]:
    """The path segments of a URL or a path of any system, without scheme, host, drive, query and fragment.

    `.` and empty segments are dropped, `..` resolved (never above the root), percent escapes decoded, so that a URL, a
    Windows path and a `~/` artifact name can be compared by their tails.

    >>> url_segments("https://cdn.example/assets/app.3f2.js?v=1")
    ('assets', 'app.3f2.js')
    >>> url_segments("file:///srv/app/bundle.js")
    ('srv', 'app', 'bundle.js')
    >>> url_segments("C:\\\\build\\\\dist\\\\..\\\\app.js")
    ('build', 'app.js')
    """
    return _remembered(url) if len(url) <= _LONGEST_REMEMBERED else _url_segments(url)


def _url_segments(url: str) -> tuple[str, ...]:
    path = url.split("#", 1)[0].split("?", 1)[0] if "://" in url or url[:1] in "~/" else url.split("?", 1)[0]
    if ":" in path or path.startswith(("//", "~/")):  # plain paths in frames have none of these, and need no pattern
        path = _SCHEME.sub("", path, count=1)
    path = path.replace("\\", "/")
    if "%" in path:
        path = unquote(path)
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if segments:
                segments.pop()
        elif segment and segment != ".":
            segments.append(segment)
    return tuple(segments)


_remembered = lru_cache(maxsize=1024)(_url_segments)


def common_tail(one: Sequence[str], other: Sequence[str]) -> int:
    """How many last segments two paths share, as written.

    >>> common_tail(("srv", "app", "src", "a.ts"), ("src", "a.ts"))
    2
    """
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count


_GONE = (" (deleted)", "//deleted", " (path inside container)", " (path inside overlay)")
_MEMORY_FILE = "/memfd:"


_KERNELS = ("[kernel.", "[guest.kernel.")


def mapped_path(path: str) -> str:
    """The path of a mapped file, without what Linux adds if the file was deleted or replaced since then.

    A file that exists only in memory has a name and no folder; perf has names of its own for kernels (`[kernel.kallsyms]`).

    >>> mapped_path("/srv/app (deleted)")
    '/srv/app'
    >>> mapped_path("/memfd:app (deleted)")
    'app'
    """
    for _ in _GONE:
        ending = next((one for one in _GONE if path.endswith(one)), None)
        if ending is None:
            break
        path = path[: -len(ending)]
    return "vmlinux" if path.startswith(_KERNELS) else path.removeprefix(_MEMORY_FILE)


_MAX_ADDRESS = 2**64 - 1
_HEX = ("0x", "0X")


def parse_address(value: object) -> int | None:
    """An address as events write it (`"0x7f31"`, `"32561"` or a number); None if it is not an address. 0 to 2⁶⁴ − 1."""
    if isinstance(value, int):
        return value if 0 <= value <= _MAX_ADDRESS and not isinstance(value, bool) else None
    if not isinstance(value, str) or len(value) > 24:
        return None
    try:
        address = int(value, 16 if value[:2] in _HEX else 10)
    except ValueError:
        return None
    return address if 0 <= address <= _MAX_ADDRESS else None
