"""Some doors of the service, each with what its clients send, damaged: every answer is in order, and what is promised of it holds."""

from __future__ import annotations

import atexit
import io
import json
import random
import zlib
from collections.abc import Mapping
from functools import cache
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from symbolicator.event.envelope import MEDIA_TYPE, Envelope
from symbolicator.service import Limits, create_app
from symbolicator.settings import Settings
from tests.fuzz import documents, forger
from tests.makers import otlp, uploads
from tests.makers.builds import CART, LINES, MINIFIED, source_map

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

IN_ORDER = frozenset((200, 201, 400, 404, 411, 413, 415, 422, 507))
BUILD = forger.FIXTURES / "javascript" / "esbuild-min"
PROTOBUF = "application/x-protobuf"
_TOKEN = {"Authorization": "Bearer t"}


@cache
def _client() -> FlaskClient:
    folder = TemporaryDirectory(prefix="symbolicator-fuzz-")
    atexit.register(folder.cleanup)
    limits, files = Limits(max_body=1 << 20, max_upload=1 << 20), (BUILD / "files",)
    store = f"{folder.name}/store"
    return create_app(Settings(files=files, cache_dir=False), limits=limits, token="t", store=store, store_size=64 << 20).test_client()


def _ask(path: str, body: bytes, kind: str, headers: Mapping[str, str] = {}, method: str = "POST") -> TestResponse:
    answer = _client().open(path, method=method, data=body, content_type=kind, headers={**_TOKEN, **headers})
    assert answer.status_code in IN_ORDER, (answer.status_code, answer.get_data())
    return answer


@cache
def _trace() -> str:
    return (BUILD / "stacks" / "aggregate.txt").read_text()


def _bent(chance: random.Random, data: bytes) -> bytes:
    bad = bytearray(data)
    for _ in range(chance.choice((0, 1, 1, 3, 20)) if bad else 0):
        at = chance.randrange(len(bad))
        bad[at : at + chance.choice((1, 1, 2, 40))] = chance.choice((b"", b"\xff" * 11, b"\0", b"\n", b"{", bytes([chance.randrange(256)])))
        bad = bad or bytearray(1)
    return bytes(bad)


def telemetry(chance: random.Random, values: tuple[Any, ...]) -> None:
    """OTLP in both encodings; what was rewritten stays as it is."""
    kind = chance.choice(("traces", "logs"))
    if chance.random() < 0.5:
        form, sent = PROTOBUF, _bent(chance, otlp.message(kind, _trace()))
    else:
        whole = otlp.document(kind, _trace(), "Error: x")
        documents.damage(chance, whole, values, chance.choice((1, 1, 2, 6)))
        form, sent = "application/json", json.dumps(whole).encode()
    answer = _ask(f"/v1/{kind}", sent, form)
    if answer.status_code == 200:
        again = _ask(f"/v1/{kind}", answer.data, form)
        assert again.data == answer.data


def envelopes(chance: random.Random, values: tuple[Any, ...]) -> None:
    """Envelopes; what goes on has as many events, and the same text after the last one that was read."""
    event: dict[str, Any] = {
        "platform": "javascript",
        "frames": [{"abs_path": "https://x/app.js", "lineno": 1, "colno": 4223}],
        "message": "m",
    }
    pieces = [b'{"event_id":"a","dsn":"http://k@h/1"}\n']
    for kind in chance.choices(("event", "event", "session", "attachment", "later"), k=chance.choice((0, 1, 2, 5))):
        payload = event if kind == "event" else {"sid": "1"}
        documents.damage(chance, payload, values, chance.choice((0, 1, 3)))
        body = json.dumps(payload).encode()
        length = {"length": chance.choice((len(body), len(body), len(body), 0, -1, 1 << 40))} if chance.random() < 0.5 else {}
        pieces += [json.dumps({"type": kind, **length}).encode(), b"\n", body, b"\n"]
    sent = _bent(chance, b"".join(pieces))
    answer = _ask("/api/shop/envelope/", sent, MEDIA_TYPE, {"Accept": MEDIA_TYPE})
    if answer.status_code == 200:
        assert len(Envelope(answer.data).events) == len(Envelope(sent).events)


@cache
def _contents() -> list[bytes]:
    script = f"{MINIFIED}\n//# debugId=5d1f0d2e-1111-4222-8333-444444444444\n".encode()
    mapped = json.dumps(source_map(LINES, ["cart.ts"], [CART], debugId="5d1f0d2e-1111-4222-8333-444444444444")).encode()
    return [uploads.bundle([("~/app.js", script, None), ("~/app.js.map", mapped, None)]), script, mapped, b""]


def uploaded(chance: random.Random, values: tuple[Any, ...]) -> None:
    """Files, chunks, and what is put together of them."""
    content = _bent(chance, chance.choice(_contents()))
    how = chance.randrange(3)
    if how == 0:
        coding = {"Content-Encoding": "gzip"} if chance.random() < 0.3 else {}
        body = _bent(chance, zlib.compress(content, wbits=31)) if coding else content
        name = chance.choice(("app.js", "a/app.js.map", "..%2Fx.js", "%00", "x" * 300))
        _ask(f"/files/{name}?release={chance.choice(('', 'shop@1', '..', 'x' * 300))}", body, "application/octet-stream", coding, "PUT")
        return
    if how == 1:
        form = {"file_gzip": (io.BytesIO(_bent(chance, zlib.compress(content, wbits=31))), uploads.sha1(content))}
        answer = _client().post(uploads.CHUNKS, data=form, headers=_TOKEN)
        assert answer.status_code in IN_ORDER, answer.get_data()
    asked: dict[str, Any] = {"checksum": uploads.sha1(content), "chunks": [uploads.sha1(content)], "projects": ["web"], "version": "shop@1"}
    path = uploads.ASSEMBLE
    if chance.random() < 0.5:
        path, asked = uploads.DIFS, {uploads.sha1(content): {"name": "app", "debug_id": None, "chunks": asked["chunks"]}}
    documents.damage(chance, asked, values, chance.choice((0, 0, 1, 3)))
    _ask(path, json.dumps(asked).encode(), "application/json")
