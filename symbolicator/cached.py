"""`cached_property` without a lock, as `functools` has it from Python 3.12 on.

Before, one lock stood for all objects of a class: threads that opened two files waited for one another, and a child that was forked
meanwhile for ever.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or sys.version_info >= (3, 12):
    cached_property = functools.cached_property
else:

    class cached_property:
        """A property that is computed once for each object; by two threads at once, perhaps, to the same end."""

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
