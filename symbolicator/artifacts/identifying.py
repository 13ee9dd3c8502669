"""What a file is, by its content: the format rooms' identifiers are tried in order, and the first answer wins.

Identifiers are callables or `"module:function"` strings, which are imported when the first new file has to be read: for an unchanged
folder none is imported.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Final

from symbolicator._version import __version__
from symbolicator.artifacts.files import Identifier, Identity
from symbolicator.artifacts.records import Record, read_record
from symbolicator.artifacts.scanning import Seen
from symbolicator.errors import ConfigError, MalformedArtifact
from symbolicator.keys import FileKind
from symbolicator.log import log_of

_SAMPLE: Final = 8192
"""Bytes read to tell text from other content."""


class Identifiers:
    """The identifiers of a store. `fingerprint` shows whether an index was made with the same ones."""

    hashes_members = False
    """Whether a container's members are hashed when first read, rather than when the digest is needed."""

    def __init__(self, given: Sequence[Identifier | str] = ()) -> None:
        self._given = tuple(given)
        self._loaded: tuple[Identifier, ...] | None = None
        self.fingerprint = " ".join((__version__, *map(_name, self._given)))

    def record(self, seen: Seen, root: str, follow_links: bool) -> Record:
        """The record of the file that a scan of `root` saw, with its members. Never raises because of its content."""
        return read_record(seen, root, follow_links, self.identify, hash_members=self.hashes_members)

    def identify(self, name: str, data: memoryview) -> tuple[Identity, str | None]:
        """The identity of a file, and a note if an identifier failed on it. Unrecognized text is SOURCE, the rest OTHER."""
        if self._loaded is None:
            self._loaded = tuple(_load(one) if isinstance(one, str) else one for one in self._given)
        note: str | None = None
        for given, identifier in zip(self._given, self._loaded, strict=True):
            try:
                identity = identifier(name, data)
            except MalformedArtifact as error:
                note = error.reason
            except MemoryError:
                note = "needs more memory to read than there is"
            except Exception as error:  # noqa: BLE001 - one room's bug must not hide the files of the others
                log_of(__name__).exception("identifier %s failed on %s", _name(given), name)
                note = f"identifier {_name(given)} failed: {error!r}"
            else:
                if identity is not None:
                    return identity, note
        return Identity(kind=FileKind.SOURCE if _is_text(data) else FileKind.OTHER), note


def _name(given: Identifier | str) -> str:
    if isinstance(given, str):
        return given
    return f"{getattr(given, '__module__', '?')}:{getattr(given, '__qualname__', type(given).__qualname__)}"


def _load(text: str) -> Identifier:
    module, _, name = text.partition(":")
    try:
        found: Identifier = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"no such identifier: {text!r}: {error}", 'write it as "package.module:function"') from error
    return found


def _is_text(data: memoryview) -> bool:
    sample = bytes(data[:_SAMPLE])
    if not sample or 0 in sample:
        return False
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        # A character cut at the end of the sample does not mean that this is not text.
        return len(data) > _SAMPLE and error.start > len(sample) - 4
    return True
