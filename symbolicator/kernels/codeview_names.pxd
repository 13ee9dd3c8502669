# The C types of codeview_names.py.
cimport cython
from symbolicator.kernels.codeview_symbols cimport i64, u32, u64


cdef class Records:
    cdef const unsigned char[::1] data
    cdef const u32[::1] blocks, index
    cdef int bits
    cdef u64 size, place
    cdef u32 number
    cdef public i64 steps

@cython.locals(block=u64)
cdef u32 byte_at(Records records, u64 at) noexcept nogil

cdef u32 two_at(Records records, u64 at) noexcept nogil

@cython.locals(high=u32)
cdef u32 four_at(Records records, u64 at) noexcept nogil

@cython.locals(at=u64, found=Py_ssize_t, turn=u64)
cpdef Py_ssize_t survey(Records records, u64 begin, u32 number, u32[::1] out) except? -9

@cython.locals(none=u64, n=Py_ssize_t, i=Py_ssize_t, here=u64, there=u64)
cpdef bint settle(u32[::1] index, u64 begin, u32 number, u64 size, u64 most) except? -9

@cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t, at=u64, here=u32)
cdef u64 _find(Records records, u32 number) noexcept nogil

@cython.locals(stop=u64, byte=u32)
cdef Py_ssize_t _copy(Records records, u64 at, u64 name, unsigned char[::1] text, Py_ssize_t top) noexcept nogil

@cython.locals(at=u64, leaf=u32, size_at=u64, numeric=u32, extra=u64)
cdef Py_ssize_t _around(Records scopes, Records types, u32 kind, u32 number, unsigned char[::1] text, Py_ssize_t top) noexcept nogil

@cython.locals(mangled=u64, nameless=u64, top=Py_ssize_t, at=Py_ssize_t, here=u64, kind=u32, begin=Py_ssize_t)
cpdef Py_ssize_t write(Records ids, Records scopes, Records types, const u32[::1] wanted, Py_ssize_t first, unsigned char[::1] text, u64[::1] references) except? -9
