"""The owners of a file by `CODEOWNERS`, as GitHub and GitLab read it: of the patterns that match a path, the last one counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where it may be, in the order in which hosts look."""
_MAX_RULES: Final = 10_000


class Owners:
    """The rules of one `CODEOWNERS`."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules: list[tuple[list[str], bool, tuple[str, ...]]] = []
        self.size = 0
        """About the bytes that they take."""
        section: tuple[str, ...] = ()
        for line in lines:
            words = _words(line)
            if not words or len(self._rules) >= _MAX_RULES:
                continue
            if words[0].startswith(("[", "^[")):  # GitLab: a section, with the owners of its rules that name none
                section = tuple(word for word in words if "@" in word and "[" not in word)
                continue
            pattern = words[0]
            parts = [part for part in pattern.split("/") if part]
            if parts:
                self.size += 400 + 4 * len(line)
                anywhere = "/" not in pattern.rstrip("/")
                self._rules.append((["**", *parts] if anywhere else parts, pattern.endswith("/"), tuple(words[1:]) or section))

    def of(self, path: str) -> tuple[str, ...]:
        """Who owns a file; () if nobody does."""
        segments = path.split("/")
        for parts, folder, owners in reversed(self._rules):
            if _covers(parts, segments, folder):
                return owners
        return ()


def _words(line: str) -> list[str]:
    """The pattern and the owners of a line; a backslash keeps a space or `#` in the pattern."""
    words, word, escaped = [], "", False
    for character in line.strip() + " ":
        if escaped:
            word, escaped = word + character, False
        elif character == "\\":
            escaped = True
        elif character == "#" and not word:
            break
        elif character.isspace():
            if word:
                words.append(word)
            word = ""
        else:
            word += character
    return words


def _covers(parts: list[str], segments: list[str], folder: bool) -> bool:
    """Whether a pattern matches a path, or a folder above it: its segments one by one, `**` for any number of them."""
    reached = {0}  # how many of `parts` are matched by the segments so far
    for index, segment in enumerate(segments):
        after: set[int] = set()
        for place in _past_stars(reached, parts):
            if place < len(parts):
                if parts[place] == "**":
                    after.add(place)
                elif _matches(parts[place], segment):
                    after.add(place + 1)
        reached = after
        # The file itself, or a folder above it. `docs/*` is of the files in docs alone, not of those in its folders (GitHub's rule).
        counts = not folder if index == len(segments) - 1 else folder or "*" not in parts[-1].replace("**", "")
        if counts and len(parts) in _past_stars(reached, parts):
            return True
        if not reached:
            return False
    return False


def _past_stars(places: set[int], parts: list[str]) -> set[int]:
    """The places, and those after a `**` that matches nothing."""
    out = set(places)
    for place in places:
        after = place
        while after < len(parts) and parts[after] == "**":
            after += 1
            out.add(after)
    return out


def _matches(pattern: str, segment: str) -> bool:
    """Whether one segment matches one pattern with `*` and `?`: no step is repeated for more than one star."""
    star, place, mark, at = -1, 0, 0, 0
    while place < len(segment):
        if at < len(pattern) and pattern[at] == "*":
            star, mark, at = at, place, at + 1
        elif at < len(pattern) and pattern[at] in ("?", segment[place]):
            at, place = at + 1, place + 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return all(character == "*" for character in pattern[at:])
