"""Packages whose names are loaded when first used (PEP 562), so that users load only what they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def load_lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package: `homes` maps public names to their modules. A name that maps to itself is a module."""

    def find(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{home}")
        value = module if home == name and not hasattr(module, name) else getattr(module, name)
        vars(import_module(package))[name] = value
        return value

    return find
