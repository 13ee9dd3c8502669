"""`/api/0/organizations/ORG/chunk-upload/`: where `sentry-cli` and Sentry's bundler plugins send files, in chunks.

Its forms: `docs/uploads.md`, from getsentry/sentry-cli and what its versions 2.58 and 3.8 send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct
from werkzeug.sansio.multipart import File
from werkzeug.wrappers import Response

from symbolicator.artifacts.chunk_folder import CHUNK, LARGEST_FILE
from symbolicator.patterns import regex
from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.event_requests import FORM, check_form
from symbolicator.service.hosts import name_in
from symbolicator.service.openapi import answer, operation, refused, upload_operation
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.storage import refusing
from symbolicator.service.uploads import current_request, parts_of

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_PATH = "/api/0/organizations/{org}/chunk-upload/"
_REQUEST = 32 << 20
_TAKES_PATHS = regex(r"sentry-cli/[23]\.")
"""They send chunks where they asked. With a URL, they would go wherever a proxy made `Host` point to; the npm package `sentry` (version 0)
takes nothing else.
"""
_BETWEEN = 64 << 10
"""Bytes of a form beside its files, about."""
_ACCEPTED = [
    "debug_files", "release_files", "pdbs", "sources", "bcsymbolmaps", "il2cpp", "portablepdbs", "artifact_bundles", "artifact_bundles_v2",
    "proguard",
]  # fmt: skip


class SentryChunkOptions(Struct, rename="camel"):
    """How to send chunks. `url` is a path for clients that are known to take one, else absolute."""

    url: str
    chunk_size: int
    chunks_per_request: int
    max_request_size: int
    max_file_size: int
    max_wait: int
    concurrency: int
    hash_algorithm: str
    compression: list[str]
    accept: list[str]


def _options(work: Work) -> View:
    size = min(_REQUEST, work.limits.max_upload)

    def options(org: str) -> Response:
        path = quote(_PATH.format(org=org))
        url = path if _TAKES_PATHS.match(current_request().environ.get("HTTP_USER_AGENT", "")) else _origin() + path
        return json_answer(
            SentryChunkOptions(
                url=url, chunk_size=CHUNK, chunks_per_request=64, max_request_size=size,
                max_file_size=LARGEST_FILE, max_wait=300, concurrency=4, hash_algorithm="sha1", compression=["gzip"], accept=_ACCEPTED,
            )
        )  # fmt: skip

    return options


def _origin() -> str:
    """Where the client reaches us. A proxy that ends TLS says so; a client that says so itself gets what it asked for."""
    environ = current_request().environ
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", environ["wsgi.url_scheme"])
    host = environ.get("HTTP_HOST", "")
    if scheme not in ("http", "https") or name_in(host) is None:
        raise Refusal(400, "the request does not say where it was sent", "send Host, and X-Forwarded-Proto as http or https")
    return f"{scheme}://{host}"


def _upload(work: Work) -> View:
    most = min(_REQUEST + 64 * _BETWEEN, work.limits.max_upload)

    def upload(org: str) -> Response:
        request = current_request()
        check_form(request, most)
        chunks = work.own_scope.uploads.chunks
        count = 0
        with refusing(), work.gate.reading():
            for part, pieces in parts_of(request, work.limits):
                if isinstance(part, File):
                    if part.name not in ("file", "file_gzip"):
                        raise Refusal(400, f"the form has a file {part.name!r:.40}", "chunks are `file` or `file_gzip`")
                    count += 1
                    with chunks.adding(part.filename, part.name == "file_gzip") as chunk:
                        for piece in pieces:
                            chunk.write(piece)
        if not count:
            raise Refusal(400, "the form has no chunks", "each is a file, `file` or `file_gzip`, called as its SHA-1")
        return json_answer([])

    return upload


_OPTIONS = {"200": answer(SentryChunkOptions.__name__, JSON), "400": refused("The request does not say where it was sent")}
ROUTES = (
    Route(
        "GET", _PATH, _options,
        operation("sentryChunkOptions", "How to upload chunks", _OPTIONS, guarded=True, path=("org",), off=True),
        guarded=True, models=(SentryChunkOptions,), writes=True,
    ),
    Route(
        "POST", _PATH, _upload,
        upload_operation(
            "sentryChunks", "Upload chunks", {FORM: {"schema": {"type": "object"}}},
            {"description": "They are here", "content": {JSON: {"schema": {"type": "array"}}}}, path=("org",),
        ),
        guarded=True, writes=True,
    ),
)  # fmt: skip
