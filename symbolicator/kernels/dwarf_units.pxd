# The C types of dwarf_units.py. Positions are signed, so that -1 can say "past the end"; numbers read from the file are u64.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64


@cython.locals(a=u64, b=u64)
cdef u64 _u2(const unsigned char[::1] data, Py_ssize_t p, bint big) noexcept nogil

@cython.locals(a=u64, b=u64, c=u64, d=u64)
cdef u64 _u4(const unsigned char[::1] data, Py_ssize_t p, bint big) noexcept nogil

@cython.locals(low=u64, high=u64)
cdef u64 _u8(const unsigned char[::1] data, Py_ssize_t p, bint big) noexcept nogil

@cython.locals(value=u64, byte=u64, i=Py_ssize_t)
cdef u64 _uint(const unsigned char[::1] data, Py_ssize_t p, Py_ssize_t width, bint big) noexcept nogil

@cython.locals(value=u64, shift=u32, byte=u64)
cdef u64 _uleb(const unsigned char[::1] data, Py_ssize_t p, Py_ssize_t end) noexcept nogil

@cython.locals(value=u64, shift=u32, byte=u64, ones=u64)
cdef u64 _sleb(const unsigned char[::1] data, Py_ssize_t p, Py_ssize_t end) noexcept nogil

cdef Py_ssize_t _leb_end(const unsigned char[::1] data, Py_ssize_t p, Py_ssize_t end) noexcept nogil

cdef Py_ssize_t _fixed(u32 form, Py_ssize_t address, Py_ssize_t offset, u32 version) noexcept nogil

@cython.locals(size=Py_ssize_t, length=u64, room=u64)
cdef Py_ssize_t _after(const unsigned char[::1] data, Py_ssize_t p, Py_ssize_t end, u32 form, Py_ssize_t address, Py_ssize_t offset, u32 version, bint big) noexcept nogil

@cython.locals(size=Py_ssize_t)
cdef u64 _read(const unsigned char[::1] data, Py_ssize_t p, Py_ssize_t end, u32 form, Py_ssize_t address, Py_ssize_t offset, u32 version, bint big) noexcept nogil

@cython.locals(kind=u64, limit=u64, room=u64)
cdef u64 _string_ref(u32 form, u64 value, u64 base, u64 width, const unsigned char[::1] offsets, bint big, u64 file, u64 alt) noexcept nogil

@cython.locals(kind=u64, limit=u64)
cdef u64 _die_ref(u32 form, u64 value, u64 start, u64 file, u64 alt) noexcept nogil

@cython.locals(room=u64, ones=u64)
cdef u64 _address(u32 form, u64 value, u64 base, u64 width, const unsigned char[::1] addresses, bint big) noexcept nogil

cdef bint _is_address(u32 form) noexcept nogil

@cython.locals(n=Py_ssize_t, length=u64, q=Py_ssize_t, width=Py_ssize_t, reserved=u64, room=u64, version=u64, at=Py_ssize_t, size=Py_ssize_t, kind=u32, offset=u64)
cdef Py_ssize_t _header_end(const unsigned char[::1] info, Py_ssize_t p, bint big, u64 abbrevs) noexcept nogil

@cython.locals(count=Py_ssize_t)
cpdef Py_ssize_t headers(const unsigned char[::1] info, u64 abbrevs, bint big, bint types, u64[::1] units, i64[::1] result) except? -9

@cython.locals(n=Py_ssize_t, room=Py_ssize_t, p=Py_ssize_t, count=Py_ssize_t, end=Py_ssize_t, s=Py_ssize_t, q=Py_ssize_t, at=Py_ssize_t, i=Py_ssize_t, width=Py_ssize_t, version=u64, kind=u32)
cdef Py_ssize_t _headers(const unsigned char[::1] info, u64 abbrevs, bint big, bint types, u64[::1] units, i64[::1] result) noexcept nogil

cdef u32 _slot(u32 attribute, bint root, u32 names) noexcept nogil

cpdef roots(const unsigned char[::1] info, const unsigned char[::1] abbrev, const unsigned char[::1] addresses, const unsigned char[::1] str_offsets, bint big, u64 file, u64 alt, u64[::1] units, Py_ssize_t first, Py_ssize_t stop, u64[::1] memo)

@cython.locals(limit=Py_ssize_t, unit=Py_ssize_t, u=Py_ssize_t, p=Py_ssize_t, end=Py_ssize_t, address=Py_ssize_t, offset=Py_ssize_t, version=u32, code=u64,
    at=Py_ssize_t, found=bint, tag=u64, this=u64, attribute=u64, form=u32, raw=u64, value=u64, has=u64, one=u64, low_form=u32, name_form=u32, dir_form=u32,
    dwo_form=u32, name=u64, comp_dir=u64, dwo=u64, addr_base=u64, str_base=u64, rng_base=u64, turns=u32, q=Py_ssize_t, slot=u32,
    left=i64, began=Py_ssize_t, attributes=u32, place=Py_ssize_t, table=u64)
cdef void _roots(const unsigned char[::1] info, const unsigned char[::1] abbrev, const unsigned char[::1] addresses, const unsigned char[::1] str_offsets, bint big, u64 file, u64 alt, u64[::1] units, Py_ssize_t first, Py_ssize_t stop, u64[::1] memo) noexcept nogil

@cython.locals(status=Py_ssize_t)
cpdef Py_ssize_t flatten(const unsigned char[::1] abbrev, Py_ssize_t at, Py_ssize_t address, Py_ssize_t offset, u32 version, u32 names, u32[::1] words, u64[::1] pairs, i64[::1] result) except? -9

cdef u32 _kind(u32 tag, bint code) noexcept nogil

@cython.locals(none=u64, n=Py_ssize_t, room=Py_ssize_t, places=Py_ssize_t, out=Py_ssize_t, count=Py_ssize_t, dense=bint, code=u64, raw=u64, tag=u32, children=u32,
    head=Py_ssize_t, has_code=bint, kind=u32, skip=u64, attribute=u32, form=u32, constant=u64, slot=u32, size=Py_ssize_t, attributes=u32)
cdef Py_ssize_t _flatten(const unsigned char[::1] abbrev, Py_ssize_t at, Py_ssize_t address, Py_ssize_t offset, u32 version, u32 names, u32[::1] words, u64[::1] pairs, i64[::1] result) noexcept nogil

@cython.locals(top=u64, low=u64, at=u64, left=u64, right=u64, middle=u64)
cdef Py_ssize_t _program(const u64[::1] codes, u64 base, u64 count, u64 code) noexcept nogil

cdef Py_ssize_t _add(u64 start, u64 end, u64 owner, u64 floor, u64 ceiling, u64[::1] intervals, Py_ssize_t count) noexcept nogil

@cython.locals(n=Py_ssize_t, p=Py_ssize_t, ones=u64, mask=u64, dead=bint, start=u64, end=u64)
cdef Py_ssize_t _old_ranges(const unsigned char[::1] ranges, u64 raw, Py_ssize_t width, u64 base, bint big, u64 owner, u64 floor, u64 ceiling, u64[::1] intervals, Py_ssize_t count, i64[::1] budget) noexcept nogil

@cython.locals(n=Py_ssize_t, p=Py_ssize_t, ones=u64, mask=u64, dead=bint, kind=u32, one=u64, two=u64)
cdef Py_ssize_t _new_ranges(const unsigned char[::1] lists, u64 raw, Py_ssize_t width, u64 base, u64 addr_base, const unsigned char[::1] addresses, bint big, u64 owner, u64 floor, u64 ceiling,
    u64[::1] intervals, Py_ssize_t count, i64[::1] budget) noexcept nogil

@cython.locals(width=Py_ssize_t, n=u64, step=u64, base=u64, ones=u64)
cdef Py_ssize_t _code_of(Py_ssize_t u, u64[::1] units, bint has_low, u64 low, bint has_high, u64 high, u32 high_form, bint has_ranges, u64 ranges_at, u32 ranges_form,
    const unsigned char[::1] addresses, const unsigned char[::1] ranges, const unsigned char[::1] lists, bint big, u64 owner, u64 floor, u64 ceiling, u64[::1] intervals, Py_ssize_t count, i64[::1] budget) noexcept nogil

cpdef Py_ssize_t claims(const unsigned char[::1] addresses, const unsigned char[::1] ranges, const unsigned char[::1] lists, bint big, u64 floor, u64 ceiling, u64[::1] units, Py_ssize_t first, Py_ssize_t stop,
    u64[::1] intervals, Py_ssize_t count, i64[::1] budget) except? -9

@cython.locals(unit=Py_ssize_t, u=Py_ssize_t, has=u64, before=Py_ssize_t)
cdef Py_ssize_t _claims(const unsigned char[::1] addresses, const unsigned char[::1] ranges, const unsigned char[::1] lists, bint big, u64 floor, u64 ceiling, u64[::1] units, Py_ssize_t first, Py_ssize_t stop,
    u64[::1] intervals, Py_ssize_t count, i64[::1] budget) noexcept nogil

cpdef scan(const unsigned char[::1] info, const unsigned char[::1] addresses, const unsigned char[::1] str_offsets, const unsigned char[::1] ranges, const unsigned char[::1] lists, bint big, u64 file, u64 alt, u64 floor, u64 ceiling, u64[::1] units,
    const u32[::1] wanted, const u64[::1] programs, const u64[::1] asked, const u32[::1] words, const u64[::1] codes, u64[::1] entries, u64[::1] intervals, i64[::1] ends, i64[::1] result, i64[::1] budget)

@cython.locals(none=u64, ones=u64, room=Py_ssize_t, turn=Py_ssize_t, count=Py_ssize_t, spans=Py_ssize_t, unit=Py_ssize_t, u=Py_ssize_t, p=Py_ssize_t, end=Py_ssize_t,
    address=Py_ssize_t, width=Py_ssize_t, version=u32, start=Py_ssize_t, base=u64, code_count=u64, str_base=u64, addr_base=u64, language=u64, plain=bint,
    depth=i64, local=i64, current=u64, fault=u32, full=bint, here=Py_ssize_t, first_entry=Py_ssize_t, first_span=Py_ssize_t, byte=u32, code=u64, at=Py_ssize_t,
    head=u32, kind=u32, has=u32, low=u64, high=u64, ranges_at=u64, sibling=u64, low_form=u32, high_form=u32, ranges_form=u32, name=u64, linkage=u64,
    origin=u64, specification=u64, call_file=u64, call_line=u64, call_column=u64, word=u32, op=u32, step=Py_ssize_t, length=u64, left=u64, slot=u32,
    form=u32, value=u64, q=Py_ssize_t, turns=u32, before=Py_ssize_t, e=Py_ssize_t, before_lists=i64, narrow=Py_ssize_t, least=u64, most=u64,
    covered=bint, i=Py_ssize_t)
cdef void _scan(const unsigned char[::1] info, const unsigned char[::1] addresses, const unsigned char[::1] str_offsets, const unsigned char[::1] ranges, const unsigned char[::1] lists, bint big, u64 file, u64 alt, u64 floor, u64 ceiling, u64[::1] units,
    const u32[::1] wanted, const u64[::1] programs, const u64[::1] asked, const u32[::1] words, const u64[::1] codes, u64[::1] entries, u64[::1] intervals, i64[::1] ends, i64[::1] result, i64[::1] budget) noexcept nogil

@cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
cdef Py_ssize_t _floor(const u64[::1] addresses, Py_ssize_t n, u64 address) noexcept nogil

cpdef describe(const unsigned char[::1] info, const unsigned char[::1] str_offsets, bint big, u64 file, u64 alt, const u64[::1] units, const u32[::1] words, const u64[::1] codes, u64[::1] entries, Py_ssize_t count)

@cython.locals(none=u64, i=Py_ssize_t, e=Py_ssize_t, unit=u64, u=Py_ssize_t, p=Py_ssize_t, end=Py_ssize_t, code=u64, at=Py_ssize_t, name=u64, linkage=u64, origin=u64,
    specification=u64, call_file=u64, call_line=u64, call_column=u64, word=u32, op=u32, slot=u32, form=u32, value=u64, turns=u32, q=Py_ssize_t)
cdef void _describe(const unsigned char[::1] info, const unsigned char[::1] str_offsets, bint big, u64 file, u64 alt, const u64[::1] units, const u32[::1] words, const u64[::1] codes, u64[::1] entries, Py_ssize_t count) noexcept nogil

@cython.locals(left=Py_ssize_t, right=Py_ssize_t, middle=Py_ssize_t)
cdef Py_ssize_t _unit_of(u64[::1] units, Py_ssize_t count, u64 offset) noexcept nogil

@cython.locals(missing=Py_ssize_t)
cpdef Py_ssize_t names(const unsigned char[::1] info, const unsigned char[::1] str_offsets, bint big, u64 file, u64 alt, u64[::1] units, Py_ssize_t count, const u32[::1] words, const u64[::1] codes,
    const u64[::1] refs, unsigned char[::1] wants, u64[::1] found) except? -9

@cython.locals(missing=Py_ssize_t, files=u64, offsets=u64, ours=u64, i=Py_ssize_t, ref=u64, name=u64, linkage=u64, holder=u64, following=u64, first_kind=u32, hop=u32, offset=u64,
    unit=Py_ssize_t, u=Py_ssize_t, p=Py_ssize_t, end=Py_ssize_t, address=Py_ssize_t, width=Py_ssize_t, version=u32, code=u64, at=Py_ssize_t, bad=bint,
    origin=u64, specification=u64, word=u32, op=u32, slot=u32, form=u32, value=u64, turns=u32, q=Py_ssize_t)
cdef Py_ssize_t _names(const unsigned char[::1] info, const unsigned char[::1] str_offsets, bint big, u64 file, u64 alt, u64[::1] units, Py_ssize_t count, const u32[::1] words, const u64[::1] codes,
    const u64[::1] refs, unsigned char[::1] wants, u64[::1] found) noexcept nogil

@cython.locals(met=Py_ssize_t)
cpdef Py_ssize_t ancestors(const unsigned char[::1] info, bint big, u64[::1] units, Py_ssize_t unit, const u32[::1] words, const u64[::1] codes, const u64[::1] targets, u64[::1] stack,
    u64[::1] found) except? -9

@cython.locals(n=Py_ssize_t, levels=Py_ssize_t, u=Py_ssize_t, p=Py_ssize_t, end=Py_ssize_t, address=Py_ssize_t, width=Py_ssize_t, version=u32,
    depth=Py_ssize_t, inside=Py_ssize_t, room=u64, met=Py_ssize_t, here=Py_ssize_t, code=u64, at=Py_ssize_t, wrote=Py_ssize_t, level=Py_ssize_t, head=u32, bad=bint, word=u32, op=u32,
    form=u32, value=u64, turns=u32, q=Py_ssize_t, kind=u32, start=u64, sibling=u64, left=u64, slot=u32)
cdef Py_ssize_t _ancestors(const unsigned char[::1] info, bint big, u64[::1] units, Py_ssize_t unit, const u32[::1] words, const u64[::1] codes, const u64[::1] targets, u64[::1] stack,
    u64[::1] found) noexcept nogil
