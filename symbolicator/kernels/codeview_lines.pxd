# The C types of codeview_lines.py.
cimport cython
from symbolicator.kernels.codeview_symbols cimport Symbols, i64, u32, u64


cdef class Lines:
    cdef u64[::1] rows, spare, inlinees, blocks
    cdef u32[::1] order, other
    cdef public Py_ssize_t row_count, inlinee_count


cdef class Files:
    cdef u32[::1] numbers
    cdef const unsigned char[::1] checksums, names
    cdef public u32 count

@cython.locals(none=u64, place=u64)
cdef u64 file_of(Files files, u64 at) noexcept nogil

@cython.locals(i=Py_ssize_t, size=u64, at=u64, kind=u32, length=u64)
cpdef count(const unsigned char[::1] data, u64[::1] counts)

@cython.locals(size=u64, at=u64, kind=u32, length=u64, stop=u64, i=Py_ssize_t, place=u64, number=u64, low=u64, blocks=Py_ssize_t)
cpdef read(const unsigned char[::1] data, const u64[::1] sections, Files files, Symbols symbols, bint narrowed, Lines lines)

@cython.locals(i=Py_ssize_t)
cdef bint _overlaps(Symbols symbols, u64 start, u64 end) noexcept nogil

@cython.locals(nowhere=u64, start=u64)
cdef Py_ssize_t _note(const unsigned char[::1] data, u64 at, u64 stop, const u64[::1] sections, Symbols symbols, bint narrowed, Lines lines,
    Py_ssize_t blocks) noexcept nogil

@cython.locals(ascending=bint, i=Py_ssize_t, one=u64, other=u64)
cdef void _read_blocks(const unsigned char[::1] data, Py_ssize_t blocks, Lines lines) noexcept nogil

@cython.locals(size=u64, has_columns=u32, first=Py_ssize_t, top=Py_ssize_t, ascending=bint, file=u64, number=u64, block=u64, end=u64, body=u64,
    columns=u64, i=u64, place=u64, line=u64, kept=Py_ssize_t)
cdef void _read_rows(const unsigned char[::1] data, u64 at, u64 stop, u64 start, Lines lines) noexcept nogil

@cython.locals(i=Py_ssize_t, j=Py_ssize_t)
cdef void _arrange(Lines lines, Py_ssize_t first, Py_ssize_t n) noexcept nogil

@cython.locals(i=Py_ssize_t, j=Py_ssize_t, kept=Py_ssize_t, r=Py_ssize_t, last=Py_ssize_t)
cdef void _part(Lines lines) noexcept nogil

@cython.locals(extended=bint, extra=u64, file=u64)
cdef void _read_inlinees(const unsigned char[::1] data, u64 at, u64 stop, Lines lines) noexcept nogil

@cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
cdef Py_ssize_t begin_of(Lines lines, u64 inlinee) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef Py_ssize_t line_at(Lines lines, u64 where) noexcept nogil

@cython.locals(i=Py_ssize_t)
cpdef places_of(const u32[::1] numbers, u32[::1] places)
