"""Whether a pattern takes more time than its text is long: texts derived from it, steps counted for one length and for twice that."""

from typing import NamedTuple

from tests.regexes.attacks import Attack, attacks
from tests.regexes.matcher import Matcher, TooManySteps, Tree
from tests.regexes.package import Pattern

SEARCHES = ("search", "finditer", "findall", "sub", "subn", "split")
FACTOR = 400
"""Steps for each character, at most; bounded repetitions make it large."""
GROWTH = 2.4
"""How much more steps a text of twice the length may take. Quadratic ones take four times as many."""
SHORT, LONG = 40, 1000
"""Characters: of a first look, which most texts do not outlast, and of one that tells."""


class Finding(NamedTuple):
    """How the steps grow with a text."""

    method: str
    attack: Attack
    growth: float
    factor: float


def worst(pattern: Pattern, most: int = FACTOR) -> Finding | None:
    """The first way found in which a pattern is no linear one, or takes more than `most` steps a character; None where none is found."""
    tree = Tree(pattern.source, pattern.flags)
    matcher = Matcher(tree)
    for method in pattern.methods:
        for attack in attacks(tree, method in SEARCHES):
            if _grows(matcher, method, attack, SHORT, most)[0] > 2.25:
                growth, factor = _grows(matcher, method, attack, LONG, most)
                if growth > GROWTH or factor > most:
                    return Finding(method, attack, growth, factor)
    return None


def _grows(matcher: Matcher, method: str, attack: Attack, length: int, most: int) -> tuple[float, float]:
    """How many times as many steps twice the length takes, and the steps for each of its characters."""
    steps = []
    for text in (attack.text(length), attack.text(2 * length)):
        try:
            steps.append(matcher.count(method, text, most * len(text) + 1))
        except TooManySteps:
            return float("inf"), float("inf")
    return steps[1] / steps[0], steps[1] / len(text)
