"""The comments at the top of a mapping: who wrote it, and R8's own ids of it.

R8 writes `# pg_map_id: <id>` and `# pg_map_hash: SHA-256 <hash>`; the id is what the source files of the app's classes say
(`r8-map-id-<id>`), so that a stack names its mapping.
"""

from __future__ import annotations

from typing import Final

import msgspec

_HEAD: Final = 1 << 13


class Header(msgspec.Struct, frozen=True):
    """What the comments at the top say; None where they do not."""

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
