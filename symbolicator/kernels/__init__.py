"""The hot loops. Each file is plain Python that Cython compiles as it stands; its C types are in the `.pxd` beside it.

Kernels take and give buffers (memoryview, array), hold no Python objects inside their loops and release the GIL where compiled.
Where no compiler was found at install time, the same files run uncompiled. `SYMBOLICATOR_KERNELS=python` in the environment runs
them uncompiled even where they were compiled; `compiled()` says which. It is all of them or none: what is C between two that are compiled,
a third that is not could not read.
"""

from __future__ import annotations

import importlib.machinery as _machinery
import os as _os
import sys as _sys


def _is_built(folder: str) -> bool:
    names = [entry.name for entry in _os.scandir(folder)]
    built = {name.partition(".")[0] for name in names if name.endswith(tuple(_machinery.EXTENSION_SUFFIXES))}
    return built >= {name[: -len(".pxd")] for name in names if name.endswith(".pxd") and not name.endswith("_numbers.pxd")} | {"_shared"}


_COMPILED = _os.environ.get("SYMBOLICATOR_KERNELS") != "python" and _is_built(__path__[0])
if not _COMPILED:
    # From this folder, only `.py` files are imported: compiled ones beside them are passed over.
    _sys.path_importer_cache[__path__[0]] = _machinery.FileFinder(__path__[0], (_machinery.SourceFileLoader, _machinery.SOURCE_SUFFIXES))


def compiled() -> bool:
    """True where the kernels run compiled."""
    return _COMPILED
