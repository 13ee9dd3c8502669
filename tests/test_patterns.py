"""Regular expressions: compiled when first used, and linear in whatever they are given (`tests/regexes/` has the means)."""

import re
from pathlib import Path

import pytest

from symbolicator.artifacts import evidence
from symbolicator.patterns import SOUND, compile_pattern, regex
from symbolicator.traces import prefixes
from symbolicator.transformers import inlined
from tests.regexes.attacks import attacks
from tests.regexes.growth import FACTOR, SEARCHES, Finding, worst
from tests.regexes.matcher import Matcher, Tree
from tests.regexes.package import Pattern, package_patterns

PACKAGE = Path(__file__).parent.parent / "symbolicator"
PATTERNS = package_patterns()
MODULES = sorted({pattern.where.partition(":")[0] for pattern in PATTERNS})

BOUNDED = {
    # what a pattern is given at most, in characters: the code looks before
    "artifacts.evidence:_NAME": evidence._MAX_NAME,
    "traces.prefixes:_CHANGES": prefixes.MAX_PREFIX,
    "transformers.inlined:_HEAD": inlined._HEAD_BYTES,
    # our own page, which nobody sends
    "service.routes.page:_INLINE": 0,
}
COSTLY = {
    # a slash may begin a regular expression: sixty parts of one are looked at, within the first 4 MB of a script
    "sourcemaps.discover:_TOKEN": 1_000,
}
STEPS = 200_000
"""For a text of the greatest length that is given."""


def test_it_answers_as_the_pattern_does_and_knows_its_flags() -> None:
    words = regex(r"[a-z]+", re.IGNORECASE)
    assert words.findall("One two") == ["One", "two"]
    assert words.sub("x", "One two") == "x x"
    assert (words.pattern, words.flags & re.IGNORECASE) == (r"[a-z]+", re.IGNORECASE)
    assert regex(rb"\d").search(b"a1")[0] == b"1"


def test_nothing_is_compiled_before_it_is_used() -> None:
    broken = regex("(")
    try:
        broken.match("")
    except re.error:
        return
    raise AssertionError("a broken pattern was accepted")


def test_no_module_compiles_a_pattern_at_import() -> None:
    at_import = [path.name for path in PACKAGE.rglob("*.py") if re.search(r"^\S.*\bre\.compile\(", path.read_text(), re.MULTILINE)]
    assert at_import == []


def of_module(module: str) -> list[Pattern]:
    return [pattern for pattern in PATTERNS if pattern.where.partition(":")[0] == module]


@pytest.mark.parametrize("module", MODULES)
def test_no_text_makes_a_pattern_of_the_package_take_more_than_linear_time(module: str) -> None:
    found = {
        pattern.where: worst(pattern, COSTLY.get(pattern.where, FACTOR)) for pattern in of_module(module) if pattern.where not in BOUNDED
    }
    assert {where: finding for where, finding in found.items() if finding} == {}


@pytest.mark.parametrize("where", BOUNDED)
def test_a_pattern_that_is_not_linear_is_given_bounded_texts(where: str) -> None:
    for pattern in (one for one in PATTERNS if one.where == where):
        assert worst(pattern) is not None, "it is linear, and needs no bound"
        matcher, tree = Matcher(Tree(pattern.source, pattern.flags)), Tree(pattern.source, pattern.flags)
        for method in pattern.methods if BOUNDED[where] else ():
            for attack in attacks(tree, method in SEARCHES):
                assert matcher.count(method, attack.text(BOUNDED[where])[: BOUNDED[where]], STEPS)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("sound", [SOUND, False])
def test_the_counting_matcher_matches_what_python_matches(module: str, sound: bool) -> None:
    for pattern in of_module(module):
        tree = Tree(pattern.source, pattern.flags)
        matcher, own = Matcher(tree), compile_pattern(pattern.source, pattern.flags, sound=sound)
        for attack in attacks(tree, search=False):
            text = attack.text(12)
            for method in ("match", "fullmatch"):
                theirs = getattr(own, method)(text.encode("latin-1") if tree.is_bytes else text)
                assert matcher.end(method, text) == (theirs.end() if theirs else None), (pattern.where, text)


EXPLODES = [
    # each line twice: the CR is the comment's or the line end's
    (rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*x", "match"),
    # one repeated, or two
    (r"(?:\s+const|\s*&{1,2})+$", "search"),
    # two runs that may share what they read
    (rb"[A-Za-z0-9+/\-_\s]*={0,3}\s*", "fullmatch"),
    # a run within a run, however it is written
    (r"(?:a+)+b", "match"),
    (r"(?:a|aa)+$", "match"),
    (r"(?:[\w-]+\.?)*@", "match"),
    # three of them
    (r"\d+\d+\d+x", "match"),
    # far from each other
    (r"<.*?>.*?</x", "match"),
    # a search that begins with a run, or reads to the end from many places
    (r"\s+$", "search"),
    (r"/\*.*?\*/", "finditer"),
    (r"start (?:[^e]|e(?!nd))*end", "sub"),
    # behind what has to be there first
    (r"\d{4}-\d\d \w+: (?:x*)*y", "match"),
    # within an assertion
    (r"a(?=\w*\d*!)", "match"),
    (r"(?:a(?=.*b))+", "match"),
    # a bound that is none
    (r"(?:a{0,500}){0,500}b", "match"),
]


@pytest.mark.parametrize(("source", "method"), EXPLODES)
def test_patterns_that_explode_are_found(source: str | bytes, method: str) -> None:
    assert isinstance(worst(Pattern("here", source, re.DOTALL, (method,))), Finding)


LINEAR = [
    (rb"(?:[ \t]*+(?:#[^\n]*+|\r)?+\n)*+x", "match"),
    (r"(?<!\s)\s++$", "search"),
    (r"(?:a+)+", "match"),
    (r"[^\n]+\n?", "findall"),
    (r"(?:[a-z]+\.)*[a-z]+$", "match"),
    (r"\d{1,20}x", "search"),
]


@pytest.mark.parametrize(("source", "method"), LINEAR)
def test_linear_patterns_are_not(source: str | bytes, method: str) -> None:
    assert worst(Pattern("here", source, 0, (method,))) is None
