# The C types of breakpad_records.py.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64

cpdef count(const unsigned char[::1] data, u64[::1] counts)

@cython.locals(size=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, stop=Py_ssize_t, spaces=Py_ssize_t, kind=u32)
cdef void _count(const unsigned char[::1] data, u64[::1] counts) noexcept nogil

@cython.locals(tag=u32)
cdef u32 _kind(const unsigned char[::1] data, Py_ssize_t at, Py_ssize_t stop) noexcept nogil

@cython.locals(at=Py_ssize_t, first=Py_ssize_t, value=u64, byte=u64)
cdef u64 _hex(const unsigned char[::1] data, Py_ssize_t stop, i64[::1] cursor) noexcept nogil

@cython.locals(none=u64, at=Py_ssize_t, first=Py_ssize_t, value=u64, byte=u64)
cdef u64 _decimal(const unsigned char[::1] data, Py_ssize_t stop, i64[::1] cursor) noexcept nogil

@cython.locals(mangled=u64, nameless=u64, at=Py_ssize_t, i=Py_ssize_t, top=Py_ssize_t, name=u64, first=u32, second=u32, third=u32)
cdef u64 _name(const unsigned char[::1] data, Py_ssize_t stop, i64[::1] cursor, unsigned char[::1] text, u64[::1] counts) noexcept nogil

cpdef read(const unsigned char[::1] data, u64[::1] entries, u64[::1] intervals, u64[::1] lines, u64[::1] named, unsigned char[::1] text, u64[::1] counts,
    i64[::1] cursor)

@cython.locals(none=u64, function=u64, inlined=u64, last=u64, size=Py_ssize_t, i=Py_ssize_t, entry_room=u64, interval_room=u64, line_room=u64, named_room=u64, low=u64, high=u64, at=Py_ssize_t,
    stop=Py_ssize_t, end=Py_ssize_t, kind=u32, start=u64, length=u64, number=u64, file=u64, top=Py_ssize_t, level=u64, origin=u64, spans=u64,
    first=u64, empty=u32, nowhere=bint)
cdef void _read(const unsigned char[::1] data, u64[::1] entries, u64[::1] intervals, u64[::1] lines, u64[::1] named, unsigned char[::1] text, u64[::1] counts,
    i64[::1] cursor) noexcept nogil

cdef bint _less(const u64[::1] records, Py_ssize_t one, Py_ssize_t other) noexcept nogil

@cython.locals(i=Py_ssize_t, kept=u64)
cdef void _swap(u64[::1] records, Py_ssize_t one, Py_ssize_t other) noexcept nogil

@cython.locals(at=Py_ssize_t, begin=Py_ssize_t, end=Py_ssize_t, down=Py_ssize_t)
cdef void _arrange(u64[::1] records, Py_ssize_t first, Py_ssize_t n) noexcept nogil

@cython.locals(lost=Py_ssize_t)
cpdef Py_ssize_t nest(u64[::1] entries, u64[::1] intervals, Py_ssize_t count, u32[::1] stack) except? -9

@cython.locals(none=u64, inlined=u64, lost=Py_ssize_t, first=Py_ssize_t, stop=Py_ssize_t, at=Py_ssize_t, function=u64, depth=Py_ssize_t, owner=u64, level=u64,
    start=u64, parent=u64, around=Py_ssize_t)
cdef Py_ssize_t _nest(u64[::1] entries, u64[::1] intervals, Py_ssize_t count, u32[::1] stack) noexcept nogil

@cython.locals(written=Py_ssize_t)
cpdef Py_ssize_t rows(u64[::1] lines, Py_ssize_t count, u64[::1] addresses, u32[::1] files, u32[::1] numbers) except? -9

@cython.locals(none=u64, out=Py_ssize_t, end=u64, i=Py_ssize_t, start=u64)
cdef Py_ssize_t _rows(u64[::1] lines, Py_ssize_t count, u64[::1] addresses, u32[::1] files, u32[::1] numbers) noexcept nogil

cpdef nodes(const u64[::1] entries, Py_ssize_t count, Py_ssize_t base, Py_ssize_t function, u32[::1] out, u64[::1] starts)

@cython.locals(none=u64, origin=u64, i=Py_ssize_t, at=Py_ssize_t, e=Py_ssize_t, parent=u64)
cdef void _nodes(const u64[::1] entries, Py_ssize_t count, Py_ssize_t base, Py_ssize_t function, u32[::1] out, u64[::1] starts) noexcept nogil

cpdef settle(u32[::1] columns, Py_ssize_t width, Py_ssize_t at, const u32[::1] files)

@cython.locals(none=u32, n=u32, i=Py_ssize_t, number=u32, found=u32)
cdef void _settle(u32[::1] columns, Py_ssize_t width, Py_ssize_t at, const u32[::1] files) noexcept nogil

cpdef called(u32[::1] nodes, const u32[::1] origins)

@cython.locals(origin=u32, n=u32, i=Py_ssize_t, at=Py_ssize_t, number=u32)
cdef void _called(u32[::1] nodes, const u32[::1] origins) noexcept nogil
