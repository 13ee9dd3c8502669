"""The numbers of `vlq.py` by name. `vlq_numbers.pxd` has the same lines for the compiled kernel; a test holds the two equal."""

from __future__ import annotations

# Kinds of fault: each is an index into `counts`, and into `firsts` by FIRST_WIDTH.
# A character that is neither a base64 digit, a comma nor a semicolon. The segment is skipped from there.
BAD_DIGIT = 0
# The segment ends where a VLQ goes on.
OVERRUN = 1
# A VLQ of more than 32 bits.
OVERFLOW = 2
# Two or three fields where 1, 4 or 5 are allowed.
FIELDS = 3
# More than five fields; the first five are used.
TOO_MANY = 4
# The generated column is negative or does not fit 32 bits.
COLUMN = 5
# The source index is not in the map.
SOURCE = 6
# The original line or column is negative or does not fit 32 bits.
ORIGINAL = 7
# The name index is not in the map; the position is used without it.
NAME = 8
# Nothing between two separators, or after the last comma of a line.
EMPTY = 9
# The segment lies at or behind the start of the next section.
OVERLAP = 10
# The segment lies before the one written before it, on the same line.
UNSORTED = 11
KINDS = 12

# Numbers in `firsts` of the first fault of a kind: the offending number, the offset of the byte after it, the generated line (from 0), the
# number of the segment on that line (from 0).
FIRST_WIDTH = 4
FIRST_VALUE = 0
FIRST_OFFSET = 1
FIRST_LINE = 2
FIRST_SEGMENT = 3

# No source (an unmapped segment) or no name.
NONE = 0xFFFFFFFF

# Numbers of a row in `originals`: source, line and column (from 0), name.
ROW = 4
ROW_SOURCE = 0
ROW_LINE = 1
ROW_COLUMN = 2
ROW_NAME = 3

# What `DIGITS` has for a byte: five bits and whether the VLQ goes on (CONTINUATION); or one of the three that are not digits.
DIGIT_BITS = 5
DIGIT_MASK = 31
CONTINUATION = 32
COMMA = 64
SEMICOLON = 65
NO_DIGIT = 66
# A value of 32 bits has seven digits: the last that may hold bits is shifted by 30.
LAST_SHIFT = 30

# Tokens that are not numbers.
COMMA_TOKEN = -1
SEMICOLON_TOKEN = -2
BAD_TOKEN = -3

# Numbers of a row of a function map: line (from 1), column (from 0), name.
FUNCTION = 3
FUNCTION_LINE = 0
FUNCTION_COLUMN = 1
FUNCTION_NAME = 2

# What a byte is at the start of a field, in `regular_mappings.TABLE`: the number that it is alone, plus STEP_ZERO (less than STEP_SEVERAL);
# what ends a segment; anything else (the first digit of several, minus zero, no digit). STEPS is where `vlq.DIGITS` begins in the table.
STEP_ZERO = 16
STEP_SEVERAL = 32
STEP_OTHER = 32
STEP_COMMA = 64
STEP_SEMICOLON = 65
STEP_END = 66
STEPS = 256
# The digits of a regular VLQ, at most; what stands for mappings that are not regular.
MOST_DIGITS = 6
IRREGULAR = -1

# Rows of a sample, and the numbers of a state: the offset in the text, then the sums so far.
SAMPLE_ROWS = 256
STATE = 7
STATE_OFFSET = 0
STATE_LINE = 1
STATE_COLUMN = 2
STATE_SOURCE = 3
STATE_ORIGINAL_LINE = 4
STATE_ORIGINAL_COLUMN = 5
STATE_NAME = 6
