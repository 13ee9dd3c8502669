"""Forms of other vendors with a source map, mostly its script, and fields that say what they belong to: read, and stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.sansio.multipart import File
from werkzeug.wrappers import Response

from symbolicator.artifacts.uploading import Known, safe_name
from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.event_requests import FORM, check_form
from symbolicator.service.openapi import answer, upload_operation
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes.files import Uploaded, shown
from symbolicator.service.storage import refusing
from symbolicator.service.uploads import current_request, parts_of

if TYPE_CHECKING:
    from symbolicator.service.storage import Scope
    from symbolicator.service.work import Work

_LONGEST = 4096
"""Bytes of a field that is no file."""


class MapForm(NamedTuple):
    """The names of a form's fields: its source map, its script, and the others that count."""

    its_map: str
    script: str
    texts: tuple[str, ...]

    def operation(self, name: str, summary: str) -> dict[str, Any]:
        """The OpenAPI operation object of a route that takes it."""
        files = {field: {"type": "string", "format": "binary"} for field in (self.its_map, self.script)}
        texts = {text: {"type": "string"} for text in self.texts}
        schema = {"type": "object", "properties": {**files, **texts}, "required": [self.its_map]}
        return upload_operation(name, summary, {FORM: {"schema": schema}}, answer(Uploaded.__name__, JSON))


def stored(work: Work, form: MapForm, known: Callable[[Mapping[str, str], str], Known]) -> Response:
    """The answer to such a form, whose files are stored. `known`: what its other fields say of a script of this file name, which has the
    map beside it. The form may be compressed as a whole. Raises `Refusal`.
    """
    request = current_request()
    check_form(request, work.limits.max_upload, packed=True)
    scope = work.scope
    said: dict[str, str] = {}
    files: dict[str, tuple[Path, str]] = {}
    with refusing(), ExitStack() as stack:
        with work.gate.reading():
            for part, pieces in parts_of(request, work.limits, packed=True):
                if part.name in form.texts:
                    said[part.name] = _text(part.name, pieces)
                elif part.name in files:
                    raise Refusal(400, f"the form has several files `{part.name}`", "send one script and its map")
                elif part.name in (form.its_map, form.script) and isinstance(part, File):
                    name = (part.filename or "").replace("\\", "/").rpartition("/")[2]
                    path, file = stack.enter_context(scope.uploads.staging.file(safe_name(name)))
                    file.writelines(pieces)
                    file.close()
                    files[part.name] = path, name
        if form.its_map not in files:
            raise Refusal(400, f"the form has no file `{form.its_map}`")
        its = known(said, (files.get(form.script) or files[form.its_map])[1].removesuffix(".map"))
        return _stored(work, scope, files.get(form.script), files[form.its_map], its)


def _stored(work: Work, scope: Scope, script: tuple[Path, str] | None, its_map: tuple[Path, str], known: Known) -> Response:
    done, new = [], 0
    for file, its in ((script, known), (its_map, known._replace(url=f"{known.url}.map"))):
        if file is not None:
            path, name = file
            with work.gate.storing():
                entry, is_new = scope.add(path, its._replace(name=name))
            work.metrics.count_upload(is_new, entry.record.size)
            done.append(shown(entry))
            new += is_new
    return json_answer(Uploaded(done, new))


def _text(name: str, pieces: Iterable[bytes]) -> str:
    content = b""
    for piece in pieces:
        content += piece
        if len(content) > _LONGEST:
            raise Refusal(413, f"`{name}` has {len(content)} bytes or more; the limit is {_LONGEST}")
    return content.decode("utf-8", "replace").strip()
