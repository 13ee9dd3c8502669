"""Uploads, made as clients make them and then bent: each gets an answer in order, and nothing leaves the store's folder."""

import gzip
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator.artifacts import chunk_folder
from symbolicator.service import Limits, create_app
from symbolicator.settings import Settings
from tests.makers.builds import build
from tests.makers.uploads import ASSEMBLE, CHUNKS, DIFS, bundle, sha1

from .conftest import ROOT, told

IN_ORDER = {200, 201, 308, 400, 401, 404, 405, 411, 413, 415, 422, 503, 507}
TOKEN = {"Authorization": "Bearer t"}
NATIVE = (ROOT / "fixtures" / "native" / "clang-dwarf5" / "files" / "apiary").read_bytes()
MAPPING = (ROOT / "fixtures" / "jvm" / "repackaged" / "files" / "mapping.txt").read_bytes()
ARCHIVES = ["/api/0/projects/o/web/files/dsyms/", "/files", "/files?release=1&url=https://x/"]
WORDS = st.sampled_from(
    ["", ".", "..", "../../x.js", "/etc/passwd", "a/b.js", "app.js", "app.js.map", "mapping.txt", "C:\\x.js", "x" * 2000, "\u2028", "a\tb",
     "/proguard/11111111-2222-4333-8444-555555555555.txt", "bab6a9cc-5d30-a727-2d14-f6838ae4fe87", "shop@1", "~/app.js", "index.jsonl",
     "lock", "%2e%2e%2fx.js", "a.gz", "0" * 40, "null", "shop"]
) | st.text(max_size=4)  # fmt: skip
ANYTHING = st.none() | st.booleans() | st.integers() | WORDS | st.lists(WORDS, max_size=2) | st.dictionaries(WORDS, WORDS, max_size=2)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("uploads") / "store"


@pytest.fixture(scope="module")
def client(store):
    limits = Limits(max_upload=1 << 20, max_body=1 << 20)
    return create_app(Settings(cache_dir=False), limits=limits, token="t", scopes=[("shop", "s")], store=store).test_client()


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """What may be in a file, whole or damaged."""
    folder = tmp_path_factory.mktemp("built")
    build(folder, debug_id="5d1f0d2e-1111-4222-8333-444444444444")
    whole = [(folder / name).read_bytes() for name in ("app.js", "app.js.map")]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../x.js", whole[0])
        archive.writestr("a.zip", b"PK\3\4")
    listed = [bundle([("~/app.js", whole[0], None), ("~/app.js.map", whole[1], None)]), packed.getvalue(), NATIVE, MAPPING, *whole]
    bombs = [gzip.compress(b"0" * (12 << 20)), b"SYSB\2\0\0\0", b"PK\5\6" + b"\0" * 18, b"", b"\0" * 100]
    return [*listed, *bombs]


def damaged(contents):
    """One of them, sometimes cut or with a byte changed."""

    def damage(content, dice, at):
        at %= max(1, len(content))
        return content[:at] if dice == 0 else content[:at] + b"\xff" + content[at + 1 :] if dice == 1 else content

    return st.builds(damage, st.sampled_from(contents), st.integers(0, 5), st.integers(0, 1 << 20))


def check(answer, store):
    assert answer.status_code in IN_ORDER, answer.get_data()
    if answer.status_code >= 400:
        told(answer, answer.status_code)
    else:
        json.loads(answer.get_data())
    assert [path.name for path in store.parent.iterdir()] == ["store"]
    assert {path.name for path in store.iterdir()} == {"global", "shop"}
    for scope in store.iterdir():
        assert {path.name for path in scope.iterdir()} <= {"index.jsonl", "lock", "objects", "chunks", "tmp"}
        assert not (scope / "tmp").exists() or not list((scope / "tmp").iterdir())


def test_forms_of_chunks_and_of_files(client, store, contents):
    @settings(max_examples=60)
    @given(
        path=st.sampled_from([CHUNKS, *ARCHIVES]),
        files=st.lists(st.tuples(st.sampled_from(["file", "file_gzip", "files", ""]), damaged(contents), WORDS | st.just(True)), max_size=4),
        cut=st.integers(0, 20),
    )
    def ask(path, files, cut):
        body = b""
        for field, content, name in files:
            shown = sha1(content) if name is True else name.encode("utf-8", "replace").decode().replace("\r", "").replace("\n", "")
            sent = gzip.compress(content) if field == "file_gzip" else content
            body += f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{shown}"\r\n\r\n'.encode() + sent + b"\r\n"
        body += b"--b--\r\n"
        body = body[:-cut] if cut > 12 else body
        check(client.post(path, data=body, content_type="multipart/form-data; boundary=b", headers=TOKEN), store)

    ask()


def test_files_as_bodies(client, store, contents):
    @settings(max_examples=60)
    @given(
        name=WORDS,
        content=damaged(contents),
        query=st.dictionaries(st.sampled_from(["release", "dist", "url", "uuid", "sha1", "scope", "after"]), WORDS, max_size=4),
        coding=st.sampled_from([None, None, "gzip", "zstd", "br"]),
        packed=st.booleans(),
    )
    def ask(name, content, query, coding, packed):
        headers = {**TOKEN, **({"Content-Encoding": coding} if coding else {})}
        body = gzip.compress(content) if packed else content
        check(client.put(f"/files/{name or 'x'}", query_string=query, data=body, headers=headers), store)
        check(client.get("/files", query_string=query, headers=TOKEN), store)

    ask()


def test_files_to_put_together(client, store, contents):
    sums = {sha1(content): content for content in contents if len(content) <= chunk_folder.CHUNK}
    for name, content in sums.items():
        form = {"file": (io.BytesIO(content), name)}
        assert client.post(CHUNKS, data=form, headers=TOKEN).status_code in (200, 413)
    sha1s = st.sampled_from([*sums, "0" * 40]) | WORDS

    @settings(max_examples=60)
    @given(
        whole=st.booleans(),
        checksum=sha1s,
        chunks=st.lists(sha1s, max_size=3),
        more=st.dictionaries(st.sampled_from(["name", "debug_id", "version", "dist", "projects", "checksum", "chunks"]), ANYTHING, max_size=4),
        path=st.sampled_from([ASSEMBLE, DIFS, DIFS.replace("/web/", "/shop/"), "/api/0/organizations/o/releases/"]),
    )
    def ask(whole, checksum, chunks, more, path):
        one = {"chunks": [checksum] if whole else chunks, **more}
        body = {checksum: one} if path.endswith("difs/assemble/") else {"checksum": checksum, **one}
        check(client.post(path, data=json.dumps(body).encode("utf-8", "replace"), content_type="application/json", headers=TOKEN), store)

    ask()
