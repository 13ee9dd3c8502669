"""Whether a native file that was found by its name is from the build that crashed: there must be calls before the return addresses.

What a call looks like is `debugfiles/calls.py`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from symbolicator.artifacts.files import Artifact
from symbolicator.debugfiles.calls import AFTER, BEFORE, call_reader
from symbolicator.debugfiles.code import code_around
from symbolicator.debugfiles.opening import open_container
from symbolicator.lookup import Lookup
from symbolicator.model import Event, Frame, Image
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.addresses import TRAMPOLINES, is_said_exact

_FEWEST = 2
"""Addresses that tell a build from another."""
_MOST = 1024
"""Addresses of one image that are looked at."""
_ANSWER_COST = 256


def returning(event: Event) -> Iterator[Frame]:
    """The frames whose addresses are return addresses: not those that crashed or were interrupted, nor those marked as exact."""
    for stack in event.all_stacktraces():
        for frame, callee in pairwise(stack.frames):
            if frame.instruction_addr is not None and callee.function not in TRAMPOLINES and not (frame.extra and is_said_exact(frame)):
                yield frame


def misfit(lookup: Lookup, image: Image, code: Artifact, returns: Collection[int]) -> Problem | None:
    """Why `code` is not the image's file: of the addresses in it (svma) that frames return to, too few follow a call.

    None if they do, if there are too few of them, or if calls of the architecture are unknown.
    """
    if len(returns) < _FEWEST:
        return None
    answers = lookup.guarded(lambda: _follow_calls(lookup, code, sorted(returns)[:_MOST], bool(image.image_size)), code)
    if isinstance(answers, Problem) or len(answers) < _FEWEST:
        return None
    behind = max(sum(answer >> more & 1 for answer in answers) for more in range(AFTER))
    if behind * 2 >= len(answers):
        return None
    return Problem(
        type=ProblemType.MISSING_DEBUG_FILE,
        detail=f"{code.name} is from another build than {image.code_file or 'the program that crashed'}, or was loaded elsewhere: "
        f"of the {len(answers)} addresses that frames return to, "
        f"{behind or 'none'} {'follow' if behind > 1 else 'follows'} a call in it",
        artifact=image.code_file,
        hint="give the program of exactly that build with files=; for addresses that are not from a stack use `symbolicator lookup`",
        another_build=True,
    )


def _follow_calls(lookup: Lookup, code: Artifact, returns: Sequence[int], sized: bool) -> list[int]:
    """`call_reader`'s answer for each address in the file, or in the image if its size is known; empty if calls are unknown."""
    digest, recent = code.digest(), lookup.recent
    keys = {svma: ("call", digest, svma, sized) for svma in returns}
    answers: dict[int, tuple[int | None] | None] = {svma: recent.get(key) for svma, key in keys.items()}
    unknown = [svma for svma, answer in answers.items() if answer is None]
    if unknown:
        opened = open_container(code.read())
        read = call_reader(opened.arch, opened.little_endian)
        for svma in unknown:
            around = code_around(opened, svma, BEFORE, AFTER) if read else None
            # Addresses of the file's data do not follow a call either; beyond all of it may be another image.
            inside = sized or any(one.address <= svma < one.address + one.memory_size for one in opened.load_segments)
            answers[svma] = answer = (read(*around) if read and around else 0 if read and inside else None,)
            recent.put(keys[svma], answer, _ANSWER_COST)
    return [answer[0] for answer in answers.values() if answer is not None and answer[0] is not None]
