"""Splits an event by its bounds: the part that transformers see, and the rest, which is returned unchanged, with a problem."""

from __future__ import annotations

from operator import attrgetter

import msgspec

from symbolicator.bounds import Ledger
from symbolicator.model import Event, Frame, Image, Status

_PATHS = (attrgetter("abs_path"), attrgetter("filename"))

_replace = msgspec.structs.replace


def within_images(event: Event, ledger: Ledger | None) -> tuple[Event, tuple[Image, ...]]:
    """The event with as many images as the bound allows, and the other images."""
    most = None if ledger is None else ledger.bounds.images
    if ledger is None or most is None or len(event.images) <= most:
        return event, ()
    ledger.reach("images", f"{len(event.images) - most:,} of {len(event.images):,} images were skipped")
    return _replace(event, images=event.images[:most]), event.images[most:]


def within_frames(frames: tuple[Frame, ...], ledger: Ledger | None) -> tuple[tuple[Frame, ...], tuple[Frame, ...]]:
    """Of a stack's frames (caller first) the skipped ones, and the processed ones: those nearest to the crash."""
    if ledger is None:
        return (), frames
    skipped, problem = 0, None
    if ledger.out_of_time:
        skipped, problem = len(frames), ledger.problems["seconds"]
    elif ledger.frames is not None:
        skipped = max(0, len(frames) - ledger.frames)
        ledger.frames -= len(frames) - skipped
        if skipped:
            problem = ledger.reach("frames", "some frames of the event were skipped")
    beyond, seen = frames[:skipped], frames[skipped:]
    if problem is not None and beyond:
        beyond = (*beyond[:-1], _replace(beyond[-1], problems=(*beyond[-1].problems, problem)))
    return beyond, _within_paths(seen, ledger)


def _within_paths(frames: tuple[Frame, ...], ledger: Ledger) -> tuple[Frame, ...]:
    """The frames; those with a too long path get the status unsupported, so that no transformer handles them."""
    most = ledger.bounds.path
    if most is None or max(max(map(len, filter(None, map(path, frames))), default=0) for path in _PATHS) <= most:
        return frames
    problem = ledger.bounds.beyond("path", "the frame was skipped: its path is too long")

    def marked(frame: Frame) -> Frame:
        if all(len(path(frame) or "") <= most for path in _PATHS):
            return frame
        return _replace(frame, status=Status.UNSUPPORTED, problems=(*frame.problems, problem))

    return tuple(map(marked, frames))


def within_lines(text: str, most: int | None) -> tuple[str, str]:
    """The lines of a text that are read, and the rest; "" if there is none."""
    if most is None or text.count("\n") + text.count("\r") < most:
        return text, ""
    at = count = 0
    while count < most:
        ends = [end for end in (text.find("\n", at), text.find("\r", at)) if end >= 0]
        if not ends:
            return text, ""
        end = min(ends)
        at = end + (2 if text.startswith("\r\n", end) else 1)
        count += 1
    return text[:at], text[at:]
