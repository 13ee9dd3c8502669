"""The bytes of text that kernels look for, by name. `text_numbers.pxd` has the same lines for the compiled kernels; a test holds the two
equal.
"""

from __future__ import annotations

TAB = 9
NEWLINE = 10
CARRIAGE_RETURN = 13
SPACE = 32
QUOTE = 34
HASH = 35
DOLLAR = 36
OPENING_PARENTHESIS = 40
CLOSING_PARENTHESIS = 41
COMMA = 44
MINUS = 45
DOT = 46
DIGIT_0 = 48
DIGIT_9 = 57
COLON = 58
SEMICOLON = 59
LESS = 60
GREATER = 62
QUESTION_MARK = 63
AT_SIGN = 64
UPPER_A = 65
UPPER_F = 70
UPPER_R = 82
UPPER_S = 83
UPPER_Z = 90
BACKSLASH = 92
UNDERSCORE = 95
LOWER_A = 97
LOWER_F = 102
LOWER_M = 109
LOWER_O = 111
LOWER_S = 115
OPENING_BRACE = 123
# The UTF-8 of U+2028 and U+2029 is these two and a byte whose last bit tells them apart.
SEPARATOR_1 = 0xE2
SEPARATOR_2 = 0x80
SEPARATOR_3 = 0xA8
# The byte order mark in UTF-8.
MARK_1 = 0xEF
MARK_2 = 0xBB
MARK_3 = 0xBF
