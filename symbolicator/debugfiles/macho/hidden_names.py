"""Names that were hidden when an app went to Apple as bitcode (`__hidden#123_`), and the BCSymbolMap that has them.

A BCSymbolMap is text: `BCSymbolMap Version: 2.0`, then a name a line, the first of which is number 0. It is called by the UUID of the app
as it was archived. Apple compiled that again, so the dSYM has another UUID; a plist in it, `Contents/Resources/<UUID>.plist`, says which
it was (`DBGOriginalUUID`). LLVM's `SymbolMap.cpp` reads both so. Functions, files and folders are hidden alike.
"""

from __future__ import annotations

from typing import Final

from symbolicator.artifacts.files import Artifact, Identity
from symbolicator.artifacts.text import TextIndex
from symbolicator.debugfiles.companions import Find, is_apples
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.locations import SourceLocation
from symbolicator.debugfiles.paths import join
from symbolicator.keys import FileKind, Key, normalise_debug_id
from symbolicator.patterns import regex

_HIDDEN: Final = regex(r"_{0,2}hidden#(\d{1,9})_")
_START: Final = b"BCSymbolMap Version:"
_ORIGINAL: Final = regex(rb"<key>DBGOriginalUUID</key>\s*<string>([0-9A-Fa-f-]{32,36})</string>")
_MAX_PLIST: Final = 1 << 16
_MAX_HOPS: Final = 2
_SAMPLE: Final = 256


def identify_symbol_map(name: str, data: memoryview) -> Identity | None:
    """The identity of a BCSymbolMap, or of the plist that says which one is a dSYM's; None for other files."""
    stem, _, ending = name.rpartition(".")
    if bytes(data[: len(_START)]) == _START:
        debug_id = normalise_debug_id(stem if ending == "bcsymbolmap" else name)
        return Identity(kind=FileKind.SYMBOL_MAP, debug_ids=(debug_id,) if debug_id else ())
    if ending == "plist" and len(data) <= _MAX_PLIST and (own := normalise_debug_id(stem)) is not None:
        found = _ORIGINAL.search(bytes(data))
        original = normalise_debug_id(found[1].decode()) if found else None
        if original is not None:
            return Identity(kind=FileKind.SYMBOL_MAP, debug_ids=(own,), map_url=original)
    return None


def find_symbol_map(find: Find, main: Artifact) -> Artifact | None:
    """The BCSymbolMap of a Mach-O file, by its UUID, or the one that it had as it was archived."""
    identity = main.identity
    if not identity.debug_ids or not is_apples(main):
        return None
    wanted = identity.debug_ids[0]
    for _ in range(_MAX_HOPS):
        found = find(Key(kind=FileKind.SYMBOL_MAP, debug_id=wanted), None).artifacts
        maps = [one for one in found if one.identity.map_url is None]
        if maps or not found:
            return maps[0] if maps else None
        wanted = found[0].identity.map_url or ""
    return None


def hides_names(container: Container) -> bool:
    """Whether names are hidden in a file, as far as its first symbols show."""
    symbols = container.symbols() if container.format == "macho" else ()
    return any(_HIDDEN.fullmatch(symbols.name_of(i).decode("latin-1")) for i in range(min(len(symbols), _SAMPLE))) if symbols else False


class HiddenNames:
    """The names of a BCSymbolMap."""

    def __init__(self, text: TextIndex) -> None:
        self._text = text

    def shown(self, at: SourceLocation) -> SourceLocation:
        """A location with its names as they were written; what the map does not have stays hidden."""
        if not any("hidden#" in (one or "") for one in (at.function, at.symbol, at.file, at.comp_dir)):
            return at
        symbol = self._name(at.symbol)
        from_table = at.function is None
        if symbol is not None and symbol != at.symbol and symbol.startswith("_" if from_table else ("__Z", "_-[", "_+[")):
            symbol = symbol[1:]  # the underscore of C's names in a symbol table
        return at._replace(function=self._name(at.function), symbol=symbol, file=self._path(at.file), comp_dir=self._path(at.comp_dir))

    def _name(self, name: str | None) -> str | None:
        found = _HIDDEN.fullmatch(name) if name else None
        if found is None:
            return name
        context = self._text.context(int(found[1]) + 1, 0, 0)
        return name if context is None or not context[1] else context[1].removeprefix("\1")

    def _path(self, path: str | None) -> str | None:
        """Each of its folders may be hidden, and be a whole path."""
        return path if path is None or "hidden#" not in path else join(*(self._name(one) for one in _parts(path)))


def _parts(path: str) -> list[str]:
    return [("/" if path.startswith("/") and place == 1 else "") + part for place, part in enumerate(path.split("/")) if part]
