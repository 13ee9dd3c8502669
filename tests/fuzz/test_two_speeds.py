"""Two speeds and two kernels, one answer, on damaged files too."""

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator.kernels import compiled
from tests.fuzz import native

# Found by the generator, as cases of `native.case`: functions beyond what their unit's DIE claims, units that claim one another's code, line
# tables of several units, one function in two languages, siblings that lie.
SEEDS = [
    f"law {number}" for number in (45, 72, 86, 162, 285, 486, 542, 597, 607, 732, 754, 770, 821, 985, 1018, 1055, 1136, 1140, 1187, 1531)
]
KERNELS = 90


@settings(max_examples=150)
@given(st.integers(0, 1 << 32))
def test_however_a_damaged_file_is_read_an_address_has_one_answer(number):
    native.all_ways(*native.case(f"law {number}"))


def test_what_was_found_stays_mended():
    assert sum(native.all_ways(*native.case(seed)) for seed in SEEDS) > 100


def test_uncompiled_kernels_make_the_same_of_damaged_files():
    code = f"from tests.fuzz import native\nfor i in range({KERNELS}): print(native.digest(f'kernels {{i}}'))"
    if not compiled():
        return
    root = Path(__file__).parents[2]
    environment = {**os.environ, "SYMBOLICATOR_KERNELS": "python", "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=True)
    have = done.stdout.splitlines()
    want = [native.digest(f"kernels {number}") for number in range(KERNELS)]
    assert len(set(want)) > KERNELS // 2
    assert [(number, one) for number, one in enumerate(have) if one != want[number]] == []
