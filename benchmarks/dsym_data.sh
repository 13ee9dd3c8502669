#!/bin/sh
# Makes the dSYM that `native.py dsym` measures on: a C++ library of 396 instantiations of templates over libc++, for arm64 macOS, on Linux; 80 MB.
# From PyPI: ziglang; from Debian: lld, llvm (ld64.lld, dsymutil). Takes four minutes of CPU.
# Usage: benchmarks/dsym_data.sh [FOLDER]     (default: benchmarks/data/native); PYTHON, ZIG and VERSION (of Debian's llvm) may be set
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-benchmarks/data/native}
PYTHON=${PYTHON:-python3} ZIG=${ZIG:-$PYTHON -m ziglang} VERSION=${VERSION:-14}
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$PYTHON" "$here/dsym_program.py" . 18 22
for source in *.cpp; do
  $ZIG c++ -target aarch64-macos -std=c++17 -O1 -g -gdwarf-4 -fno-sanitize=all -c "$source" -o "${source%.cpp}.o"
done
ld64.lld-$VERSION -arch arm64 -platform_version macos 15.0 15.0 -dylib ./*.o -undefined dynamic_lookup -o libware.dylib
dsymutil-$VERSION libware.dylib
mv libware.dylib.dSYM/Contents/Resources/DWARF/libware.dylib "$out/libware.dsym"
ls -l "$out/libware.dsym"
