# The C types of dwarf_line_tables.py. Positions are signed, so that -1 can say "past the end"; numbers read from the file are u64.
cimport cython
from symbolicator.kernels.dwarf_forms cimport i64, place, u32, u64


cdef class Lines:
    cdef place data, str_offsets
    cdef Py_ssize_t size
    cdef u64 str_offsets_size
    cdef bint big
    cdef object views


cdef class Entries:
    cdef u64[::1] layout
    cdef Py_ssize_t columns, at, end
    cdef u64 left, name, directory, count, number
    cdef u32 name_form, fault
    cdef bint terminated

cdef u64 _number(Lines lines, Py_ssize_t at, Py_ssize_t size) noexcept nogil

@cython.locals(i=Py_ssize_t, t=Py_ssize_t)
cpdef headers(Lines lines, Entries entries, u64[::1] tables, i64[::1] left)

@cython.locals(size=Py_ssize_t, escape=u64, i=Py_ssize_t, at=Py_ssize_t, length=u64, width=Py_ssize_t, room=u64, end=Py_ssize_t, version=u64, address=u64,
    header=u64, program=Py_ssize_t, opcode_base=u64)
cdef u32 _header(Lines lines, u64[::1] tables, Py_ssize_t t) noexcept nogil

cdef u32 _reading(u64 form, u32 width) noexcept nogil

@cython.locals(c=Py_ssize_t)
cdef void _column(Entries entries, u64 content, u64 form, u32 width) noexcept nogil

@cython.locals(data=place, end=Py_ssize_t, width=u32, formats=u32, has_bytes=bint, _=u32, content=u64, form=u64, reading=u64)
cdef void _begin(Lines lines, Entries entries, u64[::1] tables, Py_ssize_t t, Py_ssize_t at, bint files) noexcept nogil

@cython.locals(q=Py_ssize_t)
cdef Py_ssize_t _behind(place data, Py_ssize_t at, Py_ssize_t end) noexcept nogil

@cython.locals(data=place, end=Py_ssize_t, at=Py_ssize_t, column=Py_ssize_t, content=u64, reading=Py_ssize_t, value=u64)
cdef bint _next(Lines lines, Entries entries) noexcept nogil

@cython.locals(data=place, length=u64, size=Py_ssize_t, room=u64)
cdef Py_ssize_t _block_end(Lines lines, Py_ssize_t reading, Py_ssize_t at, Py_ssize_t end) noexcept nogil

@cython.locals(kind=u64, limit=u64, ones=u64, base=u64, width=u64, room=u64)
cdef u64 _string(Lines lines, const u64[::1] tables, Py_ssize_t t, u64 form, u64 value) noexcept nogil

@cython.locals(count=Py_ssize_t, first=Py_ssize_t, n=Py_ssize_t, table=u64, stop=Py_ssize_t, most=u64, wanted=Py_ssize_t, total=u64, i=u64, t=Py_ssize_t,
    directories=Py_ssize_t, name=u64, directory=u64, d=u64, span=Py_ssize_t, o=Py_ssize_t)
cpdef Py_ssize_t files(Lines lines, Entries entries, u64[::1] tables, const u64[::1] spans, const unsigned char[::1] used, const u64[::1] defines,
    u64[::1] folders, u64[::1] out) except? -9

@cython.locals(kind=u64)
cdef u64 _folder(const u64[::1] tables, Py_ssize_t t, u64 directory, const u64[::1] folders, u64 count) noexcept nogil

@cython.locals(data=place, n=Py_ssize_t, room=Py_ssize_t, found=Py_ssize_t, i=Py_ssize_t, width=Py_ssize_t, address=u64, row=Py_ssize_t)
cpdef Py_ssize_t begun(Lines lines, Py_ssize_t at, const u64[::1] bounds, const u64[::1] starts, const u64[::1] ends, u64[::1] addresses,
    u64[::1] places) except? -9
