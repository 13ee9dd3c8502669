"""Native stacks for clients of Sentry's Symbolicator: `POST /symbolicate` with a request in its form.

`routes/symbolicate.py` has the route, which takes events too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from symbolicator import event as event_json
from symbolicator.event.shapes import is_request, may_be_request
from symbolicator.keys import normalise_code_id, normalise_debug_id, parse_address
from symbolicator.model import Image
from symbolicator.service.answers import json_answer
from symbolicator.service.event_requests import as_model
from symbolicator.service.sentry import Hex, Order, context_of, hex_value, in_order, order_of, problems_of, wants_context
from symbolicator.service.sentry_native_models import (
    SentryCandidate,
    SentryDownload,
    SentryFeatures,
    SentryFrame,
    SentryModule,
    SentryModuleStatus,
    SentryNativeAnswer,
    SentryNativeRequest,
    SentryRawFrame,
    SentryRawStack,
    SentryStack,
    SentryUsed,
)
from symbolicator.transformers.addresses import Images

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from symbolicator.service.uploads import UploadRequest
    from symbolicator.service.work import Work

_TYPES = frozenset(("elf", "macho", "pe", "pe_dotnet", "wasm"))
_DOTNET = frozenset(("csharp", "dotnet"))
_STATUS = {"raw": "missing_symbol", "unsupported": "malformed"}
"""Statuses that the other side does not know."""
_DROPPED = ("missing_symbol", "unknown_image")
"""Statuses of frames that a stack scan only guessed, and nothing confirms."""


MODELS = (SentryNativeRequest, SentryNativeAnswer)


def is_native_request(event: Mapping[str, Any], request: UploadRequest) -> bool:
    """Whether an event is a request in this form, by its members or by how it was sent."""
    if not may_be_request(event):
        return False
    return is_request(event) or "scope" in request.args or "timeout" in request.args or "X-Sentry-Project-Id" in request.headers


def native_answer(work: Work, body: Mapping[str, Any], folder: Path | None) -> Response:
    """The answer to a request in this form. Raises `Refusal`."""
    return json_answer(answer_to(work, as_model(body, SentryNativeRequest), folder))


def answer_to(work: Work, asked: SentryNativeRequest, folder: Path | None = None) -> SentryNativeAnswer:
    """The answer to a request. Raises `Refusal`."""
    work.check_frames(sum(len(stack.frames) for stack in asked.stacktraces))
    event = event_json.read_frames(_event(asked))
    return _Answer(asked, event.images, work.run(event, folder)).written()


def _event(asked: SentryNativeRequest) -> dict[str, Any]:
    """The request as an event: stacks and modules in their places."""
    event: dict[str, Any] = {
        "platform": "native",
        "stacktraces": [_stack(asked, stack) for stack in asked.stacktraces],
        "modules": [{**msgspec.to_builtins(one), "image_addr": hex_value(one.image_addr, "image_addr")} for one in asked.modules],
        "options": {"frame_order": _order(asked)},
    }
    if asked.signal is not None:  # it decides whether the topmost frame was found on the stack
        event["exception"] = {"values": [{"mechanism": {"meta": {"signal": {"number": asked.signal}}}}]}
    return event


def _order(asked: SentryNativeRequest) -> Order:
    return order_of(asked.options, "callee_first")


def _stack(asked: SentryNativeRequest, stack: SentryRawStack) -> dict[str, Any]:
    # If one frame says whether it is a return address, those that do not are.
    said = any(frame.adjust_instruction_addr is not None for frame in stack.frames)
    frames = []
    for frame in stack.frames:
        sent = msgspec.to_builtins(frame)
        # Whatever the platform is called, a frame with an address is native, or one of .NET's.
        sent["platform"] = platform if (platform := frame.platform or asked.platform) in _DOTNET else "native"
        sent["instruction_addr"] = hex_value(frame.instruction_addr, "instruction_addr")
        for name, ours in (("sym_addr", "symbol_addr"), ("function_id", "function_id")):
            if name in sent:
                sent[ours] = hex(hex_value(sent.pop(name), name) or 0)
        if said and frame.adjust_instruction_addr is None:
            sent["adjust_instruction_addr"] = True
        frames.append(sent)
    return {"frames": frames, "registers": dict(stack.registers or {})}


class _Answer:
    """A symbolicated event in this form."""

    def __init__(self, asked: SentryNativeRequest, images: Sequence[Image], out: Mapping[str, Any]) -> None:
        self._asked, self._out = asked, out
        self._images = Images(images)
        self._order = _order(asked)
        self._with_context = wants_context(asked.options)
        self._files: dict[int, set[str]] = {}
        """The debug files of each module, by its index."""

    def written(self) -> SentryNativeAnswer:
        """The whole answer."""
        stacks = [self._stack(*each) for each in zip(self._asked.stacktraces, self._out["stacktraces"], strict=True)]
        modules = [self._module(number, *each) for number, each in enumerate(zip(self._asked.modules, self._out["modules"], strict=True))]
        return SentryNativeAnswer(status="completed", stacktraces=stacks, modules=modules, problems=problems_of(self._out))

    def _stack(self, sent: SentryRawStack, out: Mapping[str, Any]) -> SentryStack:
        frames = [self._frame(sent.frames[one["data"]["raw_index"]], one) for one in out["frames"]]
        inner_first = in_order(frames, self._order, "callee_first")
        kept: list[SentryFrame] = []
        for place, frame in enumerate(inner_first):
            guessed = frame.trust == "scan" and frame.status in _DROPPED
            # Below `_start` there is nothing; unwinders without its rule find one frame more.
            behind = frame.status == "unknown_image" and place == len(frames) - 1 and kept and kept[-1].function == "_start"
            if not guessed and not behind:
                kept.append(frame)
        registers = {name: hex(hex_value(value, name) or 0) for name, value in (sent.registers or {}).items()}
        return SentryStack(
            frames=in_order(kept, "callee_first", self._order),
            thread_id=sent.thread_id,
            thread_name=sent.thread_name,
            is_requesting=sent.is_requesting,
            registers=registers or None,
        )

    def _frame(self, sent: SentryRawFrame, out: Mapping[str, Any]) -> SentryFrame:
        data = out["data"]
        status = _STATUS.get(data["symbolicator_status"], data["symbolicator_status"])
        found = status == "symbolicated"
        mode = None if sent.addr_mode in (None, "", "abs") else sent.addr_mode
        address = hex_value(sent.instruction_addr, "instruction_addr") or 0
        place = self._images.of(address, mode)
        if place is not None and "debug_file" in data:
            self._files.setdefault(place[0], set()).add(data["debug_file"])
        if place is not None and mode is None and not hex_value(self._asked.modules[place[0]].image_addr, "image_addr"):
            mode = f"rel:{place[0]}"
        if found:
            address = parse_address(data.get("lookup_addr")) or address
        outer = found and not data.get("inlined")
        return SentryFrame(
            status=status,
            original_index=data["raw_index"],
            instruction_addr=hex(address),
            addr_mode=mode,
            adjust_instruction_addr=sent.adjust_instruction_addr,
            function_id=_as_hex(sent.function_id, "function_id"),
            platform=sent.platform,
            package=out.get("package") or None,
            lang=out.get("lang"),
            symbol=out.get("symbol") or None,
            sym_addr=(out.get("symbol_addr") if outer else None) if found else _as_hex(sent.sym_addr, "sym_addr"),
            function=out.get("raw_function") or out.get("function") or None,
            filename=(out.get("filename") or "").replace("\\", "/").rpartition("/")[2] or None,
            abs_path=out.get("abs_path") or None,
            lineno=out.get("lineno") or (0 if found else None),
            source_link=sent.source_link,
            in_app=sent.in_app,
            trust=sent.trust,
            **context_of(out if self._with_context else msgspec.to_builtins(sent)),
        )

    def _module(self, number: int, sent: SentryModule, out: Mapping[str, Any]) -> SentryModuleStatus:
        features = _features(out.get("features") or {})
        status = out.get("debug_status") or "unused"
        candidates = None
        if self._asked.options and self._asked.options.dif_candidates and status != "unused":
            candidates = self._candidates(number, sent, status, features)
        return SentryModuleStatus(
            type=sent.type if sent.type in _TYPES else "unknown",
            code_id=normalise_code_id(sent.code_id),
            code_file=sent.code_file,
            debug_id=normalise_debug_id(sent.debug_id),
            debug_file=sent.debug_file,
            debug_checksum=sent.debug_checksum,
            image_addr=hex(hex_value(sent.image_addr, "image_addr") or 0),
            image_size=sent.image_size,
            debug_status=status,
            features=features,
            arch=out.get("arch") or "unknown",
            candidates=candidates,
        )

    def _candidates(self, number: int, sent: SentryModule, status: str, features: SentryFeatures) -> list[SentryCandidate]:
        source = next((one.id for one in self._asked.sources or () if one.id), "files")
        looked_for = sent.debug_file or sent.code_file or sent.debug_id or sent.code_id or "unknown"
        if status == "found":
            download, used = SentryDownload("ok", features), SentryUsed("ok")
            unwind = used if features.has_unwind_info else None
            locations = sorted(self._files.get(number) or {looked_for})
            return [SentryCandidate(source, location, download, unwind=unwind, debug=used) for location in locations]
        return [SentryCandidate(source, looked_for, SentryDownload("malformed" if status == "malformed" else "notfound"))]


def _as_hex(value: Hex, name: str) -> str | None:
    number = hex_value(value, name)
    return None if number is None else hex(number)


def _features(ours: Mapping[str, Any]) -> SentryFeatures:
    """Ours are words. Programs have what unwinds their code, and so have PDBs and Breakpad's files; it is not looked at."""
    records = "records" in ours
    return SentryFeatures(
        has_debug_info=records or "debug_info" in ours,
        has_unwind_info=records or "code" in ours,
        has_symbols=records or "symbols" in ours,
        has_sources=False,
    )
