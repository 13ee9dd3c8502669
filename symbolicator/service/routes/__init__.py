"""The routes: one file each, with what it does and how the OpenAPI document tells of it. A door for another protocol is one more.

Such a file reads its own request (`read_body` keeps the limits), makes an event of it, has `Work.symbolicate` do what there is to do, and
writes its own answer; then it is named in `ROUTES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from symbolicator.service.work import Work


View = Callable[[], Response]
"""Answers the request at hand."""


class Route(NamedTuple):
    """One method of one path.

    `make` makes its view, once for an application; `operation` is its OpenAPI operation object; `guarded` asks for the token where
    there is one.
    """

    method: str
    path: str
    make: Callable[[Work], View]
    operation: Mapping[str, Any]
    guarded: bool = False


# In the order of the document: what the service is for, then what it says of itself.
ROUTES = ("symbolicate", "symbolicate_text", "page", "health", "ready", "metrics", "openapi")


def routes() -> list[Route]:
    """Every route; a module here has one, called `ROUTE`."""
    return [import_module(f"{__name__}.{name}").ROUTE for name in ROUTES]
