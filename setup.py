"""The kernels as optional extensions: where no compiler is found the install still succeeds and runs the same files uncompiled."""

import os
import sys
from pathlib import Path

from setuptools import Extension, setup

UNIX = sys.platform != "win32"
FLAGS = ["-O2", "-g0", "-Wno-sign-compare"] if UNIX else []
# The small functions of these take buffers, which C passes by value, 200 bytes each: inlined, they take 3/4 of the time.
# Clang does not know the flags for it, and inlines as it sees fit.
INLINED = {"breakpad_records", "dwarf_lines", "dwarf_merge", "elf_symbols", "mappings", "regular_mappings", "vlq"}
INLINED |= {"native_layers", "native_lookups", "native_strings", "sorting"}
INLINED |= {"codeview_lines", "codeview_modules", "codeview_names", "codeview_publics"}
INLINED |= {"codeview_rows", "codeview_sites", "codeview_symbols", "frame_marks"}
MORE = ["-O3", "-finline-limit=2000", "--param", "inline-unit-growth=300"] if UNIX else []
MORE += ["-Wno-ignored-optimization-argument", "-Wno-unused-command-line-argument"] if UNIX else []
DIRECTIVES = {"language_level": "3", "warn.unreachable": False}
SHARED = "symbolicator.kernels._shared"
"""What Cython's memoryviews need, 600 KB of C: compiled once, not in every kernel. Cython writes it."""
CONSTANTS = "_numbers"
"""How the names of files end that have numbers alone: the kernels take them from the `.pxd` as constants of C."""


def kernels() -> list[Extension]:
    """One extension for each kernel, which is a `.py` with a `.pxd` beside it; none where Cython itself cannot run."""
    files = sorted(Path("symbolicator/kernels").glob("*.pxd"))
    sources = [str(pxd.with_suffix(".py")) for pxd in files if not pxd.stem.endswith(CONSTANTS)]
    modules = [
        Extension(source[:-3].replace("/", "."), [source], extra_compile_args=FLAGS + (MORE if Path(source).stem in INLINED else []))
        for source in sources
    ]
    modules.append(Extension(SHARED, [SHARED.replace(".", "/") + ".c"], extra_compile_args=FLAGS))
    try:
        from Cython.Build import cythonize

        extensions = cythonize(modules, compiler_directives=DIRECTIVES, shared_utility_qualified_name=SHARED, build_dir="build/cython")
    except Exception as error:  # noqa: BLE001 - the build must go on: the same files run uncompiled
        print(f"kernels stay uncompiled: {error}", file=sys.stderr)
        return []
    for extension in extensions:
        extension.optional = True  # said here, because cythonize makes new objects and forgets it
    return list(extensions)


setup(ext_modules=kernels(), options={"build_ext": {"parallel": os.cpu_count()}})
