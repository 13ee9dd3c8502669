"""Native frames: from an instruction's address to its functions, files and lines, inlined ones too.

A return address is looked up one instruction earlier, because the call is before
it; the crashing frame's address is looked up unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec

from symbolicator.cached import cached_property
from symbolicator.model import Event, Frame, Stacktrace
from symbolicator.transformers import Transformer

if TYPE_CHECKING:
    from symbolicator.debugfiles.open_files import OpenFiles
    from symbolicator.lookup import Lookup


class Native(Transformer):
    """Frames with an `instruction_addr`."""

    name: ClassVar[str] = "native"

    @cached_property
    def _files(self) -> OpenFiles:
        from symbolicator.debugfiles.open_files import OpenFiles  # as below

        return OpenFiles()

    def prepare(self, event: Event) -> Event:
        """Mark stacks with registers if the process faulted: that decides what their topmost addresses are. Addresses that Dart's runtime
        printed are marked as exact.
        """
        if _is_of_darts_sdk(event):
            from symbolicator.transformers.addresses import all_exact  # few events are Dart's

            return event.map_stacktraces(all_exact)
        if not any(stack.registers for stack in event.all_stacktraces()):
            return event
        from symbolicator.transformers.addresses import faulted  # few events have registers

        if not faulted(event.exceptions):
            return event
        return event.map_stacktraces(lambda stack: msgspec.structs.replace(stack, faulted=True))

    def finish(self, event: Event, lookup: Lookup) -> Event:
        """Restores the names in exceptions of an obfuscated Dart program."""
        if not any(one.value or one.type for one in event.exceptions) or not _is_darts(event):
            return event
        from symbolicator.transformers.dart_exceptions import renamed  # as above

        return renamed(event, lookup)

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Any frame with an address is native; so is one that a text gives by symbol and offset, or already with its line."""
        if frame.instruction_addr is not None or "symbol_offset" in frame.data or "printed_addr" in frame.data:
            return True
        return frame.lineno is not None and (frame.platform or stacktrace.platform) == "native"

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """See `Transformer.transform`. The stack is walked from the crash outwards: a signal's trampoline affects its caller."""
        from symbolicator.transformers.native_frames import (
            NativeStack,
        )  # the readers of debug files: slow to load, and for native frames only

        work = NativeStack(lookup, stacktrace, self._files)
        if len(frames) == len(stacktrace.frames):
            places: Iterable[int] = range(len(frames))
        else:
            known = {id(frame): place for place, frame in enumerate(stacktrace.frames)}
            places = [known.get(id(frame), 0) for frame in frames]
        answers = [work.frame(frame, place) for frame, place in reversed([*zip(frames, places, strict=True)])]
        return answers[::-1]


def _is_darts(event: Event) -> bool:
    """Whether an event is of a Dart program: by its frames, by what its text said they count from, or by its SDK."""
    return (
        any("image_symbol" in image.extra for image in event.images)
        or _is_of_darts_sdk(event)
        or any(frame.lang == "dart" for stack in event.all_stacktraces() for frame in stack.frames)
    )


def _is_of_darts_sdk(event: Event) -> bool:
    sdk = event.source.get("sdk")
    name = sdk.get("name") if isinstance(sdk, Mapping) else None
    return isinstance(name, str) and name.startswith("sentry.dart")
