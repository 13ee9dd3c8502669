"""What one event may cost: what lies beyond costs itself, says so, and the rest is answered."""

import gzip
import io
import json
import random
import zipfile
import zlib
from pathlib import Path

import pytest

from symbolicator import Bounds, ConfigError, Symbolicator, bounds
from symbolicator.artifacts.bundles import decompress, member_content
from symbolicator.bounds import Ledger, kept_by
from symbolicator.debugfiles.compression import Budget, inflate
from symbolicator.errors import BoundReached
from symbolicator.sourcemaps.discover import decode_data_url
from symbolicator.traces import find_traces_within
from symbolicator.zstandard import zstandard

CASE = Path(__file__).parent.parent / "fixtures" / "javascript" / "esbuild-min"
WANTED = "src/harbour/notices.ts"
GOOD = {"abs_path": "https://x/app.js", "lineno": 1, "colno": 4223}


def engine(files=(CASE / "files",), **given):
    return Symbolicator(files=files, cache_dir=False, bounds=Bounds(**given))


def statuses(frames):
    return [frame["data"]["symbolicator_status"] for frame in frames]


def the_one(errors):
    (problem,) = [error for error in errors if error["type"] == "limit_exceeded"]
    assert "--bound" in problem["hint"]
    return problem["detail"]


def test_of_too_many_frames_those_nearest_the_crash_are_looked_at():
    stacks = [{"frames": [GOOD] * 4}, {"frames": [GOOD] * 3}, {"frames": [GOOD]}]
    out = engine(frames=6).symbolicate({"platform": "javascript", "stacktraces": stacks})
    assert [statuses(stack["frames"]) for stack in out["stacktraces"]] == [
        ["symbolicated"] * 4,
        ["raw", "symbolicated", "symbolicated"],
        ["raw"],
    ]
    assert "`frames`, 6" in the_one(out["errors"])
    assert [bool(frame["data"].get("problems")) for frame in out["stacktraces"][1]["frames"]] == [True, False, False]
    assert "errors" not in engine(frames=8).symbolicate({"platform": "javascript", "stacktraces": stacks})


def test_a_bounded_event_symbolicated_twice_is_as_once():
    bounded = engine(frames=2, path=40)
    frames = [GOOD] * 3 + [{**GOOD, "abs_path": "https://x/" + "a" * 50 + "/app.js"}]
    once = bounded.symbolicate({"platform": "javascript", "stacktrace": {"frames": frames}})
    assert bounded.symbolicate(once) == once


def test_a_path_that_is_too_long_costs_its_frame():
    long = {**GOOD, "abs_path": "https://x/" + "a/" * 100 + "app.js"}
    out = engine(path=100).symbolicate({"platform": "javascript", "frames": [long, GOOD, {**GOOD, "filename": "b" * 101}]})
    assert statuses(out["frames"]) == ["unsupported", "symbolicated", "unsupported"]
    assert "`path`, 100" in the_one(out["errors"])


def test_images_beyond_the_bound_come_back_as_they_came():
    images = [{"type": "elf", "debug_id": f"{n:032x}", "image_addr": hex(n << 20), "image_size": 4096} for n in range(1, 6)]
    event = {"platform": "native", "frames": [{"instruction_addr": hex(n << 20)} for n in (1, 2, 4)], "images": images}
    out = engine(images=2).symbolicate(event)
    assert len(out["images"]) == 5
    assert [bool(image.get("debug_status")) for image in out["images"]] == [True, True, False, False, False]
    assert statuses(out["frames"])[2] == "unknown_image"
    assert "3 of 5 images" in the_one(out["errors"])


def test_an_event_that_used_up_its_seconds_is_given_back_as_far_as_it_came(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(bounds.time, "thread_time", lambda: now[0])
    at_work = engine(seconds=10)
    whole = at_work.symbolicate({"platform": "javascript", "stacktraces": [{"frames": [GOOD]}] * 2})
    assert [statuses(stack["frames"]) for stack in whole["stacktraces"]] == [["symbolicated"]] * 2

    def slow(frames, *rest, act=at_work._pipeline._transform):
        now[0] += 6
        return act(frames, *rest)

    monkeypatch.setattr(at_work._pipeline, "_transform", slow)
    out = at_work.symbolicate({"platform": "javascript", "stacktraces": [{"frames": [GOOD]}] * 3})
    assert [statuses(stack["frames"]) for stack in out["stacktraces"]][1:] == [["raw"]] * 2
    assert "`seconds`, 10" in the_one(out["errors"])


def test_no_more_files_are_looked_for_when_the_seconds_are_used_up(monkeypatch):
    now, asked = [0.0], []
    monkeypatch.setattr(bounds.time, "thread_time", lambda: now[0])
    at_work = engine(seconds=10)
    ask = at_work.store.find

    def slow(key, near=None):
        now[0] += 3
        asked.append(key.url)
        return ask(key, near)

    monkeypatch.setattr(at_work.store, "find", slow)
    monkeypatch.setattr(at_work.store, "may_answer", lambda *_: True)
    frames = [{"abs_path": f"https://x/{n}/gone{n}.js", "lineno": 1, "colno": 1} for n in range(50)]
    out = at_work.symbolicate({"platform": "javascript", "frames": frames})
    assert len(asked) == 4
    assert statuses(out["frames"]) == ["raw"] * 50, "what was not looked for is not told to be missing"
    assert "`seconds`, 10" in the_one(out["errors"])
    now[0], at_work = 0.0, engine(seconds=10)
    assert statuses(at_work.symbolicate({"platform": "javascript", "frames": frames})["frames"]) == ["missing"] * 50


def test_lines_beyond_the_bound_pass_through_as_they_are():
    text = (CASE / "stacks" / "aggregate.txt").read_text()
    for end in ("\n", "\r\n", "\r"):
        head, rest = text.replace("\n", end), f"    at G (/srv/app/dist/app.js:1:4223){end}"
        lines = len(text.splitlines())
        bounded = Bounds(lines=lines)
        traces = find_traces_within(head + rest * 3, bounded)
        assert find_traces_within(head, bounded).problems == ()
        (problem,) = traces.problems
        assert f"`lines`, {lines}" in problem.detail
        out = engine(lines=lines).symbolicate_text(head + rest * 3)
        assert WANTED in out
        assert out.endswith(rest * 3)


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def packed():
    content = bytes(range(256)) * 4096  # a mebibyte
    yield "gzip", lambda: decompress(memoryview(gzip.compress(content)))
    yield "gzip in parts", lambda: decompress(memoryview(gzip.compress(content[: 1 << 19]) * 2))
    yield "zip", lambda: member_content(memoryview(zipped(a=content)), "a")
    yield "section", lambda: inflate(memoryview(zlib.compress(content)), 1, 1 << 20, Budget(1 << 20))
    yield "data URL", lambda: decode_data_url("data:application/json;base64," + "A" * ((1 << 20) // 3 * 4 + 4))
    library = zstandard()
    if library is not None:
        yield "zstd", lambda: decompress(memoryview(library.compress(content)))


@pytest.mark.parametrize(("kind", "read"), list(packed()))
def test_whatever_is_decompressed_is_counted(kind, read):
    with kept_by(Ledger(Bounds(inflated=5 << 19))):
        read()
        read()
        with pytest.raises(BoundReached, match="`inflated`"):
            read()
    read()  # outside of an event there are the rooms' own bounds


def test_a_gzip_is_inflated_no_further_than_there_is_room():
    bomb = memoryview(gzip.compress(bytes(64 << 20), 1))
    ledger = Ledger(Bounds(inflated=1 << 20))
    with kept_by(ledger), pytest.raises(BoundReached) as caught:
        decompress(bomb)
    assert "1,048,577 bytes or more" in str(caught.value)
    assert ledger.left == 1 << 20


@pytest.fixture
def guests(tmp_path):
    """The build's files, the map compressed."""
    (tmp_path / "app.js").write_bytes((CASE / "files" / "app.js").read_bytes())
    (tmp_path / "app.js.map.gz").write_bytes(gzip.compress((CASE / "files" / "app.js.map").read_bytes()))
    return tmp_path


def test_a_guest_s_bomb_costs_itself(guests):
    (guests / "zz.map.gz").write_bytes(gzip.compress(bytes(range(250)) * 100_000))
    (guests / "zz.zip").write_bytes(zipped(**{"a.map": bytes(20 << 20), "b.map": bytes(20 << 20)}))
    out = engine(files=()).with_guests(guests, inflated=4 << 20).symbolicate({"platform": "javascript", "frames": [GOOD]})
    assert statuses(out["frames"]) == ["symbolicated"]
    assert "`inflated`" in the_one(out["errors"])
    assert "--max-inflated" in json.dumps(out["errors"])


def test_members_before_the_bound_are_used(tmp_path):
    files = {path.name: path.read_bytes() for path in (CASE / "files").iterdir()}
    files["app.js"] += b"//# sourceMappingURL=app.js.map\n"
    (tmp_path / "a.zip").write_bytes(zipped(**files, **{"zz.map": random.Random(1).randbytes(5 << 20)}))
    out = engine(files=()).with_guests(tmp_path, inflated=4 << 20).symbolicate({"platform": "javascript", "frames": [GOOD]})
    assert statuses(out["frames"]) == ["symbolicated"]
    assert "`inflated`" in the_one(out["errors"])


def test_our_own_files_are_not_counted_for_a_guest(guests, tmp_path_factory):
    empty = tmp_path_factory.mktemp("guest")
    out = engine(files=(guests,)).with_guests(empty, inflated=1).symbolicate({"platform": "javascript", "frames": [GOOD]})
    assert statuses(out["frames"]) == ["symbolicated"]
    assert "errors" not in out


def test_a_file_that_was_beyond_one_event_s_bound_is_read_for_another(guests, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    event = {"platform": "javascript", "frames": [GOOD]}
    with Symbolicator(files=guests, cache_dir=cache, bounds=Bounds(inflated=1)) as bounded:
        out = bounded.symbolicate(event)
    assert statuses(out["frames"]) != ["symbolicated"]
    assert "`inflated`" in the_one(out["errors"])
    with Symbolicator(files=guests, cache_dir=cache) as wide:
        assert statuses(wide.symbolicate(event)["frames"]) == ["symbolicated"]


@pytest.mark.parametrize("given", [{"frames": 0}, {"seconds": -1.0}, {"inflated": "1"}, {"lines": True}])
def test_bounds_that_cannot_be_are_refused(given):
    with pytest.raises(ConfigError, match=next(iter(given))):
        Bounds(**given)


def test_bounds_are_bounds():
    with pytest.raises(ConfigError, match="bounds"):
        Symbolicator(files=(), bounds={"frames": 1})


def test_a_library_has_no_bound_on_what_a_text_may_hold():
    wide = Bounds()
    assert (wide.frames, wide.lines, wide.seconds) == (None, None, None)
