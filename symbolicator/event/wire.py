"""Bytes in and out: JSON that is not quite strict, and text whose every byte is returned unchanged."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec

from symbolicator.errors import TraceError

UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
"""Byte order marks: what PowerShell's `>` writes."""
TOMBSTONES = {b"\x08", b"\x12", b"\x1a"}
"""The first bytes of protobuf messages that may be a tombstone: its architecture, fingerprint or revision. No text begins with them."""


def read_json(content: bytes) -> Any:
    """Parse JSON. What only Python's reader accepts (NaN, lone surrogates, bytes that are not UTF-8) is parsed by that one.

    Raises ValueError.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        import json

        try:
            return json.loads(content.decode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError):
            raise ValueError(str(error)) from error


def write_json(value: Any, indent: int = 0) -> bytes:
    """JSON as bytes, in one line (or indented), with a line end."""
    try:
        content = msgspec.json.encode(value)
        return (msgspec.json.format(content, indent=indent) if indent else content) + b"\n"
    except UnicodeEncodeError:
        import json

        return json.dumps(value, default=_of_struct, indent=indent or None, separators=None if indent else (",", ":")).encode() + b"\n"


def _of_struct(value: Any) -> Any:
    """A struct's fields without those that have their default, as msgspec writes it."""
    fields = zip(value.__struct_fields__, msgspec.structs.astuple(value), value.__struct_defaults__, strict=True)
    return {name: each for name, each, usual in fields if each is not usual}


def text_in(content: bytes) -> str:
    """The text in `content`, which `bytes_of` turns back into the same bytes; of a tombstone that is protobuf, debuggerd's text of it."""
    if content[:1] in TOMBSTONES:
        from symbolicator.traces.tombstone import tombstone_text  # seldom needed

        with suppress(TraceError):
            return tombstone_text(content)
    encoding = UTF16.get(content[:2])
    return content[2:].decode(encoding, "replace") if encoding else content.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The bytes from which `text_in` read `text`. A surrogate that stands for no byte (an escape in JSON) becomes `?`."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
