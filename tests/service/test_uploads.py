"""Files that clients upload: seen by the next request, by whom they are for; what is no file, or too much of one, is refused."""

import gzip
import io
import json
import threading
import zipfile
from pathlib import Path

import pytest

from symbolicator.artifacts import chunk_folder, journal, staging, uploading
from symbolicator.errors import ConfigError
from symbolicator.service import Limits, create_app
from symbolicator.settings import Settings
from tests.makers.builds import FRAME, build
from tests.makers.uploads import ASSEMBLE, CHUNKS, DIFS, assemble, bundle, debug_file, send, sha1

from .conftest import ROOT, told

SHOP, BANK, OURS = ({"Authorization": f"Bearer {token}"} for token in ("of-shop", "of-bank", "of-us"))
DEBUG_ID = "5d1f0d2e-1111-4222-8333-444444444444"
OTHER_ID = "5d1f0d2e-1111-4222-8333-555555555555"
NATIVE = ROOT / "fixtures" / "native" / "clang-dwarf5" / "files" / "apiary"
MAPPING = ROOT / "fixtures" / "jvm" / "repackaged" / "files" / "mapping.txt"


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def serve(store):
    def serve(**options):
        options = {"token": "of-us", "scopes": [("shop", "of-shop"), ("bank", "of-bank")], "store": store, **options}
        limits = Limits(**options.pop("limits", {}))
        return create_app(Settings(cache_dir=False, **options.pop("settings", {})), limits=limits, **options).test_client()

    return serve


@pytest.fixture
def client(serve):
    return serve()


@pytest.fixture
def parts(tmp_path):
    """A script and its map, as a bundle has them."""
    build(tmp_path / "dist", debug_id=DEBUG_ID)
    build(tmp_path / "plain")
    return {
        name: [(f"~/assets/{file}", (tmp_path / folder / file).read_bytes(), debug_id) for file in ("app.js", "app.js.map")]
        for name, folder, debug_id in (("ids", "dist", DEBUG_ID), ("plain", "plain", None))
    }


def name_of(client, headers, path="/symbolicate", **event):
    """The function that a frame of the build gets."""
    answer = client.post(path, json={"platform": "javascript", "frames": [dict(FRAME)], **event}, headers=headers)
    assert answer.status_code == 200, answer.get_data()
    return answer.get_json()["frames"][0]["function"]


BY_ID = {"debug_meta": {"images": [{"type": "sourcemap", "code_file": FRAME["abs_path"], "debug_id": DEBUG_ID}]}}


# ── what is uploaded is found ─────────────────────────────────────────────────────────────────────────────────────


def test_a_bundle_is_found_by_the_next_request_of_its_release(client, parts):
    assert name_of(client, SHOP, release="shop@1") == "a.total"
    assert assemble(client, SHOP, bundle(parts["plain"]), version="shop@1")["state"] == "ok"
    assert name_of(client, SHOP, release="shop@1") == "Cart.total"


def test_what_was_remembered_of_the_files_before_is_forgotten_at_once(serve, parts, tmp_path, monkeypatch):
    monkeypatch.setattr("symbolicator.artifacts.recent._MOMENT", 1e9)  # as if the next request came in the same moment
    (tmp_path / "others").mkdir()
    client = serve(settings={"files": (tmp_path / "others",)})
    assert name_of(client, SHOP, **BY_ID) == "a.total"
    assert assemble(client, SHOP, bundle(parts["ids"]))["state"] == "ok"
    assert name_of(client, SHOP, **BY_ID) == "Cart.total"


def test_a_bundle_is_found_by_debug_id_without_a_release(client, parts):
    assert assemble(client, SHOP, bundle(parts["ids"]))["state"] == "ok"
    assert name_of(client, SHOP, **BY_ID) == "Cart.total"


def test_a_bundle_of_another_build_answers_nothing(client, parts):
    assert assemble(client, SHOP, bundle(parts["ids"]))["state"] == "ok"
    images = [{"type": "sourcemap", "code_file": FRAME["abs_path"], "debug_id": OTHER_ID}]
    assert name_of(client, SHOP, debug_meta={"images": images}) == "a.total"


def test_of_two_releases_each_has_its_own_files(client, parts, tmp_path):
    build(tmp_path / "later", content="class Basket {\n  sum() {\n    return this.items.length;\n  }\n}\n")
    later = [("~/assets/app.js", (tmp_path / "later/app.js").read_bytes(), None),
             ("~/assets/app.js.map", (tmp_path / "later/app.js.map").read_bytes(), None)]  # fmt: skip
    assemble(client, SHOP, bundle(parts["plain"]), version="shop@1")
    assemble(client, SHOP, bundle(later), version="shop@2")
    assert [name_of(client, SHOP, release=f"shop@{n}") for n in (1, 2)] == ["Cart.total", "Basket.sum"]


def test_a_release_that_is_built_again_has_what_came_last_and_an_older_build_its_debug_id(client, parts, tmp_path):
    build(tmp_path / "later", content="class Basket {\n  sum() {\n    return this.items.length;\n  }\n}\n", debug_id=OTHER_ID)
    later = [("~/assets/app.js", (tmp_path / "later/app.js").read_bytes(), OTHER_ID),
             ("~/assets/app.js.map", (tmp_path / "later/app.js.map").read_bytes(), OTHER_ID)]  # fmt: skip
    assemble(client, SHOP, bundle(parts["ids"]), version="shop@1")
    assemble(client, SHOP, bundle(later), version="shop@1")
    assert name_of(client, SHOP, release="shop@1") == "Basket.sum"
    assert name_of(client, SHOP, release="shop@1", **BY_ID) == "Cart.total"


def test_the_same_bundle_again_needs_no_chunks_and_no_room(client, parts):
    content = bundle(parts["plain"])
    assert assemble(client, SHOP, content, version="shop@1")["state"] == "ok"
    before = client.get("/files", headers=SHOP).get_json()
    asked = {"checksum": sha1(content), "chunks": ["0" * 40], "version": "shop@1"}
    assert client.post(ASSEMBLE, json=asked, headers=SHOP).get_json() == {"state": "ok", "missingChunks": []}
    assert assemble(client, SHOP, content, version="shop@2")["state"] == "ok"
    after = client.get("/files", headers=SHOP).get_json()
    assert (len(before["files"]), len(after["files"])) == (1, 2)
    assert before["used"] == after["used"] == len(content)


def test_a_debug_file_is_found_by_its_id_at_every_door(client):
    done = debug_file(client, SHOP, NATIVE.read_bytes(), "apiary", debug_id="bab6a9cc-5d30-a727-2d14-f6838ae4fe87")
    assert (done["state"], done["dif"]["debugId"]) == ("ok", "bab6a9cc-5d30-a727-2d14-f6838ae4fe87")
    path = "/buildid/cca9b6ba305d27a72d14f6838ae4fe87af16a159/debuginfo"
    assert client.get(path, headers=SHOP).get_data() == NATIVE.read_bytes()
    assert client.get(f"/t/of-shop{path}").status_code == 200
    assert client.get(f"/t/of-bank{path}").status_code == 404
    asked = {"memoryMap": [["apiary", "BAB6A9CC5D30A7272D14F6838AE4FE870"]], "stacks": [[[0, 11153]]]}
    for token, found in (("of-shop", True), ("of-bank", False)):
        answer = client.post(f"/t/{token}/symbolicate/v5", json=asked).get_json()
        assert list(answer["results"][0]["found_modules"].values()) == [found]
    for headers, code in ((SHOP, 200), (BANK, 404)):
        name = "/proxy/apiary/elf-buildid-cca9b6ba305d27a72d14f6838ae4fe87af16a159/apiary"
        assert client.get(name, headers=headers).status_code == code


def test_a_mapping_keeps_the_uuid_that_its_app_knows(client):
    uuid = "11111111-2222-4333-8444-555555555555"
    done = debug_file(client, SHOP, MAPPING.read_bytes(), f"/proguard/{uuid}.txt")
    assert (done["state"], done["dif"]["debugId"]) == ("ok", uuid)
    asked = {
        "sources": [], "exceptions": [], "modules": [{"uuid": uuid, "type": "proguard"}], "classes": ["harbor.e"],
        "stacktraces": [{"frames": [{"function": "r", "module": "harbor.Main", "lineno": 164, "index": 0}]}],
    }  # fmt: skip
    assert client.post("/symbolicate-jvm", json=asked, headers=SHOP).get_json()["stacktraces"][0]["frames"][0]["function"] == "circular"
    answer = client.post("/symbolicate-jvm", json=asked, headers=BANK).get_json()
    assert answer["errors"] == [{"uuid": uuid, "type": "missing"}]


def test_an_archive_of_mappings_is_taken_as_older_clients_send_it(client):
    uuid = "11111111-2222-4333-8444-666666666666"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(MAPPING, f"proguard/{uuid}.txt")
    form = {"file": (io.BytesIO(packed.getvalue()), "archive.zip")}
    answer = client.post("/api/0/projects/o/web/files/dsyms/", data=form, headers=SHOP)
    assert [one["debugId"] for one in answer.get_json()] == [uuid]
    asked = {"sources": [], "exceptions": [], "modules": [{"uuid": uuid, "type": "proguard"}], "stacktraces": []}
    assert client.post("/symbolicate-jvm", json=asked, headers=SHOP).get_json()["errors"] == []


def test_a_field_after_an_archive_is_no_part_of_it(client):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(MAPPING, "proguard/6f1c5c0e-4f0a-4e0e-9d4e-0a4f6d1f2b3c.txt")
    head = b'--of\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    form = head % b'file"; filename="a.zip' + packed.getvalue() + b"\r\n" + head % b"note" + b"of the build\r\n--of--\r\n"
    typed = {**SHOP, "Content-Type": "multipart/form-data; boundary=of"}
    answer = client.post("/api/0/projects/o/web/files/dsyms/", data=form, headers=typed)
    assert [one["sha1"] for one in answer.get_json()] == [sha1(packed.getvalue())]


@pytest.mark.parametrize(
    ("agent", "proxied", "url"),
    [
        ("sentry-cli/3.8.0", {}, CHUNKS),
        ("sentry-cli/2.58.6 esbuild-plugin/10.78.0", {"Host": "10.0.0.1:8642"}, CHUNKS),
        ("sentry-cli/0.45.0 (linux-x64) node/20", {}, f"http://localhost{CHUNKS}"),
        ("", {"Host": "symbols.example", "X-Forwarded-Proto": "https"}, f"https://symbols.example{CHUNKS}"),
    ],
)
def test_chunks_go_where_their_client_asked(client, agent, proxied, url):
    answer = client.get(CHUNKS, headers={**SHOP, **proxied, "User-Agent": agent})
    assert answer.get_json()["url"] == url


def test_a_request_that_does_not_say_where_it_was_sent_gets_no_address(client):
    for wrong in ({"X-Forwarded-Proto": "gopher"}, {"Host": "a b"}):
        assert client.get(CHUNKS, headers={**SHOP, **wrong}).status_code == 400


def test_a_file_may_be_put_with_its_release_and_is_listed(client, tmp_path):
    build(tmp_path / "dist")
    for name, code in (("app.js", 201), ("app.js.map", 201), ("app.js", 200)):
        content = (tmp_path / "dist" / name).read_bytes()
        path = f"/files/assets/{name}?release=shop@1&dist=7&sha1={sha1(content)}"
        assert client.put(path, data=gzip.compress(content), headers={**SHOP, "Content-Encoding": "gzip"}).status_code == code
    assert name_of(client, SHOP, release="shop@1", dist="7") == "Cart.total"
    listed = client.get("/files?release=shop@1", headers=SHOP).get_json()
    assert [one["path"] for one in listed["files"]] == ["shop@1/7/assets/app.js", "shop@1/7/assets/app.js.map"]
    assert client.get("/files?release=shop@2", headers=SHOP).get_json()["files"] == []
    assert client.get("/files", headers=BANK).get_json()["files"] == []


def test_a_form_may_have_many_files(client, tmp_path):
    build(tmp_path / "dist")
    form = {"files": [(io.BytesIO((tmp_path / "dist" / name).read_bytes()), name) for name in ("app.js", "app.js.map")]}
    answer = client.post("/files?release=shop@1&url=https://cdn.example/assets/", data=form, headers=SHOP)
    assert (answer.status_code, answer.get_json()["new"]) == (201, 2)
    assert name_of(client, SHOP, release="shop@1") == "Cart.total"


def test_uploads_are_counted(client, parts):
    assemble(client, SHOP, bundle(parts["plain"]), version="shop@1")
    text = client.get("/metrics", headers=OURS).text
    assert 'symbolicator_uploaded_files_total{new="yes"} 1.0' in text
    assert f'route="{ASSEMBLE.replace("/o/", "/{org}/")}"' in text


# ── whose it is ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scope_sees_nothing_of_another(client, parts):
    content = bundle(parts["ids"])
    assert assemble(client, SHOP, content, version="shop@1")["state"] == "ok"
    for path in ("/symbolicate", "/symbolicate?scope=shop"):
        assert name_of(client, BANK, path, release="shop@1", **BY_ID) == "a.total"
    # Not even that it has chunks of this content.
    asked = {"checksum": sha1(content), "chunks": [sha1(content)], "version": "shop@1"}
    assert client.post(f"{ASSEMBLE}?scope=shop", json=asked, headers=BANK).get_json()["missingChunks"] == [sha1(content)]


def test_the_services_own_token_names_the_scope_that_it_asks_for(client, parts):
    assert assemble(client, SHOP, bundle(parts["ids"]))["state"] == "ok"
    assert name_of(client, OURS, **BY_ID) == "a.total"
    assert name_of(client, OURS, "/symbolicate?scope=shop", **BY_ID) == "Cart.total"
    assert name_of(client, OURS, "/symbolicate?scope=bank", **BY_ID) == "a.total"
    assert name_of(client, OURS, "/symbolicate?scope=42", **BY_ID) == "a.total"


def test_the_project_of_an_envelope_names_a_scope(client, parts):
    assemble(client, SHOP, bundle(parts["ids"]))
    event = json.dumps({"platform": "javascript", "frames": [FRAME], **BY_ID})
    for dsn, headers, found in (("shop", OURS, True), ("bank", OURS, False), ("shop", BANK, False), ("bank", SHOP, True)):
        envelope = f'{{"dsn":"https://key@host/{dsn}"}}\n{{"type":"event"}}\n{event}\n'
        answer = client.post("/symbolicate", data=envelope, headers={**headers, "Content-Type": "application/x-sentry-envelope"})
        assert ("Cart.total" in answer.text) is found


def test_the_project_of_an_upload_names_a_scope_for_the_services_own_token(client):
    done = debug_file(client, OURS, NATIVE.read_bytes(), "apiary", path=DIFS.replace("/web/", "/shop/"))
    assert done["state"] == "ok"
    path = "/buildid/cca9b6ba305d27a72d14f6838ae4fe87af16a159/debuginfo"
    assert [client.get(path, headers=headers).status_code for headers in (SHOP, BANK, OURS)] == [200, 404, 404]


@pytest.mark.parametrize("scope", ["global", "42"])
def test_a_scope_in_the_query_is_stronger_than_a_project_even_where_it_is_none(client, parts, scope):
    assemble(client, SHOP, bundle(parts["ids"]))
    event = json.dumps({"platform": "javascript", "frames": [FRAME], **BY_ID})
    envelope = f'{{"dsn":"https://key@host/shop"}}\n{{"type":"event"}}\n{event}\n'
    for path in ("/symbolicate", "/api/shop/envelope/"):
        assert "Cart.total" in client.post(path, data=envelope, headers=OURS).text
        assert "Cart.total" not in client.post(f"{path}?scope={scope}", data=envelope, headers=OURS).text
    debug_file(client, OURS, NATIVE.read_bytes(), "apiary", path=DIFS.replace("/web/", "/shop/") + f"?scope={scope}")
    assert [len(client.get("/files", headers=headers).get_json()["files"]) for headers in (OURS, SHOP)] == [1, 1]


def test_files_of_the_service_are_everybodys(serve, tmp_path):
    build(tmp_path / "dist")
    client = serve(settings={"files": (tmp_path / "dist",)})
    assert [name_of(client, headers) for headers in (SHOP, BANK, OURS)] == ["Cart.total"] * 3


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic of-shop"}, {"Authorization": "Bearer "}])
def test_nothing_is_uploaded_or_seen_without_a_token(client, headers):
    for method, path in (("GET", CHUNKS), ("POST", CHUNKS), ("POST", ASSEMBLE), ("PUT", "/files/app.js"), ("GET", "/files"), ("POST", DIFS)):
        told(client.open(path, method=method, headers=headers), 401)


def test_what_is_about_all_scopes_is_not_for_one(client):
    assert [client.get("/metrics", headers=headers).status_code for headers in (OURS, SHOP)] == [200, 403]
    assert "files[0]" not in client.get("/ready", headers=OURS).get_json()["files"]


def test_uploads_are_off_without_a_store(make):
    client = make(token="of-us")
    for method, path in (("GET", CHUNKS), ("POST", ASSEMBLE), ("PUT", "/files/app.js"), ("GET", "/files")):
        assert "--store" in told(client.open(path, method=method, headers=OURS), 501)["hint"]
        told(client.open(path, method=method), 401)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"token": None, "scopes": []}, "needs a token"),
        ({"store": None}, "no store"),
        ({"scopes": [("../x", "t")]}, "cannot be a scope"),
        ({"scopes": [("global", "t")]}, "cannot be a scope"),
        ({"scopes": [("a", "t"), ("b", "t")]}, "the same token"),
        ({"scopes": [("a", "")]}, "no token"),
    ],
)
def test_wrong_settings_are_told_at_the_start(serve, options, word):
    with pytest.raises(ConfigError, match=word):
        serve(**options)


def test_a_store_within_the_files_that_everybody_sees_is_told_at_the_start(serve, tmp_path):
    for given in (tmp_path, tmp_path / "store"):
        given.mkdir(exist_ok=True)
        with pytest.raises(ConfigError, match="everybody sees"):
            serve(settings={"files": (given,)})


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_chunk_with_another_sha1_is_refused_and_not_kept(client):
    told(send(client, SHOP, b"content", name=lambda _: "0" * 40), 400)
    asked = {"checksum": "0" * 40, "chunks": ["0" * 40]}
    assert client.post(ASSEMBLE, json=asked, headers=SHOP).get_json()["missingChunks"] == ["0" * 40]


@pytest.mark.parametrize("name", ["../../" + "0" * 40, "0" * 39, "/etc/passwd", "A" * 40, "."])
def test_a_chunk_is_called_as_its_sha1_and_nothing_else(client, store, name):
    told(send(client, SHOP, b"content", name=lambda _: name), 400)
    assert not (store / "shop" / "chunks").exists()
    assert not list((store / "shop" / "tmp").iterdir() if (store / "shop" / "tmp").exists() else ())


def test_a_chunk_that_inflates_to_more_than_one_is_refused(client, monkeypatch):
    monkeypatch.setattr(chunk_folder, "CHUNK", 1000)
    assert "more than 1000 bytes" in told(send(client, SHOP, b"0" * 1001), 400)["detail"]
    assert send(client, SHOP, b"0" * 1000).status_code == 200


def test_a_chunk_that_is_no_gzip_or_cut_off_is_refused(client):
    whole = gzip.compress(b"content")
    for sent in (b"content", whole[:-5], whole + b"more", b""):
        form = {"file_gzip": (io.BytesIO(sent), sha1(b"content"))}
        told(client.post(CHUNKS, data=form, headers=SHOP), 400)


def test_chunks_that_make_another_file_are_an_error(client):
    send(client, SHOP, b"content")
    asked = {"checksum": sha1(b"other"), "chunks": [sha1(b"content")]}
    answer = client.post(ASSEMBLE, json=asked, headers=SHOP).get_json()
    assert answer["state"] == "error"
    assert sha1(b"content") in answer["detail"]


def test_a_file_of_too_many_bytes_is_an_error_before_it_is_written(client, monkeypatch):
    send(client, SHOP, b"content")
    monkeypatch.setattr(chunk_folder, "LARGEST_FILE", 1000)
    asked = {"checksum": sha1(b"other"), "chunks": [sha1(b"content")] * 1000}
    assert "the limit is 1000" in client.post(ASSEMBLE, json=asked, headers=SHOP).get_json()["detail"]


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("notes.bin", b"\0\1\2\3" * 100, "none of the known formats"),
        ("app.js.map", b'{"version": 3, "sources": ["a.js"], "mappings": "AAAA', ""),
        ("app.js", b"const a = 1;", "can only be found by its release"),
    ],
)
def test_what_no_look_up_would_find_is_refused(client, name, content, word):
    assert word in told(client.put(f"/files/{name}", data=content, headers=SHOP), 400)["detail"]
    assert client.get("/files", headers=SHOP).get_json()["files"] == []


def test_a_bundle_with_a_bomb_or_with_names_that_lead_elsewhere_is_refused(client, parts):
    for name, content in (("../../evil.js", b"x"), ("/etc/passwd", b"x"), ("bomb.js", b"0" * (20 << 20))):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("app.js", parts["plain"][0][1])
            archive.writestr(name, content)
        done = assemble(client, SHOP, packed.getvalue(), version="shop@1")
        assert done["state"] == "error"
        assert name in done["detail"]
    assert client.get("/files", headers=SHOP).get_json()["files"] == []


def test_names_that_lead_elsewhere_stay_in_the_store(client, store, parts):
    content = parts["plain"][1][1]
    for name in ("%2e%2e/%2e%2e/app.js.map", "..%5c..%5capp.js.map", "a/%00/app.js.map", "%2fetc%2fapp.js.map", "a" * 900 + ".js.map"):
        answer = client.put(f"/files/{name}?release=..%2f..%2fx&dist=..", data=content, headers=SHOP)
        assert answer.status_code in (201, 400), answer.get_data()
    assert {path.name for path in store.parent.iterdir()} <= {"store", "dist", "plain"}
    assert {path.name for path in store.iterdir()} == {"shop", "bank", "global"}


def test_a_put_with_another_sha1_is_refused(client, parts):
    told(client.put(f"/files/app.js.map?release=1&sha1={'0' * 40}", data=parts["plain"][1][1], headers=SHOP), 400)
    assert client.get("/files", headers=SHOP).get_json()["files"] == []


def test_a_body_that_decompresses_too_far_is_refused(client):
    told(client.put("/files/app.js?release=1", data=gzip.compress(b"0" * (64 << 20)), headers={**SHOP, "Content-Encoding": "gzip"}), 413)


def test_a_debug_file_of_another_build_than_its_client_says_is_an_error(client):
    done = debug_file(client, SHOP, NATIVE.read_bytes(), "apiary", debug_id=DEBUG_ID)
    assert done["state"] == "error"
    assert "has the debug id bab6a9cc" in done["detail"]


# ── when there is no room ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_full_store_says_how_full_it_is(serve, parts):
    content = bundle(parts["plain"])
    client = serve(store_size=len(content) + 10)
    assert assemble(client, SHOP, content, version="shop@1")["state"] == "ok"
    body = told(client.put("/files/app.js.map?release=2", data=parts["plain"][1][1], headers=SHOP), 507)
    assert f"{len(content)} of {len(content) + 10} bytes" in body["detail"]
    assert "files prune" in assemble(client, SHOP, content + b" ", version="shop@2")["detail"]
    assert assemble(client, BANK, content, version="shop@1")["state"] == "ok"  # its own limit


def test_a_full_disk_is_an_error_that_ends_an_upload_and_leaves_nothing(client, store, parts, monkeypatch):
    content = bundle(parts["plain"])
    send(client, SHOP, content)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal.os, "fsync", full)
    asked = {"checksum": sha1(content), "chunks": [sha1(content)], "version": "shop@1"}
    done = client.post(ASSEMBLE, json=asked, headers=SHOP).get_json()
    assert (done["state"], "the disk of the store is full" in done["detail"]) == ("error", True)
    monkeypatch.undo()
    assert client.get("/files", headers=SHOP).get_json()["files"] == []
    assert list((store / "shop" / "tmp").iterdir()) == []
    assert client.post(ASSEMBLE, json=asked, headers=SHOP).get_json()["state"] == "ok"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file that is always full")
def test_a_disk_that_fills_up_while_a_file_arrives_is_a_507(client, store, parts, monkeypatch):
    content = parts["plain"][1][1]
    send(client, SHOP, content)
    monkeypatch.setattr(staging, "open", lambda *_, **__: io.BufferedWriter(io.FileIO("/dev/full", "w")), raising=False)
    told(client.put("/files/app.js.map?release=1", data=content, headers=SHOP), 507)
    told(client.post("/files?release=1", data={"files": (io.BytesIO(content), "app.js.map")}, headers=SHOP), 507)
    told(client.post("/api/0/projects/o/p/files/dsyms/", data={"file": (io.BytesIO(content), "a.zip")}, headers=SHOP), 507)
    told(send(client, SHOP, content + b" "), 507)
    asked = {"checksum": sha1(content), "chunks": [sha1(content)], "version": "1"}
    assert client.post(ASSEMBLE, json=asked, headers=SHOP).get_json()["state"] == "error"
    assert list((store / "shop" / "tmp").iterdir()) == []


def test_a_file_that_was_summed_as_it_arrived_is_not_read_again_for_it(client, parts, monkeypatch):
    monkeypatch.delattr(uploading.hashlib, "file_digest")
    content = parts["plain"][1][1]
    assert client.put("/files/app.js.map?release=1", data=content, headers=SHOP).get_json()["files"][0]["sha1"] == sha1(content)
    assert assemble(client, SHOP, bundle(parts["plain"]), version="shop@1")["state"] == "ok"


@pytest.mark.parametrize("path", ["/files?release=1", "/api/0/projects/o/p/files/dsyms/", CHUNKS])
def test_what_is_no_form_or_is_compressed_as_a_whole_is_refused_in_words(client, path):
    assert "form" in told(client.post(path, json={}, headers=SHOP), 415)["hint"]
    form = {"data": {"file": (io.BytesIO(b"x"), "x")}, "headers": {**SHOP, "Content-Encoding": "gzip"}}
    assert "as a whole" in told(client.post(path, **form), 415)["detail"]


def test_too_many_chunks_are_refused_until_they_are_old(serve, monkeypatch):
    monkeypatch.setattr(chunk_folder, "_MOST", 2)
    monkeypatch.setattr(chunk_folder, "_COUNT_EVERY", 0)
    client = serve()
    assert send(client, SHOP, b"1", b"2").status_code == 200
    told(send(client, SHOP, b"3"), 507)
    monkeypatch.setattr(chunk_folder, "_AGE_IN_NEED", -1)
    assert send(client, SHOP, b"3").status_code == 200


def test_the_same_file_from_many_at_once_is_there_once(client, parts):
    content, states = bundle(parts["plain"]), []

    def upload():
        states.append(assemble(client.application.test_client(), SHOP, content, version="shop@1")["state"])

    threads = [threading.Thread(target=upload) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == ["ok"] * 5
    assert len(client.get("/files", headers=SHOP).get_json()["files"]) == 1


def test_a_store_survives_a_restart_and_serves_as_files_of_the_command_line(serve, store, parts):
    assemble(serve(), SHOP, bundle(parts["ids"]))
    assert name_of(serve(), SHOP, **BY_ID) == "Cart.total"
    from symbolicator import Symbolicator

    event = {"platform": "javascript", "frames": [dict(FRAME)], **BY_ID}
    assert Symbolicator(files=[store / "shop"], cache_dir=False).symbolicate(event)["frames"][0]["function"] == "Cart.total"


def test_releases_and_deploys_are_acknowledged(client):
    for method, path, code in (
        ("POST", "/api/0/projects/o/web/releases/", 201),
        ("PUT", "/api/0/projects/o/web/releases/shop@1/", 200),
        ("POST", "/api/0/organizations/o/releases/", 201),
        ("POST", "/api/0/organizations/o/releases/shop@1/deploys/", 201),
    ):
        answer = client.open(path, method=method, json={"version": "shop@1", "projects": ["web"], "environment": "prod"}, headers=SHOP)
        assert (answer.status_code, answer.get_json()["version"]) == (code, "shop@1")
        assert answer.get_json()["projects"] == [{"slug": "web", "name": "web"}]
    told(client.post("/api/0/projects/o/web/releases/", json={}, headers=SHOP), 422)




def test_a_path_with_a_newline_is_refused_in_words_as_others_are(client):
    for name in ("a%0Ab.js", "%0A", "a/%0D%0Ab.js"):
        told(client.put(f"/files/{name}?release=1", data=b"let a = 1", headers=SHOP), 400)
        told(client.get(f"/buildid/{'ab' * 20}/source/{name}", headers=SHOP), 404)
