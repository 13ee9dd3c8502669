"""`POST /symbolicate` and `POST /symbolicate/text`."""

import errno
import gzip
import io
import json
import tempfile
import zipfile
from pathlib import Path

import pytest

from symbolicator import Bounds
from symbolicator.artifacts.scratch import PREFIX
from symbolicator.service import create_app
from symbolicator.service.uploads import clean
from symbolicator.settings import Settings
from symbolicator.zstandard import zstandard

from .conftest import CASE, WANTED, told


def crashed_at(event):
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    return f"{frame['filename']}:{frame['lineno']}:{frame['colno']}".removeprefix("./")


def left_behind():
    return list(Path(tempfile.gettempdir()).glob(f"{PREFIX}*/request-*"))


def test_an_event_comes_back_readable(client, event):
    answer = client.post("/symbolicate", json=event)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert crashed_at(answer.json) == WANTED


def test_nothing_of_an_event_is_lost(client, event):
    out = client.post("/symbolicate", json={**event, "tags": {"a": [1, 2**70, "\ud800"]}, "user": None}).json
    assert out["tags"]["a"][:2] == [1, 2**70]
    assert out["user"] is None


def test_a_trace_comes_back_as_text(client, trace):
    answer = client.post("/symbolicate/text", data=trace, content_type="text/plain")
    assert answer.mimetype == "text/plain"
    assert WANTED in answer.text


def test_text_that_is_not_unicode_passes_through(client, trace):
    content = b"caf\xe9\n" + trace.encode() + b"\n\xff\xfe end\n"
    out = client.post("/symbolicate/text", data=content, content_type="text/plain").get_data()
    assert out.startswith(b"caf\xe9\n")
    assert out.endswith(b"\n\xff\xfe end\n")


@pytest.mark.parametrize("route", ["/symbolicate", "/symbolicate/text"])
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("text/plain", "text/plain"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),  # a browser's
        ("text/plain;q=0.1, application/json;q=0.9", "application/json"),
    ],
)
def test_accept_decides_what_comes_back(client, event, trace, route, accept, kind):
    body = trace if route.endswith("text") else json.dumps(event)
    answer = client.post(route, data=body, content_type="text/plain", headers={"Accept": accept})
    assert answer.mimetype == kind
    assert "notices.ts" in answer.text


def test_a_trace_with_markup_is_shown_and_not_run(client, trace):
    answer = client.post("/symbolicate/text", data="<script>alert(1)</script>\n" + trace, headers={"Accept": "text/html"})
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("accept", ["image/png", "application/xml;q=1", "*/*;q=0"])
def test_what_cannot_be_had_is_406(client, event, accept):
    told(client.post("/symbolicate", json=event, headers={"Accept": accept}), 406)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("zstd", zstandard().compress),
        ("identity", bytes),
        ("gzip", lambda body: gzip.compress(body[:99]) + gzip.compress(b"") + gzip.compress(body[99:])),  # in members
        ("zstd", lambda body: zstandard().compress(body[:99]) + zstandard().compress(body[99:])),
    ],
)
def test_bodies_may_be_compressed(client, event, coding, pack):
    body = pack(json.dumps({**event, "padding": "x" * 300_000}).encode())
    answer = client.post("/symbolicate", data=body, headers={"Content-Encoding": coding})
    assert crashed_at(answer.json) == WANTED


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        # not what it says
        ("gzip", b"{}"),
        ("zstd", b"{}"),
        # cut off
        ("gzip", gzip.compress(b"x" * 1000)[:-9]),
        ("zstd", zstandard().compress(b"x" * 1000)[:-3]),
        # something behind it
        ("gzip", gzip.compress(b"{}") + b"PK"),
        ("zstd", zstandard().compress(b"{}") + b"PK"),
    ],
    ids=["gzip-none", "zstd-none", "gzip-cut", "zstd-cut", "gzip-more", "zstd-more"],
)
def test_a_body_that_cannot_be_decompressed_is_400(client, coding, body):
    told(client.post("/symbolicate", data=body, headers={"Content-Encoding": coding}), 400)


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "\x01"])
def test_an_unknown_coding_is_415_and_says_which_are_known(client, coding):
    answer = client.post("/symbolicate", data=b"{}", headers={"Content-Encoding": coding})
    told(answer, 415)
    assert answer.headers["Accept-Encoding"] == "gzip, zstd"


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard().compress)])
def test_a_bomb_is_413_long_before_it_is_whole(make, coding, pack):
    bomb = pack(b" " * (40 << 20))
    body = told(make().post("/symbolicate", data=bomb, headers={"Content-Encoding": coding}), 413)
    assert "250 times" in body["detail"]
    assert told(make(max_inflated=1000).post("/symbolicate", data=pack(b" " * 2000), headers={"Content-Encoding": coding}), 413)


def test_a_body_beyond_the_limit_is_413(make):
    told(make(max_body=100).post("/symbolicate", data=b"x" * 101), 413)


def test_a_body_of_unsaid_length_is_read_up_to_the_limit(make, event):
    """As a server hands on one that came in chunks."""
    body = json.dumps(event).encode()
    chunked = {"wsgi.input_terminated": True}
    client = make(max_body=len(body))
    sent = {"input_stream": io.BytesIO(body), "environ_overrides": chunked, "method": "POST"}
    assert crashed_at(client.open("/symbolicate", **sent).json) == WANTED
    told(client.open("/symbolicate", **{**sent, "input_stream": io.BytesIO(body + b" ")}), 413)


def test_a_body_without_length_is_411(client):
    told(client.post("/symbolicate"), 411)


@pytest.mark.parametrize("kind", ["image/png", "application/xml", "multipart/mixed"])
@pytest.mark.parametrize("route", ["/symbolicate", "/symbolicate/text"])
def test_another_type_of_body_is_415(client, route, kind):
    told(client.post(route, data=b"{}", content_type=kind), 415)


@pytest.mark.parametrize(
    "kind", ["application/json", "application/vnd.event+json; charset=utf-8", "application/x-www-form-urlencoded", None]
)
def test_json_is_taken_under_its_names_and_under_curl_s(client, event, kind):
    assert client.post("/symbolicate", data=json.dumps(event), content_type=kind).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b"Error: x\n    at f (app.js:1:2)",
        b"null",
        b"[]",
        b'"x"',
        b"1e999",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"frames":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b"{}",
        b'{"message": "hi"}',
        b'{"frames": []}',
        b'{"exception": {"values": [{"stacktrace": {"frames": []}}]}}',
        b'{"exception": 7, "threads": "x", "stacktrace": [], "frames": {}}',
    ],
)
def test_a_body_without_frames_is_400_and_says_so(client, body):
    assert told(client.post("/symbolicate", data=body), 400)["hint"]


@pytest.mark.parametrize(("body", "said"), [(b"\n", "is empty"), (b" \r\n", "is empty"), (b"\x7fELF\2\1\1" + bytes(99), "is not text")])
def test_a_body_that_can_hold_no_trace_is_told_what_it_is(client, body, said):
    assert f"the body {said}" in told(client.post("/symbolicate/text", data=body), 400)["detail"]


def test_an_empty_body_in_place_of_an_event_is_told_so(client):
    assert "the body is empty" in told(client.post("/symbolicate", data=b"\n"), 400)["detail"]


def test_a_text_without_a_trace_is_400(client):
    assert "at f (app.js:1:2)" in told(client.post("/symbolicate/text", data="hello"), 400)["detail"]
    assert "/symbolicate" in told(client.post("/symbolicate/text", data="{}"), 400)["hint"]


@pytest.mark.parametrize(
    "frame", [{}, None, 7, {"lineno": "x", "colno": []}, {"abs_path": "\0", "lineno": 2**80}, {"instruction_addr": "0xzz"}]
)
def test_what_is_wrong_with_frames_is_200(client, frame):
    assert client.post("/symbolicate", json={"platform": "javascript", "frames": [frame]}).status_code == 200


def test_release_and_dist_may_be_said_beside_the_event(client, trace, event):
    out = client.post("/symbolicate/text?release=shop@1&dist=2", data=trace, headers={"Accept": "application/json"}).json
    assert (out["release"], out["dist"]) == ("shop@1", "2")
    assert client.post("/symbolicate?release=other", json={**event, "release": "mine"}).json["release"] == "mine"


# ── forms with files ──────────────────────────────────────────────────────────────────────────────────────────────


def build_files():
    return [path for path in sorted((CASE / "files").rglob("*")) if path.is_file()]


def parts(**fields):
    files = [(io.BytesIO(path.read_bytes()), path.name) for path in build_files()]
    return {**fields, "files": files}


def zipped():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in build_files():
            archive.write(path, f"dist/{path.name}")
    packed.seek(0)
    return packed


@pytest.mark.parametrize("files", [lambda: parts()["files"], lambda: [(zipped(), "dist.zip")]], ids=["each", "zip"])
def test_files_may_come_with_the_trace_and_are_used_for_it_only(bare, trace, files):
    answer = bare.post("/symbolicate/text", data={"trace": trace, "files": files()})
    assert WANTED in answer.text
    assert not left_behind()
    assert WANTED not in bare.post("/symbolicate/text", data=trace).text


def test_a_form_gives_what_the_files_in_a_folder_give(client, bare, event):
    alone = client.post("/symbolicate", json=event).json
    form = bare.post("/symbolicate", data=parts(event=json.dumps(event))).json
    assert crashed_at(form) == crashed_at(alone) == WANTED


def test_the_event_may_be_a_file_of_the_form_and_is_none_of_the_build(bare, event):
    form = parts(event=(io.BytesIO(json.dumps(event).encode()), "crash.json"))
    assert crashed_at(bare.post("/symbolicate", data=form).json) == WANTED
    assert not left_behind()


def test_a_guest_s_files_are_called_what_the_guest_calls_them(bare, event):
    form = bare.post("/symbolicate", data=parts(event=json.dumps(event)))
    assert PREFIX not in form.text
    assert '"app.js.map"' in form.text


def test_what_a_guest_s_files_decompress_to_is_bounded_and_told(make, event):
    bare = make(files=(), max_inflated=1 << 20)
    form = parts(event=json.dumps(event))
    form["files"].append((io.BytesIO(gzip.compress(bytes(range(250)) * 10_000)), "zz.map.gz"))
    out = bare.post("/symbolicate", data=form).json
    assert crashed_at(out) == WANTED
    (problem,) = [error for error in out["errors"] if error["type"] == "limit_exceeded"]
    assert "1,048,576" in problem["detail"]
    assert "--max-inflated" in problem["hint"]


def test_an_event_of_too_many_frames_is_answered_as_far_as_it_goes():
    client = create_app(Settings(files=(CASE / "files",), cache_dir=False, bounds=Bounds(frames=2, lines=2))).test_client()
    frames = [{"abs_path": "https://x/app.js", "lineno": 1, "colno": 4223}] * 3
    out = client.post("/symbolicate", json={"platform": "javascript", "frames": frames}).json
    assert [frame["data"]["symbolicator_status"] for frame in out["frames"]] == ["raw", "symbolicated", "symbolicated"]
    assert "`frames`, 2" in out["errors"][0]["detail"]
    line = "    at G (/srv/app/dist/app.js:1:4223)\n"
    text = client.post("/symbolicate/text", data=f"Error: x\n{line * 3}".encode()).text
    assert text.count("allPublished") == 1
    assert text.endswith(line * 2)


def test_nothing_of_a_guest_s_files_is_written_to_the_cache(make, tmp_path, trace):
    client = make(files=(), cache_dir=tmp_path)
    assert WANTED in client.post("/symbolicate/text", data=parts(trace=trace)).text
    assert not list(tmp_path.rglob("*.table"))
    assert not list(tmp_path.rglob("*.index"))


def test_what_is_ours_stays_compiled_beside_a_guest_s_files(make, tmp_path, trace):
    client = make(cache_dir=tmp_path)
    assert WANTED in client.post("/symbolicate/text", data={"trace": trace, "files": [(io.BytesIO(b"//"), "other.js")]}).text
    assert list(tmp_path.rglob("*.table"))


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.js",
        "/etc/evil.js",
        "C:\\evil.js",
        "..",
        ".",
        "a/../../b.js",
        "a" * 5000,
        "/".join("ab" * 500),
        "\N{SNOWMAN}.js",
        "a\tb",
        "~1",
        "nul\x7f",
        "\U0001f600" * 200,
        "a/" * 500 + "b",
    ],
)
def test_no_name_of_a_file_leads_out_of_its_folder(bare, trace, name, tmp_path):
    assert bare.post("/symbolicate/text", data={"trace": trace, "files": [(io.BytesIO(b"x"), name)] * 1}).status_code == 200
    assert not left_behind()
    place = tmp_path.joinpath(*clean(name))
    assert place.resolve().is_relative_to(tmp_path.resolve())
    assert place.resolve() != tmp_path.resolve()


@pytest.mark.parametrize("name", [b"a\xff.map", b"\xe9\xe8.map", b"\xed\xa0\x80.map"])
def test_a_name_that_is_no_utf_8_is_a_name(bare, trace, name):
    given = [path for path in (CASE / "files").iterdir() if path.is_file()]
    parts = [(b'name="trace"', trace.encode())]
    parts += [
        (b'name="files"; filename="' + (name if path.suffix == ".map" else path.name.encode()) + b'"', path.read_bytes()) for path in given
    ]
    body = (
        b"".join(b"--XX\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
        + b"--XX--\r\n"
    )
    answer = bare.post(
        "/symbolicate/text", data=body, content_type="multipart/form-data; boundary=XX", headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200
    assert "missing_sourcemap" in answer.text or WANTED.split(":")[0] in answer.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--XX--"),
        ("multipart/form-data; boundary=XX", b""),
        ("multipart/form-data; boundary=XX", b'--XX\r\nContent-Disposition: form-data; name="trace"\r\n\r\ncut off'),
        ("multipart/form-data; boundary=XX", b'--XX\r\nContent-Disposition: form-data; name="files"; filename="x"\r\n\r\ncut off'),
    ],
)
def test_a_form_that_is_none_is_told_so(bare, kind, body):
    assert "form" in told(bare.post("/symbolicate/text", data=body, content_type=kind), 400)["detail"]
    assert not left_behind()


def test_a_full_disk_is_told_of_and_no_bug_of_ours(bare, trace, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    form = parts(trace=trace)
    monkeypatch.setattr(Path, "open", full)
    assert "No space left" in told(bare.post("/symbolicate/text", data=form), 503)["detail"]


def test_files_of_one_name_do_not_hide_each_other(bare, trace):
    form = parts(trace=trace)
    names = [name for _, name in form["files"]]
    form["files"] = [
        *((io.BytesIO(b"// another"), name) for name in names if name.endswith(".txt")),
        *form["files"],
        (io.BytesIO(b"x"), f"{names[0]}/below"),
    ]
    assert WANTED in bare.post("/symbolicate/text", data=form).text


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"files": (io.BytesIO(b"x"), "app.js")},
        {"trace": " "},
        {"trace": "at f (a.js:1:2)", "event": "{}"},
        {"event": "not JSON"},
        {"event": "[]"},
        {"trace": "hello"},
    ],
)
def test_a_form_without_an_event_is_400(client, form):
    told(client.post("/symbolicate", data=form, content_type="multipart/form-data"), 400)
    assert not left_behind()


def test_a_form_beyond_the_limit_is_413_and_leaves_nothing(make, trace):
    told(make(max_upload=1000).post("/symbolicate/text", data=parts(trace=trace)), 413)
    told(make(max_body=100).post("/symbolicate/text", data={"trace": "x" * 200, "files": (io.BytesIO(b"x"), "a")}), 413)
    told(make().post("/symbolicate/text", data={"trace": trace, "files": [(io.BytesIO(b"x"), f"{n}") for n in range(1100)]}), 413)
    assert not left_behind()


def test_a_compressed_form_is_415(client, trace):
    told(
        client.post("/symbolicate/text", data={"trace": trace}, content_type="multipart/form-data", headers={"Content-Encoding": "gzip"}),
        415,
    )
