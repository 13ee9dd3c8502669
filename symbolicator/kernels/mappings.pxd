# The C types of mappings.py. Offsets and numbers of the text are below 2**32, sums 64-bit: none can wrap.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64

cdef class Comments:
    cdef u32[::1] notes, others

@cython.locals(i=Py_ssize_t, value=u32, ones=u32)
cdef u32 _crc(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t stop, u32 seed, const u32[::1] table) noexcept nogil

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, owner=Py_ssize_t, row=Py_ssize_t, open_group=bint, end=Py_ssize_t, begin=Py_ssize_t, a=Py_ssize_t, b=Py_ssize_t,
    at=Py_ssize_t, stop=Py_ssize_t, note=i64, arrow=Py_ssize_t, renamed=Py_ssize_t, first=i64, last=i64, original_first=i64, original_last=i64, good=bint,
    p=Py_ssize_t, name=Py_ssize_t, opened=Py_ssize_t, closed=Py_ssize_t, dot=Py_ssize_t, flags=u32, seed=u32, k=Py_ssize_t, key=u64, none=i64, same_range=bint)
cpdef i64 scan(const unsigned char[::1] text, const unsigned char[::1] phrases, const u32[::1] table, u32[::1] classes, u32[::1] members,
    u64[::1] keys, Comments comments, i64[::1] counts) except? -9

@cython.locals(p=Py_ssize_t, n=Py_ssize_t)
cdef Py_ssize_t _begins(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end, const unsigned char[::1] phrases, Py_ssize_t number) noexcept nogil

@cython.locals(stop=Py_ssize_t)
cdef Py_ssize_t _ends(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end, const unsigned char[::1] phrases, Py_ssize_t number) noexcept nogil

cdef Py_ssize_t _holds(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end, const unsigned char[::1] phrases, Py_ssize_t number) noexcept nogil

@cython.locals(number=i64)
cdef void _broken(i64[::1] counts, Py_ssize_t at) noexcept nogil

cdef Py_ssize_t _digits(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end) noexcept nogil

@cython.locals(value=i64)
cdef i64 _number(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end) noexcept nogil

cdef Py_ssize_t _find(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end, unsigned char byte) noexcept nogil

@cython.locals(flags=i64, note=i64)
cdef i64 _note(u32[::1] members, Py_ssize_t row, u32[::1] notes, i64[::1] counts) noexcept nogil

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, shift=u32, total=u32, here=u32, at=u32, digit=u32)
cpdef Py_ssize_t sort(const u64[::1] keys, u32[::1] order, u32[::1] spare, u32[::1] buckets) except? -9

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, k=Py_ssize_t, count=Py_ssize_t, at=Py_ssize_t, key=u64, crossed=bint, a=Py_ssize_t, b=Py_ssize_t,
    size=Py_ssize_t, other_size=Py_ssize_t)
cpdef Py_ssize_t arrange(const unsigned char[::1] text, const u32[::1] classes, const u32[::1] members, const u64[::1] keys, const u32[::1] order, u32[::1] arranged,
    u64[::1] distinct, u32[::1] starts) except? -9

@cython.locals(i=Py_ssize_t)
cdef bint _same(const unsigned char[::1] text, Py_ssize_t a, Py_ssize_t a_size, Py_ssize_t b, Py_ssize_t b_size) noexcept nogil

cpdef i64 only_group(const u32[::1] rows, i64 line) except? -9

@cython.locals(count=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, start=i64, stop=i64)
cdef i64 _only_group(const u32[::1] rows, i64 line) noexcept nogil
