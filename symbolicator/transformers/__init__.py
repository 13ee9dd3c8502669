"""The interface of transformers: each symbolicates one platform's frames.

Built-ins are in this folder, one platform each, and only decide about frames: bytes are parsed in the format rooms. Others come by entry
point (`registry.py`); `symbolicator.testing.check_transformer` tests them against the contract below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from symbolicator.model import Event, Frame, Stacktrace

if TYPE_CHECKING:
    from symbolicator.lookup import Lookup


class Transformer:
    """Symbolicates one platform's frames. Override only what you change.

    One instance serves many threads: keep nothing of an event on `self`. Values are frozen; return new ones.
    """

    name: ClassVar[str] = ""
    """The name used in settings, problems and docs."""
    takes_settings: ClassVar[bool] = False
    """True if the class takes the `Settings` as its only argument."""

    def prepare(self, event: Event) -> Event:
        """Classify frames and clean coordinates; opens no files."""
        return event

    def handles(self, frame: Frame, stacktrace: Stacktrace) -> bool:
        """Whether a raw frame is this platform's; opens no files. `frame.platform` is set if the event says it."""
        return False

    def transform(self, frames: Sequence[Frame], stacktrace: Stacktrace, lookup: Lookup) -> Sequence[tuple[Frame, ...]]:
        """The original of each frame (caller first).

        That is the frame itself with changes, several frames (inlined functions: caller first), or none (an artefact of the build).
        The answer has one tuple for each frame. A frame that cannot be symbolicated is returned with its problems.
        """
        return [(frame,) for frame in frames]

    def finish(self, event: Event, lookup: Lookup) -> Event:
        """After all transformers: join stacks, rename exceptions."""
        return event
