"""Files that a form brings with it: in a private folder while the request lasts, and nowhere afterwards.

What the form calls a file is never a path on disk as it stands: it is cut into the segments a URL has, and what leads up or elsewhere is
left out. Two files of one name get folders of their own, so that neither hides the other. The folder lies in one of the process's, which
others remove where the process did not come to it (`artifacts/scratch.py`).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from flask import Request, request
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from symbolicator.artifacts.scratch import scratch
from symbolicator.service.refusals import Refusal, overloaded

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

    from symbolicator.service.limits import Limits

_STEP = 64 << 10
_MAX_PARTS = 1000
_MAX_DEPTH = 8
_MAX_SEGMENTS = 64
"""Of a name, counted from its end, before those are left out that mean nothing."""
_MAX_SEGMENT = 200
"""Bytes; with a number, within what file systems take."""
_EVENTS = ("event", "trace")


class UploadRequest(Request):
    """A request whose files go straight to its folder."""

    began = 0.0
    """When, by `time.perf_counter`."""
    _folder: Path | None = None
    _written: int = 0

    @property
    def folder(self) -> Path | None:
        """Where this request's files are; None where it brought none."""
        return self._folder

    def new_file(self, name: str) -> IO[bytes]:
        """A file in the folder for what the form calls `name`. Raises `Refusal`, OSError."""
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
        raise Refusal(400, f"a file's name cannot be kept: {name!r:.80}", "name the parts as the files are called")

    def discard_files(self) -> None:
        """Remove the folder and all in it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def current_request() -> UploadRequest:
    """The request this thread is at, and not the proxy that stands for it and asks again each time."""
    return cast(UploadRequest, request._get_current_object())  # type: ignore[attr-defined]  # a method of the proxy, documented for this


class _Decoder(MultipartDecoder):
    """Werkzeug's; the head of a part may be in no UTF-8: browsers send a file's name as it is on disk, or in the page's encoding."""

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        try:
            return super()._parse_headers(data)
        except UnicodeDecodeError:
            return super()._parse_headers(data.decode("latin-1").encode())


def read_form(request: UploadRequest, limits: Limits) -> tuple[str, bytes]:
    """The `event` or `trace` of a form, by its field's name, and its bytes; the other files stay in the folder. Raises `Refusal`."""
    request.max_content_length = limits.max_upload
    boundary = request.mimetype_params.get("boundary", "").encode("latin-1", "replace")
    if not boundary:
        raise Refusal(400, "the form does not say what is between its parts", "Content-Type needs a boundary")
    try:
        found = _read_parts(request, _Decoder(boundary, limits.max_body, max_parts=_MAX_PARTS), limits.max_body)
    except ValueError as error:
        raise Refusal(400, f"the form is malformed: {error}", "send the whole of it, as RFC 7578 has it") from error
    if len(found) != 1:
        raise Refusal(400, f"the form has {len(found)} of the fields `event` and `trace`", "send one, and any number of `files`")
    return found[0]


def _read_parts(request: UploadRequest, decoder: _Decoder, limit: int) -> list[tuple[str, bytes]]:
    """The parts that are events, but for empty ones; every file is written. Raises ValueError where this is no form."""
    found: list[tuple[str, bytes]] = []
    content: bytearray | None = None
    name, file = "", None
    try:
        while True:
            decoder.receive_data(request.stream.read(_STEP) or None)
            while not isinstance(part := decoder.next_event(), NeedData):
                if isinstance(part, Epilogue):
                    return found
                if isinstance(part, Field | File):
                    name, content = part.name, bytearray() if part.name in _EVENTS else None
                    if isinstance(part, File) and content is None:
                        with _on_disk():
                            file = request.new_file(part.filename)
                elif isinstance(part, Data):
                    if file is not None:
                        with _on_disk():
                            file.write(part.data)
                    elif content is not None:
                        content += part.data
                        if len(content) > limit:
                            raise Refusal(413, f"the {name} has {len(content)} bytes or more, {limit} are the limit", "send a smaller one")
                    if part.more_data:
                        continue
                    if content is not None and content.strip():
                        found.append((name, bytes(content)))
                    if file is not None:
                        with _on_disk():
                            file.close()
                        file = None
    finally:
        if file is not None:
            with suppress(OSError):
                file.close()


@contextmanager
def _on_disk() -> Iterator[None]:
    """What the disk says no to, which is no fault of the client's."""
    try:
        yield
    except OSError as error:
        raise overloaded(f"the files of a form cannot be kept: {error.strerror or type(error).__name__}") from error


def clean(name: str) -> list[str]:
    """The segments of a file's name that may stand on disk, never empty.

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
