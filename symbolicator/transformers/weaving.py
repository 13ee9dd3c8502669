"""Weaving: joins the parts of one crash (native, Java, JavaScript) into one stack, in call order.

Where an engine ran the guest, its own frames are in the host's stack (`seams.py`). The guest's frames replace them; what they replaced is
in `data.folded` of the guest's outermost frame: `{"frames": 7, "raw_index": […], "functions": […]}`.

Parts that are separate stacks are woven into the stack of the last exception among them. There:

* `raw_stacktrace` is that stack's raw frames, followed by those of the other halves; `raw_index` counts through all of them;
* `stacktrace.woven` lists them in this order, `{"from": "exception.1" | "threads.0", "platform", "frames": how many}`, its own first.

The other parts' stacks are then empty and have `woven_into`; their `raw_stacktrace` stays. If there is no seam, or several and it is
unclear which one a part belongs to, the stacks stay as they are, and the event has a `missing_seam` problem. If there can be none because
JavaScript ran on another queue, the native stack has the reason in `stacktrace.apart`, and nothing is missing. A second run first undoes
what the first one wove (`unweaving.py`), so it gives the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from symbolicator.model import Event, ExceptionValue, Frame, Stacktrace, Status, Thread
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers.platforms import JAVA, JAVASCRIPT, NATIVE, language_of
from symbolicator.transformers.seams import Seam, find_seams, other_queue

_replace = msgspec.structs.replace

IN_REASON = "reason"
"""`mechanism.source` of an error that the message of a host's exception holds."""
NOT_CALLS = ("componentStack",)
"""Exceptions of these sources are no calls: a component stack says what contains what."""
_NATIVE_FILES = frozenset(("native", "[native code]"))
_MAX_NAMES = 8
"""How many names of folded frames are listed."""
_MAX_SEAMS = 64
_MAX_CHAIN = 64
"""Causes of causes that are followed."""


class Half(NamedTuple):
    """One stack of one language, with its owner (an exception or a thread)."""

    language: str
    owner: ExceptionValue | Thread
    stack: Stacktrace
    rank: tuple[bool, int]
    """Exceptions before threads, the last of them first: that one an event is about."""

    @property
    def place(self) -> str:
        """`exception.1`, `threads.0`: its place in the event."""
        return f"{'exception' if self.rank[0] else 'threads'}.{self.rank[1]}"


def weave(event: Event) -> Event:
    """The event with mixed stacks in call order, and the parts of one crash in one stack."""
    event = event.map_stacktraces(lambda stack: _in_order(_named(stack)))
    chosen = _chosen(event, _halves(event))
    return _merged(event, chosen) if len(chosen) > 1 else event


# ── one stack that holds several languages ────────────────────────────────────────────────────────────────────────


def _named(stack: Stacktrace) -> Stacktrace:
    """The stack with a platform on every frame, without what an earlier run added."""
    frames = (frame if frame.platform else _replace(frame, platform=stack.platform) for frame in stack.frames)
    extra = {key: value for key, value in stack.extra.items() if key != "apart"}
    return _replace(stack, frames=tuple(frames), extra=extra)


def _in_order(stack: Stacktrace) -> Stacktrace:
    """A mixed stack with each script part at its seam in the native frames; in its old order if that is unclear."""
    for guest in (JAVA, JAVASCRIPT):
        languages = [language_of(frame.platform) for frame in stack.frames]
        if guest not in languages or NATIVE not in languages:
            continue
        runs: list[list[Frame]] = []
        for place, (frame, language) in enumerate(zip(stack.frames, languages, strict=True)):
            if language == guest:
                if not place or languages[place - 1] != guest:
                    runs.append([])
                runs[-1].append(frame)
        host = [frame for frame, language in zip(stack.frames, languages, strict=True) if language != guest]
        seams = find_seams(host, guest)
        parts = _parts(runs[0], host, seams) if len(runs) == 1 and seams else runs
        if not isinstance(parts, str) and len(parts) == len(seams):
            stack = _replace(stack, frames=tuple(_filled(host, seams, parts)))
    return stack


def _filled(host: Sequence[Frame], seams: Sequence[Seam], parts: Sequence[Sequence[Frame]]) -> list[Frame]:
    """The host's frames with the guest's parts in place of the seams."""
    woven: list[Frame] = []
    at = 0
    for seam, part in zip(seams, parts, strict=True):
        woven += host[at : seam.start]
        folded = host[seam.start : seam.stop]
        woven += [_with_folded(part[0], folded), *part[1:]] if folded and part else part
        at = seam.stop
    return [*woven, *host[at:]]


def _with_folded(frame: Frame, folded: Sequence[Frame]) -> Frame:
    """A guest's outermost frame, with what its frames replaced."""
    names = [f"{each.module}.{each.function}" if each.module else each.function or each.symbol or "?" for each in folded]
    told = {
        "frames": len(folded),
        "raw_index": sorted({each.raw_index for each in folded if each.raw_index is not None}),
        "functions": names if len(names) <= _MAX_NAMES else [*names[: _MAX_NAMES - 1], "…"],
    }
    return _replace(frame, data={**frame.data, "folded": told})


def _parts(guest: Sequence[Frame], host: Sequence[Frame], seams: Sequence[Seam]) -> list[Sequence[Frame]] | str:
    """The guest's frames, one part for each seam; the reason as text if it is unclear which belong where.

    If the guest called the host and was called again, its engine prints the host's function as a frame without source (`native`). The stack
    is cut there if there is one such frame for each call, or one with the name of the called function.
    """
    if len(seams) == 1:
        return [guest]
    if len(seams) > _MAX_SEAMS:
        return f"the guest was entered {len(seams)} times; the limit is {_MAX_SEAMS}"
    calls = [place for place, frame in enumerate(guest[:-1]) if (frame.abs_path or frame.filename) in _NATIVE_FILES]
    if len(calls) != len(seams) - 1:
        named: list[int] = []
        for outer, inner in pairwise(seams):
            names = {_last_name(frame) for frame in host[outer.stop : inner.start]}
            fitting = [place for place in calls if _last_name(guest[place]) in names and (not named or place > named[-1])]
            if len(fitting) != 1:
                return f"the guest was entered {len(seams)} times, and nothing shows which of its {len(guest)} frames ran each time"
            named.append(fitting[0])
        calls = named
    return [guest[a:b] for a, b in pairwise([0, *(place + 1 for place in calls), len(guest)])]


def _last_name(frame: Frame) -> str:
    return (frame.function or "").replace(".", "::").rpartition("::")[2].lower()


# ── halves that are stacks of their own ───────────────────────────────────────────────────────────────────────────


def _halves(event: Event) -> list[Half]:
    """The stacks of exceptions and threads whose frames are all of one language."""
    owners: list[tuple[tuple[bool, int], ExceptionValue | Thread]] = [((True, place), each) for place, each in enumerate(event.exceptions)]
    owners += [((False, place), each) for place, each in enumerate(event.threads)]
    halves: list[Half] = []
    for rank, owner in owners:
        stack = owner.stacktrace
        if stack is None or not stack.frames or mechanism(owner).get("source") in NOT_CALLS:
            continue
        languages = {language_of(frame.platform) for frame in stack.frames}
        language = languages.pop()
        if language is not None and not languages:
            halves.append(Half(language, owner, stack, rank))
    return halves


def mechanism(owner: ExceptionValue | Thread) -> Mapping[str, Any]:
    """The `mechanism` of an exception; empty if it has none."""
    found = owner.extra.get("mechanism")
    return found if isinstance(found, Mapping) else {}


def _chosen(event: Event, halves: Sequence[Half]) -> list[Half]:
    """At most one half of each language, host before guest: those of one crash."""
    chain = _chain(event.exceptions)
    crashed_threads = {_number(value.extra, "thread_id") for value in event.exceptions} - {None}
    chosen: list[Half] = []
    for language in (NATIVE, JAVA, JAVASCRIPT):
        own = [half for half in halves if half.language == language]
        threads = [half for half in own if isinstance(half.owner, Thread)]
        fitting = [half for half in own if id(half.owner) in chain]
        fitting = fitting or [h for h in threads if h.owner.extra.get("crashed") is True or _number(h.owner.extra, "id") in crashed_threads]
        if language == NATIVE and len(fitting) != 1:
            fitting = [half for half in fitting or threads if find_seams(half.stack.frames, JAVASCRIPT)]
        fitting = fitting or threads
        if len(fitting) > 1 and not fitting[-1].rank[0]:
            continue  # of several threads, nothing shows which is meant
        # Of a chain of errors of one language, the one that the host's stack caused: causes stand before what they caused.
        host = max((half.rank for half in chosen), default=(False, -1))
        chosen += ([half for half in fitting if half.rank > host and host[0]] or fitting[-1:])[:1]
    return chosen


def _number(holder: Mapping[str, Any], key: str) -> int | None:
    value = holder.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _chain(exceptions: Sequence[ExceptionValue]) -> set[int]:
    """The exceptions (by `id`) in one chain with the last one; all of them if no mechanism names a parent."""
    numbers = [(_number(mechanism(value), "exception_id"), _number(mechanism(value), "parent_id")) for value in exceptions]
    parents = dict(numbers)
    if set(parents) <= {None}:
        return {id(value) for value in exceptions}

    def root(number: int | None) -> int | None:
        for _ in range(_MAX_CHAIN):
            parent = parents.get(number)
            if parent is None or parent == number:
                break
            number = parent
        return number

    last = root(numbers[-1][0])
    return {
        id(value)
        for value, (number, _) in zip(exceptions, numbers, strict=True)
        if root(number) == last or mechanism(value).get("type") == "signalhandler"
    }


class _Joined(NamedTuple):
    """Parts in one stack, in the order of their raw frames, and why others could not be joined to them."""

    halves: list[Half]
    frames: list[Frame]
    reasons: list[str]


def _merged(event: Event, halves: Sequence[Half]) -> Event:
    """The event with all `halves` that have seams in one stack, and a problem for each that has none."""
    reasons: list[str] = []
    if halves[0].language == NATIVE and halves[-1].language == JAVASCRIPT:
        apart = _apart(halves[0], halves[-1])
        if apart is not None:
            event, halves = _set_apart(event, halves[0], apart), halves[1:]
    for first in range(len(halves) - 1):
        joined = _joined(halves[first:])
        reasons = reasons or joined.reasons
        if len(joined.halves) > 1:
            event = _placed(event, joined)
            break
    return _replace(event, problems=(*event.problems, *map(_missing_seam, reasons))) if reasons else event


def _joined(halves: Sequence[Half]) -> _Joined:
    """The first of `halves`, joined with those of the others that it has seams for."""
    # The raw frames of the stack that it will be come first: whoever reads that one alone finds them where they were.
    order = sorted(halves, key=lambda half: half.rank, reverse=True)
    first: dict[str, int] = {}
    count = 0
    for half in order:
        first[half.place] = count
        count += len(half.stack.raw_frames)
    host, used, reasons = halves[0], [halves[0]], list[str]()
    frames = _renumbered(host, first[host.place])
    for half in halves[1:]:
        woven = _woven(frames, _renumbered(half, first[half.place]), half.language, host)
        if isinstance(woven, str):
            reasons.append(woven)
        else:
            frames = woven
            used.append(half)
    if len(used) in (1, len(halves)):
        return _Joined([half for half in order if half in used], frames, reasons)
    return _joined(used)._replace(reasons=reasons)  # one level: those that are left have all been joined


def _renumbered(half: Half, first: int) -> list[Frame]:
    """A part's frames in the woven stack: `raw_index` counts through all parts."""
    return [_replace(frame, raw_index=None if frame.raw_index is None else frame.raw_index + first) for frame in half.stack.frames]


def _woven(base: list[Frame], guest: list[Frame], language: str, host: Half) -> list[Frame] | str:
    """The frames of `base` with those of a guest in its seams; the reason as text if it has none."""
    seams = find_seams(base, language)
    if any(language_of(frame.platform) == NATIVE for frame in base):  # the bridge's Java frames show less than the engine's own
        seams = [s for s in seams if s.start == s.stop or any(language_of(f.platform) == NATIVE for f in base[s.start : s.stop])]
    if not seams:
        raw = sum(frame.status is not Status.SYMBOLICATED for frame in base)
        unread = f"; {raw} of its {len(base)} frames are not symbolicated" if raw else ""
        return f"no frame of the {host.language} stack ({host.place}) shows where {language} ran{unread}"
    parts = _parts(guest, base, seams)
    return parts if isinstance(parts, str) else _filled(base, seams, parts)


def _apart(native: Half, script: Half) -> str | None:
    """Why there can be no seam between two parts: JavaScript ran elsewhere, or had ended. None if there can be one."""
    if mechanism(script.owner).get("source") == IN_REASON:
        return other_queue(native.stack.frames) or "JavaScript's error is in the reason: it was thrown before this"
    return None if find_seams(native.stack.frames, JAVASCRIPT) else other_queue(native.stack.frames)


def _set_apart(event: Event, half: Half, why: str) -> Event:
    """The event in which a part has the reason why it is a separate stack."""
    stack = _replace(half.stack, extra={**half.stack.extra, "apart": why})
    return _with_owners(event, {id(half.owner): _replace(half.owner, stacktrace=stack)})


def _placed(event: Event, joined: _Joined) -> Event:
    """The event with the woven stack in the first half's owner, and the other halves' owners pointing there."""
    home, *others = joined.halves
    told = [{"from": half.place, "platform": half.language, "frames": len(half.stack.raw_frames)} for half in joined.halves]
    raw_frames = tuple(raw for half in joined.halves for raw in half.stack.raw_frames)
    changes = {id(home.owner): _changed(home, tuple(joined.frames), raw_frames, woven=told)}
    for half in others:
        changes[id(half.owner)] = _changed(half, (), half.stack.raw_frames, woven_into=home.place)
    return _with_owners(event, changes)


def _with_owners(event: Event, changes: Mapping[int, Any]) -> Event:
    """The event with other exceptions and threads in the places of those with these `id`s."""
    return _replace(
        event,
        exceptions=tuple(changes.get(id(value), value) for value in event.exceptions),
        threads=tuple(changes.get(id(value), value) for value in event.threads),
    )


def _changed(half: Half, frames: tuple[Frame, ...], raw_frames: tuple[Any, ...], **told: object) -> Any:
    """A half's owner with other frames; the further values are set on the stack, not on the raw one."""
    before = half.owner.extra.get("raw_stacktrace")
    raw = {**(before if isinstance(before, Mapping) else half.stack.extra), "frames": list(raw_frames)}
    stack = _replace(half.stack, frames=frames, raw_frames=raw_frames, extra={**half.stack.extra, **told})
    return _replace(half.owner, stacktrace=stack, extra={**half.owner.extra, "raw_stacktrace": raw})


def _missing_seam(reason: str) -> Problem:
    return Problem(
        type=ProblemType.MISSING_SEAM,
        detail=f"the stacks of this crash were not joined: {reason}",
        hint="give the debug files of the JavaScript engine and of React Native; stacks without a common call cannot be joined",
    )
