"""Zstandard (RFC 8878): the standard library's module from Python 3.14 on, before that its backport."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def zstandard() -> Any:
    """The module `compression.zstd` or `backports.zstd`, imported when first needed.

    None if this Python was built without libzstd: like `lzma`, it is an optional part of CPython.
    """
    try:
        return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    except ImportError:
        return None
