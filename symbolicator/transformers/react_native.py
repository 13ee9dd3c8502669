"""React Native: crashes whose frames are of several languages.

First of all transformers, it says which frame is whose, and so who brings it back; last, when all are back, it puts the halves of one
crash into one stack (`weaving.py`). It brings no frame back itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from symbolicator.model import Event, Stacktrace
from symbolicator.transformers import Transformer
from symbolicator.transformers.platforms import language_of, seen_language

if TYPE_CHECKING:
    from symbolicator.lookup import Lookup

_replace = msgspec.structs.replace


class ReactNative(Transformer):
    """Sorts the frames of mixed stacks by platform, and weaves what was one stack."""

    name: ClassVar[str] = "react_native"

    def prepare(self, event: Event) -> Event:
        """Give each frame its platform where its stack's is another one; take apart what an earlier run wove."""
        if any("woven" in stack.extra for stack in event.all_stacktraces()):
            from symbolicator.transformers.unweaving import unweave  # only for events that were symbolicated before

            event = unweave(event)
        return event.map_stacktraces(lambda stack: _sorted(stack, event.platform))

    def finish(self, event: Event, lookup: Lookup) -> Event:
        """Weave, where frames of more than one language are in the event."""
        platforms = {frame.platform or stack.platform for stack in event.all_stacktraces() for frame in stack.frames}
        if len(platforms) < 2 or len({language_of(platform) for platform in platforms} - {None}) < 2:
            return event
        from symbolicator.transformers.weaving import weave  # few events have two

        return weave(event)


def _sorted(stack: Stacktrace, event_platform: str | None) -> Stacktrace:
    """The stack with a platform on each frame that shows one, where some frame shows another than its stack's."""
    default = stack.platform or event_platform
    languages = [language_of(frame.platform) if frame.platform else seen_language(frame, default) for frame in stack.frames]
    if len({language_of(default), *languages} - {None}) < 2:
        return stack
    frames = (
        frame if frame.platform or language is None else _replace(frame, platform=language)
        for frame, language in zip(stack.frames, languages, strict=True)
    )
    return _replace(stack, frames=tuple(frames))
