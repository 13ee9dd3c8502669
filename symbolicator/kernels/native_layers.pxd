# The C types of native_layers.py.
cimport cython
from symbolicator.kernels.dwarf_forms cimport i64, u32, u64
from symbolicator.kernels.dwarf_lines cimport Columns


cdef class Functions:
    cdef const u64[::1] entries
    cdef u64[::1] until, intervals


cdef class Sweep:
    cdef u32[::1] order, spare, heap
    cdef u64[::1] keys, segments
    cdef Py_ssize_t size, count


cdef class Painted:
    cdef u64[::1] addresses, chunks
    cdef u32[::1] places
    cdef public Py_ssize_t row, chunk

@cython.locals(at=Py_ssize_t, up=Py_ssize_t)
cdef void push(Sweep sweep, u32 item, u64 key) noexcept nogil

@cython.locals(size=Py_ssize_t, at=Py_ssize_t, down=Py_ssize_t, item=u32, key=u64)
cdef void pop(Sweep sweep) noexcept nogil

@cython.locals(turn=Py_ssize_t)
cpdef paint(Functions functions, Columns lines, const u64[::1] turns, Sweep sweep, Painted painted)

@cython.locals(none=u64, inlined=u64, hops=u32, parent=u64)
cdef u64 _outermost(Functions functions, u64 owner) noexcept nogil

@cython.locals(none=u64)
cdef u64 _around(Functions functions, u64 outermost) noexcept nogil

@cython.locals(none=u64, intervals=u64[::1], until=u64[::1], segments=u64[::1], order=u32[::1], first=Py_ssize_t, n=Py_ssize_t, count=Py_ssize_t, i=Py_ssize_t,
    pos=u64, covered=u64, at=Py_ssize_t, owner=u64, end=u64, outermost=u64, around=u64)
cdef void _segments(Functions functions, const u64[::1] turns, Py_ssize_t t, Sweep sweep) noexcept nogil

@cython.locals(none=u64, far=u64, alone=u64, lines_at=u64[::1], files=u32[::1], segments=u64[::1], addresses=u64[::1], places=u32[::1], chunks=u64[::1],
    count=Py_ssize_t, line=Py_ssize_t, m=Py_ssize_t, begin=Py_ssize_t, file_base=u64, file_first=u64, file_count=u64, priority=u64, residual=bint,
    row=Py_ssize_t, chunk=Py_ssize_t, segment=Py_ssize_t, inside=u32, pos=u64, there=u64, here=u64, owner=u64, file=u64, mapped=u64, kind=u32,
    c=Py_ssize_t, number=u32, colno=u32)
cdef void _over_lines(Columns lines, const u64[::1] turns, Py_ssize_t t, Sweep sweep, Painted painted) noexcept nogil

@cython.locals(none=u64, n=Py_ssize_t, order=u32[::1], i=Py_ssize_t, pos=u64, out=Py_ssize_t, top=Py_ssize_t, end=u64, low=Py_ssize_t, high=Py_ssize_t,
    row=Py_ssize_t, at=Py_ssize_t)
cpdef Py_ssize_t combine(const u64[::1] chunks, const u64[::1] rows_at, const u32[::1] rows, Sweep sweep, u64[::1] addresses, u32[::1] places) except? -9

cdef void _gap(u64[::1] addresses, u32[::1] places, Py_ssize_t row, u64 address) noexcept nogil

@cython.locals(none=u32, i=Py_ssize_t)
cpdef shift_rows(u32[::1] places, u64[::1] chunks, u32 nodes, u32 files, u64 rows)

@cython.locals(owners=Py_ssize_t, i=Py_ssize_t, owner=Py_ssize_t, found=Py_ssize_t, at=Py_ssize_t, stop=Py_ssize_t, start=u64, end=u64)
cpdef Py_ssize_t by_owner(const u64[::1] intervals, Py_ssize_t count, u32[::1] order, u32[::1] spare, u32[::1] firsts, u64[::1] starts, u64[::1] ends) except? -9

@cython.locals(n=Py_ssize_t, room=Py_ssize_t, found=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t)
cpdef Py_ssize_t hits(const u64[::1] intervals, Py_ssize_t count, const u64[::1] wanted, u64[::1] out) except? -9

@cython.locals(alone=u64, n=Py_ssize_t, found=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t)
cpdef Py_ssize_t beyond(const u64[::1] chunks, Py_ssize_t count, const u64[::1] starts, const u64[::1] ends, u32[::1] out) except? -9

@cython.locals(alone=u64, owners=u64, found=Py_ssize_t, i=Py_ssize_t, owner=u64, at=Py_ssize_t)
cpdef Py_ssize_t astray(const u64[::1] chunks, Py_ssize_t count, const u32[::1] firsts, const u64[::1] starts, const u64[::1] ends, u32[::1] out) except? -9

@cython.locals(none=u32, n=Py_ssize_t, m=Py_ssize_t, i=Py_ssize_t, sample=Py_ssize_t, low=Py_ssize_t)
cpdef find(const u64[::1] starts, const u64[::1] samples, Py_ssize_t step, const u64[::1] wanted, u32[::1] out)
