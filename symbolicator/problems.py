"""Problems with a frame, an image or a file, as data.

A Problem says what is wrong (`detail`, `artifact`), what was tried (`tried`), and what to do (`hint`).
"""

from __future__ import annotations

from enum import Enum

import msgspec


class ProblemType(str, Enum):
    """The kinds of problem; the values appear in events and JSON output."""

    MISSING_SOURCE = "missing_source"
    """The generated file (script, bundle) that a frame names was not found."""
    MISSING_SOURCEMAP = "missing_sourcemap"
    """The generated file is known, but its source map was not found."""
    MALFORMED_SOURCEMAP = "malformed_sourcemap"
    """A source map was found but cannot be read, or parts of it were skipped."""
    MISSING_SOURCE_CONTENT = "missing_source_content"
    """The position is known, but the source text is neither in the map nor on disk."""
    INVALID_LOCATION = "invalid_location"
    """The frame's line and column are not a valid position, or the map has nothing there."""
    NO_COLUMN = "no_column"
    """The frame has no column; column 1 was assumed, so the answer for a minified line may be wrong."""
    AMBIGUOUS_FILE = "ambiguous_file"
    """Two or more files fit equally well; none was chosen."""
    UNKNOWN_IMAGE = "unknown_image"
    """The address is outside every loaded module of the event."""
    MISSING_DEBUG_FILE = "missing_debug_file"
    """The image's debug file was not found."""
    MALFORMED_DEBUG_FILE = "malformed_debug_file"
    """The image's debug file was found but cannot be read."""
    MISSING_SYMBOL = "missing_symbol"
    """The debug file has nothing at the address."""
    MISSING_MAPPING = "missing_mapping"
    """No ProGuard or R8 mapping was found for the frame."""
    MALFORMED_MAPPING = "malformed_mapping"
    """A mapping was found but cannot be read, or parts of it were skipped."""
    AMBIGUOUS_FRAME = "ambiguous_frame"
    """Several original frames fit equally well; all are listed."""
    MISSING_SEAM = "missing_seam"
    """The stacks of one crash could not be joined: nothing shows where one language called the other."""
    MISSING_HISTORY = "missing_history"
    """A git clone cannot be used, or does not have the revision that was built."""
    UNSUPPORTED = "unsupported"
    """The format or feature is known and not supported."""
    LIMIT_EXCEEDED = "limit_exceeded"
    """A limit on size, depth, ratio or time was reached."""
    INVALID_DATA = "invalid_data"
    """A value of the event has the wrong type or is impossible; it was ignored."""
    INTERNAL_ERROR = "internal_error"
    """A bug in symbolicator or in a transformer: logged with its traceback, never cached."""


class OtherBuild(str):
    """A place among those that were searched: a file that is from another build than what was looked up, and why.

    >>> OtherBuild.of("dist/app.so", "its id is 12")
    'dist/app.so: is from another build, its id is 12'
    """

    __slots__ = ()

    @classmethod
    def of(cls, name: str, why: str, than: str = "") -> OtherBuild:
        """The file called `name`; `than` names what is of the right build."""
        return cls(f"{name}: is from another build{than and f' than {than}'}, {why}")


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One problem, readable for people and programs.

    `artifact` is the file it is about, named as the user knows it; `tried` lists the places that were searched, in order; `hint` says what
    to do next. `another_build` says that a file was found which is from another build than the event: no further files help, the right one
    does.
    """

    type: ProblemType
    detail: str
    artifact: str | None = None
    tried: tuple[str, ...] = ()
    hint: str | None = None
    another_build: bool = False

    def __post_init__(self) -> None:
        """Takes `another_build` from `tried`, which is plain text from here on."""
        if OtherBuild in map(type, self.tried):
            msgspec.structs.force_setattr(self, "another_build", True)
            msgspec.structs.force_setattr(self, "tried", tuple(map(str, self.tried)))
