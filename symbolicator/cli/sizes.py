"""Numbers of bytes as people write and read them."""

from __future__ import annotations

import re

import click

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def read_size(text: str) -> int:
    """The bytes in `500M`, `2G`, `1.5GiB`, `1000000`. Raises ValueError."""
    read = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?i?)b?", text.strip().lower())
    if read is None or read[2] not in _UNITS:
        raise ValueError(f"{text!r} is not a size; write e.g. 500M, 2G or 1.5GiB")
    return int(float(read[1]) * _UNITS[read[2]])


class Size(click.ParamType[int]):
    """An option's bytes."""

    name = "size"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes in `value`."""
        try:
            return value if isinstance(value, int) else read_size(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def size_text(size: int) -> str:
    """`1.5 MB`: a number of bytes for reading."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
