"""The classes of exceptions, and the classes in their messages.

The obfuscated text is kept beside it (`raw_type`, `raw_module`, `raw_value`) and is read when the event comes again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from symbolicator.lookup import Lookup
from symbolicator.model import Event, ExceptionValue, Stacktrace
from symbolicator.transformers.exception_texts import came, class_of
from symbolicator.transformers.jvm_mappings import MAX_IDS, OpenMapping, find_mappings, map_id
from symbolicator.transformers.jvm_messages import class_name, message


def renamed(event: Event, lookup: Lookup, is_java: Callable[[Stacktrace | None], bool]) -> Event:
    """The event with the original classes of its exceptions. Opens no mapping that the frames did not."""
    ids = dict.fromkeys(found for stack in event.all_stacktraces() for file in _raw_files(stack) if (found := map_id(file)))
    wanted: Sequence[str | None] = list(ids)[:MAX_IDS] or (None,)
    chains = [chain for one in wanted if (chain := find_mappings(lookup, one).chain)]
    if not chains:
        return event
    exceptions = tuple(_exception(one, _chain_of(one, chains)) if is_java(one.stacktrace) else one for one in event.exceptions)
    return msgspec.structs.replace(event, exceptions=exceptions, images=lookup.images)


def _raw_files(stack: Stacktrace) -> Sequence[str]:
    """The files of the raw frames: they may name the mapping, and have been replaced by now."""
    names = (raw.get("filename") for raw in stack.raw_frames if isinstance(raw, dict))
    return [name for name in names if isinstance(name, str)]


def _chain_of(one: ExceptionValue, chains: Sequence[Sequence[OpenMapping]]) -> Sequence[OpenMapping]:
    """The mappings of an exception: if frames name several, the only one that knows its class; none if that is ambiguous."""
    if len(chains) == 1:
        return chains[0]
    name = class_of(one)
    knowing = [chain for chain in chains if name and class_name(name, chain) is not None]
    return knowing[0] if len(knowing) == 1 else ()


def _exception(one: ExceptionValue, chain: Sequence[OpenMapping]) -> ExceptionValue:
    kind, module, value = (came(one, key) for key in ("type", "module", "value"))
    name = class_of(one)
    extra = dict(one.extra)
    changed: dict[str, str | None] = {}
    if kind and name:
        original = class_name(name, chain)
        if original is not None and original != name:
            package, _, simple = original.rpartition(".")
            changed = {"type": simple, "module": package or None} if module is not None or "." not in kind else {"type": original}
    if value:
        text = message(value, name, chain)
        if text != value:
            changed["value"] = text
    if not changed:
        return one
    for key, was in (("type", kind), ("module", module), ("value", value)):
        if key in changed and was is not None:
            extra[f"raw_{key}"] = was
    if changed.get("module", "") is None:
        extra.pop("module", None)
    return msgspec.structs.replace(one, extra=extra, **changed)
