# The C types of codeview_publics.py.
cimport cython
from symbolicator.kernels.codeview_names cimport Records
from symbolicator.kernels.codeview_symbols cimport u32, u64

@cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t, wanted=u64, at=u64, here=u64)
cpdef Py_ssize_t first_at(Records records, const u32[::1] sorted_places, u64 section, u64 offset) except? -9

@cython.locals(top=Py_ssize_t, i=Py_ssize_t, at=u64, stop=u64)
cpdef Py_ssize_t copy(Records records, const u32[::1] places, unsigned char[::1] out) except? -9

@cython.locals(nowhere=u64, size=Py_ssize_t, found=Py_ssize_t, at=Py_ssize_t, start=u64)
cpdef Py_ssize_t publics(const unsigned char[::1] data, const u64[::1] sections, u64[::1] starts, u32[::1] places) except? -9

@cython.locals(top=Py_ssize_t, i=Py_ssize_t, first=Py_ssize_t, stop=Py_ssize_t, end=Py_ssize_t, low=Py_ssize_t, high=Py_ssize_t)
cpdef Py_ssize_t bare(const unsigned char[::1] data, const u32[::1] places, bint underscore, unsigned char[::1] text, u32[::1] names) except? -9

@cython.locals(n=Py_ssize_t, m=Py_ssize_t, i=Py_ssize_t, start=u64, at=Py_ssize_t, most=u64)
cpdef limit(u64[::1] rows, const u64[::1] ranges, const u64[::1] ends)

@cython.locals(begin=u32)
cdef bint _is_constant(const unsigned char[::1] data, Py_ssize_t first, Py_ssize_t stop) noexcept nogil

@cython.locals(at=Py_ssize_t, low=Py_ssize_t, i=Py_ssize_t)
cdef Py_ssize_t _undecorated(const unsigned char[::1] data, Py_ssize_t first, Py_ssize_t stop) noexcept nogil
