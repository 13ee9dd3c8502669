"""A tombstone as the text that debuggerd prints of it (`tombstone_proto_to_text`): the thread that crashed first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbolicator.control import tame
from symbolicator.errors import TraceError
from symbolicator.traces.tombstone.message import Message, read_tombstone

_STARS, _DASHES = " ".join(["***"] * 16), " ".join(["---"] * 16)
_ABIS = {0: ("arm", 4), 1: ("arm64", 8), 2: ("x86", 4), 3: ("x86_64", 8), 4: ("riscv64", 8)}
"""Names and bytes of an address, by number."""
_NONE = 5
_PRIORITIES = "!.VDIWEFS"
_IN_A_ROW = 4
_SIGNED = 1 << 63


def tombstone_text(content: bytes) -> str:
    """The text of a tombstone. Raises `TraceError` if it is none: a protobuf message with a process, a thread and that thread's stack."""
    read = read_tombstone(content)
    if not (read["pid"] and read["tid"] and any(entry["value"] for entry in read["threads"])):
        raise TraceError("a protobuf message, and no tombstone: it has no process, or no thread")
    return "\n".join(tame(part, keep_bytes=True) for line in _lines(read) for part in line.split("\n")) + "\n"


def _lines(read: Message) -> Iterator[str]:
    abi, width = _ABIS.get(read["arch"], ("<unknown>", 8))
    yield _STARS
    yield f"Build fingerprint: '{read['fingerprint']}'"
    yield f"Revision: '{read['revision']}'"
    yield f"ABI: '{abi}'"
    if read["guest_arch"] in _ABIS and read["guest_threads"]:
        yield f"Guest architecture: '{_ABIS[read['guest_arch']][0]}'"
    yield f"Timestamp: {read['timestamp']}"
    yield f"Process uptime: {read['uptime']}s"
    threads = {entry["key"]: entry["value"] for entry in read["threads"] if entry["value"]}
    guests = {entry["key"]: entry["value"] for entry in read["guest_threads"] if entry["value"]}
    crashed = threads.pop(read["tid"], None)
    if crashed is None:
        yield "failed to find entry for main thread in tombstone"
    else:
        yield from _crash(read, crashed, width)
    yield from _memory(read["mappings"], width)
    yield from _guest(guests.get(read["tid"]), read["guest_arch"])
    for number in sorted(threads):
        yield _DASHES
        yield from _heading(read, threads[number])
        yield from _registers(threads[number], width)
        yield from _thread(threads[number], width)
        yield from _guest(guests.get(number), read["guest_arch"])
    if read["files"]:
        yield ""
        yield "open files:"
        yield from (f"    fd {one['fd']}: {one['path']}" for one in read["files"])
    for log in read["logs"]:
        yield f"--------- log {log['name']}"
        yield from map(_logged, log["messages"])


def _crash(read: Message, thread: Message, width: int) -> Iterator[str]:
    yield from _heading(read, thread)
    signal, causes = read["signal"], read["causes"]
    if signal:
        sender = f" from pid {signal['sender_pid']}, uid {signal['sender_uid']}" if signal["has_sender"] else ""
        address = f"0x{signal['address']:0{2 * width}x}" if signal["has_address"] else "--------"
        code = _signed(signal["code"])
        yield f"signal {signal['number']} ({signal['name']}), code {code} ({signal['code_name']}{sender}), fault addr {address}"
    else:
        yield "signal information missing"
    if len(causes) == 1:
        yield f"Cause: {causes[0]['text']}"
    if read["abort_message"]:
        yield f"Abort message: '{read['abort_message']}'"
    yield from (f"Extra crash detail: {one['name']}: '{one['data']}'" for one in read["details"])
    yield from _registers(thread, width)
    yield from _thread(thread, width)
    if len(causes) > 1:
        yield ""
        yield "Note: multiple potential causes for this crash were detected, listing them in decreasing order of likelihood."
    for cause in causes:
        if len(causes) > 1:
            yield ""
            yield f"Cause: {cause['text']}"
        heap = cause["memory_error"].get("heap") or {}
        for what in ("deallocation", "allocation"):
            if heap.get(what):
                yield ""
                yield f"{what.removesuffix('ion')}ed by thread {heap[f'{what}_tid']}:"
                yield from _frames(heap[what], width)
    memory = sum(len(one["memory"]) for one in (thread, *(entry["value"] for entry in read["threads"] if entry["value"])))
    if memory:
        yield ""
        yield "memory near registers: in the protobuf, not shown here"


def _heading(read: Message, thread: Message) -> Iterator[str]:
    command = read["command_line"]
    yield f"Cmdline: {' '.join(command) or '<unknown>'}"
    name = command[0] if command else "<unknown>"
    yield f"pid: {read['pid']}, tid: {thread['id']}, name: {thread['name']}  >>> {name} <<<"
    yield f"uid: {read['uid']}"


def _registers(thread: Message, width: int) -> Iterator[str]:
    shown = [f"  {one['name']:<3} {one['value']:0{2 * width}x}" for one in thread["registers"]]
    yield from ("  " + "".join(shown[at : at + _IN_A_ROW]) for at in range(0, len(shown), _IN_A_ROW))


def _thread(thread: Message, width: int) -> Iterator[str]:
    yield ""
    yield f"{len(thread['backtrace'])} total frames"
    yield "backtrace:"
    yield from (f"  NOTE: {note}" for note in thread["notes"])
    yield from (f"  NOTE: no unwind information could be read of {file}" for file in thread["unreadable"])
    yield from _frames(thread["backtrace"], width)


def _frames(frames: Sequence[Message], width: int) -> Iterator[str]:
    for number, frame in enumerate(frames):
        offset = f" (offset 0x{frame['file_map_offset']:x})" if frame["file_map_offset"] else ""
        function = f" ({frame['function_name']}+{frame['function_offset']})" if frame["function_name"] else ""
        build_id = f" (BuildId: {frame['build_id']})" if frame["build_id"] else ""
        yield f"      #{number:02d} pc {frame['rel_pc']:0{2 * width}x}  {frame['file_name']}{offset}{function}{build_id}"


def _guest(thread: Message | None, arch: int) -> Iterator[str]:
    """A thread of the system that was emulated (ARM's on x86)."""
    if thread is not None and arch != _NONE:
        width = _ABIS.get(arch, ("", 8))[1]
        yield _DASHES
        yield f"Guest thread information for tid: {thread['id']}"
        yield from _registers(thread, width)
        yield from _thread(thread, width)


def _memory(mappings: Sequence[Message], width: int) -> Iterator[str]:
    if not mappings:
        return
    yield ""
    yield f"memory map ({len(mappings)} {'entry' if len(mappings) == 1 else 'entries'}):"
    for one in mappings:
        flags = "".join(letter if one[name] else "-" for letter, name in (("r", "read"), ("w", "write"), ("x", "execute")))
        begin, end = _pointer(one["begin"], width), _pointer(max(one["end"] - 1, 0), width)
        name = f"  {one['name']}" if one["name"] else ""
        build_id = f" (BuildId: {one['build_id']})" if one["build_id"] else ""
        bias = f" (load bias 0x{one['load_bias']:x})" if one["load_bias"] else ""
        size = max(one["end"] - one["begin"], 0)
        yield f"    {begin}-{end} {flags}  {one['offset']:8x}  {size:8x}{name}{build_id}{bias}"


def _pointer(address: int, width: int) -> str:
    return f"{address >> 32:08x}'{address & 0xFFFFFFFF:08x}" if width == 8 else f"{address:08x}"


def _logged(one: Message) -> str:
    priority = _PRIORITIES[one["priority"]] if one["priority"] < len(_PRIORITIES) else "?"
    return f"{one['timestamp']} {one['pid']:5d} {one['tid']:5d} {priority} {one['tag']:<8}: {one['message']}"


def _signed(value: int) -> int:
    """A number that protobuf writes as 64 bits without sign."""
    return value - 2 * _SIGNED if value >= _SIGNED else value
