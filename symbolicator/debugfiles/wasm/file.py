"""WebAssembly modules as containers. Custom sections are DWARF's sections (DWARF for WebAssembly, WebAssembly/tool-conventions).

Two ways of counting meet here. DWARF counts from the start of the code section's content: these are the svmas. Engines count from the
module's first byte; so `load_address` is negative, because the module begins before its code section.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Final

from symbolicator.cached import cached_property
from symbolicator.debugfiles.load_bias import LoadSegment
from symbolicator.debugfiles.symbols import FUNCTION, GLOBAL, Collector, Symbols
from symbolicator.debugfiles.wasm.functions import Functions, module_name, names_functions
from symbolicator.debugfiles.wasm.sections import CODE, EXPORT, Sections
from symbolicator.errors import MalformedArtifact

_MAX_WARNINGS: Final = 100


class WasmFile:
    """A WebAssembly module as a `Container`. `data` is the whole file. Raises `MalformedArtifact` if it is not one, or is a component."""

    format = "wasm"
    little_endian = True
    is_moved = True
    inflated = 0
    code_at = ()
    """Not used: engines report the call itself, so the code before it need not be checked."""

    def __init__(self, data: memoryview) -> None:
        self.whole = data
        self.sections = Sections(data)
        self.warnings = self.sections.warnings
        self.code_id, self.debug_id = self.sections.ids
        self.relocatable = self.sections.has("linking")
        self._code = self.sections.find(CODE)
        self.load_segments: tuple[LoadSegment, ...] = ()

    @property
    def arch(self) -> str:
        """`wasm32`, or `wasm64` if a memory has 64-bit addresses."""
        return f"wasm{self.bits}"

    @cached_property
    def bits(self) -> int:
        """See `Container.bits`."""
        return 64 if self.functions is not None and self.functions.wide else 32

    @cached_property
    def functions(self) -> Functions | None:
        """The functions; None if they cannot be numbered, with a warning."""
        try:
            found = Functions(self.sections)
        except MalformedArtifact as error:
            self._warn(error.reason)
            return None
        for trouble in found.trouble:
            self._warn(trouble)
        return found

    @cached_property
    def module_name(self) -> str | None:
        """The module's name in the `name` section."""
        return module_name(self.sections)

    def section(self, name: str) -> memoryview | None:
        """See `Container.section`."""
        return self.sections.custom(name)

    def section_address(self, name: str) -> int | None:
        """None: no named section is loaded."""
        return None

    @property
    def load_address(self) -> int:
        """The module's first byte, counted from the code section's content: negative. 0 in a file without code, where it is unknown:
        use the module itself.
        """
        return 0 if self._code is None else -self._code.start

    @cached_property
    def executable_ranges(self) -> tuple[tuple[int, int], ...]:
        """From the first function's body to the last one's end."""
        if self.functions is None or not self.functions.starts:
            return ()
        return ((self.functions.starts[0], self.functions.ends[-1]),)

    @property
    def bodies(self) -> tuple[array[int], array[int]] | None:
        """See `Container.bodies`. None in a file without code, as debug files of split units are."""
        return (self.functions.starts, self.functions.ends) if self.functions is not None and self.functions.starts else None

    def symbols(self) -> Symbols:
        """A symbol for each function with a name."""
        return self._symbols

    @cached_property
    def _symbols(self) -> Symbols:
        into = Collector()
        functions = self.functions
        if functions is None:
            return into.finish()
        known = len(functions.trouble)
        heap, rows, names = bytearray(), array("Q"), array("I")
        for number, name in functions.names().items():
            body = functions.body(number)
            if body is not None and body[1] > body[0]:
                rows.extend((body[0], body[1] - body[0], body[1]))
                names.append(len(heap))
                heap += name.replace(b"\0", b"") + b"\0"
        for trouble in functions.trouble[known:]:
            self._warn(trouble)
        flags = memoryview(bytes((FUNCTION | GLOBAL,)) * len(names))
        into.extend(memoryview(rows), flags, into.heap(memoryview(bytes(heap))), memoryview(names))
        return into.finish()

    @cached_property
    def features(self) -> frozenset[str]:
        """The keys of `container.FEATURES`."""
        return frozenset(features_of(self.sections))

    def _warn(self, text: str) -> None:
        if len(self.warnings) < _MAX_WARNINGS and text not in self.warnings:
            self.warnings.append(text)


def features_of(sections: Sections) -> Iterator[str]:
    """A module's features, as keys of `container.FEATURES`."""
    split = sections.has(".debug_info.dwo") or sections.has(".debug_cu_index")
    for word, true in (
        ("debug_info", sections.has(".debug_info") or split),
        ("line_info", sections.has(".debug_line")),
        ("symbols", names_functions(sections)),
        ("exports", sections.find(EXPORT) is not None),
        ("code", sections.find(CODE) is not None),
        ("split", split),
        ("debug_link", sections.has("external_debug_info")),
    ):
        if true:
            yield word
