"""Stacks that an event carries where no stacktrace is expected: in an SDK's own shape, or as text.

React Native's errors bring the native stack of what failed along (`nativeStackAndroid`: a list of `{class, methodName, file, lineNumber}`;
`nativeStackIOS`: return addresses, or lines as `backtrace_symbols` writes them); its native crashes bring the JavaScript stack as text.
React's bring the component stack, as text or as a list of its lines. Where iOS ends an app for an error of JavaScript, that error and its
stack are the message of an exception (`RCTFatalException: Unhandled JS Exception: …, stack:`). The SDKs and people's own error boundaries
leave them on the error (`exception.values[].mechanism.data`), in a context, in `extra` and its like (`GROUPS`), or in the event itself.
Here they become what the model knows: an exception that the error was caused by (`mechanism.source` says what it was, as Sentry's SDK
does), or a thread (`source` likewise). What an earlier run made of them is seen by this, and not made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from symbolicator.errors import TraceError
from symbolicator.keys import parse_address

Json = Mapping[str, Any]

_MAX_HOLDERS = 100
GROUPS = ("contexts", "extra", "context", "metadata", "metaData", "custom")
"""Where an event keeps what is not of the error itself: Sentry's word, and those of other services' SDKs."""
REASON = "reason"
"""`mechanism.source` of an error that another one's message holds."""
_SCRIPT_STACKS = ("jsStack", "js_stack", "javascriptStack", "jsStackTrace")


def carried_exceptions(event: Json, values: list[Json]) -> list[tuple[int, Json]]:
    """Exceptions that the event carries: each with the place in `values` before which it belongs, the place of the error it caused."""
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
    """Threads that the event carries: the JavaScript stack of a native crash."""
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
    """The objects that may carry a stack, each with the place of the exception it belongs to: the last one, where it is the event's own."""
    for place, value in enumerate(values[:_MAX_HOLDERS]):
        data = _mechanism(value).get("data")
        yield from ((place, holder) for holder in (value, data) if isinstance(holder, Mapping))
    last = max(len(values) - 1, 0)
    yield last, event
    for group in GROUPS:
        yield from ((last, holder) for _, holder in _groups(event.get(group), group))


def _groups(holder: object, name: str) -> Iterator[tuple[str, Json]]:
    """A holder and the objects in it, with their names."""
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
    """Whether an exception of the event has this very frame innermost: the SDK has made one of the carried stack itself.

    A component stack begins where the component stands that threw, as the crash does: only as a whole it is the same one.
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
    """Whether an exception's message may hold another error with its stack."""
    return isinstance(message, str) and ", stack:" in message


def _thrown_in(message: object) -> Json | None:
    """The error of JavaScript, with its stack, that a message holds as React Native's hosts write it; None where it holds none."""
    if not holds_stack(message):
        return None
    from symbolicator.traces import parse_trace  # few messages are such

    try:
        values = parse_trace(f"JavascriptException: {message}", "javascript")["exception"]["values"]
    except TraceError:
        return None
    value: Json = values[-1]
    return value if value.get("stacktrace", {}).get("frames") else None


def _without(holder: Json, key: str) -> Json:
    return {name: value for name, value in holder.items() if name != key}


# ── shapes; each gives frames callee first, as they stand there ───────────────────────────────────────────────────


def _java_frames(elements: object) -> list[Json]:
    """`nativeStackAndroid`: the elements of a Java stack. A line below 1 says that there is none."""
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
    """`nativeStackIOS`: addresses, or `3   App   0x0000000104b2c1f4 -[Gate lift] + 52`. All are return addresses, the first one too."""
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
    """A JavaScript stack as text, as frames caller first (as `parse_trace` gives them); [] where it is none."""
    from symbolicator.traces import parse_trace  # few events carry text

    if not isinstance(text, str):
        return []
    try:
        values = parse_trace(text, "javascript")["exception"]["values"]
    except TraceError:
        return []
    frames: list[Json] = values[-1].get("stacktrace", {}).get("frames", [])
    return frames


def _components(stack: object) -> list[Json]:
    """`componentStack`, a text or its lines: callee first as it has them."""
    if isinstance(stack, list) and all(isinstance(line, str) for line in stack):
        stack = "\n".join(stack)
    return _script_frames(stack)[::-1]


_COMPONENTS = ("componentStack", "component_stack", "componentStackTrace", "reactComponentStack")
_EXCEPTIONS: dict[str, tuple[tuple[str, ...], Callable[[Any], list[Json]]]] = {
    "nativeStackAndroid": (("nativeStackAndroid",), _java_frames),
    "nativeStackIOS": (("nativeStackIOS",), _native_frames),
    "componentStack": (_COMPONENTS, _components),
}
"""By what `mechanism.source` calls it: the keys it is found by, and who reads it."""
CARRIERS = frozenset(key for keys, _ in _EXCEPTIONS.values() for key in keys)
"""What a stack that an event carries may be called, where it stands on the event or an error itself."""
