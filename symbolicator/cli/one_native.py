"""`lookup` in a native file: addresses in, answers out as in addr2line, llvm-symbolizer or for reading."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from symbolicator.artifacts.tables import Table
from symbolicator.artifacts.text import TextCompiler, TextIndex
from symbolicator.cli.failures import NOTHING, Failure
from symbolicator.cli.style import Style
from symbolicator.debugfiles import DebugFile, SourceLocation
from symbolicator.debugfiles.container import Container
from symbolicator.debugfiles.demangle import base_name, demangle, short_name, spoken
from symbolicator.debugfiles.family import open_family
from symbolicator.debugfiles.paths import relative
from symbolicator.errors import ConfigError, MalformedArtifact, SymbolicatorError
from symbolicator.patterns import regex

_HEX = regex(r"(?:0[xX])?[0-9a-fA-F]{1,16}")
_MARKS = regex(r" ?\[clone [^\]\n]{0,200}\]|\[abi:\w{0,100}\]")
_LARGEST_SOURCE = 32 << 20

Answer = list[SourceLocation]
"""Outermost function first; [] if nothing is known."""

_NOTHING = SourceLocation(None, None, None, 0, 0, None, None, 0, False)


class Habits(NamedTuple):
    """addr2line's options: -f, -i, -C, -p, -s, -a."""

    functions: bool = False
    inlines: bool = False
    demangle: bool = False
    pretty: bool = False
    basenames: bool = False
    addresses: bool = False


class OneNative:
    """A native file with positions looked up as people write them. `folders` are searched for files that belong to it, and for sources;
    `arch` is as for `DebugFile.open`.
    """

    def __init__(self, path: str, folders: Sequence[str], arch: str | None = None) -> None:
        self._path = path
        self._store = None
        if folders:
            from symbolicator.builds.given import open_given

            self._store = open_given(folders)
        try:
            self.file = DebugFile.open(path, arch, store=self._store)
        except ConfigError as error:
            raise Failure(str(error), error.hint) from error
        except MalformedArtifact as error:
            raise Failure(str(error), "give a program, a library or its debug file; it may be truncated", NOTHING) from error
        self._texts: dict[str, TextIndex | None] = {}
        self._reported: set[str] = set()
        self._names: dict[str, list[int]] | None = None
        # Engines print the offset in a WebAssembly module, which is not the address in DWARF.
        self._origin = self.file.container.load_address if self.file.format == "wasm" else 0

    def lookup(self, addresses: Sequence[int]) -> list[Answer]:
        """What is known about each of `addresses`, as returned by `address`."""
        origin = self._origin
        if not origin:
            return self.file.lookup_many(addresses)
        answers = self.file.lookup_many([address + origin for address in addresses])
        return [[at if at.address is None else at._replace(address=at.address - origin) for at in answer] for answer in answers]

    def lacking(self, address: int) -> tuple[str, str] | None:
        """The object file that would have the lines of an address, and why it is not used; told once of each."""
        found = self.file.lacking(address)
        if found is None or found[0] in self._reported:
            return None
        self._reported.add(found[0])
        return found

    def address(self, position: str) -> int:
        """The svma of a position: hexadecimal, `FILE+0x1f30` from the load address, or a symbol with or without `+offset`.
        In WebAssembly, the offset in the module.

        Raises `Failure` if it is none of these.
        """
        if _HEX.fullmatch(position):
            return int(position, 16)
        name, plus, offset = position.rpartition("+")
        if plus and _HEX.fullmatch(offset):
            if not name or Path(name).name == Path(self._path).name:
                return self.file.container.load_address - self._origin + int(offset, 16)
            return self._symbol(name) + int(offset, 16)
        return self._symbol(position)

    def _symbol(self, name: str) -> int:
        if self._names is None:
            self._names = _names(open_family(self.file.family.parts[:1])[0])
        found: list[int] = sorted(set(self._names.get(name) or self._names.get(_bare(name)) or ()))
        if not found:
            raise Failure(f"{name!r} is neither an address nor a symbol in {self._path}", "addresses are hexadecimal: 0x1f30")
        if len(found) > 1:
            raise Failure(f"{len(found)} functions are called {name}", f"give an address: {', '.join(map(hex, found[:6]))}")
        return found[0] - self._origin

    def as_addr2line(self, address: int, answer: Answer, habits: Habits) -> str:
        """The lines that GNU addr2line prints, without discriminators, which are not read."""
        lead = ""
        if habits.addresses:
            digits = 16 if self.file.container.bits == 64 else 8
            lead = f"0x{address:0{digits}x}" + (": " if habits.pretty else "\n")
        if not answer:
            unknown = ("?? " if habits.pretty else "??\n") if habits.functions else ""
            return f"{lead}{unknown}??:0\n"
        lines: list[str] = []
        for at in answer[::-1] if habits.inlines else answer[-1:]:
            path = at.file or "??"
            path = path.rpartition("/")[2] if habits.basenames else path
            line = f"{path}:{at.line or '?'}\n"
            if habits.functions:
                line = f"{_name(at, habits.demangle)}{' at ' if habits.pretty else chr(10)}{line}"
            lines.append(line)
        return lead + (" (inlined by) " if habits.pretty else "").join(lines)

    def as_llvm(self, address: int, answer: Answer) -> dict[str, Any]:
        """The object that llvm-symbolizer writes for an address, without discriminators and declaration lines, which are not read."""
        symbols = [
            {
                "Column": at.column,
                "Discriminator": 0,
                "FileName": at.file or "",
                "FunctionName": _name(at, True) if at.symbol or at.function else "",
                "Line": at.line,
                "StartAddress": "" if at.inlined or at.address is None else hex(at.address),
                "StartFileName": "",
                "StartLine": 0,
            }
            for at in reversed(answer or [_NOTHING])
        ]
        return {"Address": hex(address), "ModuleName": self._path, "Symbol": symbols}

    def as_plain(self, answer: Answer) -> str:
        """A line for each function, innermost first; `??:0` if nothing is known."""
        from symbolicator.rendering.frames import call, place

        frames = [self._frame(at) for at in reversed(answer)]
        return " (inlined by) ".join(f"{call(frame)} at {place(frame) or '??:0'}\n" for frame in frames) or "??:0\n"

    def as_pretty(self, address: int, answer: Answer, context: int, style: Style) -> str:
        """For reading: the function, its position and the source around it, then the functions it is inlined into."""
        from symbolicator.cli.excerpt import excerpt
        from symbolicator.control import tame
        from symbolicator.rendering.frames import call, place

        lines: list[str] = []
        for number, at in enumerate(reversed(answer)):
            frame = self._frame(at, context)
            lead = style.paint("inlined into" if number else hex(address), "dim")
            where = place(frame) or "file unknown"
            if not at.file and at.address is not None:
                where = f"+ {address - at.address:#x}, line unknown"
            lines.append(f"{lead}  {style.paint(tame(call(frame)), 'bold')}  {style.paint(tame(where), 'cyan')}")
            lines += excerpt(frame, context, style)
        return "\n".join(lines) + "\n"

    def _frame(self, at: SourceLocation, context: int = 0) -> dict[str, Any]:
        """The location as a frame of an event, with source lines if available."""
        frame: dict[str, Any] = {"function": spoken(at.symbol, at.function).short, "abs_path": at.file}
        frame["data"] = {"symbolicator_status": "symbolicated"}
        frame |= {"filename": relative(at.file, at.comp_dir) if at.file else None, "lineno": at.line or None, "colno": at.column or None}
        text = self._text(at.file) if at.file and at.line and context else None
        lines = text.context(at.line - 1, context, context) if text else None
        if lines:
            frame["pre_context"], frame["context_line"], frame["post_context"] = lines
        return frame

    def _text(self, path: str) -> TextIndex | None:
        """The lines of a source, from the given folders, else from the path where the compiler read it."""
        if path not in self._texts:
            self._texts[path] = None
            try:
                content = self._source(path)
                if content is not None:
                    self._texts[path] = TextIndex(Table.open(TextCompiler().compile(content).to_bytes()))
            except (SymbolicatorError, OSError, ValueError):
                pass  # the excerpt is optional
        return self._texts[path]

    def _source(self, path: str) -> memoryview | None:
        if self._store is not None:
            from symbolicator.artifacts.cache import Cache
            from symbolicator.lookup import Lookup
            from symbolicator.model import Event

            found = Lookup(Event(), self._store, Cache(None)).source(path).artifacts
            if len(found) == 1:
                return found[0].read()
        file = Path(path)
        return memoryview(file.read_bytes()) if file.is_file() and file.stat().st_size <= _LARGEST_SOURCE else None


def _names(container: Container) -> dict[str, list[int]]:
    """The addresses of a file's symbols, by name: the linkage name, the demangled one, and that with arguments, normalized by `_bare`. A
    part of a function counts if nothing else has the name.
    """
    names: dict[str, list[int]] = {}
    clones: dict[str, list[int]] = {}
    for symbol in container.symbols():
        if symbol.address == symbol.start:
            text = symbol.name.decode("utf-8", "replace")
            names.setdefault(text, []).append(symbol.start)
            full = demangle(text)
            if full != text or "(" in text:  # Breakpad's names are demangled
                short = short_name(full)
                into = clones if " [clone " in full else names
                # glog's names have no arguments but keep their brackets
                for said in {short, f"{short}()", full, _bare(full), _bare(_without_type(full, short))} - {text}:
                    into.setdefault(said, []).append(symbol.start)
    return {**clones, **names}


def _without_type(full: str, short: str) -> str:
    """A template's name without its return type, which gdb omits."""
    head = short.partition("<")[0].partition("(")[0]
    place = full.find(f" {head}") if head else -1
    return full[place + 1 :] if place >= 0 and "(" not in full[:place] else full


def _bare(name: str) -> str:
    """A whole name without the differences between tools: blanks, `(void)`, ABI tags, clone suffixes, words for anonymous namespaces."""
    text = "".join(_MARKS.sub("", name).split()).replace("(void)", "()")
    return text.replace("{anonymous}", "(anonymousnamespace)")


def _name(at: SourceLocation, demangled: bool) -> str:
    """A function's name as addr2line prints it: DWARF's name if its linkage name is not mangled."""
    full = demangle(at.symbol) if at.symbol else None
    if at.symbol and full != at.symbol and (base_name(at.symbol) != at.function or not at.function):
        return full if demangled and full else at.symbol
    return at.function or at.symbol or "??"
