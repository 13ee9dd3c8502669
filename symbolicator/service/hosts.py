"""Whom a request has to be for, where only this machine's own programs are meant to reach the service.

A web page whose name is made to lead to 127.0.0.1 is of that name's origin, so its scripts may read what we answer (DNS rebinding). Their
requests say the name in `Host`. Addresses cannot be rebound, and `localhost` leads nowhere else.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from symbolicator.patterns import regex
from symbolicator.service.refusals import Refusal

if TYPE_CHECKING:
    from symbolicator.service.limits import Serving

_HOST = regex(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]*)?")
_END_OF_HOST = regex(r"[/?#]")
_HINT = "ask for 127.0.0.1 or localhost; for another name, start the service with --allow-host NAME"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def checked_hosts(serving: Serving) -> tuple[str, ...] | None:
    """The names to check `Host` against, beside this machine's own; None where any will do.

    It is checked where names are given, and where nobody but this machine's own programs is meant to ask, who send no token.
    """
    if serving.hosts or (is_loopback(serving.host) and not serving.token):
        return (*serving.hosts, serving.host)
    return None


def host_in(target: str) -> str | None:
    """The host that a request's target names with its port (`http://HOST/path`, as to a proxy); None where it is a path, as mostly.

    It counts beside `Host`, which whoever writes such a target may leave as it is (RFC 9112 §3.2.2).
    """
    scheme, found, rest = target.partition("://")
    if not found or "/" in scheme or "?" in scheme:
        return None
    return _END_OF_HOST.split(rest, maxsplit=1)[0]


def host_check(names: Iterable[str]) -> Callable[[str | None], None]:
    """What raises a `Refusal` for a `Host` that is neither this machine's nor one of `names`; None is a client too old to say."""
    allowed = {name.lower() for name in names}

    @lru_cache(maxsize=128)
    def known(given: str) -> bool:
        found = _HOST.fullmatch(given)
        if found is None:
            return False
        host = found[1].strip("[]").lower().removesuffix(".")
        return host in allowed or is_loopback(host)

    def check(given: str | None) -> None:
        if given is not None and not (len(given) < 300 and known(given)):
            raise Refusal(403, f"this service does not serve {given[:80]!r}", _HINT)

    return check
