# The C types of frame_marks.py.
cimport cython

ctypedef unsigned char u8
ctypedef unsigned long long u64

@cython.locals(kinds=int)
cpdef int mark(const u8[::1] data, const u8[::1] table, bint page, u8[::1] flags) except? -9

@cython.locals(size=Py_ssize_t, last=Py_ssize_t, i=Py_ssize_t, line=Py_ssize_t, before=int, seen=int, kinds=int, at=Py_ssize_t, char=int, after=int, digits=Py_ssize_t, found=bint)
cdef int _mark(const u8[::1] data, const u8[::1] table, bint page, u8[::1] flags) noexcept nogil

cdef int _byte(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

cdef bint _is_digit(int char) noexcept nogil

@cython.locals(small=int)
cdef bint _is_word(int char) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef Py_ssize_t _digits(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t, char=int)
cdef Py_ssize_t _hex_digits(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t, char=int)
cdef Py_ssize_t _upper_digits(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef Py_ssize_t _blanks(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef Py_ssize_t _words(const u8[::1] table, int group) noexcept nogil

@cython.locals(length=Py_ssize_t, k=Py_ssize_t)
cdef bint _is_word_at(const u8[::1] data, const u8[::1] table, Py_ssize_t size, Py_ssize_t i, Py_ssize_t word) noexcept nogil

@cython.locals(word=Py_ssize_t, end=Py_ssize_t)
cdef bint _starts(const u8[::1] data, const u8[::1] table, Py_ssize_t size, Py_ssize_t i, int group) noexcept nogil

@cython.locals(word=Py_ssize_t, end=Py_ssize_t)
cdef bint _ends(const u8[::1] data, const u8[::1] table, Py_ssize_t size, Py_ssize_t i, int group) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef Py_ssize_t _before_digits(const u8[::1] data, Py_ssize_t i) noexcept nogil

@cython.locals(minutes=Py_ssize_t, end=Py_ssize_t)
cdef Py_ssize_t _behind_clock(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t, char=int, path=bint)
cdef bint _is_alone(const u8[::1] data, Py_ssize_t i) noexcept nogil

@cython.locals(after=Py_ssize_t, alone=bint, at=Py_ssize_t, blanks=Py_ssize_t, end=Py_ssize_t, first=Py_ssize_t, length=Py_ssize_t, second=Py_ssize_t)
cdef bint _place(const u8[::1] data, const u8[::1] table, Py_ssize_t size, Py_ssize_t i, int seen) noexcept nogil

@cython.locals(at=Py_ssize_t, length=Py_ssize_t)
cdef bint _listed(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t, dotted=bint)
cdef bint _behind_file(const u8[::1] data, Py_ssize_t i) noexcept nogil

@cython.locals(char=int)
cdef bint _ends_line(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(after=Py_ssize_t, at=Py_ssize_t, digits=Py_ssize_t, start=Py_ssize_t)
cdef bint _word_place(const u8[::1] data, Py_ssize_t size, Py_ssize_t i, int seen) noexcept nogil

@cython.locals(at=Py_ssize_t, first=int, second=int)
cdef bint _is_register(const u8[::1] data, Py_ssize_t i) noexcept nogil

@cython.locals(digits=Py_ssize_t)
cdef bint _address(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(before=int)
cdef bint _parenthesis(const u8[::1] data, const u8[::1] table, Py_ssize_t size, Py_ssize_t i, int seen, Py_ssize_t at) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef bint _has_dot(const u8[::1] data, Py_ssize_t start, Py_ssize_t end) noexcept nogil

cdef bint _is_wasm(const u8[::1] data, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef bint _is_counted(const u8[::1] data, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef bint _is_address(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t, char=int, dot=Py_ssize_t)
cdef bint _is_file(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t)
cdef bint _glog(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t, digits=Py_ssize_t)
cdef bint _numbered(const u8[::1] data, const u8[::1] table, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t, before=int, colon=bint, digits=Py_ssize_t)
cdef bint _spelled(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(after=int)
cdef bint _closed(const u8[::1] data, Py_ssize_t size, Py_ssize_t i, int seen) noexcept nogil

@cython.locals(digits=Py_ssize_t)
cdef bint _counted(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(at=Py_ssize_t, char=int)
cdef bint _instruction(const u8[::1] data, Py_ssize_t size, Py_ssize_t i) noexcept nogil

@cython.locals(count=Py_ssize_t, i=Py_ssize_t, k=Py_ssize_t, line=Py_ssize_t, size=Py_ssize_t)
cpdef line_starts(const u8[::1] data, const u64[::1] numbers, u64[::1] starts)
