"""Whether a file's line tables name a source: who asks for a text by its path may have those alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.dwarf.info import Dwarf
from symbolicator.errors import MalformedArtifact
from symbolicator.kernels import dwarf_numbers as dw


def names_source(container: Container, path: str) -> bool:
    """Whether a line table names the source at `path`, which is absolute and cleaned (no `.`, `..` or empty segments). Where a build
    wrote relative paths alone, they count from the root.
    """
    name = path.rpartition("/")[2]
    if not name or not _mentions(container, name):
        return False  # most files: no table was read
    dwarf = Dwarf(container)
    return any(path == f"/{found.lstrip('/')}" for found in _called(dwarf, name) if found is not None)


def _mentions(container: Container, name: str) -> bool:
    """Whether a string of the tables ends in `name`."""
    wanted = re.compile(re.escape(name.encode("utf-8", "surrogateescape")) + rb"\0")
    sections = (container.section(section) for section in (".debug_line_str", ".debug_line", ".debug_str"))
    return any(section is not None and wanted.search(section) for section in sections)


def _called(dwarf: Dwarf, name: str) -> Iterator[str | None]:
    """The paths of the sources with this name."""
    units = dwarf.main
    seen = set()
    for unit in range(units.count):
        if not units.has(unit, dw.S_STMT_LIST):
            continue
        folder = units.text(units.get(unit, dw.COMP_DIR)) or b""
        place = units.get(unit, dw.STMT_LIST), folder
        if place in seen:
            continue
        seen.add(place)
        try:
            table = dwarf.lines.table(place[0], address_size=units.get(unit, dw.ADDRESS), str_offsets_base=units.get(unit, dw.STR_BASE))
        except MalformedArtifact:
            continue
        for number, file in enumerate(table.files, table.first_file):
            if file.name is not None and file.name.endswith(name):
                yield table.path(number, folder.decode("utf-8", "replace") or None)
