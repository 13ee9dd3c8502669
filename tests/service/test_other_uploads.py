"""Source maps in the forms of other vendors' tools: what `@bugsnag/source-maps` and `datadog-ci` send, as they were seen to send it."""

import gzip
import io
import json

import pytest

from symbolicator.service import Limits, create_app
from symbolicator.settings import Settings
from tests.makers.builds import FRAME, build

from .conftest import told

SHOP = {"Authorization": "Bearer of-shop"}
BUGSNAG, REACT_NATIVE, DATADOG = "/sourcemap", "/react-native-source-map", "/api/v2/srcmap"


@pytest.fixture
def client(tmp_path):
    scopes = [("shop", "of-shop"), ("bank", "of-bank")]
    limits = Limits(max_upload=1 << 20)
    return create_app(Settings(cache_dir=False), limits=limits, token="of-us", scopes=scopes, store=tmp_path / "store").test_client()


@pytest.fixture
def files(tmp_path):
    build(tmp_path / "dist")
    return [(tmp_path / "dist" / name).read_bytes() for name in ("app.js", "app.js.map")]


def name_of(client, release, headers=SHOP, url=FRAME["abs_path"]):
    """The function that a frame of the build gets."""
    event = {"platform": "javascript", "release": release, "frames": [{**FRAME, "abs_path": url}]}
    return client.post("/symbolicate", json=event, headers=headers).get_json()["frames"][-1]["function"]


def bugsnag(files, **fields):
    script, its_map = files
    return {
        "apiKey": "0123", **fields, "sourceMap": (io.BytesIO(its_map), "/home/ci/dist/app.js.map"),
        "minifiedFile": (io.BytesIO(script), "/home/ci/dist/app.js"),
    }  # fmt: skip


def datadog(files, **more):
    """(body, headers), compressed as a whole."""
    said = {"cli_version": "5.25.0", "type": "js_sourcemap", "service": "web", "version": "1.2.3", "minified_url": FRAME["abs_path"], **more}
    parts = {"event": json.dumps(said).encode(), "source_map": files[1], "minified_file": files[0]}
    head = '--XX\r\nContent-Disposition: form-data; name="{0}"; filename="{0}"\r\n\r\n'
    body = b"".join(head.format(name).encode() + content + b"\r\n" for name, content in parts.items()) + b"--XX--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=XX", "Content-Encoding": "gzip", "DD-API-KEY": "x"}
    return gzip.compress(body), headers


def test_bugsnags_form_is_found_by_its_url_in_its_release(client, files):
    raw = name_of(client, "shop@1")
    done = client.post("/t/of-shop/sourcemap", data=bugsnag(files, appVersion="shop@1", minifiedUrl=FRAME["abs_path"])).get_json()
    assert (done["new"], [one["path"] for one in done["files"]]) == (2, ["shop@1/assets/app.js", "shop@1/assets/app.js.map"])
    assert name_of(client, "shop@1") != raw
    assert name_of(client, "shop@2") == name_of(client, "shop@1", {"Authorization": "Bearer of-bank"}) == raw
    assert client.post(BUGSNAG, data=bugsnag(files, appVersion="shop@1", minifiedUrl=FRAME["abs_path"]), headers=SHOP).get_json()["new"] == 0


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http*://cdn.example/assets/app.js", "assets/app.js"),
        ("*/assets/app.js", "assets/app.js"),
        ("https://cdn.example/assets/app.js?*", "assets/app.js"),
        ("https://*/app-*.js", "app.js"),  # the name of the file
        ("dist/server/app.js", "dist/server/app.js"),  # of a program of Node.js
        ("", "app.js"),
    ],
)
def test_a_wildcard_of_bugsnags_stands_for_what_no_file_is_filed_by(client, files, url, path):
    done = client.post(BUGSNAG, data=bugsnag(files, appVersion="1", minifiedUrl=url), headers=SHOP).get_json()
    assert [one["path"] for one in done["files"]] == [f"1/{path}", f"1/{path}.map"]


def test_a_map_alone_is_found_beside_where_its_script_is_served(client, files):
    form = bugsnag(files, appVersion="1", minifiedUrl=FRAME["abs_path"])
    del form["minifiedFile"]
    raw = name_of(client, "1")
    assert client.post(BUGSNAG, data=form, headers=SHOP).get_json()["new"] == 1
    assert name_of(client, "1") != raw


@pytest.mark.parametrize(
    ("said", "folder"),
    [
        ({"appVersion": "2.1", "appBundleVersion": "7"}, "2.1/7"),
        ({"appVersion": "2.1", "appVersionCode": "8"}, "2.1/8"),
        ({"appVersion": "2.1", "codeBundleId": "pushed-3"}, "pushed-3"),
    ],
)
def test_react_natives_form_names_the_build_as_the_app_does(client, files, said, folder):
    script, its_map = files
    parts = {"sourceMap": (io.BytesIO(its_map), "ios.map"), "bundle": (io.BytesIO(script), "main.jsbundle")}
    done = client.post(REACT_NATIVE, data={"platform": "ios", "dev": "false", **parts, **said}, headers=SHOP).get_json()
    assert [one["path"] for one in done["files"]] == [f"{folder}/main.jsbundle", f"{folder}/main.jsbundle.map"]


def test_datadogs_form_may_be_compressed_as_a_whole(client, files):
    raw = name_of(client, "1.2.3")
    body, headers = datadog(files)
    assert client.post("/t/of-shop/api/v2/srcmap", data=body, headers=headers).get_json()["new"] == 2
    assert name_of(client, "1.2.3") != raw
    assert name_of(client, "1.2.4") == raw


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ({"type": "ios_symbols"}, 400, "'ios_symbols' are not taken"),
        ({"version": 3}, 422, "another shape"),
        ({"version": None}, 400, "only be found by its release"),
        ({"version": "x" * 5000}, 413, "`event` has"),
        ({"minified_url": "https://cdn.example/" + "x" * 2000}, 400, "is no name, release or URL"),
    ],
)
def test_what_datadogs_form_says_is_checked(client, files, more, code, said):
    body, headers = datadog(files, **more)
    assert said in told(client.post(DATADOG, data=body, headers={**headers, **SHOP}), code)["detail"]


def test_a_compressed_form_is_read_within_its_limits(client):
    headers = {"Content-Type": "multipart/form-data; boundary=XX", "Content-Encoding": "gzip", **SHOP}
    start = b'--XX\r\nContent-Disposition: form-data; name="source_map"; filename="a.map"\r\n\r\n'
    for content, code in ((b"0" * (64 << 20), 413), (b"no end", 400)):
        told(client.post(DATADOG, data=gzip.compress(start + content), headers=headers), code)
    told(client.post(DATADOG, data=gzip.compress(start)[:-9], headers=headers), 400)
    told(client.post(DATADOG, data=b"not gzip", headers=headers), 400)
    assert client.get("/files", headers=SHOP).get_json()["files"] == []


@pytest.mark.parametrize("path", [BUGSNAG, REACT_NATIVE, DATADOG])
def test_nothing_is_taken_without_a_token_a_form_or_a_map(client, files, path):
    form = {"event": "{}", "appVersion": "1", "minifiedFile": (io.BytesIO(files[0]), "app.js")}
    assert "no file `" in told(client.post(path, data=form, headers=SHOP), 400)["detail"]
    assert "a form" in told(client.post(path, json={}, headers=SHOP), 415)["hint"]
    told(client.post(path, data=bugsnag(files)), 401)
    told(client.post(f"/t/wrong{path}", data=bugsnag(files)), 401)


def test_two_maps_in_a_form_are_refused(client, files):
    form = bugsnag(files, appVersion="1")
    form["sourceMap"] = [form["sourceMap"], (io.BytesIO(files[1]), "other.js.map")]
    assert "several files `sourceMap`" in told(client.post(BUGSNAG, data=form, headers=SHOP), 400)["detail"]
