r"""The shapes of frames of Windows' debuggers and programs, and of those who walk minidumps: a row each, as in `shape_rows.py`.

::

    00 000000d2`3c8ff5f8 00007ff6`1b2c1029   app+0x12b2       WinDbg's k, kn and kb, also of 32 bits
    C:\apps\app.exe+0x12b2                                   what programs of Windows print of themselves
    app!pick+0x29                                             DbgHelp's names, also behind an index or an address
    3> app+0x12b2                                             MSVC's std::stacktrace; 0> C:\src\a.cpp(12): app!pick+0x29
        pick [0x00007FF61B2C1029+41]                          Chromium, Electron, ChromeDriver on Windows: decimal
     1: 00007FF61B2C1029 pick+41                              Node.js on Windows
    00007FF61B2C1029 (app): (filename not available): pick    StackWalker
     1  apiary + 0x20fe                                        minidump_stackwalk, as people read it
    0|1|apiary||||0x20fe                                       and as machines do
    K 2  app.exe  app.exe + 0x12b2  0x7ff61b2c12b2  C:\apps\app.exe    Process Monitor, with tabs or blanks
    Fault offset: 0x00000000000012b2                          the event log; `windows_faults.py` finds the module
"""

from __future__ import annotations

from symbolicator.traces.native.shape import Shape, shaped

_WINDBG = (
    r"(?P<lead>(?:[0-9a-f]{2,4} )?(?:\(Inline Function\) --------(?:`--------)?|HALF`HALF(?: HALF`HALF)?|HALF HALF(?: HALF){0,3})"
    r" {1,8}(?:: (?:HALF`HALF ){1,4}: {1,4})?(?P<module>[\w.$~-]{1,200})"
).replace("HALF", "[0-9a-f]{8}")
"""WinDbg's columns up to the module. The first frame's address is where it stands, the others' where their callee returns to."""

_MODULE = r"[\w.$~-]{1,200}"
_PROCMON = r"(?P<lead>(?:[KU][ \t]{1,8})?(?P<number>\d{1,4})[ \t]{1,40}(?P<module>[\w.$~-]{1,200}\.\w{3})[ \t]{1,200}"
_PROCMON_END = r"(?P<trail>[ \t]{1,200}0x(?P<address>[0-9A-Fa-f]{8,16})(?:[ \t]{1,40}[A-Za-z]:\\[^\n]{1,1000})?)$"
_STD = r"(?P<lead>(?P<number>\d{1,4})> "

WINDOWS: tuple[Shape, ...] = (
    Shape("windbg", "+0x", shaped(_WINDBG + r"\+0xOFFSET)$"), exact=None),
    Shape(
        "windbg-named",
        "+0x",
        shaped(_WINDBG + r"!)FUNCTION(?:\+0xHEX \[(?P<file>[^\[\]\n]{1,500}) @ (?P<line>\d{1,9})\]|\+0xSYMBOL)$"),
        exact=None,
    ),
    Shape(
        "windows",
        "+0x",
        shaped(
            r"(?P<lead>(?:0x[0-9A-Fa-f]{8,16} )?(?P<module>(?:[A-Za-z]:\\[^\n:*?\"<>|+]{1,500}\\)?"
            r"[\w.$~-]{1,200}\.(?:exe|dll|sys|EXE|DLL|SYS))\+0x(?P<offset>[0-9A-Fa-f]{1,16}))$"
        ),
        exact=None,
    ),
    Shape("std-windows", "+0x", shaped(_STD + r"(?P<module>MODULE)\+0xOFFSET)$".replace("MODULE", _MODULE))),
    Shape("std-windows-named", "+0x", shaped(_STD + r"(?P<module>MODULE)!)FUNCTION\+0xSYMBOL$".replace("MODULE", _MODULE))),
    Shape(
        "std-windows-placed",
        "): ",
        shaped(
            _STD + r"(?P<file>[^\n]{1,500}?)\((?P<line>\d{1,9})\): (?P<module>MODULE)!)FUNCTION(?:\+0xHEX)?$".replace("MODULE", _MODULE)
        ),
    ),
    Shape(
        "chromium-windows-nameless",
        "(No symbol) [0x",
        shaped(r"\(No symbol\)(?P<trail> \[0x(?:0x)?(?P<address>[0-9A-Fa-f]{8,16})\])$"),
        exact=None,
    ),
    Shape(
        "chromium-windows",
        " [0x",
        shaped(r"(?P<function>[^\s\[\]][^\n\[\]]{0,2000}?)(?P<trail> \[0x(?:0x)?(?P<address>[0-9A-Fa-f]{8,16})\+(?P<count>\d{1,9})\])$"),
        exact=None,
    ),
    Shape(
        "chromium-windows-placed",
        "] (",
        shaped(
            r"(?P<function>[^\s\[\]][^\n\[\]]{0,2000}?) \[0x(?:0x)?[0-9A-Fa-f]{8,16}\+\d{1,9}\]"
            r" \((?P<file>[^\n:]{0,3}:?[^\n:]{1,500}):(?P<line>\d{1,9})\)$"
        ),
    ),
    Shape(
        "node-windows",
        ": 0",
        shaped(
            r"(?P<lead>(?P<number>\d{1,3}): (?P<address>[0-9A-F]{16}) )(?P<function>[^\s\[\]][^\n\[\]]{0,2000}?)\+(?P<count>\d{1,9})$"
        ),
        exact=False,
    ),
    Shape(
        "stackwalker",
        "): (filename not available): ",
        shaped(
            r"(?P<lead>(?P<address>[0-9A-F]{8,16}) \((?P<module>[^\s()]{1,300})\): )"
            r"\(filename not available\): (?P<function>\S[^\n]{0,2000})$"
        ),
    ),
    Shape("procmon", " + 0x", shaped(_PROCMON + r"[\w.$~-]{1,200}\.\w{3} \+ 0xOFFSET)" + _PROCMON_END)),
    Shape("procmon-named", " + 0x", shaped(_PROCMON + r")(?P<function>[A-Za-z_~?`<][^\n\t+]{0,2000}?) \+ 0xSYMBOL" + _PROCMON_END)),
    Shape(
        "windows-fault",
        "ffset:",
        shaped(r"(?P<lead>(?:Fault offset: 0x|Exception Offset:\s{1,40}(?:0x)?)OFFSET)$"),
        exact=True,
    ),
    Shape(
        "minidump-machine",
        "|",
        shaped(r"(?P<lead>\d{1,5}\|(?P<number>\d{1,5})\|(?P<module>[^|\n]{1,300})\|)\|\|(?P<trail>\|0xOFFSET)$"),
        exact=None,
    ),
    Shape(
        "minidump-machine-named",
        "|",
        shaped(
            r"(?P<lead>\d{1,5}\|(?P<number>\d{1,5})\|(?P<module>[^|\n]{1,300})\|)FUNCTION\|"
            r"(?:(?P<file>[^|\n]{1,500})\|(?P<line>\d{1,9})\|0xHEX|\|\|0xSYMBOL)$"
        ),
        exact=None,
    ),
    Shape(
        "minidump",
        " + 0x",
        shaped(r"(?P<lead>(?P<number>\d{1,4}) {2}(?P<module>[^\s!]{1,300}) \+ 0xOFFSET)$"),
        exact=None,
    ),
    Shape(
        "minidump-named",
        "!",
        shaped(
            r"(?P<lead>(?P<number>\d{1,4}) {2}(?P<module>[^\s!]{1,300})!)FUNCTION"
            r"(?: \[(?P<file>[^\[\]\n]{1,500}) : (?P<line>\d{1,9})(?: \+ 0xHEX)?\]| \+ 0xSYMBOL)$"
        ),
        exact=None,
    ),
    Shape(
        "dbghelp",
        "!",
        shaped(
            r"(?P<lead>(?:(?:0x)?(?P<address>[0-9A-Fa-f]{8,16})[: ]{1,3})?(?P<module>MODULE)!)".replace("MODULE", _MODULE)
            + r"(?P<function>[A-Za-z_~?`<][^\n+]{0,2000}?) ?\+ ?0xSYMBOL$"
        ),
        exact=None,
    ),
)
