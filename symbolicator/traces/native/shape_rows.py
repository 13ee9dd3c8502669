r"""The shapes of native frames, a tool a row. How a row is read is `shapes.py`'s.

::

    [1] /usr/bin/app(+0x11cd) [0x55b39afa11cd] (??:0)          Godot, RocksDB, Ruby: glibc's, and a place behind
     2: (Tree::pick(int)+0x14) [0x55b39afa12b2]                Ceph
    2. ? @ 0x00000000004011b7 in /usr/bin/clickhouse           ClickHouse
    #3    Object "/usr/bin/app", at 0x40130d, in main          backward-cpp
        0x4011b7 ([unknown])                                   bpftrace
     0x55b39afa11cd : pick+0xd/0x40 [/usr/bin/app]             SystemTap
    | 0x55b39afa11cd [eb d9 e8 12 34 00 00 48]: pick+0xd/0x40  HAProxy
    ip=0x55b39afa11cd sp=0x7ffd12345678 <pick+0xd>             Varnish
    0x55b39afa11cd <pick+0xd> at /usr/bin/app                  libexecinfo: Alpine, the BSDs
    (EE) 3: /usr/bin/app (?+0x0) [0x55b39afa11cd]              Xorg: the number behind a ? says nothing
    0x000055b39afa11cd (GameAssembly) pick                     Unity
    app`pick+0xd                                               DTrace
     => /usr/bin/app[+0x1cd]                                   ftrace, of a program
    [0x55b39afa11cd] ??? +94244                                Crystal, where it knows no symbol
    {{{bt:0:0x55b39afa11cd:pc}}}                               symbolizer markup: Fuchsia, the sanitizers
    ip = 55b39afa11cd, sp = 7ffd12345678                       what people make of libunwind's example
    ip=0x55b39afa11cd proc=55b39afa11c0-55b39afa1210 handler=0x0 lsda=0x0 pick     its own, of a core dump
    CrashDaemon(21:21): 0x02fea448: [/bin/app] pick +0x28 (app.cpp:7)     SerenityOS
    0x55b39afa11cd: (pick+0xd)                                 and of the other one
    pc 0x000055b39afa11cd fp 0x00007ffd12345678 pick+0xd       Dart's signal handler, of its virtual machine
    [app]+0x12b2                                               bcc
     0000000000401136 pick (1, 7fff) + 26                      Solaris' pstack
    # 1 app.exe+0x12b2      (0x004012b2 <app.exe+0x12b2>)      Dr. Memory
    0  app                     0x000055b39afa11cd              LLVM, of a program without symbols
    /opt/couchbase/bin/memcached() [0x400000+0x11cd]           Breakpad's in Couchbase
    [  0] 0x000055b39afa11cd /opt/app/libapp.so+00004557 pick+000012     MATLAB, in decimal
    libapp.so@0x11cd                                           Socorro, of a module without symbols
    0x55b39afa11cd - /usr/bin/app : (null)                     Mono
    at app!<BaseAddress>+0x12b2                            .NET's NativeAOT, of a method without a name
    0xffffffff80b69447 at kdb_backtrace+0x67                   FreeBSD's kernel, and the other BSDs' below
    db_enter() at db_enter+0x10
    ->99.48% (20,000B) 0x1011CD: ??? (in /usr/bin/app)         valgrind's massif
     > /usr/bin/app(pick+0xd) [0x11cd]                         strace -k: the number is the place in the file
    pc : 0000aaaab10011cd        epc : 0000002aaaaaa5cd ra : … Linux, where a program faulted: arm64, RISC-V,
    PC is at 0x105cd             User PSW : 07…00 00…010005cd  32-bit ARM and s390
"""

from __future__ import annotations

from symbolicator.traces.native.shape import MINIDUMPS, Shape, shaped

_START = r"(?<!\S)"
_MARKUP = r"(?P<lead>\{\{\{bt:(?:(?P<number>\d{1,6})(?=:[^\n}]{1,30}\}\}\}$)|\d{1,6}):0xADDRESS"
"""Numbered without continuation: several frames with one number come from one frame that we wrote."""

ROWS: tuple[Shape, ...] = (
    Shape(
        "clickhouse",
        " @ 0x",
        shaped(
            _START + r"(?P<lead>\d{1,4}\.(?:\d{1,4}\.)? )(?P<function>\S[^\n]{0,4000}?)(?P<trail> @ 0x(?P<address>[0-9a-f]{6,16})"
            r"(?: in (?P<module>\S{1,1000}))?)$"
        ),
        origin="bias",
        relative=True,
    ),
    Shape(
        "backward",
        ' Object "',
        shaped(r"(?P<lead>#\d{1,4} {1,8}Object \"(?P<module>[^\"\n]{0,1000})\", at 0xADDRESS, in ?)(?P<function>.*)$"),
    ),
    Shape(
        "cpptrace",
        " at ",
        shaped(r"(?P<lead>#\d{1,4} {1,4}0x(?P<address>[0-9a-f]{8,16}) )(?:in FUNCTION )?(?P<trail>at (?P<module>/[^\s:]{1,1000}))$"),
        origin="bias",
        relative=True,
    ),
    Shape(
        "unreal",
        "!",
        shaped(
            r"(?P<lead>0x[0-9A-Fa-f]{8,16} (?P<module>[\w.+ -]{1,200})!)(?:UnknownFunction ?)\(0x(?P<offset>[0-9A-Fa-f]{1,16})\)"
            r"(?: \[UnknownFile(?::\d{0,9})?\])?$"
        ),
        exact=True,
    ),
    Shape("gecko", " +0x", shaped(r"(?P<lead>#\d\d: )FUNCTION(?P<trail> ?\[(?P<module>[^\[\]\n]{1,500}?) \+0xOFFSET\])$")),
    Shape("wine", " (+0x", shaped(r"(?P<lead>(?:=>)?\d{1,4} 0x[0-9a-f]{8,16} in (?P<module>\S{1,300}) \(\+0xOFFSET\))(?: \(0xHEX\))?$")),
    Shape(
        "forrtl",
        "Unknown",
        shaped(
            r"(?P<lead>(?P<module>\S{1,300}) {1,40}(?P<address>[0-9A-F]{16}) {1,20})(?P<function>\S{1,500}) {1,40}Unknown {1,20}Unknown$"
        ),
    ),
    Shape("crystal", " in ", shaped(r"(?P<lead>\[0xADDRESS\] )(?P<function>\S.{0,2000}?) \+\d{1,9}(?P<trail> in (?P<module>\S{1,500}))$")),
    Shape(
        "crystal-nameless",
        "] ??",
        shaped(r"(?P<lead>\[0xADDRESS\] )(?P<function>\?{2,3})(?: \+\d{1,15})?(?P<trail>(?: in \?{2,3})?)$"),
    ),
    Shape(
        "libunwind",
        ", sp = ",
        shaped(r"(?P<lead>ip = (?:0x)?ADDRESS, sp = (?:0x)?HEX)(?:,? \(?FUNCTION\+0xSYMBOL\)?)?$"),
        exact=False,
    ),
    Shape(
        "libunwind-named",
        "0x",
        shaped(r"(?P<lead>0xADDRESS:) (?:\(FUNCTION\+0xSYMBOL\)|-- error: unable to obtain symbol name[^\n]{0,40})$"),
        exact=False,
    ),
    Shape(
        "libunwind-core",
        " handler=0x",
        shaped(r"(?P<lead>ip=0xADDRESS proc=HEX-HEX handler=0xHEX lsda=0xHEX)(?: FUNCTION)?$"),
        exact=None,
    ),
    Shape(
        "serenity",
        ": [/",
        shaped(
            r"(?P<lead>0xADDRESS: \[(?P<module>/[^\[\]\n]{1,500})\] ?)"
            r"(?:(?P<function>[A-Za-z_~][^+\n]{0,2000}) \+0xSYMBOL)?(?: \([^()\n]{0,500}\))?$"
        ),
        exact=None,
    ),
    Shape(
        "dart-signal",
        " fp 0x",
        shaped(
            r"(?P<lead>pc 0xADDRESS fp 0xHEX )"
            r"(?:(?P<module>[^\s+]{0,800}/[^\s+/]{1,200})\+0xOFFSET|FUNCTION\+0xSYMBOL|Unknown symbol)$"
        ),
        exact=None,
    ),
    Shape("bcc", "]+0x", shaped(r"(?P<lead>\[(?P<module>[\w.+-]{1,200})\]\+0xOFFSET)$"), origin="perf"),
    Shape(
        "pstack",
        " (",
        shaped(
            r"(?P<lead>(?P<address>[0-9a-f]{8}(?:[0-9a-f]{8})?) )"
            r"(?:\?{8} {1,20}\([0-9a-f, .]{0,200}\)|(?P<function>[A-Za-z_][^\s()]{0,2000}) {1,20}\([0-9a-f, .]{0,200}\) \+ SYMBOL)$"
        ),
        exact=None,
    ),
    Shape(
        "drmemory",
        ">)",
        shaped(
            r"(?P<lead># ?(?P<number>\d{1,4}) )(?:[^\s!<>]{1,300}!(?:\?|(?P<function>[A-Za-z_~][^<>\s]{0,2000}))|[^\s!<>]{1,300})"
            r"(?: ?\+0xHEX)?(?P<trail> {1,60}\(0xADDRESS <(?P<module>[^<>\n+]{1,300})\+0xOFFSET>\))$"
        ),
    ),
    Shape(
        "llvm-nameless",
        " 0x",
        shaped(r"(?P<lead>(?P<number>\d{1,4}) {1,3}(?P<module>[^\s()]{1,300}) {1,40}0x(?P<address>[0-9a-f]{16}|[0-9a-f]{8}))$"),
        strong=False,
    ),
    Shape(
        "user-fault",
        " : 0",
        shaped(
            r"(?P<lead>(?:e?pc :|User PSW : [0-9a-f]{16}) (?P<address>0000[0-9a-f]{12}))"
            r"(?P<trail>(?: {1,4}(?:ra|lr|sp|status) : [0-9a-f]{16}){0,3})$"
        ),
        exact=True,
    ),
    Shape("user-fault-arm", "PC is at 0x", shaped(r"(?P<lead>PC is at 0x(?P<address>[0-9a-b]?[0-9a-f]{4,7}))$"), exact=True),
    Shape("druntime", "??:? ", shaped(r"\?\?:\? FUNCTION(?P<trail> \[0xADDRESS\])$")),
    Shape("druntime-nameless", "??:? ", shaped(r"(?P<lead>\?\?:\? )(?P<trail>\[0xADDRESS\])$")),
    Shape("couchbase", "() [0x", shaped(r"(?P<lead>(?P<module>/[^\s()]{1,1000})\(\) \[0x(?P<base>[0-9a-f]{1,16})\+0xOFFSET\])$")),
    Shape(
        "matlab",
        "+0",
        shaped(r"(?P<lead>0xADDRESS {1,8}(?P<module>[^\s+]{1,1000})\+(?P<decimal>\d{8}))(?: FUNCTION\+(?P<count>\d{6}))?$"),
    ),
    Shape(
        "socorro",
        "@0x",
        shaped(
            r"(?P<lead>(?:(?P<module>[^\s@/]{1,300}\.[\w.]{1,20})|[^\s@/]{1,300}\s{1,20}(?P<again>[^\s@/]{1,300}))@0xOFFSET)"
            r"(?P<trail>(?:\s{1,20}\w{1,20})?)$"
        ),
    ),
    Shape("mono", " - ", shaped(r"(?P<lead>0xADDRESS - (?:Unknown$|(?P<module>[^\s:][^\n:]{0,500}) : ))(?P<function>[^\n]{0,4000})$")),
    Shape(
        "xorg",
        ") [0x",
        shaped(
            r"(?P<module>/[^\s()]{1,1000}) \((?:\?\+0xHEX|0xHEX\+0xOFFSET|(?P<function>[A-Za-z_~][^\s()+]{0,2000})\+0xSYMBOL)\)"
            r"(?P<trail> \[0xADDRESS\])$"
        ),
    ),
    Shape(
        "execinfo",
        "> at /",
        shaped(r"(?P<lead>0xADDRESS )<(?P<function>[^<>\s+]{1,2000})\+0xSYMBOL>(?P<trail> at (?P<module>/\S{1,1000}))$"),
    ),
    Shape(
        "ceph",
        ") [0x",
        shaped(r"(?:(?P<module>/\S{1,1000}) )?\((?P<function>[^\n]{0,4000}?)\+0xPLUS\)(?P<trail> \[0xADDRESS\])$"),
        origin="bias",
    ),
    Shape(
        "numbered",
        "[0x",
        shaped(
            r"(?!#?\d{1,4}[:.]? )(?P<module>[^\s()\[\]][^()\[\]\n]{0,1000})\((?P<function>[^()\s+]{0,2000})\+0xPLUS\)"
            r"(?P<trail> ?\[0xADDRESS\])(?:[ \t]\(?(?:\?\?[ \t]{1,4})?\??\?:[\d?]{1,9}\)?\s*|[ \t]\?\?[ \t]{0,4}\S{0,300})$"
        ),
        origin="bias",
    ),
    Shape(
        "systemtap",
        " : ",
        shaped(r"(?P<lead>0xADDRESS : )FUNCTION\+0xSYMBOL(?:/0xSIZE)?(?P<trail> \[(?P<module>[^\[\]\n]{1,500})\])$"),
        exact=None,
    ),
    Shape("systemtap-nameless", "+0x", shaped(r"(?P<lead>0xADDRESS \[(?P<module>/[^\[\]\n+]{1,500})\+0xOFFSET/0xHEX\])$"), exact=None),
    Shape(
        "ustack",
        "[",
        shaped(
            r"(?P<lead>0xADDRESS\t)?(?:(?P<function>\[unknown\]|[A-Za-z_~][^\n]{0,4000}?)"
            r"\+0xSYMBOL(?:/0xHEX)?)(?P<trail> \[(?P<module>[\w.+/-]{1,500})\])$"
        ),
    ),
    Shape(
        "haproxy",
        "]: ",
        shaped(
            r"(?P<lead>0xADDRESS \[[0-9a-f]{2}(?: [0-9a-f]{2}){3,15}\]: )"
            r"(?:(?P<module>[\w.-]{1,200}):\+0xOFFSET|(?P<function>[A-Za-z_][\w.@$]{0,500})(?P<sign>[+-])0xSYMBOL(?:/0xSIZE)?)$"
        ),
    ),
    Shape("markup", "{{{bt:", shaped(_MARKUP + r"(?::ra)?\}\}\})(?: FUNCTION)?$")),
    Shape("markup-exact", "{{{bt:", shaped(_MARKUP + r":pc\}\}\})(?: FUNCTION)?$"), exact=True),
    Shape("varnish", "ip=0x", shaped(r"(?P<lead>ip=0xADDRESS sp=0xHEX)(?: <FUNCTION\+0xSYMBOL>)?$"), exact=False),
    Shape(
        "unity",
        " (",
        shaped(
            r"(?P<lead>0x(?P<address>[0-9A-Fa-f]{8,16}) \((?P<module>[^\s()]{1,300})\) )"
            r"(?P<function>[^\s(][^\n]{0,4000}|\(function-name not available\))$"
        ),
    ),
    Shape(
        "unity-linux",
        " in ",
        shaped(
            r"(?P<lead>#(?P<number>\d{1,4}) {1,2}0x(?P<address>00[0-9a-f]{6,14}) in )(?:\(Unknown\)|(?P<function>[A-Za-z_~][^\n]{0,4000}))$"
        ),
        exact=None,
    ),
    Shape("jstack", "\t", shaped(r"(?P<lead>0xADDRESS\t)(?:FUNCTION \+ 0xSYMBOL|\?{4,16})$"), exact=None),
    Shape("jstack-java", "\t* ", shaped(r"(?P<lead>0xHEX\t)(?P<function>\* \S[^\n]{0,4000})$")),
    Shape("dtrace-nameless", "`0x", shaped(r"(?P<lead>(?P<module>[\w.+-]{1,200})`0xADDRESS)$"), exact=None),
    Shape("dtrace", "`", shaped(r"(?P<lead>(?P<module>[\w.+-]{1,200})`)FUNCTION\+0xSYMBOL$"), exact=None),
    Shape(
        "ruby",
        "[0x",
        shaped(
            r"(?:(?P<module>[^\s()\[\]][^()\[\]\n]{0,1000})\((?P<function>[^()\s+]{0,2000})(?:\+0xPLUS)?\) )?(?P<trail>\[0xADDRESS\]) "
            r"(?P<file>[^\s:][^\n:]{0,500}\.[A-Za-z]{1,4}):(?P<line>\d{1,9})$"
        ),
        origin="bias",
    ),
    Shape("ftrace-user", "[+0x", shaped(r"(?P<lead>=> {1,2}(?P<module>/[^\s\[\]]{1,1000})\[\+0xOFFSET\])$"), origin="mapping"),
    Shape("ftrace-address", "=>  <", shaped(r"(?P<lead>=> {1,2}<(?P<address>[0-9a-f]{8}(?:[0-9a-f]{8})?)>)$"), strong=False),
    Shape(
        "bpftrace-counted",
        "+",
        shaped(r"(?P<function>[A-Za-z_~][^\n]{0,4000}?)\+(?P<count>\d{1,8})$"),
        exact=None,
        strong=False,
    ),
    Shape("bpftrace-unknown", "[unknown]", shaped(r"(?P<lead>\[unknown\])$"), strong=False),
    Shape(
        "bpftrace-perf",
        "+",
        shaped(r"(?P<lead>ADDRESS )(?P<function>[A-Za-z_~][^\n]{0,4000}?)\+(?P<count>\d{1,8})(?P<trail> \((?P<module>/[^()\n]{1,500})\))$"),
        exact=None,
    ),
    Shape("bpftrace", "([unknown])", shaped(r"(?P<lead>0xADDRESS )\(\[unknown\]\)$"), program=True),
    Shape("envoy", ": [0x", shaped(r"(?P<lead>#\d{1,4}: )(?P<trail>\[0xADDRESS\])$"), exact=False),
    Shape("pascal", "$", shaped(r"(?P<lead>\$(?P<address>[0-9A-F]{8}(?:[0-9A-F]{8})?))$"), exact=None, program=True),
    Shape("julia", "(ip: 0x", shaped(r"unknown function (?P<trail>\(ip: 0xADDRESS\))(?: at (?P<module>/\S{1,500}))?$")),
    Shape("nativeaot", "!<BaseAddress>+0x", shaped(r"(?P<lead>at (?P<module>[^\s!<>]{1,300})!<BaseAddress>\+0xOFFSET)$")),
    Shape("offsets", "0x", shaped(r"(?P<lead>(?P<module>/[^\s()\[\]]{1,1000})(?:\+| \+ )0xOFFSET)$"), origin="bias"),
    Shape("kernel-nameless", "[<", shaped(r"(?P<lead>\[<(?P<address>ffff[0-9a-f]{12})>\])(?: \?)?$"), exact=None, strong=False),
    Shape("freebsd", " at ", shaped(r"(?P<lead>0xADDRESS at )(?P<function>[A-Za-z_][\w.$]{0,500})\+0xSYMBOL$")),
    Shape(
        "openbsd",
        ") at ",
        shaped(r"(?P<lead>[A-Za-z_][\w.$]{0,500}\([^()\n]{0,500}\) at )(?:netbsd:)?(?P<function>[A-Za-z_][\w.$]{0,500})\+0xSYMBOL$"),
        exact=None,
    ),
    Shape(
        "massif",
        ": ??? (in ",
        shaped(
            r"(?P<lead>->\d{1,3}\.\d{2}% \([\d,]{1,30}B\) 0x(?P<address>[0-9A-F]{4,16}): )"
            r"(?P<function>\?\?\?)(?P<trail> \(in (?P<module>/[^()\n]{1,500})\))$"
        ),
    ),
    Shape(  # the place in the file; where a signal came, the first is what ran
        "strace",
        ") [0x",
        shaped(
            r"(?P<lead>> (?P<module>/[^()\n]{1,500})\()(?:(?P<function>[^\s+\n][^+\n]{0,2000})(?:\+0xSYMBOL)?)?(?P<trail>\) \[0xOFFSET\])$"
        ),
        origin="file",
        exact=None,
    ),
    Shape(
        "mongodb",
        '"b":"',
        shaped(
            r"(?P<lead>(?:\"a\":\"(?P<address>[0-9A-F]{4,16})\",)?"
            r"\"b\":\"(?P<base>[0-9A-F]{1,16})\",\"o\":\"(?P<offset>[0-9A-F]{1,16})\")$"
        ),
    ),
    Shape("listed", "0x", shaped(r"(?P<lead>0x(?P<address>[0-9a-fA-F]{3,16}))$"), strong=False, program=True),
)

FAMILIES = {
    **{name: f"#{name}" for name in ("clickhouse", "backward", "unreal", "zephyr", "pascal", "mongodb")},
    **dict.fromkeys(("minidump", "minidump-named", "minidump-machine", "minidump-machine-named"), MINIDUMPS),
    "drmemory": "#drmemory",
    "massif": "valgrind",
    **dict.fromkeys(("windbg", "windbg-named", "windows", "dbghelp"), "#windows"),
    "llvm-nameless": "#llvm",
    **dict.fromkeys(("std-windows", "std-windows-named", "std-windows-placed"), "#std-windows"),
    **dict.fromkeys(("chromium-windows", "chromium-windows-nameless", "chromium-windows-placed"), "#chromium-windows"),
    "node-windows": "#node",
    **dict.fromkeys(("procmon", "procmon-named"), "#procmon"),
    "windows-fault": "#windows-fault",
    "unity-linux": "#sanitizer",
    **dict.fromkeys(("ceph", "xorg", "numbered", "offsets", "crystal", "crystal-nameless", "envoy", "ruby"), "glibc"),
}
"""Shapes that occur alone, or beside glibc's own; all others may share a stack."""
