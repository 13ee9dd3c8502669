"""Random-access (RAM) bundles of React Native: the modules in them, and where their positions are in the bundle's map.

Two layouts. The *indexed* bundle is one file: u32 magic 0xFB0BD1E5, u32 number of modules, u32 bytes of startup code, then for each
module u32 offset and u32 length, all little-endian; offsets count from the end of that table; startup code and every module end
with a NUL that their length includes; (0, 0) is a missing module. The *file* bundle is a folder: startup code in the bundle
itself, `js-modules/UNBUNDLE` (the magic alone), and a file `js-modules/<id>.js` for each module.

In both, a frame names the module (`12.js:1:250`, `seg-3_5.js`), and the map is composed as if the modules followed each other: module `m`
starts at line `x_facebook_offsets[m]`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from symbolicator.errors import LimitExceeded, MalformedArtifact

MAGIC = 0xFB0BD1E5
MAX_MODULES = 1 << 20
_HEADER = struct.Struct("<III")
_ENTRY = struct.Struct("<II")


def is_ram_bundle(data: memoryview) -> bool:
    """Whether a file is an indexed RAM bundle. `js-modules/UNBUNDLE` has only the magic, and is not one."""
    return len(data) >= _HEADER.size and int.from_bytes(data[:4], "little") == MAGIC


def is_unbundle_marker(data: memoryview) -> bool:
    """Whether a file is the marker of a file RAM bundle."""
    return len(data) < _HEADER.size and int.from_bytes(data[:4], "little") == MAGIC


class RamBundle:
    """An indexed RAM bundle. Opening reads only the table; modules are sliced when needed."""

    def __init__(self, data: memoryview) -> None:
        """Raises `MalformedArtifact` if `data` is not a RAM bundle or is truncated."""
        if not is_ram_bundle(data):
            raise MalformedArtifact(f"not an indexed RAM bundle: it starts with {bytes(data[:4]).hex() or 'nothing'}")
        count, startup = struct.unpack_from("<II", data, 4)
        if count > MAX_MODULES:
            raise LimitExceeded(f"the RAM bundle declares {count} modules; at most {MAX_MODULES} are read")
        self._data = data
        self._base = _HEADER.size + count * _ENTRY.size
        if self._base + startup > len(data):
            raise MalformedArtifact(f"the RAM bundle has {len(data)} bytes; its table and startup code take {self._base + startup}")
        self._startup = startup
        self._count: int = count

    def __len__(self) -> int:
        """The number of entries in the table, empty ones included."""
        return self._count

    @property
    def startup(self) -> str:
        """The code that runs first."""
        return self._text(0, self._startup)

    def module(self, module: int) -> str | None:
        """The text of a module, or None if the bundle has none of that number. Raises `MalformedArtifact` for one outside the file."""
        if not 0 <= module < self._count:
            return None
        offset, length = _ENTRY.unpack_from(self._data, _HEADER.size + module * _ENTRY.size)
        if length == 0:
            return None
        if self._base + offset + length > len(self._data):
            raise MalformedArtifact(f"module {module} ends at byte {self._base + offset + length}; the bundle has {len(self._data)}")
        return self._text(offset, length)

    def modules(self) -> Iterator[tuple[int, str]]:
        """Every complete module, with its number."""
        for module in range(self._count):
            try:
                text = self.module(module)
            except MalformedArtifact:
                continue
            if text is not None:
                yield module, text

    def _text(self, offset: int, length: int) -> str:
        raw = bytes(self._data[self._base + offset : self._base + offset + length])
        return raw.removesuffix(b"\0").decode("utf-8", "replace")


def composed_line(offsets: Sequence[int | None], module: int, line: int) -> int | None:
    """The line in the composed map of a module's `line`, both from 0; None if `x_facebook_offsets` has nothing for the module."""
    if not 0 <= module < len(offsets):
        return None
    first = offsets[module]
    return None if not isinstance(first, int) or isinstance(first, bool) or first < 0 else first + line


def wrapper_length(text: str) -> int:
    """The columns of Metro's wrapper at a module's start: `__d(function(g,r,i,a,m,e,d){` up to its brace; 0 if there is none.

    The same measure as Metro's own, the first `{` of the module (`RamBundle/util.js`, wrapperEnd), so that what Metro added can be
    subtracted.
    """
    return text.find("{") + 1 if text.lstrip()[:4] == "__d(" else 0


def wrapper_shift(text: str, section_column: int, first_column: int | None) -> int:
    """The columns to *add* to a position on a module's first line before it is looked up in the composed map (react/metro#399).

    Metro places a module's section at the column after the wrapper, as if the module's map did not contain the wrapper. But its transformer
    wraps the modules itself, so the map does, and every position on the first line is too far right by the wrapper's length.

    `section_column` is the section's `offset.column`, `first_column` the first generated column that its map has on its line 0, from 0,
    the section's offset not applied (None: it has nothing there). 0 if the map is right: no wrapper, no offset, or a map that starts
    before the wrapper's end.
    """
    wrapper = wrapper_length(text)
    if wrapper == 0 or section_column != wrapper or first_column is None or first_column < wrapper:
        return 0
    return wrapper
