"""Native traces: what their formats share, and which there are, in the order in which a line is tried on them.

A frame's address is read into `Found.where`; the images it may lie in are known when all of the text was read (`images.py`). What
was thrown, and by which thread, is `headers.py`'s.
"""

from __future__ import annotations

from symbolicator.traces.format import Format
from symbolicator.traces.native.apple import APPLE
from symbolicator.traces.native.crashlytics import CRASHLYTICS
from symbolicator.traces.native.dart import DART, DART_NAMED
from symbolicator.traces.native.debuggers import ELFUTILS, GDB, LLDB
from symbolicator.traces.native.glibc import GLIBC, PYTHON
from symbolicator.traces.native.handlers import BOOST, CHROMIUM, GLOG, LLVM, NODE, TORCH
from symbolicator.traces.native.kernel_faults import FAULT
from symbolicator.traces.native.kernel_oops import DUMPED, KERNEL
from symbolicator.traces.native.languages import FORTRAN, GO, RUST, ZIG
from symbolicator.traces.native.registers import REGISTERS
from symbolicator.traces.native.reports import COREDUMP, JVM, SWIFT
from symbolicator.traces.native.samples import SAMPLE
from symbolicator.traces.native.shapes import LIBBACKTRACE, SHAPES, STRACE
from symbolicator.traces.native.tools import PERF, SANITIZER, TOMBSTONE, VALGRIND
from symbolicator.traces.native.wasm_runtimes import WASM

FORMATS: tuple[Format, ...] = (
    DART,  # a mark of its own; Crashlytics prints it within what looks like Java's and its own frames
    DART_NAMED,
    SAMPLE,  # before all that have addresses in brackets
    VALGRIND,  # before everything that reads `at`: `at 0x1234: f (a.c:1)`
    TOMBSTONE,
    LLVM,  # before gdb: the addresses of both have all digits, and gdb's `in` behind them
    COREDUMP,
    GDB,  # before the sanitizers: both number frames with `#`, and gdb's end in arguments, `at` or `from`
    ELFUTILS,
    FORTRAN,  # before the sanitizers too: two blanks behind the number, where those have one
    SANITIZER,
    CHROMIUM,  # after the sanitizers: a function that stands where those have `in`
    LLDB,
    TORCH,
    *WASM,  # before Rust's, whose names have no module
    RUST,
    NODE,
    GO,
    ZIG,
    GLOG,
    BOOST,
    SWIFT,
    APPLE,
    CRASHLYTICS,  # after Apple's own, whose addresses are longer
    JVM,
    FAULT,
    KERNEL,
    *DUMPED,
    PYTHON,
    LIBBACKTRACE,
    STRACE,  # glibc's with a mark before it
    GLIBC,
    PERF,
    *(form for form in SHAPES[:-1] if form is not STRACE),  # after those with marks of their own: the general ones
    *REGISTERS,  # `fp: 0x… lr: 0x…` is another tool's frame if a number is before it
    SHAPES[-1],  # any address
)
