"""Zstandard (RFC 8878) for every room: the standard library's module from Python 3.14 on, its backport before."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def zstandard() -> Any:
    """The module `compression.zstd` or `backports.zstd`, imported when something is first found to need it.

    None where this Python was built without libzstd: like `lzma`, it is an optional part of CPython.
    """
    try:
        return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    except ImportError:
        return None
