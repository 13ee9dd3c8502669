"""A mapping (ProGuard's and R8's form) with the lines of a few frames and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Method(NamedTuple):
    """A method at a line: its class, its name, its file, the line from 1."""

    module: str
    name: str
    file: str | None
    line: int


class Retraced(NamedTuple):
    """A frame as it was reported, and the methods that it is: the outermost first, then those inlined into it."""

    module: str
    name: str
    line: int
    methods: tuple[Method, ...]


def small_mapping(rows: Iterable[Retraced]) -> bytes:
    """The mapping. A class that was reported is named after the outermost method of its first frame."""
    classes: dict[str, tuple[str, set[Retraced]]] = {}
    files: dict[str, str] = {}
    for row in rows:
        classes.setdefault(row.module, (row.methods[0].module, set()))[1].add(row)
        files |= {method.module: method.file for method in row.methods if method.file is not None and method.module not in files}
    originals = {original for original, _ in classes.values()}
    lines: list[str] = []
    for reported, (original, of_class) in classes.items():
        lines += [f"{original} -> {reported}:", *_file(original, files)]
        for row in sorted(of_class):
            for method in reversed(row.methods):
                name = method.name if method.module == original else f"{method.module}.{method.name}"
                lines.append(f"    {row.line}:{row.line}:void {name}():{method.line}:{method.line} -> {row.name}")
    for original in files:
        if original not in originals:  # of a class from which something was inlined
            lines += [f"{original} -> {original}:", *_file(original, files)]
    return "".join(f"{line}\n" for line in lines).encode()


def _file(original: str, files: dict[str, str]) -> list[str]:
    return [f'# {{"id":"sourceFile","fileName":"{files[original]}"}}'] if original in files else []
