"""Where a module was loaded, as each tool's text says it: the same instructions come back whatever linker made the program.

Programs of lld (and mold, and Rust's own) have segments whose offset in the file is not their address; programs that are not position
independent are not moved at all. What a kernel, a debugger or a sanitizer prints of them is made here from their program headers, as these
tools make it.
"""

from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from symbolicator import Symbolicator, parse_trace
from symbolicator.debugfiles import DebugFile
from symbolicator.debugfiles.calls import AFTER, BEFORE, call_reader
from symbolicator.debugfiles.code import code_around
from symbolicator.debugfiles.elf.headers import ET_EXEC, PF_X, PT_LOAD, Headers
from symbolicator.debugfiles.opening import open_container
from tests.makers.elf import ALLOC, EXEC, EXEC_FILE, GLOBAL_FUNC, PROGBITS, Maker

NATIVE = Path(__file__).parents[3] / "fixtures" / "native"
BIAS = 0x55AC6BF4D000
LIBC = "/usr/lib/x86_64-linux-gnu/libc.so.6"


def returns(file, text):
    """The addresses behind calls."""
    opened = open_container(memoryview(file.read_bytes()))
    read = call_reader(opened.arch)
    for svma in range(text.address + BEFORE, text.address + text.size, 4 if opened.arch == "arm64" else 1):
        if read(*code_around(opened, svma, BEFORE, AFTER)) & 1:
            yield svma


class Program:
    """A program of a fixture as it lies in memory: six of its calls, and what is known of them."""

    def __init__(self, fixture, name, path="/srv/app/bin/{}"):
        self.file = NATIVE / fixture / "files" / name
        self.path = path.format(name)
        headers = Headers(memoryview(self.file.read_bytes()))
        self.segments = [one for one in headers.segments if one.type == PT_LOAD]
        self.bias = 0 if headers.type == ET_EXEC else BIAS
        self.build_id = headers.build_id()
        self.text = headers.find_section(b".text")
        self.step = 4 if headers.machine == 183 else 1
        with DebugFile.open(self.file) as opened:
            calls = (svma - self.step for svma in returns(self.file, self.text))
            known = [(svma, found[-1]) for svma in calls if (found := opened.lookup(svma)) and found[-1].line and not found[-1].inlined]
        firsts = {}  # the middle of each function: the places around it do not help a wrong address
        for svma, at in known:
            firsts.setdefault(at.address, []).append((svma, at))
        middles = [rows[len(rows) // 2] for rows in firsts.values()][:6]
        self.svmas = [svma for svma, _ in middles]
        with self.file.open("rb") as stream:
            table = ELFFile(stream).get_section_by_name(".symtab")
            called = {one["st_value"]: one.name for one in table.iter_symbols() if one["st_info"]["type"] == "STT_FUNC" and one["st_size"]}
        starts = [max(start for start in called if start <= svma) for svma in self.svmas]
        self.symbols = [(called[start], svma - start) for svma, start in zip(self.svmas, starts, strict=True)]
        self.wanted = [f"{at.file.rpartition('/')[2]}:{at.line}" for _, at in middles]

    @property
    def addresses(self):
        """The crash, and return addresses."""
        return [self.bias + svma + (self.step if at else 0) for at, svma in enumerate(self.svmas)]

    def pages(self, page=0x1000):
        """(start, end, offset, permissions) of each mapping, as a loader makes them of segments."""
        for one in self.segments:
            start, end = one.address & -page, -(-(one.address + one.file_size) // page) * page
            flags = "".join(char if one.flags & bit else "-" for char, bit in (("r", 4), ("w", 2), ("x", 1)))
            yield self.bias + start, self.bias + end, one.offset & -page, flags + "p"

    def code(self):
        return next(one for one in self.pages() if "x" in one[3])

    def offset(self, svma):
        """Of an instruction in the file."""
        one = next(one for one in self.segments if one.flags & PF_X)
        return svma - one.address + one.offset


def gdb(program):
    return "".join(f"#{at}  0x{address:016x} in ?? ()\n" for at, address in enumerate(program.addresses))


def maps(program, lines=slice(None), page=0x1000):
    """Some lines, and one of the C library: with its code where any of the program's has some, for people paste alike lines."""
    rows = [f"{a:012x}-{b:012x} {p} {o:08x} fd:01 917010                    {program.path}\n" for a, b, o, p in program.pages(page)]
    return (
        "".join(rows[lines])
        + f"7fe11f000000-7fe11f028000 {'r-xp' if any('r-xp' in row for row in rows[lines]) else 'r--p'} 00000000 fd:01 12    {LIBC}\n"
    )


def smaps(program):
    return "".join(f"{line}\nSize:                 20 kB\nVmFlags: rd ex mr mw me\n" for line in maps(program).splitlines())


def gdb_mappings(program, perms=True):
    rows = [f"      {a:#18x} {b:#18x} {b - a:#10x} {o:#10x} {p + '  ' if perms else ''}{program.path}\n" for a, b, o, p in program.pages()]
    return "process 12\nMapped address spaces:\n\n          Start Addr           End Addr       Size     Offset objfile\n" + "".join(rows)


def pmap(program):
    rows = [f"{a:016x} {(b - a) // 1024:6}K {p[:3]}-- {program.path.rpartition('/')[2]}\n" for a, b, o, p in program.pages()]
    return f"12:   {program.path}\n{''.join(rows)}00007fe11f000000    160K r-x-- libc.so.6\n total             2300K\n"


def pmap_x(program):
    name = program.path.rpartition("/")[2]
    rows = [f"{a:016x} {(b - a) // 1024:7} {(b - a) // 1024:7}       0 {p[:3]}-- {name}\n" for a, b, o, p in program.pages()]
    return f"12:   {program.path}\nAddress           Kbytes     RSS   Dirty Mode  Mapping\n{''.join(rows)}"


def pmap_extended(program, columns="   4   4   0", flags=""):
    rows = [
        f"    {a:012x} {p} {o:08x}  fe:00 2263321 {(b - a) // 1024:4}{columns}   0           0 {flags}{program.path.rpartition('/')[2]}\n"
        for a, b, o, p in program.pages()
    ]
    return f"12:   {program.path}\n         Address Perm   Offset Device   Inode Size  Rss Pss Locked THPeligible Mapping\n{''.join(rows)}"


def info_files(program):
    start = program.bias + program.text.address
    return (
        f'Symbols from "{program.path}".\nLocal exec file:\n\t`{program.path}\', file type elf64-x86-64.\n\tEntry point: {start:#x}\n'
        f"\t0x{start - 0x30:016x} - 0x{start:016x} is .init\n\t0x{start:016x} - 0x{start + program.text.size:016x} is .text\n"
        f"\t0x00007fe11f026380 - 0x00007fe11f17a22d is .text in {LIBC}\n"
    )


def valgrind(program):
    start = program.bias and 0x108000
    words = (f"{'by' if at else 'at'} 0x{start + svma:X}: ??? (in {program.path})" for at, svma in enumerate(program.svmas))
    return f"==12== Command: {program.path} -v\n==12== Invalid read of size 4\n" + "".join(f"==12==    {one}\n" for one in words)


def unstrip(program):
    start = program.bias + (program.segments[0].address & -0x1000)
    end = max(b for _, b, _, _ in program.pages())
    return f"{start:#x}+{end - start:#x} {program.build_id.hex()}@{start + 0x2A0:#x} . - {program.path}\n"


def shared_libraries(program):
    start = program.bias + program.text.address
    return (
        "From                To                  Syms Read   Shared Object Library\n"
        f"0x{start:016x}  0x{start + program.text.size:016x}  Yes (*)     {program.path}\n"
    )


def process_map(program):
    return "Process memory map follows:\n" + "".join(f"\t{a:#014x}-{b:#014x}\t{program.path}\n" for a, b, _, _ in program.pages())


def image_list(program):
    start = program.bias + (program.segments[0].address & -0x1000)
    return f"[  0] {program.build_id.hex().upper()[:8]}-{program.build_id.hex().upper()[8:]} 0x{start:016x} {program.path}\n"


def minidump_modules(program):
    start = program.bias + (program.segments[0].address & -0x1000)
    return f"Loaded modules:\n0x{start:08x} - 0x{start + 0x7FFF:08x}  {program.path.rpartition('/')[2]}  ???  (main)\n"


def perf(program, record, address=lambda program, one: one):
    name = program.path.rpartition("/")[2]
    frames = "".join(f"\t{address(program, one):16x} [unknown] ({program.path})\n" for one in program.addresses)
    return f"{record}{name}  1234 [001] 100.100000:          1 cycles:u: \n{frames}\n"


def mmap2(program, extra="fd:01 2369787 0"):
    a, b, o, _ = program.code()
    return f"app 1234/1234 100.01: PERF_RECORD_MMAP2 1234/1234: [{a:#x}({b - a:#x}) @ {o:#x} {extra}]: r-xp {program.path}\n"


def raw_mmap2(program):
    rows = (
        f"8071204{at} 0x2a8 [0x78]: PERF_RECORD_MMAP2 1/1: [{a:#x}({b - a:#x}) @ {o:#x} fe:00 12 0]: {p} "
        for at, (a, b, o, p) in enumerate(program.pages())
    )
    return "".join(f"{row}{program.path}\n" for row in rows)


def mmap(program):
    a, b, o, _ = program.code()
    return f"app 1234 100.01: PERF_RECORD_MMAP 1234/1234: [{a:#x}({b - a:#x}) @ {o:#x}]: x {program.path}\n"


def fault(program, address, new=True):
    a, b, o, _ = program.code()
    name, counted = program.path.rpartition("/")[2], f"{address - a + o:x}," if new else ""
    return (
        f"[ 29.133153] {name}[5196]: segfault at 8 ip {address:016x} sp 00007ffcd096e1d0 error 6 in {name}[{counted}{a:x}+{b - a:x}]"
        f"{' likely on CPU 1 (core 1, socket 0)' if new else ''}\n"
    )


def sanitizer(program, module="{}"):
    path = module.format(program.path)
    rows = [f"    #{at} {program.bias + svma:#x}  ({path}+{svma:#x})\n" for at, svma in enumerate(program.svmas)]
    return "==1==ERROR: AddressSanitizer: SEGV on unknown address 0x8\n" + "".join(rows)


def tsan(program):
    name = program.path.rpartition("/")[2]
    rows = [f"    #{at} <null> <null> ({name}+{svma:#x}) (BuildId: {program.build_id.hex()})\n" for at, svma in enumerate(program.svmas)]
    return "WARNING: ThreadSanitizer: data race (pid=12)\n  Write of size 4 at 0x1 by main thread:\n" + "".join(rows)


def llvm(program):
    rows = [
        f" #{at} 0x{program.bias + svma + program.step:016x} ({program.path}+{svma + program.step:#x})\n"
        for at, svma in enumerate(program.svmas)
    ]
    return "Stack dump:\n" + "".join(rows)


def glibc(program, module="{}"):
    path = module.format(program.path)
    return "signal 11\n" + "".join(
        f"{path}(+{svma + program.step:#x})[{program.bias + svma + program.step:#x}]\n" for svma in program.svmas
    )


def coredump(program):
    first = program.bias + (program.segments[0].address & -0x1000)
    rows = [f"#{at}  0x{one:016x} n/a ({program.path} + {one - first:#x})\n" for at, one in enumerate(program.addresses)]
    return "Stack trace of thread 12:\n" + "".join(rows)


def hs_err(program):
    first = program.segments[0].address & -0x1000
    rows = [f"C  [{program.path.rpartition('/')[2]}+{one - program.bias - first:#x}]\n" for one in program.addresses]
    return "Native frames: (J=compiled Java code, C=native code)\n" + "".join(rows)


def android(program, module="{}", offset=None):
    code = next(one for one in program.segments if one.flags & PF_X)
    start = code.address & -0x1000 if offset is None else 0
    offset = code.offset & -0x1000 if offset is None else offset
    said = f" (offset {offset:#x})" if offset else ""
    rows = [f"    #{at:02d} pc {svma - start:016x}  {module.format(program.path)}{said}\n" for at, svma in enumerate(program.svmas)]
    return "*** *** ***\nbacktrace:\n" + "".join(rows)


def symbols(row):
    """A text of which each row says a function, how far in it, and perhaps the address; the first is the crash, the others return there."""

    def text(program):
        steps = [program.step if at else 0 for at, _ in enumerate(program.svmas)]
        rows = [
            row.format(at=at, name=name, far=far + step, address=address, path=program.path)
            for at, (address, (name, far), step) in enumerate(zip(program.addresses, program.symbols, steps, strict=True))
        ]
        return "".join(f"{one}\n" for one in rows)

    return text


def returned(program):
    """All of them as return addresses: what profilers and handlers see of their own callers."""
    return [program.bias + svma + program.step for svma in program.svmas]


def jemalloc(program):
    return (
        f"heap_v2/524288\n  t*: 1: 64 [0: 0]\n@ {' '.join(map(hex, returned(program)))}\n  t*: 1: 64 [0: 0]\n\nMAPPED_LIBRARIES:\n"
        + maps(program)
    )


def unity(program):
    name = program.path.rpartition("/")[2]
    return "".join(f"0x{one:016x} ({name}) (function-name not available)\n" for one in returned(program)) + maps(program)


def ftrace(program):
    start = program.code()[0]
    rows = "".join(f" => {program.path}[+{one - start:#x}]\n" for one in returned(program))
    return f"          app-12    [001] d..2.   100.123456: <user stack trace>\n{rows}"


def elfutils(program):
    start = program.bias + (program.segments[0].address & -0x1000)
    rows = "".join(
        f"#{at:<2} 0x{one:016x}{' - 1' if at else '    '} - {program.path}\n    [{program.build_id.hex()}]@{start:#x}+{one - start:#x}\n"
        for at, one in enumerate(program.addresses)
    )
    return f"PID 12 - process\nTID 12:\n{rows}"


def crashlytics(program):
    rows = (f"#{at:02} pc {svma:#x} {program.path.rpartition('/')[2]} (Missing)\n" for at, svma in enumerate(program.svmas))
    return "Crashed: Thread : SIGSEGV  0x0000000000000000\n" + "".join(rows)


DELETED = "{} (deleted)"
TEXTS = {
    "all lines of /proc/PID/maps": lambda program: gdb(program) + maps(program),
    "its first line": lambda program: gdb(program) + maps(program, slice(0, 1)),
    "its line with code": lambda program: gdb(program) + maps(program, slice(1, 2)),
    "all but its first line": lambda program: gdb(program) + maps(program, slice(1, None)),
    "smaps": lambda program: gdb(program) + smaps(program),
    "a file that was replaced": lambda program: gdb(program) + maps(program).replace(program.path, program.path + " (deleted)"),
    "a path that an older kernel has not": lambda program: gdb(program) + maps(program).replace(program.path, program.path + "//deleted"),
    "gdb's info proc mappings": lambda program: gdb(program) + gdb_mappings(program),
    "gdb's before it has permissions": lambda program: gdb(program) + gdb_mappings(program, perms=False),
    "gdb's info sharedlibrary": lambda program: gdb(program) + shared_libraries(program),
    "lldb's image list": lambda program: gdb(program) + image_list(program),
    "pmap": lambda program: gdb(program) + pmap(program),
    "pmap -x": lambda program: gdb(program) + pmap_x(program),
    "pmap -X": lambda program: gdb(program) + pmap_extended(program),
    "pmap -XX": lambda program: gdb(program) + pmap_extended(program, "    4     4   0   0", "rd ex mr mw me sd    "),
    "gdb's info files": lambda program: gdb(program) + info_files(program),
    "valgrind": valgrind,
    "eu-unstrip -n": lambda program: gdb(program) + unstrip(program),
    "a minidump's modules": lambda program: gdb(program) + minidump_modules(program),
    "a sanitizer's process map": lambda program: gdb(program) + process_map(program),
    "perf's MMAP2": lambda program: perf(program, mmap2(program)),
    "perf's MMAP2 of its raw dump, data too": lambda program: perf(program, raw_mmap2(program)),
    "perf's MMAP2 with a build id": lambda program: perf(program, mmap2(program, f"<{program.build_id.hex()}>")),
    "perf's MMAP": lambda program: perf(program, mmap(program)),
    "a perf that prints offsets in the file": lambda program: perf(program, "", lambda program, one: program.offset(one - program.bias)),
    "AddressSanitizer": sanitizer,
    "AddressSanitizer, a file that was replaced": lambda program: sanitizer(program, DELETED),
    "ThreadSanitizer": tsan,
    "LLVM": llvm,
    "glibc": glibc,
    "glibc, a file that was replaced": lambda program: glibc(program, DELETED),
    "systemd-coredump": coredump,
    "systemd-coredump, a file that was replaced": lambda program: coredump(program).replace(program.path, program.path + " (deleted)"),
    "Java's hs_err": hs_err,
    "SystemTap": symbols(" {address:#x} : {name}+{far:#x} [{path}]"),
    "DTrace": symbols("              apiary`{name}+{far:#x}"),
    "jstack -m": symbols("0x{address:016x}\t{name} + {far:#x}"),
    "bpftrace": lambda program: "@[\n" + symbols("    {name}+{far}")(program) + "]: 1\n",
    "bpftrace as perf writes": lambda program: "@[\n" + symbols("\t{address:x} {name}+{far} ({path})")(program) + "]: 1\n",
    "Unity": unity,
    "jemalloc": jemalloc,
    "ftrace": ftrace,
    "eu-stack": elfutils,
    "Crashlytics": crashlytics,
    "Android 8": android,
    "Android 9": lambda program: android(program, offset=0),
    "Android 9, from an APK": lambda program: android(program, "/data/app/base.apk!{}", 0x6A000),
}
PROGRAMS = {
    "lld": ("gc-lld", "apiary"),
    "lld, small": ("rust-v0", "smoker"),
    "bfd": ("gcc-dwarf5", "apiary"),
    "bfd, not moved": ("exec", "apiary"),
    "lld, not moved, pages of 64 KiB": ("cross-aarch64", "smoker"),
}


@pytest.fixture(scope="module")
def programs():
    return {name: Program(*where) for name, where in PROGRAMS.items()}


def places(program, text, files=None):
    """The innermost place of each frame of the text, callee first."""
    with Symbolicator(files=files or program.file, cache_dir=False) as engine:
        event = engine.symbolicate(parse_trace(text))
    (one,) = event.get("exception", {}).get("values") or event["threads"]["values"]
    found = {}
    for frame in one["stacktrace"]["frames"]:
        file = (frame.get("filename") or "").rpartition("/")[2]
        found[frame["data"].get("raw_index")] = f"{file}:{frame['lineno']}" if frame.get("lineno") else frame["data"].get("problems")
    return list(found.values())[::-1]


@pytest.mark.parametrize("linked", PROGRAMS)
@pytest.mark.parametrize("text", TEXTS)
def test_each_text_s_addresses_come_back_whatever_linker_made_the_program(programs, text, linked):
    program = programs[linked]
    assert len(program.svmas) >= 3
    if text == "Android 8" and not program.code()[2]:
        pytest.skip("it does not say an offset of 0")
    assert places(program, TEXTS[text](program)) == program.wanted


@pytest.mark.parametrize("text", TEXTS)
def test_frames_that_came_back_as_several_lines_are_not_looked_up_again(text):
    program = Program("gcc-dwarf5", "apiary")
    with DebugFile.open(program.file) as opened:
        program.svmas = [svma for svma in (at - 1 for at in returns(program.file, program.text)) if len(opened.lookup(svma)) > 1][:5]
    program.symbols = program.symbols[:1] * len(program.svmas)
    with Symbolicator(files=program.file, cache_dir=False) as engine:
        once = engine.symbolicate_text(TEXTS[text](program))
        assert engine.symbolicate_text(once) == once


@pytest.mark.parametrize("page", [0x4000, 0x10000])
@pytest.mark.parametrize("lines", [slice(None), slice(0, 1), slice(1, 2)], ids=["all lines", "first", "code"])
def test_a_machine_s_pages_may_be_larger(programs, page, lines):
    program = programs["lld, not moved, pages of 64 KiB"]
    assert places(program, gdb(program) + maps(program, lines, page)) == program.wanted


@pytest.mark.parametrize("linked", PROGRAMS)
@pytest.mark.parametrize("new", [True, False], ids=["6.4", "before 6.4"])
def test_a_kernel_s_fault_goes_through_the_program_s_headers(programs, new, linked):
    program = programs[linked]
    for svma, wanted in zip(program.svmas, program.wanted, strict=True):
        assert places(program, fault(program, program.bias + svma, new)) == [wanted]


@pytest.mark.parametrize("linked", PROGRAMS)
def test_any_one_line_of_a_map_says_where_a_program_is_whose_frames_fit_one_base_alone(programs, linked):
    program = programs[linked]
    sure = 0
    for at, _ in enumerate(program.pages()):
        found = places(program, gdb(program) + maps(program, slice(at, at + 1)))
        if found == program.wanted:
            sure += 1
            continue
        for (problem,) in found:  # two of its segments share pages of the file
            assert "its segments are alike" in problem["detail"]
            assert hex(program.bias) in problem["detail"]
    assert sure >= 3


def test_what_was_read_of_a_file_s_data_holds_no_frames_of_another(programs):
    # The line of another file's data stands above the program's; what lies between is the program's still.
    program = programs["bfd"]
    end = max(b for _, b, _, _ in program.pages())
    line = f"{end + 0x3000:012x}-{end + 0x5000:012x} r--p 00002000 fd:01 12    /srv/app/lib/libnear.so\n"
    assert places(program, gdb(program) + maps(program) + line) == program.wanted


@pytest.mark.parametrize(
    "record",
    [
        "PERF_RECORD_MMAP2 1/1: [0x7f24cb553000(0x26000) @ 0x1000 fe:00 338944 0]: r-xp /usr/lib/ld.so",
        "PERF_RECORD_MMAP2 1/1: [0x7f24cb553000(0x26000) @ 0x1000 <53a0e7bb34cf1d4b>]: r-xp /usr/lib/ld.so",
        "PERF_RECORD_MMAP2 1/1: [0x7f24cb550000(0x2000) @ 0 00:00 0 0]: r-xp [vdso]",
        "PERF_RECORD_MMAP2 1/1: [0x7f24cb550000(0x2000) @ 0x7f24cb550000 00:00 0 0]: rwxp //anon",
        "PERF_RECORD_MMAP 1/1: [0x7f24cb553000(0x26000) @ 0x1000]: x /usr/lib/ld.so",
    ],
)
def test_perf_s_mappings_are_no_frames_however_many_lines_begin_alike(programs, record):
    program = programs["lld"]
    others = "".join(f"app 1234/1234 100.0{at}: {record}\n" for at in range(4))
    assert places(program, perf(program, others + mmap2(program))) == program.wanted


@pytest.mark.parametrize("linked_at", [0x10000, 0x200000, 0x400000, 0x1000000])
def test_a_program_that_cannot_be_moved_is_under_valgrind_where_it_was_linked_for(linked_at, tmp_path):
    maker = Maker(kind=EXEC_FILE).load(linked_at, 0x1000)
    text = maker.add(".text", bytes(0x100), PROGBITS, ALLOC | EXEC, address=linked_at + 0x640)
    maker.symbols([(b"hatch", linked_at + 0x640, 0x40, GLOBAL_FUNC, text), (b"queen", linked_at + 0x680, 0x40, GLOBAL_FUNC, text)])
    (tmp_path / "apiary").write_bytes(maker.build())
    rows = [f"==7==    {'by' if at else 'at'} 0x{linked_at + one:X}: ??? (in /srv/apiary)\n" for at, one in enumerate((0x648, 0x688))]
    with Symbolicator(files=tmp_path, cache_dir=False) as engine:
        event = engine.symbolicate(parse_trace("==7== Command: /srv/apiary\n==7== Invalid read of size 4\n" + "".join(rows)))
    (one,) = event.get("exception", {}).get("values") or event["threads"]["values"]
    assert [frame["function"] for frame in one["stacktrace"]["frames"]] == ["queen", "hatch"]


def test_a_library_whose_first_segment_is_not_at_0_is_where_its_first_mapping_less_that_is(tmp_path):
    # Prelinked, or of Android: tools count from the mapping or from the bias, each in its own way.
    maker = Maker().load(0xD000, 0x100, flags=4).load(0xE000, 0x100, flags=5, offset=0x1000)
    text = maker.add(".text", bytes(0x100), PROGBITS, ALLOC | EXEC, address=0xE000)
    maker.symbols([(b"hatch", 0xE010, 0x20, GLOBAL_FUNC, text), (b"queen", 0xE030, 0x20, GLOBAL_FUNC, text)])
    (tmp_path / "libhive.so").write_bytes(bytes(maker.build()).ljust(0x2000, b"\0"))
    bias, path = 0x7F1200000000, "/data/libhive.so"
    maps = (
        f"{bias + 0xD000:x}-{bias + 0xE000:x} r--p 00000000 fe:00 1   {path}\n"
        f"{bias + 0xE000:x}-{bias + 0xF000:x} r-xp 00001000 fe:00 1   {path}\n"
    )
    texts = {
        "a map": f"#0  {bias + 0xE014:#018x} in ?? ()\n{maps}",
        "a sanitizer, from the bias": f"==1==ERROR: AddressSanitizer: SEGV\n    #0 {bias + 0xE014:#x}  ({path}+0xe014)\n",
        "systemd-coredump, from the mapping": f"#0  {bias + 0xE014:#018x} n/a ({path} + 0x1014)\n",
        "perf, in the file": f"app 1 [001] 1.1: 1 cycles:u: \n\t{0x1014:16x} [unknown] ({path})\n",
    }
    for told, text in texts.items():
        with Symbolicator(files=tmp_path, cache_dir=False) as engine:
            event = engine.symbolicate(parse_trace(text))
        (one,) = event.get("exception", {}).get("values") or event["threads"]["values"]
        assert one["stacktrace"]["frames"][-1].get("function") == "hatch", told


def without_offsets(program, folder):
    """The program's debug file as `objcopy --only-keep-debug` writes it: segments have their addresses, and no longer their offsets."""
    data = bytearray(program.file.read_bytes())
    headers = Headers(memoryview(bytes(data)))
    at = int.from_bytes(data[32:40], "little")
    for segment in headers.segments:
        if segment.type == PT_LOAD:
            data[at + 8 : at + 16] = (segment.address % 0x1000).to_bytes(8, "little")
            data[at + 32 : at + 40] = bytes(8)
        at += 56
    file = folder / f"{program.file.name}.debug"
    file.write_bytes(data)
    return file


@pytest.mark.parametrize("text", ["all lines of /proc/PID/maps", "its line with code", "perf's MMAP2", "glibc", "systemd-coredump"])
def test_a_debug_file_alone_that_knows_no_offsets_is_placed_by_the_sizes_of_its_segments(programs, text, tmp_path):
    program = programs["lld"]
    assert places(program, TEXTS[text](program), without_offsets(program, tmp_path)) == program.wanted


def test_the_program_beside_its_debug_file_says_what_that_has_lost(programs, tmp_path):
    program = programs["lld"]
    without_offsets(program, tmp_path)
    (tmp_path / program.file.name).write_bytes(program.file.read_bytes())
    assert places(program, TEXTS["Android 8"](program), tmp_path) == program.wanted


def test_an_offset_in_the_file_says_nothing_where_the_debug_file_alone_is_there(programs, tmp_path):
    program = programs["lld"]
    file = without_offsets(program, tmp_path)
    text = perf(program, "", lambda program, one: program.offset(one - program.bias))
    for (problem,) in places(program, text, file):
        assert problem["type"] == "unknown_image"
        assert "give the program itself, of exactly that build, beside its debug file" in problem["hint"]


def test_a_mapping_that_is_like_no_segment_leaves_its_frames_raw(programs):
    program = programs["lld"]
    a, b, o, _ = program.code()
    line = f"{a:012x}-{b + 0x8000:012x} r-xp {o:08x} fd:01 917010                    {program.path}\n"
    for (problem,) in places(program, gdb(program) + line):
        assert "no segment of it matches: it is from another build" in problem["detail"]
        assert problem["another_build"] is True


def test_an_address_that_may_be_of_two_places_is_none(programs):
    # Perf's, where most of a program's code lies at an offset in the file that is the address of other code.
    program = programs["lld"]
    code = next(one for one in program.segments if one.flags & PF_X)
    both = range(code.address + 0x100, code.offset + code.file_size, 0x80)
    assert len(both) > 2
    frames = "".join(f"\t{one:16x} [unknown] ({program.path})\n" for one in both)
    for (problem,) in places(program, f"app  1234 [001] 100.100000:          1 cycles:u: \n{frames}\n"):
        assert "both readings point into its code" in problem["detail"]


def test_a_symbol_tells_which_of_two_places_perf_means(programs):
    program = programs["lld"]
    with DebugFile.open(program.file) as opened:
        for svma in program.svmas:
            at = opened.lookup(svma)[0]
            for printed in (svma, program.offset(svma)):
                frame = f"\t{printed:16x} {at.symbol}+{svma - at.address:#x} ({program.path})\n"
                (place,) = places(program, f"app  1234 [001] 100.100000:          1 cycles:u: \n{frame}\n")
                assert place == program.wanted[program.svmas.index(svma)]


@pytest.mark.parametrize("mapped", [None, 7, "code", [], [None], [{}], [{"start": "x"}], [{"start": -1, "size": []}], {"start": 1}])
def test_mappings_of_an_event_that_are_none_cost_themselves(programs, mapped):
    program = programs["lld"]
    image = {"type": "elf", "code_file": program.path, "image_addr": hex(BIAS), "mapped": mapped}
    event = {"platform": "native", "frames": [{"instruction_addr": hex(program.addresses[0])}], "debug_meta": {"images": [image]}}
    with Symbolicator(files=program.file, cache_dir=False) as engine:
        (frame,) = engine.symbolicate(event)["frames"]
    assert frame["data"]["symbolicator_status"] == "symbolicated"
