"""Dart's functions and files, as a person knows them.

The debug information has names as Dart prints them: `Basket.add.<anonymous closure>`, `new Basket.empty`. Symbols, and what older compilers
wrote, have more in them: the library that a private name is of (`_BasketState@18230._load`), what the compiler made for a call (`dyn:`).
"""

from __future__ import annotations

from typing import Final

from symbolicator.patterns import regex

_LIBRARY: Final = regex(r"(?<=\w)@\d{3,12}\b")
_MADE: Final = regex(r"^(?:dyn:|\[tear-off(?:-extractor)?\] )+")
_ACCESSOR: Final = regex(r"(^|\.)([gs]et)[:#](?=[A-Za-z_$])")
_SCHEMES: Final = ("package:", "dart:", "org-dartlang-")
_SDK: Final = (
    "dart:", "org-dartlang-", "third_party/dart/", "package:flutter/", "package:flutter_", "package:sky_engine/",
)  # fmt: skip
_OTHERS: Final = regex(
    r"/\.pub-cache/|/Pub/Cache/|/(?:hosted|git)/pub\.dev/|/hosted/pub\.dartlang\.org/|/third_party/dart/|/packages/flutter(?:_\w{1,40})?/lib/"
)


def is_dart(path: str | None) -> bool:
    """Whether a source is Dart's.

    >>> is_dart("package:shop/basket.dart"), is_dart("/srv/shop/basket.c")
    (True, False)
    """
    return path is not None and (path.endswith(".dart") or path.startswith(_SCHEMES))


def spoken_in_dart(name: str) -> str:
    """A function as Dart's own stacks call it.

    >>> spoken_in_dart("_BasketState@18230._load@18230.<anonymous closure>")
    '_BasketState._load.<anonymous closure>'
    >>> spoken_in_dart("dyn:get:total")
    'get total'
    """
    return _ACCESSOR.sub(r"\1\2 ", _LIBRARY.sub("", _MADE.sub("", name)))


def is_own(path: str) -> bool:
    """Whether a source of Dart's is somebody's own: of no SDK, and not in the folder where pub keeps packages."""
    return not path.startswith(_SDK) and _OTHERS.search(path) is None
