"""The numbers of `mappings.py` by name. `mapping_numbers.pxd` has the same lines for the compiled kernel; a test holds the two equal.

Offsets and sizes are in bytes of the text.
"""

from __future__ import annotations

# No number: a member without a range, or without original lines.
NONE = 0xFFFFFFFF

# Numbers of a class: its original name, new name, and file, where and how long; flags (SYNTHESIZED); CRC-32 of its new name. A
# CLASS_FILE_SIZE of 0: the mapping names no file.
CLASS_WIDTH = 8
CLASS_ORIGINAL = 0
CLASS_ORIGINAL_SIZE = 1
CLASS_RENAMED = 2
CLASS_RENAMED_SIZE = 3
CLASS_FILE = 4
CLASS_FILE_SIZE = 5
CLASS_FLAGS = 6
CLASS_CRC = 7

# Numbers of a member. Its lines, new and original, first and last (from 1 on, 0 is R8's for none).
MEMBER_WIDTH = 10
FIRST = 0
LAST = 1
ORIGINAL_FIRST = 2
ORIGINAL_LAST = 3
# Where `[Class.]method` starts; the size of the class with its dot << SIZE_SHIFT | that of the method's name.
NAME = 4
NAME_SIZES = 5
# Where its new name starts; the bytes between the parentheses << SIZE_SHIFT | the size of the new name.
RENAMED = 6
RENAMED_SIZES = 7
# The row of its class.
OWNER = 8
# SYNTHESIZED, CONTINUES, FIELD, and the number of its note + 1 << NOTE_SHIFT.
FLAGS = 9

SYNTHESIZED = 1
# It is the caller of the member before it: one inline group.
CONTINUES = 2
FIELD = 4
NOTE_SHIFT = 8
# Of notes there are fewer than this, since their number stands above NOTE_SHIFT.
MOST_NOTES = 0x1000000
SIZE_SHIFT = 16
SIZE_MASK = 0xFFFF
# Seed of the CRC-32 of a field's name: no name in ASCII has the key of another with it.
FIELD_SEED = 128

# Numbers of a note: where a residual signature stands, its size, and the number + 1 of other metadata.
NOTE_WIDTH = 3
NOTE_AT = 0
NOTE_SIZE = 1
# Numbers of another comment with metadata: where, its size, the row of its class (NONE: above all classes), the row of its member + 1 (0:
# the class's own).
OTHER_WIDTH = 4
OTHER_AT = 0
OTHER_SIZE = 1
OTHER_CLASS = 2
OTHER_MEMBER = 3

# Places in `counts`: rows, lines that cannot be read, and from FIRST_BROKEN on the offsets + 1 of the first of these.
CLASSES = 0
MEMBERS = 1
NOTES = 2
OTHERS = 3
BROKEN = 4
FIRST_BROKEN = 5
COUNTS = 10

# The phrases that `scan` is given: the begin and end of a comment that names a file, in both orders of its keys; a whole comment; the begin
# of one with a residual signature (it ends as the first does); what a comment has that leaves an inline group open.
FILE_BEGIN = 0
STRING_END = 1
FILE_FIRST_BEGIN = 2
FILE_FIRST_END = 3
SYNTHESIZED_WHOLE = 4
SIGNATURE_BEGIN = 5
REWRITE_FRAME = 6

# The greatest number in the text, and the most bytes of a name or of parameters: a line with more cannot be read.
LIMIT = 0x7FFFFFFF
MOST_DIGITS = 10
LONGEST = 0xFFFF
# The last line of a catch-all, `0:65535`.
CATCH_ALL = 65535
# Keys are sorted by 16 bits at a time.
RADIX_BITS = 16
RADIX = 65536
RADIX_MASK = 65535
KEY_BITS = 64
