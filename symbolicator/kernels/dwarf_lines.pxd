# The C types of dwarf_lines.py. Registers are unsigned 64-bit; the masks that bound them are written out in the loops.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64

@cython.locals(n=Py_ssize_t, room=Py_ssize_t, min_inst=u64, max_ops=u64, base=u32, big=bint, mask=u64, all_ones=u64, none=u64, most=u64, i=Py_ssize_t,
    row=Py_ssize_t, start=Py_ssize_t, address=u64, op_index=u64, file=u64, line=u64, column=u64, last=u64, status=i64, at=Py_ssize_t, opcode=u32,
    value=u64, part=u64, count=i64, shift=u32, byte=u32, left=u64, end=Py_ssize_t)
cpdef i64 run_program(const unsigned char[::1] program, const unsigned char[::1] lengths, const u32[::1] specials, const u64[::1] parameters,
    const u64[::1] tombstones, u64[::1] state, u64[::1] addresses, u32[::1] files, u32[::1] lines, u32[::1] columns, u64[::1] sequences) except? -9

cdef void _fault(u64[::1] state, u64 at) noexcept nogil

@cython.locals(row=Py_ssize_t, start=Py_ssize_t, sequence=Py_ssize_t, first=u64, dropped=bint, i=Py_ssize_t)
cdef i64 _end_sequence(const u64[::1] parameters, const u64[::1] tombstones, u64[::1] state, u64[::1] addresses, u32[::1] files, u32[::1] lines,
    u32[::1] columns, u64[::1] sequences, u64 address) noexcept nogil

@cython.locals(n=Py_ssize_t, width=Py_ssize_t, room=Py_ssize_t, all_ones=u64, i=Py_ssize_t, entry=Py_ssize_t, status=i64, at=Py_ssize_t,
    column=Py_ssize_t, kind=u64, size=u64, target=u64, value=u64, part=u64, shift=u32, byte=u32)
cpdef i64 read_entries(const unsigned char[::1] data, const u64[::1] layout, u64[::1] state, u64[::1] entries, bint terminated, bint big) except? -9

@cython.locals(previous=u64, k=Py_ssize_t)
cpdef i64 in_order(const u64[::1] addresses, const u64[::1] sequences, Py_ssize_t count) except? -9

@cython.locals(k=Py_ssize_t, first=Py_ssize_t, stop=Py_ssize_t, n=Py_ssize_t, end=u64, kept=Py_ssize_t, i=Py_ssize_t,
    at=Py_ssize_t, top=Py_ssize_t, out=Py_ssize_t, boundary=u64, this=Py_ssize_t)
cpdef i64 arrange(u64[::1] addresses, u32[::1] files, u32[::1] lines, u32[::1] columns, u64[::1] sequences, Py_ssize_t count,
    u64[::1] out_addresses, u32[::1] out_files, u32[::1] out_lines, u32[::1] out_columns, u32[::1] order, u32[::1] spare) except? -9

@cython.locals(i=Py_ssize_t, width=Py_ssize_t, low=Py_ssize_t, middle=Py_ssize_t, high=Py_ssize_t, left=Py_ssize_t, right=Py_ssize_t, at=Py_ssize_t)
cdef void _sort(u64[::1] keys, Py_ssize_t start, Py_ssize_t n, u32[::1] order, u32[::1] spare) noexcept nogil

@cython.locals(out=Py_ssize_t, i=Py_ssize_t, address=u64, file=u32, line=u32, column=u32)
cpdef i64 squeeze(u64[::1] addresses, u32[::1] files, u32[::1] lines, u32[::1] columns, Py_ssize_t count) except? -9

