"""The original classes of the locks that a Java frame holds or waits for.

`data.locks` are from text below the frame; `lock` is Sentry's: `{"type", "address", "package_name", "class_name", "thread_id"}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from symbolicator.model import Frame


def with_named_locks(frame: Frame, name: Callable[[str], str | None]) -> Frame:
    """The frame with each class that `name` knows renamed."""
    data, extra = frame.data, frame.extra
    locks = data.get("locks")
    if isinstance(locks, list):
        data = {**data, "locks": [(name(one) or one) if isinstance(one, str) else one for one in locks]}
    lock = extra.get("lock")
    if isinstance(lock, Mapping) and isinstance(lock.get("class_name"), str):
        package = lock.get("package_name")
        package = package if isinstance(package, str) else ""
        original = name(f"{package}.{lock['class_name']}" if package else lock["class_name"])
        if original is not None:
            package, _, plain = original.rpartition(".")
            extra = {**extra, "lock": {**lock, "package_name": package, "class_name": plain}}
    return msgspec.structs.replace(frame, data=data, extra=extra)
