#!/bin/sh
# Makes the PDBs that `native.py pdb giant` measures on: a C++ library of 528 instantiations of templates over libc++, for Windows, on Linux,
# 77 MB; and one of thirteen such libraries, whose types and functions have other names, 1 GB.
# From PyPI: ziglang, whose clang and lld do it all. Takes five minutes of CPU, and 2.5 GB of disk meanwhile.
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

link() {
  $ZIG lld-link ./*.obj -dll -noentry -nodefaultlib -lldmingw -force -exclude-all-symbols -opt:noref -debug \
    -pdb:"$1.pdb" -pdbaltpath:"$1.pdb" -out:"$1.dll" 2>/dev/null
  mv "$1.pdb" "$1.dll" "$out/"
}

"$PYTHON" "$here/dsym_program.py" . 24 22
for source in *.cpp; do
  $ZIG c++ -target x86_64-windows-gnu -std=c++17 -O2 -g -gcodeview -fno-sanitize=all -c "$source" -o "${source%.cpp}.obj"
done
link ware
# Names of the same length leave an object file whole.
for copy in 01 02 03 04 05 06 07 08 09 10 11 12; do
  for object in ware*.obj; do LC_ALL=C sed "s/ware/wa$copy/g" "$object" > "w$copy$object"; done
done
link giant
ls -l "$out/ware.pdb" "$out/giant.pdb"
