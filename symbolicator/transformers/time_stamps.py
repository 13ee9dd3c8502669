"""Whether a program of Windows that was found by its name was linked when the text says that the one was that crashed.

The time stamp is the first half of a code id, eight hex digits of the PE header. Windows' own records of crashes have it without the other
half.
"""

from __future__ import annotations

from symbolicator.artifacts.files import Artifact
from symbolicator.model import Image
from symbolicator.problems import Problem, ProblemType


def linked_at_another_time(image: Image, code: Artifact) -> Problem | None:
    """Why `code` is not the image's file: its time stamp is another. None if it is the same, or one of them is unknown."""
    said, ids = image.extra.get("timestamp"), code.identity.code_ids
    if not isinstance(said, str) or len(said) != 8 or not ids or any(one.startswith(said) for one in ids):
        return None
    return Problem(
        type=ProblemType.MISSING_DEBUG_FILE,
        detail=f"{code.name} is from another build than {image.code_file or 'the program that crashed'}: its time stamp is {ids[0][:8]}, "
        f"not {said}",
        artifact=image.code_file,
        hint="give the program of exactly that build with files=",
        another_build=True,
    )
