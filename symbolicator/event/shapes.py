"""Shapes of events that mean the same as Sentry's of today: the keys of old clients, and requests to Sentry's Symbolicator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Json = Mapping[str, Any]

_PREFIX: Final = "sentry.interfaces."
_INTERFACES: Final = {
    "exception": "sentry.interfaces.Exception",
    "stacktrace": "sentry.interfaces.Stacktrace",
    "threads": "sentry.interfaces.Threads",
    "debug_meta": "sentry.interfaces.DebugMeta",
}
"""What Raven's clients called the parts of an event (Sentry's protocol before version 7)."""
_OF_A_REQUEST: Final = ("sources", "options", "signal", "scraping")


def key_in(source: Json, name: str) -> str:
    """The key under which an event has its `exception`, `stacktrace`, `threads` or `debug_meta`; `name` itself if it has none."""
    old = _INTERFACES.get(name, name)
    return old if source.get(name) is None and old in source else name


def with_todays_keys(source: Json) -> Json:
    """The event with the keys of today; itself if it has no others."""
    if not any(isinstance(key, str) and key.startswith(_PREFIX) for key in source):
        return source
    return {**source, **{name: source[old] for name in _INTERFACES if (old := key_in(source, name)) != name}}


def may_be_request(source: Json) -> bool:
    """Whether an object has the `stacktraces` and `modules` of a request to Sentry's Symbolicator; the shorthand has the same names."""
    return isinstance(source.get("stacktraces"), list) and isinstance(source.get("modules"), list)


def is_request(source: Json) -> bool:
    """Whether an object is such a request by what it has beside them, of which the shorthand has nothing."""
    return may_be_request(source) and any(key in source for key in _OF_A_REQUEST)


def is_callee_first(source: Json) -> bool:
    """Whether the frames of `stacktraces` begin with the innermost, as in such a request that does not say otherwise."""
    if not is_request(source):
        return False
    options = source.get("options")
    return not (isinstance(options, Mapping) and options.get("frame_order") == "caller_first")


def may_hold_stacks(source: Json) -> bool:
    """Whether an object has any of the keys under which events have stacks."""
    today = with_todays_keys(source)
    return any(name in today for name in ("exception", "threads", "stacktrace", "stacktraces", "frames"))


def with_release(event: Json, release: str | None, dist: str | None) -> Json:
    """The event with this release and dist, if it names none."""
    given = {name: value for name, value in (("release", release), ("dist", dist)) if value and not event.get(name)}
    return {**event, **given} if given else event
