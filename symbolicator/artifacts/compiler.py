"""The interface of format rooms to the cache: a compiler builds tables from files and indexes from tables. And the keys of tables."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Protocol, TypeVar, runtime_checkable

from symbolicator.artifacts.tables import Table, TableWriter
from symbolicator.patterns import regex

T_co = TypeVar("T_co", covariant=True)

TableKey = tuple[str, str]
"""A table's folder (`name-version`) and the stem of its file name."""

_HEX: Final = regex("[0-9a-f]{16,128}")
_PART: Final = regex("[a-z0-9-]{1,80}")


class Compiler(Protocol[T_co]):
    """Turns files into an index. `name` and `version` are also the kind and version of the table it writes.

    A compiler for which a table takes much longer than one reading has a method `read` too (`Reader`).
    """

    @property
    def name(self) -> str:
        """A word, e.g. `sourcemap`."""

    @property
    def version(self) -> int:
        """Incremented when the table's layout or content changes: tables of other versions are ignored."""

    def compile(self, *contents: memoryview) -> TableWriter:
        """The table for some files' contents; slow. Raises `MalformedArtifact`, which is remembered."""

    def open(self, table: Table) -> T_co:
        """The index over a table; fast. Must not keep what it can get from the table again."""


class Read(Protocol):
    """An index without a table."""

    @property
    def nbytes(self) -> int:
        """About what it takes of memory beside the files' contents."""


@runtime_checkable
class Reader(Protocol):
    """A compiler that can answer without a table: most files are asked for one crash, and never again."""

    def read(self, *contents: memoryview) -> Read:
        """The index of some files' contents, which it may keep; it answers as one of a table does. Raises as `compile`."""


@lru_cache(maxsize=4096)
def table_key(compiler: str, version: int, *digests: str, part: str | None = None) -> TableKey:
    """The key of a compiler's table of files with these digests. Raises ValueError for an invalid `part`."""
    if part is not None:
        if not _PART.fullmatch(part):
            raise ValueError(f"a part is called {part!r}; a name has a-z, 0-9 and - only")
        folder, stem = table_key(compiler, version, *digests)
        return folder, f"{stem}-{part}"
    name = "".join(c if c.isalnum() or c in "_.-" else "_" for c in compiler)
    folder = f"{name}-{version}"
    if len(digests) == 1 and name == compiler and _HEX.fullmatch(digests[0]):
        return folder, digests[0]  # one content, and nothing else to distinguish; nearly all tables are of one file
    # Several files, or a part. Imported only here: OpenSSL costs a short run 3 ms.
    from hashlib import blake2b

    digest = blake2b(f"{compiler}\0{version}".encode(), digest_size=20)
    for each in digests:
        digest.update(b"\0" + each.encode())
    return folder, digest.hexdigest()
