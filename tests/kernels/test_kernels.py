"""All kernels: compiled or not, and the numbers they share."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from array import array
from inspect import isfunction, signature
from pathlib import Path

import pytest

from symbolicator import kernels
from symbolicator.debugfiles.table.buffers import zeros
from tests.kernels.test_dwarf_kernels import INFO, dw, table
from tests.makers.kernels import FOLDER, NAMES, uncompiled

ROOT = Path(__file__).parent.parent.parent
SAY = "from symbolicator.kernels import compiled, dwarf_scan; print(compiled(), dwarf_scan.__file__.endswith('.py'))"


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("_numbers")])
def test_numbers_are_the_same_for_kernels_that_are_compiled_and_those_that_are_not(name):
    def numbers(path):
        return re.findall(r"^ *([A-Z]\w*) = (-?\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    path = Path(FOLDER) / f"{name}.py"
    assert len(numbers(path)) == len([one for one in vars(uncompiled()[name]) if one.isupper()]) > 20
    assert numbers(path) == numbers(path.with_suffix(".pxd"))


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_kernels_are_true(name):
    assert doctest.testmod(uncompiled()[name], extraglobs={"array": array, "zeros": zeros}).failed == 0


@pytest.mark.skipif(not kernels.compiled(), reason="they are not compiled")
def test_kernels_run_uncompiled_where_only_some_of_them_are_compiled(tmp_path):
    folder = tmp_path / "symbolicator" / "kernels"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder.parent / "__init__.py").touch()

    def answer():
        return subprocess.run([sys.executable, "-c", SAY], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()

    assert answer() == ["True", "False"]
    for built in [path for path in folder.glob("vlq.*") if path.suffix not in {".py", ".pxd"}]:
        built.unlink()
    assert answer() == ["False", "True"]


def test_kernels_run_where_cython_is_not_installed():
    code = """if True:
        import sys
        sys.modules["cython"] = None
        from tests.kernels.test_dwarf_kernels import INFO, dw, table
        print(len(table(INFO, dw.ABBREVS)), "Cython" in sys.modules)
    """
    environment = {**os.environ, "SYMBOLICATOR_KERNELS": "python"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=ROOT)
    assert done.stdout.split() == [str(len(table(INFO, dw.ABBREVS))), "False"]


@pytest.mark.parametrize("name", NAMES)
def test_functions_take_eight_parameters_at_most(name):
    functions = [value for value in vars(uncompiled()[name]).values() if isfunction(value)]
    assert [one.__name__ for one in functions if len(signature(one).parameters) > 8] == []
