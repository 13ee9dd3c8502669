"""Input and output: FILE arguments, standard input and output, and error messages for unusable input.

Decoding and JSON are in `event/wire.py`.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any, Final

from symbolicator.cli.failures import NO_TRACE, NOTHING, Failure, say
from symbolicator.control import tame_json
from symbolicator.event.wire import write_json
from symbolicator.traces.encoded import TOMBSTONES, UTF16, bytes_of, text_in

PACKED = {
    b"PK\x03\x04": "a zip file",
    b"MSCF\0\0\0\0": "a cabinet",
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
}
"""The first bytes of files with others in them."""

SIGNATURES = {
    **PACKED,
    b"\x7fELF": "an ELF binary",
    b"MZ": "a Windows binary",
    b"\xcf\xfa\xed\xfe": "a Mach-O binary",
    b"\xca\xfe\xba\xbe": "a Mach-O binary or a class file",
    b"\x00asm": "a WebAssembly module",
    b"\x89PNG": "an image",
    b"%PDF": "a PDF",
}

NATIVE = (
    b"\x7fELF", b"MZ", b"Microsoft C/C++ ", b"MODULE ", b"\x00asm", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
)  # fmt: skip
"""The first bytes of native files that `debugfiles` reads."""


MOST: Final = 1 << 29
"""Bytes of a text, a document or a line of JSON that are read whole: they take several times their size."""
LARGE: Final = 64 << 20
"""Bytes of a file that is read whole: a text takes five times its size."""
_PIECE: Final = 1 << 20


def open_input(file: str, what: str) -> AbstractContextManager[IO[bytes]]:
    """FILE opened, or standard input for `-`; `what` is the expected content (`a stack trace`). Raises `Failure`."""
    if file == "-":
        stream: IO[bytes] = sys.stdin.buffer
        if stream.isatty():
            say(f"Paste {what}, then press Ctrl-D.")
        return nullcontext(stream)  # not ours to close
    path = Path(file)
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise Failure(
            f"{file!r} does not exist", _similar(path) or f"FILE must contain {what}; `-` reads it from standard input"
        ) from error
    except IsADirectoryError as error:
        logs = sorted(path.rglob("*.crash"))[:1] if path.suffix == ".xccrashpoint" else []
        if logs:
            raise Failure(f"{file!r} is a folder of crash reports", f"give one of them: `{logs[0]}`") from error
        raise Failure(f"{file!r} is a folder", f"FILE is {what}" + _folders_go(file)) from error
    except OSError as error:
        raise Failure(f"{file!r} cannot be read: {error.strerror or error}") from error


def _folders_go(file: str) -> str:
    """Where a folder belongs in this command; "" if it takes none."""
    import click

    context = click.get_current_context(silent=True)
    takes = context is not None and any("-f" in each.opts and "--files" in each.opts for each in context.command.params)
    return f"; folders with maps go after -f: `-f {file}`" if takes else ""


def refuse_input(out: str, file: str, option: str) -> None:
    """Raises `Failure` if `out`, which `option` would write, is the FILE that is read: it would be lost."""
    path = Path(out)
    if file != "-" and path.exists() and Path(file).exists() and path.samefile(file):
        raise Failure(f"{option} {out!r} is the file that is read", "give another file for the answer")


def read_input(file: str, what: str) -> bytes:
    """The whole content of FILE, or of standard input. Raises `Failure` if it cannot be read or is empty."""
    with open_input(file, what) as stream:
        return checked(read_most(stream, file), file, what)


def can_be_followed(stream: IO[bytes] | None) -> bool:
    """Whether it is a pipe, a socket or a device, of a system that tells when something is there; or a file that is too large to be read
    whole.
    """
    if os.name != "posix" or stream is None:
        return False
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    mode = status.st_mode
    return (
        stat.S_ISFIFO(mode)
        or stat.S_ISSOCK(mode)
        or (stat.S_ISCHR(mode) and not stream.isatty())
        or (stat.S_ISREG(mode) and status.st_size > LARGE)
    )


def read_most(stream: IO[bytes], file: str, before: bytes = b"") -> bytes:
    """`before`, and what is left in a stream. Raises `Failure` if that is more than `MOST`: a device never ends."""
    pieces, left = [before], MOST - len(before)
    while left >= 0:
        piece = stream.read(_PIECE)
        pieces.append(piece)
        left -= len(piece)
        if len(piece) < _PIECE:  # the end; a terminal would have to be told it twice
            return b"".join(pieces)
    raise too_large("the text", file)


def lines_of(stream: IO[bytes], file: str) -> Iterator[bytes]:
    """The lines of a stream, with their ends. Raises `Failure` at one of more than `MOST` bytes."""
    while line := stream.readline(MOST + 1):
        if len(line) > MOST:
            raise too_large("a line", file)
        yield line


def too_large(what: str, file: str) -> Failure:
    """The failure of an input of which `what` exceeds `MOST`."""
    name = "standard input" if file == "-" else file
    return Failure(f"{name} is too large: {what} has more than {MOST >> 20} MiB", "give a part of it; `trace` reads logs of any length")


def checked(content: bytes, file: str, what: str) -> bytes:
    """The content of FILE. Raises `Failure` if it is empty."""
    if not content.strip():
        name = "standard input" if file == "-" else file
        raise Failure(f"{name} is empty", f"it must contain {what}: give another file, or paste into `-`", NOTHING, NO_TRACE)
    return content


def _similar(path: Path) -> str:
    """Names beside `path` that may have been meant."""
    import difflib

    try:
        names = [entry.name for entry in path.parent.iterdir()][:10_000]
    except OSError:
        return f"its folder {str(path.parent)!r} does not exist either"
    close = difflib.get_close_matches(path.name, names, n=3)
    return f"similar names: {', '.join(str(path.parent / name) for name in close)}" if close else ""


def text_of(content: bytes, file: str, what: str) -> str:
    """The text in `content`, which `bytes_of` turns back into the same bytes. Raises `Failure` for binary content."""
    if content[:2] in UTF16:
        return text_in(content)
    text = text_in(content)
    if content[:1] in TOMBSTONES and not text.startswith(content[:1].decode()):
        return text
    name = "standard input" if file == "-" else file
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            raise Failure(f"{name} is {kind}, not text", f"FILE is {what}; build files go after -f")
    if content.count(b"\0", 0, 8192) > 8:
        raise Failure(f"{name} is binary, not text", f"FILE is {what}; build files go after -f")
    return text


def show(page: str, *, links: bool = False) -> None:
    """Write a page to standard output. Every command writes with this or `show_json`, which replace control characters; `links` of the
    page are kept.
    """
    from symbolicator.cli.style import tame_page

    write(bytes_of(tame_page(page, links=links)))


def show_json(value: Any, indent: int = 0) -> None:
    """Write a value as JSON to standard output; on a terminal with control characters escaped. JSON itself escapes only C0."""
    show_json_bytes(write_json(value, indent))


def show_json_bytes(content: bytes) -> None:
    """As `show_json`, for JSON that is already bytes."""
    write(tame_json(content) if sys.stdout is not None and sys.stdout.isatty() else content)


def write(content: bytes) -> None:
    """Write bytes to standard output unchanged and at once, for text in a pipe.

    Raises `Failure` if it is closed: nothing is lost silently.
    """
    if sys.stdout is None:
        raise Failure("standard output is closed", "redirect it to a file or to /dev/null", NOTHING)
    stream = sys.stdout.buffer
    stream.write(content)
    stream.flush()
