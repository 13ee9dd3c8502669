"""What is wrong with a frame, an image or a file, as data.

A Problem answers three questions: what is missing (`detail`, `artifact`), what was tried (`tried`), and what to do (`hint`).
"""

from __future__ import annotations

from enum import Enum

import msgspec


class ProblemType(str, Enum):
    """The kinds of problem; each value is the word on the wire."""

    MISSING_SOURCE = "missing_source"
    """The generated file (script, bundle) that a frame names was not found."""
    MISSING_SOURCEMAP = "missing_sourcemap"
    """The generated file is known, its source map was not found."""
    MALFORMED_SOURCEMAP = "malformed_sourcemap"
    """A source map was found and cannot be read, or parts of it were skipped."""
    MISSING_SOURCE_CONTENT = "missing_source_content"
    """The position is known; the text around it is neither in the map nor on disk."""
    INVALID_LOCATION = "invalid_location"
    """The frame's line or column cannot be a position, or the map has nothing there."""
    NO_COLUMN = "no_column"
    """The frame has no column; column 1 was taken, so a minified line's answer may be wrong."""
    AMBIGUOUS_FILE = "ambiguous_file"
    """Two or more files are equally good answers; none was chosen."""
    UNKNOWN_IMAGE = "unknown_image"
    """The address lies in no image of the event."""
    MISSING_DEBUG_FILE = "missing_debug_file"
    """The image's debug file was not found."""
    MALFORMED_DEBUG_FILE = "malformed_debug_file"
    """The image's debug file was found and cannot be read."""
    MISSING_SYMBOL = "missing_symbol"
    """The debug file has nothing at the address."""
    MISSING_MAPPING = "missing_mapping"
    """No ProGuard or R8 mapping was found for the frame."""
    MALFORMED_MAPPING = "malformed_mapping"
    """A mapping was found and cannot be read, or parts of it were skipped."""
    AMBIGUOUS_FRAME = "ambiguous_frame"
    """Several originals are equally good for this frame; all are given."""
    MISSING_SEAM = "missing_seam"
    """The stacks of one crash could not be put into one: nothing shows where one language called the other."""
    UNSUPPORTED = "unsupported"
    """The format or feature is known and not supported."""
    LIMIT_EXCEEDED = "limit_exceeded"
    """A bound on size, depth, ratio or time was reached."""
    INVALID_DATA = "invalid_data"
    """A value of the event has the wrong type or cannot be what it says; it was left out."""
    INTERNAL_ERROR = "internal_error"
    """A bug of ours, or of a transformer: logged with its traceback, never cached."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that is wrong, fit for a person and for a program.

    `artifact` is the file it is about, as the user knows it; `tried` the places looked at, in order; `hint` what to do next.
    """

    type: ProblemType
    detail: str
    artifact: str | None = None
    tried: tuple[str, ...] = ()
    hint: str | None = None
