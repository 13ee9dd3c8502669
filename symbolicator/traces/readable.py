"""Traces of languages whose runtimes print places in the source: they are not read, for nothing is missing in them."""

from __future__ import annotations

from typing import Final

from symbolicator.patterns import regex

_FRAMES: Final = (
    ("Python", '", line ', regex(r'(?m)^[ \t|]{0,80}File "[^"\n]{1,4096}", line \d{1,9}(?:, in |$)')),
    ("Ruby", ".rb:", regex(r"(?m)(?:^|from |\s)[^\s:]{1,4096}\.rb:\d{1,9}:in [`']")),
    ("PHP", ".php(", regex(r"(?m)^#\d{1,5} [^\n(]{1,4096}\.php\(\d{1,9}\): ")),
    ("Perl", "called at ", regex(r"(?m)^[ \t]{1,8}[^\n]{1,4096} called at \S{1,4096} line \d{1,9}")),
    ("Elixir", ".ex", regex(r"(?m)^[ \t]{1,8}\([a-z]\w{0,80} [\d.]{1,40}[^)\n]{0,80}\) [^\s:]{1,4096}\.exs?:\d{1,9}: ")),
)
"""Each language, what all its frames contain, and one of them."""


def readable_language(text: str) -> str:
    """The language of a trace in `text` that names files and lines of the source itself; "" if there is none.

    >>> readable_language('  File "/srv/app/cart.py", line 12, in total')
    'Python'
    """
    return next((name for name, mark, frame in _FRAMES if mark in text and frame.search(text)), "")


def nothing_to_do(language: str) -> str:
    """What is said of a trace of that language."""
    return f"nothing to do: a trace of {language} names files and lines of the source itself"
