# The C types of codeview_symbols.py.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64


cdef class Symbols:
    cdef u64[::1] procedures, ranges, sites
    cdef u32[::1] scopes
    cdef public Py_ssize_t procedure_count, range_count, site_count
    cdef public u32 language

cdef u32 _two(const unsigned char[::1] data, Py_ssize_t at) noexcept nogil

@cython.locals(high=u32)
cdef u32 _four(const unsigned char[::1] data, Py_ssize_t at) noexcept nogil

@cython.locals(middle=Py_ssize_t)
cdef Py_ssize_t _floor(const u64[::1] records, Py_ssize_t width, Py_ssize_t low, Py_ssize_t high, u64 value) noexcept nogil

@cython.locals(nowhere=u64)
cdef u64 address(const u64[::1] sections, u64 section, u64 offset) noexcept nogil

cdef bint _is_procedure(u32 kind) noexcept nogil

cdef bint is_mangled(u32 first, u32 second) noexcept nogil

@cython.locals(nowhere=u64, size=Py_ssize_t, body=Py_ssize_t, start=u64, length=u64, i=Py_ssize_t, end=Py_ssize_t, kind=u32)
cdef Py_ssize_t _past(const unsigned char[::1] data, const u64[::1] sections, const u64[::1] asked, Py_ssize_t at) noexcept nogil

@cython.locals(i=Py_ssize_t, size=Py_ssize_t, at=Py_ssize_t, kind=u32, past=Py_ssize_t)
cpdef count(const unsigned char[::1] data, const u64[::1] sections, const u64[::1] asked, u64[::1] counts)

cpdef read(const unsigned char[::1] data, const u64[::1] sections, const u64[::1] asked, Symbols found)

@cython.locals(none=u64, size=Py_ssize_t, depth=Py_ssize_t, at=Py_ssize_t, length=u32, kind=u32, stop=Py_ssize_t, owner=u64, site=u64, start=u64, head=Py_ssize_t,
    c=Py_ssize_t, past=Py_ssize_t)
cdef void _read(const unsigned char[::1] data, const u64[::1] sections, const u64[::1] asked, Symbols found) noexcept nogil

@cython.locals(none=u64, nowhere=u64, nameless=u64, mangled=u64, name=u64, length=u64, start=u64, p=Py_ssize_t)
cdef u64 _open(const unsigned char[::1] data, const u64[::1] sections, Symbols found, Py_ssize_t at, Py_ssize_t stop, Py_ssize_t length_at,
    Py_ssize_t offset_at) noexcept nogil

@cython.locals(nowhere=u64, p=Py_ssize_t, r=Py_ssize_t)
cdef void _extend(Symbols found, u64 owner, u64 start, u64 length) noexcept nogil

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, j=Py_ssize_t, turn=Py_ssize_t, kept=Py_ssize_t, r=Py_ssize_t, p=Py_ssize_t, at=Py_ssize_t)
cpdef narrow(Symbols found, const u64[::1] asked)
