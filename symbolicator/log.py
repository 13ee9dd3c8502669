"""The package's log. `logging` itself is loaded with the first record, which in most runs never comes.

Loggers are named after their modules, below `symbolicator`, and silent until the program sets up logging, as a library's should be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

_set_ups: list[Callable[[], None]] = []


def log_of(name: str) -> Logger:
    """The logger of the module called `name`, for a record that is written now: don't keep it."""
    pending = _set_ups[:]
    _set_ups.clear()
    for set_up in pending:
        set_up()
    import logging

    return logging.getLogger(name)


def before_the_first_record(set_up: Callable[[], None]) -> None:
    """Have `set_up` called before the next record is written, if there is one; the last one given counts."""
    _set_ups[:] = [set_up]


def set_up_now(set_up: Callable[[], None]) -> None:
    """Set logging up at once. What was to be done before the first record would undo it, so that is dropped."""
    _set_ups.clear()
    set_up()
