# The C types of vlq.py. Sums are 64-bit: see the module's docstring for why none can wrap.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64

cdef class Faults:
    cdef i64[::1] counts, firsts


cdef class Section:
    cdef i64 line, column, sources, names, source_base, name_base
    cdef u64 stop

@cython.locals(count=i64)
cpdef i64 count_bytes(const unsigned char[::1] text, unsigned char one, unsigned char other) except? -9

@cython.locals(i=Py_ssize_t, count=i64)
cdef i64 _count_bytes(const unsigned char[::1] text, unsigned char one, unsigned char other) noexcept nogil

@cython.locals(end=Py_ssize_t)
cpdef Py_ssize_t decode_mappings(const unsigned char[::1] text, const unsigned char[::1] digits, u64[::1] keys, u32[::1] originals,
    Section section, Faults faults, Py_ssize_t row) except? -9

cdef void _fault(Py_ssize_t kind, i64 value, i64 i, i64 line, i64 ordinal, Faults faults) noexcept nogil

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, digit=i64, shift=u32, value=i64, delta=i64, column=i64, source=i64, original_line=i64,
    original_column=i64, name=i64, field=i64, ordinal=i64, none=i64, lowest=i64, bad=bint, after_comma=bint, key=u64, previous=u64,
    line=i64, base=i64, stop=u64, sources=i64, names=i64, source_base=i64, name_base=i64, comma=i64, semicolon=i64, mask=i64, continuation=i64,
    last_shift=u32, bits=u32, width=Py_ssize_t, row_line=Py_ssize_t, row_column=Py_ssize_t, row_name=Py_ssize_t)
cdef Py_ssize_t _decode_mappings(const unsigned char[::1] text, const unsigned char[::1] digits, u64[::1] keys, u32[::1] originals,
    Section section, Faults faults, Py_ssize_t row) noexcept nogil

@cython.locals(row=Py_ssize_t)
cpdef Py_ssize_t first_unsorted(const u64[::1] keys, Py_ssize_t start, Py_ssize_t stop) except? -9

@cython.locals(i=Py_ssize_t)
cdef Py_ssize_t _first_unsorted(const u64[::1] keys, Py_ssize_t start, Py_ssize_t stop) noexcept nogil

cpdef sort_rows(u64[::1] keys, u32[::1] originals, unsigned char[::1] flags, Py_ssize_t start, Py_ssize_t stop, u32[::1] order, u32[::1] spare)

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, middle=Py_ssize_t, here=Py_ssize_t, there=Py_ssize_t, key=u64, flag=cython.uchar,
    source=u32, line=u32, column=u32, name=u32)
cdef void _sort_rows(u64[::1] keys, u32[::1] originals, unsigned char[::1] flags, Py_ssize_t start, Py_ssize_t stop, u32[::1] order, u32[::1] spare) noexcept nogil

@cython.locals(count=Py_ssize_t)
cpdef Py_ssize_t decode_tokens(const unsigned char[::1] text, const unsigned char[::1] digits, i64[::1] tokens) except? -9

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, count=Py_ssize_t, digit=i64, shift=u32, value=i64, none=i64)
cdef Py_ssize_t _decode_tokens(const unsigned char[::1] text, const unsigned char[::1] digits, i64[::1] tokens) noexcept nogil

@cython.locals(result=i64)
cpdef i64 function_rows(const i64[::1] tokens, Py_ssize_t count, i64 names, u32[::1] rows) except? -9

@cython.locals(i=Py_ssize_t, token=i64, delta=i64, line=i64, column=i64, name=i64, field=i64, row=i64, skipped=i64, none=i64, lowest=i64, bad=bint)
cdef i64 _function_rows(const i64[::1] tokens, Py_ssize_t count, i64 names, u32[::1] rows) noexcept nogil

@cython.locals(end=Py_ssize_t)
cpdef Py_ssize_t line_starts(const unsigned char[::1] text, u32[::1] starts, Py_ssize_t at) except? -9

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, room=Py_ssize_t, byte=u32)
cdef Py_ssize_t _line_starts(const unsigned char[::1] text, u32[::1] starts, Py_ssize_t at) noexcept nogil

cpdef remap_sources(u32[::1] originals, Py_ssize_t start, Py_ssize_t stop, const u32[::1] table)

@cython.locals(i=Py_ssize_t, n=Py_ssize_t, source=u32)
cdef void _remap_sources(u32[::1] originals, Py_ssize_t start, Py_ssize_t stop, const u32[::1] table) noexcept nogil
