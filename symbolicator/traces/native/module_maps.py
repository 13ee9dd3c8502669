"""Where modules were loaded, as the lines beside native frames say it: a mapping a line, or a module a line.

Mappings, of which a module has several::

    555555554000-555555555000 r--p 00000000 fe:00 2417745     /srv/apiary             /proc/PID/maps and smaps, catchsegv, hs_err, pmap -X
          0x555555554000     0x555555555000     0x1000        0x0  r--p   /srv/apiary  gdb's `info proc mappings`
    0000555555554000      4K r---- apiary                                             pmap
    PERF_RECORD_MMAP2 12/12: [0x555555555000(0x2000) @ 0x1000 …]: r-xp /srv/apiary    `perf script --show-mmap-events`
    0x555555554000-0x555555555000, a tab, /srv/apiary                                 a sanitizer's process map

Modules::

    [  0] EE081C09-…-BCA854E1 0x0000555555554000 /srv/apiary                          lldb's `image list`
    0x555555554000-0x55555555a000 /srv/apiary                                         a sanitizer's module map
    0x0000555555554000–0x000055555555a000 3a1b2c… apiary /srv/apiary                  Swift's list of images
    0x555555554000+0x6000 3a1b2c…@0x555555554390 . - apiary                           eu-unstrip -n --core=…
    0x00007ffff7fc6080  0x00007ffff7fe9d45  Yes (*)     /lib64/ld-linux-x86-64.so.2   gdb's `info sharedlibrary`: where .text lies
    0x555555554000 - 0x555555559fff  apiary  ???  (main)                              minidump_stackwalk's loaded modules
    00007ff6`1b2c0000 00007ff6`1b2e6000   app      (deferred)                        WinDbg's `lm`; ModLoad has the file
    0x1a9e00000 - ???         dyld (1.0)  <3c28a1aa6b94…> /usr/lib/dyld               spindump's
    0x104b14000 - 0x104b1bfff Apiary arm64  <3c28a1aa6b94…> /private/var/…/Apiary     Apple's binary images; macOS has a version for arm64
    0x0000555555555060 - 0x0000555555555223 is .text in /lib/libhive.so               gdb's `info files`; of the program's own without `in`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from symbolicator.debugfiles.load_bias import Mapping
from symbolicator.keys import mapped_path
from symbolicator.patterns import regex

REACH: Final = 1 << 28
"""Assumed largest size of a module whose end is unknown, in bytes."""
_GAP: Final = 1 << 24
"""Bytes that may be between two mappings of one module: segments are aligned to 2 MiB at most, and what fills a gap has no path."""
_ALIGNED: Final = 1 << 21
"""How much further apart than in the file its segments may be in memory, in bytes."""
_MAX_MAPPINGS: Final = 64

_MAP = regex(
    r"([0-9a-f]{4,16})-([0-9a-f]{4,16}) [r-][w-]([xs-])[ps-] ([0-9a-f]{1,16}) [0-9a-f]{2,4}:[0-9a-f]{2,8} \d{1,20} +(/\S[^\n]{0,1000})"
)
_GDB_MAP = regex(
    r"0x([0-9a-f]{4,16}) +0x([0-9a-f]{4,16}) +0x[0-9a-f]{1,16} +0x([0-9a-f]{1,16})(?: +[r-][w-]([x-])[ps-]?)? +(/\S[^\n]{0,1000})"
)
_PMAP = regex(
    r"([0-9a-f]{8,16}) +(\d{1,12})K?(?: +\d{1,12}){0,2} [r-][w-]([x-])[s-][R-]"
    r"(?: ([0-9a-f]{8,16}) [0-9a-f]{2,4}:[0-9a-f]{4,8})? {1,3}([^\s\[][^\n]{0,1000})"
)
_PMAP_X = regex(
    r"([0-9a-f]{4,16}) [r-][w-]([x-])[ps-] ([0-9a-f]{8,16}) +[0-9a-f]{2,4}:[0-9a-f]{2,8} +\d{1,20} +(\d{1,12})(?: +\d{1,12}){2,40} +"
)
_PERF_MAP = regex(
    r"[^\n]{0,200}?PERF_RECORD_MMAP2? [^\n]{0,100}?\[0x([0-9a-f]{1,16})\(0x([0-9a-f]{1,16})\) @ (?:0x)?([0-9a-f]{1,16})"
    r"(?: <([0-9a-f]{8,64})>)?[^\]\n]{0,80}\]: (?:[r-][w-]([x-])[ps-]|([rx])) (/\S[^\n]{0,1000})"
)
_PROCESS_MAP = regex(r"0x([0-9a-f]{4,16})-0x([0-9a-f]{4,16})\t(/\S[^\n]{0,1000})")
_MODULE_MAP = regex(r"0x([0-9a-f]{4,16})-0x([0-9a-f]{4,16}) (/\S[^\n]{0,1000}?)(?: \([\w]{2,12}\))?(?: <[0-9A-F-]{32,40}>)?$")
_IMAGE_LIST = regex(r"\[ {0,4}\d{1,5}\] ([0-9A-F-]{8,60}) 0x([0-9a-f]{4,16}) (\S[^\n]{0,1000})")
_SWIFT_IMAGE = regex(r"0x([0-9a-f]{4,16})–0x([0-9a-f]{4,16}) {1,4}([0-9a-f]{16,64}|<no build ID>) {1,4}\S{1,255} {1,60}(/\S[^\n]{0,1000})")
_UNSTRIP = regex(
    r"0x([0-9a-f]{4,16})\+0x([0-9a-f]{1,16}) ([0-9a-f]{16,64})?(?:@0x[0-9a-f]{1,16}|-) (\S{1,1000}) \S{1,1000} (\S[^\n]{0,1000})"
)
_SHARED = regex(r"0x([0-9a-f]{4,16}) +0x([0-9a-f]{4,16}) +(?:Yes|No)(?: \(\*\))? +(/\S[^\n]{0,1000})")
_SECTION = regex(r"0x([0-9a-f]{4,16}) - 0x([0-9a-f]{4,16}) is \.text(?: in (/\S[^\n]{0,1000}))?\s*$")
_FILE_TYPE = regex(r"[`'‘](\S[^\n]{0,1000}?)['’], file type ")
_FLAGS = regex(
    r"(?:(?:rd|wr|ex|sh|m[rwespt]|gd|pf|dw|lo|io|sr|rr|d[cdep]|a[crn]|nr|ht|sf|nl|wf|sd|mm|hg|nh|mg|um|uw|ss|sl|bt|\?\?) +){1,40}(?=\S)"
)
"""The kernel's two letters for what a mapping is (`VmFlags`)."""
_MINIDUMP = regex(r"0x([0-9a-f]{4,16}) - 0x([0-9a-f]{4,16}) {2}(\S{1,500}) {2}\S{1,100}(?: {2}\([^\n]{1,300}\))?\s*$")
_WINDBG = regex(
    r"(?:ModLoad: )?([0-9a-f]{8}(?:`?[0-9a-f]{8})?) ([0-9a-f]{8}(?:`?[0-9a-f]{8})?) {2,40}(?:(?P<name>[^\s()]{1,200}) {1,200}"
    r"(?:[A-Z#] {0,8})?\((?:deferred|no symbols|[a-z]{1,20} symbols)\)|(?P<path>[^\s()][^\n]{0,500}))"
)

_BINARY_IMAGE = regex(
    r"0x([0-9a-f]{1,16}) {1,40}- {1,40}(?:0x([0-9a-f]{1,16})|\?\?\?) {1,40}\+?([^\s<][^<\n]{0,255}?) {1,4}"
    r"<([0-9A-Fa-f-]{32,36})>(?: {1,4}(/[^\n]{1,1000}))?"
)
_ARCH = regex(r" (?:(arm64e?|arm64_32|armv\d\w{0,2}|x86_64h?|i386)|\([^()]{0,100}\))$")
"""Behind a name in iOS' lists; in macOS' the version is."""


class Module(NamedTuple):
    """A file, loaded from `start` on; `size` 0 where not known. `origin`: what `start` is, as `Where` has it; `text`: where `.text` is;
    `code`: where the mapping with code is; `movable`: where the program lies if it can be moved; `images`: as `start`, in a list of all
    that was loaded, so that it counts whatever frames call the file; `windbg`: as `start`, on Windows.

    Where `mappings` are known, they say where the file's addresses are, and `start` is that of the first of them.
    """

    start: int
    size: int
    path: str
    build_id: str | None = None
    origin: str = "start"
    mappings: tuple[Mapping, ...] = ()
    vmaddr: int | None = None
    """The file's own address at `start`, if the text says it."""
    arch: str | None = None


class Region(NamedTuple):
    """A mapping, and the path and build id of the file that is mapped."""

    mapping: Mapping
    path: str
    build_id: str | None = None


def read_region(plain: str, start: int) -> Region | None:
    """The mapping that a line says, from `start` on."""
    found = _MAP.match(plain, start)
    if found is not None:
        return _region(found[1], found[2], found[5], found[4], found[3])
    found = _GDB_MAP.match(plain, start)
    if found is not None:
        return _region(found[1], found[2], found[5], found[3], found[4])
    if "PERF_RECORD_MMAP" in plain:
        found = _PERF_MAP.match(plain, start)
        if found is None:
            return None
        begin = int(found[1], 16)
        return _region(found[1], hex(begin + int(found[2], 16)), found[7], found[3], found[5] or found[6], found[4])
    if "\t/" in plain:
        found = _PROCESS_MAP.match(plain, start)
        return None if found is None else _region(found[1], found[2], found[3], None, None)
    found = _PMAP.match(plain, start)
    if found is not None:
        return _region(found[1], hex(int(found[1], 16) + 1024 * int(found[2])), found[5], found[4], found[3])
    found = _PMAP_X.match(plain, start)
    if found is not None:
        flags = _FLAGS.match(plain, found.end())
        name = plain[flags.end() if flags else found.end() :]
        return _region(found[1], hex(int(found[1], 16) + 1024 * int(found[4])), name, found[3], found[2])
    return None


def _region(start: str, end: str, path: str, offset: str | None, flag: str | None, build_id: str | None = None) -> Region | None:
    begin, path = int(start, 16), mapped_path(path.strip())
    if not path or path.startswith("["):
        return None
    executable = None if flag is None else flag == "x"
    return Region(Mapping(begin, max(int(end, 16) - begin, 0), None if offset is None else int(offset, 16), executable), path, build_id)


def read_module(plain: str, start: int) -> Module | None:
    """The module that a line says, from `start` on."""
    if "–" in plain:
        found = _SWIFT_IMAGE.match(plain, start)
        return None if found is None else _module(found[1], found[2], found[4], found[3] if found[3][0] != "<" else None)
    found = _MODULE_MAP.match(plain, start)
    if found is not None:  # `dlpi_addr`, which is 0 for a program that is not moved
        return _module(found[1], found[2], found[3])._replace(origin="bias")
    found = _UNSTRIP.match(plain, start)
    if found is not None:
        path = found[4] if found[4] not in ("-", ".") else found[5]
        return _module(found[1], hex(int(found[1], 16) + int(found[2], 16)), path, found[3])
    found = _SHARED.match(plain, start)
    if found is not None:
        return _module(found[1], found[2], found[3])._replace(origin="text")
    found = _BINARY_IMAGE.match(plain, start)
    if found is not None:
        arch, uuid = _ARCH.search(found[3]), found[4].replace("-", "").lower()
        path = found[5] or (found[3][: arch.start()] if arch else found[3])
        end = hex(int(found[2], 16) + 1) if found[2] else "0x0"  # spindump does not know all
        module = _module(found[1], end, path, uuid if uuid.strip("0") else None)
        module = module if found[2] else module._replace(size=REACH)
        return module._replace(origin="images", arch=arch[1] if arch else None)
    found = _MINIDUMP.match(plain, start)
    if found is not None:
        return _module(found[1], hex(int(found[2], 16) + 1), found[3])
    found = _WINDBG.match(plain, start)
    if found is not None and (found["name"] or plain.startswith("ModLoad: ", start)):
        return _module(found[1].replace("`", ""), found[2].replace("`", ""), found["name"] or found["path"])._replace(origin="windbg")
    found = _IMAGE_LIST.match(plain, plain.find("["))
    if found is not None:
        build_id = found[1].replace("-", "").lower()
        return Module(int(found[2], 16), REACH, mapped_path(found[3].strip()), build_id if len(build_id) >= 32 else None)
    return None


def read_section(plain: str, start: int, program: str | None) -> Module | None:
    """The module whose `.text` a line of gdb's `info files` says; `program` is the one that has no name there."""
    found = _SECTION.match(plain, start)
    path = found and (found[3] or program)
    return _module(found[1], found[2], path)._replace(origin="text") if found is not None and path else None


def read_file_type(plain: str, start: int) -> str | None:
    """The program whose sections `info files` lists below the line."""
    found = _FILE_TYPE.match(plain, start)
    return found[1] if found else None


def _module(start: str, end: str, path: str, build_id: str | None = None) -> Module:
    return Module(int(start, 16), max(int(end, 16) - int(start, 16), 0), mapped_path(path.strip()), build_id)


def join_regions(regions: Iterable[Region]) -> list[Module]:
    """Adjacent mappings of each file as one module: those of another process, or of another load, are elsewhere.

    Where none of them is executable (people paste one line of a map), the module reaches to where its code may be (`_reaching`).
    """
    modules: list[Module] = []
    regions = dict.fromkeys(regions)
    for mapping, path, build_id in sorted(regions, key=lambda one: (one.path, one.mapping[:2])):
        last = modules[-1] if modules else None
        end = mapping.start + mapping.size
        if last is not None and last.path == path and mapping.start <= last.start + last.size + _GAP:
            size = max(last.size, end - last.start)
            kept = (*last.mappings, mapping) if len(last.mappings) < _MAX_MAPPINGS else last.mappings
            modules[-1] = last._replace(size=size, mappings=kept, build_id=last.build_id or build_id)
        else:
            modules.append(Module(mapping.start, mapping.size, path, build_id, "mapped", (mapping,)))
    modules.sort(key=lambda one: one.start)
    ends = [0, *(one.start + one.size for one in modules)]
    return [_reaching(one, end) for one, end in zip(modules, ends, strict=False)]


def _reaching(module: Module, lowest: int) -> Module:
    """A module none of whose mappings is executable, from `lowest` at least to where its code may be; another one as it is.

    Code follows what is at the begin of the file; it stands before what is not, and as far before that as it is in the file, but for what
    segments are aligned to. In a small program, all of which is in one page of the file, it may be on both sides.
    """
    if any(mapping.executable is not False for mapping in module.mappings):
        return module
    first = module.mappings[0].offset or 0
    start = max(module.start - first - _ALIGNED, lowest, 0) if len(module.mappings) == 1 or first else module.start
    end = module.start + (max(module.size, REACH) if first == 0 else module.size)
    return module._replace(start=start, size=end - start)


def without_overlaps(modules: Sequence[Module]) -> list[Module]:
    """Each module once, in order, and none reaching into the next."""
    order = sorted(dict.fromkeys(modules), key=lambda one: (one.start, one.size))
    return [
        module._replace(size=min(module.size, order[at + 1].start - module.start) or module.size) if at + 1 < len(order) else module
        for at, module in enumerate(order)
    ]
