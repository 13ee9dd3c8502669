#!/bin/sh
# Fuzz with kernels built for AddressSanitizer, in a copy of the tree: sh benchmarks/asan.sh PYTHON [SECONDS a target]
# Python's own allocator hides what is read behind an object, so each has memory of its own (PYTHONMALLOC=malloc).
set -eu
python=$1
seconds=${2:-60}
here=$(pwd)
case $python in /*) ;; *) python=$here/$python ;; esac
mkdir -p build/asan/symbolicator
cp -R tests benchmarks setup.py pyproject.toml README.md build/asan/
(cd symbolicator && find . -name '*.py' -o -name '*.pxd' -o -name '*.html' -o -name py.typed | tar cf - -T -) | tar xf - -C build/asan/symbolicator
ln -sfn "$here/fixtures" build/asan/fixtures
cd build/asan
CFLAGS="-fsanitize=address -fno-omit-frame-pointer" LDFLAGS="-fsanitize=address" "$python" setup.py -q build_ext --inplace
export LD_PRELOAD ASAN_OPTIONS PYTHONMALLOC PYTHONPATH
LD_PRELOAD=$("${CC:-cc}" -print-file-name=libasan.so)
ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
PYTHONMALLOC=malloc
PYTHONPATH=.
"$python" -c 'import symbolicator.kernels as k; assert "asan" in k.__file__ and k.compiled(), k.__file__'
exec "$python" -m benchmarks.fuzz --seconds "$seconds" tables native dwarf pdb maps mappings
