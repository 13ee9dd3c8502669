"""`/files`: what is uploaded, and a plain way to upload: one file as the body of a `PUT`, or any number in a form."""

from __future__ import annotations

import hashlib
import heapq
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from werkzeug.sansio.multipart import File
from werkzeug.wrappers import Response

from symbolicator.artifacts.chunk_folder import LARGEST_FILE, is_sha1
from symbolicator.artifacts.journal import Entry
from symbolicator.artifacts.uploading import Known, mapping_uuid_of, safe_name
from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.bodies import SMALL, body_pieces, length
from symbolicator.service.event_requests import FORM, check_form
from symbolicator.service.files_served import BYTES
from symbolicator.service.openapi import answer, operation, upload_operation
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.storage import refusing
from symbolicator.service.uploads import UploadRequest, current_request, parts_of

if TYPE_CHECKING:
    from symbolicator.service.storage import Scope
    from symbolicator.service.work import Work

_MOST_LISTED = 1000
_QUERY = {
    "release": "The release of the file; native files and those with debug ids need none",
    "dist": "The release's distribution",
    "url": "Where the file is served, if the path does not say it",
    "uuid": "What an app calls its mapping",
    "sha1": "Of the file as stored: another content is refused",
}


class StoredFile(Struct, omit_defaults=True):
    """A file of the store. `path`: its path there; `ids`: its debug ids and code ids; `added`: seconds since 1970."""

    path: str
    kind: str
    size: int
    sha1: str
    added: int
    ids: list[str] = []
    release: str | None = None
    dist: str | None = None


class StoredFiles(Struct):
    """Some files of a scope, by path. `next`: the `after` of the request for more, if there are more; `used`, `limit`: bytes of all."""

    files: list[StoredFile]
    next: str | None
    used: int
    limit: int | None


class Uploaded(Struct):
    """What became of uploaded files; `new`: how many were not there before."""

    files: list[StoredFile]
    new: int


def shown(entry: Entry) -> StoredFile:
    """A file as answers show it."""
    identity = entry.record.identity
    return StoredFile(
        path=entry.path, kind=identity.kind.value, size=entry.record.size, sha1=entry.sha1, added=entry.at,
        ids=[*identity.debug_ids, *identity.code_ids][:8], release=entry.release, dist=entry.dist,
    )  # fmt: skip


def _list(work: Work) -> View:
    def files() -> Response:
        args = current_request().args
        uploads = work.scope.uploads
        used = uploads.used()
        release, after = args.get("release"), args.get("after", "")
        wanted = (one for one in uploads.journal.entries.values() if one.path > after and (release is None or one.release == release))
        found = heapq.nsmallest(_MOST_LISTED + 1, wanted, key=lambda one: one.path)
        more = found[_MOST_LISTED - 1].path if len(found) > _MOST_LISTED else None
        return json_answer(StoredFiles([shown(one) for one in found[:_MOST_LISTED]], more, used, uploads.most))

    return files


def _put(work: Work) -> View:
    def put(path: str) -> Response:
        request = current_request()
        size = length(request, work.limits.max_upload)
        wanted = request.args.get("sha1")
        if wanted is not None and not is_sha1(wanted):
            raise Refusal(400, f"{wanted!r:.60} is no SHA-1", "40 hex digits in lower case")
        scope = work.scope
        with refusing(), scope.uploads.staging.file(_staged_name(path, request)) as (staged, file):
            digest = hashlib.sha1(usedforsecurity=False)
            with nullcontext() if size is not None and size <= SMALL else work.gate.reading():
                for piece in body_pieces(request, work.limits.max_upload, LARGEST_FILE):
                    digest.update(piece)
                    file.write(piece)
            file.close()
            sha1 = digest.hexdigest()
            if wanted not in (None, sha1):
                raise Refusal(400, f"the file has the SHA-1 {sha1}, not {wanted}", "send it again")
            return _stored(work, scope, [(staged, path)], sha1)

    return put


def _post(work: Work) -> View:
    def post() -> Response:
        request = current_request()
        check_form(request, work.limits.max_upload, ", or PUT /files/NAME")
        scope = work.scope
        staged: list[tuple[Path, str]] = []
        with refusing(), ExitStack() as stack:
            with work.gate.reading():
                for part, pieces in parts_of(request, work.limits):
                    if isinstance(part, File) and part.filename:
                        name = part.filename.replace("\\", "/")
                        where, file = stack.enter_context(scope.uploads.staging.file(_staged_name(name, request)))
                        file.writelines(pieces)
                        file.close()
                        staged.append((where, name))
            if not staged:
                raise Refusal(400, "the form has no files", "with curl: -F files=@app.js.map")
            return _stored(work, scope, staged)

    return post


def _staged_name(name: str, request: UploadRequest) -> str:
    """A mapping's uuid stands in its name, where whoever identifies it finds it."""
    uuid = _uuid(request)
    return f"{uuid}.txt" if uuid is not None else safe_name(name)


def _uuid(request: UploadRequest) -> str | None:
    given = request.args.get("uuid")
    if given is None:
        return None
    uuid = mapping_uuid_of(given)
    if uuid is None:
        raise Refusal(400, f"{given!r:.60} is no uuid", "write it as 6f1c5c0e-4f0a-4e0e-9d4e-0a4f6d1f2b3c")
    return uuid


def _stored(work: Work, scope: Scope, staged: list[tuple[Path, str]], sha1: str | None = None) -> Response:
    """The answer to files that arrived: each is stored, or none that follows one that is not. `sha1`: of the only one, if known."""
    request = current_request()
    release, dist, url = (request.args.get(name) or None for name in ("release", "dist", "url"))
    if url is not None and len(staged) > 1:
        url = url if url.endswith("/") else f"{url}/"
    done, new = [], 0
    for path, name in staged:
        its = url if url is None or not url.endswith("/") else url + name
        uuid = _uuid(request) or mapping_uuid_of(name)
        with work.gate.storing():
            entry, is_new = scope.add(path, Known(name, release, dist, its, uuid=uuid), sha1)
        work.metrics.count_upload(is_new, entry.record.size)
        done.append(shown(entry))
        new += is_new
    return json_answer(Uploaded(done, new), 201 if new else 200)


_DONE = answer("Uploaded", JSON)
ROUTES = (
    Route(
        "GET", "/files", _list, operation("listFiles", "What is uploaded", {"200": answer("StoredFiles", JSON)}, guarded=True, off=True),
        guarded=True, models=(StoredFiles, StoredFile), writes=True,
    ),
    Route(
        "PUT", "/files/{path}", _put,
        upload_operation(
            "putFile", "Upload a file", {BYTES: {"schema": {"type": "string", "format": "binary"}}}, _DONE, _QUERY, ("path",)
        ),
        guarded=True, models=(Uploaded,), writes=True,
    ),
    Route(
        "POST", "/files", _post,
        upload_operation("postFiles", "Upload files", {FORM: {"schema": {"type": "object"}}}, _DONE, _QUERY),
        guarded=True, writes=True,
    ),
)  # fmt: skip
