# cython: boundscheck=False, wraparound=False, initializedcheck=False, annotation_typing=False
"""Mapped files that others may cut short: to read beyond the new end is SIGBUS, which ends the process (POSIX `mmap`).

Where this is compiled, a signal handler puts zeros in the place of what is gone and remembers it; whoever read the file asks `lost`
afterwards. A fault anywhere else goes to the handler that was there before. Nothing is installed before the first file is guarded.

The C is in the `.pxd`: a handler may call nothing of Python's.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython


def guard(data: memoryview) -> int:
    """Guard a whole mapping; the number of the guard, -1 where there is none to be had (uncompiled, Windows, too many)."""
    if cython.compiled and len(data):
        return symbolicator_guard(cython.address(data[0]), len(data))  # type: ignore[name-defined, no-any-return]  # noqa: F821  # C
    return -1


def lost(number: int) -> int:
    """1 where pages of the mapping were gone when they were read; also for I/O errors of the disk."""
    if cython.compiled:
        return symbolicator_lost(number)  # type: ignore[name-defined, no-any-return]  # noqa: F821  # C
    return 0


def release(number: int) -> None:
    """The mapping goes away."""
    if cython.compiled:
        symbolicator_release(number)  # type: ignore[name-defined]  # noqa: F821  # C
