"""What opens a native file, and what writes its table."""

from __future__ import annotations

import pytest

from symbolicator.debugfiles import identify, opening
from symbolicator.errors import MalformedArtifact


def test_what_can_be_identified_can_be_opened():
    assert [magic for magic, _ in opening._OPENERS] == [magic for magic, _ in identify._READERS]


def test_a_file_of_no_known_format_says_how_it_begins():
    with pytest.raises(MalformedArtifact, match="starts with 42414421"):
        opening.open_container(memoryview(b"BAD! and so on"))


def test_an_empty_file_is_no_native_file():
    with pytest.raises(MalformedArtifact, match="starts with nothing"):
        opening.open_container(memoryview(b""))
