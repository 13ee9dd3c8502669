"""The shapes of events as types: what goes in, and what comes back. For annotations only; at run time events are plain dicts.

    from symbolicator.types import InputEvent, OutputEvent

    def first_place(event: InputEvent) -> str:
        answer: OutputEvent = symbolicate(event, files="dist/")
        frame = answer["exception"]["values"][-1]["stacktrace"]["frames"][-1]
        return f"{frame['filename']}:{frame['lineno']}"

No key is required: an event has what its SDK sent, an answer everything that was there and what is described here. Events may also have
keys that are not named here; they come back as they are. Frames are ordered caller first, the crash last; `lineno` and `colno` count from
1; addresses are strings in hexadecimal (`"0x1f30"`), or numbers where they came as such. An answer equals its own JSON, read again.
"""

from symbolicator.types.events import (
    Category,
    Component,
    Features,
    Fingerprint,
    InputDebugMeta,
    InputEvent,
    InputException,
    InputExceptions,
    InputImage,
    InputThread,
    InputThreads,
    Mechanism,
    OutputDebugMeta,
    OutputEvent,
    OutputException,
    OutputExceptions,
    OutputImage,
    OutputThread,
    OutputThreads,
    PullRequest,
    ShortStacktrace,
    Suspect,
    SuspectFrame,
)
from symbolicator.types.frames import (
    EventError,
    Folded,
    FrameData,
    InputFrame,
    InputStacktrace,
    OutputFrame,
    OutputStacktrace,
    Place,
    Problem,
    ProblemName,
    RuntimeData,
    StatusName,
    TextData,
)

__all__ = [
    "Category",
    "Component",
    "EventError",
    "Features",
    "Fingerprint",
    "Folded",
    "FrameData",
    "InputDebugMeta",
    "InputEvent",
    "InputException",
    "InputExceptions",
    "InputFrame",
    "InputImage",
    "InputStacktrace",
    "InputThread",
    "InputThreads",
    "Mechanism",
    "OutputDebugMeta",
    "OutputEvent",
    "OutputException",
    "OutputExceptions",
    "OutputFrame",
    "OutputImage",
    "OutputStacktrace",
    "OutputThread",
    "OutputThreads",
    "Place",
    "Problem",
    "ProblemName",
    "PullRequest",
    "RuntimeData",
    "ShortStacktrace",
    "StatusName",
    "Suspect",
    "SuspectFrame",
    "TextData",
]
