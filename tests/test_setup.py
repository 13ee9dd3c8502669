"""The install: with a compiler the kernels are compiled, without one it still succeeds."""

import runpy
from pathlib import Path

import pytest
import setuptools

ROOT = Path(__file__).parent.parent


def test_what_all_kernels_share_is_compiled_once_and_every_kernel_is_an_extension_that_may_fail_to_compile(monkeypatch):
    pytest.importorskip("Cython")
    given = {}
    monkeypatch.setattr(setuptools, "setup", lambda **arguments: given.update(arguments))
    monkeypatch.chdir(ROOT)
    runpy.run_path(str(ROOT / "setup.py"))
    kernels = {path.stem for path in (ROOT / "symbolicator" / "kernels").glob("*.pxd") if not path.stem.endswith("_numbers")} | {"_shared"}
    assert {extension.name for extension in given["ext_modules"]} == {f"symbolicator.kernels.{kernel}" for kernel in kernels}
    assert all(extension.optional for extension in given["ext_modules"])
