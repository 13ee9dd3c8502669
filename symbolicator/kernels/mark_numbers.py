"""The numbers of `frame_marks.py`, by name. `mark_numbers.pxd` has the same for the compiled kernels; a test holds the two equal."""

from __future__ import annotations

# What was seen in a line so far, of what is before a position that is a line's number alone; NAMED is any of these.
AT = 1
SIGN = 2
URL = 4
NUMBER = 8
COLOURED = 16
NAMED = 31
# And what other rules ask for: a parenthesis, `method:12, `, `3> `.
OPEN = 32
LISTED = 64
STEP = 128

# What a line's flag says.
MARKED = 1
LINED = 2
# And what there is in all of them.
CALLED = 1
READABLE = 2

# The groups of words in the table, behind a byte for each two bytes.
PAIRS = 65536
IN_PARENTHESES = 0
NOWHERE = 1
AFTER_AT = 2
IN_BRACKETS = 3
LINES = 4
FUNCTIONS = 5
NUMBERED = 6
OFFSET = 7
UNKNOWN = 8
GO_FILES = 9
READABLE_FILES = 10
GROUPS = 11

# Digits of a position, of addresses; bytes of a name, of a file's ending, of a word for "line" in any language.
MOST_DIGITS = 10
FEWEST_DIGITS = 4
SHORT = 8
LONG = 16
MOST_NAME = 300
MOST_ENDING = 7
MOST_WORD = 24
