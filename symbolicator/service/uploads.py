"""Files that a form brings with it: in a private folder while the request lasts, and nowhere afterwards.

What the form calls a file is never a path on disk as it stands: it is cut into the segments a URL has, and what leads up or elsewhere is
left out. Two files of one name get folders of their own, so that neither hides the other.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from flask import Request, request

from symbolicator.service.refusals import Refusal

if TYPE_CHECKING:
    from symbolicator.service.limits import Limits

_MAX_PARTS = 1000
_MAX_DEPTH = 8
_MAX_SEGMENT = 120
"""Characters; with four bytes each and a number, still within what file systems take."""
PREFIX = "symbolicator-request-"


class UploadRequest(Request):
    """A request whose files go straight to its folder."""

    max_form_parts = _MAX_PARTS
    began = 0.0
    """When, by `time.perf_counter`."""
    _folder: Path | None = None
    _written: int = 0
    _open: IO[bytes] | None = None

    @property
    def folder(self) -> Path | None:
        """Where this request's files are; None where it brought none."""
        return self._folder

    def _get_file_stream(
        self, total_content_length: int | None, content_type: str | None, filename: str | None = None, content_length: int | None = None
    ) -> IO[bytes]:
        """Werkzeug's hook for where a part with a file name is written."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.finish_file()  # one is open at a time: there may be more of them than descriptors
        self._written += 1
        segments = clean(filename or "")
        for top in ((), (f"~{self._written}",)):
            path = self._folder.joinpath(*top, *segments)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._open = path.open("x+b")
                return self._open
            except (FileExistsError, NotADirectoryError):
                continue
        raise Refusal(400, f"a file's name cannot be kept: {filename!r:.80}", "name the parts as the files are called")

    def finish_file(self) -> None:
        """Close the file written last, so that all of it is on disk."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def discard_files(self) -> None:
        """Remove the folder and all in it."""
        self.finish_file()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def current_request() -> UploadRequest:
    """The request this thread is at, and not the proxy that stands for it and asks again each time."""
    return cast(UploadRequest, request._get_current_object())  # type: ignore[attr-defined]  # a method of the proxy, documented for this


def read_form(request: UploadRequest, limits: Limits) -> tuple[str, bytes]:
    """The `event` or `trace` of a form, by its field's name, and its bytes; the other files stay in the folder. Raises `Refusal`."""
    request.max_content_length = limits.max_upload
    request.max_form_memory_size = limits.max_body
    given = request.form
    request.finish_file()
    found: list[tuple[str, bytes]] = [
        (name, given[name].encode("utf-8", "surrogatepass")) for name in ("event", "trace") if given.get(name, "").strip()
    ]
    for field, part in request.files.items(multi=True):
        if field in {"event", "trace"} and part.filename:
            path = Path(cast(str, part.stream.name))
            found.append((field, _small(path, limits.max_body)))
            path.unlink()  # no file of the build
    if len(found) != 1:
        raise Refusal(400, f"the form has {len(found)} of the fields `event` and `trace`", "send one, and any number of `files`")
    return found[0]


def _small(path: Path, limit: int) -> bytes:
    if path.stat().st_size > limit:
        raise Refusal(413, f"the event has {path.stat().st_size} bytes, {limit} are the limit", "send a smaller one")
    return path.read_bytes()


def clean(name: str) -> list[str]:
    """The segments of a file's name that may stand on disk, never empty.

    >>> clean("C:\\\\dist\\\\..\\\\assets/app.js")
    ['C_', 'dist', 'assets', 'app.js']
    """
    segments = []
    for segment in name.replace("\\", "/").split("/"):
        kept = "".join(c if c.isprintable() and c not in '<>:"|?*~' else "_" for c in segment).strip()[-_MAX_SEGMENT:]
        if kept.strip("."):
            segments.append(kept)
    return segments[-_MAX_DEPTH:] or ["file"]
