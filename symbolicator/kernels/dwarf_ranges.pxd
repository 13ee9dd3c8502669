# The C types of dwarf_ranges.py.
cimport cython
from symbolicator.kernels.dwarf_forms cimport Sections, i64, place, u32, u64


cdef class Intervals:
    cdef public u64[::1] rows
    cdef public Py_ssize_t count
    cdef u64 floor, ceiling
    cdef public i64 budget

@cython.locals(i=Py_ssize_t)
cdef u32 add(Intervals intervals, u64 start, u64 end, u64 owner) noexcept nogil

@cython.locals(ones=u64)
cdef u64 _mask(Py_ssize_t width) noexcept nogil

@cython.locals(n=Py_ssize_t, width=Py_ssize_t, base=u64, mask=u64, dead=bint, start=u64, end=u64)
cdef u32 _old_list(Sections sections, Py_ssize_t p, u64[::1] units, Py_ssize_t u, u64 owner, Intervals intervals) noexcept nogil

@cython.locals(data=place, n=Py_ssize_t, width=Py_ssize_t, base=u64, addr_base=u64, mask=u64, dead=bint, kind=u32, one=u64, two=u64)
cdef u32 _new_list(Sections sections, Py_ssize_t p, u64[::1] units, Py_ssize_t u, u64 owner, Intervals intervals) noexcept nogil

@cython.locals(room=u64, step=u64, base=u64)
cdef u32 add_list(Sections sections, u32 form, u64 at, u64[::1] units, Py_ssize_t u, u64 owner, Intervals intervals) noexcept nogil

@cython.locals(ones=u64)
cdef u64 high_pc(Sections sections, u32 form, u64 high, u64 low, u64 base, u64 width) noexcept nogil

@cython.locals(unit=Py_ssize_t, u=Py_ssize_t, has=u64, before=Py_ssize_t, status=u32, low=u64, high=u64)
cpdef u32 claims(Sections sections, u64[::1] units, Py_ssize_t first, Py_ssize_t stop, Intervals intervals) except? 99
