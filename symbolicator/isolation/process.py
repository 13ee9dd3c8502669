"""The parent's side of one child: started clean, used with a deadline, and never left behind.

A child is a new process, not a fork: it has nothing of the parent's threads, files or memory. Its input ends, and its lifeline closes,
when the parent ends, so it needs no supervision.
"""

from __future__ import annotations

import os
import select
import time
from contextlib import suppress
from typing import Final

import msgspec

from symbolicator.isolation import messages
from symbolicator.isolation.messages import Answer, AtFile, AtNothing, AtTable, Done, Known, Log, Request
from symbolicator.log import log_of
from symbolicator.processes.lifeline import Process

_LONGEST_ANSWER: Final = 64 << 20
_LONGEST_WAIT: Final = 3600.0
_CHUNK: Final = 1 << 16

Step = AtTable | AtFile


class Died(Exception):
    """The child ended, or was killed, before it was done. `step`: what it was doing; `slow`: time ran out, maybe not due to the file."""

    def __init__(self, step: Step | None, reason: str, slow: bool = False) -> None:
        super().__init__(reason)
        self.step = step
        self.reason = reason
        self.slow = slow


class Child:
    """One child, used by one thread at a time. Raises OSError if it cannot be started."""

    def __init__(self, start: messages.Start) -> None:
        self._process = Process("symbolicator.isolation.child", cwd="/")
        popen = self._process.popen
        assert popen.stdin is not None and popen.stdout is not None  # noqa: S101, PT018 - pipes
        self._in, self._out = popen.stdin.fileno(), popen.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._pending = bytearray()
        self._steps: list[Step] = []
        self.troubles: dict[tuple[str, str], str] = {}
        """Why tables of the last event were not built, if that is true only for this event."""
        self._outgoing = memoryview(messages.encode(start) + b"\n")
        self.asked = 0
        self.busy = False
        """Whether it is doing something, as far as it has reported."""

    @property
    def alive(self) -> bool:
        """Whether it is running. This also waits for an ended process."""
        return self._process.alive

    def ask(self, request: Request, deadline: float) -> Known | Done:
        """Its answer. Raises `Died` if it ends before; it is killed at `deadline` (of `time.monotonic`)."""
        self.asked += 1
        self.busy = True
        self._steps.clear()
        self.troubles = {}
        self._outgoing = memoryview(bytes(self._outgoing) + messages.encode(request) + b"\n")
        try:
            while True:
                self._wait(deadline)
                for answer in self._heard():
                    if isinstance(answer, Known | Done):
                        self.busy = False
                        return answer
                    self._note(answer)
        except msgspec.DecodeError as error:
            self.kill()
            raise Died(self._step, f"gave an invalid answer: {error}") from error

    def _note(self, answer: Answer) -> None:
        if isinstance(answer, AtTable | AtFile):
            self._steps.append(answer)
        elif isinstance(answer, AtNothing) and self._steps:
            step = self._steps.pop()
            if answer.trouble and isinstance(step, AtTable):
                self.troubles[step.folder, step.stem] = answer.trouble
        elif isinstance(answer, Log):
            log_of(answer.name).log(answer.level, "%s (in a child)", answer.text)

    @property
    def _step(self) -> Step | None:
        return self._steps[-1] if self._steps else None

    def _wait(self, deadline: float) -> None:
        """Wait until there is something to read; pending output is sent meanwhile."""
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        while True:
            if self._outgoing:
                poll.register(self._in, select.POLLOUT)
            ready = dict(poll.poll(min(max(0.0, deadline - time.monotonic()), _LONGEST_WAIT) * 1000))
            if not ready:
                self.kill()
                raise Died(self._step, "takes longer to read than the limit for a file", slow=True)
            if self._in in ready and self._outgoing:
                with suppress(BlockingIOError, BrokenPipeError):
                    self._outgoing = self._outgoing[os.write(self._in, self._outgoing[:_CHUNK]) :]
                if not self._outgoing or ready[self._in] & select.POLLERR:
                    poll.unregister(self._in)
            if self._out in ready:
                return

    def _heard(self) -> list[Answer]:
        chunk = os.read(self._out, _CHUNK)
        if not chunk:
            raise Died(self._step, self._how_it_ended())
        if len(self._pending) > _LONGEST_ANSWER:
            self.kill()
            raise Died(self._step, "reported more about a file than can be kept")
        first, *rest = chunk.split(b"\n")
        self._pending += first
        lines: list[bytes] = []
        for piece in rest:
            lines.append(bytes(self._pending))
            self._pending = bytearray(piece)
        return [messages.answer_in(line) for line in lines]

    def _how_it_ended(self) -> str:
        end = self._process.how_it_ended()
        if end == "SIGXCPU":
            return "takes more CPU to read than the limit for a file"
        return f"ended the process that read it ({end})"

    def kill(self) -> None:
        """Kill it, and wait for its end. May be called again."""
        self._process.kill()

    def forget(self) -> None:
        """In a forked process: it belongs to the parent, and what is open here must not keep it alive."""
        self._process.forget()
