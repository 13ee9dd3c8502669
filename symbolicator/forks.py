"""Replaces locks in a forked child: a lock that another thread holds at the fork stays locked in the child for ever.

An object with a lock shared between threads calls `renewed_in_child`; its `after_fork` replaces the lock and whatever the thread that held
it may have left half done. Engines alive at the fork are usable in the child (gunicorn's preload, Celery, multiprocessing's fork).

The interpreter has such locks too, one for each module being imported, and many modules are imported when first needed. A fork
waits, for a moment at most, until no other thread imports.
"""

from __future__ import annotations

import os
import threading
import time
from importlib import _bootstrap  # there is no public way to see which imports are running
from typing import Final, Protocol
from weakref import WeakSet

_LONGEST_WAIT: Final = 1.0
"""Seconds that a fork waits for other threads' imports."""
_NAP: Final = 0.0005


class Renewed(Protocol):
    """An object shared between threads."""

    def after_fork(self) -> None:
        """Replace the locks, in a child in which no other thread runs. Must be quick, never raise, and not touch files."""


_alive: WeakSet[Renewed] = WeakSet()
_slow: set[str] = set()
"""Modules whose import took longer than a wait: a module that runs a program never ends."""


def renewed_in_child(shared: Renewed) -> None:
    """Call `shared.after_fork` in every child forked while the object is alive."""
    _alive.add(shared)


def _importing() -> set[str]:
    """The modules that other threads are importing now."""
    own = threading.get_ident()
    locks = [(name, lock()) for name, lock in list(getattr(_bootstrap, "_module_locks", {}).items())]
    return {name for name, lock in locks if lock is not None and lock.owner not in (None, own)} - _slow


def _before() -> None:
    if threading.active_count() == 1:
        return
    end = time.monotonic() + _LONGEST_WAIT
    while True:
        # Also if nothing is imported: a woken thread has the interpreter for milliseconds, so no import begins before the fork.
        time.sleep(_NAP)
        importing = _importing()
        if not importing:
            return
        if time.monotonic() > end:
            _slow.update(importing)
            return


def _in_child() -> None:
    for shared in list(_alive):
        shared.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_child=_in_child)
