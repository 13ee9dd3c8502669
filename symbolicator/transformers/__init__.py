"""The seam: a transformer brings one platform's frames back to source.

Built-ins live in this folder, one platform a file, frame policy only: bytes are parsed in the format rooms. Others come by entry point
(`registry.py`); `symbolicator.testing.check_transformer` runs them through the contract below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from symbolicator.model import Event, Frame, Stacktrace

if TYPE_CHECKING:
    from symbolicator.lookup import Lookup


class Transformer:
    """Brings one platform's frames back to source. Override only what you change.

    One instance serves many threads: keep nothing of an event on `self`. Values are frozen; give new ones.
    """

    name: ClassVar[str] = ""
    """The word used in settings, in problems and in docs."""
    takes_settings: ClassVar[bool] = False
    """True where the class is made with the `Settings` as its one argument."""

    def prepare(self, event: Event) -> Event:
        """Classify frames and fix coordinates; opens nothing."""
        return event

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Whether a raw frame is this platform's; opens nothing. `frame.platform` is filled in where the event knew it."""
        return False

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """For each frame (caller first) what it really was.

        That is itself in other words, several frames (inlined: caller first), or none (an artefact of the build).
        The answer has one tuple for each frame. A frame that cannot be brought back is given back with its problems.
        """
        return [(frame,) for frame in frames]

    def finish(self, event: Event, lookup: Lookup) -> Event:
        """After all transformers: weave stacks, rename exceptions."""
        return event
