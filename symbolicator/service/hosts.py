"""Which host names requests may be for, if only programs on this machine should reach the service.

If a web page's name resolves to 127.0.0.1, its scripts may read our answers because they have that name's origin (DNS rebinding). Their
requests have the name in `Host`. Addresses cannot be rebound, and `localhost` resolves to nothing else.
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
_HINT = "use 127.0.0.1 or localhost; for another name, start the service with --allow-host NAME"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service listening there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def checked_hosts(serving: Serving) -> tuple[str, ...] | None:
    """The names that `Host` may have, beside this machine's own; None if any is allowed.

    `Host` is checked if names are given, or if only programs on this machine should have access, which send no token.
    """
    if serving.hosts or (is_loopback(serving.host) and not (serving.token or serving.scopes)):
        return (*serving.hosts, serving.host)
    return None


def host_in(target: str) -> str | None:
    """The host in a request's target (`http://HOST/path`, as sent to a proxy); None if the target is a path, as usual.

    It is checked in addition to `Host`, which need not match such a target (RFC 9112 §3.2.2).
    """
    scheme, found, rest = target.partition("://")
    if not found or "/" in scheme or "?" in scheme:
        return None
    return _END_OF_HOST.split(rest, maxsplit=1)[0]


def name_in(host: str) -> str | None:
    """The name or address in a `NAME:PORT`, in lower case and without brackets; None if it is no host."""
    found = _HOST.fullmatch(host)
    return None if found is None else found[1].strip("[]").lower()


def host_check(names: Iterable[str]) -> Callable[[str | None], None]:
    """Raises a `Refusal` for a `Host` that is neither this machine's nor one of `names`; None, from very old clients, is allowed."""
    allowed = {name.lower() for name in names}

    @lru_cache(maxsize=128)
    def known(given: str) -> bool:
        name = name_in(given)
        if name is None:
            return False
        name = name.removesuffix(".")
        return name in allowed or is_loopback(name)

    def check(given: str | None) -> None:
        if given is not None and not (len(given) < 300 and known(given)):
            raise Refusal(403, f"this service does not serve the host {given[:80]!r}", _HINT)

    return check
