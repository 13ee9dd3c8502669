# The C types of dwarf_forms.py. Positions are signed, so that -1 can say "past the end"; numbers read from the file are u64.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64
ctypedef const unsigned char* place


cdef class Sections:
    cdef place info, abbrev, addr, str_offsets, ranges, rnglists
    cdef Py_ssize_t info_size, abbrev_size
    cdef u64 addr_size, str_offsets_size, ranges_size, rnglists_size
    cdef bint big
    cdef u64 file, alt
    cdef object views

cdef place start(const unsigned char[::1] view) except? NULL

@cython.locals(value=u64, i=Py_ssize_t)
cdef u64 uint(place data, Py_ssize_t p, Py_ssize_t width, bint big) noexcept nogil

@cython.locals(value=u64, shift=u32, byte=u64)
cdef u64 uleb(place data, Py_ssize_t p, Py_ssize_t end) noexcept nogil

@cython.locals(value=u64, shift=u32, byte=u64, ones=u64)
cdef u64 sleb(place data, Py_ssize_t p, Py_ssize_t end) noexcept nogil

cdef Py_ssize_t leb_end(place data, Py_ssize_t p, Py_ssize_t end) noexcept nogil

cdef bint is_leb(u32 form) noexcept nogil

cdef Py_ssize_t fixed_size(u32 form, Py_ssize_t address, Py_ssize_t offset, u32 version) noexcept nogil

@cython.locals(data=place, size=Py_ssize_t, length=u64, room=u64)
cdef Py_ssize_t value_end(Sections sections, Py_ssize_t p, Py_ssize_t end, u32 form, Py_ssize_t address, Py_ssize_t offset, u32 version) noexcept nogil

@cython.locals(size=Py_ssize_t)
cdef u64 value(Sections sections, Py_ssize_t p, Py_ssize_t end, u32 form, Py_ssize_t address, Py_ssize_t offset, u32 version) noexcept nogil

@cython.locals(form=u64, turns=u32)
cdef Py_ssize_t indirect_end(Sections sections, Py_ssize_t p, Py_ssize_t end) noexcept nogil

@cython.locals(form=u64, turns=u32)
cdef u32 indirect_form(Sections sections, Py_ssize_t p, Py_ssize_t end) noexcept nogil

@cython.locals(kind=u64, limit=u64, room=u64, file=u64)
cdef u64 string_ref(Sections sections, u32 form, u64 number, u64 base, u64 width) noexcept nogil

@cython.locals(kind=u64, limit=u64, file=u64)
cdef u64 die_ref(Sections sections, u32 form, u64 number, u64 start) noexcept nogil

@cython.locals(room=u64, ones=u64)
cdef u64 address(Sections sections, u32 form, u64 number, u64 base, u64 width) noexcept nogil

cdef bint is_address(u32 form) noexcept nogil
