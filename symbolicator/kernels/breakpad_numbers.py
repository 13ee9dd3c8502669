"""The numbers of `breakpad_records.py` by name. `breakpad_numbers.pxd` has the same lines for the compiled kernel; a test holds the two
equal.
"""

from __future__ import annotations

NONE = 0xFFFFFFFF

# What a line is.
NOTHING = 0
LINE_RECORD = 1
FUNC = 2
PUBLIC_LINE = 3
FILE_LINE = 4
INLINE = 5
INLINE_ORIGIN = 6
# Their first four bytes as a little-endian number: FUNC, PUBLIC, FILE, INLINE and INLINE_ORIGIN, STACK, MODULE, INFO.
TAG_FUNC = 0x434E5546
TAG_PUBLIC = 0x4C425550
TAG_FILE = 0x454C4946
TAG_INLINE = 0x494C4E49
TAG_STACK = 0x43415453
TAG_MODULE = 0x55444F4D
TAG_INFO = 0x4F464E49
# Bytes before the first field.
AFTER_FUNC = 5
AFTER_FILE = 5
AFTER_PUBLIC = 7
AFTER_INLINE = 7
AFTER_INLINE_ORIGIN = 14
# The shortest line that is read: `FILE 0`. The shortest line record is `0 1 2 3`.
SHORTEST = 6

# Numbers of an entry, a function or inlined call (u64; as many as `native_layers.paint` reads): where it begins; kind << 32 | parent;
# name or origin; call line << 32 | call file; level (0: a function); the first address behind a function.
ENTRY = 9
E_START = 0
E_PARENT = 1
E_NAME = 2
E_CALL = 3
E_LEVEL = 4
E_END = 5
# Kinds of entries.
FUNCTION = 1
INLINED = 2

# Numbers of an interval: start, end, entry.
INTERVAL = 3
I_START = 0
I_END = 1
I_ENTRY = 2
# Numbers of a line record: start, end, line << 32 | file.
LINE = 3
L_START = 0
L_END = 1
L_PLACE = 2
# Numbers of what is named: number or address, kind, name.
NAME = 3
N_NUMBER = 0
N_KIND = 1
N_NAME = 2
# Kinds of what is named: these are kinds of lines.
PUBLIC = 3
FILE = 4
ORIGIN = 6

# Numbers of a node of the table: parent, function, file, line and column of the call.
NODE = 5
NODE_PARENT = 0
NODE_FUNCTION = 1
NODE_FILE = 2
NODE_LINE = 3
NODE_COLUMN = 4

# Places in `counts`: records, bytes of text, lines that cannot be read, the number of the first of them (from 1), lines in all.
ENTRIES = 0
INTERVALS = 1
LINES = 2
NAMED = 3
TEXT = 4
FAULTS = 5
FIRST_FAULT = 6
LINE_COUNT = 7
COUNTS = 8

# Places in `cursor`: where in the line reading goes on, and whether a number could not be read.
AT = 0
BAD = 1

# Files and origins are numbered below this.
MOST_NUMBERS = 0x1000000
# As much as there is no such origin.
NO_ORIGIN = 0x7FFFFFFF
MOST_LEVELS = 512
# Bytes of `<name omitted>`.
OMITTED = 14
