# The C types of sorting.py.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64

@cython.locals(i=Py_ssize_t, key=u64, run=Py_ssize_t, low=Py_ssize_t, middle=Py_ssize_t, high=Py_ssize_t, left=Py_ssize_t, right=Py_ssize_t, at=Py_ssize_t)
cpdef void sort(const u64[::1] records, Py_ssize_t width, Py_ssize_t first, Py_ssize_t n, u32[::1] order, u32[::1] spare) noexcept nogil

@cython.locals(middle=Py_ssize_t)
cdef Py_ssize_t floor(const u64[::1] addresses, Py_ssize_t low, Py_ssize_t high, u64 address) noexcept nogil
