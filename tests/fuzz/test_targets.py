"""A few hundred cases of each target; `make fuzz` runs any number of them."""

import json
import random

import pytest

from benchmarks.fuzz import Drawn
from tests.fuzz import dwarf, targets

CASES = {
    "apple": 300,
    "tombstones": 300,
    "dwarf": 120,
    "texts": 60,
    "archives": 400,
    "events": 120,
    "maps": 60,
    "mappings": 60,
    "tables": 60,
    "native": 20,
    "breakpad": 300,
    "pdb": 60,
    "otlp": 60,
    "envelopes": 200,
    "uploads": 200,
}


@pytest.mark.parametrize("name", sorted(targets.TARGETS))
def test_made_up_cases_raise_only_what_is_ours(name):
    for number in range(CASES[name]):
        try:
            targets.run(name, f"test {number}")
        except Exception as error:
            raise AssertionError(f"python -m benchmarks.fuzz --only 'test {number}' {name}") from error


@pytest.mark.parametrize(
    ("name", "seed"), [(name, seed) for name, seeds in json.loads(targets.FOUND.read_text()).items() for seed in seeds]
)
def test_what_was_found_stays_mended(name, seed):
    targets.run(name, seed)


def test_made_up_debug_files_are_read_far():
    from tests.fuzz import native

    answered = [native.all_ways(random.Random(number), dwarf.made(random.Random(f"far {number}"))) for number in range(40)]
    assert sum(map(bool, answered)) > 30


def test_chance_drawn_from_bytes_follows_them():
    assert [Drawn(bytes([n])).choice("abcdefgh") for n in range(8)] == list("abcdefgh")
    drawn = Drawn(b"")
    assert (drawn.choice("abc"), drawn.randrange(9), drawn.random()) == ("a", 0, 0.0)
