"""Several stores as one, and opening what the user gives (paths, stores).

Native files are first looked up by computed paths, in the layouts of symbol servers and distributions (`layouts.py`), which need no
scan.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import msgspec

from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.embedded import home
from symbolicator.artifacts.files import Artifact, ArtifactStore, Found, Identifier
from symbolicator.artifacts.identifying import Identifiers
from symbolicator.artifacts.matching import MAX_TRIED
from symbolicator.artifacts.places import is_upload_store
from symbolicator.artifacts.recent import Moment, Unchanged
from symbolicator.cached import cached_property
from symbolicator.errors import ConfigError
from symbolicator.keys import FileKind, Key

_LONGEST_REMEMBERED = 512
"""Characters of URLs whose answers are remembered."""


def _is_lasting(found: Found) -> bool:
    """Whether it stays true while no file changes. If several files fit, their contents were compared, and those are read anew."""
    return len(found.artifacts) < 2


class StoreChain:
    """Stores in order, as one `ArtifactStore`: the best answer wins, among equal ones the first; two stores are no ambiguity.

    With `near`, its own store is searched first: what belongs to a file is beside it. For native files, `layouts` are tried
    before the others.
    """

    def __init__(self, stores: Sequence[ArtifactStore], layouts: Callable[[], Sequence[ArtifactStore]] = tuple) -> None:
        self.stores = tuple(stores)
        self._make_layouts = layouts
        self._own = all(
            store.moment is not None if isinstance(store, StoreChain) else isinstance(store, DirectoryStore) for store in self.stores
        )
        self._uploaded = tuple(store for store in self.stores if isinstance(store, DirectoryStore) and store.has_journal)
        self._versions: tuple[int, ...] = ()
        self._forget()

    def _forget(self) -> None:
        self._moment: Moment | None = Moment() if self._own else None
        self._answers: Unchanged[tuple[Key, str | None], Found] | None = Unchanged(self.shelves) if self._own else None
        """Those of `find`: with a store for each of many builds, most of its questions are to stores without an answer."""

    def _notice(self) -> None:
        """Forget what was remembered before a file was uploaded: the next event finds it."""
        if self._uploaded:
            versions = tuple(store.version() for store in self._uploaded)
            if versions != self._versions:
                self._forget()
                self._versions = versions

    @property
    def moment(self) -> Moment | None:
        """A memory for results from these stores; None if a store is somebody else's, which may change in any way."""
        self._notice()
        return self._moment

    def followed_by(self, store: ArtifactStore) -> StoreChain:
        """A chain of the same stores and one more. Its layouts are these."""
        return StoreChain((*self.stores, store), lambda: self._layouts)

    def find(self, key: Key, near: Artifact | None = None) -> Found:
        """The best answer, or the first one of a store that does not say how well it fits; else what was tried in all of them."""
        if key.kind in (FileKind.DEBUG_FILE, FileKind.ARCHIVE):
            return self._find_native(key, near)
        if len(self.stores) == 1:
            return self.stores[0].find(key, near)
        self._notice()
        answers = self._answers
        if answers is None or len(key.url or "") > _LONGEST_REMEMBERED:
            return self._find(key, near)
        return answers.get((key, None if near is None else near.name), lambda: self._find(key, near), _is_lasting)

    def shelves(self) -> tuple[object, ...]:
        """What the stores found when they last looked: the same objects while no file changes. Those for which it is time look again."""
        found: list[object] = []
        for store in self.stores:
            found += store.shelves() if isinstance(store, DirectoryStore | StoreChain) else (object(),)
        return tuple(found)

    def _find(self, key: Key, near: Artifact | None) -> Found:
        stores = self.stores
        tried: list[str] = []
        if near is not None:
            stores = tuple(sorted(stores, key=lambda store: store is not near.store))
        best = Found()
        for store in stores:
            found = store.find(key, near)
            tried += found.tried
            if found.artifacts and (not best.artifacts or found.fit > best.fit):
                best = found
            if best.artifacts and (near is not None or not best.fit):
                break
        return msgspec.structs.replace(best, tried=tuple(tried[:MAX_TRIED]))

    def may_answer(self, url: str, endings: tuple[str, ...]) -> bool:
        """False if each store knows that it has no file of that name; stores of others are assumed to have one."""
        return any(not isinstance(store, DirectoryStore | StoreChain) or store.may_answer(url, endings) for store in self.stores)

    @cached_property
    def _layouts(self) -> tuple[ArtifactStore, ...]:
        return tuple(self._make_layouts())

    def _find_native(self, key: Key, near: Artifact | None) -> Found:
        """The answers of all stores up to the first that has debug information.

        A stripped file and its debug file have the same ids, and may be in different folders: the caller gets both.
        """
        tried: list[str] = []
        answers: dict[str, Artifact] = {}
        how = ""
        stores = (*self._layouts, *self.stores)
        if near is not None:
            stores = tuple(sorted(stores, key=lambda store: store is not near.store))
        for store in stores:
            found = store.find(key, near)
            tried += found.tried
            how = how or found.how
            for artifact in found.artifacts:
                answers.setdefault(artifact.name, artifact)
            if any("debug_info" in artifact.identity.features for artifact in found.artifacts):
                break
        return Found(artifacts=tuple(answers.values()), how=how, tried=tuple(dict.fromkeys(tried))[:MAX_TRIED])

    def read(self, artifact: Artifact) -> memoryview:
        """The content, from the artifact's store."""
        return cast(memoryview, artifact.store.read(artifact))

    def digest(self, artifact: Artifact) -> str:
        """The digest, from the artifact's store."""
        return cast(str, artifact.store.digest(artifact))

    def artifacts(self) -> Sequence[Artifact]:
        """All files of the stores, store by store."""
        return tuple(artifact for store in self.stores for artifact in store.artifacts())

    def owns(self, artifact: Artifact) -> bool:
        """Whether it, or the file it was cut out of, is from one of these stores."""
        store = home(artifact).store
        return any(store is one for one in (*self.stores, *self._layouts))

    def notes(self) -> Sequence[str]:
        """The notes of the stores that have some."""
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
    identifiers: Sequence[Identifier | str] | Identifiers = (),
    *,
    follow_links: bool = False,
) -> StoreChain:
    """One store over folders, files and stores, in the order given. Nothing is scanned before the first look-up.

    ConfigError for a path that does not exist or cannot be read, and for what is neither path nor store.
    """
    # Shared, so that the identifiers' modules are loaded once.
    shared = identifiers if isinstance(identifiers, Identifiers) else Identifiers(identifiers)
    stores: list[ArtifactStore] = []
    folders: list[str | Path] = []
    for given in files:
        if isinstance(given, str | Path):
            if is_upload_store(given):
                from symbolicator.artifacts.uploaded import UploadedStore  # few folders are such

                stores.append(UploadedStore(given, shared))
                continue
            stores.append(DirectoryStore(given, cache_folder, shared, follow_links=follow_links))
            if os.path.isdir(given):  # noqa: PTH112 - a text or a Path
                folders.append(given)
        elif callable(getattr(given, "find", None)) and callable(getattr(given, "read", None)):
            stores.append(given)
        else:
            raise ConfigError(f"files holds {given!r}, neither a path nor a store", "give a folder, a file, or an ArtifactStore")

    def layouts() -> list[ArtifactStore]:
        from symbolicator.artifacts.layouts import LayoutStore  # for native files only

        return [LayoutStore(folder, shared, follow_links=follow_links) for folder in folders]

    return StoreChain(stores, layouts)
