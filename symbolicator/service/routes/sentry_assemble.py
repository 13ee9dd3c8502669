"""What `sentry-cli` and the bundler plugins ask after they sent chunks: to have files put together, and what became of it.

A file is put together when it is asked for, so a state is `ok`, `error` (also where there is no room: the client ends, and shows why), or
`not_found` with the chunks that are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from werkzeug.wrappers import Response

from symbolicator.artifacts.chunk_folder import is_sha1
from symbolicator.artifacts.uploading import Known, mapping_uuid_of, safe_name
from symbolicator.errors import NotStored, StoreFull
from symbolicator.keys import normalise_debug_id
from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.event_requests import model_in
from symbolicator.service.openapi import answer, json_body, upload_operation
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.sentry_uploads import SentryStored, stored
from symbolicator.service.storage import refusing
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.artifacts.journal import Entry
    from symbolicator.service.work import Work

_MOST_FILES = 1000
_MOST_CHUNKS = 10_000


class SentryArtifacts(Struct):
    """A bundle of scripts and maps to put together from chunks; `version` is its release."""

    checksum: str
    chunks: list[str] = []
    projects: list[str] = []
    version: str | None = None
    dist: str | None = None


class SentryDebugFile(Struct):
    """A debug file, mapping or source bundle to put together."""

    name: str | None = None
    debug_id: str | None = None
    chunks: list[str] = []


class SentryState(Struct, rename="camel", omit_defaults=True):
    """What became of a file. `state`: `ok`, `error` (see `detail`) or `not_found`; `missing_chunks` are those to send."""

    state: str
    missing_chunks: list[str]
    detail: str | None = None
    dif: SentryStored | None = None


def _bundle(work: Work) -> View:
    def bundle(org: str) -> Response:
        asked = model_in(current_request(), work, SentryArtifacts)
        work.choose_project(*asked.projects)
        known = Known("artifacts.zip", asked.version or None, asked.dist or None)
        return json_answer(_assembled(work, asked.checksum, asked.chunks, known)[0])

    return bundle


def _debug_files(work: Work) -> View:
    def debug_files(org: str, project: str) -> Response:
        asked = model_in(current_request(), work, dict[str, SentryDebugFile])
        if len(asked) > _MOST_FILES:
            raise Refusal(413, f"the request has {len(asked)} files; the limit is {_MOST_FILES}", "ask for fewer at once")
        work.choose_project(project)
        states = {}
        for sha1, one in asked.items():
            name = one.name or "file"
            known = Known(name, debug_id=normalise_debug_id(one.debug_id), uuid=mapping_uuid_of(name))
            state, entry = _assembled(work, sha1, one.chunks, known)
            states[sha1] = state if entry is None else msgspec.structs.replace(state, dif=_stored(entry, known))
        return json_answer(states)

    return debug_files


def _assembled(work: Work, sha1: str, sums: list[str], known: Known) -> tuple[SentryState, Entry | None]:
    """Have a file put together and stored, if it is not there and all its chunks are."""
    if not is_sha1(sha1) or len(sums) > _MOST_CHUNKS or not all(map(is_sha1, sums)):
        raise Refusal(422, "a checksum is no SHA-1", f"40 hex digits in lower case; at most {_MOST_CHUNKS} chunks")
    scope, chunks = work.scope, work.own_scope.uploads.chunks
    there = scope.uploads.find(sha1, known)
    if there is not None:
        return SentryState("ok", []), there
    missing = chunks.missing(sums)
    if missing or not sums:
        return SentryState("not_found", missing), None
    with refusing():
        try:
            with work.gate.storing(), chunks.assembled(sha1, sums, safe_name(known.name), scope.uploads.staging) as staged:
                entry, is_new = scope.add(staged, known, sha1)
        except (NotStored, StoreFull) as error:  # a full store too: its clients ask again for 20 s after a 507
            return SentryState("error", [], f"{error}; {error.hint}" if error.hint else str(error)), None
        except FileNotFoundError:  # a chunk became too old just now
            return SentryState("not_found", chunks.missing(sums)), None
    work.metrics.count_upload(is_new, entry.record.size)
    return SentryState("ok", []), entry


def _stored(entry: Entry, known: Known) -> SentryStored:
    debug_id = known.uuid or known.debug_id or next(iter(entry.record.identity.debug_ids), None)
    return stored(entry.record.identity, debug_id, known.name, entry)


_CHECKSUMS = {"type": "object", "additionalProperties": {"$ref": f"#/components/schemas/{SentryDebugFile.__name__}"}}
_STATES = {"type": "object", "additionalProperties": {"$ref": f"#/components/schemas/{SentryState.__name__}"}}
ROUTES = (
    Route(
        "POST", "/api/0/organizations/{org}/artifactbundle/assemble/", _bundle,
        upload_operation(
            "sentryArtifacts", "Put a bundle of scripts and maps together", json_body(SentryArtifacts.__name__),
            answer(SentryState.__name__, JSON), path=("org",),
        ),
        guarded=True, models=(SentryArtifacts, SentryState, SentryStored), writes=True,
    ),
    Route(
        "POST", "/api/0/projects/{org}/{project}/files/difs/assemble/", _debug_files,
        upload_operation(
            "sentryDebugFiles", "Put debug files and mappings together", {JSON: {"schema": _CHECKSUMS}},
            {"description": "What became of each", "content": {JSON: {"schema": _STATES}}}, path=("org", "project"),
        ),
        guarded=True, models=(SentryDebugFile,), writes=True,
    ),
)  # fmt: skip
