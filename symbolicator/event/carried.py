"""Stacks that an event has in other places than stacktraces: in an SDK's own form, or as text.

React Native's errors contain the native stack of what failed (`nativeStackAndroid`: a list of `{class, methodName, file, lineNumber}`;
`nativeStackIOS`: return addresses, or lines as `backtrace_symbols` writes them); its native crashes contain the JavaScript stack as text.
React's errors contain the component stack, as text or as a list of lines. If iOS ends an app because of a JavaScript error, that error and
its stack are the message of an exception (`RCTFatalException: Unhandled JS Exception: …, stack:`). SDKs and applications' error boundaries
put them on the error (`exception.values[].mechanism.data`), in a context, in `extra` and similar places (`GROUPS`), or in the event itself.
Here they become parts of the model: an exception that caused the error (`mechanism.source` says what it was, as in Sentry's
SDK), or a thread (`source` likewise). Those added by an earlier run are recognized and not added again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from symbolicator.errors import TraceError
from symbolicator.keys import parse_address

Json = Mapping[str, Any]

_MAX_HOLDERS = 100
GROUPS = ("contexts", "extra", "context", "metadata", "metaData", "custom")
"""The places in an event for data that is not of the error itself: Sentry's, and those of other services' SDKs."""
REASON = "reason"
"""`mechanism.source` of an error inside another one's message."""
_SCRIPT_STACKS = ("jsStack", "js_stack", "javascriptStack", "jsStackTrace")


def carried_exceptions(event: Json, values: list[Json]) -> list[tuple[int, Json]]:
    """Exceptions inside the event: each with the index in `values` before which it belongs, that of the error it caused."""
    sources = [_mechanism(value).get("source") for value in values]
    found: list[tuple[int, Json]] = []
    for source, (spellings, read) in _EXCEPTIONS.items():
        if source in sources:
            continue
        for place, holder in _holders(event, values):
            frames = next((read(holder[key])[::-1] for key in spellings if key in holder), [])
            if frames and not any(_same(source, frames, value) for value in values):
                found.append((place, _exception(source, frames, values[place] if values else {}, len(values) + len(found))))
                break
    if REASON not in sources:
        for place, value in enumerate(values[:_MAX_HOLDERS]):
            thrown = _thrown_in(value.get("value"))
            if thrown is not None and not any(_same(REASON, thrown["stacktrace"]["frames"], other) for other in values):
                error = _exception(REASON, thrown["stacktrace"]["frames"], value, len(values) + len(found))
                found.append((place, {**{key: thrown[key] for key in ("type", "value") if key in thrown}, **_without(error, "value")}))
                break
    return found


def carried_threads(event: Json, threads: list[Json]) -> list[Json]:
    """Threads inside the event: the JavaScript stack of a native crash."""
    known = [thread.get("source") for thread in threads]
    for group in GROUPS:
        for name, holder in _groups(event.get(group), group):
            for key in _SCRIPT_STACKS:
                source = f"{name}.{key}"
                if key in holder and source not in known:
                    frames = _script_frames(holder[key])
                    if frames:
                        return [{"name": "JavaScript", "source": source, "stacktrace": {"frames": frames}}]
    return []


def _holders(event: Json, values: list[Json]) -> Iterator[tuple[int, Json]]:
    """The objects that may contain a stack, each with the index of its exception: the last one for the event's own objects."""
    for place, value in enumerate(values[:_MAX_HOLDERS]):
        data = _mechanism(value).get("data")
        yield from ((place, holder) for holder in (value, data) if isinstance(holder, Mapping))
    last = max(len(values) - 1, 0)
    yield last, event
    for group in GROUPS:
        yield from ((last, holder) for _, holder in _groups(event.get(group), group))


def _groups(holder: object, name: str) -> Iterator[tuple[str, Json]]:
    """An object and the objects in it, with their names."""
    if isinstance(holder, Mapping):
        yield name, holder
        yield from ((f"{name}.{key}", each) for key, each in list(holder.items())[:_MAX_HOLDERS] if isinstance(each, Mapping))


def _mechanism(value: Json) -> Json:
    found = value.get("mechanism")
    return found if isinstance(found, Mapping) else {}


def _exception(source: str, frames: list[Json], error: Json, number: int) -> Json:
    mechanism: dict[str, Any] = {"type": "chained", "source": source}
    parent = _mechanism(error).get("exception_id")
    if isinstance(parent, int):
        mechanism |= {"exception_id": number, "parent_id": parent}
    out: dict[str, Any] = {"value": error["value"]} if isinstance(error.get("value"), str) else {}
    return {**out, "mechanism": mechanism, "stacktrace": {"frames": frames}}


def _same(source: str, carried: list[Json], value: Json) -> bool:
    """Whether an exception of the event has exactly this innermost frame: then the SDK has already converted the stack.

    A component stack begins with the component that threw, as the crash does: it is the same only if all of it is.
    """
    frame = carried[-1]
    stack = value.get("stacktrace")
    frames = stack.get("frames") if isinstance(stack, Mapping) else None
    last = frames[-1] if isinstance(frames, list) and frames else None
    if not isinstance(last, Mapping):
        return False
    if source == "componentStack" and len(carried) > 1:
        assert isinstance(frames, list)  # noqa: S101  # its last one is an object
        before = frames[-2] if len(frames) > 1 else None
        return len(frames) == len(carried) and isinstance(before, Mapping) and _alike(carried[-2], before) and _alike(frame, last)
    return _alike(frame, last)


def _alike(frame: Json, other: Json) -> bool:
    address = parse_address(frame.get("instruction_addr"))
    if address is not None:
        return parse_address(other.get("instruction_addr")) == address
    return all(other.get(key) == frame.get(key) for key in ("module", "function", "lineno", "abs_path"))


def holds_stack(message: object) -> bool:
    """Whether an exception's message may contain another error with its stack."""
    return isinstance(message, str) and ", stack:" in message


def _thrown_in(message: object) -> Json | None:
    """The JavaScript error, with its stack, in a message as React Native's hosts write it; None if there is none."""
    return _parsed(f"JavascriptException: {message}") if holds_stack(message) else None


def _without(holder: Json, key: str) -> Json:
    return {name: value for name, value in holder.items() if name != key}


# ── forms; each returns frames callee first, in their own order ───────────────────────────────────────────────────


def _java_frames(elements: object) -> list[Json]:
    """`nativeStackAndroid`: the elements of a Java stack. A line below 1 means unknown."""
    frames: list[Json] = []
    for element in elements if isinstance(elements, list) else ():
        if not isinstance(element, Mapping) or not isinstance(element.get("methodName"), str):
            continue
        frame = {"platform": "java", "function": element["methodName"], "module": element.get("class"), "filename": element.get("file")}
        line = element.get("lineNumber")
        if isinstance(line, int) and line > 0:
            frame["lineno"] = line
        frames.append({key: value for key, value in frame.items() if value is not None})
    return frames


def _native_frames(lines: object) -> list[Json]:
    """`nativeStackIOS`: addresses, or `3   App   0x0000000104b2c1f4 -[Gate lift] + 52`. All are return addresses, even the first one."""
    frames: list[Json] = []
    for line in lines if isinstance(lines, list) else ():
        head, _, rest = line.partition(" 0x") if isinstance(line, str) and " 0x" in line else ("", "", line)
        word, _, symbol = (f"0x{rest}" if head else str(rest)).partition(" ")
        address = parse_address(word if head or isinstance(line, str) else line)
        if address is None:
            continue
        frame: dict[str, Any] = {"platform": "native", "instruction_addr": hex(address), "adjust_instruction_addr": True}
        name, _, offset = symbol.rpartition(" + ")
        if name and offset.isascii() and offset.isdigit() and not name.startswith("0x"):
            frame["function"] = name
        package = head.split(None, 1)[1].strip() if len(head.split(None, 1)) > 1 else ""
        frames.append({**frame, "package": package} if package else frame)
    return frames


def _script_frames(text: object) -> list[Json]:
    """A JavaScript stack as text, as frames caller first (as `parse_trace` returns them); [] if it is none."""
    thrown = _parsed(text) if isinstance(text, str) else None
    frames: list[Json] = thrown["stacktrace"]["frames"] if thrown is not None else []
    return frames


def _parsed(text: str) -> Json | None:
    """The last error in a text, if it has a JavaScript stack."""
    from symbolicator.traces import parse_trace  # few events contain text

    try:
        value: Json = parse_trace(text, "javascript")["exception"]["values"][-1]
    except TraceError:
        return None
    return value if value.get("stacktrace", {}).get("frames") else None


def _components(stack: object) -> list[Json]:
    """`componentStack`, a text or its lines: callee first, as written there."""
    if isinstance(stack, list) and all(isinstance(line, str) for line in stack):
        stack = "\n".join(stack)
    return _script_frames(stack)[::-1]


_COMPONENTS = ("componentStack", "component_stack", "componentStackTrace", "reactComponentStack")
_EXCEPTIONS: dict[str, tuple[tuple[str, ...], Callable[[Any], list[Json]]]] = {
    "nativeStackAndroid": (("nativeStackAndroid",), _java_frames),
    "nativeStackIOS": (("nativeStackIOS",), _native_frames),
    "componentStack": (_COMPONENTS, _components),
}
"""By `mechanism.source`: the keys it is found by, and the function that reads it."""
CARRIERS = frozenset(key for keys, _ in _EXCEPTIONS.values() for key in keys)
"""Keys of stacks on the event or an error itself."""
