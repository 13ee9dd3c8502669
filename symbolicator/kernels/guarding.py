# cython: boundscheck=False, wraparound=False, initializedcheck=False, annotation_typing=False
"""Mapped files that other processes may truncate: reading beyond the new end raises SIGBUS, which ends the process (POSIX `mmap`).

If compiled, a signal handler maps zeros in place of the missing pages and remembers it; the reader calls `lost` afterwards. A fault
anywhere else is passed to the previous handler. Nothing is installed before the first file is guarded.

The C is in the `.pxd`, because a signal handler must not call Python.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython


def guard(data: memoryview) -> int:
    """Guard a whole mapping. Returns the number of the guard, -1 if none is available (uncompiled, Windows, too many)."""
    if cython.compiled and len(data):
        return symbolicator_guard(cython.address(data[0]), len(data))  # type: ignore[name-defined, no-any-return]  # noqa: F821  # C
    return -1


def lost(number: int) -> int:
    """1 if pages of the mapping were missing when they were read, or the disk reported an I/O error."""
    if cython.compiled:
        return symbolicator_lost(number)  # type: ignore[name-defined, no-any-return]  # noqa: F821  # C
    return 0


def release(number: int) -> None:
    """End the guard: its pages are about to be unmapped."""
    if cython.compiled:
        symbolicator_release(number)  # type: ignore[name-defined]  # noqa: F821  # C
