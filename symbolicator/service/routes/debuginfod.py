"""debuginfod's routes: `gdb`, elfutils, `llvm-symbolizer` and others fetch ELF files and sources by build id (debuginfod(8))."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator import event as event_json
from symbolicator.artifacts.files import Artifact
from symbolicator.errors import MalformedArtifact
from symbolicator.keys import FileKind, Key
from symbolicator.patterns import regex
from symbolicator.service.files_served import BYTES, bytes_answer, content_of, file_answer, of_build
from symbolicator.service.openapi import operation, refused, text
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.debugfiles.container import Container
    from symbolicator.service.work import Work

_ID = regex(r"[0-9A-Fa-f]{2,128}")
_MAX_PATH = 4096
_COST = 256
"""Bytes charged for remembering whether a file names a source, beside the path."""
_ELF = b"\x7fELF"


def _build(work: Work, build_id: str) -> list[Artifact]:
    """The ELF files of a build. Raises `Refusal`."""
    if not _ID.fullmatch(build_id) or len(build_id) % 2:
        raise Refusal(400, "invalid buildid", "a build id is an even number of hex digits")
    return of_build(work, Key(kind=FileKind.DEBUG_FILE, code_id=build_id.lower()))


def _not_found() -> Refusal:
    return Refusal(404, "not found", "the files of exactly this build are not among those given")


def _with_debug(found: Sequence[Artifact]) -> list[Artifact]:
    """Those with debug information; else those that are nothing but symbols."""
    dwarf = [one for one in found if "debug_info" in one.identity.features]
    return dwarf or [one for one in found if "symbols" in one.identity.features and "code" not in one.identity.features]


def _with_code(found: Sequence[Artifact]) -> list[Artifact]:
    return [one for one in found if "code" in one.identity.features]


def _file(choose: Callable[[Sequence[Artifact]], list[Artifact]]) -> Callable[[Work], View]:
    def make(work: Work) -> View:
        def file(id: str) -> Response:
            for one in choose(_build(work, id)):
                content = content_of(work, one)
                if bytes(content[:4]) == _ELF:  # other formats have ids of this form, too
                    return _named(one, bytes_answer(work, one, content, len(content)))
            raise _not_found()

        return file

    return make


def _named(artifact: Artifact, answer: Response) -> Response:
    """With the headers of this protocol. Raises `Refusal` 406 if it is larger than the client wants."""
    size = answer.content_length or 0
    most = current_request().headers.get("X-DEBUGINFOD-MAXSIZE", "")
    if most.isascii() and most.isdigit() and len(most) < 20 and 0 < int(most) < size:
        raise Refusal(406, f"File too large, max size={int(most)}", "DEBUGINFOD_MAXSIZE is the client's own limit")
    name = "".join(c if c.isascii() and c.isprintable() else "_" for c in artifact.file_name)
    answer.headers["X-DEBUGINFOD-SIZE"] = str(size)
    answer.headers["X-DEBUGINFOD-FILE"] = name
    return answer


def _section(work: Work) -> View:
    def section(id: str, path: str) -> Response:
        found = _build(work, id)
        for one in dict.fromkeys((*_with_debug(found), *_with_code(found))):
            opened = _opened(work, one)
            content = None if opened is None else opened.section(path)
            if content is not None:
                return _named(one, bytes_answer(work, one, content, len(content)))
        raise _not_found()

    return section


def _source(work: Work) -> View:
    def source(id: str, path: str) -> Response:
        wanted = _cleaned(path)
        if not any(_names(work, one, wanted) for one in _with_debug(_build(work, id))):
            raise _not_found()
        found = work.engine.lookup(event_json.read({})).source(wanted).artifacts
        if len(found) != 1:
            raise _not_found()
        return _named(found[0], file_answer(work, found[0]))

    return source


def _cleaned(path: str) -> str:
    """A path as clients ask for it, without `.`, `..` and empty segments."""
    kept: list[str] = []
    for segment in path[:_MAX_PATH].split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept)


def _names(work: Work, artifact: Artifact, path: str) -> bool:
    """Whether a file's line tables name a source, now or when it was asked before."""
    from symbolicator.debugfiles.dwarf.named_files import names_source  # the reader of DWARF: for whoever asks

    recent, key = work.engine.cache.recent, ("names a source", artifact.digest(), path)
    known: bool | None = recent.get(key)
    if known is None:
        opened = _opened(work, artifact)
        try:
            known = opened is not None and names_source(opened, path)
        except MalformedArtifact:
            known = False
        recent.put(key, known, _COST + len(path))
    return known


def _opened(work: Work, artifact: Artifact) -> Container | None:
    """An ELF file; None if it is none."""
    from symbolicator.debugfiles.opening import open_container  # as above

    content = content_of(work, artifact)
    try:
        return open_container(content) if bytes(content[:4]) == _ELF else None
    except MalformedArtifact:
        return None


def _route(what: str, summary: str, make: Callable[[Work], View], *rest: str) -> Route:
    answers = {
        "200": text("The file", BYTES),
        "400": refused("No build id"),
        "404": refused("No such file of exactly this build"),
        "406": refused("Larger than X-DEBUGINFOD-MAXSIZE"),
        "503": refused("The file cannot be read now"),
    }
    name = f"debuginfod{what.title()}"
    path = "/".join((f"/buildid/{{id}}/{what}", *(f"{{{part}}}" for part in rest)))
    return Route("GET", path, make, operation(name, summary, answers, guarded=True, path=("id", *rest)), guarded=True)


ROUTES = (
    _route("debuginfo", "The file of a build with its debug information", _file(_with_debug)),
    _route("executable", "The program or library of a build", _file(_with_code)),
    _route("source", "A source that the build's line tables name", _source, "path"),
    _route("section", "A section of the build's files, inflated", _section, "path"),
)
