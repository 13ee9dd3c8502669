# The C types of dwarf_names.py.
cimport cython
from symbolicator.kernels.dwarf_abbreviations cimport Programs, words_place
from symbolicator.kernels.dwarf_forms cimport Sections, i64, place, u32, u64

@cython.locals(left=Py_ssize_t, right=Py_ssize_t, middle=Py_ssize_t)
cdef Py_ssize_t _unit_of(const u64[::1] units, u64 offset) noexcept nogil

@cython.locals(info=place, words=words_place, missing=Py_ssize_t, files=u64, offsets=u64, ours=u64, i=Py_ssize_t, reference=u64, name=u64, linkage=u64, holder=u64,
    following=u64, first_kind=u32, hop=u32, p=Py_ssize_t, unit=Py_ssize_t, u=Py_ssize_t, end=Py_ssize_t, address=Py_ssize_t, width=Py_ssize_t, version=u32,
    code=u64, at=Py_ssize_t, bad=bint, origin=u64, specification=u64, word=u32, op=u32, form=u32, q=Py_ssize_t, slot=u32, number=u64, size=Py_ssize_t)
cpdef Py_ssize_t names(Sections sections, Programs programs, const u64[::1] units, const u64[::1] references, unsigned char[::1] wants, u64[::1] found) except? -9

@cython.locals(info=place, words=words_place, n=Py_ssize_t, levels=Py_ssize_t, u=Py_ssize_t, start=u64, p=Py_ssize_t, end=Py_ssize_t, inside=Py_ssize_t,
    address=Py_ssize_t, width=Py_ssize_t, version=u32, depth=Py_ssize_t, met=Py_ssize_t, bad=bint, here=Py_ssize_t, offset=u64, code=u64, at=Py_ssize_t,
    wrote=Py_ssize_t, level=Py_ssize_t, head=u32, sibling=u64, word=u32, op=u32, form=u32, q=Py_ssize_t, kind=u32, left=u64, room=u64)
cpdef Py_ssize_t ancestors(Sections sections, Programs programs, const u64[::1] units, Py_ssize_t unit, const u64[::1] targets, u64[::1] stack,
    u64[::1] found) except? -9
