"""What the doors for clients of Sentry's Symbolicator share (`routes/sentry_*.py`).

Its forms, field for field: getsentry/symbolicator, `docs/api` and `crates/*/src/interface.rs`. We answer at once, so `status` is always
`completed`, and there is no request to ask for later. Beyond its form, answers have `problems` where something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from msgspec import Struct

from symbolicator.service.refusals import Refusal

Text = str | None
Number = int | None
Hex = str | int | None
"""A number, or text in hex (`0x…`) or decimal."""
Order = Literal["caller_first", "callee_first"]
T = TypeVar("T")

_WIDTH = 1 << 64


def hex_value(value: Hex, name: str) -> int | None:
    """A `HexValue`: a number (a negative one wraps, as in 64 bits), or text in hex or decimal. Raises `Refusal` 422."""
    if value is None:
        return None
    try:
        number = value if isinstance(value, int) else int(value, 16 if value[:2] in {"0x", "0X"} else 10) if len(value) < 24 else None
    except ValueError:
        number = None
    if number is None or not -_WIDTH // 2 <= number < _WIDTH:
        raise Refusal(422, f"`{name}` is no address: {value!r:.40}", "write it as 0x… or as a number")
    return number % _WIDTH


def in_order(frames: Iterable[T], sent: Order, wanted: Order) -> list[T]:
    """The frames in the `wanted` order, from the one they are `sent` in."""
    listed = list(frames)
    return listed if sent == wanted else listed[::-1]


class Options(Struct):
    """How to answer."""

    apply_source_context: bool | None = None
    frame_order: Order | None = None


def order_of(options: Options | None, usual: Order) -> Order:
    """The order of frames in a request and in its answer."""
    return (options and options.frame_order) or usual


def wants_context(options: Options | None) -> bool:
    """Whether the lines of sources are answered."""
    return options is None or options.apply_source_context is not False


def context_of(frame: Mapping[str, Any]) -> dict[str, Any]:
    """The lines of a frame's source, as members of an answer's frame."""
    return {name: frame.get(name) or None for name in ("pre_context", "context_line", "post_context")}


class Problems(Struct, omit_defaults=True):
    """Answers that say what is wrong. Sentry's own have no such member."""

    problems: list[Any] = []


def problems_of(out: Mapping[str, Any]) -> list[Any]:
    """The problems of a symbolicated event: those of its frames and files, each once."""
    found = out.get("errors")
    return list(found) if isinstance(found, Sequence) and not isinstance(found, str) else []
