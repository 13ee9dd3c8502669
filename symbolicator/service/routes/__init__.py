"""The routes: one file each, with its code and its part of the OpenAPI document. Another protocol is one more file.

Such a file reads its own request (`read_body` applies the limits), converts it to an event, calls `Work.symbolicate`, and
writes its own answer; then it is added to `ROUTES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from symbolicator.service.work import Work


View = Callable[[], Response]
"""Answers the current request."""


class Route(NamedTuple):
    """One method of one path.

    `make` creates its view, once for an application; `operation` is its OpenAPI operation object; `guarded` requires the token if
    there is one.
    """

    method: str
    path: str
    make: Callable[[Work], View]
    operation: Mapping[str, Any]
    guarded: bool = False


# In the order of the document: the main routes, then those about the service.
ROUTES = ("symbolicate", "symbolicate_text", "page", "health", "ready", "metrics", "openapi")


def routes() -> list[Route]:
    """Every route; a module here has one, called `ROUTE`."""
    return [import_module(f"{__name__}.{name}").ROUTE for name in ROUTES]
