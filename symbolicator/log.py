"""The package's log. `logging` itself is imported with the first record, which most runs never write.

Loggers are named after their modules, below `symbolicator`, and silent until the program sets up logging, as a library's should be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

_set_ups: list[Callable[[], None]] = []


def log_of(name: str) -> Logger:
    """The logger of the module called `name`, for one record that is written now: don't keep it."""
    pending = _set_ups[:]
    _set_ups.clear()
    for set_up in pending:
        set_up()
    import logging

    return logging.getLogger(name)


def before_the_first_record(set_up: Callable[[], None]) -> None:
    """Call `set_up` before the next record is written, if there is one; a later call replaces an earlier one."""
    _set_ups[:] = [set_up]


def set_up_now(set_up: Callable[[], None]) -> None:
    """Set up logging at once. A pending set-up is dropped because it would undo this one."""
    _set_ups.clear()
    set_up()
