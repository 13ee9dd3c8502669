"""Containers: what is in them is found like any file, and a hostile one costs a note."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import tracemalloc
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolicator.artifacts import bundles, zips
from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.files import Found
from symbolicator.artifacts.zips import Archive, gunzip
from symbolicator.errors import LimitExceeded, MalformedArtifact
from symbolicator.keys import FileKind, Key
from symbolicator.zstandard import zstandard
from tests.makers.artifacts import identify, tree

A = "a" * 8 + "-0000-0000-0000-" + "a" * 12
MAP = b'{"version":3}'


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    archive = Archive(memoryview(data))
    return {name: archive.read(name) for name in archive.sizes}


def _zip64() -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 0)  # its end record is a 64-bit one too
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive, archive.open("big.js", "w", force_zip64=True) as file:
            file.write(b"content")
    return buffer.getvalue()


_FILES = {"a.js": b"hello" * 20, "b.js": b"", "c/d.js": b"x"}
_SEEDS = {
    "stored": zipped(_FILES, zipfile.ZIP_STORED),
    "deflated": zipped(_FILES),
    "bzip2": zipped(_FILES, zipfile.ZIP_BZIP2),
    "lzma": zipped(_FILES, zipfile.ZIP_LZMA),
    "zip64": _zip64(),
}


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
            assert unzipped(prefix + zipped(files, method)) == files


@pytest.mark.parametrize("prefix", [b"", b"SYSB\2\0\0\0"])
def test_a_zip64_archive_is_read(prefix: bytes) -> None:
    assert b"PK\6\6" in _SEEDS["zip64"]
    assert unzipped(prefix + _SEEDS["zip64"]) == {"big.js": b"content"}


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


@pytest.mark.parametrize("word", ["source", "Source", "script", "minified", "", None, 7])
def test_a_script_is_found_as_one_whatever_the_manifest_calls_it(tmp_path: Path, word: object) -> None:
    files = {"a/app.min.js": {"type": word, "url": "~/static/app.js"}, "a/app.js.map": {"type": word, "url": "~/static/app.js.map"}}
    members = {
        "manifest.json": json.dumps({"files": files}).encode(),
        "a/app.min.js": b"//# sourceMappingURL=app.js.map",
        "a/app.js.map": MAP,
    }
    dist = store(tmp_path, {"bundle.zip": zipped(members)})
    [script] = find(dist, url="https://cdn/static/app.js").artifacts
    [beside] = dist.find(Key(kind=FileKind.SOURCEMAP, url="app.js.map"), script).artifacts
    assert bytes(beside.read()) == MAP
    # and as the source it is called, too
    assert find(dist, FileKind.SOURCE, url="https://cdn/static/app.js").artifacts == (script,)


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
    assert gunzip(memoryview(data)) == b"onetwo"


def test_zst_where_python_was_built_without_zstandard_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "zstandard", lambda: None)
    dist = store(tmp_path, {"app.js.zst": b"\x28\xb5\x2f\xfd" + bytes(20), "b.js": b"1"})
    assert len(find(dist, url="b.js").artifacts) == 1
    assert "built without it" in dist.notes()[0]


def one_bad(tmp_path: Path, data: bytes) -> str:
    """The note on `bad.js` of an archive whose `good.js` must still be found."""
    dist = store(tmp_path, {"a.zip": data})
    assert [bytes(one.read()) for one in find(dist, url="good.js").artifacts] == [b"good"]
    assert find(dist, url="bad.js").artifacts == ()
    [note] = dist.notes()
    return note


def test_a_bomb_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    note = one_bad(tmp_path, zipped({"bad.js": bytes(64 << 20), "good.js": b"good"}))
    assert "the limit is 250 times" in note


def test_sizes_that_lie_and_checksums_that_do_not_match_are_refused(tmp_path: Path) -> None:
    honest = zipped({"bad.js": b"x" * 1000, "good.js": b"good"})
    at = honest.rindex(b"PK\1\2", 0, honest.rindex(b"PK\1\2"))
    # offsets in the central directory: 16 the checksum, 20 the compressed size, 24 the size
    for offset, value, word in (
        (24, 10, "CRC"),
        (24, 5000, "1000 bytes, not the 5000"),
        (24, 2**31, "limit"),
        (20, 2**30, "overlaps"),
        (20, 8, "CRC"),
        (16, 1, "CRC"),
    ):
        data = bytearray(honest)
        struct.pack_into("<I", data, at + offset, value)
        assert word in one_bad(tmp_path / f"{offset}-{value}", bytes(data))


def test_a_member_past_the_end_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"good.js": b"good", "bad.js": b"x" * 1000}))
    struct.pack_into("<I", data, data.rindex(b"PK\1\2") + 20, 2**30)
    assert "overlaps" in one_bad(tmp_path, bytes(data))


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"bad.js": b"x", "good.js": b"good"}))
    data[data.index(b"PK\1\2") + 8] |= 1
    assert "encrypted" in one_bad(tmp_path, bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 97])
def test_a_method_without_a_bound_or_unknown_is_refused(tmp_path: Path, method: int) -> None:
    data = bytearray(zipped({"bad.js": b"x", "good.js": b"good"}))
    data[data.index(b"PK\1\2") + 10] = method
    assert f"method {method} is not supported" in one_bad(tmp_path, bytes(data))


@pytest.mark.parametrize("name", ["/etc/bad.js", "../../bad.js", "a/../../bad.js", "..\\bad.js", "C:\\bad.js", "\\\\host\\bad.js"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert "points outside" in one_bad(tmp_path, zipped({name: b"x", "good.js": b"good"}))


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    inner = zipped({"good.js": b"good"}, zipfile.ZIP_STORED)[: 30 + 7 + 4]
    data = bytearray(zipped({"bad.js": inner, "good.js": b"good"}, zipfile.ZIP_STORED))
    struct.pack_into("<I", data, data.rindex(b"PK\1\2") + 42, 30 + 6)  # the local header in the other's data
    assert "overlaps" in one_bad(tmp_path, bytes(data))


def test_of_two_members_in_one_place_neither_is_read() -> None:
    data = bytearray(zipped({"one.js": b"one", "two.js": b"two", "good.js": b"good"}, zipfile.ZIP_STORED))
    struct.pack_into("<I", data, data.index(b"PK\1\2") + 42, 30 + 6 + 3)  # the first says that it lies where the second does
    archive = Archive(memoryview(data))
    for name in ("one.js", "two.js"):
        with pytest.raises(MalformedArtifact, match="overlaps"):
            archive.read(name)
    assert archive.read("good.js") == b"good"


def test_an_archive_of_too_many_members_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(zipped({f"{i}.js": b"" for i in range(4)}))
    monkeypatch.setattr(zips, "MAX_MEMBERS", 3)
    for count in (4, 1):  # what the archive says of itself is not what is gone by
        struct.pack_into("<HH", data, len(data) - 14, count, count)
        with pytest.raises(LimitExceeded, match="4 members; the limit is 3"):
            Archive(memoryview(data))


def test_a_directory_past_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_DIRECTORY", 1000)
    assert len(unzipped(zipped({f"{i}.js": bytes(10) for i in range(10)}))) == 10
    with pytest.raises(LimitExceeded, match="central directory has 1020 bytes; the limit is 1000"):
        Archive(memoryview(zipped({f"{i}.js": b"" for i in range(10, 30)})))


def test_a_size_that_hides_a_bomb_is_not_decompressed_past_it() -> None:
    data = bytearray(zipped({"bad.js": bytes(256 << 20)}))
    struct.pack_into("<I", data, data.rindex(b"PK\1\2") + 24, 10)
    tracemalloc.start()
    try:
        with pytest.raises(MalformedArtifact, match="CRC"):
            unzipped(bytes(data))
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


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


_MAGIC = (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7")
_PIECES = st.sampled_from((b"\0", b"\xff\xff", b"\xff" * 4, b"\xff" * 8, *_MAGIC)) | st.binary(max_size=8)


@settings(deadline=None, max_examples=500)
@given(
    seed=st.sampled_from(("stored", "deflated", "bzip2", "lzma", "zip64")),
    prefix=st.sampled_from((b"", b"SYSB\2\0\0\0")),
    # From the end: the directory is there.
    edits=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 8), _PIECES), min_size=1, max_size=4),
)
def test_a_mutated_archive_raises_malformed_and_nothing_else(seed: str, prefix: bytes, edits: list[tuple[int, int, bytes]]) -> None:
    data = prefix + _SEEDS[seed]
    for back, over, piece in edits:
        at = max(0, len(data) - back)
        data = data[:at] + piece + data[at + over :]
    with suppress(MalformedArtifact):
        archive = Archive(memoryview(data))
        for name, size in archive.sizes.items():
            with suppress(MalformedArtifact):
                assert len(archive.read(name)) == size


def test_a_member_that_is_not_there_or_cut_off_is_malformed() -> None:
    packed = gzip.compress(b"hello" * 1000)[:-12]
    with pytest.raises(MalformedArtifact, match="cut off"):
        gunzip(memoryview(packed))
    data = bytearray(zipped({"a.js": b"x"}))
    data[0] = 0
    with pytest.raises(MalformedArtifact, match="file header"):
        unzipped(bytes(data))
    with pytest.raises(MalformedArtifact, match="no member"):
        Archive(memoryview(data)).read("b.js")


def test_of_large_and_many_parted_files_a_bounded_piece_is_fed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # zlib copies what it leaves over at each step: fed whole, a large file would be copied at every chunk of its content.
    fed = 0

    class Counted:
        """zlib's stream, and how many bytes it is given."""

        def __init__(self, form: int) -> None:
            self._stream = zlib.decompressobj(form)

        def decompress(self, data: bytes, most: int) -> bytes:
            nonlocal fed
            fed += len(data)
            return self._stream.decompress(data, most)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._stream, name)

    monkeypatch.setattr(zips, "decompressobj", Counted)
    noise = random.Random(1).randbytes(8 << 20)
    packed = gzip.compress(noise, 1)
    assert gunzip(memoryview(packed)) == noise
    assert fed < 2 * len(packed)
    fed = 0
    assert gunzip(memoryview(gzip.compress(b"x") * 20_000)) == b"x" * 20_000
    assert fed <= 20_000 * zips.FEED
    with pytest.raises(LimitExceeded, match="parts"):
        gunzip(memoryview(gzip.compress(b"", 1) * 70_000))


def test_zst_stands_where_its_content_would(tmp_path: Path) -> None:
    zstd = zstandard()
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
