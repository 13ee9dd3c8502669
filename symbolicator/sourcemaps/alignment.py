"""From a segment's start to the exact position: follows the same characters in the generated and in the original text.

A map says where a segment starts, not what is within it. Minifiers omit segments (terser writes none at an `await`), and then the
position in the map may be a line too early: `try{await t()` is one segment, `try {` and `await scenario()` are two lines. If the
generated text from the segment's start to the position equals the original text from the segment's original position on, character by
character and ignoring white space and comments, the original position is known exactly; in all other cases the map's is used.
"""

from __future__ import annotations

import re

from symbolicator.patterns import regex

MAX_CHARACTERS = 256
"""Limit for the generated text between a segment's start and a position; beyond it, nothing is followed."""

_WORDS_BEFORE = 4
"""How many words before a position are tried as a start for following the text."""

_GAP = regex(r"(?:\s|/\*(?:[^*]|\*(?!/)){0,2000}\*/|//[^\r\n\u2028\u2029]{0,2000}(?=[\r\n\u2028\u2029]))+")
_SPACE = regex(r"\s+")
_WORD = regex(r"[\w$]{1,100}")
_LINE = regex(r"\r\n?|[\n\u2028\u2029]")


def follow(generated: str, place: int, original: str) -> int | None:
    """Where in `original` the character at `place` of `generated` is; both texts start where a segment does.

    None if the texts differ before it.

    >>> follow("try{await t()", 4, "try {\\n  await scenario();")
    8
    """
    if place <= 0 or place > MAX_CHARACTERS or place >= len(generated):
        return None
    at = _gap(original, 0)
    for piece in _SPACE.split(generated[:place]):
        for character in piece:
            if at >= len(original) or original[at] != character:
                return None
            at = _gap(original, at + 1)
    return at if at < len(original) and original[at] == generated[place] else None


def _gap(text: str, at: int) -> int:
    """The place after white space and comments."""
    if at < len(text) and text[at] not in " \t\r\n/" and text[at].isascii():
        return at
    found = _GAP.match(text, at)
    return found.end() if found else at


def find_word(generated: str, place: int, original: str, whole: bool = False) -> int | None:
    """Where in `original`, the rest of one line, the word at `place` of `generated` is, if the text cannot be followed.

    Maps that know little more than lines (Rollup's, without `hires`) lead to a line's start; types and formatting differ. The word that
    is the n-th of its kind in the generated text is assumed to be the n-th in the original line. None if there is no such word.
    If `whole` lines are compared, it must occur equally often in both.

    >>> find_word("emoji() { return signal(flags)", 17, "emoji(): string { return signal(flags);")
    25
    """
    found = _WORD.match(generated, place)
    if found is None or place > MAX_CHARACTERS or (place and is_word(generated[place - 1])):
        return None
    word = re.compile(rf"(?<![\w$]){re.escape(found[0])}(?![\w$])")
    earlier = sum(1 for _ in word.finditer(generated, 0, place))
    places = [each.start() for each in word.finditer(original)]
    if whole and len(places) != sum(1 for _ in word.finditer(generated)):
        return None
    return places[earlier] if earlier < len(places) else None


def find_token(generated: str, place: int, original: str, whole: bool = False) -> int | None:
    """`find_word`, also for punctuation: the text is followed from the nearest word before it that the original line has.

    >>> find_token('a = () => all["pay"](b)', 20, 'export const a = (): void => all["pay"](b)')
    39
    """
    if not 0 <= place < len(generated) or place > MAX_CHARACTERS or is_word(generated[place]):
        return find_word(generated, place, original, whole)
    words = [word.start() for word in _WORD.finditer(generated, 0, place)]
    for start in reversed(words[-_WORDS_BEFORE:]):
        at = find_word(generated, start, original, whole)
        moved = None if at is None else follow(generated[start:], place - start, original[at:])
        if at is not None and moved is not None:
            return at + moved
    return None


def line_and_column(text: str, place: int, line: int, column: int) -> tuple[int, int]:
    """The line and column (UTF-16 code units) of `place` in a text that starts at `line`, `column`; all 0-based."""
    start = 0
    for found in _LINE.finditer(text, 0, place):
        line, column, start = line + 1, 0, found.end()
    return line, column + len(text[start:place].encode("utf-16-le", "surrogatepass")) // 2


def begins_a_token(before: str, after: str) -> bool:
    """Whether an engine can report a position between two pieces of code: not within a word or in white space."""
    if not after or after[0].isspace():
        return False
    return not (is_word(after[0]) and before and is_word(before[-1]))


def is_word(character: str) -> bool:
    """Whether a character belongs to a name or a number; "" does not."""
    return character.isalnum() or character in ("_", "$")
