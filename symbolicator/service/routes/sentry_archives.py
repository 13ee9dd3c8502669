"""`…/files/dsyms/`: the older way of Sentry's tools to upload, a zip in one form. `sentry-cli` 2 sends mappings so: `proguard/UUID.txt`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.sansio.multipart import File
from werkzeug.wrappers import Response

from symbolicator.artifacts.uploading import Known, mapping_uuid_of
from symbolicator.keys import FileKind
from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.event_requests import FORM, check_form
from symbolicator.service.openapi import upload_operation
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.sentry_uploads import SentryStored, stored
from symbolicator.service.storage import refusing
from symbolicator.service.uploads import current_request, parts_of

if TYPE_CHECKING:
    from symbolicator.artifacts.journal import Entry
    from symbolicator.service.work import Work

_NAME = "archive.zip"
_SHOWN = (FileKind.MAPPING, FileKind.DEBUG_FILE, FileKind.PORTABLE_PDB)
_MOST_SHOWN = 1000


def _make(work: Work) -> View:
    def archive(org: str, project: str) -> Response:
        request = current_request()
        check_form(request, work.limits.max_upload)
        work.choose_project(project)
        with refusing(), work.scope.uploads.staging.file(_NAME) as (staged, file):
            with work.gate.reading():
                for part, pieces in parts_of(request, work.limits):
                    if isinstance(part, File):
                        if file.closed:
                            raise Refusal(400, "the form has several files", "send one archive")
                        file.writelines(pieces)
                        file.close()
            if not file.closed:
                raise Refusal(400, "the form has no `file`")
            with work.gate.storing():
                entry, is_new = work.scope.add(staged, Known(_NAME))
        work.metrics.count_upload(is_new, entry.record.size)
        return json_answer(_shown(entry))

    return archive


def _shown(entry: Entry) -> list[SentryStored]:
    """Each debug file and mapping of the archive, by the id it has there."""
    found: list[SentryStored] = []
    for member in entry.record.members:
        if member.identity.kind in _SHOWN and len(found) < _MOST_SHOWN:
            debug_id = mapping_uuid_of(member.name) or next(iter(member.identity.debug_ids), None)
            found.append(stored(member.identity, debug_id, member.name, entry))
    return found


_FILE = {"schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}}
_STORED = {"schema": {"type": "array", "items": {"$ref": f"#/components/schemas/{SentryStored.__name__}"}}}
ROUTE = Route(
    "POST", "/api/0/projects/{org}/{project}/files/dsyms/", _make,
    upload_operation(
        "sentryArchive", "Upload an archive of debug files or mappings", {FORM: _FILE},
        {"description": "What was in it", "content": {JSON: _STORED}}, path=("org", "project"),
    ),
    guarded=True, models=(SentryStored,), writes=True,
)  # fmt: skip
