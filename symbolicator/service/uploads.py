"""Files that come in a form: in a private folder during the request, and nowhere afterwards.

The name of a file in the form is never used as a path unchanged: it is split into segments like a URL, and those that lead up or elsewhere
are dropped. Two files of the same name get separate folders, so that neither hides the other. The folder is inside one of the process's,
which other processes remove if this one could not (`artifacts/scratch.py`).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from flask import Request, request
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from symbolicator.artifacts.scratch import scratch
from symbolicator.service.bodies import body_pieces
from symbolicator.service.refusals import Refusal, overloaded
from symbolicator.service.scopes import GLOBAL

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

    from symbolicator.service.limits import Limits
    from symbolicator.service.scopes import Visitor

_STEP = 64 << 10
_MAX_PARTS = 1000
_MAX_DEPTH = 8
_MAX_SEGMENTS = 64
"""Segments of a name that are kept, counted from its end, before meaningless ones are dropped."""
_MAX_SEGMENT = 200
"""Bytes; with a number added, still within the limits of file systems."""


class UploadRequest(Request):
    """A request whose files are written directly to its folder."""

    began = 0.0
    """Its start, by `time.perf_counter`."""
    visitor: Visitor | None = None
    """Who asks, once that is known."""
    scope = GLOBAL
    """Whose files it sees, beside those of the service."""
    _folder: Path | None = None
    _written: int = 0

    @property
    def folder(self) -> Path | None:
        """The folder with this request's files; None if it has none."""
        return self._folder

    def new_file(self, name: str) -> IO[bytes]:
        """An open file in the folder for the form's file `name`. Raises `Refusal`, OSError."""
        if self._folder is None:
            self._folder = scratch.folder("request")
        self._written += 1
        segments = clean(name)
        for top in ((), (f"~{self._written}",)):
            path = self._folder.joinpath(*top, *segments)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                return path.open("xb")
            except (FileExistsError, NotADirectoryError):
                continue
        raise Refusal(400, f"a file name cannot be used: {name!r:.80}", "give the parts the names of the files")

    def discard_files(self) -> None:
        """Remove the folder and everything in it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def current_request() -> UploadRequest:
    """The request of this thread itself, not the proxy that looks it up each time."""
    return cast(UploadRequest, request._get_current_object())  # type: ignore[attr-defined]  # a method of the proxy, documented for this


class _Decoder(MultipartDecoder):
    """As in Werkzeug, but the head of a part need not be UTF-8: browsers send a file's name as on disk, or in the page's encoding."""

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        try:
            return super()._parse_headers(data)
        except UnicodeDecodeError:
            return super()._parse_headers(data.decode("latin-1").encode())


def parts_of(request: UploadRequest, limits: Limits, packed: bool = False) -> Iterator[tuple[Field | File, Iterator[bytes]]]:
    """The parts of a form as they arrive: the head of each, and its content in pieces, of which the rest is skipped. `packed`: the whole
    form may be compressed. Raises `Refusal`.
    """
    events = _events(request, limits, packed)
    for event in events:
        if isinstance(event, Field | File):
            pieces = _content(events)
            yield event, pieces
            for _ in pieces:
                pass


def _content(events: Iterator[Event]) -> Iterator[bytes]:
    """The content of the part whose head came last."""
    for event in events:
        if isinstance(event, Data):
            yield event.data
            if not event.more_data:
                return


def _events(request: UploadRequest, limits: Limits, packed: bool) -> Iterator[Event]:
    """What the decoder finds. Raises `Refusal`."""
    request.max_content_length = most = limits.max_upload
    pieces = body_pieces(request, most, most) if packed else iter(lambda: request.stream.read(_STEP), b"")
    boundary = request.mimetype_params.get("boundary", "").encode("latin-1", "replace")
    if not boundary:
        raise Refusal(400, "the form does not declare its boundary", "Content-Type needs a boundary")
    decoder = _Decoder(boundary, limits.max_body, max_parts=_MAX_PARTS)
    try:
        while True:
            decoder.receive_data(next(filter(None, pieces), None))  # None: the end
            while not isinstance(event := decoder.next_event(), NeedData):
                if isinstance(event, Epilogue):
                    return
                yield event
    except ValueError as error:
        raise Refusal(400, f"the form is malformed: {error}", "send it completely, as RFC 7578 describes") from error


def read_fields(request: UploadRequest, limits: Limits, names: Container[str]) -> list[tuple[str, bytes]]:
    """The fields of a form with these names that are not empty; the other files are in the folder. Raises `Refusal`."""
    found: list[tuple[str, bytes]] = []
    for part, pieces in parts_of(request, limits):
        if part.name in names:
            content = bytearray()
            for piece in pieces:
                content += piece
                if len(content) > limits.max_body:
                    what = f"the {part.name} has {len(content)} bytes or more; the limit is {limits.max_body}"
                    raise Refusal(413, what, "send a smaller one")
            if content.strip():
                found.append((part.name, bytes(content)))
        elif isinstance(part, File):
            with _on_disk():
                file = request.new_file(part.filename)
            try:
                for piece in pieces:
                    with _on_disk():
                        file.write(piece)
                with _on_disk():
                    file.close()
            finally:
                with suppress(OSError):
                    file.close()
    return found


@contextmanager
def _on_disk() -> Iterator[None]:
    """The refusal for a disk error, which is not the client's fault."""
    try:
        yield
    except OSError as error:
        raise overloaded(f"the files of a form cannot be stored: {error.strerror or type(error).__name__}") from error


def clean(name: str) -> list[str]:
    """The segments of a file name that are safe on disk, never empty.

    >>> clean("C:\\\\dist\\\\..\\\\assets/app.js")
    ['C_', 'dist', 'assets', 'app.js']
    """
    coding = sys.getfilesystemencoding()
    segments = []
    for segment in name.replace("\\", "/").split("/")[-_MAX_SEGMENTS:]:
        kept = "".join(c if c.isprintable() and c not in '<>:"|?*~' else "_" for c in segment).strip()
        kept = kept.encode(coding, "replace").replace(b"?", b"_")[-_MAX_SEGMENT:].decode(coding, "ignore")
        if kept.strip("."):
            segments.append(kept)
    return segments[-_MAX_DEPTH:] or ["file"]
