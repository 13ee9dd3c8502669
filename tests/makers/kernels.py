"""The kernels as they stand, uncompiled, beside those that are installed."""

import sys
from functools import cache
from importlib import import_module
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

from symbolicator import kernels

FOLDER = kernels.__path__[0]
NAMES = sorted(path.stem for path in Path(FOLDER).glob("*.py") if path.stem != "__init__")


@cache
def uncompiled() -> dict[str, ModuleType]:
    """By name; they import each other, and the installed ones stay what everybody else imports."""
    full = {f"{kernels.__name__}.{name}": name for name in NAMES}
    modules = {name: sys.modules.pop(name) for name in full if name in sys.modules}
    attributes = {name: vars(kernels).pop(name) for name in NAMES if name in vars(kernels)}
    finder = sys.path_importer_cache.get(FOLDER)
    sys.path_importer_cache[FOLDER] = FileFinder(FOLDER, (SourceFileLoader, SOURCE_SUFFIXES))
    try:
        return {short: import_module(name) for name, short in full.items()}
    finally:
        sys.path_importer_cache[FOLDER] = finder
        for name, short in full.items():
            sys.modules.pop(name, None)
            vars(kernels).pop(short, None)
        sys.modules.update(modules)
        vars(kernels).update(attributes)
