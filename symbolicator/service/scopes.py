"""Who asks: a token says which scope's files a request sees. Scopes are tenants, who never see each other's files.

* Without tokens, anybody asks, and there is one scope, `global`.
* A scope's own token is for that scope, whatever else the request names.
* The service's token (`--token`) may ask for every scope: the request names one (`?scope=`, the project of an envelope or an upload); where
  it names none, or what is no scope, it is `global`.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Final, NamedTuple

from symbolicator.errors import ConfigError
from symbolicator.patterns import regex

GLOBAL: Final = "global"
"""The scope of those who name none."""
_NAME: Final = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Visitor(NamedTuple):
    """Who asks. `scope`: the one that its token is for; None if it may choose."""

    scope: str | None


class Scopes:
    """The tokens of a service: its own `token`, and those of `scopes`, pairs of name and token. Raises `ConfigError`."""

    def __init__(self, token: str | None = None, scopes: Iterable[tuple[str, str]] = ()) -> None:
        named = tuple(scopes)
        for name, own in named:
            if not _NAME.fullmatch(name) or name == GLOBAL:
                raise ConfigError(f"{name!r:.80} cannot be a scope", f"use letters, digits, '.', '_' and '-'; not {GLOBAL!r}")
            if not own:
                raise ConfigError(f"the scope {name} has no token", f"--scope {name}=TOKEN")
        pairs = ([(token, None)] if token else []) + [(own, name) for name, own in named]
        if len({own for own, _ in pairs}) < len(pairs):
            raise ConfigError("two scopes have the same token", "give each one of its own")
        self._tokens = [(own.encode(), Visitor(name)) for own, name in pairs]
        self.names = frozenset(name for name, _ in named)

    @property
    def open(self) -> bool:
        """Whether anybody may ask, without a token."""
        return not self._tokens

    def check_store(self, there: bool) -> None:
        """Raises `ConfigError` if there is a store for uploads that needs a token, or none though scopes need one."""
        if there and self.open:
            raise ConfigError("whoever uploads files needs a token", "start the service with --token too, or --scope NAME=TOKEN")
        if self.names and not there:
            raise ConfigError("there are scopes but no store", "name the folder for their files: --store DIR")

    def visitor(self, authorization: str) -> Visitor | None:
        """Who sends this header; None if nobody known. Takes as long for every token that is wrong."""
        if not self._tokens:
            return Visitor(None)
        scheme, _, given = authorization.partition(" ")
        sent = given.strip().encode("utf-8", "replace")
        found = None
        for token, visitor in self._tokens:
            if hmac.compare_digest(sent, token):
                found = visitor
        return found if scheme.lower() == "bearer" else None

    def chosen(self, visitor: Visitor, wanted: str | None) -> str:
        """The scope of a request that names `wanted`."""
        if visitor.scope is not None:
            return visitor.scope
        return wanted if wanted in self.names else GLOBAL
