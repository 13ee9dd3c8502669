"""Datadog's way to upload source maps: `datadog-ci sourcemaps upload` with `DATADOG_SOURCEMAP_INTAKE_URL=http://HOST/t/TOKEN`.

Wire format: docs.datadoghq.com/api/latest/rum/upload-source-maps. The `version` is the release; the scope is the token's, whatever the
`service` is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from werkzeug.wrappers import Response

from symbolicator.artifacts.uploading import Known
from symbolicator.keys import normalise_debug_id
from symbolicator.service.event_requests import as_model
from symbolicator.service.map_forms import MapForm, stored
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.routes.files import Uploaded

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_TYPE = "js_sourcemap"
_EVENT = "event"
_FORM = MapForm("source_map", "minified_file", (_EVENT,))


class DatadogUpload(Struct):
    """What the form's `event` says of the files."""

    type: str = _TYPE
    version: str | None = None
    minified_url: str | None = None
    debug_id: str | None = None


def _make(work: Work) -> View:
    def upload() -> Response:
        return stored(work, _FORM, _known)

    return upload


def _known(said: Mapping[str, str], name: str) -> Known:
    try:
        value = msgspec.json.decode(said.get(_EVENT, ""))
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise Refusal(400, f"the form's `{_EVENT}` is not JSON: {error}") from error
    event = as_model(value, DatadogUpload)
    if event.type != _TYPE:
        raise Refusal(400, f"files of the type {event.type!r:.60} are not taken here", "send them to /files")
    return Known(name, event.version or None, None, event.minified_url or name, normalise_debug_id(event.debug_id))


ROUTE = Route(
    "POST", "/api/v2/srcmap", _make, _FORM.operation("datadogSourceMap", "Upload a source map as Datadog's tools do"),
    guarded=True, models=(Uploaded, DatadogUpload), writes=True,
)  # fmt: skip
