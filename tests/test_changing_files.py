"""Files that are rewritten, cut short, forbidden or gone while an engine works: a problem of their own, and the rest is answered."""

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from symbolicator import Symbolicator
from symbolicator.artifacts import changing, directory, layouts, scanning
from symbolicator.errors import Unreadable
from symbolicator.kernels import guarding
from symbolicator.transformers import native_images
from tests.makers.builds import FRAME, build

NATIVE = Path(__file__).parent.parent / "fixtures" / "native"
OTHER = {"abs_path": "https://x/other.js", "lineno": 1, "colno": 35}
MAPPING = "shop.Cart -> a:\n    3:3:int total():7:7 -> b\n"
guarded = pytest.mark.skipif(not guarding.__file__.endswith((".so", ".pyd")), reason="uncompiled, files are read and not mapped")


def native_event(case="gcc-dwarf5"):
    case = json.loads((NATIVE / case / "expected.json").read_text())
    frames = [{"instruction_addr": look["addr"]} for look in case["lookups"]]
    return case["files"], {"platform": "native", "debug_meta": {"images": case["images"]}, "frames": frames}


def problems(event):
    return [problem for frame in event["frames"] for problem in frame["data"].get("problems", ())] + list(event.get("errors") or ())


def said(event):
    return json.dumps([problems(event), event.get("debug_meta")])


@pytest.fixture
def small_files_are_mapped(monkeypatch):
    """As if they were of hundreds of megabytes."""
    monkeypatch.setattr(directory, "_READ_BELOW", 1)
    monkeypatch.setattr(layouts, "_READ_BELOW", 1)
    monkeypatch.setattr(native_images, "LAZY_FROM", 0)


def copy_of(case, folder):
    files, event = native_event(case)
    folder.mkdir()
    for file in files:
        shutil.copyfile(NATIVE / case / file, folder / Path(file).name)
    return [folder / Path(file).name for file in files], event


@guarded
@pytest.mark.parametrize("how", ["cut", "emptied", "rewritten", "grown"])
def test_a_mapped_file_that_changes_is_nothing_that_was_read(tmp_path, how):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 256)
    [seen], _ = scanning.see(str(tmp_path), "file")
    view = scanning.open_view(str(tmp_path), seen, True, 1)
    changing.still(view, view[40_000:])
    if how == "rewritten":
        path.write_bytes(b"\1" * seen.size)
        os.utime(path, ns=(seen.mtime_ns, seen.mtime_ns))  # as `cp -p` of another build does
    else:
        os.truncate(path, {"cut": 5_000, "emptied": 0, "grown": seen.size + 1}[how])
        # Beyond the new end there are zeros, where the process would end.
        assert view[50_000] == (80 if how == "grown" else 0)
    with pytest.raises(Unreadable, match="changed while it was being read"):
        changing.still(view[1:])
    with pytest.raises(Unreadable):
        changing.settled(view)


@guarded
def test_a_mapped_file_whose_name_is_taken_away_stays_what_it_was(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 70_000)
    [seen], _ = scanning.see(str(tmp_path), "file")
    view = scanning.open_view(str(tmp_path), seen, True, 1)
    path.unlink()
    changing.still(view)
    assert bytes(changing.settled(view)) == b"x" * 70_000


@guarded
def test_a_fault_elsewhere_still_ends_the_process(tmp_path):
    code = """
import mmap, os, sys
from symbolicator.artifacts import scanning
path = sys.argv[1]
[seen], _ = scanning.see(*os.path.split(path))
view = scanning.open_view(os.path.dirname(path), seen, True, 1)
own = mmap.mmap(os.open(path, os.O_RDONLY), 0, access=mmap.ACCESS_READ)
os.truncate(path, 0)
print(view[60000], flush=True)
own[60000]
"""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 70_000)
    for more in ((), ("-X", "faulthandler")):
        done = subprocess.run([sys.executable, *more, "-c", code, path], capture_output=True, text=True, check=False)
        assert done.stdout == "0\n"
        assert done.returncode == -7
        assert ("Bus error" in done.stderr) == bool(more)
        path.write_bytes(b"x" * 70_000)


def test_where_no_guard_is_to_be_had_a_file_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(guarding, "guard", lambda data: -1)
    (tmp_path / "file").write_bytes(b"x" * 70_000)
    [seen], _ = scanning.see(str(tmp_path), "file")
    view = scanning.open_view(str(tmp_path), seen, True, 1)
    (tmp_path / "file").write_bytes(b"")
    assert isinstance(view.obj, bytes)
    assert view[60_000] == 120


@pytest.mark.parametrize("case", ["gcc-dwarf5", "gcc-split-dwo5", "clang-zstd", "dwz-single"])
@pytest.mark.parametrize("how", ["cut", "emptied", "another"])
@pytest.mark.usefixtures("small_files_are_mapped")
def test_a_debug_file_that_shrinks_between_two_events_is_a_problem_on_it(case, how, tmp_path):
    paths, event = copy_of(case, tmp_path / "w")
    half = len(event["frames"]) // 2
    with Symbolicator([tmp_path / "w"], cache_dir=False) as engine:
        first = engine.symbolicate({**event, "frames": event["frames"][:half]})
        assert any(frame.get("function") for frame in first["frames"])
        for path in paths:
            if how == "another":
                path.write_bytes(
                    (NATIVE / "clang-dwarf4" / "app").read_bytes() if (NATIVE / "clang-dwarf4" / "app").exists() else b"\x7fELF" + bytes(64)
                )
            else:
                os.truncate(path, path.stat().st_size // 3 if how == "cut" else 0)
        second = engine.symbolicate({**event, "frames": event["frames"][half:]})
    assert not [one for one in problems(second) if one["type"] == "internal_error"]


@pytest.mark.usefixtures("small_files_are_mapped")
def test_a_debug_file_rewritten_while_events_are_answered_gives_each_frame_a_right_answer_or_none(tmp_path):
    [path, *_], event = copy_of("gcc-dwarf5", tmp_path / "w")
    content = path.read_bytes()

    def functions(out):
        found = {}
        for frame in out["frames"]:
            found.setdefault(frame["data"]["raw_index"], []).append((frame.get("function"), frame.get("lineno")))
        return found

    with Symbolicator([tmp_path / "w"], cache_dir=False) as engine:
        want = functions(engine.symbolicate(event))
    assert any(function for found in want.values() for function, _ in found)
    stop = threading.Event()

    def rewrite():
        while not stop.wait(0.002):
            os.truncate(path, 0)
            path.write_bytes(content)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(25):
            with Symbolicator([tmp_path / "w"], cache_dir=False) as engine:
                out = engine.symbolicate(event)
            have = functions(out)
            assert have.keys() == want.keys()
            assert all(found in (want[raw], [(None, None)]) for raw, found in have.items())
            assert not [one for one in problems(out) if one["type"] == "internal_error"]
    finally:
        stop.set()
        writer.join()


def test_a_build_written_again_is_a_problem_at_most_and_then_the_new_one(tmp_path):
    for name in ("app", "other"):
        build(tmp_path, f"{name}.js", f"{name}.js.map")
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        engine.symbolicate({"platform": "javascript", "frames": [{"abs_path": "https://x/none.js", "lineno": 1, "colno": 1}]})
        for name in ("app.js.map", "app.js"):
            path = tmp_path / name
            path.write_text(path.read_text() + " ")
        event = {
            "platform": "javascript",
            "frames": [{**FRAME, "abs_path": "https://x/app.js"}, {**FRAME, "abs_path": "https://x/other.js"}],
        }
        out = engine.symbolicate(event)
        assert not [one for one in problems(out) if one["type"] == "internal_error"]
        assert out["frames"][1]["lineno"] == 3
        engine.store.stores[0]._looked_at -= 1  # a moment later: a store that met a change does not wait as long as others
        engine.store.moment._until = 0
        again = engine.symbolicate(event)
    assert [frame["lineno"] for frame in again["frames"]] == [3, 3]
    assert not problems(again)


# ── what may not be read ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def forbid(monkeypatch):
    """Makes files and folders of these names unreadable, as for a user without rights: tests may run as root, who reads everything."""
    opened, listed, names = os.open, os.scandir, set()

    def refuse(act):
        def refusing(path=".", *args, **more):
            if isinstance(path, str | os.PathLike) and Path(path).name in names:
                raise PermissionError(13, "Permission denied", str(path))
            return act(path, *args, **more)

        return refusing

    monkeypatch.setattr(os, "open", refuse(opened))
    monkeypatch.setattr(os, "scandir", refuse(listed))
    return names.update


def js(folder):
    build(folder, "app.js", "app.js.map")
    return {"platform": "javascript", "frames": [FRAME]}


def jvm(folder):
    (folder / "mapping.txt").write_text(MAPPING)
    return {"platform": "java", "frames": [{"module": "a", "function": "b", "lineno": 3, "filename": "SourceFile"}]}


def native(folder):
    files, event = native_event()
    for file in files:
        shutil.copyfile(NATIVE / "gcc-dwarf5" / file, folder / Path(file).name)
    return event


def layout(folder):
    files, event = native_event()
    code = event["debug_meta"]["images"][0]["code_id"]
    target = folder / ".build-id" / code[:2] / f"{code[2:]}.debug"
    target.parent.mkdir(parents=True)
    shutil.copyfile(NATIVE / "gcc-dwarf5" / files[0], target)
    return event


def bundle(folder):
    event = js(folder)
    with zipfile.ZipFile(folder / "build.zip", "w") as archive:
        for name in ("app.js", "app.js.map"):
            archive.write(folder / name, name)
            (folder / name).unlink()
    return event


def below(folder):
    (folder / "dist").mkdir()
    return js(folder / "dist")


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (js, ["app.js.map"]),
        (js, ["app.js", "app.js.map"]),
        (jvm, ["mapping.txt"]),
        (native, None),
        (layout, None),
        (bundle, ["build.zip"]),
        (below, ["dist"]),
    ],
    ids=lambda one: one.__name__ if callable(one) else "-".join(one or ()),
)
@pytest.mark.parametrize("cached", [False, True])
def test_what_may_not_be_read_is_named_and_why(make, names, cached, tmp_path, forbid):
    (tmp_path / "w").mkdir()
    event = make(tmp_path / "w")
    forbid(names or [path.name for path in (tmp_path / "w").rglob("*") if path.is_file()])
    for _ in range(1 + cached):
        with Symbolicator([tmp_path / "w"], cache_dir=tmp_path / "cache" if cached else False) as engine:
            out = engine.symbolicate(event)
        assert "Permission denied" in said(out)
        assert "internal_error" not in said(out)
        assert not any(frame["data"]["symbolicator_status"] == "symbolicated" for frame in out["frames"])


def test_a_script_that_may_not_be_read_is_answered_by_its_map(tmp_path, forbid):
    event = js(tmp_path)
    forbid(["app.js"])
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        assert engine.symbolicate(event)["frames"][0]["lineno"] == 3


def test_a_source_that_may_not_be_read_leaves_the_place(tmp_path, forbid):
    build(tmp_path / "dist", content=None)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/cart.ts").write_text("1\n2\n3\n")
    forbid(["cart.ts"])
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        out = engine.symbolicate({"platform": "javascript", "frames": [FRAME]})
    assert out["frames"][0]["lineno"] == 3
    assert "Permission denied" in said(out)


@pytest.mark.parametrize("what", ["a folder", "a link to itself", "a link to nothing", "a FIFO"])
def test_what_is_no_file_in_the_place_of_a_map_is_named(what, tmp_path):
    event = js(tmp_path)
    path = tmp_path / "app.js.map"
    path.unlink()
    if what == "a folder":
        path.mkdir()
    elif what == "a FIFO":
        os.mkfifo(path)
    else:
        path.symlink_to(path.name if what == "a link to itself" else "nothing")
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        out = engine.symbolicate(event)
    assert "app.js.map: cannot be" in said(out)


@pytest.mark.parametrize("error", ["EIO", "ELOOP", "EISDIR", "EMFILE", "ESTALE", "ENOENT"])
def test_a_file_that_fails_when_it_is_read_costs_itself(error, tmp_path, monkeypatch):
    import errno

    for name in ("app", "other"):
        build(tmp_path, f"{name}.js", f"{name}.js.map")
    opened, bad = os.open, []

    def failing(path, *args, **more):
        if bad and str(path).endswith("app.js.map"):
            raise OSError(getattr(errno, error), os.strerror(getattr(errno, error)), str(path))
        return opened(path, *args, **more)

    monkeypatch.setattr(os, "open", failing)
    with Symbolicator([tmp_path], cache_dir=False) as engine:
        engine.symbolicate({"platform": "javascript", "frames": [{"abs_path": "https://x/none.js", "lineno": 1, "colno": 1}]})
        bad.append(True)
        out = engine.symbolicate({"platform": "javascript", "frames": [FRAME, {**FRAME, "abs_path": "https://x/other.js"}]})
    assert os.strerror(getattr(errno, error)) in said(out)
    assert "internal_error" not in said(out)
    assert out["frames"][1]["lineno"] == 3
