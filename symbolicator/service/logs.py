"""The log of a service: one line of JSON for each record, with the id of its request."""

from __future__ import annotations

import logging
import sys
import threading
import time
from functools import lru_cache
from typing import Any

from symbolicator.control import tame_json
from symbolicator.event.wire import write_json
from symbolicator.log import set_up_now
from symbolicator.service.requests import current_id

_FIELDS = "fields"
"""The attribute of a record with further members of its line."""


class JsonLines(logging.Formatter):
    """A record as one line of JSON, whatever its content; text from a client cannot end the line or control a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without line end."""
        line: dict[str, Any] = {
            "time": f"{_second(int(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if current_id():
            line["request_id"] = current_id()
        line |= getattr(record, _FIELDS, {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return tame_json(write_json(line)).decode("utf-8", "replace").rstrip("\n")


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    """A UTC time in seconds as text; many lines share one."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def set_up() -> None:
    """Send every record of this process, and the tracebacks of its threads, to standard error. Replaces any previous set-up."""
    set_up_now(_handle_records)


def _handle_records() -> None:
    logging.logThreads = logging.logMultiprocessing = False  # not in any line
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]  # for other libraries' warnings: without it, Python writes them as plain text
    for name in ("symbolicator", "gunicorn.error", "waitress"):
        log = logging.getLogger(name)
        log.handlers[:] = [handler]
        log.setLevel(logging.INFO)
        log.propagate = False
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
        name = failed.thread.name if failed.thread else "a thread"
        logging.getLogger("symbolicator.service").error("a bug of ours: %s ended", name, exc_info=failed.exc_value)


def log_request(**fields: Any) -> None:
    """Log a request that was answered."""
    log = logging.getLogger("symbolicator.service.access")
    if log.isEnabledFor(logging.INFO):
        # As `log.info`, but without walking the stack to find the caller, which no line shows.
        message = f"{fields['method']} {fields['path']} {fields['status']}"
        log.handle(log.makeRecord(log.name, logging.INFO, __file__, 0, message, (), None, extra={_FIELDS: fields}))
