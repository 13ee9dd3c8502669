# The C types of elf_symbols.py.
cimport cython

ctypedef unsigned char u8
ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64


cdef class Entries:
    cdef const u32[::1] names, kinds
    cdef const u64[::1] values, sizes


cdef class Verdicts:
    cdef const u32[::1] known
    cdef const u64[::1] told


cdef class Taken:
    cdef u64[::1] rows
    cdef u8[::1] flags
    cdef u32[::1] heads
    cdef public Py_ssize_t count, left


cdef class Listed:
    cdef u64[::1] starts, sizes, limits
    cdef u8[::1] flags, tables
    cdef u32[::1] names

@cython.locals(n=Py_ssize_t, end=Py_ssize_t, dot=u8, dollar=u8, i=Py_ssize_t, low=Py_ssize_t, high=Py_ssize_t,
    middle=Py_ssize_t, v=Py_ssize_t, start=u64, name=Py_ssize_t, second=u8, r=Py_ssize_t)
cpdef select(Entries entries, Verdicts verdicts, const u8[::1] heap, bint marked, Taken taken)

@cython.locals(n=Py_ssize_t, count=Py_ssize_t, top=Py_ssize_t, done=u64, place=Py_ssize_t, number=u32, start=u64, limit=u64, end=u64)
cpdef Py_ssize_t sweep(const u64[::1] starts, const u64[::1] sizes, const u64[::1] limits, const u32[::1] chosen, u64[::1] pieces, u64[::1] open_ends, u32[::1] opened) except? -9

@cython.locals(starts=u64[::1], n=Py_ssize_t, i=Py_ssize_t, count=Py_ssize_t, others=Py_ssize_t, before=Py_ssize_t, number=u32, best=u32, mine=u32,
    theirs=u32)
cpdef Py_ssize_t order(Listed listed, const u8[::1] heap, u32[::1] sorted_numbers, u32[::1] spare, u32[::1] chosen, u32[::1] shared) except? -9

@cython.locals(flags=u32, unsized=bint, binding=u32, label=bint, rank=u32)
cdef u32 _rank(Listed listed, Py_ssize_t number) noexcept nogil

@cython.locals(size=Py_ssize_t, others=Py_ssize_t, i=Py_ssize_t)
cdef bint _is_before(const u8[::1] heap, Py_ssize_t one, Py_ssize_t other) noexcept nogil

@cython.locals(size=Py_ssize_t)
cdef Py_ssize_t _size(const u8[::1] heap, Py_ssize_t at) noexcept nogil

@cython.locals(i=Py_ssize_t, number=u64)
cpdef spread(const u64[::1] pieces, Listed listed, Listed out)
