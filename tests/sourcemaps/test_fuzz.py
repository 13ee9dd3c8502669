"""A few hundred mutated maps; `python -m benchmarks.fuzz_maps` runs any number of them."""

import importlib.util
import random
from pathlib import Path

import pytest

from symbolicator.sourcemaps import SourceMapCompiler

SPEC = importlib.util.spec_from_file_location("fuzz_maps", Path(__file__).parents[2] / "benchmarks" / "fuzz_maps.py")
fuzz_maps = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fuzz_maps)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_maps_raise_only_our_exceptions_and_compile_to_the_same_answers(seed):
    compiler = SourceMapCompiler()
    read = 0
    for number in range(100):
        read += fuzz_maps.check(fuzz_maps.case(random.Random(f"{seed} {number}"), []), compiler)
    assert read > 20
