r"""The shapes of frames of firmware and of the tools for it: addresses are the only program's own. `shapes.py` says how they are read.

::

    E:       0: fp: 0x00020010 ra: 0x42001026                  Zephyr
    [ 1] [<0x080005d4>] pick+0xd/0x40                          NuttX; Linux has no 0x there
    Frame 1: <unknown function @ 0x080005d4> @ 0x080005d4      probe-rs
    0x400d1033: ?? ??:0                                        ESP-IDF's monitor
    abort() was called at PC 0x42044d2d on core 0              ESP-IDF, less the size of the call
    0x400d1033:0x3ffb1f50                                      its backtraces, too: where it calls, and the stack pointer
"""

from __future__ import annotations

from symbolicator.traces.native.shape import Shape, shaped

FIRMWARE: tuple[Shape, ...] = (
    Shape(
        "zephyr", "p: 0x", shaped(r"(?P<lead>\d{1,4}: (?:fp|sp): 0xHEX (?:lr|pc|ip): 0xADDRESS)(?: \[[^\]\n]{1,300}\])?$"), program=True
    ),
    Shape(  # where RISC-V faulted first, then what functions return to
        "zephyr-faulted",
        " ra: ",
        shaped(r"(?P<lead>\d{1,4}: (?:(?:fp|sp): (?:0x)?HEX {1,3})?ra: (?:0x)?(?P<address>[0-9a-f]{8,16}))(?: \[[^\]\n]{1,300}\])?$"),
        exact=None,
        program=True,
    ),
    Shape(
        "nuttx",
        "[<0x",
        shaped(r"(?P<lead>(?:\[ {0,3}\d{1,5}\] )?\[<0xADDRESS>\])(?: FUNCTION\+0xSYMBOL/0xSIZE)?$"),
        program=True,
    ),
    Shape(
        "esp-monitor",
        ": ?? ??:0",
        shaped(r"(?P<lead>0x(?P<address>[0-9a-f]{8}):) (?P<function>\?\?) \?\?:0$"),
        exact=True,
        program=True,
    ),
    Shape(
        "esp-abort",
        "was called at PC 0x",
        shaped(r"(?P<lead>abort\(\) was called at PC 0xADDRESS)(?P<trail> on core \d)$"),
        exact=True,
        program=True,
    ),
    Shape(
        "probe-rs",
        "Frame ",
        shaped(r"(?P<lead>Frame \d{1,4}: )(?:<unknown function @ 0xHEX>|FUNCTION)(?P<trail> @ 0xADDRESS)$"),
        exact=None,
        program=True,
    ),
    Shape(  # ESP-IDF's, of the calls already
        "listed-pairs",
        ":0x",
        shaped(r"(?P<lead>0x(?P<address>[0-9a-fA-F]{3,16}):0x[0-9a-fA-F]{8,16})$"),
        exact=True,
        strong=False,
        program=True,
    ),
)
