"""The OpenAPI 3.1 document, generated from the routes, and from the models by msgspec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from symbolicator._version import __version__
from symbolicator.event.envelope import MEDIA_TYPE
from symbolicator.service import models

if TYPE_CHECKING:
    from symbolicator.service.routes import Route

Json = dict[str, Any]

_MODELS = (models.RawEvent, models.Report, models.Event, models.Stack, models.Error, models.Health, models.Ready)
_REFUSALS = {
    "400": "Not JSON, no frames, or not what the headers say",
    "401": "The token is missing or wrong",
    "406": "None of the types in Accept is offered",
    "408": "The body did not arrive in time",
    "411": "The length of the body is not stated",
    "413": "Larger than the limits allow, as sent or decompressed",
    "415": "An unsupported media type or content coding",
    "422": "JSON of another shape",
    "503": "The service is full: try again after Retry-After seconds",
}
_OF_STORE = {"501": "Uploads are off: there is no store", "507": "The store, or its disk, is full"}
_COMMON = {"405": "The route does not have this method", "500": "A bug of ours"}


def _ref(*names: str) -> Json:
    one, *more = ({"$ref": f"#/components/schemas/{name}"} for name in names)
    return {"anyOf": [one, *more]} if more else one


def answer(name: str | tuple[str, ...], *kinds: str, text: str = "") -> Json:
    """A response object: `name` is the model of its JSON, or the models that it may have; other kinds are text."""
    names = (name,) if isinstance(name, str) else name
    content = {kind: {"schema": _ref(*names) if kind == "application/json" else {"type": "string"}} for kind in kinds}
    return {"description": text or " or ".join(names), "content": content}


def _errors(texts: Mapping[str, str]) -> Json:
    return {code: answer("Error", "application/json", text=text) for code, text in texts.items()}


def operation(
    name: str, summary: str, answers: Mapping[str, Json], *, guarded: bool = False, path: Sequence[str] = (), off: bool = False
) -> Json:
    """The operation object of a route without a body; `path` are the names of the variable parts of its path; it may be `off`."""
    refusals = {"401": _REFUSALS["401"]} if guarded else {}
    refusals |= {"501": _OF_STORE["501"]} if off else {}
    parts = _parts(path)
    refusals = {code: text for code, text in {**refusals, **_COMMON}.items() if code not in answers}
    found = {"operationId": name, "summary": summary, "responses": {**answers, **_errors(refusals)}, **_security(guarded)}
    return {**found, "parameters": parts} if parts else found


def _parts(path: Sequence[str]) -> list[Json]:
    return [{"name": part, "in": "path", "required": True, "schema": {"type": "string"}} for part in path]


def upload_operation(
    name: str, summary: str, content: Json, answered: Json, query: Mapping[str, str] = {}, path: Sequence[str] = (), code: str = "200"
) -> Json:
    """The operation object of a route that writes to the store; `query`: its parameters, with what each is."""
    named = [{"name": word, "in": "query", "description": what, "schema": {"type": "string"}} for word, what in query.items()]
    found = _with_body(name, summary, content, answered, never=("406",), parameters=[*_parts(path), *named])
    answers = found["responses"]
    answers |= {**_errors(_OF_STORE), code: answers["200"]}
    if code == "200" and query:
        answers["201"] = answers["200"]
    return found


def json_operation(name: str, summary: str, asked: type, answered: type) -> Json:
    """The operation object of a guarded route that takes the JSON of one model and gives that of another."""
    return _with_body(name, summary, json_body(asked.__name__), answer(answered.__name__, "application/json"), never=("406",))


def preflight_operation(name: str, path: Sequence[str] = ()) -> Json:
    """The operation object of what a browser asks before a page may ask the route of this name."""
    answers = {"204": {"description": "The headers say"}, "400": refused("Access-Control-Request-Headers is no list of names")}
    return operation(f"{name}Preflight", "Whether a page of another origin may ask", answers, path=path)


def envelope_operation(name: str, summary: str, answered: Json) -> Json:
    """The operation object of a guarded route that takes a Sentry envelope of the `project` in its path."""
    return _with_body(name, summary, envelope_body(), answered, never=("422",), parameters=_parts(("project",)))


def body_operation(name: str, summary: str, content: Json) -> Json:
    """The operation object of a guarded route that gives what it takes: a document in one of these forms."""
    return _with_body(name, summary, content, {"description": "The document in the same form", "content": content}, never=("406", "422"))


def form_operation(name: str, summary: str, fields: Mapping[str, str], answered: Json) -> Json:
    """The operation object of a guarded route that takes a form; `fields` says what each is, and the first is required."""
    properties = {field: {"type": "string", "description": what} for field, what in fields.items()}
    schema = {"type": "object", "properties": properties, "required": [next(iter(fields))]}
    return _with_body(name, summary, {"multipart/form-data": {"schema": schema}}, answered, never=("406",))


def _with_body(name: str, summary: str, content: Json, answered: Json, never: Sequence[str] = (), **more: Any) -> Json:
    """The operation object of a guarded route with a body; of its refusals, some are `never` given."""
    refusals = {code: text for code, text in _REFUSALS.items() if code not in never}
    return {
        "operationId": name,
        "summary": summary,
        **more,
        "requestBody": {"required": True, "content": content},
        "responses": {"200": answered, **_errors({**refusals, **_COMMON})},
        **_security(True),
    }


def text(description: str, kind: str = "text/plain") -> Json:
    """A response object of a text, or of bytes of another kind."""
    return {"description": description, "content": {kind: {"schema": {"type": "string"}}}}


def refused(description: str) -> Json:
    """A response object of a refusal."""
    return answer("Error", "application/json", text=description)


def _security(guarded: bool) -> Json:
    return {"security": [{}, {"token": []}]} if guarded else {}


def event_operation(name: str, summary: str, content: Json, answered: Json) -> Json:
    """The operation object of a route that takes an event or a trace, or a form with files beside it."""
    form = {
        "type": "object",
        "properties": {
            "event": {"type": "string", "description": "An event as JSON"},
            "trace": {"type": "string", "description": "A stack trace as text"},
            "files": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "description": "Maps, scripts, bundles, debug files, mappings, zips: for this request only",
            },
        },
        "oneOf": [{"required": ["event"]}, {"required": ["trace"]}],
    }
    named = [
        {"name": word, "in": "query", "description": f"The {word}, if the event names none", "schema": {"type": "string"}}
        for word in ("release", "dist")
    ]
    coding = {
        "name": "Content-Encoding",
        "in": "header",
        "description": "For a body that is not a form",
        "schema": {"enum": ["gzip", "zstd", "identity"]},
    }
    return _with_body(name, summary, {**content, "multipart/form-data": {"schema": form}}, answered, parameters=[*named, coding])


def json_body(*names: str) -> Json:
    """The content of a request body that is the JSON of one of these models."""
    return {"application/json": {"schema": _ref(*names)}}


def envelope_body() -> Json:
    """The content of a request body that is a Sentry envelope."""
    return {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}


def text_body() -> Json:
    """The content of a request body that is text."""
    return {"text/plain": {"schema": {"type": "string"}}}


def document(routes: Iterable[Route]) -> Json:
    """The whole document."""
    routes = list(routes)
    models = dict.fromkeys((*_MODELS, *(model for route in routes for model in route.models)))
    _, schemas = msgspec.json.schema_components(models, ref_template="#/components/schemas/{name}")
    paths: Json = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = dict(route.operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "symbolicator",
            "version": __version__,
            "description": "Turns stack frames back into source positions. Problems with frames are reported in a 200: see data.problems.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }
