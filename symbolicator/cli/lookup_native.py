"""The native half of `lookup`: positions in, answers out, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from symbolicator.cli.failures import Failure, say, sentence
from symbolicator.cli.one_native import Answer, Habits, OneNative
from symbolicator.cli.options import on_terminal
from symbolicator.cli.streams import show, show_json
from symbolicator.cli.style import Style
from symbolicator.debugfiles import DebugFile
from symbolicator.debugfiles.container import NAMING

_CONTEXT = 2


def lookup_native(
    file: str,
    positions: Iterable[str],
    folders: Sequence[str],
    arch: str | None,
    form: str | None,
    habits: tuple[bool, ...] | None,
    style: Style,
) -> tuple[int, int]:
    """Look up positions in a native file; returns how many were given, and how many of them are known.

    `arch` is the slice of a fat file; `habits` are addr2line's options, None if none was given. Positions given together are looked up
    together; those on standard input are answered line by line. Raises `Failure` if the file cannot be opened.
    """
    native = OneNative(file, folders, arch)
    _say_what_is_missing(native.file, file)
    if form is None:
        form = "pretty" if on_terminal() and habits is None else "plain"
    together = isinstance(positions, Sequence)
    asked = found = 0
    objects: list[dict[str, Any]] = []
    for position, address, answer in _answers(native, positions, together):
        asked += 1
        if address is not None:
            _say_what_lines_need(native, address)
        found += bool(answer)
        if form == "json":
            objects.append(_object(native, file, position, address, answer))
            if not together:
                show_json(objects.pop())
        elif habits is not None and form == "plain":
            show(native.as_addr2line(address or 0, answer, Habits(*habits)))
        elif form == "plain" or not answer or address is None:
            show(native.as_plain(answer))
        else:
            context = _CONTEXT if style.context is None else style.context
            show(native.as_pretty(address, answer, context, style))
    if form == "json" and together:
        show_json(objects)
    return asked, found


def _say_what_is_missing(opened: DebugFile, file: str) -> None:
    family = opened.family
    if not (opened.features | family.features) & NAMING:
        why = f": {family.tried[0]}" if family.tried else ""
        say(f"symbolicator: {sentence(f'{file} is stripped{why}', 'name the folder of its debug file with --files')}")
    if family.missing_splits:
        first, *more = family.missing_splits
        are = f"and {len(more)} more are" if more else "is"
        say(f"symbolicator: {sentence(f'{first} {are} missing', 'name the folder of the .dwo files with --files')}")


def _say_what_lines_need(native: OneNative, address: int) -> None:
    """Which object file would have the lines of an address, each once."""
    lacking = native.lacking(address)
    if lacking is not None:
        path, reason = lacking
        say(f"symbolicator: {sentence(f'{path}: {reason}', 'name its folder with --files; the debug map refers to it for lines')}")


def _answers(native: OneNative, positions: Iterable[str], together: bool) -> Iterator[tuple[str, int | None, Answer]]:
    """Each position with its address (None if it is not one; reported on stderr) and what is known about it."""
    if not together:
        for position in positions:
            address = _address(native, position)
            yield position, address, [] if address is None else native.lookup([address])[0]
        return
    read = [(position, _address(native, position)) for position in positions]
    answers = iter(native.lookup([address for _, address in read if address is not None]))
    for position, address in read:
        yield position, address, [] if address is None else next(answers)


def _address(native: OneNative, position: str) -> int | None:
    if not position:  # an empty line: addr2line answers it too
        return None
    try:
        return native.address(position)
    except Failure as error:
        say(f"symbolicator: {sentence(error.message, error.hint)}")
        return None


def _object(native: OneNative, file: str, position: str, address: int | None, answer: Answer) -> dict[str, Any]:
    if address is None:
        return {"Error": {"Message": f"unable to parse arguments: {position}"}, "ModuleName": file}
    return native.as_llvm(address, answer)
