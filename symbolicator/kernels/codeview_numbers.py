"""The numbers that the CodeView kernels share: those of `cvinfo.h` by their names there, and those of records that kernels write.

`codeview_numbers.pxd` has the same lines for the compiled kernels, where each is a constant of C; a test holds the two equal.
"""

from __future__ import annotations

# ── CodeView's own ────────────────────────────────────────────────────────────────────────────────────────────

# Kinds of symbol records.
S_END = 0x0006
S_THUNK32 = 0x1102
S_BLOCK32 = 0x1103
S_WITH32 = 0x1104
S_PUB32 = 0x110E
S_LPROC32 = 0x110F
S_GPROC32 = 0x1110
S_COMPILE2 = 0x1116
S_GMANPROC = 0x112A
S_LMANPROC = 0x112B
S_SEPCODE = 0x1132
S_COMPILE3 = 0x113C
S_LPROC32_ID = 0x1146
S_GPROC32_ID = 0x1147
S_INLINESITE = 0x114D
S_INLINESITE_END = 0x114E
S_PROC_ID_END = 0x114F
S_LPROC32_DPC = 0x1155
S_LPROC32_DPC_ID = 0x1156
S_INLINESITE2 = 0x115D

# Kinds of subsections.
LINES = 0xF2
CHECKSUMS = 0xF4
INLINEES = 0xF6
IMPORTS = 0xF7
EXPORTS = 0xF8
HAS_COLUMNS = 1
STEP_OVER = 0xF00F00
HIDDEN = 0xFEEFEE

# Instructions of binary annotations.
CODE_OFFSET = 1
CODE_OFFSET_BASE = 2
CHANGE_CODE_OFFSET = 3
CODE_LENGTH = 4
CHANGE_FILE = 5
LINE_OFFSET = 6
COLUMN_START = 9
CODE_AND_LINE_OFFSET = 11
CODE_LENGTH_AND_OFFSET = 12
LAST_ANNOTATION = 13

# Kinds of type records.
LF_CLASS = 0x1504
LF_STRUCTURE = 0x1505
LF_UNION = 0x1506
LF_ENUM = 0x1507
LF_INTERFACE = 0x1519
LF_FUNC_ID = 0x1601
LF_MFUNC_ID = 0x1602
LF_STRING_ID = 0x1605
LF_CLASS2 = 0x1608
LF_STRUCTURE2 = 0x1609
LF_CHAR = 0x8000
LF_USHORT = 0x8002
LF_LONG = 0x8003
LF_ULONG = 0x8004
LF_QUADWORD = 0x8009
LF_UQUADWORD = 0x800A

# How names of constants begin, as numbers: `??_C`, `__re`, `__xm`, `__ym`.
STRING_NAME = 0x435F3F3F
REAL_NAME = 0x65725F5F
XMM_NAME = 0x6D785F5F
YMM_NAME = 0x6D795F5F

# ── ours ──────────────────────────────────────────────────────────────────────────────────────────────────────

# A section: from the image's start, where it begins, and how much code it has.
SECTION = 2

# A module of the DBI stream.
MODULE = 6
M_NAME = 0
M_STREAM = 1
M_SYMBOLS = 2
M_C11 = 3
M_LINES = 4
M_NUMBER = 5

# What `codeview_lines.count` finds in a module's subsections: records, where those of the files and of functions that modules have from
# each other are, and how many subsections have lines.
COUNTS = 9
N_ROWS = 0
N_INLINEES = 1
N_CHECKSUMS_AT = 2
N_CHECKSUMS_END = 3
N_IMPORTS_AT = 4
N_IMPORTS_END = 5
N_EXPORTS_AT = 6
N_EXPORTS_END = 7
N_BLOCKS = 8

# A range of code and whose it is.
CLAIM = 3

# Bytes that linkers put between functions, at most.
PADDING = 16

# A function.
PROCEDURE = 6
P_START = 0
P_END = 1
P_NAME = 2
P_FIRST = 3
P_RANGES = 4
P_NODE = 5

# A range of a function; R_NEXT is the number of the next one and 1, or 0.
RANGE = 4
R_START = 0
R_END = 1
R_OWNER = 2
R_NEXT = 3

# An inlined call; what it is in is a number of a site, or NONE; where its program is; what is found of it.
SITE = 9
C_INLINEE = 0
C_PARENT = 1
C_OWNER = 2
C_PROGRAM = 3
C_STOP = 4
C_NODE = 5
C_DEPTH = 6
C_FIRST = 7
C_COUNT = 8

# A line record, and a row of an inlined call's program: start, end, file << 32 | line, column.
LINE = 4

# A piece of an inlined call: start, end, depth << 32 | node, file << 32 | line, column.
PIECE = 5

MOST_DEPTH = 500
MOST_RANGES = 16
NODE = 5
PLACE = 4
CHUNK = 5
