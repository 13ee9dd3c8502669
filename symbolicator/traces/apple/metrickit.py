"""MetricKit's diagnostics: `MXDiagnosticPayload` as JSON, single diagnostics, and App Store Connect's diagnostic logs, which are alike.

Apple, *MXCallStackTree*. A call stack's frames are nested: with `callStackPerThread` each stack is a thread's, its first frame the
innermost, and what called it is in `subFrames`. Without it a tree holds samples: its first frames are the outermost ones. The thread that
crashed is the one with `threadAttributed`. `offsetIntoBinaryTextSegment` is sometimes the address that the binary was loaded at: near
`address` it is that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from symbolicator.keys import normalise_debug_id, parse_address
from symbolicator.traces.apple.stacks import Objects, Words
from symbolicator.traces.json_reports.located import Located, list_of, object_of
from symbolicator.traces.json_reports.report import Json, dumped, member_edits
from symbolicator.traces.native.apple import told_type
from symbolicator.traces.native.frames import make_native
from symbolicator.traces.rewrite import Edit

WORDS = Words("symbolName", "offsetIntoSymbol", "fileName", "lineNumber")
_PAGE = 0xFFF
_KEPT = ("binaryUUID", "binaryName", "address", "offsetIntoBinaryTextSegment", "sampleCount")
_MACH = {
    1: "EXC_BAD_ACCESS", 2: "EXC_BAD_INSTRUCTION", 3: "EXC_ARITHMETIC", 4: "EXC_EMULATION", 5: "EXC_SOFTWARE", 6: "EXC_BREAKPOINT",
    10: "EXC_CRASH", 11: "EXC_RESOURCE", 12: "EXC_GUARD", 13: "EXC_CORPSE_NOTIFY",
}  # fmt: skip
_SIGNALS = {
    3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 8: "SIGFPE", 9: "SIGKILL", 10: "SIGBUS", 11: "SIGSEGV", 12: "SIGSYS",
    13: "SIGPIPE", 15: "SIGTERM",
}  # fmt: skip
_TOLD = ("terminationReason", "hangDuration", "totalCPUTime", "totalSampledTime", "writesCaused", "launchDuration")
"""What a diagnostic's metadata says of why it was made."""


class Diagnostic(NamedTuple):
    """One diagnostic: an object with a `callStackTree`, and the name of the list it stands in (`crashDiagnostics`)."""

    kind: str
    entry: Located

    @property
    def is_crash(self) -> bool:
        """Whether it is of a crash, and not of something that took too long or too much."""
        return self.kind.startswith("crash") or "exceptionType" in object_of(self.entry.get("diagnosticMetaData"))


class Thread(NamedTuple):
    """One call stack; `is_tree`: it holds samples, and not a thread's frames at one time."""

    attributed: bool
    stack: Objects
    is_tree: bool


def diagnostics(document: Located) -> list[Diagnostic]:
    """The diagnostics of a document, in order, wherever they stand in it."""
    found: list[Diagnostic] = []
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Located):
            if "callStackTree" in value or _stacks(value) is not None:
                found.append(Diagnostic(name, value))
            else:
                waiting += reversed(value.items())
        elif isinstance(value, list):
            waiting += [(name, one) for one in reversed(value)]
    return found


def _stacks(tree: Mapping[str, Any]) -> list[Any] | None:
    return next((tree[key] for key in ("callStacks", "callStackThreads") if isinstance(tree.get(key), list)), None)


class Binaries:
    """The binaries that the frames of a document name, as images of its event."""

    def __init__(self) -> None:
        self.images: list[Json] = []
        """The images of the event."""
        self._numbers: dict[tuple[str | None, str | None, int], int] = {}
        self._infos: dict[str, str] = {}

    def name(self, infos: object) -> None:
        """Learn the names that newer systems list beside the trees, by UUID."""
        for one in list_of(infos):
            if isinstance(one, Mapping) and isinstance(one.get("uuid"), str) and isinstance(one.get("name"), str):
                self._infos[one["uuid"]] = one["name"]

    def frame(self, node: Located) -> Json:
        """A node's frame, and its image."""
        uuid, name = node.get("binaryUUID"), node.get("binaryName")
        name = name if isinstance(name, str) and name else self._infos.get(uuid) if isinstance(uuid, str) else None
        symbol = node.get(WORDS.symbol)
        frame = make_native(symbol if isinstance(symbol, str) else None, WORDS.place(node), package=name)
        address, base = place_of(node)
        if address is None:
            return frame
        if not symbol:  # one that was symbolicated before is settled
            frame["instruction_addr"] = hex(address)
        debug_id = normalise_debug_id(uuid)
        if base is not None and (debug_id or name):
            number = self._numbers.setdefault((debug_id, name, base), len(self.images))
            if number == len(self.images):
                image = {"type": "macho", "code_file": name, "code_id": debug_id and debug_id.replace("-", ""), "debug_id": debug_id}
                self.images.append({key: value for key, value in image.items() if value})
            if base:
                extent = max(self.images[number].get("image_size", 0), ((address - base) | _PAGE) + 1)
                self.images[number] |= {"image_addr": hex(base), "image_size": extent}
            elif not symbol:
                frame["addr_mode"] = f"rel:{number}"
        return frame


def place_of(node: Located) -> tuple[int | None, int | None]:
    """A node's address, and where its binary was loaded: 0 where the address counts from there."""
    address, offset = parse_address(node.get("address")), parse_address(node.get("offsetIntoBinaryTextSegment"))
    if offset is None:
        return address, None
    if address is None or offset > address:  # what is called the address is none
        return offset, 0
    return address, offset if offset > address - offset else address - offset


def threads(entry: Located, binaries: Binaries) -> Iterator[Thread]:
    """The call stacks of a diagnostic."""
    trees = entry.get("callStackTree", entry)
    for tree in trees if isinstance(trees, list) else [trees]:
        if not isinstance(tree, Located):
            continue
        binaries.name(tree.get("binaryInfo"))
        for stack in _stacks(tree) or ():
            if not isinstance(stack, Located):
                continue
            per_thread = stack.get("callStackPerThread", tree.get("callStackPerThread"))
            roots: list[Any] = next((stack[key] for key in ("callStackRootFrames", "rootFrames") if isinstance(stack.get(key), list)), [])
            attributed = stack.get("threadAttributed") is True
            yield Thread(attributed, _read(roots, binaries, is_tree=per_thread is False), per_thread is False)


def _read(roots: Sequence[Any], binaries: Binaries, *, is_tree: bool) -> Objects:
    frames: list[tuple[Json, Located]] = []
    waiting = [(0, root) for root in reversed(roots)]
    while waiting:
        depth, node = waiting.pop()
        if not isinstance(node, Located):
            continue
        below = list_of(node.get("subFrames"))
        frame = binaries.frame(node)
        if "instruction_addr" in frame:  # the innermost one is where the thread stood
            frame["adjust_instruction_addr"] = bool(below) if is_tree else bool(frames)
        if is_tree:
            samples = node.get("sampleCount")
            frame["data"] = {"depth": depth, **({"samples": samples} if isinstance(samples, int) else {})}
        frames.append((frame, node))
        waiting += [(depth + 1, one) for one in reversed(below)]
    return Tree(frames) if is_tree else Nested(frames[::-1])


class Nested(Objects):
    """A thread's stack: each node holds its caller."""

    def __init__(self, frames: Sequence[tuple[Json, Located]]) -> None:
        super().__init__(WORDS, frames)

    def _edits(self, place: Located, group: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
        yield from self._around(place, group[:-1], group[-1])

    def _around(self, place: Located, around: Sequence[Mapping[str, Any]], own: Mapping[str, Any]) -> Iterator[Edit]:
        """The edits that make a node's frame `own`, in nodes of those `around` it, the outer node first."""
        kept = {name: place[name] for name in _KEPT if name in place}
        heads = [dumped({**self.members(frame), **self.mark(frame), **kept})[:-1] + ',"subFrames":[' for frame in around]
        if heads:
            yield Edit(place.start, place.start, "".join(heads))
            yield Edit(place.end, place.end, "]}" * len(heads))
        yield from member_edits(place, {**self.members(own), **self.mark(own)})

    @staticmethod
    def mark(frame: Mapping[str, Any]) -> Json:
        """What says that a function was inlined into the one that called it."""
        return {"inline": True} if (frame.get("data") or {}).get("inlined") else {}


class Tree(Nested):
    """A tree of samples: each node holds what it called."""

    def _edits(self, place: Located, group: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
        yield from self._around(place, group[:0:-1], group[0])


def thrown(diagnostic: Diagnostic) -> Json:
    """What a diagnostic is of: an exception's type and value, as an event has them."""
    meta = object_of(diagnostic.entry.get("diagnosticMetaData"))
    reason = meta.get("objectiveCexceptionReason")
    if isinstance(reason, Mapping) and isinstance(reason.get("exceptionName"), str):
        return {"type": reason["exceptionName"], "value": str(reason.get("composedMessage") or "")}
    kind, signal = _MACH.get(_number(meta.get("exceptionType"))), _SIGNALS.get(_number(meta.get("signal")))
    said = [str(meta[key]) for key in _TOLD if isinstance(meta.get(key), str | int | float)]
    named = kind or signal or diagnostic.kind.removesuffix("s") or "diagnostic"
    named, more = told_type(named, signal)
    value: Json = {"type": named, "value": ", ".join(filter(None, [more, *said]))}
    if signal:
        value["mechanism"] = {"type": "mach", "meta": {"signal": {"name": signal}, **({"mach_exception": {"name": kind}} if kind else {})}}
    return value


def _number(value: object) -> int:
    """A number that systems write as one or as text; -1 for none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:
        return int(value)
    return value if isinstance(value, int) else -1
