# The C types of native_lookups.py.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64

@cython.locals(none=u32, n=Py_ssize_t, i=Py_ssize_t, number=u32)
cpdef int mark(const u32[::1] numbers, u32[::1] index) except? -9

@cython.locals(room=Py_ssize_t, count=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t number(u32[::1] index, u32[::1] met) except? -9

@cython.locals(none=u32, n=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, node=u32, last=u32)
cpdef int follow(const u32[::1] rows, const u32[::1] places, const u32[::1] nodes, u32[::1] index) except? -9

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, row=Py_ssize_t)
cpdef int pick(const u32[::1] column, Py_ssize_t width, Py_ssize_t at, const u32[::1] met, u32[::1] out) except? -9

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, row=Py_ssize_t)
cpdef int pick_long(const u64[::1] column, const u32[::1] met, u64[::1] out) except? -9

@cython.locals(none=u32, count=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t within(const u32[::1] parents, const u32[::1] met, u32[::1] out) except? -9

@cython.locals(count=Py_ssize_t, n=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t nameless(const u32[::1] parents, const u32[::1] functions, const u32[::1] symbols, u32[::1] out) except? -9

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, number=u32)
cpdef renumber(u32[::1] numbers, const u32[::1] index)

@cython.locals(most=u32, depth=u32, i=Py_ssize_t)
cpdef u32 depths(const u32[::1] parents, u32[::1] out) except? 999999

@cython.locals(room=u64, limit=u64, n=Py_ssize_t, size=u64, i=Py_ssize_t, one=Py_ssize_t, begin=u64, end=u64, at=Py_ssize_t)
cpdef Py_ssize_t texts(const unsigned char[::1] strings, const u64[::1] starts, const u32[::1] met, unsigned char[::1] out) except? -9

