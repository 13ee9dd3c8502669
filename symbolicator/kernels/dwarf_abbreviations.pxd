# The C types of dwarf_abbreviations.py.
cimport cython
from symbolicator.kernels.dwarf_forms cimport Sections, i64, place, u32, u64


ctypedef const u32* words_place
ctypedef const u64* codes_place


cdef class Programs:
    cdef words_place words
    cdef codes_place codes
    cdef object buffers


cdef class Flattening:
    cdef u32[::1] words
    cdef u64[::1] codes, pairs
    cdef public Py_ssize_t word, code, turn, count
    cdef public i64 budget
    cdef unsigned char[::1] slots, sizes
    cdef i64 key

@cython.locals(i=u32, size=Py_ssize_t, first=bint, key=i64)
cdef void _look_up(Flattening flattening, u32 what, Py_ssize_t address, Py_ssize_t offset, u32 version) noexcept nogil

cdef words_place _words(const u32[::1] view) except? NULL

cdef codes_place _codes(const u64[::1] view) except? NULL

cdef u32 _slot(u32 attribute, u32 what) noexcept nogil

cdef u32 _kind(u32 tag) noexcept nogil

cdef u32 _skipping(u32 form) noexcept nogil

@cython.locals(turn=Py_ssize_t, u=Py_ssize_t, word=Py_ssize_t, budget=i64, status=u32, readable=bint, i=Py_ssize_t)
cpdef u32 flatten(Sections sections, const u64[::1] units, const u32[::1] wanted, u32 what, Flattening flattening, u64[::1] places) except? 99

@cython.locals(abbrev=place, n=Py_ssize_t, words=u32[::1], pairs=u64[::1], slots='unsigned char[::1]', sizes='unsigned char[::1]', at=Py_ssize_t,
    began=Py_ssize_t, address=Py_ssize_t, offset=Py_ssize_t, version=u32, room=Py_ssize_t, places=Py_ssize_t, none=u64, most=u32, out=Py_ssize_t,
    count=Py_ssize_t, dense=bint, code=u64, raw=u64, tag=u32, children=bint, number=u64, head=Py_ssize_t, has_code=bint, kind=u32,
    has_slots=bint, has_sibling=bint, skip=u64, attributes=u32, attribute=u32, form=u32, constant=u64, slot=u32, size=Py_ssize_t)
cdef u32 _flatten(Sections sections, const u64[::1] units, Py_ssize_t u, u32 what, Flattening flattening) noexcept nogil

cdef u32 _damaged(Sections sections, Flattening flattening, Py_ssize_t began, u32 fault) noexcept nogil

@cython.locals(top=u64, low=u64, at=u64, left=u64, right=u64, middle=u64)
cdef Py_ssize_t program(Programs programs, u64 base, u64 count, u64 code) noexcept nogil

@cython.locals(op=u32, rest=u32)
cdef u32 form_of(u32 word) noexcept nogil
