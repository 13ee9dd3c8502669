"""A few hundred mutated mappings; `python -m benchmarks.fuzz_mappings` runs any number of them."""

import importlib.util
import random
from pathlib import Path

import pytest

from symbolicator.mappings import MappingCompiler

SPEC = importlib.util.spec_from_file_location("fuzz_mappings", Path(__file__).parents[2] / "benchmarks" / "fuzz_mappings.py")
fuzz_mappings = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fuzz_mappings)


@pytest.mark.parametrize("seed", range(2))
def test_mutated_mappings_raise_only_our_exceptions(seed):
    compiler = MappingCompiler()
    answered = 0
    for number in range(100):
        answered += fuzz_mappings.check(fuzz_mappings.case(random.Random(f"{seed} {number}"), []), compiler)
    assert answered > 10
