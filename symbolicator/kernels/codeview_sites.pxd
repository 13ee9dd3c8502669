# The C types of codeview_sites.py.
cimport cython
from symbolicator.kernels.codeview_lines cimport Files, Lines
from symbolicator.kernels.codeview_symbols cimport Symbols, i64, u32, u64


cdef class Inlinees:
    cdef u32[::1] numbers
    cdef const u32[::1] imported
    cdef u64 first
    cdef public u32 count


cdef class Nodes:
    cdef u32[::1] nodes
    cdef u64[::1] starts, spans, names
    cdef public Py_ssize_t count
    cdef public Py_ssize_t functions, first
    cdef Py_ssize_t more


cdef class Pieces:
    cdef u64[::1] claims, pieces, run
    cdef u32[::1] order, spare
    cdef public Py_ssize_t claim_count, count, lost
    cdef u64 at

@cython.locals(none=u64, number=Py_ssize_t, c=Py_ssize_t, owner=u64)
cpdef place(const unsigned char[::1] data, Symbols symbols, Lines lines, Files files, Inlinees inlinees, Nodes nodes, Pieces pieces)

@cython.locals(chained=u64, n=Py_ssize_t, i=Py_ssize_t, r=Py_ssize_t, p=Py_ssize_t, until=u64, k=Py_ssize_t)
cdef void _claim(Symbols symbols, Pieces pieces) noexcept nogil

@cython.locals(none=u64, i=Py_ssize_t, p=Py_ssize_t)
cdef void _name(Symbols symbols, Nodes nodes, Pieces pieces) noexcept nogil

@cython.locals(low=u64, n=Py_ssize_t)
cdef void _write(Nodes nodes, u64 start, u64 parent, u64 function, u64 call, u64 column) noexcept nogil

@cython.locals(none=u64, p=Py_ssize_t, around=u64, depth=u64, first=Py_ssize_t, number=Py_ssize_t, outer=Py_ssize_t, rows=Py_ssize_t, top=Py_ssize_t, r=u64,
    hops=u64, i=Py_ssize_t, place=u64, file=u64)
cdef void _add(const unsigned char[::1] data, Symbols symbols, Lines lines, Files files, Inlinees inlinees, Nodes nodes, Pieces pieces, Py_ssize_t c) noexcept nogil

@cython.locals(none=u64, made=Py_ssize_t, last=Py_ssize_t, until=u64, i=Py_ssize_t, start=u64, parent=u64, call=u64, column=u64, at=Py_ssize_t)
cdef void _name_pieces(Lines lines, Nodes nodes, Pieces pieces, u64 around, Py_ssize_t first, Py_ssize_t number, Py_ssize_t top, u64 function) noexcept nogil

@cython.locals(n=Py_ssize_t, place=u64)
cdef bint _is_from(Nodes nodes, Py_ssize_t node, u64 parent, u64 call, u64 column) noexcept nogil

@cython.locals(inlined=u64, at=u64, low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
cdef u64 _function_of(Inlinees inlinees, u64 inlinee) noexcept nogil

@cython.locals(mask=u64, room=Py_ssize_t, r=u64, low=u64, high=u64, i=Py_ssize_t, row=Py_ssize_t, start=u64, end=u64, k=Py_ssize_t)
cdef void _cut(Symbols symbols, Pieces pieces, Py_ssize_t p, u64 base, Py_ssize_t rows) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef Py_ssize_t _piece_at(Pieces pieces, Py_ssize_t first, Py_ssize_t number, u64 where) noexcept nogil

@cython.locals(inlined=u32, i=Py_ssize_t)
cpdef number(u32[::1] nodes, u32 functions)

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
cpdef disown(u64[::1] spans, const u64[::1] allowed)

@cython.locals(i=Py_ssize_t, at=Py_ssize_t)
cpdef link(u32[::1] functions, const u64[::1] spans, const u64[::1] starts, const u32[::1] names)

@cython.locals(at=u64, first=u64)
cdef u64 _operand(const unsigned char[::1] data, u64 stop, Pieces pieces) noexcept nogil

@cython.locals(half=i64)
cdef i64 _signed(u64 value) noexcept nogil

@cython.locals(most=i64, file=u64, line=i64, known=bint, begin=Py_ssize_t, offset=u64, base=u64, column=u64, top=Py_ssize_t, is_open=bint, operation=u64, value=u64,
    length=u64, start=u64, shown=u64, ascending=bint, i=Py_ssize_t)
cdef Py_ssize_t _run(const unsigned char[::1] data, u64 at, u64 stop, Lines lines, u64 inlinee, Pieces pieces) noexcept nogil
