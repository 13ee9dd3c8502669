"""Regular expressions compiled when first used."""

import re
from pathlib import Path

from symbolicator.patterns import regex

PACKAGE = Path(__file__).parent.parent / "symbolicator"


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
