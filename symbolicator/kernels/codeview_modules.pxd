# The C types of codeview_modules.py.
cimport cython
from symbolicator.kernels.codeview_symbols cimport u32, u64

@cython.locals(size=Py_ssize_t, at=Py_ssize_t, found=Py_ssize_t, m=Py_ssize_t, _=int)
cpdef Py_ssize_t modules(const unsigned char[::1] data, u64[::1] out) except? -9

@cython.locals(found=Py_ssize_t, i=Py_ssize_t, module=Py_ssize_t, c=Py_ssize_t)
cpdef Py_ssize_t contributions(const unsigned char[::1] data, Py_ssize_t width, Py_ssize_t modules, const u64[::1] sections, u64[::1] out) except? -9

@cython.locals(found=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t)
cpdef Py_ssize_t first_contributions(const unsigned char[::1] data, const u64[::1] modules, const u64[::1] sections, u64[::1] out) except? -9

@cython.locals(nowhere=u64, start=u64, size=u64)
cdef Py_ssize_t _contribution(const unsigned char[::1] data, Py_ssize_t at, u64 module, const u64[::1] sections, u64[::1] out, Py_ssize_t found) noexcept nogil

@cython.locals(top=u64, found=Py_ssize_t, until=u64, i=Py_ssize_t, c=Py_ssize_t, start=u64, last=Py_ssize_t)
cpdef Py_ssize_t part(const u64[::1] claims, Py_ssize_t count, u32[::1] order, u32[::1] spare, u64[::1] out) except? -9
