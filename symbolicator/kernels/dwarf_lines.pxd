# The C types of dwarf_lines.py. Registers are unsigned 64-bit; the masks that bound them are written out in the loops.
cimport cython
from symbolicator.kernels.dwarf_forms cimport i64, place, u32, u64
from symbolicator.kernels.dwarf_line_tables cimport Lines


cdef class Columns:
    cdef u64[::1] addresses
    cdef u32[::1] files, lines, columns


cdef class Machine:
    cdef const u64[::1] bounds, asked
    cdef u32[::1] specials, order, merged
    cdef u64[::1] sequences, defines
    cdef u64 special_key, address, op_index, file, line, column, unsorted
    cdef public Py_ssize_t turn, stop, row, defined
    cdef Py_ssize_t base, position, sequence, start
    cdef int phase

@cython.locals(t=Py_ssize_t, status=u32)
cpdef u32 run(Lines lines, u64[::1] tables, Machine machine, Columns rows, Columns spare) except? 99

cdef void _begin(u64[::1] tables, Py_ssize_t t, Machine machine) noexcept nogil

@cython.locals(base=u64, span=u64, first=u64, low=u64, key=u64, opcode=u32, more=u64)
cdef void _advances(const u64[::1] tables, Py_ssize_t t, Machine machine) noexcept nogil

@cython.locals(code=place, addresses=u64[::1], files=u32[::1], numbers=u32[::1], columns=u32[::1], specials=u32[::1], n=Py_ssize_t, room=Py_ssize_t,
    min_inst=u64, max_ops=u64, base=u32, big=bint, mask=u64, all_ones=u64, none=u64, most=u64, i=Py_ssize_t, row=Py_ssize_t, start=Py_ssize_t,
    address=u64, op_index=u64, file=u64, line=u64, column=u64, last=u64, status=u32, at=Py_ssize_t, opcode=u32, value=u64, part=u64, count=i64,
    shift=u32, byte=u32, left=u64, end=Py_ssize_t)
cdef u32 _program(Lines lines, u64[::1] tables, Py_ssize_t t, Machine machine, Columns rows) noexcept nogil

@cython.locals(at=u64)
cdef u32 _operands(Lines lines, const u64[::1] tables, Py_ssize_t t, u32 opcode) noexcept nogil

@cython.locals(ones=u64)
cdef u64 _highest(u64 width) noexcept nogil

cdef void _fault(u64[::1] tables, Py_ssize_t t, u64 at) noexcept nogil

@cython.locals(d=Py_ssize_t)
cdef bint _define(Lines lines, u64[::1] tables, Py_ssize_t t, Machine machine, Py_ssize_t at, Py_ssize_t end) noexcept nogil

@cython.locals(row=Py_ssize_t, start=Py_ssize_t, s=Py_ssize_t, first=u64, dropped=bint)
cdef u32 _end_sequence(u64[::1] tables, Py_ssize_t t, Machine machine, Columns rows, u64 address) noexcept nogil

@cython.locals(i=Py_ssize_t)
cdef bint _is_dropped(Machine machine, u64 first, u64 highest) noexcept nogil

cdef void _gap(Columns rows, Py_ssize_t row, u64 address) noexcept nogil

cdef void _copy(Columns source, Py_ssize_t at, Columns target, Py_ssize_t to) noexcept nogil

@cython.locals(previous=u64, k=Py_ssize_t, s=Py_ssize_t)
cdef bint _in_order(Machine machine, Columns rows) noexcept nogil

@cython.locals(sequences=u64[::1], addresses=u64[::1], order=u32[::1], stack=u32[::1], count=Py_ssize_t, k=Py_ssize_t, top=Py_ssize_t, written=Py_ssize_t,
    boundary=u64, this=Py_ssize_t, i=Py_ssize_t, stop=Py_ssize_t, end=u64, at=Py_ssize_t)
cdef void _arrange(Machine machine, Columns rows, Columns out) noexcept nogil

@cython.locals(first=Py_ssize_t, stop=Py_ssize_t, n=Py_ssize_t, end=u64, kept=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t)
cdef void _straighten(Machine machine, Columns rows, Columns out, Py_ssize_t k) noexcept nogil

@cython.locals(addresses=u64[::1], files=u32[::1], lines=u32[::1], columns=u32[::1], stop=Py_ssize_t, out=Py_ssize_t, i=Py_ssize_t, address=u64,
    file=u32, line=u32, column=u32)
cdef void _squeeze(Machine machine, Columns rows) noexcept nogil

@cython.locals(none=u32, stop=Py_ssize_t, n=Py_ssize_t, out=Py_ssize_t, j=Py_ssize_t, ends=bint, i=Py_ssize_t, address=u64, covers=bint)
cdef void _near(Machine machine, Columns rows) noexcept nogil
