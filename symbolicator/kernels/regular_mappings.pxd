# The C types of regular_mappings.py.
cimport cython
from symbolicator.kernels.vlq cimport Section

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64

@cython.locals(count=i64)
cpdef i64 sample_mappings(const unsigned char[::1] text, const unsigned char[::1] table, Section section, u64[::1] starts, i64[::1] states,
    u64[::1] keys, u32[::1] originals) except? -9

@cython.locals(i=Py_ssize_t, rows=i64, got=i64, place=Py_ssize_t)
cdef i64 _sample(const unsigned char[::1] text, const unsigned char[::1] table, Section section, u64[::1] starts, i64[::1] states,
    u64[::1] keys, u32[::1] originals) noexcept nogil

@cython.locals(got=i64)
cpdef i64 decode_regular(const unsigned char[::1] text, const unsigned char[::1] table, Section section, i64[::1] states, Py_ssize_t at,
    u64[::1] keys, u32[::1] originals, i64 count) except? -9

@cython.locals(digit=i64, value=i64, size=Py_ssize_t, shift=i64)
cdef i64 _several(const unsigned char[::1] text, const unsigned char[::1] table, Py_ssize_t i) noexcept nogil

@cython.locals(i=Py_ssize_t, line=i64, column=i64, source=i64, original_line=i64, original_column=i64, name=i64, stop=u64, sources=i64, names=i64,
    source_base=i64, name_base=i64, none=i64, several=i64, zero=i64, comma=i64, row=Py_ssize_t, out=Py_ssize_t, step=i64, value=i64,
    key=u64)
cdef i64 _decode(const unsigned char[::1] text, const unsigned char[::1] table, Section section, i64[::1] states, Py_ssize_t at,
    u64[::1] keys, u32[::1] originals, i64 count) noexcept nogil
