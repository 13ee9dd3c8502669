"""Containers: what is in them is found like any file, and a hostile one costs a note."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import sys
import time
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator.artifacts import bundles, zips
from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.files import Found
from symbolicator.artifacts.zips import ZipMember, inflate, read_member, zip_members
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.keys import FileKind, Key
from tests.artifacts.makers import identify, tree

A = "a" * 8 + "-0000-0000-0000-" + "a" * 12
MAP = b'{"version":3}'


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def store(root: Path, files: dict[str, bytes]) -> DirectoryStore:
    return DirectoryStore(tree(root, dict(files)), None, [identify])


def find(found_in: DirectoryStore, kind: FileKind = FileKind.SCRIPT, **key: str) -> Found:
    return found_in.find(Key(kind=kind, **key))  # type: ignore[arg-type]


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="/\\\0:"), min_size=1, max_size=6), st.binary(max_size=300), max_size=5
    )
)
def test_an_archive_is_read_as_zipfile_wrote_it(files: dict[str, bytes]) -> None:
    for prefix in (b"", b"SYSB\2\0\0\0", b"#!/bin/sh\n"):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            data = memoryview(prefix + zipped(files, method))
            assert {member.name: read_member(data, member) for member in zip_members(data)} == files


def test_a_zip64_archive_is_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("big.js", "w", force_zip64=True) as file:
        file.write(b"content")
    data = memoryview(buffer.getvalue())
    assert [read_member(data, member) for member in zip_members(data)] == [b"content"]


def test_members_are_found_by_url_and_beside_each_other(tmp_path: Path) -> None:
    dist = store(
        tmp_path / "up", {"upload.zip": zipped({"assets/app.js": b"1", "assets/app.js.map": MAP, "b/app.js.map": b'{"version":3,"b"'})}
    )
    [script] = find(dist, url="https://x/assets/app.js").artifacts
    assert (script.name, script.path) == (f"{tmp_path}/up/upload.zip!assets/app.js", "upload.zip!assets/app.js")
    assert bytes(script.read()) == b"1"
    [beside] = dist.find(Key(kind=FileKind.SOURCEMAP, url="app.js.map"), script).artifacts
    assert beside.path == "upload.zip!assets/app.js.map"
    assert dist.find(Key(kind=FileKind.SOURCEMAP, url="../../b/app.js.map"), script).artifacts[0].path == "upload.zip!b/app.js.map"
    assert len(script.digest()) == 32
    assert script.digest() != beside.digest()


def test_an_archive_named_for_a_release_is_its_folder(tmp_path: Path) -> None:
    dist = store(tmp_path, {"shop@1.0.zip": zipped({"app.js": b"1"}), "shop@2.0.zip": zipped({"app.js": b"2"})})
    [script] = find(dist, url="app.js", release="shop@2.0").artifacts
    assert script.path == "shop@2.0.zip!app.js"


def test_a_source_bundle_says_what_its_members_are(tmp_path: Path) -> None:
    headers = {"Debug-Id": A, "Sourcemap": "app.js.map"}
    manifest = {
        "files": {
            "files/_/_/app.min.js": {"type": "minified_source", "url": "~/static/app.js", "headers": headers},
            "files/_/_/app.js.map": {
                "type": "source_map",
                "url": "~/static/app.js.map",
                "headers": {"debug-id": A.replace("-", "").upper()},
            },
            "files/_/_/odd": {"type": 5, "url": ["no"], "headers": "none"},
            "files/a.c": {"type": "source", "path": "/build/src/a.c"},
        }
    }
    files = {"files/_/_/app.min.js": b"min", "files/_/_/app.js.map": b"not even a map", "files/_/_/odd": b"\0", "files/a.c": b"int a;"}
    bundle = b"SYSB\2\0\0\0" + zipped({"manifest.json": json.dumps(manifest).encode(), **files})
    dist = store(tmp_path, {"bundle.src.zip": bundle})
    [script] = find(dist, debug_id=A).artifacts
    assert (bytes(script.read()), script.identity.map_url) == (b"min", "app.js.map")
    [by_url] = find(dist, url="https://cdn/static/app.js").artifacts
    assert by_url == script
    assert find(dist, url="~/static/app.js").artifacts == (script,)
    [beside] = dist.find(Key(kind=FileKind.SOURCEMAP, url="app.js.map"), script).artifacts
    assert (beside.path, beside.identity.debug_ids) == ("bundle.src.zip!files/_/_/app.js.map", (A,))
    assert len(find(dist, FileKind.SOURCE, url="/build/src/a.c").artifacts) == 1


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"files":5}', b'{"files":{"app.js":3}}', b"\xff", b'{"files":' + b"[" * 50_000])
def test_a_manifest_that_is_none_changes_nothing(tmp_path: Path, manifest: bytes) -> None:
    dist = store(tmp_path, {"a.zip": zipped({"manifest.json": manifest, "app.js": b"1"})})
    assert len(find(dist, url="app.js").artifacts) == 1


def test_gz_stands_where_its_content_would(tmp_path: Path) -> None:
    dist = store(tmp_path, {"a/app.js": b"1", "a/app.js.map.gz": gzip.compress(MAP), "b/app.js.map": b'{"version":3, }'})
    [script] = find(dist, url="a/app.js").artifacts
    found = dist.find(Key(kind=FileKind.SOURCEMAP, url="app.js.map"), script)
    assert ([bytes(one.read()) for one in found.artifacts], found.how) == ([MAP], "path")


def test_gz_of_several_parts_and_with_padding_is_read_whole() -> None:
    data = gzip.compress(b"one") + gzip.compress(b"two") + bytes(20)
    assert inflate(memoryview(data), 31) == b"onetwo"


def test_zst_without_a_decoder_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(bundles.importlib, "import_module", missing)
    dist = store(tmp_path, {"app.js.zst": b"\x28\xb5\x2f\xfd" + bytes(20), "b.js": b"1"})
    assert len(find(dist, url="b.js").artifacts) == 1
    assert "backports.zstd" in dist.notes()[0]


def one_bad(tmp_path: Path, data: bytes) -> str:
    """The note on `bad.js` of an archive whose `good.js` must still be found."""
    dist = store(tmp_path, {"a.zip": data})
    assert [bytes(one.read()) for one in find(dist, url="good.js").artifacts] == [b"good"]
    assert find(dist, url="bad.js").artifacts == ()
    [note] = dist.notes()
    return note


def test_a_bomb_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    note = one_bad(tmp_path, zipped({"bad.js": bytes(64 << 20), "good.js": b"good"}))
    assert "250 times is the limit" in note


def test_sizes_that_lie_and_checksums_that_do_not_match_are_refused(tmp_path: Path) -> None:
    honest = zipped({"bad.js": b"x" * 1000, "good.js": b"good"})
    at = honest.rindex(b"PK\1\2", 0, honest.rindex(b"PK\1\2"))
    # offsets in the central directory: 16 the checksum, 20 the compressed size, 24 the size
    for offset, value, word in (
        (24, 10, "other than"),
        (24, 5000, "other than"),
        (24, 2**31, "limit"),
        (20, 2**30, "cut off"),
        (16, 1, "checksum"),
    ):
        data = bytearray(honest)
        struct.pack_into("<I", data, at + offset, value)
        if offset == 20:
            with pytest.raises(MalformedArtifact, match=word):
                read_member(memoryview(data), zip_members(memoryview(data))[0])
        else:
            assert word in one_bad(tmp_path / str(value), bytes(data))


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"bad.js": b"x", "good.js": b"good"}))
    data[data.index(b"PK\1\2") + 8] |= 1
    assert "encrypted" in one_bad(tmp_path, bytes(data))


def test_an_unknown_method_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"bad.js": b"x", "good.js": b"good"}))
    data[data.index(b"PK\1\2") + 10] = 97
    assert "method 97 is not supported" in one_bad(tmp_path, bytes(data))


@pytest.mark.parametrize("name", ["/etc/bad.js", "../../bad.js", "a/../../bad.js", "..\\bad.js", "C:\\bad.js", "\\\\host\\bad.js"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert "leads out" in one_bad(tmp_path, zipped({name: b"x", "good.js": b"good"}))


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"good.js": b"good", "bad.js": b"good"}, zipfile.ZIP_STORED))
    second = data.rindex(b"PK\1\2")
    struct.pack_into("<I", data, second + 42, 0)  # the local header of the first
    assert "overlaps" in one_bad(tmp_path, bytes(data))


def test_an_archive_of_too_many_members_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_MEMBERS", 3)
    with pytest.raises(LimitExceeded, match="4 members, 3 are the limit"):
        zip_members(memoryview(zipped({f"{i}.js": b"" for i in range(4)})))


def test_all_members_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_TOTAL", 10)
    assert "together" in one_bad(tmp_path, zipped({"good.js": b"good", "bad.js": b"0123456789"}))


def test_a_container_in_a_container_is_named_and_not_opened(tmp_path: Path) -> None:
    note = one_bad(tmp_path, zipped({"inner.zip": zipped({"bad.js": b"x"}), "good.js": b"good"}))
    assert "not opened" in note


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_damaged_archive_raises_malformed_and_nothing_else(data: st.DataObject) -> None:
    raw = bytearray(zipped({"a.js": b"hello" * 50, "b.js": b"", "manifest.json": b"{}"}))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = memoryview(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    for one in (cut, memoryview(b"PK\3\4" + bytes(cut)), memoryview(b"\x1f\x8b\x08" + bytes(cut))):
        with suppress(MalformedArtifact):
            list(bundles.members("a.zip", one))


def test_a_deflate_stream_that_ends_early_is_cut_off() -> None:
    packed = zlib.compress(b"hello" * 1000, wbits=-15)[:-8]
    with pytest.raises(MalformedArtifact, match="cut off"):
        inflate(memoryview(packed), -15, 5000)
    with pytest.raises(MalformedArtifact, match="no local header"):
        read_member(memoryview(b"x" * 50), ZipMember("a", 8, 0, 0, 1, 1, 49))


def test_large_and_many_parted_files_take_time_in_proportion() -> None:
    # zlib copies what it leaves over at each step: fed whole, each of these would take minutes.
    noise = random.Random(1).randbytes(8 << 20)
    started = time.perf_counter()
    assert inflate(memoryview(gzip.compress(noise, 1)), 31) == noise
    assert inflate(memoryview(gzip.compress(b"x") * 20_000), 31) == b"x" * 20_000
    with pytest.raises(LimitExceeded, match="parts"):
        inflate(memoryview(gzip.compress(b"", 1) * 70_000), 31)
    assert time.perf_counter() - started < 20


def test_zst_stands_where_its_content_would(tmp_path: Path) -> None:
    zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    noise = random.Random(1).randbytes(3 << 20)
    for content in (MAP, noise, b"", bytes(3 << 20)):
        packed = zstd.compress(content)
        assert bundles.decompress(memoryview(packed)) == content
        assert bundles.decompress(memoryview(packed + packed)) == content * 2
        with pytest.raises(MalformedArtifact):
            bundles.decompress(memoryview(packed[:-1]))
    with pytest.raises(LimitExceeded, match="250 times"):
        bundles.decompress(memoryview(zstd.compress(bytes(64 << 20))))
    dist = store(tmp_path, {"app.js.map.zst": zstd.compress(MAP)})
    [found] = find(dist, FileKind.SOURCEMAP, url="app.js.map").artifacts
    assert bytes(found.read()) == MAP


def test_a_manifest_that_cannot_be_read_hides_no_member(tmp_path: Path) -> None:
    data = bytearray(zipped({"manifest.json": b"{}", "good.js": b"good"}))
    data[data.index(b"PK\1\2") + 10] = 97
    dist = store(tmp_path, {"a.zip": bytes(data)})
    assert len(find(dist, url="good.js").artifacts) == 1
    assert len(dist.notes()) == 1
