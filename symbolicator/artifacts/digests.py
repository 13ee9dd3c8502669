"""Digests of files: how the cache identifies a file's content.

The digest of a whole file is the same wherever a copy of it is. Hashing 678 MB of debug information takes most of a second, while a cold
look-up in it takes a third of one. So a big native file is identified by what a store uses anyway to notice changes (its
path, size and times), and by its headers and a sample of its content. See `docs/decisions/0003-digests-of-big-files.md`.
"""

from __future__ import annotations

from typing import Final

from symbolicator.artifacts.files import Identity
from symbolicator.keys import FileKind

SAMPLED_FROM: Final = 16 << 20
"""Native files from this size on are not hashed whole: smaller ones take less than 20 ms."""
_BLOCK: Final = 4096
_BLOCKS: Final = 32
_ENDS: Final = 32 << 10
"""Bytes of the file's start (headers, build id) and end (section table) that are hashed."""


def digest_of(content: memoryview, identity: Identity, place: str, stamp: str) -> str:
    """32 hex digits for the file at `place` (its whole path) with this content and `stamp`.

    BLAKE2b of the content; for a big native file, of path and stamp, both its ends and blocks between.
    """
    from hashlib import blake2b  # only for new files; OpenSSL costs a short run 3 ms

    if identity.kind is not FileKind.DEBUG_FILE or len(content) < SAMPLED_FROM:
        return blake2b(content, digest_size=16).hexdigest()
    digest = blake2b(f"{place}\0{stamp}\0".encode("utf-8", "surrogateescape"), digest_size=16, person=b"sampled")
    digest.update(content[:_ENDS])
    step = len(content) // _BLOCKS
    for at in range(step // 2, len(content), step):
        digest.update(content[at : at + _BLOCK])
    digest.update(content[-_ENDS:])
    return digest.hexdigest()
