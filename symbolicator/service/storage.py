"""The uploaded files of a service: a store for each scope, in one folder, and an engine that sees them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from symbolicator.artifacts.journal import Entry
from symbolicator.artifacts.uploading import Known, Uploads
from symbolicator.engine import Symbolicator
from symbolicator.errors import ConfigError, NotStored, StoreFull, Unreadable
from symbolicator.service.refusals import Refusal, overloaded
from symbolicator.service.scopes import GLOBAL


class Scope:
    """One scope's files. `engine` sees those of the service, and these."""

    def __init__(self, name: str, folder: Path, engine: Symbolicator, most: int | None) -> None:
        try:
            self.uploads = Uploads(folder, engine.workshop.guests_identifiers().fingerprint, most)
            self.uploads.renew(engine.workshop.guests_identifiers)
        except (OSError, StoreFull) as error:
            raise ConfigError(f"{folder} cannot be written: {error}", "give --store a folder that this user may write") from error
        self.engine = engine.with_uploads(self.uploads.folder, name)
        self.engine.store.artifacts()  # read before workers are forked

    def add(self, staged: Path, known: Known, sha1: str | None = None) -> tuple[Entry, bool]:
        """See `Uploads.add`. Raises what it raises."""
        return self.uploads.add(staged, known, self.engine.workshop.guests_identifiers(), sha1)


class Storage:
    """The scopes' files in `folder`: those of `names`, and of the scope `global`. At most `most` bytes each. Raises `ConfigError`."""

    def __init__(self, folder: Path, engine: Symbolicator, names: Iterable[str], most: int | None = None) -> None:
        for given in (*engine.settings.all_files, *engine.settings.path_map.values()):
            if isinstance(given, str | os.PathLike) and Path(given).resolve() in (folder.resolve(), *folder.resolve().parents):
                raise ConfigError(f"{folder} is in {given}, whose files everybody sees", "keep uploads in a folder of their own")
        self._scopes = {name: Scope(name, folder / name, engine, most) for name in (GLOBAL, *sorted(names))}

    def __getitem__(self, name: str) -> Scope:
        return self._scopes[name]


@contextmanager
def refusing(code: int = 400) -> Iterator[None]:
    """Raises refusals for what a store raises: `code` if a file is not taken, 507 if there is no room, 503 if it may work later."""
    try:
        yield
    except StoreFull as error:
        raise Refusal(507, str(error), error.hint) from error
    except NotStored as error:
        raise Refusal(code, str(error), error.hint) from error
    except Unreadable as error:
        raise overloaded(str(error)) from error
    except OSError as error:
        raise overloaded(f"the store cannot be written: {error.strerror or type(error).__name__}") from error
