"""Native frames by their shape: what each tool's line is read as, and what is no frame however many hexadecimal numbers it holds."""

from pathlib import Path

import pytest

from symbolicator import Symbolicator, TraceError
from symbolicator.traces import parse_trace

NATIVE = Path(__file__).parents[3] / "fixtures" / "native"


def frames_of(text):
    event = parse_trace(text)
    stacks = [value for key in ("exception", "threads") for value in (event.get(key) or {}).get("values") or []]
    return [frame for stack in stacks for frame in (stack.get("stacktrace") or {"frames": []})["frames"][::-1]], (
        event.get("debug_meta") or {}
    ).get("images") or []


@pytest.mark.parametrize(
    ("text", "addresses", "module"),
    [
        # Godot and RocksDB count glibc's frames, and say behind them that they know no place
        ("[1] /usr/bin/app(+0x11cd) [0x55b39afa11cd] (??:0)\n[2] /usr/bin/app(+0x12b2) [0x55b39afa12b2] (??:0)\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "/usr/bin/app"),
        ("#0   /usr/bin/app(+0x11cd) [0x55b39afa11cd] ??\t??:0\t\n", ["0x55b39afa11cd"], "/usr/bin/app"),
        # Ceph names the module for frames without a function only
        (" 1: /usr/bin/ceph-osd(+0x11cd) [0x55b39afa11cd]\n 2: (Tree::pick(int)+0x14) [0x55b39afa12b2]\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "/usr/bin/ceph-osd"),
        (" 1: /usr/bin/ceph-osd (()+0x11cd) [0x55b39afa11cd]\n", ["0x55b39afa11cd"], "/usr/bin/ceph-osd"),
        # ClickHouse's addresses are those of the file
        ("2024.01.01 <Fatal> BaseDaemon: 2. ? @ 0x00000000004011b7 in /usr/bin/clickhouse\n", ["0x4011b7"], "/usr/bin/clickhouse"),
        # cpptrace's are too
        ("#0 0x00000000004011b7 at /usr/bin/app\n", ["0x4011b7"], "/usr/bin/app"),
        # … except where they are too high to be any file's
        ("#0 0x000055b39afa11cd at /usr/bin/app\n", ["0x55b39afa11cd"], None),
        # Xorg's, in each of its three ways; the number behind `?` is none of the function's or the module's
        ("(EE) 0: /usr/bin/app (main+0x21) [0x55b39afa11cd]\n(EE) 1: /usr/bin/app (?+0x0) [0x55b39afa12b2]\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        ("[ 1.1] (EE) 0: /usr/bin/app (0x55b39afa0000+0x11cd) [0x55b39afa11cd]\n", ["0x55b39afa11cd"], "/usr/bin/app"),
        # libexecinfo's: Alpine and the BSDs
        ("0x55b39afa11cd <_init+0x1cd> at /usr/bin/app\n0x55b39afa12b2 <_init+0x2b2> at /usr/bin/app\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        # the kernel's lines about programs, of each kind of fault, where nothing else is in the text
        ("traps: app[12] trap invalid opcode ip:55b39afa11cd sp:7ffd1230 error:0 in app[55b39afa1000+1000]\n", ["0x55b39afa11cd"], "app"),
        ("traps: app[12] trap int3 ip:55b39afa11cd sp:7ffd1230 error:0 in app[11cd,55b39afa1000+1000]\n", ["0x55b39afa11cd"], "app"),
        ("app[12]: segfault (11) at 0 nip 55b39afa11cd lr 55b39afa12b2 code 1 in app[55b39afa1000+1000]\n", ["0x55b39afa11cd"], "app"),
        # Breakpad's minidump_stackwalk, as people and as machines read it
        (" 0  app + 0x11cd\n    rip = 0x000055b39afa11cd\n    Found by: given as instruction pointer in context\n 1  app + 0x12b2\n", ["0x11cd", "0x12b2"], "app"),
        ("0|0|app||||0x11cd\n0|1|app||||0x12b2\n", ["0x11cd", "0x12b2"], "app"),
        # Unreal's number is the place in the module, of the call
        ("[Callstack] 0x000055b39afa11cd Game-Linux!UnknownFunction(0x11cc)\n", ["0x11cc"], "Game-Linux"),
        # Wine
        ("=>0 0x00000001400011cd in app (+0x11cd) (0x000000000021fe50)\n  1 0x00000001400012b2 in app (+0x12b2) (0x000000000021fe50)\n", ["0x11cd", "0x12b2"], "app"),
        # a list of addresses below its heading, in lines of their own or in one; Seastar's are offsets in the program
        ("Backtrace:\n  0x11cd\n  0x12b2\n  /lib/libc.so.6+0x2724a\n", ["0x11cd", "0x12b2", "0x2724a"], None),
        ("Backtrace: 0x11cd 0x12b2 /lib/libc.so.6+0x2724a\n", ["0x11cd", "0x12b2", "0x2724a"], None),
        # ESP-IDF's pairs of program counter and stack pointer
        ("Backtrace: 0x400d1033:0x3ffb1f50 0x400d1063:0x3ffb1f70 |<-CORRUPTED\n", ["0x400d1033", "0x400d1063"], None),
        # what ESP-IDF says above, and its monitor of addresses that it does not know
        ("abort() was called at PC 0x42044d2d on core 0\n", ["0x42044d2d"], None),
        ("Backtrace: \n0x400d1033: ?? ??:0\n0x400d1063: ?? ??:0\n", ["0x400d1033", "0x400d1063"], None),
        # NuttX, with and without the names of functions; probe-rs
        ("sched_dumpstack: [ 1] [<0x080005d4>] pick+0xd/0x40\nsched_dumpstack: [ 1] [<0x0800061a>]\n", ["0x80005d4", "0x800061a"], None),
        ("Frame 0: <unknown function @ 0x080005d4> @ 0x080005d4\nFrame 1: main @ 0x0800061a\n", ["0x80005d4", "0x800061a"], None),
        # SerenityOS; libunwind's own reader of core dumps
        ("CrashDaemon(21:21): 0x02fea448: [/bin/app] pick(int) +0x28 (a.cpp:7 => a.cpp:13)\nCrashDaemon(21:21): 0x02fea4b7: [/bin/app]\n", ["0x2fea448", "0x2fea4b7"], None),
        ("\tip=0x55b39afa11cd proc=55b39afa11c0-55b39afa1210 handler=0x0 lsda=0x0 pick\n", ["0x55b39afa11cd"], None),
        # a shadow stack that disagrees
        ("app[12] control protection ip:55b39afa11cd sp:7ffd1230 ssp:7f0012 error:1(near ret) in app[55b39afa1000+1000]\n", ["0x55b39afa11cd"], "app"),
        # strace -k, with the names of functions and without
        (" > /usr/bin/app(pick(int, char)+0xd) [0x11cd]\n > /usr/bin/app() [0x12b2]\n", ["0x11cd", "0x12b2"], "/usr/bin/app"),
        # the BSDs' kernels, which say how far in a function it is
        ("#0 0xffffffff80b69447 at kdb_backtrace+0x67\n#1 0xffffffff80b7c152 at vpanic+0x182\n", ["0xffffffff80b69447", "0xffffffff80b7c152"], None),
        ("db_enter() at db_enter+0x10\npanic(ffff81) at netbsd:panic+0xbf\n", [None, None], None),
        # valgrind's massif
        ("->99.48% (20,000B) 0x1091AA: ??? (in /usr/bin/app)\n", ["0x1091aa"], "/usr/bin/app"),
        # a list with other marks between its addresses, in brackets, in JSON, in a line of syslog's, behind an unknown prefix
        ("backtrace: 0x55b39afa11cd, 0x55b39afa12b2\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        ("stacktrace=[0x55b39afa11cd 0x55b39afa12b2]\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        ('{"level":"fatal","backtrace":["0x55b39afa11cd","0x55b39afa12b2"]}\n', ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        ("Nov 30 10:00:00 h scylla[1]: not found, backtrace:#012   0x11cd#012   0x12b2#012\n", ["0x11cd", "0x12b2"], None),
        ("2021-05-24T00:42:09+00:00  h !INFO    | a[7]: Backtrace:\n2021-05-24T00:42:09+00:00  h !INFO    | a[7]:   0x11cd\n", ["0x11cd"], None),
        ("July 30th 2020, 09:01:20.65 scylla Backtrace:\nJuly 30th 2020, 09:01:20.66 scylla 0x11cd\nJuly 30th 2020, 09:01:20.66 scylla 0x12b2\n", ["0x11cd", "0x12b2"], None),
        # GNAT and Free Pascal
        ("Call stack traceback locations:\n0x402892 0x402984\n", ["0x402892", "0x402984"], None),
        ("An unhandled exception occurred at $00000000004010A5:\n  $00000000004010A5\n  $000000000040112D\n", ["0x4010a5", "0x40112d"], None),
        # Zephyr and OP-TEE
        ("E: call trace:\nE:       0: fp: 0x00020010 ra: 0x42001026\nE:       1: fp: 0x00020020 ra: 0x42001050\n", ["0x42001026", "0x42001050"], None),
        ("E/TC:0 0 Call stack:\nE/TC:0 0  0x42001026\nE/TC:0 0  0x42001050\n", ["0x42001026", "0x42001050"], None),
        # a program that was not moved, and titles that servers write over their name
        ("./orchard[0x4011b7]\n./orchard[0x40128e]\n", ["0x4011b7", "0x40128e"], "./orchard"),
        ("/usr/bin/redis-server *:6379(+0x11cd)[0x55b39afa11cd]\n", ["0x55b39afa11cd"], "/usr/bin/redis-server"),
        ("\tpostgres: user db [local] SELECT(+0x11cd) [0x55b39afa11cd]\n", ["0x55b39afa11cd"], "postgres"),
        # perf where no symbol is known
        ("app 1 [001] 1.1: 1 cycles:u: \n\t    12b2 [unknown] (/srv/app)\n", ["0x12b2"], "/srv/app"),
        # stacks in one line: Dovecot's, and GlusterFS's whose parentheses all close behind the last
        ("Error: Raw backtrace: /usr/lib/app(+0x11cd) [0x55b39afa11cd] -> /usr/lib/app(+0x12b2) [0x55b39afa12b2]\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "/usr/lib/app"),
        ("[x] E [a.c:1:f] (--> /usr/lib/app(+0x11cd)[0x55b39afa11cd] (--> /usr/lib/app(+0x12b2)[0x55b39afa12b2] ))))) 0-x: no\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "/usr/lib/app"),
        ("[x] E [a.c:1:f] (-->/usr/lib/app(+0x11cd) [0x55b39afa11cd] -->/usr/lib/app(+0x12b2) [0x55b39afa12b2] ) 0-x: no\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "/usr/lib/app"),
        # where a module was loaded and how far in it: Couchbase, MongoDB before 4.4 (in a module that a list beside it names)
        ("Stack backtrace:\n    /opt/bin/memcached() [0x400000+0x11cd]\n", ["0x4011cd"], "/opt/bin/memcached"),
        ('{"backtrace":[{"b":"55B39AFA0000","o":"11CD"}],"processInfo":{"somap":[{"b":"55B39AFA0000","path":"/usr/bin/mongod"}]}}\n', ["0x55b39afa11cd"], "/usr/bin/mongod"),
        # MATLAB counts in decimal
        ("[  0] 0x000055b39afa11cd /opt/libapp.so+00004557\n[  1] 0x000055b39afa12b2 /opt/libapp.so+00004786 pick+000012\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "/opt/libapp.so"),
        # Socorro's pages
        ("0  libapp.so  libapp.so@0x11cd  context\n1  libapp.so  libapp.so@0x12b2  cfi\n", ["0x11cd", "0x12b2"], "libapp.so"),
        # Mono below its memory map
        ("55b39afa1000-55b39afa2000 r-xp 00001000 08:01 1 /usr/bin/mono\n\t0x55b39afa11cd - /usr/bin/mono : (null)\n\t0x55b39afa12b2 - Unknown\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "/usr/bin/mono"),
        # perf script -F +dsoff
        ("app 1 [001] 1.1: 1 cycles:u: \n\t    55b39afa11cd [unknown] (/srv/app+0x11cd)\n", ["0x55b39afa11cd"], "/srv/app"),
        # Envoy's mapping is that of the code
        ("Address mapping: 55b39afa1000-55b39afa2000 /usr/bin/envoy\n#0: [0x55b39afa11cd]\n", ["0x55b39afa11cd"], "/usr/bin/envoy"),
        # Dart's virtual machine, as it dies
        ("  pc 0x000055b39afa11cd fp 0x00007ffe718ef0e0 /usr/bin/dart+0x11cd\n  pc 0x000055b39afa12b2 fp 0x00007ffe718ef1d0 Dart_Invoke+0x8a\n-- End of DumpStackTrace\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "/usr/bin/dart"),
        ("  pc 0x000055b39afa11cd fp 0x00007ffe718ef0e0 Unknown symbol\n", ["0x55b39afa11cd"], None),
        # SystemTap, of programs; of a place without a symbol
        (" 0x55b39afa11cd : pick+0xd/0x40 [/usr/bin/app]\n 0x55b39afa12b2 [/usr/bin/app+0x12b2/0x5000]\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "/usr/bin/app"),
        # HAProxy: bytes of the instruction, and places counted from `main` or in a library
        ("*>Thread 1 : id=0x7f act=1\n  call trace(3):\n  | 0x51fe2d [c7 04 25 01 00 00 00 00]: main-0x7f3\n  | 0x4a5d5b [eb d9 e8 12 34 00 00 48]: ha_thread_dump+0x8b/0x1f1\n", ["0x51fe2d", "0x4a5d5b"], None),
        ("  | 0x7f7b69d63630 [48 c7 c0 0f 00 00 00 0f]: libpthread:+0xf630\n", ["0x7f7b69d63630"], "libpthread"),
        # Varnish
        ("Backtrace:\n  ip=0x55b39afa11cd sp=0x7ffd12345678 <pick+0xd>\n  ip=0x55b39afa12b2 sp=0x7ffd12345688\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        # Unity, on Windows' and Android's ways, and on Linux
        ("0x000055b39afa11cd (GameAssembly) Pick_m12\n0x000055b39afa12b2 (GameAssembly) (function-name not available)\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        ("Obtained 2 stack frames.\n#0  0x0055b39afa11cd in pick\n#1  0x0055b39afa12b2 in (Unknown)\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        # Ruby
        ("/usr/bin/ruby(rb_bug+0x14) [0x55b39afa11cd] /build/ruby/error.c:820\n[0x55b39afa12b2] vm.c:12\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        # jemalloc's profiles: a list of addresses for each place that allocated
        ("heap_v2/524288\n  t*: 2: 64 [0: 0]\n@ 0x55b39afa11cd 0x55b39afa12b2\n  t*: 2: 64 [0: 0]\n@ 0x55b39afa11cd\n", ["0x55b39afa11cd", "0x55b39afa12b2", "0x55b39afa11cd"], None),
        # OceanBase: a list within a line of its log, in words and marks of its own
        ("[2024-04-18 15:26:42.993921 pid:15 tid:7f ctx:0 DEBUG: unlock@mutex.cpp:272] >> unlock 0x7f62c4a44b70, lbt=0x7f62ca352c0e 0x44a9af\n", ["0x7f62ca352c0e", "0x44a9af"], None),
        ('WDIAG [LIB] f (a.cpp:12) [1][T] leak(ret=-4016) BACKTRACE:0x44a9af 0x77c6d1\nWDIAG g(lbt()="0x58fb34 0x58c16f")\n', ["0x44a9af", "0x77c6d1", "0x58fb34", "0x58c16f"], None),
        # bpftrace's kernel stacks, with what it has no symbol for
        ("@[\n    hive_open+18\n    [unknown]\n    0x7f1234567890\n]: 3\n", [None, None, "0x7f1234567890"], None),
        # bcc's memleak
        ("\t12 bytes in 1 allocations from stack\n\t\t0x000055b39afa11cd\tpick+0xd [app]\n\t\t0x000055b39afa12b2\tmain+0x2 [app]\n", ["0x55b39afa11cd", "0x55b39afa12b2"], "app"),
        # jstack -m, with Java's frames between
        ("0x00007f1234567890\tpick + 0xd\n0x00007f1234567892\t* java.lang.Object.wait(long) bci:0 (Interpreted frame)\n0x00007f1234567893\t????????\n", ["0x7f1234567890", None, "0x7f1234567893"], None),
        # eu-stack, with functions and sources
        ("TID 12:\n#0  0x00007f1234567890 pause - /lib/libc.so.6\n    ../pause.c:29:10\n#1  0x000055b39afa11cd - 1 pick(int) - /srv/app\n#10 0x000055b39afa12b2 - 1 main\n", ["0x7f1234567890", "0x55b39afa11cd", "0x55b39afa12b2"], None),
        # ftrace's stacks of a program
        (" app-1 [001] d..2 1.1: <user stack trace>\n =>  <000055b39afa11cd>\n => /srv/app[+0x12b2]\n", ["0x55b39afa11cd", "0x12b2"], "/srv/app"),
        # MongoDB's JSON, with the module beside the frames
        ('{"msg":"BACKTRACE","bt":[{"a":"55B39AFA11CD","b":"55B39AFA0000","o":"11CD"}],"somap":[{"b":"55B39AFA0000","path":"/usr/bin/mongod","elfType":3}]}\n', ["0x55b39afa11cd"], "/usr/bin/mongod"),
        # Crystal, where it knows no symbol
        ("[0x55b39afa11cd] ??? +94244\n[0x55b39afa12b2] ???\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        # the two examples of libunwind's pages
        ("ip = 55b39afa11cd, sp = 7ffd12345678\nip = 0x55b39afa12b2, sp = 0x7ffd12345688 (main+0x2)\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        ("0x55b39afa11cd: (pick+0xd)\n0x55b39afa12b2: -- error: unable to obtain symbol name for this frame\n", ["0x55b39afa11cd", "0x55b39afa12b2"], None),
        # bcc, of a program without symbols
        ("        [app]+0x11cd\n        [app]+0x12b2\n", ["0x11cd", "0x12b2"], "app"),
        # Solaris' pstack, of 64 and of 32 bits
        ("1234:\t./app\n 0000000000401136 pick (1, 7ffd1230) + 26\n 00000000004012b2 ???????? ()\n", ["0x401136", "0x4012b2"], None),
        ("1234:\t./app\n 08051136 pick     (1, 2) + 26\n 080512b2 main     (1) + 2\n", ["0x8051136", "0x80512b2"], None),
        # Dr. Memory
        ("Error #1: LEAK\n# 0 app!? +0x0     (0x004011cd <app+0x11cd>)\n# 1 app+0x12b2      (0x004012b2 <app+0x12b2>)\n", ["0x4011cd", "0x4012b2"], "app"),
        # LLVM, of a program without symbols
        ("Stack dump without symbol names:\n0  app                     0x00000000004011cd\n1  app                     0x00000000004012b2\n", ["0x4011cd", "0x4012b2"], "app"),
        # Linux, of programs whose registers stand below the line about the fault
        ("app[12]: unhandled level 2 translation fault (11) at 0x00000000, esr 0x92000006, in app[aaaab1001000+2000]\nCPU: 0 PID: 12 Comm: app\npc : 0000aaaab10011cd\nlr : 0000aaaab10012b2\n", ["0xaaaab10011cd"], "app"),
        ("app[12]: unhandled signal 11 code 0x1 at 0x0 in app[11cd,2aaaaaa000+1000]\nepc : 0000002aaaaaa5cd ra : 0000002aaaaaa6b2 sp : 0000003fffd0a0b0\n", ["0x2aaaaaa5cd"], "app"),
        ("User process fault: interruption code 003b ilc:3 in app[1000000+2000]\nUser PSW : 0705000180000000 00000000010005cd\n", ["0x10005cd"], "app"),
        ("app: unhandled page fault (11) at 0x00000000, code 0x017\nPC is at 0x105cd\nLR is at 0x106b2\n", ["0x105cd"], None),
    ],
)  # fmt: skip
def test_each_tools_frame_has_its_address_and_module(text, addresses, module):
    frames, images = frames_of(text)
    assert [frame.get("instruction_addr") for frame in frames] == addresses
    assert module is None or module in [image.get("code_file") for image in images]


def test_what_a_program_s_frame_says_of_its_symbol_is_kept():
    (frame,), _ = frames_of("  | 0x55b39afa11cd [eb d9 e8 12 34 00 00 48]: pick+0xd/0x40\n")
    assert frame["function"] == "pick"
    assert frame["data"]["symbol_offset"] == 0xD
    assert frame["data"]["symbol_size"] == 0x40
    assert "package" not in frame  # it is no kernel's
    (frame,), _ = frames_of("  | 0x51fe2d [c7 04 25 01 00 00 00 00]: main-0x7f3\n")
    assert frame["data"]["symbol_offset"] == -0x7F3


def test_a_function_of_no_module_is_the_only_program_s_unless_it_is_too_far_in_it():
    file = NATIVE / "exec" / "files" / "apiary"
    for far, known in ((8, True), (0x100000, False)):
        text = f"@[\n    _ZN6apiary3Bee6forageEi+{far}\n    main+1\n]: 1\n"
        with Symbolicator(files=file, cache_dir=False) as engine:
            event = engine.symbolicate(parse_trace(text))
        frame = (event.get("exception") or event["threads"])["values"][0]["stacktrace"]["frames"][-1]
        assert (frame["data"]["symbolicator_status"] == "symbolicated") is known
        assert (frame.get("lineno") is not None) is known


def test_the_most_recent_call_last_is_the_callee():
    text = 'Stack trace (most recent call last):\n#1    Object "/usr/bin/app", at 0x40128e, in main\n#0    Object "/usr/bin/app", at 0x4011b7, in \n'
    frames, _ = frames_of(text)
    assert [frame["instruction_addr"] for frame in frames] == ["0x4011b7", "0x40128e"]


@pytest.mark.parametrize(
    "text",
    [
        # numbers in prose, and dumps of memory
        "the address 0x4011b7 is in the middle of 0x401000\n",
        "0x4011b7\n0x40128e\n",
        "Stack memory:\n3ffb1f50: 0x400d1033 0x400d1063 0x3ffb1f70 0x00000000\n",
        # dates, calls in prose, Dr. Memory without an address, times
        " 20261130 total (12, 3)\n 00401136 items (1, 2)\n",
        "Error #1: LEAK\n# 0 app!?\n# 1 app!main\n",
        "0x55b39afa11cd: (see below)\nthe ip = 12, sp = 13 of it\n",
        "0  app  0x00000000004011cd\n1  app  0x00000000004012b2\n",
        "[app]+0x11cd of it\nPC is at 0xc010d0a4\n",
        # registers, ids, hashes
        "PC      : 0x400d1033  PS      : 0x00060930\nA0: 0x800d1066\n",
        "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nid 0x4b825dc6\n",
    ],
)
def test_numbers_that_nothing_calls_a_stack_are_no_frames(text):
    with pytest.raises(TraceError):
        parse_trace(text)


def test_lldbs_marks_behind_a_place_are_no_part_of_it():
    text = "  * frame #0: 0x401040 app`dump(why=3) at a.cpp:14:20 [opt]\n    frame #1: 0x401050 app`shake(n=5) at a.cpp:26:12 [opt] [inlined]\n"
    frames, _ = frames_of(text + "    frame #2: 0x401050 app`pick(n=1) at a.cpp:31:13 [opt] [artificial]\n")
    assert [(frame["function"], frame["lineno"]) for frame in frames] == [("dump", 14), ("shake", 26), ("pick", 31)]


def test_strace_counts_from_the_file_and_begins_where_a_signal_came():
    frames, images = frames_of(" > /usr/bin/app(pick(int)+0xd) [0x11cd]\n > /usr/bin/app(main+0x12) [0x12b2]\n")
    assert [(frame["function"], frame["adjust_instruction_addr"]) for frame in frames] == [("pick(int)", False), ("main", True)]
    assert [image["offsets"] for image in images] == ["file"]


def test_a_frame_of_strace_is_written_in_its_parentheses_and_is_not_read_again():
    program = NATIVE.parent / "traces" / "native" / "files" / "apiary"
    with Symbolicator(files=[program], cache_dir=False) as engine:
        text = engine.symbolicate_text(" > /usr/bin/apiary(f+0x11) [0x1901]\n")
        assert engine.symbolicate_text(text) == text
    assert text.splitlines() == [
        " > /usr/bin/apiary(operator() at hive.cpp:108 (inlined)) [0x1901]",
        " > /usr/bin/apiary(apiary::Hive::Keeper::open at hive.cpp:109) [0x1901]",
    ]
