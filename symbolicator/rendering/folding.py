"""Runs of library frames, which pages show as one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbolicator.rendering.frames import Json, problems_of

FOLD_FROM = 3
"""This many library frames in a row are folded; fewer would save no line."""


def is_own(frame: Json) -> bool:
    """Whether a frame is of the user's own code, as far as is known."""
    return frame.get("in_app") is not False


def runs(frames: Sequence[Json]) -> Iterator[tuple[bool, Sequence[Json]]]:
    """The frames in order, in pieces: single ones, and (with True) runs of library frames that have no problems. Where all frames are
    libraries', none is folded.
    """
    at = 0
    fold = any(map(is_own, frames))
    while at < len(frames):
        end = at
        while fold and end < len(frames) and not is_own(frames[end]) and not problems_of(frames[end]):
            end += 1
        folds = end - at >= FOLD_FROM
        end = end if folds else at + 1
        yield folds, frames[at:end]
        at = end


def owners(frames: Sequence[Json]) -> str:
    """`node, express`: whose the frames are, each owner once."""
    return ", ".join(dict.fromkeys(map(_owner, frames)))


def _owner(frame: Json) -> str:
    path = str(frame.get("filename") or frame.get("abs_path") or frame.get("module") or "")
    if "node_modules/" in path:
        parts = path.rpartition("node_modules/")[2].split("/")
        return "/".join(parts[:2]) if parts[0].startswith("@") else parts[0]
    if path.startswith("node:"):
        return "node"
    return "the engine" if path in {"", "native", "[native code]"} or path.startswith("<") else path.rpartition("/")[2]
