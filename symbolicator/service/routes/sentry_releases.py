"""Releases and deploys, which Sentry's tools announce before and after they upload: acknowledged, and nothing else.

A release here is the files that name it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from werkzeug.wrappers import Response

from symbolicator.service.answers import JSON, json_answer
from symbolicator.service.event_requests import model_in
from symbolicator.service.openapi import answer, json_body, upload_operation
from symbolicator.service.refusals import Refusal
from symbolicator.service.routes import Route, View
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_MOST_PROJECTS = 100


class SentryReleaseRequest(Struct, rename="camel"):
    """A release that is announced, or a deploy of it."""

    version: str | None = None
    projects: list[str] = []
    date_started: Any = None
    date_released: Any = None


class SentryRelease(Struct, rename="camel"):
    """A release, as Sentry's tools expect it."""

    version: str
    date_created: str
    projects: list[dict[str, str]]
    date_released: Any = None
    new_groups: int = 0
    last_event: None = None
    url: None = None


def _release(work: Work, code: int) -> View:
    def release(version: str | None = None, **_: str) -> Response:
        asked = model_in(current_request(), work, SentryReleaseRequest)
        name = version or asked.version
        if not name:
            raise Refusal(422, "the release has no `version`")
        projects = [{"slug": one, "name": one} for one in asked.projects[:_MOST_PROJECTS]]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return json_answer(SentryRelease(name, now, projects, asked.date_released), code)

    return release


def _route(method: str, path: str, name: str, summary: str, code: int) -> Route:
    parts = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    described = upload_operation(
        name, summary, json_body(SentryReleaseRequest.__name__), answer(SentryRelease.__name__, JSON), path=parts, code=str(code)
    )
    return Route(
        method, path, lambda work: _release(work, code), described, guarded=True, models=(SentryReleaseRequest, SentryRelease), writes=True
    )


_OF_ORG, _OF_PROJECT = "/api/0/organizations/{org}/releases/", "/api/0/projects/{org}/{project}/releases/"
ROUTES = (
    _route("POST", _OF_ORG, "sentryRelease", "Announce a release", 201),
    _route("POST", _OF_PROJECT, "sentryProjectRelease", "Announce a release of a project", 201),
    _route("PUT", f"{_OF_ORG}{{version}}/", "sentryFinalize", "Say that a release is out", 200),
    _route("PUT", f"{_OF_PROJECT}{{version}}/", "sentryProjectFinalize", "Say that a project's release is out", 200),
    _route("POST", f"{_OF_ORG}{{version}}/deploys/", "sentryDeploy", "Say where a release is deployed", 201),
)
