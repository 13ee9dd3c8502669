# The C types of dwarf_headers.py.
cimport cython
from symbolicator.kernels.dwarf_forms cimport Sections, i64, place, u32, u64

@cython.locals(info=place, n=Py_ssize_t, big=bint, length=u64, q=Py_ssize_t, width=Py_ssize_t, reserved=u64, room=u64, size=Py_ssize_t, end=Py_ssize_t,
    version=u64, at=Py_ssize_t, kind=u32, address=u32, offset=u64, limit=u64)
cdef Py_ssize_t _header_end(Sections sections, Py_ssize_t p) noexcept nogil

@cython.locals(info=place, n=Py_ssize_t, room=Py_ssize_t, p=Py_ssize_t, count=Py_ssize_t, end=Py_ssize_t, s=Py_ssize_t, q=Py_ssize_t)
cpdef Py_ssize_t headers(Sections sections, u64[::1] units, i64[::1] result) except? -9

@cython.locals(info=place, big=bint, escape=u64, i=Py_ssize_t, width=Py_ssize_t, q=Py_ssize_t, version=u64, kind=u32)
cdef void _header(Sections sections, u64[::1] units, Py_ssize_t u, Py_ssize_t p, Py_ssize_t end) noexcept nogil

cdef u32 _slot(u32 attribute) noexcept nogil

@cython.locals(abbrev=place, limit=Py_ssize_t, attribute=u64, form=u64)
cdef Py_ssize_t _next_abbreviation(Sections sections, Py_ssize_t at) noexcept nogil

@cython.locals(info=place, abbrev=place, limit=Py_ssize_t, left=i64, unit=Py_ssize_t, u=Py_ssize_t, p=Py_ssize_t, end=Py_ssize_t, code=u64, at=Py_ssize_t,
    found=bint, tag=u64, table=u64, entry=Py_ssize_t, began=Py_ssize_t, this=u64)
cpdef roots(Sections sections, u64[::1] units, Py_ssize_t first, Py_ssize_t stop, u64[::1] memo)

@cython.locals(abbrev=place, limit=Py_ssize_t, end=Py_ssize_t, address=Py_ssize_t, offset=Py_ssize_t, version=u32, has=u64, one=u64, low_form=u32,
    name_form=u32, dir_form=u32, dwo_form=u32, name=u64, comp_dir=u64, dwo=u64, addr_base=u64, str_base=u64, rng_base=u64, attributes=u32, attribute=u64,
    raw=u64, number=u64, turns=u32, form=u32, q=Py_ssize_t, slot=u32)
cdef void _root(Sections sections, u64[::1] units, Py_ssize_t u, Py_ssize_t p, Py_ssize_t at) noexcept nogil
