"""Names of architectures in containers and events: which are variants of one, and which slice they mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

_ALIASES: Final = {"i386": "x86", "i686": "x86", "x86-64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm-64": "arm64"}
_VARIANTS: Final = (("arm64", "arm64"), ("arm", "arm"), ("thumb", "arm"), ("x86_64", "x86_64"))
"""How a variant's name begins, and its instruction set: arm64e, arm64_32; armv7, armv7s, armv7k; x86_64h."""


def arch_name(text: str) -> str:
    """The name as in containers.

    >>> arch_name("ARM-64")
    'arm64'
    """
    lower = text.strip().lower()
    return _ALIASES.get(lower, lower)


def arch_family(text: str) -> str:
    """The instruction set that an architecture is a variant of.

    >>> arch_family("arm64e")
    'arm64'
    >>> arch_family("armv7k")
    'arm'
    """
    name = arch_name(text)
    return next((family for start, family in _VARIANTS if name.startswith(start)), name)


def pick(slices: Sequence[tuple[str, Collection[str]]], ids: Collection[str | None], arch: str | None) -> int | None:
    """Which slice of a fat file, each an architecture and its ids, is meant: the one with one of `ids`, else the one for
    `arch`, else the only one. Never simply the first: None if it is unclear.
    """
    arches = [one for one, _ in slices]
    named = next((number for number, (_, own) in enumerate(slices) if any(each in ids for each in own)), None)
    if named is None and arch and arch_name(arch) in arches:
        named = arches.index(arch_name(arch))
    if named is None and arch:  # for example arm64 is wanted, and arm64e is there
        related = [number for number, one in enumerate(arches) if arch_family(one) == arch_family(arch)]
        named = related[0] if len(related) == 1 else None
    return 0 if named is None and len(slices) == 1 else named
