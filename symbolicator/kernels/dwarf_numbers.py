"""The numbers that the DWARF kernels share: DWARF's own by their names in the standard, and those of the records that kernels write.

Read by name everywhere: `units[UNIT * unit + STMT_LIST]` is where the unit's line table begins. `dwarf_numbers.pxd` has the same lines for
the compiled kernels, where each is a constant of C; a test holds the two equal.
"""

from __future__ import annotations

# ── DWARF's own ───────────────────────────────────────────────────────────────────────────────────────────────

# How a value is written (DWARF 5 §7.5.6).
FORM_ADDR = 0x01
FORM_BLOCK2 = 0x03
FORM_BLOCK4 = 0x04
FORM_DATA2 = 0x05
FORM_DATA4 = 0x06
FORM_DATA8 = 0x07
FORM_STRING = 0x08
FORM_BLOCK = 0x09
FORM_BLOCK1 = 0x0A
FORM_DATA1 = 0x0B
FORM_FLAG = 0x0C
FORM_SDATA = 0x0D
FORM_STRP = 0x0E
FORM_UDATA = 0x0F
FORM_REF_ADDR = 0x10
FORM_REF1 = 0x11
FORM_REF2 = 0x12
FORM_REF4 = 0x13
FORM_REF8 = 0x14
FORM_REF_UDATA = 0x15
FORM_INDIRECT = 0x16
FORM_SEC_OFFSET = 0x17
FORM_EXPRLOC = 0x18
FORM_FLAG_PRESENT = 0x19
FORM_STRX = 0x1A
FORM_ADDRX = 0x1B
FORM_REF_SUP4 = 0x1C
FORM_STRP_SUP = 0x1D
FORM_DATA16 = 0x1E
FORM_LINE_STRP = 0x1F
FORM_REF_SIG8 = 0x20
FORM_IMPLICIT_CONST = 0x21
FORM_LOCLISTX = 0x22
FORM_RNGLISTX = 0x23
FORM_REF_SUP8 = 0x24
FORM_STRX1 = 0x25
FORM_STRX2 = 0x26
FORM_STRX3 = 0x27
FORM_STRX4 = 0x28
FORM_ADDRX1 = 0x29
FORM_ADDRX2 = 0x2A
FORM_ADDRX3 = 0x2B
FORM_ADDRX4 = 0x2C
FORM_GNU_ADDR_INDEX = 0x1F01
FORM_GNU_STR_INDEX = 0x1F02
FORM_GNU_REF_ALT = 0x1F20
FORM_GNU_STRP_ALT = 0x1F21
FORM_LLVM_ADDRX_OFFSET = 0x2001

# What a value says of a DIE (§7.5.4).
AT_SIBLING = 0x01
AT_NAME = 0x03
AT_STMT_LIST = 0x10
AT_LOW_PC = 0x11
AT_HIGH_PC = 0x12
AT_LANGUAGE = 0x13
AT_COMP_DIR = 0x1B
AT_ABSTRACT_ORIGIN = 0x31
AT_SPECIFICATION = 0x47
AT_EXTENSION = 0x54
AT_RANGES = 0x55
AT_CALL_COLUMN = 0x57
AT_CALL_FILE = 0x58
AT_CALL_LINE = 0x59
AT_SIGNATURE = 0x69
AT_LINKAGE_NAME = 0x6E
AT_STR_OFFSETS_BASE = 0x72
AT_ADDR_BASE = 0x73
AT_RNGLISTS_BASE = 0x74
AT_DWO_NAME = 0x76
AT_MIPS_LINKAGE_NAME = 0x2007
AT_GNU_DWO_NAME = 0x2130
AT_GNU_DWO_ID = 0x2131
AT_GNU_RANGES_BASE = 0x2132
AT_GNU_ADDR_BASE = 0x2133

# What a DIE is (§7.5.3).
TAG_ARRAY_TYPE = 0x01
TAG_CLASS_TYPE = 0x02
TAG_ENUMERATION_TYPE = 0x04
TAG_STRUCTURE_TYPE = 0x13
TAG_SUBROUTINE_TYPE = 0x15
TAG_UNION_TYPE = 0x17
TAG_INLINED_SUBROUTINE = 0x1D
TAG_MODULE = 0x1E
TAG_SUBPROGRAM = 0x2E
TAG_INTERFACE_TYPE = 0x38
TAG_NAMESPACE = 0x39
TAG_CALL_SITE = 0x48
TAG_GNU_TEMPLATE_PARAMETER_PACK = 0x4107
TAG_GNU_FORMAL_PARAMETER_PACK = 0x4108
TAG_GNU_CALL_SITE = 0x4109

# What a unit is (§7.5.1).
UT_COMPILE = 1
UT_TYPE = 2
UT_SKELETON = 4
UT_SPLIT_COMPILE = 5
UT_SPLIT_TYPE = 6

# Entries of .debug_rnglists (§7.25).
RLE_END_OF_LIST = 0
RLE_BASE_ADDRESSX = 1
RLE_STARTX_ENDX = 2
RLE_STARTX_LENGTH = 3
RLE_OFFSET_PAIR = 4
RLE_BASE_ADDRESS = 5
RLE_START_END = 6
RLE_START_LENGTH = 7

# Line tables: what a column of directories or files is (§6.2.4.1), and instructions (§6.2.5).
LNCT_PATH = 1
LNCT_DIRECTORY_INDEX = 2
LNS_COPY = 1
LNS_ADVANCE_PC = 2
LNS_ADVANCE_LINE = 3
LNS_SET_FILE = 4
LNS_SET_COLUMN = 5
LNS_NEGATE_STMT = 6
LNS_SET_BASIC_BLOCK = 7
LNS_CONST_ADD_PC = 8
LNS_FIXED_ADVANCE_PC = 9
LNS_SET_PROLOGUE_END = 10
LNS_SET_EPILOGUE_BEGIN = 11
LNS_SET_ISA = 12
LNE_END_SEQUENCE = 1
LNE_SET_ADDRESS = 2
LNE_DEFINE_FILE = 3

# C and C++ of every year (§7.12).
LANG_C89 = 0x01
LANG_C = 0x02
LANG_C_PLUS_PLUS = 0x04
LANG_C99 = 0x0C
LANG_C_PLUS_PLUS_11 = 0x1A
LANG_C11 = 0x1D
LANG_C_PLUS_PLUS_14 = 0x21
LANG_C_PLUS_PLUS_17 = 0x2B
LANG_C_PLUS_PLUS_20 = 0x2C

# ── a unit's record: UNIT numbers (u64) ───────────────────────────────────────────────────────────────────────

UNIT = 32
# From its header: where that starts, the unit ends and its first DIE lies; version; bytes of an address and of an offset (4, 8); UT_…;
# where its abbreviations are in .debug_abbrev.
START = 0
END = 1
DIE = 2
VERSION = 3
ADDRESS = 4
OFFSET = 5
TYPE = 6
ABBREVS = 7
# Where the programs of its abbreviations are in `codes`, and how many codes there are: to scan, and to read names. 0 of them: not
# flattened.
CODES = 8
CODE_COUNT = 9
NAME_CODES = 10
NAME_CODE_COUNT = 11
# Of its DIE: its addresses (LOW is resolved), and a bit `1 << slot` for each attribute it has.
LOW = 12
HIGH = 13
HIGH_FORM = 14
RANGES = 15
RANGES_FORM = 16
HAS = 17
ADDR_BASE = 18
STR_BASE = 19
RNG_BASE = 20
STMT_LIST = 21
LANGUAGE = 22
DWO_ID = 23
NAME = 24
COMP_DIR = 25
DWO_NAME = 26
TAG = 27
SIGNATURE = 28
# GNU_ranges_base of a version 4 skeleton: added to DW_AT_ranges in its .dwo.
RANGES_BASE = 29
# The fault of the unit, and its offset in .debug_info.
FAULT = 30
FAULT_AT = 31

OK = 0
BAD_CODE = 1
BAD_FORM = 2
PAST_END = 3
BAD_RANGES = 4
CUT = 5

# ── a line table's record: LINE numbers (u64) ─────────────────────────────────────────────────────────────────

LINE = 32
# Given: where the table starts; from its unit the bytes of an address and the base of string offsets (all ones: none); whether its bytes
# were counted before.
L_START = 0
L_ADDRESS = 1
L_STR_BASE = 2
L_COUNTED = 3
# From its header: its length and that of the header as written; where both really end; version; bytes of an offset; where directories
# begin.
L_LENGTH = 4
L_HEADER = 5
L_END = 6
L_PROGRAM = 7
L_VERSION = 8
L_OFFSET = 9
L_TABLES = 10
# Of its program: where the operand counts of standard opcodes are, up to L_TABLES; the rest by their names in the standard.
L_LENGTHS = 11
L_MIN_INST = 12
L_MAX_OPS = 13
L_LINE_BASE = 14
L_LINE_RANGE = 15
L_OPCODE_BASE = 16
# Why it is unusable: NO_TABLE, BAD_VERSION, CUT_HEADER or OVERLAPS.
L_FAULT = 17
# How many directories and files are in its header; what is wrong with them: BAD_FORM, NO_BYTES or PAST_END, and the form, or how many.
L_DIRECTORIES = 18
L_DIRECTORIES_FAULT = 19
L_DIRECTORIES_NUMBER = 20
L_FILES = 21
L_FILES_FAULT = 22
L_FILES_NUMBER = 23
# Of its program, once it was run: its rows; how many files it defined, and the number of the first; sequences dropped at tombstones;
# invalid instructions, and where the first is.
L_ROWS = 24
L_ROWS_END = 25
L_DEFINED = 26
L_DEFINES = 27
L_DROPPED = 28
L_FAULTS = 29
L_FAULT_AT = 30

NO_TABLE = 6
BAD_VERSION = 7
CUT_HEADER = 8
OVERLAPS = 9
NO_BYTES = 10
# Of a table of abbreviations: its codes are not 1, 2, 3 …
SPARSE = 11

# How a form without a fixed size is read in a line table's header.
BY_LEB = 32
BY_STRING = 33
BY_BLOCK = 34
BY_BLOCK1 = 35
BY_BLOCK2 = 36
BY_BLOCK4 = 37
BY_NOTHING = 38

# Which buffer of `dwarf_lines.run` is full; it continues when it has a larger one: rows, sequences, files that programs define, rows for
# sorting.
ROWS = 1
SEQUENCES = 2
DEFINES = 3
SPARE = 4

# Numbers of a span, which is the files of a line table as a unit has them: the table, the first of its files among all, how many.
SPAN = 3
# Numbers of a file that is used: its span, which it is among all, and the strings of the table's own directory, the file's directory, its
# name.
USED = 5

# ── attributes that are wanted: each is a slot ────────────────────────────────────────────────────────────────

S_LOW = 1
S_HIGH = 2
S_RANGES = 3
S_ORIGIN = 4
S_SPECIFICATION = 5
S_NAME = 6
S_LINKAGE = 7
S_CALL_FILE = 8
S_CALL_LINE = 9
S_CALL_COLUMN = 10
S_SIBLING = 11
S_STMT_LIST = 12
S_COMP_DIR = 13
S_STR_BASE = 14
S_ADDR_BASE = 15
S_RNG_BASE = 16
S_DWO_NAME = 17
S_DWO_ID = 18
S_LANGUAGE = 19
S_RANGES_BASE = 20
S_SIGNATURE = 21

# ── programs (`dwarf_abbreviations`) ──────────────────────────────────────────────────────────────────────────

# What they are for: `scan` of whole units; names; `scan` for the code of functions only.
TO_SCAN = 0
TO_NAME = 1
TO_FIND = 2

# What kind of DIE an abbreviation is: the low byte of its program's first word; the next bit says whether it has children.
# A function without code (declared, or an abstract one that is inlined) is K_ABSTRACT; K_SCOPE is a namespace or module.
K_OTHER = 0
K_FUNCTION = 1
K_INLINED = 2
K_PLAIN_TYPE = 3
K_CLASS = 4
K_SCOPE = 5
K_ABSTRACT = 6
HAS_CHILDREN = 256

# Instructions: the low four bits of a word.
OP_END = 0
OP_SKIP = 1
OP_LEB = 2
OP_STRING = 3
OP_BLOCK = 4
OP_INDIRECT = 5
OP_READ = 6
OP_CONSTANT = 7

# Of an abbreviation. A table with more counts as damaged, because a DIE of one byte would cost as many steps.
MOST_ATTRIBUTES = 128
# Attributes and forms below this are looked up in a table of bytes, where NO_SIZE says that a form has no fixed size.
SMALL = 128
NO_SIZE = 255
# The most forms that may precede a value (FORM_INDIRECT names another).
MOST_INDIRECT = 4

# ── what is found ─────────────────────────────────────────────────────────────────────────────────────────────

# Kinds of reference: `kind << 60 | file << 44 | offset`. Line tables' have no file, and OWN_FOLDER is the unit's own.
STR = 1
LINE_STR = 2
INLINE_STR = 3
ALT_STR = 4
OWN_FOLDER = 5
DIE_REF = 8
SIGNATURE_REF = 9

# Numbers of `roots`' memo: four for each of 64 abbreviations.
MEMO = 256

# Numbers of an entry (`dwarf_scan`): DIE, kind << 32 | the entry around it (NONE), depth, name, linkage name, origin, call file << 32 |
# line, call column << 32 | unit, lowest address.
ENTRY = 9
E_DIE = 0
E_PARENT = 1
E_DEPTH = 2
E_NAME = 3
E_LINKAGE = 4
E_ORIGIN = 5
E_CALL = 6
E_UNIT = 7
E_LOWEST = 8
# While `scan` looks for addresses, two of these decide whether the entry is kept.
E_BEFORE = 3
E_COVERED = 4

# Origins and specifications that are followed to a name. A cycle ends there too.
HOPS = 16
# Numbers of an answer of `names`: name, linkage name, the DIE that has the name, the reference into another file at which to go on, the
# kind of the first DIE (K_…).
FOUND = 5
# The most scopes around a DIE that `ancestors` returns, the nearest first.
ANCESTORS = 8

# ── a table's rows (`native_layers`) ──────────────────────────────────────────────────────────────────────────

# Numbers of a chunk: start, end, first row, row after the last, priority.
CHUNK = 5
# Numbers of a turn, which is a unit that is painted: its intervals and their end, its line rows and theirs; the number its files begin at,
# that of the first in its table, how many; its priority; whether it has the lines that no function covers.
TURN = 9
T_FIRST = 0
T_STOP = 1
T_LINES = 2
T_LINES_END = 3
T_BASE = 4
T_FIRST_FILE = 5
T_FILES = 6
T_PRIORITY = 7
T_RESIDUAL = 8
# The most inlined calls around one another that are followed.
MOST_NESTED = 512
