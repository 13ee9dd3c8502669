"""The owners of a file by `CODEOWNERS`, as GitHub and GitLab read it: of the patterns that match a path, the last one counts,
in GitLab's sections the last of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from symbolicator.patterns import regex

PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where it may be, in the order in which hosts look."""
_MAX_RULES: Final = 10_000
_MAX_PATTERN: Final = 1_000
"""Characters of a pattern; a longer one is left out."""
_SECTION: Final = regex(r"\^?\[([^\[\]]+)\](?:\[\d+\])?((?:\s.*)?)")
_STEP: Final = 10
_MAX_STEPS: Final = 2_000_000
"""What one file may cost, about in characters that are compared; ten thousand ordinary rules take a quarter of it."""


class _Rule(NamedTuple):
    parts: list[str]
    folder: bool
    owners: tuple[str, ...]
    section: str
    excludes: bool


class Owners:
    """The rules of one `CODEOWNERS`."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules: list[_Rule] = []
        self.size = 0
        """About the bytes that they take."""
        section = ""
        default: tuple[str, ...] = ()
        for line in lines:
            words = _words(line)
            if not words or len(self._rules) >= _MAX_RULES or len(words[0]) > _MAX_PATTERN:
                continue
            heading = _SECTION.fullmatch(line.strip()[:_MAX_PATTERN])
            if heading:  # GitLab's, with the owners of its rules that name none
                section = heading[1].strip().lower()
                default = tuple(_words(heading[2]))
                continue
            pattern = words[0].removeprefix("!")
            parts = _parts(pattern)
            if parts:
                self.size += 400 + 4 * len(line)
                folder = pattern.endswith(("/", "/**"))
                self._rules.append(_Rule(parts, folder, tuple(words[1:]) or default, section, pattern != words[0]))

    def of(self, path: str) -> tuple[str, ...]:
        """Who owns a file; () if nobody does, or if that cannot be told in a bounded number of steps.

        Of each section the last pattern that matches counts, unless one with `!` matches too; a file without sections is one.
        """
        segments = path.split("/")
        steps = _MAX_STEPS
        found: dict[str, tuple[str, ...]] = {}
        for rule in reversed(self._rules):
            if rule.section in found and not rule.excludes:
                continue
            covers, cost = _covers(rule.parts, segments, rule.folder, steps)
            steps -= cost
            if steps < 0:
                self._rules = []  # the next file would cost as much
                return ()
            if covers:
                found[rule.section] = () if rule.excludes else rule.owners
        return tuple(dict.fromkeys(owner for section in reversed(found) for owner in found[section]))


def _parts(pattern: str) -> list[str]:
    """The segments of a pattern, `**` once in a row; one without a folder is of every folder."""
    parts = [part for part in pattern.removesuffix("/**").split("/") if part]
    if parts and "/" not in pattern.rstrip("/"):
        parts.insert(0, "**")
    return [part for at, part in enumerate(parts) if part != "**" or at == 0 or parts[at - 1] != "**"]


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


def _covers(parts: list[str], segments: list[str], folder: bool, most: int) -> tuple[bool, int]:
    """Whether a pattern matches a path, or a folder above it: its segments one by one, `**` for any number of them; and about how many
    characters were compared, which may be more than `most`: then it is not known.
    """
    reached = {0}  # how many of `parts` are matched by the segments so far
    cost = 1
    for index, segment in enumerate(segments):
        after: set[int] = set()
        for place in _past_stars(reached, parts):
            if place < len(parts):
                part = parts[place]
                cost += _STEP + (len(segment) * len(part) if "*" in part else 0)
                if cost > most:
                    return False, cost
                if part == "**":
                    after.add(place)
                elif _matches(part, segment):
                    after.add(place + 1)
        reached = after
        # The file itself, or a folder above it. `docs/*` is of the files in docs alone, not of those in its folders (GitHub's rule).
        counts = not folder if index == len(segments) - 1 else folder or "*" not in parts[-1].replace("**", "")
        if counts and len(parts) in _past_stars(reached, parts):
            return True, cost
        if not reached:
            return False, cost
    return False, cost


def _past_stars(places: set[int], parts: list[str]) -> set[int]:
    """The places, and those after a `**` that matches nothing."""
    return places | {place + 1 for place in places if place < len(parts) and parts[place] == "**"}


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
