"""What a service has open, and for whom: by its routes and the options that it is started with."""

from __future__ import annotations

from msgspec import Struct

from symbolicator.service.cross_origin import PROFILER
from symbolicator.service.hosts import is_loopback
from symbolicator.service.limits import Serving
from symbolicator.service.routes import routes_by_door

_OFF = "nobody: there is no --store"


class Open(Struct, frozen=True):
    """One route. `who` may ask, and `pages` of other origins may read its answers ("" for none)."""

    door: str
    method: str
    path: str
    who: str
    pages: str
    summary: str


def open_doors(serving: Serving) -> list[Open]:
    """The routes of a service with these settings, but for those that browsers ask by themselves (OPTIONS)."""
    near = "this machine" if is_loopback(serving.host) else "anybody"
    token = "a scope's token, or the service's" if serving.scopes else "the token" if serving.token else ""
    return [
        Open(
            door=door,
            method=route.method,
            path=route.path,
            who=_OFF if route.writes and serving.store is None else token if route.guarded and token else near,
            pages=_pages(bool(token)) if route.cross_origin else "",
            summary=route.operation["summary"],
        )
        for door, route in routes_by_door()
        if route.method != "OPTIONS"
    ]


def _pages(with_token: bool) -> str:
    """A page cannot send a token in a header: with one in its path, its origin does not matter."""
    return "any, with the token in the path" if with_token else f"{PROFILER} and this machine's"
