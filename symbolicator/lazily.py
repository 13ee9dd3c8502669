"""Packages whose names are loaded when they are first used (PEP 562): who needs one pays for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def load_lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package: `homes` says in which of its modules a public name is. One whose home is itself is that module."""

    def find(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{home}")
        value = module if home == name and not hasattr(module, name) else getattr(module, name)
        vars(import_module(package))[name] = value
        return value

    return find
