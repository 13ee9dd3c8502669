# The C types of native_strings.py.
cimport cython
from symbolicator.kernels.dwarf_forms cimport i64, u32, u64


cdef class Heap:
    cdef u32[::1] table
    cdef u64[::1] starts
    cdef unsigned char[::1] heap
    cdef public Py_ssize_t count, cut
    cdef public i64 left

@cython.locals(low=u64, h=u64, at=u64, stop=u64, high=u64, four=u64)
cdef u64 _digest(const unsigned char[::1] data, u64 start, u64 size) noexcept nogil

@cython.locals(at_sign=u32, first=u64, byte=u32)
cdef bint _is_version(const unsigned char[::1] section, u64 at, u64 stop) noexcept nogil

@cython.locals(n=Py_ssize_t, limit=u64, mask=u64, offsets=u64, longest=u64, at_sign=u32, i=Py_ssize_t, ref=u64, p=u64, cut=bint, size=u64, most=u64, at=u64,
    number=Py_ssize_t)
cpdef Py_ssize_t gather(Heap heap, const unsigned char[::1] section, u64 prefix, const u64[::1] refs, const unsigned char[::1] cuts, Py_ssize_t first,
    u32[::1] index) except? -9

@cython.locals(top=u64, room=u64, j=u64)
cdef bint _store(Heap heap, const unsigned char[::1] section, u64 p, u64 size, u64 at) noexcept nogil

@cython.locals(start=u64, j=u64)
cdef bint _is_equal(Heap heap, Py_ssize_t number, const unsigned char[::1] section, u64 p, u64 size) noexcept nogil

@cython.locals(mask=u64, i=Py_ssize_t, at=u64)
cpdef rehash(Heap heap)
