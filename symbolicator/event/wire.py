"""JSON in and out, also such as is not quite strict."""

from __future__ import annotations

from typing import Any

import msgspec


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
