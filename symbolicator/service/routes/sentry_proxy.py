"""`/proxy/NAME/ID/FILE`: the given files in the layout of a Microsoft symbol server, as Sentry's Symbolicator has it for debuggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator.keys import FileKind, Key, normalise_code_id, normalise_debug_id
from symbolicator.patterns import regex
from symbolicator.service.files_served import BYTES, file_answer, of_build
from symbolicator.service.openapi import operation, refused, text
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_SSQP = regex(r"(?:elf-buildid|mach-uuid)-(sym-)?([0-9A-Fa-f]{2,128})")
_PORTABLE = "FFFFFFFF"
"""In place of an age, for the PDBs of .NET."""


def _make(work: Work) -> View:
    def proxy(name: str, id: str, file: str) -> Response:
        wanted = _wanted(name, id)
        for key, has_code in wanted if name.lower() == file.lower() else ():
            for one in of_build(work, key):
                if ("code" in one.identity.features) is has_code:
                    return file_answer(work, one)
        raise Refusal(404, "no such file", "the files of exactly this build are not among those given")

    return proxy


def _wanted(name: str, id: str) -> list[tuple[Key, bool]]:
    """What a path asks for: keys, each with whether it means the code itself, not its debug file."""
    ssqp = _SSQP.fullmatch(id)
    if ssqp is not None:
        key = Key(kind=FileKind.DEBUG_FILE, code_id=ssqp[2].lower())
        # A debug file may be the program itself, if it was not stripped.
        return [(key, False), (key, True)] if ssqp[1] else [(key, True)]
    if name.lower().endswith(".pdb"):
        age = id[32:]
        kind = FileKind.PORTABLE_PDB if age.upper() == _PORTABLE else FileKind.DEBUG_FILE
        debug_id = normalise_debug_id(id[:32] if kind is FileKind.PORTABLE_PDB else id)
        return [] if debug_id is None or not age else [(Key(kind=kind, debug_id=debug_id, url=name), False)]
    code_id = normalise_code_id(id)
    return [] if code_id is None else [(Key(kind=FileKind.DEBUG_FILE, code_id=code_id, url=name), True)]


_ANSWERS = {"200": text("The file", BYTES), "404": refused("No such file of exactly this build"), "503": refused("It cannot be read now")}
_OPERATION = operation(
    "symbolServer", "A file by its name and id, as symbol servers have it", _ANSWERS, guarded=True, path=("name", "id", "file")
)
ROUTE = Route("GET", "/proxy/{name}/{id}/{file}", _make, _OPERATION, guarded=True)
