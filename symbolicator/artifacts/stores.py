"""Several stores as one, and the way from what a user gives (paths, stores) to it.

Layouts of symbol servers, which find by formula and without a scan, are one file each beside `directory.py`, and get their place in
`open_stores`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.files import Artifact, ArtifactStore, Found, Identifier
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.matching import MAX_TRIED
from symbolicator.errors import ConfigError
from symbolicator.keys import Key


class StoreChain:
    """Stores in order, as one `ArtifactStore`: the first with an answer wins, and equal answers of two are no ambiguity.

    With `near`, the store that `near` is from is asked first: what belongs to a file lies beside it.
    """

    def __init__(self, stores: Sequence[ArtifactStore]) -> None:
        self.stores = tuple(stores)

    def find(self, key: Key, near: Artifact | None = None) -> Found:
        """The first store's answer that is one; else what was tried in all of them."""
        stores = self.stores
        if len(stores) == 1:
            return stores[0].find(key, near)
        tried: list[str] = []
        if near is not None:
            stores = tuple(sorted(stores, key=lambda store: store is not near.store))
        for store in stores:
            found = store.find(key, near)
            tried += found.tried
            if found.artifacts:
                return Found(artifacts=found.artifacts, how=found.how, tried=tuple(tried[:MAX_TRIED]))
        return Found(tried=tuple(tried[:MAX_TRIED]))

    def read(self, artifact: Artifact) -> memoryview:
        """The content, from the store that gave the artifact out."""
        return cast(memoryview, artifact.store.read(artifact))

    def digest(self, artifact: Artifact) -> str:
        """The digest, from the store that gave the artifact out."""
        return cast(str, artifact.store.digest(artifact))

    def artifacts(self) -> Sequence[Artifact]:
        """Everything the stores hold, store by store."""
        return tuple(artifact for store in self.stores for artifact in store.artifacts())

    def notes(self) -> Sequence[str]:
        """The notes of the stores that take any."""
        return tuple(note for store in self.stores for note in getattr(store, "notes", tuple)())

    def describe(self) -> str:
        """The stores' names."""
        return ", ".join(store.describe() for store in self.stores)

    def close(self) -> None:
        """Close the stores that can be closed."""
        for store in self.stores:
            getattr(store, "close", tuple)()


def open_stores(
    files: Sequence[str | Path | ArtifactStore],
    cache_folder: Path | None = None,
    identifiers: Sequence[Identifier | str] = (),
    *,
    follow_links: bool = False,
) -> StoreChain:
    """One store over folders, files and stores, in the order given. Nothing is scanned before something is asked for.

    ConfigError for a path that does not exist or cannot be read, and for what is neither path nor store.
    """
    # Shared, so that the identifiers' modules are loaded once.
    shared = Identifiers(identifiers)
    stores: list[ArtifactStore] = []
    for given in files:
        if isinstance(given, str | Path):
            stores.append(DirectoryStore(given, cache_folder, shared, follow_links=follow_links))
        elif callable(getattr(given, "find", None)) and callable(getattr(given, "read", None)):
            stores.append(given)
        else:
            raise ConfigError(f"files holds {given!r}, which is neither a path nor a store", "give a folder, a file, or an ArtifactStore")
    return StoreChain(stores)
