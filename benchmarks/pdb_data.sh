#!/bin/sh
# Makes the PDB that `native.py pdb` measures on: a C++ library of 528 instantiations of templates over libc++, for Windows, on Linux; 77 MB.
# From PyPI: ziglang, whose clang and lld do it all. Takes five minutes of CPU.
# Usage: benchmarks/pdb_data.sh [FOLDER]     (default: benchmarks/data/native); PYTHON and ZIG may be set
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-benchmarks/data/native}
PYTHON=${PYTHON:-python3} ZIG=${ZIG:-$PYTHON -m ziglang}
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$PYTHON" "$here/dsym_program.py" . 24 22
for source in *.cpp; do
  $ZIG c++ -target x86_64-windows-gnu -std=c++17 -O2 -g -gcodeview -fno-sanitize=all -c "$source" -o "${source%.cpp}.obj"
done
$ZIG lld-link ./*.obj -dll -noentry -nodefaultlib -lldmingw -force:unresolved -debug -pdb:ware.pdb -pdbaltpath:ware.pdb -out:ware.dll 2>/dev/null
mv ware.pdb ware.dll "$out/"
ls -l "$out/ware.pdb"
