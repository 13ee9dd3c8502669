"""The sections of a WebAssembly module. WebAssembly Core Specification 3.0 §5.5.

Of their content only the names of custom sections and their information about the whole module are read here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from symbolicator.debugfiles.ids import code_id_of, debug_id_of
from symbolicator.debugfiles.wasm.reading import Reader
from symbolicator.errors import LimitExceeded, MalformedArtifact

MAGIC: Final = b"\0asm"
CUSTOM: Final = 0
IMPORT: Final = 2
MEMORY: Final = 5
EXPORT: Final = 7
CODE: Final = 10

_HEADER: Final = 8
_MODULE: Final = 1
_COMPONENT: Final = 0x1000D
"""The component model's preamble: version 13 of layer 1."""
_MOST_SECTIONS: Final = 10_000
_MOST_ID: Final = 64
"""Bytes of a build id."""


class Section(NamedTuple):
    """One section: `start` and `end` are offsets in the file, of the content alone; `name` is that of a custom section."""

    id: int
    name: str
    start: int
    end: int


def code_of(data: memoryview) -> memoryview | None:
    """The content of a module's code section; None if there is none. Raises `MalformedArtifact`."""
    sections = Sections(data)
    code = sections.find(CODE)
    return None if code is None else data[code.start : code.end]


class Sections:
    """The sections of the module `data`, in the order of the file.

    Raises `MalformedArtifact` if it is not a module. Of a truncated one the sections before the end are kept, with a warning.
    """

    def __init__(self, data: memoryview) -> None:
        version = int.from_bytes(data[4:_HEADER], "little")
        if bytes(data[:4]) != MAGIC or len(data) < _HEADER:
            raise MalformedArtifact("is not a WebAssembly module", 0)
        if version == _COMPONENT:
            raise MalformedArtifact("is a WebAssembly component; give the core modules in it (wasm-tools component unbundle)", 4)
        if version != _MODULE:
            raise MalformedArtifact(f"is WebAssembly of version {version}; only 1 is supported", 4)
        self.data = data
        self.warnings: list[str] = []
        self.every: list[Section] = []
        try:
            self._read(Reader(data, _HEADER, len(data)))
        except LimitExceeded:
            raise
        except MalformedArtifact as error:
            self.warnings.append(f"truncated: {error.reason}")
        self._custom = {one.name: one for one in reversed(self.every) if one.id == CUSTOM}

    def _read(self, reader: Reader) -> None:
        while reader.left:
            if len(self.every) >= _MOST_SECTIONS:
                raise LimitExceeded(f"has more than {_MOST_SECTIONS} sections")
            number = reader.byte()
            content = reader.within()
            name = content.name().decode("utf-8", "replace") if number == CUSTOM else ""
            self.every.append(Section(number, name, content.at, content.end))

    def find(self, number: int) -> Section | None:
        """The section with an id, other than custom ones."""
        return next((one for one in self.every if one.id == number), None)

    def custom(self, name: str) -> memoryview | None:
        """The content of the first custom section of that name."""
        found = self._custom.get(name)
        return None if found is None else self.data[found.start : found.end]

    def has(self, name: str) -> bool:
        """Whether a custom section of that name has any content."""
        found = self._custom.get(name)
        return found is not None and found.end > found.start

    def reader(self, section: Section) -> Reader:
        """A reader of a section's content."""
        return Reader(self.data, section.start, section.end)

    @property
    def ids(self) -> tuple[str | None, str | None]:
        """Code id and debug id, from the section `build_id`: a vector of bytes as linkers write it, or the bytes alone (wasm-split).

        Nothing is swapped, unlike in other formats, because the clients that send such ids do not swap either.
        """
        content = self.custom("build_id")
        if content is None or not len(content):
            return None, None
        whole = bytes(content[: _MOST_ID + 1])
        build_id = whole[1:] if whole[0] == len(whole) - 1 and len(whole) > 1 else whole[:_MOST_ID]
        return code_id_of(build_id), debug_id_of(build_id, little_endian=False)

    def data_url(self) -> str | None:
        """All of `sourceMappingURL`, however long: a `data:` URL holds a whole map. None if there is none."""
        found = self._custom.get("sourceMappingURL")
        if found is None:
            return None
        return self.reader(found).name(len(self.data)).decode("utf-8", "replace") or None

    def text(self, name: str) -> str | None:
        """The text that is all of a custom section: `sourceMappingURL`, `external_debug_info`. None if there is none."""
        found = self._custom.get(name)
        if found is None:
            return None
        try:
            return self.reader(found).name().decode("utf-8", "replace") or None
        except MalformedArtifact:
            return None
