"""Whole files for debuggers: the given ones of exactly one build, sent without being held in memory.

Clients keep what they get under the id that they asked for, unchecked: a file whose own id is another is never an answer.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from symbolicator.errors import MalformedArtifact, Unreadable
from symbolicator.service.file_bodies import FileBody
from symbolicator.service.refusals import Refusal
from symbolicator.service.uploads import current_request

if TYPE_CHECKING:
    from symbolicator.artifacts.files import Artifact
    from symbolicator.keys import Key
    from symbolicator.service.work import Work

BYTES = "application/octet-stream"


def of_build(work: Work, key: Key) -> list[Artifact]:
    """The given files with the id in `key`, the best first: one for its code, one for its debug information, or both in one."""
    chain = work.engine.store
    found: dict[str, Artifact] = {}
    # The chain stops at the first store with debug information; the program may be in another.
    for store in (chain, *chain.stores):
        for one in store.find(key).artifacts:
            ids = one.identity.code_ids if key.code_id else one.identity.debug_ids
            if (key.code_id or key.debug_id) in ids:
                found.setdefault(one.name, one)
    return list(found.values())


def content_of(work: Work, artifact: Artifact) -> memoryview:
    """The content of a file. Raises `Refusal`: 404 if it is damaged or decompresses too far, 503 if it cannot be read now."""
    limit = work.limits.max_upload
    if "!" in artifact.path and artifact.size > limit:
        raise Refusal(404, f"{artifact.file_name} has {artifact.size} bytes in its archive; the limit is {limit}", "give it unpacked")
    try:
        return artifact.read()
    except Unreadable as error:
        raise Refusal(503, f"{artifact.file_name}: {error}", "try again", {"Retry-After": "5"}) from error
    except MalformedArtifact as error:
        raise Refusal(404, f"{artifact.file_name}: {error}") from error


def file_answer(work: Work, artifact: Artifact) -> Response:
    """A whole file."""
    is_head = current_request().method == "HEAD"
    return bytes_answer(work, artifact, memoryview(b"") if is_head else content_of(work, artifact), artifact.size)


def bytes_answer(work: Work, artifact: Artifact, content: memoryview, size: int) -> Response:
    """`content`, `size` bytes, of a file or from it. Caches may keep it, those shared with others only if anybody may have it."""
    answer = Response(FileBody(content), 200, content_type=BYTES, direct_passthrough=True)
    answer.content_length = size
    answer.headers["Cache-Control"] = "public" if work.scopes.open else "private"
    if artifact.mtime is not None:
        answer.headers["Last-Modified"] = formatdate(artifact.mtime, usegmt=True)
    return answer
