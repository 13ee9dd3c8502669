"""The messages of a tombstone, as values: the numbers of their fields, and nothing about what they mean.

Android, `system/core/debuggerd/proto/tombstone.proto`, whose numbers stay what they are. Fields that are not listed are skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from symbolicator.errors import TraceError
from symbolicator.protobuf import fields_of

Message = dict[str, Any]
MAX_MESSAGES: Final = 150_000
"""Messages of one tombstone that are read, those within each other too: 300 threads of 256 frames are 77,000."""

_FRAME = {
    1: ("rel_pc", int), 2: ("pc", int), 4: ("function_name", str), 5: ("function_offset", int), 6: ("file_name", str),
    7: ("file_map_offset", int), 8: ("build_id", str),
}  # fmt: skip
_HEAP = {3: ("allocation_tid", int), 4: ("allocation", [_FRAME]), 5: ("deallocation_tid", int), 6: ("deallocation", [_FRAME])}
_THREAD = {
    1: ("id", int), 2: ("name", str), 3: ("registers", [{1: ("name", str), 2: ("value", int)}]), 4: ("backtrace", [_FRAME]),
    5: ("memory", [{1: ("register", str)}]), 7: ("notes", [str]), 9: ("unreadable", [str]),
}  # fmt: skip
_ENTRY = {1: ("key", int), 2: ("value", _THREAD)}
TOMBSTONE: Mapping[int, tuple[str, Any]] = {
    1: ("arch", int), 2: ("fingerprint", str), 3: ("revision", str), 4: ("timestamp", str), 5: ("pid", int), 6: ("tid", int),
    7: ("uid", int), 9: ("command_line", [str]),
    10: ("signal", {
        1: ("number", int), 2: ("name", str), 3: ("code", int), 4: ("code_name", str), 5: ("has_sender", int), 6: ("sender_uid", int),
        7: ("sender_pid", int), 8: ("has_address", int), 9: ("address", int),
    }),
    14: ("abort_message", str),
    15: ("causes", [{1: ("text", str), 2: ("memory_error", {3: ("heap", _HEAP)})}]),
    16: ("threads", [_ENTRY]),
    17: ("mappings", [{
        1: ("begin", int), 2: ("end", int), 3: ("offset", int), 4: ("read", int), 5: ("write", int), 6: ("execute", int), 7: ("name", str),
        8: ("build_id", str), 9: ("load_bias", int),
    }]),
    18: ("logs", [{1: ("name", str), 2: ("messages", [{
        1: ("timestamp", str), 2: ("pid", int), 3: ("tid", int), 4: ("priority", int), 5: ("tag", str), 6: ("message", str),
    }])}]),
    19: ("files", [{1: ("fd", int), 2: ("path", str)}]),
    20: ("uptime", int), 21: ("details", [{1: ("name", str), 2: ("data", str)}]), 22: ("page_size", int), 24: ("guest_arch", int),
    25: ("guest_threads", [_ENTRY]),
}  # fmt: skip


def read_tombstone(content: bytes) -> Message:
    """The tombstone in `content`. Raises `TraceError` where it is no such message, or holds more messages than `MAX_MESSAGES`."""
    try:
        return _Reading().message(content, TOMBSTONE)
    except ValueError as error:
        raise TraceError(str(error)) from error


class _Reading:
    """One reading, which counts the messages within each other."""

    def __init__(self) -> None:
        self._left = MAX_MESSAGES

    def message(self, content: bytes, known: Mapping[int, tuple[str, Any]]) -> Message:
        """The message in `content` by its fields' names; what is missing has protobuf's default.

        A field's type is `int`, `str`, the fields of a message, or a list of one of those: the depth is the description's.
        """
        self._left -= 1
        if self._left < 0:
            raise TraceError(f"a tombstone with more than {MAX_MESSAGES:,} messages: frames, mappings, lines of logs")
        found: Message = {name: _default(kind) for name, kind in known.values()}
        for number, value, _, _ in fields_of(content):
            name, kind = known.get(number, ("", None))
            of = kind[0] if isinstance(kind, list) else kind
            if kind is None or isinstance(value, int) is not (of is int):
                continue  # unknown, or of another type: of another version
            read: Any = value
            if isinstance(value, bytes):
                read = value.decode("utf-8", "replace") if of is str else self.message(value, of)
            if isinstance(kind, list):
                found[name].append(read)
            else:
                found[name] = read
        return found


def _default(kind: Any) -> Any:
    return [] if isinstance(kind, list) else 0 if kind is int else "" if kind is str else {}
