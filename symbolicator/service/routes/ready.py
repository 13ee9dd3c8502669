"""`GET /ready`: whether events can be served: every store can be read, the cache can be written.

For whatever starts and stops services, which has no token; the names of the folders are shown only with the token.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator.artifacts.folders import unwritable
from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.models import Ready
from symbolicator.service.openapi import answer, operation
from symbolicator.service.routes import Route, View
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.work import Work


def _make(work: Work) -> View:
    def ready() -> Response:
        visitor = current_request().visitor
        open_to_all = visitor is not None and visitor.scope is None
        given = [each for each in work.engine.settings.all_files if isinstance(each, str | os.PathLike)]
        files = {str(each) if open_to_all else f"files[{n}]": _unreadable(each) for n, each in enumerate(given)}
        cache = unwritable(work.engine.cache_folder)
        fine = cache is None and not any(files.values())
        answer = json_answer(Ready(status="ready" if fine else "not ready", files=files, cache=cache), 200 if fine else 503)
        if not fine:
            answer.headers["Retry-After"] = "5"
        return answer

    return ready


def _unreadable(given: str | os.PathLike[str]) -> str | None:
    path = Path(given)
    try:
        if path.is_dir():
            with os.scandir(path):
                return None
        with path.open("rb"):
            return None
    except OSError as error:
        return error.strerror or type(error).__name__


_ANSWERS = {"200": answer("Ready", JSON), "503": answer("Ready", JSON, text="Not ready, and why")}
ROUTE = Route("GET", "/ready", _make, operation("ready", "Whether events can be served", _ANSWERS))
