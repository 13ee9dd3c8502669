# The C types of elf_symbols.py.
cimport cython

ctypedef unsigned char u8
ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64

@cython.locals(n=Py_ssize_t, end=Py_ssize_t, taken=Py_ssize_t, left=Py_ssize_t, i=Py_ssize_t, low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t, v=Py_ssize_t, start=u64, name=Py_ssize_t, second=u8)
cpdef select(const u32[::1] names, const u32[::1] kinds, const u64[::1] values, const u64[::1] sizes, const u32[::1] known, const u64[::1] verdicts, const u8[::1] heap, bint marked,
    u64[::1] rows, u8[::1] flags, u32[::1] heads, i64[::1] result)

@cython.locals(n=Py_ssize_t, count=Py_ssize_t, top=Py_ssize_t, done=u64, place=Py_ssize_t, number=u32, start=u64, limit=u64, end=u64)
cpdef Py_ssize_t sweep(const u64[::1] starts, const u64[::1] sizes, const u64[::1] limits, const u32[::1] chosen, u64[::1] pieces, u64[::1] open_ends, u32[::1] opened) except? -9

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, width=Py_ssize_t, low=Py_ssize_t, middle=Py_ssize_t, high=Py_ssize_t, left=Py_ssize_t, right=Py_ssize_t, at=Py_ssize_t,
    count=Py_ssize_t, others=Py_ssize_t, number=u32)
cpdef Py_ssize_t order(const u64[::1] starts, u32[::1] sorted_numbers, u32[::1] spare, u32[::1] chosen, u32[::1] shared) except? -9

@cython.locals(i=Py_ssize_t, number=u64)
cpdef spread(const u64[::1] pieces, const u64[::1] starts, const u8[::1] flags, const u8[::1] tables, const u32[::1] names, u64[::1] out_addresses, u64[::1] out_sizes,
    u64[::1] out_starts, u8[::1] out_flags, u8[::1] out_tables, u32[::1] out_names)
