# The C types of dwarf_merge.py.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64

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

@cython.locals(none=u32, count=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t unnamed(const u32[::1] nodes, const u64[::1] node_starts, const u32[::1] functions, const u64[::1] starts, const u32[::1] places, u64[::1] out) except? -9
