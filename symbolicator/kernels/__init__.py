"""The hot loops. Each file is plain Python that Cython compiles as it stands; its C types are in the `.pxd` beside it.

Kernels take and give buffers (memoryview, array), hold no Python objects inside their loops and release the GIL where compiled.
Where no compiler was found at install time, the same files run uncompiled. `SYMBOLICATOR_KERNELS=python` in the environment runs
them uncompiled even where they were compiled; `compiled()` says which.
"""

from __future__ import annotations

import importlib.machinery as _machinery
import os as _os
import sys as _sys

if _os.environ.get("SYMBOLICATOR_KERNELS") == "python":
    # From this folder, only `.py` files are imported: the compiled ones beside them are passed over.
    _sys.path_importer_cache[__path__[0]] = _machinery.FileFinder(__path__[0], (_machinery.SourceFileLoader, _machinery.SOURCE_SUFFIXES))


def compiled() -> bool:
    """True where the kernels run compiled."""
    loaded = [module for name, module in list(_sys.modules.items()) if name.startswith(__name__ + ".") and not name.endswith("._plain")]
    if not loaded:
        from symbolicator.kernels import vlq

        loaded = [vlq]
    return not (loaded[0].__file__ or "").endswith(".py")
