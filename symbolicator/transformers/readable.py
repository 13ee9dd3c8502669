"""Frames of languages whose runtimes report places in the source: Python, Ruby, PHP and others. Nothing is missing for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from symbolicator.model import NO_FILE, Frame, Stacktrace, Status
from symbolicator.transformers import Transformer

if TYPE_CHECKING:
    from symbolicator.lookup import Lookup

PLATFORMS: Final = frozenset(
    ("cfml", "elixir", "erlang", "go", "haskell", "julia", "lua", "perl", "php", "powershell", "python", "r", "ruby")
)
"""As events name them. A platform that is not known may report generated code, so its frames stay raw."""


class Readable(Transformer):
    """Frames that were readable when they came."""

    name: ClassVar[str] = "readable"

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Frames of such a platform without an address, which is native code's."""
        return (frame.platform or stacktrace.platform) in PLATFORMS and frame.instruction_addr is None

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """See `Transformer.transform`. A frame without a file or a line (`[internal]`, line 0) is the runtime's own."""
        return [(_as_it_is(frame),) for frame in frames]


def _as_it_is(frame: Frame) -> Frame:
    if (frame.filename or frame.abs_path) and frame.lineno:
        return msgspec.structs.replace(frame, status=Status.SYMBOLICATED)
    return msgspec.structs.replace(frame, data={**frame.data, NO_FILE: "no_place"})
