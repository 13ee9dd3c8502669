"""The functions of a WebAssembly module: their bodies and names. WebAssembly Core Specification 3.0 §5.5, §7.4.

Functions are numbered, imported ones first. Addresses count from the start of the code section's content, as in DWARF; a body
begins at its locals, after its size.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Final

from symbolicator.debugfiles.wasm.reading import Reader
from symbolicator.debugfiles.wasm.sections import CODE, EXPORT, IMPORT, MEMORY, Sections
from symbolicator.errors import MalformedArtifact

_FUNCTION, _TABLE, _MEMORY, _GLOBAL, _TAG = range(5)
_REFERENCES: Final = (0x63, 0x64)
"""`ref null` and `ref`: a heap type follows."""
_HAS_MAXIMUM: Final = 1
_OF_64_BITS: Final = 4
_OWN_PAGES: Final = 8
_MODULE_NAME, _FUNCTION_NAMES = 0, 1


class Functions:
    """The functions of a module. Raises `MalformedArtifact` if its imports cannot be read, because then no number would be certain.

    `starts` and `ends` are the addresses of the bodies in the file, in order: the first is that of number `imported`. Of a truncated code
    section the bodies before the end are kept; `trouble` says so.
    """

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self.trouble: list[str] = []
        self.imported, self.wide = _imports(sections)
        self.starts = array("Q")
        self.ends = array("Q")
        code = sections.find(CODE)
        if code is not None:
            reader = sections.reader(code)
            try:
                for _ in range(reader.number()):  # each takes a byte at least
                    size = reader.number()
                    self.starts.append(reader.skip(size) - code.start)
                    self.ends.append(reader.at - code.start)
            except MalformedArtifact as error:
                self.trouble.append(f"code: {error.reason}")

    def body(self, number: int) -> tuple[int, int] | None:
        """The range of the body of function `number`; None for imported ones, and if there is none."""
        place = number - self.imported
        return (self.starts[place], self.ends[place]) if 0 <= place < len(self.starts) else None

    def names(self) -> dict[int, bytes]:
        """The names of functions by number: those of the `name` section, and of exports without one there."""
        found: dict[int, bytes] = {}
        for read, what in ((self._exported, "export"), (self._named, "name")):
            try:
                found.update(read())
            except MalformedArtifact as error:
                self.trouble.append(f"{what}: {error.reason}")
        return {number: name for number, name in found.items() if name}

    def _exported(self) -> Iterator[tuple[int, bytes]]:
        section = self._sections.find(EXPORT)
        if section is None:
            return
        reader = self._sections.reader(section)
        for _ in range(reader.number()):
            name, kind, number = reader.name(), reader.byte(), reader.number()
            if kind == _FUNCTION:
                yield number, name

    def _named(self) -> Iterator[tuple[int, bytes]]:
        names = subsection(self._sections, _FUNCTION_NAMES)
        for _ in range(names.number() if names is not None and names.left else 0):
            assert names is not None  # noqa: S101  # it has a number
            yield names.number(), names.name()


def subsection(sections: Sections, wanted: int) -> Reader | None:
    """A part of the `name` section. Raises `MalformedArtifact` if an earlier one cannot be read."""
    content = sections.custom("name")
    if content is None:
        return None
    reader = Reader(content, 0, len(content))
    while reader.left:
        number, part = reader.byte(), reader.within()
        if number == wanted:
            return part
    return None


def module_name(sections: Sections) -> str | None:
    """The module's name in the `name` section."""
    try:
        found = subsection(sections, _MODULE_NAME)
        return None if found is None else found.name().decode("utf-8", "replace") or None
    except MalformedArtifact:
        return None


def names_functions(sections: Sections) -> bool:
    """Whether the `name` section names functions."""
    try:
        found = subsection(sections, _FUNCTION_NAMES)
        return found is not None and found.left > 1
    except MalformedArtifact:
        return False


def _imports(sections: Sections) -> tuple[int, bool]:
    """How many functions are imported, and whether a memory has addresses of 64 bits."""
    count, wide = 0, False
    section = sections.find(IMPORT)
    if section is not None:
        reader = sections.reader(section)
        for _ in range(reader.number()):
            reader.name()
            reader.name()
            kind = reader.byte()
            if kind == _FUNCTION:
                reader.number()
                count += 1
            elif kind == _TABLE:
                _type(reader)
                _limits(reader)
            elif kind == _MEMORY:
                wide = _limits(reader) or wide
            elif kind == _GLOBAL:
                _type(reader)
                reader.byte()
            elif kind == _TAG:
                reader.byte()
                reader.number()
            else:
                raise MalformedArtifact(f"import: of unknown kind {kind}", reader.at)
    section = sections.find(MEMORY)
    if section is not None:
        reader = sections.reader(section)
        for _ in range(reader.number()):
            wide = _limits(reader) or wide
    return count, wide


def _type(reader: Reader) -> None:
    if reader.byte() in _REFERENCES:
        reader.number()


def _limits(reader: Reader) -> bool:
    """Skip the limits of a table or memory; returns whether they have 64 bits."""
    flags = reader.number()
    reader.number()
    if flags & _HAS_MAXIMUM:
        reader.number()
    if flags & _OWN_PAGES:
        reader.number()
    return bool(flags & _OF_64_BITS)
