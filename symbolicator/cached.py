"""`cached_property` without a lock, as in `functools` from Python 3.12 on.

Before, all objects of a class shared one lock: threads that opened two files waited for each other, and a child forked in the meantime
waited for ever.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or sys.version_info >= (3, 12):
    cached_property = functools.cached_property
else:

    class cached_property:
        """A property computed once for each object; two threads at once may both compute it, with the same result."""

        def __init__(self, compute: Any) -> None:
            self.func = compute
            self.__doc__ = compute.__doc__

        def __set_name__(self, _: type, name: str) -> None:
            self._name = name

        def __get__(self, instance: Any, _: type | None = None) -> Any:
            if instance is None:
                return self
            value = instance.__dict__[self._name] = self.func(instance)
            return value
