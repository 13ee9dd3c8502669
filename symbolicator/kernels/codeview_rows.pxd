# The C types of codeview_rows.py.
cimport cython
from symbolicator.kernels.codeview_lines cimport Lines
from symbolicator.kernels.codeview_sites cimport Pieces
from symbolicator.kernels.codeview_symbols cimport Symbols, u32, u64
from symbolicator.kernels.native_layers cimport Sweep


cdef class Rows:
    cdef u64[::1] addresses, chunks
    cdef u32[::1] places
    cdef public Py_ssize_t row, chunk
    cdef u64 until
    cdef u32 kind
    cdef Py_ssize_t claim

@cython.locals(none=u64, far=u64, n=Py_ssize_t, order=u32[::1], i=Py_ssize_t, claim=Py_ssize_t, line=Py_ssize_t, pos=u64, there=u64, node=u64, place=u64, column=u64,
    is_line=bint, r=Py_ssize_t)
cpdef paint(Symbols symbols, Lines lines, Pieces pieces, const u64[::1] allowed, Sweep sweep, Rows rows, u64 priority)

cdef u64 _depth(Pieces pieces, Py_ssize_t piece) noexcept nogil

@cython.locals(n=Py_ssize_t, at=Py_ssize_t, low=u64, high=u64)
cdef void _put(const u64[::1] allowed, Rows rows, u64 start, u64 end, u64 node, u64 place, u64 column, u64 priority) noexcept nogil

@cython.locals(none=u64, alone=u64, kind=u32, c=Py_ssize_t, p=Py_ssize_t)
cdef void _append(Rows rows, u64 start, u64 end, u64 node, u64 place, u64 column, u64 priority) noexcept nogil
