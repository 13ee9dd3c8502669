"""Whether a debug file that Dart's compiler wrote for Apple's systems is of the build that crashed, though no id can say so.

`--split-debug-info` writes ELF files for iOS and macOS too. The app's id is a Mach-O file's, which the linker made later, so that both have
ids and never the same. What tells is the code: Dart's line tables have a row where each call returns to. Of the addresses of a stack four
in five are followed by such a row; in a file of another build one in twelve (measured on Dart 3.13's arm64).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from symbolicator.debugfiles.companions import Companions
from symbolicator.keys import FileKind, Key
from symbolicator.model import Image
from symbolicator.problems import Problem
from symbolicator.transformers.addresses import APPLES
from symbolicator.transformers.missing_files import missing_files

BY_LINES: Final = "lines"
"""`Companions.found_by` of a file that is the build's if its lines say so."""
_FEWEST: Final = 3
"""Addresses that tell a build from another."""
_MOST: Final = 256


def other_files(image: Image, key: Key, find: Callable[[Key, str | None], Companions]) -> Companions | None:
    """The files of an image of Dart's code for which no debug file is found by id or name: the app itself, with what it has; else, of an
    app of Apple's, the debug file of that name, which its lines have to confirm (`BY_LINES`). None where there are none.
    """
    if image.debug_file is None:
        return None
    found = find(msgspec.structs.replace(key, url=image.code_file), image.arch)
    if found.main is not None or image.type not in APPLES:
        return found if found.main is not None else None
    found = find(Key(kind=FileKind.DEBUG_FILE, url=image.debug_file), image.arch)
    return None if found.main is None else msgspec.structs.replace(found, found_by=BY_LINES)


def other_lines(image: Image, companions: Companions, look_up: Callable[[int], object], svmas: Sequence[int]) -> Problem | None:
    """Why a file is not the image's: too few of the addresses of its frames stand right before a row of its line table."""
    wanted = sorted(set(svmas))[:_MOST]
    fitting = sum(look_up(svma) != look_up(svma + 1) for svma in wanted)
    if len(wanted) >= _FEWEST and fitting * 2 > len(wanted):
        return None
    assert companions.main is not None  # noqa: S101  # a file was found
    return missing_files(image, Companions(others=(companions.main,), tried=companions.tried))
