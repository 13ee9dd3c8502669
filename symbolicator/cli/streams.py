"""Bytes in and out: FILE arguments, standard input and output, and what a person is told when the input cannot be one.

What the bytes are decoded to, and JSON, is `wire.py`'s.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

from symbolicator.cli.failures import NOTHING, Failure, say
from symbolicator.control import tame_json
from symbolicator.event.wire import UTF16, bytes_of, text_in, write_json

SIGNATURES = {
    b"\x7fELF": "an ELF binary",
    b"MZ": "a Windows binary",
    b"\xcf\xfa\xed\xfe": "a Mach-O binary",
    b"\xca\xfe\xba\xbe": "a Mach-O binary or a class file",
    b"\x00asm": "a WebAssembly module",
    b"PK\x03\x04": "a zip file",
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"\x89PNG": "an image",
    b"%PDF": "a PDF",
}

NATIVE = (
    b"\x7fELF", b"MZ", b"Microsoft C/C++ ", b"MODULE ", b"\x00asm", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
)  # fmt: skip
"""How the native files begin that `debugfiles` reads."""


def open_input(file: str, what: str) -> AbstractContextManager[IO[bytes]]:
    """FILE opened, or standard input for `-`; `what` says what was wanted (`a stack trace`). Raises `Failure`."""
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
            f"there is no file {file!r}", _similar(path) or f"FILE is a file that holds {what}; `-` reads it from standard input"
        ) from error
    except IsADirectoryError as error:
        raise Failure(f"{file!r} is a folder", f"FILE is {what}; folders with maps go after -f: `-f {file}`") from error
    except OSError as error:
        raise Failure(f"{file!r} cannot be read: {error.strerror or error}") from error


def read_input(file: str, what: str) -> bytes:
    """The whole content of FILE, or of standard input. Raises `Failure` where there is none."""
    with open_input(file, what) as stream:
        content = stream.read()
    if not content.strip():
        name = "standard input" if file == "-" else file
        raise Failure(f"{name} is empty", f"it has to hold {what}: give a file that does, or paste it into `-`", NOTHING)
    return content


def _similar(path: Path) -> str:
    """The names beside `path` that it may have been meant to be."""
    import difflib

    try:
        names = [entry.name for entry in path.parent.iterdir()][:10_000]
    except OSError:
        return f"there is no folder {str(path.parent)!r} either"
    close = difflib.get_close_matches(path.name, names, n=3)
    return f"near it: {', '.join(str(path.parent / name) for name in close)}" if close else ""


def text_of(content: bytes, file: str, what: str) -> str:
    """The text in `content`, to be written back with `bytes_of`. Raises `Failure` for what is no text at all."""
    if content[:2] in UTF16:
        return text_in(content)
    name = "standard input" if file == "-" else file
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            raise Failure(f"{name} is {kind}, not text", f"FILE is {what}; files that belong to the build go after -f")
    if content.count(b"\0", 0, 8192) > 8:
        raise Failure(f"{name} is binary, not text", f"FILE is {what}; files that belong to the build go after -f")
    return text_in(content)


def show(page: str) -> None:
    """A page for people to standard output. Every command writes through this or `show_json`: what acts on a terminal is shown instead."""
    from symbolicator.cli.style import tame_page

    write(bytes_of(tame_page(page)))


def show_json(value: Any, indent: int = 0) -> None:
    """A value as JSON to standard output; on a terminal with all escaped that would act on it. JSON itself escapes no more than C0."""
    show_json_bytes(write_json(value, indent))


def show_json_bytes(content: bytes) -> None:
    """JSON that is written already, as `show_json` does."""
    write(tame_json(content) if sys.stdout is not None and sys.stdout.isatty() else content)


def write(content: bytes) -> None:
    """Bytes to standard output as they are, whole and at once: a text that passes through a pipe.

    Raises `Failure` where it is closed: nothing is lost in silence.
    """
    if sys.stdout is None:
        raise Failure("standard output is closed", "the answer has nowhere to go: send it to a file, or to /dev/null", NOTHING)
    stream = sys.stdout.buffer
    stream.write(content)
    stream.flush()
