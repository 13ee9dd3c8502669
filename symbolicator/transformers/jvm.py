"""Frames of the JVM and Android's runtime: from ProGuard's or R8's names to the original class, method and line.

This file decides about frames; mappings are read in `mappings/`. Every frame that stays raw has a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from symbolicator.model import Event, Frame, Stacktrace
from symbolicator.transformers import Transformer

if TYPE_CHECKING:
    from symbolicator.lookup import Lookup

_PLATFORMS = frozenset(("java", "android"))


class Jvm(Transformer):
    """Frames with a class (`module`) of a Java platform."""

    name: ClassVar[str] = "jvm"

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Frames of Java platforms with a class and without an address."""
        return (frame.platform or stacktrace.platform) in _PLATFORMS and frame.module is not None and frame.instruction_addr is None

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """See `Transformer.transform`. The stack is walked from the exception outwards: an outline's frame gives its caller's position."""
        from symbolicator.transformers.jvm_frames import JvmStack  # it reads mappings: only for these frames

        work = JvmStack(lookup, stacktrace)
        return [work.frame(frame) for frame in reversed(frames)][::-1]

    def finish(self, event: Event, lookup: Lookup) -> Event:
        """Restores the names of exceptions and of the classes in their messages."""
        if not any(self._is_java(e.stacktrace, event) for e in event.exceptions):
            return event
        from symbolicator.transformers.jvm_exceptions import renamed

        return renamed(event, lookup, lambda stack: self._is_java(stack, event))

    def _is_java(self, stack: Stacktrace | None, event: Event) -> bool:
        """Whether an exception was thrown by Java: by its frames, or by the event if it has none."""
        if stack is None or not stack.frames:
            return event.platform in _PLATFORMS
        platform = stack.platform or event.platform
        return any((frame.platform or platform) in _PLATFORMS for frame in stack.frames)
