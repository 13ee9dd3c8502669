# The C types of dwarf_merge.py.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64

@cython.locals(i=Py_ssize_t, key=u64, run=Py_ssize_t, low=Py_ssize_t, middle=Py_ssize_t, high=Py_ssize_t, left=Py_ssize_t, right=Py_ssize_t, at=Py_ssize_t)
cdef void _sort(const u64[::1] records, Py_ssize_t width, Py_ssize_t first, Py_ssize_t n, u32[::1] order, u32[::1] spare) noexcept nogil

@cython.locals(at=Py_ssize_t, up=Py_ssize_t)
cdef void _push(u32[::1] heap, u64[::1] keys, Py_ssize_t size, u32 item, u64 key) noexcept nogil

@cython.locals(at=Py_ssize_t, down=Py_ssize_t, item=u32, key=u64)
cdef void _pop(u32[::1] heap, u64[::1] keys, Py_ssize_t size) noexcept nogil

@cython.locals(middle=Py_ssize_t)
cdef Py_ssize_t _floor(const u64[::1] addresses, Py_ssize_t low, Py_ssize_t high, u64 address) noexcept nogil

@cython.locals(none=u64, far=u64, last=u64, n=Py_ssize_t, count=Py_ssize_t, size=Py_ssize_t, i=Py_ssize_t, pos=u64, at=Py_ssize_t, owner=u64, end=u64, start=u64, parent=u64, outermost=u64, hops=u32, m=Py_ssize_t, row=Py_ssize_t,
    chunk=Py_ssize_t, segment=Py_ssize_t, line=Py_ssize_t, inside=u32, there=u64, here=u64, file=u64, kind=u32, mapped=u64, number=u32, colno=u32)
cpdef paint(const u64[::1] entries, u64[::1] until, u64[::1] intervals, Py_ssize_t first, Py_ssize_t stop, const u64[::1] lines_at, const u32[::1] files, const u32[::1] lines, const u32[::1] columns,
    u64 file_base, u64 file_first, u64 file_count, bint residual, u64 priority, u32[::1] order, u32[::1] spare, u32[::1] heap,
    u64[::1] heap_keys, u64[::1] segments, u64[::1] addresses, u32[::1] places, u64[::1] chunks, i64[::1] result)

@cython.locals(written=Py_ssize_t)
cpdef Py_ssize_t combine(const u64[::1] chunks, Py_ssize_t count, const u64[::1] rows_at, const u32[::1] rows, u32[::1] order, u32[::1] spare, u32[::1] heap, u64[::1] heap_keys,
    u64[::1] addresses, u32[::1] places) except? -9

@cython.locals(none=u64, size=Py_ssize_t, i=Py_ssize_t, pos=u64, out=Py_ssize_t, top=Py_ssize_t, end=u64, low=Py_ssize_t, high=Py_ssize_t, row=Py_ssize_t, at=Py_ssize_t)
cdef Py_ssize_t _combine(const u64[::1] chunks, Py_ssize_t n, const u64[::1] rows_at, const u32[::1] rows, u32[::1] order, u32[::1] spare, u32[::1] heap, u64[::1] heap_keys,
    u64[::1] addresses, u32[::1] places) noexcept nogil

cdef void _gap(u64[::1] addresses, u32[::1] places, Py_ssize_t row, u64 address) noexcept nogil

@cython.locals(none=u32, i=Py_ssize_t)
cpdef shift_rows(u32[::1] places, u64[::1] chunks, u32 nodes, u32 files, u64 rows)

@cython.locals(mask=u64, h=u64)
cdef u64 _hash(u64 a, u64 b) noexcept nogil

@cython.locals(mask=u64, count=Py_ssize_t, i=Py_ssize_t, a=u64, b=u64, at=u64, number=Py_ssize_t)
cpdef Py_ssize_t distinct(const u64[::1] pairs, u32[::1] table, u64[::1] kept, u32[::1] index) except? -9

@cython.locals(i=Py_ssize_t, e=Py_ssize_t)
cpdef origins(const u64[::1] entries, Py_ssize_t count, u64[::1] pairs)

@cython.locals(kind=u64, i=Py_ssize_t, e=Py_ssize_t, at=Py_ssize_t, name=u64, linkage=u64, holder=u64)
cpdef label(const u64[::1] entries, Py_ssize_t count, u64 file, const u32[::1] index, const u64[::1] found, const u64[::1] without, u64[::1] pairs)

@cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
cdef bint _is_among(const u64[::1] sorted_numbers, u64 number) noexcept nogil

@cython.locals(none=u64, i=Py_ssize_t, e=Py_ssize_t, o=Py_ssize_t, parent=u64, kind=u64, unit=Py_ssize_t, file=u64, mapped=u64, first=u64, inlined=bint)
cpdef nodes(const u64[::1] entries, Py_ssize_t count, const u32[::1] functions, u32 function_base, u32 node_base, const u64[::1] file_places, u32[::1] out, u64[::1] starts)

@cython.locals(n=Py_ssize_t, limit=u64, room=u64, mask=u64, offsets=u64, i=Py_ssize_t, ref=u64, p=u64, cut=bint, size=u64, most=u64, at=u64,
    number=Py_ssize_t, count=Py_ssize_t, top=u64, j=u64)
cpdef Py_ssize_t gather(const unsigned char[::1] section, u64 prefix, const u64[::1] refs, Py_ssize_t first, const unsigned char[::1] cuts, u32[::1] table, u64[::1] starts,
    unsigned char[::1] heap, u32[::1] index, i64[::1] result) except? -9

@cython.locals(low=u64, h=u64, at=u64, stop=u64, high=u64, four=u64)
cdef u64 _digest(const unsigned char[::1] data, u64 start, u64 size) noexcept nogil

@cython.locals(first=u64, byte=u32)
cdef bint _is_version(const unsigned char[::1] section, u64 at, u64 stop) noexcept nogil

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, value=u32)
cpdef mark(const u32[::1] columns, Py_ssize_t width, Py_ssize_t at, unsigned char[::1] used)

@cython.locals(n=Py_ssize_t, none=u32, i=Py_ssize_t, value=u32)
cpdef remap(u32[::1] columns, Py_ssize_t width, Py_ssize_t at, const u32[::1] table)

@cython.locals(none=u64, i=Py_ssize_t, one=Py_ssize_t, unit=u64, language=u64, found=Py_ssize_t)
cpdef Py_ssize_t languages(const u64[::1] entries, Py_ssize_t count, const u32[::1] index, const u64[::1] units, Py_ssize_t width, Py_ssize_t at, u32[::1] out,
    u32[::1] others) except? -9

@cython.locals(count=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t of_kind(const u64[::1] pairs, u64 kind, u32[::1] out) except? -9

@cython.locals(count=Py_ssize_t, offsets=u64, limit=u64, longest=u64, i=Py_ssize_t, at=u64)
cpdef Py_ssize_t newer(const unsigned char[::1] section, u64 prefix, const u64[::1] pairs, u32[::1] out) except? -9

@cython.locals(first=u64, last=u32, before=u32, earlier=u32, byte=u32, literal=bint, size=u64)
cdef bint _is_newer(const unsigned char[::1] section, u64 at, u64 stop) noexcept nogil

@cython.locals(n=Py_ssize_t, room=Py_ssize_t, found=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t)
cpdef Py_ssize_t hits(const u64[::1] intervals, Py_ssize_t count, const u64[::1] wanted, u64[::1] out) except? -9

@cython.locals(alone=u64, n=Py_ssize_t, found=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t)
cpdef Py_ssize_t beyond(const u64[::1] chunks, Py_ssize_t count, const u64[::1] starts, const u64[::1] ends, u32[::1] out) except? -9

@cython.locals(alone=u64, owners=u64, found=Py_ssize_t, i=Py_ssize_t, owner=u64, at=Py_ssize_t)
cpdef Py_ssize_t astray(const u64[::1] chunks, Py_ssize_t count, const u32[::1] firsts, const u64[::1] starts, const u64[::1] ends, u32[::1] out) except? -9

@cython.locals(none=u32, n=Py_ssize_t, m=Py_ssize_t, i=Py_ssize_t, sample=Py_ssize_t, low=Py_ssize_t)
cpdef find(const u64[::1] starts, const u64[::1] samples, Py_ssize_t step, const u64[::1] wanted, u32[::1] out)

@cython.locals(mask=u64, i=Py_ssize_t, at=u64)
cpdef rehash(const unsigned char[::1] heap, const u64[::1] starts, Py_ssize_t count, u32[::1] table)

@cython.locals(none=u32, count=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t unnamed(const u32[::1] nodes, const u64[::1] node_starts, const u32[::1] functions, const u64[::1] starts, const u32[::1] places, u64[::1] out) except? -9

