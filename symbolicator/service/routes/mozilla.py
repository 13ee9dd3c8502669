"""Mozilla's symbolication API, version 5: `POST /symbolicate/v5` and `/source/v1`, for the Firefox Profiler and crash tools.

Its forms: mozilla-services/eliot, `docs/symbolication.rst`; mstange/samply, `API.md`. Offsets count from where a module is loaded, and are
looked up as they are. A module is looked up by its id only: files of its name are not enough, for nothing else in a request would show
that they are another build's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from werkzeug.wrappers import Response

from symbolicator import event as event_json
from symbolicator.event.wire import read_json
from symbolicator.keys import normalise_debug_id, parse_address
from symbolicator.patterns import regex
from symbolicator.problems import Problem
from symbolicator.service.answers import json_answer
from symbolicator.service.cross_origin import make_preflight
from symbolicator.service.event_requests import whole_body
from symbolicator.service.openapi import json_operation, preflight_operation
from symbolicator.service.refusals import Refusal, error_json
from symbolicator.service.routes import Route, View
from symbolicator.service.sentry import problems_of
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.service.work import Work

_MAX_JOBS = 10
_FILE = regex(r"[A-Za-z0-9_.+{}@<> ~\[\]-]*")
_ID = regex(r"[A-Fa-f0-9]*")
_BY_NAME = ("url", "path")
_END = 1 << 64

Place = tuple[int, int]
"""A module's index, and an offset in it."""


class MozillaJob(Struct, rename="camel"):
    """`memoryMap` has pairs of a module's file and its Breakpad id, `stacks` lists of pairs: a module's index or -1, an offset in it."""

    memory_map: list[tuple[str, str]]
    stacks: list[list[tuple[int, int]]]


class MozillaRequest(Struct):
    """At most ten jobs; one job alone may be the request itself."""

    jobs: list[MozillaJob]


class MozillaInline(Struct, omit_defaults=True):
    """A function that was inlined."""

    function: str | None = None
    file: str | None = None
    line: int | None = None


class MozillaFrame(MozillaInline, omit_defaults=True, kw_only=True):
    """A frame, with the function that has code of its own; `inlines` are those within it, the deepest first."""

    frame: int
    module: str
    module_offset: str
    function_offset: str | None = None
    inlines: list[MozillaInline] | None = None


class MozillaResult(Struct, omit_defaults=True):
    """The answer to a job; `found_modules` by `file/id`: whether symbols were found, or null if no frame needs them."""

    stacks: list[list[MozillaFrame]]
    found_modules: dict[str, bool | None]
    problems: list[Any] = []


class MozillaAnswer(Struct):
    """A result for each job, in their order."""

    results: list[MozillaResult]


class MozillaSourceRequest(Struct, rename="camel"):
    """A file that frames at `moduleOffset` (`0x…`) name, as they name it."""

    debug_name: str
    debug_id: str
    module_offset: str
    file: str


class MozillaSource(Struct, omit_defaults=True):
    """The text of a file, or why there is none."""

    file: str | None = None
    source: str | None = None
    error: str | None = None


def _symbolicate(work: Work) -> View:
    def symbolicate_v5() -> Response:
        jobs = _jobs(_body(work))
        work.check_frames(sum(len(stack) for _, stacks in jobs for stack in stacks))
        return json_answer(MozillaAnswer([_result(work, *job) for job in jobs]))

    return _with_titles(symbolicate_v5)


def _source(work: Work) -> View:
    def source_v1() -> Response:
        body = _body(work)
        name, debug_id, offset, file = (body.get(key) for key in ("debugName", "debugId", "moduleOffset", "file"))
        address = parse_address(offset)
        if not isinstance(name, str) or not isinstance(debug_id, str) or not isinstance(file, str) or address is None:
            raise _bad("debugName, debugId, moduleOffset and file are needed, and each is a text")
        return json_answer(_text(work, name, debug_id, address, file))

    return _with_titles(source_v1)


def _with_titles(view: View) -> View:
    """Errors as clients of this API read them: with a `title`."""

    def titled() -> Response:
        try:
            return view()
        except Refusal as error:
            body = {"title": error.description, **error_json(error.code or 400, str(error.description), error.hint)}
            answer = json_answer(body, error.code or 400)
            answer.headers.update(error.headers)
            return answer

    return titled


def _bad(title: str) -> Refusal:
    return Refusal(400, title, "mozilla-services/eliot has the form in docs/symbolication.rst")


def _body(work: Work) -> Mapping[str, Any]:
    """The request's JSON, whatever its type is called: browsers send it as text, so that they need not ask first."""
    work.gate.check()
    try:
        body = read_json(whole_body(current_request(), work))
    except ValueError as error:
        raise _bad("Payload is not valid JSON") from error
    if not isinstance(body, dict):
        raise _bad("Payload is not a JSON object")
    return body


# ── jobs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

Module = tuple[str, str]
Job = tuple[list[Module], list[list[Place]]]


def _jobs(body: Mapping[str, Any]) -> list[Job]:
    jobs = body.get("jobs", [body])
    if not isinstance(jobs, list):
        raise _bad("jobs must be a list")
    if len(jobs) > _MAX_JOBS:
        raise _bad(f"please limit number of jobs in a single request to <= {_MAX_JOBS}")
    return [_job(job, f"job {number}") for number, job in enumerate(jobs)]


def _job(job: object, name: str) -> Job:
    if not isinstance(job, dict):
        raise _bad(f"{name} is invalid")
    for key in ("stacks", "memoryMap"):
        if key not in job:
            raise _bad(f"{name} is invalid: no {key} specified")
    modules = _modules(job["memoryMap"], f"{name} has invalid modules")
    return modules, _stacks(job["stacks"], len(modules), f"{name} has invalid stacks")


def _modules(given: object, where: str) -> list[Module]:
    if not isinstance(given, list):
        raise _bad(f"{where}: modules must be a list")
    for number, one in enumerate(given):
        if not isinstance(one, list) or len(one) != 2:
            raise _bad(f"{where}: module index {number} does not have a debug_filename and debug_id")
        for value, pattern, called in zip(one, (_FILE, _ID), ("debug_filename", "debug_id"), strict=True):
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise _bad(f"{where}: module index {number} has an invalid {called}")
    return [(file, debug_id) for file, debug_id in given]


def _stacks(given: object, modules: int, where: str) -> list[list[Place]]:
    if not isinstance(given, list):
        raise _bad(f"{where}: stacks must be a list of lists")
    if not given:
        raise _bad(f"{where}: no stacks specified")
    for number, stack in enumerate(given):
        if not isinstance(stack, list):
            raise _bad(f"{where}: stack {number} is not a list")
        for at, frame in enumerate(stack):
            this = f"{where}: stack {number} frame {at}"
            if not isinstance(frame, list) or len(frame) != 2:
                raise _bad(f"{this} is not a list of two items")
            module, offset = frame
            if type(module) is not int or module < -1:
                raise _bad(f"{this} has an invalid module_index")
            if module >= modules:
                raise _bad(f"{this} has a module_index that isn't in modules")
            if type(offset) is not int or offset < -1:
                raise _bad(f"{this} has an invalid module_offset")
    return [[(module, offset) for module, offset in stack] for stack in given]


def _result(work: Work, modules: list[Module], stacks: list[list[Place]]) -> MozillaResult:
    used = {module for stack in stacks for module, _ in stack}
    # Profiles have the same places in many stacks; each is looked up once.
    places = list(dict.fromkeys(place for stack in stacks for place in stack if _is_known(place, modules)))
    out = _looked_up(work, modules, places)
    answers = _by_place(out, places)
    by_name = {module for (module, _), frames in answers.items() if frames[0]["data"].get("resolved_with") in _BY_NAME}
    found = [image.get("debug_status") == "found" and number not in by_name for number, image in enumerate(out["modules"])]
    made = [
        [_frame(at, modules, place, answers.get(place, ()) if place[0] >= 0 and found[place[0]] else ()) for at, place in enumerate(stack)]
        for stack in stacks
    ]
    said = {f"{file}/{debug_id}": found[number] if number in used else None for number, (file, debug_id) in enumerate(modules)}
    return MozillaResult(stacks=made, found_modules=said, problems=problems_of(out))


def _is_known(place: Place, modules: Sequence[Module]) -> bool:
    module, offset = place
    return module >= 0 and 0 <= offset < _END and normalise_debug_id(modules[module][1]) is not None


def _looked_up(work: Work, modules: Sequence[Module], places: Sequence[Place]) -> Mapping[str, Any]:
    """The places symbolicated: an event with one stack, whose frames are not those of one thread, so each address is exact."""
    frames = [
        {"platform": "native", "instruction_addr": offset, "addr_mode": f"rel:{module}", "adjust_instruction_addr": False}
        for module, offset in places
    ]
    images = [{"debug_file": file, "debug_id": debug_id} for file, debug_id in modules]
    event = {"platform": "native", "stacktraces": [{"frames": frames}], "modules": images}
    return work.run(event_json.read_frames(event))


def _by_place(out: Mapping[str, Any], places: Sequence[Place]) -> dict[Place, list[Mapping[str, Any]]]:
    """The functions at each place, the outermost first."""
    found: dict[Place, list[Mapping[str, Any]]] = {}
    for frame in out["stacktraces"][0]["frames"]:
        found.setdefault(places[frame["data"]["raw_index"]], []).append(frame)
    return found


def _frame(at: int, modules: Sequence[Module], place: Place, found: Sequence[Mapping[str, Any]]) -> MozillaFrame:
    module, offset = place
    made = MozillaFrame(frame=at, module=modules[module][0] if module >= 0 else "<unknown>", module_offset=hex(offset))
    if not found or found[0]["data"]["symbolicator_status"] != "symbolicated":
        return made
    outer, *inlined = found
    inline = _inline(outer)
    made.function, made.file, made.line = inline.function, inline.file, inline.line
    start = parse_address(outer.get("symbol_addr"))
    if inline.function is not None and start is not None:
        # In a part that the compiler moved before the function's start, the part counts as begun here: a sign is no number to the Profiler.
        made.function_offset = hex(max(0, offset - start))
    made.inlines = [_inline(one) for one in reversed(inlined)] or None
    return made


def _inline(frame: Mapping[str, Any]) -> MozillaInline:
    file, line = _file_of(frame), frame.get("lineno")
    return MozillaInline(function=frame.get("raw_function") or frame.get("function"), file=file, line=(line or None) if file else None)


def _file_of(frame: Mapping[str, Any]) -> str | None:
    return frame.get("abs_path") or frame.get("filename") or None


# ── sources ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(work: Work, name: str, debug_id: str, offset: int, file: str) -> MozillaSource:
    """The text of `file`, which a frame at this place has to name: no other file can be asked for."""
    modules = [(name, debug_id)]
    places = [(0, offset)]
    if not _is_known(places[0], modules):
        return MozillaSource(error=f"{debug_id[:64]!r} is no id of a module")
    out = _looked_up(work, modules, places)
    frames = _by_place(out, places).get(places[0], [])
    by_id = [one for one in frames if one["data"].get("resolved_with") not in _BY_NAME]
    if file not in {_file_of(one) for one in by_id}:
        return MozillaSource(error=f"no function at {name} {offset:#x} is in that file")
    lookup = work.engine.lookup(event_json.read({}))
    found = lookup.source(file).artifacts
    if len(found) != 1:
        return MozillaSource(error=f"{len(found) or 'no'} files given fit {file}")
    if found[0].size > work.limits.max_inflated:
        return MozillaSource(error=f"{found[0].name} has {found[0].size} bytes; the limit is {work.limits.max_inflated}")
    content = lookup.read(found[0])
    if isinstance(content, Problem):
        return MozillaSource(error=content.detail)
    return MozillaSource(file=file, source=str(content, "utf-8", "replace"))


def _routes(path: str, name: str, summary: str, make: Callable[[Work], View], asked: type, answered: type) -> tuple[Route, Route]:
    """A route, and the one that a browser asks before it."""
    return (
        Route(
            "POST",
            path,
            make,
            json_operation(name, summary, asked, answered),
            guarded=True,
            models=(asked, answered),
            cross_origin=True,
        ),
        Route("OPTIONS", path, make_preflight, preflight_operation(name), cross_origin=True),
    )


ROUTES = (
    *_routes(
        "/symbolicate/v5", "symbolicateV5", "Symbolicate native frames, by Mozilla's API", _symbolicate, MozillaRequest, MozillaAnswer
    ),
    *_routes("/source/v1", "sourceV1", "The text of a file that frames name", _source, MozillaSourceRequest, MozillaSource),
)
