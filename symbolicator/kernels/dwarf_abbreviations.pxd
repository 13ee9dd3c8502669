# The C types of dwarf_abbreviations.py.
cimport cython
from symbolicator.kernels.dwarf_forms cimport Sections, i64, place, u32, u64


ctypedef const u32* words_place
ctypedef const u64* codes_place


cdef class Programs:
    cdef words_place words
    cdef codes_place codes
    cdef object buffers

cdef words_place _words(const u32[::1] view) except? NULL

cdef codes_place _codes(const u64[::1] view) except? NULL

cdef u32 _slot(u32 attribute, u32 what) noexcept nogil

cdef u32 _kind(u32 tag, bint has_code) noexcept nogil

cdef u32 _skipping(u32 form) noexcept nogil

@cython.locals(abbrev=place, n=Py_ssize_t, at=Py_ssize_t, address=Py_ssize_t, offset=Py_ssize_t, version=u32, room=Py_ssize_t, places=Py_ssize_t, none=u64,
    most=u32, out=Py_ssize_t, count=Py_ssize_t, dense=bint, code=u64, raw=u64, tag=u32, children=bint, number=u64, head=Py_ssize_t, has_code=bint, kind=u32,
    is_function=bint, skip=u64, attributes=u32, attribute=u32, form=u32, constant=u64, slot=u32, size=Py_ssize_t)
cpdef Py_ssize_t flatten(Sections sections, u64[::1] units, Py_ssize_t unit, u32 what, u32[::1] words, u64[::1] pairs, i64[::1] result) except? -9

@cython.locals(top=u64, low=u64, at=u64, left=u64, right=u64, middle=u64)
cdef Py_ssize_t program(Programs programs, u64 base, u64 count, u64 code) noexcept nogil

@cython.locals(op=u32, rest=u32)
cdef u32 form_of(u32 word) noexcept nogil
