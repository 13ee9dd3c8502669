"""What a forked child makes anew: a lock that another thread held when the process forked stays held in the child, for ever.

Whoever has a lock that threads share calls `renewed_in_child` and says in `after_fork` what replaces it, and what the thread that held it
may have left half done. Engines alive at the fork are usable in the child (gunicorn's preload, Celery, multiprocessing's fork).

The interpreter has such locks as well, one for each module that is being imported, and much is imported when it is first needed. A fork
waits until no other thread imports, for a moment at most.
"""

from __future__ import annotations

import os
import threading
import time
from importlib import _bootstrap  # there is no public way to see which imports are under way
from typing import Final, Protocol
from weakref import WeakSet

_LONGEST_WAIT: Final = 1.0
"""Seconds that a fork waits for the imports of other threads."""
_NAP: Final = 0.0005


class Renewed(Protocol):
    """Something that threads share."""

    def after_fork(self) -> None:
        """Make the locks anew, in a child in which no other thread runs. Quick, and never raises: files are not to be touched."""


_alive: WeakSet[Renewed] = WeakSet()
_slow: set[str] = set()
"""Modules whose import outlasted a wait: one that runs a program never ends."""


def renewed_in_child(shared: Renewed) -> None:
    """Have `shared.after_fork` called in every child forked while it is alive."""
    _alive.add(shared)


def _importing() -> set[str]:
    """The modules that other threads import right now."""
    own = threading.get_ident()
    locks = [(name, lock()) for name, lock in list(getattr(_bootstrap, "_module_locks", {}).items())]
    return {name for name, lock in locks if lock is not None and lock.owner not in (None, own)} - _slow


def _before() -> None:
    if threading.active_count() == 1:
        return
    end = time.monotonic() + _LONGEST_WAIT
    while True:
        # Also where nothing is imported: whoever wakes has the interpreter for milliseconds, so that no import begins before the fork.
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
