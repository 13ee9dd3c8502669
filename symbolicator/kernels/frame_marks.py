# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""The lines of a log that may be stack frames: one look at each byte, for most lines of a log are none.

A mark is a necessary condition of what the formats in `traces/` read as certainly a frame, whatever a logger put before it: a position with
the character that ends it, an address, or a place that engines print where they have no position. Each rule here names what it is for.

    >>> flags = zeros("B", 4)
    >>> mark(b"12:30:05 GET /a 200\\n    at f (app.js:1:48213)\\nport :8080 open\\n\\ta.b.C.d(Unknown Source)\\n", TABLE, False, flags)
    0
    >>> flags.tolist()
    [0, 1, 0, 1]

What these rules find may be prose all the same; `traces/quiet.py` looks closer then. What they do not find is no frame.
"""

from __future__ import annotations

try:
    import cython
except ImportError:  # the file runs as it stands
    from symbolicator.kernels import _plain as cython
if cython.compiled:
    from cython.cimports.symbolicator.kernels import mark_numbers as mn
    from cython.cimports.symbolicator.kernels import text_numbers as tn
else:
    from symbolicator.kernels import mark_numbers as mn
    from symbolicator.kernels import text_numbers as tn

Bytes = bytes | memoryview

_WORDS = {
    # Behind `(`, of Java and .NET, React, Windows; of Firefox and bpftrace.
    mn.IN_PARENTHESES: (
        b"Native Method", b"Native method", b"Unknown Source", b"SourceFile)", b"<generated>", b"PG)", b"R8$$", b"D8$$", b"ProGuard)",
        b"r8-map-id-", b":com.google.", b"com.google.", b"wrapper ", b"created by ", b"filename not available", b"No symbol)", b"[",
    ),
    # Behind `(`, and `@` of Datadog's, on a line with `at`: V8's places without a position.
    mn.NOWHERE: (
        b"/", b"\\/", b"native", b"<anonymous>", b"&lt;anonymous", b"\\u003c", b"unknown", b"wasm code", b"anonymous", b"index ", b"eval",
        b"node:",
    ),
    # Behind `at`.
    mn.AFTER_AT: (b"<anonymous>", b"&lt;anonymous", b"\\u003c", b"native\n", b"native\r", b"native\\", b'native"', b"native,"),
    # Behind `[`: JavaScriptCore's and SpiderMonkey's own code, perf's.
    mn.IN_BRACKETS: (b"native code]", b"wasm code]", b"unknown]"),
    # Behind `"`: the members of frames that are objects with a line's number, and those with the function.
    mn.LINES: (b'line"', b'lineNumber"', b'lineno"', b'line_number"', b'LineNumber"', b'number"'),
    mn.FUNCTIONS: (b'method"', b'methodName"', b'MethodName"', b'function"', b'functionName"', b'func"'),
    # Behind a number with `#`: Dart's, Android's, gdb's.
    mn.NUMBERED: (b"abs ", b"pc ", b"<"),
    mn.OFFSET: (b"xception Offset:",),
    mn.UNKNOWN: (b"nknown Unknown", b"nknown  "),
    # What ends the file's name that Go prints.
    mn.GO_FILES: (b".go", b".s", b".c", b".S", b".y", b".cgo", b".goc"),
    mn.READABLE_FILES: (b".rb", b".ex", b".exs"),
}  # fmt: skip


_FIRST = {
    0x0A: None, 0x1B: None, ord("@"): None, ord("("): None, ord("&"): None,
    ord(":"): b"0123456789/ \x1b%lZrsw\x80",
    ord("t"): b" \x80", ord("x"): b"0123456789abcdefABCDEF", ord("l"): b"i", ord("L"): b"i", ord("#"): b"0123456789 ",
    ord("["): b"nwu0123456789", ord('"'): b"lnLbmfM", ord(")"): b" :", ord(">"): b" ", ord("i"): b"p", ord("$"): b"0123456789ABCDEF",
    ord("<"): b"0123456789abcdef", ord("+"): b"0123456789", ord("?"): b"?", ord("E"): b"x", ord("U"): b"n",
}  # fmt: skip
"""The bytes that a rule may begin with, and which may follow; 0x80 stands for all beyond ASCII, None for any."""


def _table() -> bytes:
    pairs = bytearray(mn.PAIRS)
    for byte, following in _FIRST.items():
        for other in range(256):
            pairs[256 * byte + other] = following is None or min(other, tn.BEYOND_ASCII) in following
    groups, words = bytearray(), bytearray()
    for number in range(len(_WORDS)):
        groups += len(words).to_bytes(2, "little")
        for word in _WORDS[number]:
            words += bytes([len(word)]) + word
    groups += len(words).to_bytes(2, "little")
    return bytes(pairs + groups + words)


TABLE = _table()
"""For each two bytes whether a rule may begin with them; then where each group of words begins (u16), and the words, each behind its
length."""


def mark(data: Bytes, table: Bytes, page: bool, flags: memoryview) -> int:
    """Set `flags` (u8, one for each line of `data`) to MARKED for the lines that may be frames, and to LINED for those with a member of a
    JSON object that gives a line's number: they may be of frames only if others have a function.

    `data` is UTF-8 that ends with a newline; on a `page` of HTML, references may stand for any character. Returns the sum of CALLED if
    there are members with a function, and READABLE if there may be traces that name places in the source itself (`traces/readable.py`).
    """
    with cython.nogil:
        kinds = _mark(data, table, page, flags)
    return kinds


def _mark(data: Bytes, table: Bytes, page: bool, flags: memoryview) -> int:
    size = len(data)
    last = size - 1
    i = 0
    line = 0
    before = mn.COLOURED if page else 0
    seen = before
    kinds = 0
    at = 0
    if size:
        flags[0] = 0
    while i < last:
        char = data[i]
        after = data[i + 1]
        if table[256 * char + after] == 0:
            i += 1
            continue
        if char == tn.NEWLINE:
            line += 1
            flags[line] = 0
            seen = before
            i += 1
            continue
        found = False
        if char == tn.COLON:
            if after == tn.SLASH:
                if _byte(data, size, i + 2) == tn.SLASH:
                    seen |= mn.URL
            else:
                if not kinds & mn.READABLE and _ends(data, table, size, i, mn.READABLE_FILES):  # Ruby's, Elixir's
                    kinds |= mn.READABLE
                found = _place(data, table, size, i, seen)
                if not found:
                    if _listed(data, size, i):
                        seen |= mn.LISTED
                    i = _behind_clock(data, size, i)
        elif char == tn.LOWER_T:
            if i > 0 and data[i - 1] == tn.LOWER_A:
                seen |= mn.AT
                at = i
                if i > 3 and data[i - 2] == tn.SPACE and data[i - 3] == tn.LOWER_D:  # Perl's `called at`
                    kinds |= mn.READABLE
                found = _starts(data, table, size, i + 2, mn.AFTER_AT)
        elif char == tn.OPENING_PARENTHESIS:
            if _is_digit(after) and i > 3 and data[i - 1] == tn.LOWER_P and data[i - 2] == tn.LOWER_H and data[i - 4] == tn.DOT:  # PHP's
                kinds |= mn.READABLE
            found = _parenthesis(data, table, size, i, seen, at)
            seen |= mn.OPEN
        elif char == tn.LOWER_X:
            found = _address(data, size, i)
        elif char == tn.AT_SIGN:
            seen |= mn.SIGN
            found = _glog(data, size, i) or ((seen & mn.AT) != 0 and after == tn.SPACE and _starts(data, table, size, i + 2, mn.NOWHERE))
        elif char == tn.ESCAPE:
            seen |= mn.COLOURED
        elif char == tn.HASH:
            seen |= mn.NUMBER
            found = _numbered(data, table, size, i)
        elif char == tn.OPENING_BRACKET:
            found = _starts(data, table, size, i + 1, mn.IN_BRACKETS) or _is_wasm(data, i)
        elif char == tn.QUOTE:
            if after == tn.LOWER_B:  # MongoDB's `"b":"55B39AFA0000"`
                found = _byte(data, size, i + 2) == tn.QUOTE and _byte(data, size, i + 3) == tn.COLON
            elif _starts(data, table, size, i + 1, mn.LINES):
                flags[line] = mn.LINED
            elif _starts(data, table, size, i + 1, mn.FUNCTIONS):
                kinds |= mn.CALLED
        elif char == tn.LOWER_L or char == tn.UPPER_L:
            if i > 2 and data[i - 2] == tn.COMMA and data[i - 3] == tn.QUOTE:  # Python's `File "cart.py", line 12`
                kinds |= mn.READABLE
            found = _spelled(data, size, i)
        elif char == tn.CLOSING_PARENTHESIS:
            found = _closed(data, size, i, seen)
        elif char == tn.GREATER:
            if i > 0 and _is_digit(data[i - 1]):
                seen |= mn.STEP
        elif char == tn.LESS:  # the kernel's `[<ffffffff81234567>]`
            digits = _hex_digits(data, size, i + 1)
            found = (digits == mn.SHORT or digits == mn.LONG) and _byte(data, size, i + 1 + digits) == tn.GREATER
        elif char == tn.PLUS:
            found = _counted(data, size, i)
        elif char == tn.LOWER_I:
            found = _instruction(data, size, i)
        elif char == tn.DOLLAR:
            found = _upper_digits(data, size, i + 1) >= mn.SHORT
        elif char == tn.AMPERSAND:
            found = page
        elif char == tn.QUESTION_MARK:
            found = _byte(data, size, i + 3) == char and _byte(data, size, i + 7) == char
        elif char == tn.UPPER_E:
            found = _starts(data, table, size, i + 1, mn.OFFSET)
        elif char == tn.UPPER_U:
            found = _starts(data, table, size, i + 1, mn.UNKNOWN)
        if found:
            flags[line] = mn.MARKED
            while data[i] != tn.NEWLINE:
                i += 1
        else:
            i += 1
    return kinds


def _byte(data: Bytes, size: int, i: int) -> int:
    """The byte at `i`, a newline beyond the end."""
    return data[i] if 0 <= i < size else tn.NEWLINE


def _is_digit(char: int) -> bool:
    return tn.DIGIT_0 <= char <= tn.DIGIT_9


def _is_word(char: int) -> bool:
    """Whether a byte is a letter, a digit or an underscore of ASCII."""
    small = char | 32
    return tn.DIGIT_0 <= char <= tn.DIGIT_9 or tn.LOWER_A <= small <= tn.LOWER_Z or char == tn.UNDERSCORE


def _digits(data: Bytes, size: int, i: int) -> int:
    """How many decimal digits begin at `i`."""
    at = i
    while at < size and tn.DIGIT_0 <= data[at] <= tn.DIGIT_9:
        at += 1
    return at - i


def _hex_digits(data: Bytes, size: int, i: int) -> int:
    at = i
    while at < size:
        char = data[at]
        if not (tn.DIGIT_0 <= char <= tn.DIGIT_9 or tn.LOWER_A <= (char | 32) <= tn.LOWER_F):
            break
        at += 1
    return at - i


def _upper_digits(data: Bytes, size: int, i: int) -> int:
    """How many hexadecimal digits in capitals begin at `i`."""
    at = i
    while at < size:
        char = data[at]
        if not (tn.DIGIT_0 <= char <= tn.DIGIT_9 or tn.UPPER_A <= char <= tn.UPPER_F):
            break
        at += 1
    return at - i


def _blanks(data: Bytes, size: int, i: int) -> int:
    """How many spaces begin at `i`."""
    at = i
    while at < size and data[at] == tn.SPACE:
        at += 1
    return at - i


def _words(table: Bytes, group: int) -> int:
    """Where the words of a group begin in the table; those of the one before it end there."""
    at = mn.PAIRS + 2 * group
    return mn.PAIRS + 2 * mn.GROUPS + 2 + table[at] + 256 * table[at + 1]


def _is_word_at(data: Bytes, table: Bytes, size: int, i: int, word: int) -> bool:
    """Whether the word at `word` in the table stands at `i`."""
    length = table[word]
    k = 0
    while k < length and _byte(data, size, i + k) == table[word + 1 + k]:
        k += 1
    return k == length


def _starts(data: Bytes, table: Bytes, size: int, i: int, group: int) -> bool:
    """Whether one of a group's words begins at `i`."""
    word = _words(table, group)
    end = _words(table, group + 1)
    while word < end:
        if _is_word_at(data, table, size, i, word):
            return True
        word += table[word] + 1
    return False


def _ends(data: Bytes, table: Bytes, size: int, i: int, group: int) -> bool:
    """Whether one of a group's words ends before `i`."""
    word = _words(table, group)
    end = _words(table, group + 1)
    while word < end:
        if _is_word_at(data, table, size, i - table[word], word):
            return True
        word += table[word] + 1
    return False


def _before_digits(data: Bytes, i: int) -> int:
    """Where the byte is before the decimal digits that end before `i`; -1 if they begin the text."""
    at = i - 1
    while at >= 0 and tn.DIGIT_0 <= data[at] <= tn.DIGIT_9:
        at -= 1
    return at


def _behind_clock(data: Bytes, size: int, i: int) -> int:
    """Where the last colon of the time of day is whose first one is at `i`; `i` if there is none."""
    minutes = _digits(data, size, i + 1)
    end = i + 1 + minutes
    return end if minutes > 0 and _byte(data, size, end) == tn.COLON and _is_digit(_byte(data, size, end + 1)) else i


def _is_alone(data: Bytes, i: int) -> bool:
    """Whether nothing but a number is before the colon at `i`: no file's name, so that the colon is a time's, or that of a ratio."""
    at = _before_digits(data, i)
    if at == i - 1:
        return False
    if at < 0:
        return True
    char = data[at]
    if _is_word(char) or char == tn.MINUS:  # 2026-11-30T12:30:05, 2026-11-30-12:30:05
        return (char == tn.UPPER_T or char == tn.MINUS or char == tn.UNDERSCORE) and at > 0 and _is_digit(data[at - 1])
    if char == tn.SLASH:  # [30/Nov/2026:12:30:05 +0000]
        return i - at == 5
    if char == tn.AT_SIGN:  # React Native's `f@1:48213`
        return False
    path = char == tn.DOT or char == tn.COLON or char == tn.BACKSLASH or char == tn.CLOSING_PARENTHESIS or char == tn.GREATER
    return not path and char < tn.BEYOND_ASCII


def _place(data: Bytes, table: Bytes, size: int, i: int, seen: int) -> bool:
    """Whether the colon at `i` may be that of a position: `path:line:column`, or `path:line` at the end of a frame."""
    first = _byte(data, size, i + 1)
    if first == tn.ESCAPE:  # a colour
        return True
    if not _is_digit(first):
        return _word_place(data, size, i, seen)
    length = _digits(data, size, i + 1)
    if length > mn.MOST_DIGITS:
        return False
    at = i + 1 + length
    after = _byte(data, size, at)
    alone = _is_alone(data, i)
    if after == tn.COLON:
        if _is_digit(_byte(data, size, at + 1)):
            second = _digits(data, size, at + 1)
            end = _byte(data, size, at + 1 + second)
            if alone:  # a time of day
                return False
            return second <= mn.MOST_DIGITS and not (
                _is_word(end) or (end == tn.DOT and _is_digit(_byte(data, size, at + 2 + second))) or end == tn.SLASH
            )
        return _ends_line(data, size, at + 1) and (seen & mn.NAMED) != 0  # broken before the column
    if i > 0 and data[i - 1] == tn.QUOTE:  # a member of an object
        return False
    if alone:  # ` 1:304`: behind a URL, or a file's name and a blank
        if _behind_file(data, i):
            return True
        if not seen & mn.URL:
            return False
    if after == tn.CLOSING_PARENTHESIS:
        return True
    if after == tn.CLOSING_BRACKET:
        return (seen & (mn.SIGN | mn.URL | mn.COLOURED)) != 0
    blanks = _blanks(data, size, at)
    after = _byte(data, size, at + blanks)
    if blanks > 0 and (after == tn.OPENING_PARENTHESIS or after == tn.OPENING_BRACKET):  # frames that have a place of ours
        return (seen & mn.AT) != 0
    if _is_word(after) or after == tn.DOT or after == tn.SLASH or after == tn.MINUS or after == tn.SEMICOLON or after == tn.EQUALS:
        return False
    if after == tn.COMMA and blanks == 0 and _byte(data, size, at + 1) != tn.NEWLINE and (seen & mn.AT) == 0:
        return False
    if seen & mn.NAMED:
        return True
    return (after == tn.NEWLINE or after == tn.BACKSLASH or after == tn.CARRIAGE_RETURN) and _ends(data, table, size, i, mn.GO_FILES)


def _listed(data: Bytes, size: int, i: int) -> bool:
    """Whether the colon at `i` may be that of IntelliJ's `method:12, Class (package)`."""
    length = _digits(data, size, i + 1 + (_byte(data, size, i + 1) == tn.MINUS))
    at = i + 1 + length + (_byte(data, size, i + 1) == tn.MINUS)
    return length > 0 and _byte(data, size, at) == tn.COMMA and _byte(data, size, at + 1) == tn.SPACE


def _behind_file(data: Bytes, i: int) -> bool:
    """Whether the number before the colon at `i` is behind a blank, and that behind a word with a dot, or `line`: `app.js 1:304`."""
    at = _before_digits(data, i)
    if at < 4 or data[at] != tn.SPACE:
        return False
    if data[at - 1] == tn.LOWER_E and data[at - 2] == tn.LOWER_N and data[at - 3] == tn.LOWER_I:
        return True
    at -= 1
    dotted = False
    while at >= 0 and data[at] > tn.SPACE:
        if data[at] == tn.DOT:
            dotted = not _is_digit(data[at + 1])
            break
        at -= 1
    return dotted


def _ends_line(data: Bytes, size: int, i: int) -> bool:
    char = _byte(data, size, i + _blanks(data, size, i))
    return char == tn.NEWLINE or char == tn.CARRIAGE_RETURN


def _word_place(data: Bytes, size: int, i: int, seen: int) -> bool:
    """Whether a word and a number follow the colon at `i`, to the end of a line with a call: .NET's `:line 12`, in any language. Or the
    colon is alone: before an address without `0x`, or before a line's number.
    """
    if _byte(data, size, i + 1) == tn.SPACE:
        if _byte(data, size, i + 2) == tn.DIGIT_0 and i > 0 and _hex_digits(data, size, i + 2) >= mn.LONG:  # ` : 0000aaaab10011cd`
            return True
        if _upper_digits(data, size, i + 2) == mn.LONG:  # `1: 00007FF61B2C1029 pick+41`
            return True
        if _hex_digits(data, size, i + 2) >= mn.FEWEST_DIGITS and _is_register(data, i):
            return True
        digits = _digits(data, size, i + 2)
        if digits > 0 and _byte(data, size, i + 2 + digits) == tn.CLOSING_BRACKET and i > 0 and data[i - 1] == tn.SPACE:
            return True  # `[a.cpp : 12]`
    if not seen & mn.OPEN:
        return False
    at = i + 1 + (_byte(data, size, i + 1) == tn.SPACE)
    start = at
    while at < size and at - start < mn.MOST_WORD and data[at] > tn.SPACE and not _is_digit(data[at]) and data[at] != tn.SLASH:
        at += 1
    if at == start:
        return False
    at += _byte(data, size, at) == tn.SPACE
    digits = _digits(data, size, at)
    if digits == 0:
        return False
    after = _byte(data, size, at + digits)
    return not (_is_word(after) or after == tn.SLASH or after == tn.COLON or after == tn.MINUS or after == tn.SPACE) or _ends_line(
        data, size, at + digits
    )


def _is_register(data: Bytes, i: int) -> bool:
    """Whether the name of a register with an address of code is before the colon at `i`: `PC   : 0040116B`."""
    at = i - 1
    while at > 0 and data[at] == tn.SPACE:
        at -= 1
    if at < 1:
        return False
    first, second = data[at - 1] | 32, data[at] | 32
    return (
        (first == tn.LOWER_P and second == tn.LOWER_C)
        or (first == tn.LOWER_L and second == tn.LOWER_R)
        or (first == tn.LOWER_R and second == tn.LOWER_A)
    )


def _address(data: Bytes, size: int, i: int) -> bool:
    """Whether the `x` at `i` is that of an address: a number of up to 64 bits behind `0x`."""
    if i < 1 or data[i - 1] != tn.DIGIT_0 or (i > 1 and _is_word(data[i - 2])):
        return False
    digits = _hex_digits(data, size, i + 1)
    return 0 < digits <= mn.LONG or _byte(data, size, i + 1 + digits) == tn.LOWER_X  # Chromium's `0x0x`


def _parenthesis(data: Bytes, table: Bytes, size: int, i: int, seen: int, at: int) -> bool:
    """Whether the parenthesis at `i` may be that of a place, or of a call behind `at`, which ends at `at`."""
    if _starts(data, table, size, i + 1, mn.IN_PARENTHESES):
        return True
    before = data[i - 1] if i > 0 else tn.SPACE
    if before == tn.SPACE and (seen & mn.LISTED or _is_counted(data, i)):
        return True
    if seen & mn.AT:
        if before != tn.SPACE and before != tn.TAB:
            if _has_dot(data, max(at, i - mn.MOST_NAME), i):
                return True
        elif _starts(data, table, size, i + 1, mn.NOWHERE) or _is_address(data, size, i + 1):
            return True
    return _is_file(data, size, i + 1)


def _has_dot(data: Bytes, start: int, end: int) -> bool:
    at = start
    while at < end:
        if data[at] == tn.DOT:
            return True
        at += 1
    return False


def _is_wasm(data: Bytes, i: int) -> bool:
    """Whether the bracket at `i` is that of `wasm-function[12]`."""
    return i > 12 and data[i - 1] == tn.LOWER_N and data[i - 9] == tn.MINUS and data[i - 13] == tn.LOWER_W


def _is_counted(data: Bytes, i: int) -> bool:
    """Whether ` (` at `i` follows `+12`: bpftrace's function, before its module."""
    at = _before_digits(data, i - 1)
    return 0 <= at < i - 2 and data[at] == tn.PLUS


def _is_address(data: Bytes, size: int, i: int) -> bool:
    """Whether a word with `://` begins at `i`."""
    at = i
    while at < size and at - i < mn.MOST_NAME and data[at] > tn.SPACE:
        if data[at] == tn.OPENING_PARENTHESIS or data[at] == tn.CLOSING_PARENTHESIS:
            break
        if data[at] == tn.COLON and _byte(data, size, at + 1) == tn.SLASH:
            return True
        at += 1
    return False


def _is_file(data: Bytes, size: int, i: int) -> bool:
    """Whether a file's name with an ending of letters, and no position, is in the parenthesis before `i`: `(Cart.java)`."""
    at = i
    dot = 0
    while at < size and at - i < mn.MOST_NAME and data[at] > tn.SPACE and data[at] != tn.OPENING_PARENTHESIS:
        char = data[at]
        if char == tn.CLOSING_PARENTHESIS:
            return dot > i and 2 <= at - dot <= mn.MOST_ENDING
        if char == tn.DOT:
            dot = at
        elif dot and not (tn.LOWER_A <= (char | 32) <= tn.LOWER_Z):
            dot = 0
        at += 1
    return False


def _glog(data: Bytes, size: int, i: int) -> bool:
    """Whether an address of sixteen digits without `0x` follows the sign at `i`."""
    at = i + 1 + _blanks(data, size, i + 1)
    return at > i + 1 and _hex_digits(data, size, at) == mn.LONG


def _numbered(data: Bytes, table: Bytes, size: int, i: int) -> bool:
    """Whether the sign at `i` is that of a frame's number: `#00 pc`, `#00 abs`, `#2 <signal handler called>`, crash's
    `#3 [ffffc90000123d40]`; Boost's ` 2# f`.
    """
    digits = _digits(data, size, i + 1)
    if digits > 0:
        at = i + 1 + digits
        at += _blanks(data, size, at)
        if _byte(data, size, at) == tn.OPENING_BRACKET:
            return _hex_digits(data, size, at + 1) >= mn.SHORT
        return _starts(data, table, size, at, mn.NUMBERED)
    if _byte(data, size, i + 1) != tn.SPACE or i < 1 or not _is_digit(data[i - 1]):
        return False
    at = _before_digits(data, i)
    return at < 0 or not (_is_word(data[at]) or data[at] == tn.MINUS)


def _spelled(data: Bytes, size: int, i: int) -> bool:
    """Whether `line` at `i` has a line's number, and a column, or the end of JDK Flight Recorder's line, behind it."""
    if _byte(data, size, i + 1) != tn.LOWER_I or _byte(data, size, i + 2) != tn.LOWER_N or _byte(data, size, i + 3) != tn.LOWER_E:
        return False
    at = i + 4
    colon = _byte(data, size, at) == tn.COLON
    at += colon
    at += _blanks(data, size, at)
    digits = _digits(data, size, at)
    if digits == 0:
        return False
    at += digits
    if colon and _ends_line(data, size, at):
        before = i - 1
        while before > 0 and data[before] == tn.SPACE:
            before -= 1
        return before >= 0 and data[before] == tn.CLOSING_PARENTHESIS
    at += _byte(data, size, at) == tn.COMMA
    at += _blanks(data, size, at)
    return (_byte(data, size, at) | 32) == tn.LOWER_C and _byte(data, size, at + 1) == tn.LOWER_O


def _closed(data: Bytes, size: int, i: int, seen: int) -> bool:
    """Whether the parenthesis that closes at `i` is before Solaris' `) + 26`, or is that of `3> a.cpp(12): app!pick`."""
    after = _byte(data, size, i + 1)
    if after == tn.SPACE and _byte(data, size, i + 2) == tn.PLUS and _byte(data, size, i + 3) == tn.SPACE:
        return _hex_digits(data, size, i + 4) > 0
    return after == tn.COLON and (seen & mn.STEP) != 0 and i > 0 and _is_digit(data[i - 1])


def _counted(data: Bytes, size: int, i: int) -> bool:
    """Whether the sign at `i` is between a function and a number at the end of a line: bpftrace's `pick+13`. A time zone is none."""
    digits = _digits(data, size, i + 1)
    if i < 1 or not _ends_line(data, size, i + 1 + digits) or (digits == 4 and _is_digit(data[i - 1])):
        return False
    return _is_word(data[i - 1]) or data[i - 1] == tn.GREATER or data[i - 1] == tn.CLOSING_PARENTHESIS


def _instruction(data: Bytes, size: int, i: int) -> bool:
    """Whether `ip` at `i` has an address without `0x` behind it: `ip 0000555555555901`, `ip:555555555901`, `ip = 55b39afa11cd`."""
    if _byte(data, size, i + 1) != tn.LOWER_P:
        return False
    at = i + 2
    char = _byte(data, size, at)
    if char == tn.SPACE and _byte(data, size, at + 1) == tn.EQUALS and _byte(data, size, at + 2) == tn.SPACE:
        return _hex_digits(data, size, at + 3) > 0
    return (char == tn.SPACE or char == tn.COLON) and _hex_digits(data, size, at + 1) >= mn.FEWEST_DIGITS


def line_starts(data: Bytes, numbers: memoryview, starts: memoryview) -> None:
    """Set `starts` (u64) to where the lines of `data` with these `numbers` (u64, from 0, ascending) begin, in bytes; beyond the last line,
    to the size of `data`.
    """
    with cython.nogil:
        size = len(data)
        count = len(numbers)
        i = 0
        line = 0
        for k in range(count):
            while line < numbers[k] and i < size:
                if data[i] == tn.NEWLINE:
                    line += 1
                i += 1
            starts[k] = i if line == numbers[k] else size
