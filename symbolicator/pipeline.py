"""The pipeline: one event through the transformers, in order.

A bug in one transformer becomes a problem on its frames and is logged with its traceback; the others run as usual. `strict` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import NoReturn

import msgspec

from symbolicator import bounds, context
from symbolicator.artifacts.tables import DamagedTable
from symbolicator.bounds import Ledger, OutOfTime
from symbolicator.errors import Unreadable
from symbolicator.log import log_of
from symbolicator.lookup import Lookup, unreadable
from symbolicator.model import Event, Frame, Stacktrace, Status
from symbolicator.problems import Problem, ProblemType
from symbolicator.transformers import Transformer
from symbolicator.within import within_frames, within_images

_replace = msgspec.structs.replace

MAX_EXPANSION = 500
"""Frames that one raw frame may become (inlined functions); more are cut, with a problem."""


class Pipeline:
    """The transformers in order, with the settings that concern all of them. Shared between threads."""

    def __init__(
        self, transformers: Sequence[Transformer], *, context_lines: int, in_app: Sequence[str] = (), strict: bool = False
    ) -> None:
        self.transformers = tuple(transformers)
        self._handling = tuple(one for one in self.transformers if type(one).handles is not Transformer.handles)
        self._context_lines = context_lines
        self._in_app = in_app
        self._strict = strict

    def run(self, event: Event, make_lookup: Callable[[Event], Lookup]) -> Event:
        """Prepare → one `Lookup` → transform → finish → context. Returns a new event. What exceeds the event's bounds is returned
        unchanged.
        """
        ledger = bounds.current()
        event, images_beyond = within_images(event, ledger)
        for transformer in self.transformers:
            event = self._on_event(transformer, "prepare", event, transformer.prepare)
        lookup = make_lookup(event)
        event = event.map_stacktraces(lambda stack: self._stack(_with_platform(stack, event), lookup, ledger))
        event = _replace(event, images=(*lookup.images, *images_beyond))
        if self._in_app:  # before what asks whose frames are
            event = event.map_stacktraces(self._mark_in_app)
        for transformer in self.transformers:
            event = self._on_event(transformer, "finish", event, partial(_finish, transformer, lookup))
        with suppress(OutOfTime):  # then frames have no context lines
            event = context.attach(event, self._context_lines)
        return _replace(event, problems=(*event.problems, *ledger.problems.values())) if ledger and ledger.problems else event

    def _on_event(self, transformer: Transformer, verb: str, event: Event, act: Callable[[Event], Event]) -> Event:
        """Call a method with the whole event; if it fails, the event continues unchanged, with a problem."""
        try:
            return act(event)
        except OutOfTime:
            return event  # its ledger has the problem
        except DamagedTable:
            raise
        except Unreadable as error:
            return _replace(event, problems=(*event.problems, unreadable(error)))
        except MemoryError:
            return _replace(event, problems=(*event.problems, _no_memory(transformer, verb)))
        except Exception:  # noqa: BLE001 - a transformer may raise anything, and the others go on
            self._report(transformer, verb)
            return _replace(event, problems=(*event.problems, _bug(transformer, verb)))

    def _stack(self, stack: Stacktrace, lookup: Lookup, ledger: Ledger | None) -> Stacktrace:
        beyond, frames = within_frames(stack.frames, ledger)
        for transformer in self._handling:
            frames = self._transform(transformer, frames, _replace(stack, frames=frames), lookup)
        return _replace(stack, frames=(*beyond, *frames) if beyond else frames)

    def _transform(self, transformer: Transformer, frames: tuple[Frame, ...], stack: Stacktrace, lookup: Lookup) -> tuple[Frame, ...]:
        """Run one transformer on one stack: its answers replace the frames it handles."""
        try:
            handles, raw = transformer.handles, Status.RAW
            mine = [i for i, frame in enumerate(frames) if frame.status is raw and handles(frame, stack)]
        except DamagedTable:
            raise
        except Exception:  # noqa: BLE001 - as above
            self._report(transformer, "handles")
            return tuple(_with_problem(frame, _bug(transformer, "handles")) for frame in frames)
        if not mine:
            return frames
        answers = self._answers(transformer, [frames[i] for i in mine], stack, lookup)
        if len(mine) == len(frames):
            return tuple(chain.from_iterable(answers))
        spliced = dict(zip(mine, answers, strict=True))
        return tuple(out for i, frame in enumerate(frames) for out in spliced.get(i, (frame,)))

    def _answers(self, transformer: Transformer, frames: list[Frame], stack: Stacktrace, lookup: Lookup) -> list[tuple[Frame, ...]]:
        """The transformer's answers for its frames. If it fails on all together, it gets them one by one: a bug costs only its frame."""
        try:
            answers = transformer.transform(frames, stack, lookup)
            if len(answers) != len(frames):
                _refuse_count(len(answers), len(frames))
            return [
                answer
                if type(answer) is tuple and len(answer) == 1 and answer[0].raw_index == frame.raw_index
                else _tied(frame, tuple(answer))
                for frame, answer in zip(frames, answers, strict=True)
            ]
        except DamagedTable:
            raise
        except OutOfTime as error:
            return [*((frame,) for frame in frames[:-1]), (_with_problem(frames[-1], error.problem),)]
        except Unreadable as error:
            if len(frames) > 1:
                return [answer for frame in frames for answer in self._answers(transformer, [frame], stack, lookup)]
            return [(_with_problem(frame, unreadable(error)),) for frame in frames]
        except MemoryError:  # not again for each frame
            return [(_with_problem(frame, _no_memory(transformer, "transform")),) for frame in frames]
        except Exception:  # noqa: BLE001 - as above
            if len(frames) > 1 and not self._strict:
                return [answer for frame in frames for answer in self._answers(transformer, [frame], stack, lookup)]
            self._report(transformer, "transform")
            return [(_with_problem(frame, _bug(transformer, "transform")),) for frame in frames]

    def _report(self, transformer: Transformer, verb: str) -> None:
        """Called while handling a transformer's bug: `strict` raises it, else it is logged with its traceback."""
        if self._strict:
            raise  # noqa: PLE0704 - the exception being handled
        log_of(__name__).exception("transformer %s failed in %s", transformer.name, verb)

    def _mark_in_app(self, stack: Stacktrace) -> Stacktrace:
        """If the user named in-app prefixes, nothing else is in-app."""

        def own(frame: Frame) -> bool:
            names = (frame.module, frame.filename, frame.abs_path, frame.package)
            return any(
                name.lstrip("./").startswith(prefix.lstrip("./")) or name.startswith(prefix)
                for name in names
                if name
                for prefix in self._in_app
            )

        return _replace(stack, frames=tuple(_replace(frame, in_app=own(frame)) for frame in stack.frames))


def _finish(transformer: Transformer, lookup: Lookup, event: Event) -> Event:
    return transformer.finish(event, lookup)


def _with_platform(stack: Stacktrace, event: Event) -> Stacktrace:
    return stack if stack.platform is not None else _replace(stack, platform=event.platform)


def _tied(raw: Frame, answer: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The answer, limited in number, each frame tied to its raw frame."""
    if len(answer) > MAX_EXPANSION:
        cut = Problem(
            type=ProblemType.LIMIT_EXCEEDED,
            detail=f"one raw frame became {len(answer)} frames; only the innermost {MAX_EXPANSION} are kept",
        )
        answer = (*answer[-MAX_EXPANSION:-1], _replace(answer[-1], problems=(*answer[-1].problems, cut)))
    for frame in answer:
        if frame.raw_index != raw.raw_index:
            return tuple([_replace(frame, raw_index=raw.raw_index) for frame in answer])
    return answer


def _refuse_count(answers: int, frames: int) -> NoReturn:
    raise ValueError(f"transform returned {answers} answers for {frames} frames; it must return one tuple for each frame")


def _with_problem(frame: Frame, problem: Problem) -> Frame:
    return _replace(frame, problems=(*frame.problems, problem))


def _bug(transformer: Transformer, verb: str) -> Problem:
    return Problem(
        type=ProblemType.INTERNAL_ERROR,
        detail=f"transformer {transformer.name!r} failed in {verb}; the traceback is in the log",
        hint="report it with the event; the other transformers ran as usual",
    )


def _no_memory(transformer: Transformer, verb: str) -> Problem:
    return Problem(
        type=ProblemType.LIMIT_EXCEEDED,
        detail=f"transformer {transformer.name!r} needs more memory in {verb} than there is",
        hint="give the process more memory, or fewer and smaller files at once",
    )
