"""Finds the images of a text's frames: from memory maps and module lists beside the traces, and from the frames themselves.

The event's images are those that hold a frame. Each has its file's name, the build id where the text prints one, and where it was loaded:

* what a map, `image list` or a sanitizer's module map says. Mappings go into the event as they are (`image.mapped`): what they mean for the
  file's addresses stands in the file (`debugfiles/load_bias.py`);
* an address and an offset of one frame, for the other frames of that module;
* for the program itself, where Linux loads one without randomisation (gdb and valgrind turn that off): `_BASES`. Addresses below those are
  of programs that are not moved at all.

What is known by its offset only is found by `addr_mode`. Nothing else is guessed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from symbolicator.debugfiles.load_bias import Mapping
from symbolicator.keys import mapped_path, normalise_debug_id
from symbolicator.traces.format import Where
from symbolicator.traces.javascript.positions import Frame
from symbolicator.traces.lines import Line
from symbolicator.traces.native.beside import read_beside, read_build_ids
from symbolicator.traces.native.module_maps import Module, without_overlaps
from symbolicator.traces.native.registers import FAMILY as REGISTERS
from symbolicator.traces.native.samples import FAMILY as SAMPLES
from symbolicator.traces.native.samples import ends
from symbolicator.traces.native.shape import MINIDUMPS
from symbolicator.traces.stack import Stack

MAX_IMAGES = 10_000
"""Modules of one text that are kept."""

_BASES = (0x555555554000, 0xAAAAAAAA0000, 0x56555000)
"""Where Linux loads a program that can be moved when nothing is random: on x86-64, ARM64, i386."""
_REACH = 1 << 28
"""How far from there the program's addresses may be."""
_USER_BITS, _IMAGE_BITS = 47, 39
"""Of an address in a process of Apple's, and of one in code on arm64 (as `transformers/addresses.py` has them)."""
_PROGRAM_END = 1 << 32
"""Where the addresses end that a list without modules gives as the program's file has them: firmware's fill 32 bits."""
_VALGRIND, _VALGRIND_END = 0x108000, 0x4000000
"""Where valgrind loads a relocatable program, and where its libraries begin. Other programs may be on both sides of the former."""


def place(stacks: Sequence[Stack], lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Complete the native frames of `stacks`, and give the images of the event that they count from."""
    native = [stack for stack in stacks if stack.formats and stack.formats[0].platform == "native"]
    if not native:
        return []
    if any(stack.family == "#dart" for stack in native):
        from symbolicator.traces.native.dart_images import locate  # few texts are Dart's

        locate(native, lines)
    walked = [stack for stack in native if stack.family == MINIDUMPS]
    if walked:
        from symbolicator.traces.native.minidumps import told_beside  # few texts are walked minidumps

        told_beside(walked, lines)
    faults = [stack for stack in native if stack.family == "#windows-fault"]
    if faults:
        from symbolicator.traces.native.windows_faults import name_modules  # few texts are Windows' records

        name_modules(faults, lines)
    table = _Images(native, lines)
    for stack in native:
        if stack.family == SAMPLES or (stack.family in ("#backward", REGISTERS) and _is_caller_first(stack)):
            for each in (stack.lines, stack.founds, stack.formats):
                each.reverse()
        told = [found.where.address if found.where else None for found in stack.founds]
        ended = ends([found.frame for found in stack.founds]) if stack.family == SAMPLES else None
        callee = ""
        for at, found in enumerate(stack.founds):
            where, frame = found.where, found.frame
            if where is not None and not _lists_inlinees(stack, told, at):
                table.complete(frame, where)
            if "instruction_addr" in frame or _is_by_symbol(frame):
                is_exact = ended[at] if ended is not None else _is_exact(stack, at, table.stopped_at, callee)
                frame["adjust_instruction_addr"] = not is_exact
            callee = str(frame.get("function") or "")
    return table.images


def _lists_inlinees(stack: Stack, told: Sequence[int | None], at: int) -> bool:
    """Whether the text itself has all functions at a frame's address: what is written there is settled."""
    if told[at] is None or "lineno" not in stack.founds[at].frame:
        return False
    if (stack.founds[at].frame.get("data") or {}).get("inlined"):  # lldb shows the first frame alone where a thread stopped
        return True
    if stack.family == "#gdb":  # a caller without an address: this one's body is inlined in it
        return at + 1 < len(told) and told[at + 1] is None and "lineno" in stack.founds[at + 1].frame
    return told[at] in (*told[at + 1 : at + 2], *told[max(at - 1, 0) : at])


def _is_caller_first(stack: Stack) -> bool:
    """Whether the text's numbers, which count from the callee, fall; or a link register is above the program counter."""
    if stack.family == REGISTERS:
        exact = [found.where is not None and found.where.exact for found in stack.founds]
        return not exact[0] and any(exact)
    numbers = [str((found.frame.get("data") or {}).get("lead"))[1:6].split()[0] for found in stack.founds]
    return len(numbers) > 1 and int(numbers[0]) > int(numbers[-1])


TRAMPOLINES = frozenset(("<signal handler called>", "__restore_rt", "__restore", "__kernel_rt_sigreturn", "_sigtramp"))
_HANDLERS = frozenset(("glibc", "glog", "#boost", "#llvm", "cpython"))
"""Families whose frames are those of a handler that runs in the program; glog names no modules."""
_NEAR = 5
"""Frames from the top among which a handler's own are."""


def _is_exact(stack: Stack, at: int, stopped: frozenset[int], callee: str) -> bool:
    """Whether a frame's address is the instruction that ran (native.md, rule 3)."""
    where = stack.founds[at].where
    if at == 0 and (stack.returning or (stack.family == "#apple" and stack.founds[0].number)):
        return False
    if callee in TRAMPOLINES or (where is not None and where.address in stopped):
        return True
    if stack.family == "perf" and at and _is_kernels(stack.founds[at - 1].frame) and not _is_kernels(stack.founds[at].frame):
        return True  # where the kernel was entered
    if where is not None and where.exact is not None and not (stack.family in _HANDLERS and 0 < at <= _NEAR):
        return where.exact
    if stack.family in _HANDLERS:
        # Below a handler is the trampoline, whose return address is its own start: functions start at multiples of 16. It has no name.
        above = stack.founds[at - 1]
        module = (above.where.module or "") if above.where else ""
        address = above.where.address if above.where else None
        in_libc = module.rpartition("/")[2].startswith(("libc.so", "libc-2", "libpthread")) or stack.family == "glog"
        return at > 1 and in_libc and address is not None and address % 16 == 0 and "function" not in above.frame
    return at == 0


def _is_by_symbol(frame: Frame) -> bool:
    """Whether a frame without an address is found by its symbol, and how far it is in that, or from where that was moved."""
    data = frame.get("data") or {}
    return "symbol_offset" in data or "printed_addr" in data


def _is_kernels(frame: Frame) -> bool:
    return "printed_addr" in (frame.get("data") or {})  # for it was moved


class _Images:
    """The modules of a text, and the images built from them."""

    def __init__(self, stacks: Sequence[Stack], lines: Sequence[Line]) -> None:
        self.images: list[dict[str, Any]] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        modules, self._program, registers = read_beside(lines)
        self.stopped_at = frozenset(registers)
        wheres = [_mapped(found.where) for stack in stacks for found in stack.founds if found.where is not None]
        self._built = {where.module: where.build_id for where in wheres if where.module and where.build_id}
        """Build ids of modules of which one frame at least says it."""
        ids = read_build_ids(lines)
        self._place(modules)
        made = [one._replace(build_id=one.build_id or ids.get(one.path)) for one in _from_frames(wheres, self._holding)]
        self._place([*self._modules, *made])
        listed = any(one.origin == "images" for one in modules)
        windows = any(stack.family in ("#windows", "#std-windows", "#chromium-windows") for stack in stacks)
        self._type = "macho" if listed or _is_apples(stacks) else "pe" if windows else "elf"
        told = (found.where for stack in stacks if stack.family == "perf" for found in stack.founds)
        self._perf_is_absolute = any(one is not None and one.address is not None and one.module for one in told)
        if self._program is not None:  # a frame may know its whole path
            name = _name(self._program)
            self._program = next((w.module for w in wheres if w.module and _name(w.module) == name), self._program)
        self._valgrind = any(stack.family == "valgrind" for stack in stacks)

    def complete(self, frame: Frame, where: Where) -> None:
        """Set a frame's address and image."""
        if where.image is not None and where.offset is not None:
            frame["instruction_addr"] = hex(where.offset)
            frame["addr_mode"] = f"rel:{self._number(dict(where.image))}"
            return
        where = self._in_process(_mapped(where))
        address = where.address
        module = self._holding(address) if address is not None else None
        if module is not None and _is_of(where, module):
            frame["instruction_addr"] = hex(address or 0)
            self._image(module)
        elif where.offset is not None and where.module is not None and where.address is None:
            frame["instruction_addr"] = hex(where.offset)
            entry: dict[str, Any] = {"code_file": where.module.rpartition("!")[2]}
            if where.build_id:
                entry["code_id"] = where.build_id
            if where.mapping is not None:
                entry["mapped"] = [_as_json(where.mapping)]
            elif where.origin == "bias":
                entry["image_vmaddr"] = "0x0"
            elif where.origin in ("file", "perf"):
                entry["offsets"] = where.origin
            frame["addr_mode"] = f"rel:{self._number(entry)}"
        elif address is not None:
            frame["instruction_addr"] = hex(address)
            unmoved = self._unmoved(address, where)
            if unmoved is None and where.origin == "bias" and where.module is None and address < _PROGRAM_END:
                unmoved = Module(0, _PROGRAM_END, self._program or "", origin="bias")
            if unmoved is not None:
                self._image(unmoved)
            elif "symbol_offset" in (frame.get("data") or {}):  # its symbol shows the load address
                self._number({"code_file": where.module} if where.module else {})
        elif _is_by_symbol(frame):
            entry = dict(where.image or ({"code_file": where.module} if where.module else {}))
            if where.module in self._built:
                entry["code_id"] = self._built[where.module]
            self._number(entry)

    def _in_process(self, where: Where) -> Where:
        """A small address of perf's that is one of the process: of a program that is not moved, where others are not offsets either."""
        if where.origin != "perf" or where.offset is None:
            return where
        held = self._holding(where.offset)
        if not (self._perf_is_absolute or (held is not None and _same_name(_name(where.module or ""), _name(held.path)))):
            return where
        return Where(where.offset, where.module, exact=where.exact)

    def _place(self, modules: Sequence[Module]) -> None:
        self._modules = without_overlaps(modules)
        self._starts = [module.start for module in self._modules]

    def _holding(self, address: int) -> Module | None:
        """The module that holds an address; that of a signed return address on Apple's arm64e counts without its signature."""
        found = self._at(address)
        if found is None and address >> _USER_BITS:
            unsigned = self._at(address & ((1 << _IMAGE_BITS) - 1))
            found = unsigned if unsigned is not None and unsigned.origin == "images" else None
        return found

    def _at(self, address: int) -> Module | None:
        place = bisect_right(self._starts, address) - 1
        if place < 0:
            return None
        module = self._modules[place]
        return module if address < module.start + module.size else None

    def _unmoved(self, address: int, where: Where) -> Module | None:
        """The program, if it was not relocated."""
        path = where.module or self._program or ""
        if self._valgrind:
            if where.module is not None and self._program is not None and _name(where.module) != _name(self._program):
                return None
            if address >= _VALGRIND_END:
                return None
            if address >= _VALGRIND:
                return Module(_VALGRIND, _VALGRIND_END - _VALGRIND, path, origin="movable")
        for base in _BASES:
            if base <= address < base + _REACH:
                return Module(base, _REACH, path)
        return Module(0, _REACH, path, origin="bias") if 0x8000 <= address < _REACH else None

    def _image(self, module: Module) -> None:
        entry: dict[str, Any] = {"code_file": module.path} if module.path else {}
        if module.build_id:
            entry["code_id"] = module.build_id
        if module.origin == "windbg":
            entry["type"] = "pe"
        if module.origin == "images":
            entry |= {"debug_id": normalise_debug_id(module.build_id), "arch": module.arch}
            entry = {name: value for name, value in entry.items() if value}
        entry["image_addr"] = hex(module.start)
        if module.size:
            entry["image_size"] = module.size
        mappings = module.mappings
        if module.vmaddr is not None:
            entry["image_vmaddr"] = hex(module.vmaddr)
        elif module.origin == "bias":
            entry["image_vmaddr"] = "0x0"
        elif module.origin == "text":
            entry["image_section"] = ".text"
        elif module.origin == "movable":
            entry["movable"] = True
        elif module.origin == "code":
            mappings = (Mapping(module.start, module.size, executable=True),)
        if mappings:
            entry["mapped"] = [_as_json(mapping) for mapping in mappings]
        self._number(entry)

    def _number(self, entry: dict[str, Any]) -> int:
        """The place of an image, created when first needed."""
        key = tuple((name, str(value)) for name, value in entry.items())
        number = self._numbers.get(key)
        if number is None:
            if len(self.images) >= MAX_IMAGES:
                return MAX_IMAGES
            number = self._numbers[key] = len(self.images)
            windows = entry.get("code_file", "").lower().endswith((".dll", ".exe"))
            self.images.append({"type": "pe" if windows else self._type, **entry})
        return number


def _is_apples(stacks: Sequence[Stack]) -> bool:
    """Whether the text is of a system whose files are Mach-O; Swift before 5.9 writes on Linux as Apple does."""
    paths = [_name(found.where.module) for stack in stacks for found in stack.founds if found.where is not None and found.where.module]
    if any(".so" in path for path in paths):
        return False
    return any(path.endswith(".dylib") for path in paths) or any(stack.family == "#apple" for stack in stacks)


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].partition("!")[2] or path.replace("\\", "/").rpartition("/")[2]


def _mapped(where: Where) -> Where:
    """A place in a file by its own path, though the file may be gone."""
    path = where.module and mapped_path(where.module)
    return where if path == where.module else msgspec.structs.replace(where, module=path)


def _is_of(where: Where, module: Module) -> bool:
    """Whether a place that `module` holds is in it by its name, too: Apple's frames have bundles' names, and those of processes."""
    return where.module is None or module.origin == "images" or _same_name(_name(where.module), _name(module.path))


def _same_name(one: str, other: str) -> bool:
    """`libstdc++.so.6` is what links call `libstdc++.so.6.0.30`."""
    return one == other or one.startswith(other + ".") or other.startswith(one + ".")


def _from_frames(wheres: Iterable[Where], holding: Callable[[int], Module | None]) -> list[Module]:
    """The modules of frames that say where these are loaded, or mapped, and that the text says nothing of beside the frames."""
    reach: dict[tuple[int, str, str | None, str], int] = {}
    mapped: dict[tuple[str, Mapping], None] = {}
    for where in wheres:
        if where.address is None or where.module is None:
            continue
        held = holding(where.address)
        if held is not None and _is_of(where, held):
            continue
        if where.mapping is not None:
            if len(mapped) < MAX_IMAGES:
                mapped[where.module, where.mapping] = None
        elif where.offset is not None:
            key = (where.address - where.offset, where.module, where.build_id, where.origin)
            if key[0] >= 0 and (key in reach or len(reach) < MAX_IMAGES):
                reach[key] = max(reach.get(key, 0), where.offset)
    # Other frames of the module may be at higher addresses.
    found = [Module(start, (end | 0xFFFF) + 1, path, build_id, origin) for (start, path, build_id, origin), end in reach.items()]
    return [*found, *(Module(one.start, one.size, path, None, "mapped", (one,)) for path, one in mapped)]


def _as_json(mapping: Mapping) -> dict[str, Any]:
    """A mapping as an image of the event has it: what is not known is left out."""
    found: dict[str, Any] = {"start": hex(mapping.start), "size": mapping.size}
    if mapping.offset is not None:
        found["offset"] = mapping.offset
    if mapping.executable is not None:
        found["executable"] = mapping.executable
    return found
