"""Frames of .NET: from a method's token, or its name, and an IL offset to the source line.

A frame of an event has `function_id` (the token, or its row), `instruction_addr` (the IL offset) and `addr_mode` `rel:N` (the `pe_dotnet`
image it is in). One of a text has its name and, in `data`, what its runtime printed: `il_offset`, `mvid`, `package`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from symbolicator.model import Frame, Stacktrace
from symbolicator.transformers import Transformer

if TYPE_CHECKING:
    from symbolicator.lookup import Lookup

_PLATFORMS = frozenset(("csharp", "dotnet", "fsharp", "vb"))


class Dotnet(Transformer):
    """Frames of .NET's platforms."""

    name: ClassVar[str] = "dotnet"

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Frames of .NET's platforms without an address of the process: those are native code's."""
        if (frame.platform or stacktrace.platform) not in _PLATFORMS:
            return False
        return frame.instruction_addr is None or "function_id" in frame.extra or frame.addr_mode is not None

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """See `Transformer.transform`."""
        from symbolicator.transformers.dotnet_frames import DotnetFrames  # the reader of PDBs: for these frames only

        work = lookup.once_per_event("dotnet", lambda: DotnetFrames(lookup))
        return [(work.frame(frame),) for frame in frames]
