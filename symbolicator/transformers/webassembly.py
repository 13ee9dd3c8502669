"""WebAssembly frames as JavaScript's engines report them: by the module's URL and an offset in it. No image has the module's address.

Through DWARF, else through a source map, else by the module's own names. Frames with an image of the event are the native transformer's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from symbolicator.model import Frame, Stacktrace
from symbolicator.transformers import Transformer
from symbolicator.transformers.webassembly_places import wasm_number, wasm_place

if TYPE_CHECKING:
    from symbolicator.lookup import Lookup

_PLATFORMS = frozenset((None, "javascript", "node", "native", "other"))


class WebAssembly(Transformer):
    """Frames at a place in a WebAssembly module."""

    name: ClassVar[str] = "webassembly"

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Frames whose path is a module's, with an offset in it, and those that have a function's number alone."""
        if (frame.platform or stacktrace.platform) not in _PLATFORMS:
            return False
        if frame.instruction_addr is None and "wasm" not in (frame.abs_path or frame.filename or ""):
            return False  # most, and the forms are many
        return wasm_place(frame) is not None or wasm_number(frame) is not None

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """See `Transformer.transform`."""
        from symbolicator.transformers.webassembly_frames import WasmStack  # reads debug files and maps: slow to load

        work = WasmStack(lookup, frames)
        return [work.frame(frame) for frame in frames]
