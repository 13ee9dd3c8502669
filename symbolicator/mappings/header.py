"""The comments at the top of a mapping: the compiler, and R8's ids of the mapping.

R8 writes `# pg_map_id: <id>` and `# pg_map_hash: SHA-256 <hash>`; the id is also the source file of the app's classes
(`r8-map-id-<id>`), so that a stack names its mapping.
"""

from __future__ import annotations

from typing import Final

import msgspec

_HEAD: Final = 1 << 13


class Header(msgspec.Struct, frozen=True):
    """The values in the comments at the top; None if missing."""

    compiler: str | None = None
    compiler_version: str | None = None
    id: str | None = None
    hash: str | None = None


def read_header(text: memoryview) -> Header:
    """The header of a mapping's text."""
    found: dict[str, str] = {}
    for raw in bytes(text[:_HEAD]).removeprefix(b"\xef\xbb\xbf").splitlines():
        if not raw.startswith(b"#"):
            break
        key, colon, value = raw[1:].decode("utf-8", "replace").partition(":")
        if colon and "{" not in key:
            found.setdefault(key.strip(), value.strip())
    digest = found.get("pg_map_hash", "").rpartition(" ")[2]
    return Header(found.get("compiler"), found.get("compiler_version"), found.get("pg_map_id") or None, digest or None)
