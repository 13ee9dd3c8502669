# The C types of dwarf_scan.py.
cimport cython
from symbolicator.kernels.dwarf_abbreviations cimport Programs, words_place
from symbolicator.kernels.dwarf_forms cimport Sections, i64, place, u32, u64
from symbolicator.kernels.dwarf_ranges cimport Intervals


cdef class Wanted:
    cdef const u32[::1] units
    cdef const u64[::1] programs
    cdef const u64[::1] asked
    cdef i64[::1] ends
    cdef public Py_ssize_t turn
    cdef public Py_ssize_t count

cdef bint _is_c(u64 language) noexcept nogil

@cython.locals(info=place, big=bint, words=words_place, none=u64, ones=u64, room=Py_ssize_t, count=Py_ssize_t, narrow=Py_ssize_t, unit=Py_ssize_t, u=Py_ssize_t,
    p=Py_ssize_t, end=Py_ssize_t, address=Py_ssize_t, width=Py_ssize_t, version=u32, start=Py_ssize_t, base=u64, code_count=u64, str_base=u64, addr_base=u64,
    plain=bint, depth=i64, current=u64, local=i64, fault=u32, full=bint, here=Py_ssize_t, first_entry=Py_ssize_t, first_span=Py_ssize_t, first_budget=i64,
    byte=u32, code=u64, e=Py_ssize_t, at=Py_ssize_t, head=u32, kind=u32, word=u32, low=u64, high=u64, ranges_at=u64, sibling=u64, low_form=u32, high_form=u32,
    ranges_form=u32, name=u64, linkage=u64, origin=u64, specification=u64, call_file=u64, call_line=u64, call_column=u64, op=u32, step=Py_ssize_t, length=u64,
    left=u64, slot=u32, form=u32, number=u64, q=Py_ssize_t, before=Py_ssize_t, status=u32, covered=bint, room_left=u64)
cpdef u32 scan(Sections sections, Programs programs, u64[::1] units, Wanted wanted, u64[::1] entries, Intervals intervals) except? 99

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, left=Py_ssize_t, right=Py_ssize_t, middle=Py_ssize_t)
cdef bint _covers(Intervals intervals, Py_ssize_t first, Wanted wanted) noexcept nogil

@cython.locals(words=words_place, none=u64, i=Py_ssize_t, e=Py_ssize_t, unit=u64, u=Py_ssize_t, p=Py_ssize_t, end=Py_ssize_t, code=u64, at=Py_ssize_t, name=u64,
    linkage=u64, origin=u64, specification=u64, call_file=u64, call_line=u64, call_column=u64, word=u32, op=u32, slot=u32, form=u32, number=u64, q=Py_ssize_t)
cpdef describe(Sections sections, Programs programs, const u64[::1] units, u64[::1] entries, Py_ssize_t count)
