"""Input is hostile until proven otherwise: what a build or an event may hold, through the whole engine."""

import io
import json
import socket
import zipfile

import pytest

from symbolicator import Symbolicator
from tests.counting import steps
from tests.makers.builds import FRAME, LINES, MINIFIED, build, source_map

STEPS = 300_000


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def symbolicated(folder, *frames, **event):
    def run():
        nonlocal out
        with Symbolicator([str(folder)], cache_dir=False) as engine:
            out = engine.symbolicate({"platform": "javascript", "frames": list(frames or [FRAME]), **event})

    out = {}
    assert steps(run) < STEPS
    json.dumps(out)
    return out["frames"]


def told(frame):
    return [problem["type"] for problem in frame["data"]["problems"]]


@pytest.mark.parametrize(
    "reference",
    [
        # out of the folder, by every road
        "../../../etc/passwd",
        "../secret.map",
        "/etc/passwd",
        "file:///etc/passwd",
        "..%2f..%2fsecret.map",
        "..\\..\\secret.map",
        # over the network
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/app.map",
        "//evil.example/app.map",
        "ftp://evil.example/app.map",
    ],
)
def test_a_reference_reads_nothing_outside_the_folders_given_and_touches_no_network(tmp_path, no_network, reference):
    (tmp_path / "secret.map").write_text(json.dumps(source_map(LINES, ["secret.ts"], ["secret"])))
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "app.js").write_text(f"{MINIFIED}\n//# sourceMappingURL={reference}")
    (frame,) = symbolicated(folder)
    assert told(frame) == ["missing_sourcemap"]
    assert "secret" not in frame.get("filename", "")


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://169.254.169.254/",
        "\0",
        "a" * 100_000,
        "//",
        "?",
        "#",
        "%",
        "%00",
        "..",
        "C:\\",
    ],
)
def test_no_path_of_a_frame_reaches_the_disk(tmp_path, no_network, path):
    build(tmp_path)
    (frame,) = symbolicated(tmp_path, {**FRAME, "abs_path": path})
    assert "context_line" not in frame
    assert frame["data"]["symbolicator_status"] != "symbolicated"


def test_a_source_of_a_map_outside_the_folders_is_not_read(tmp_path):
    (tmp_path / "secret.ts").write_text("secret\n" * 9)
    build(tmp_path / "dist", source="../secret.ts", content=None)
    (frame,) = symbolicated(tmp_path / "dist")
    assert frame["lineno"] == 3
    assert "context_line" not in frame


@pytest.mark.parametrize(
    "document",
    [
        # numbers no position can be
        '{"version":3,"sections":[{"offset":{"line":1e999,"column":0},"map":{"version":3,"sources":[],"names":[],"mappings":"AAAA"}}]}',
        '{"version":3,"sections":[{"offset":{"line":-1,"column":1e308},"map":{"version":3,"sources":["a"],"names":[],"mappings":"AAAA"}}]}',
        '{"version":1e999,"sources":["a"],"names":[],"mappings":"AAAA"}',
        # nests
        '{"version":3,"sources":' + "[" * 100_000 + "]" * 100_000 + ',"names":[],"mappings":"AAAA"}',
        '{"version":3,"mappings":"AAAA","x":' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}",
        '{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":' * 5_000 + "1" + "}]}" * 5_000,
        # lengths and digits
        '{"version":3,"sources":["a"],"names":[],"mappings":"' + "g" * 1_000_000 + '"}',
        '{"version":3,"sources":["a"],"names":[],"mappings":"' + ";" * 5_000_000 + '"}',
        '{"version":3,"sources":["a"],"names":[],"mappings":"' + "AAAA," * 400_000 + '"}',
        # types
        '{"version":3,"sources":{"a":1},"names":7,"mappings":"AAAA","sourcesContent":"x","ignoreList":[{}],"debugId":[]}',
        '{"version":3,"sources":[1,null,{"a":2}],"names":[null,3],"mappings":"AAAAA","sourceRoot":[1]}',
    ],
)
def test_a_hostile_map_costs_at_most_its_own_frames(tmp_path, document):
    build(tmp_path / "good")
    (tmp_path / "bad.js").write_text(f"{MINIFIED}\n//# sourceMappingURL=bad.js.map")
    (tmp_path / "bad.js.map").write_text(document)
    good, _ = symbolicated(tmp_path, FRAME, {**FRAME, "abs_path": "/bad.js", "colno": 1})
    assert good["function"] == "Cart.total"


def test_a_zip_bomb_costs_itself_and_its_neighbours_are_read(tmp_path):
    build(tmp_path / "build")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("bomb.js.map", b" " * (200 << 20))
        for name in ("app.js", "app.js.map"):
            bundle.writestr(name, (tmp_path / "build" / name).read_bytes())
    assert (200 << 20) / len(packed.getvalue()) > 900
    (tmp_path / "upload.zip").write_bytes(packed.getvalue())
    good, bomb = symbolicated(tmp_path / "upload.zip", FRAME, {**FRAME, "abs_path": "/bomb.js"})
    assert good["function"] == "Cart.total"
    assert bomb["data"]["symbolicator_status"] == "missing"


def test_a_deep_event_passes_through(tmp_path):
    build(tmp_path)
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with Symbolicator([str(tmp_path)], cache_dir=False) as engine:
        out = engine.symbolicate({"platform": "javascript", "frames": [{**FRAME, "vars": deep}], "extra": deep})
    assert out["frames"][0]["function"] == "Cart.total"
    assert out["extra"] is deep


def test_many_frames_of_one_minified_line_are_read_in_proportion(tmp_path):
    (tmp_path / "app.js").write_text("x=1;" * 500_000 + "\n//# sourceMappingURL=none.map")
    frames = symbolicated(tmp_path, *[{**FRAME, "colno": 4 * i + 1} for i in range(200)])
    assert all(len(frame["context_line"]) < 200 for frame in frames)


def test_a_flipped_byte_in_a_compiled_file_is_noticed_and_the_file_rebuilt(tmp_path):
    build(tmp_path / "dist")
    cache = tmp_path / "cache"

    def ask():
        with Symbolicator([str(tmp_path / "dist")], cache_dir=str(cache)) as engine:
            return engine.symbolicate({"platform": "javascript", "frames": [FRAME]})

    expected = ask()
    tables = sorted(cache.rglob("*.table"))
    assert tables
    for table in tables:
        original = table.read_bytes()
        for place in range(0, len(original), max(1, len(original) // 40)):
            table.write_bytes(original[:place] + bytes([original[place] ^ 0x55]) + original[place + 1 :])
            assert ask() == expected
        table.write_bytes(original[: len(original) // 2])
        assert ask() == expected
        assert table.read_bytes() == original


def test_a_cache_folder_that_cannot_be_written_costs_only_speed(tmp_path, caplog):
    build(tmp_path / "dist")
    (tmp_path / "cache").write_text("a file, not a folder")
    with Symbolicator([str(tmp_path / "dist")], cache_dir=str(tmp_path / "cache")) as engine:
        assert engine.symbolicate({"platform": "javascript", "frames": [FRAME]})["frames"][0]["function"] == "Cart.total"
