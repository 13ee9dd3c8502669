"""What SDKs leave of a stack's line in a frame's path, and frames for which no file of the user's is missing."""

import json

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator
from symbolicator.cli.program import program
from tests.makers.builds import FRAME, build, source_map

URL = FRAME["abs_path"]


def symbolicated(folder, **frame):
    with Symbolicator([str(folder)], cache_dir=False, strict=True) as engine:
        (out,) = engine.symbolicate({"platform": "javascript", "frames": [frame]})["frames"]
        assert engine.symbolicate({"platform": "javascript", "frames": [frame]})["frames"] == [out]
    return out


def place(frame):
    return frame["function"], frame["abs_path"], frame["lineno"], frame["colno"]


@pytest.mark.parametrize("key", ["abs_path", "filename"])
@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("async {}", {"async": True}),
        ("async*{}", {"async": True}),
        ("setTimeout handler*{}", {"async": True}),
        ("at async {}", {"async": True}),
        ("({})", {}),
        ("({}", {}),
        ("<{}>", {}),
        ("[as f] ({}", {"as": "f"}),
        ("Object.g [as f] ({})", {"as": "f"}),
        ("at f ({})", {}),
    ],
)
def test_a_path_is_taken_out_of_what_is_left_of_its_line(tmp_path, key, path, data):
    build(tmp_path)
    plain = symbolicated(tmp_path, **{key: URL}, lineno=1, colno=35)
    marked = symbolicated(tmp_path, **{key: path.format(URL)}, lineno=1, colno=35)
    assert place(marked) == place(plain)
    assert {name: marked["data"].get(name) for name in data} == data


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("{}:1:35", {}),
        ("at f ({}:1:35)", {}),
        ("{}:1:35", {"lineno": 1, "colno": 35}),
        # cut at the last colon alone
        ("{}:1", {"lineno": 35}),
    ],
)
def test_line_and_column_that_stand_in_the_path_are_read(tmp_path, path, given):
    build(tmp_path)
    assert place(symbolicated(tmp_path, abs_path=path.format(URL), **given))[0] == "Cart.total"


def test_line_and_column_in_the_path_that_contradict_the_frame_s_own_are_part_of_the_path(tmp_path):
    build(tmp_path)
    out = symbolicated(tmp_path, abs_path=URL + ":1:9", lineno=1, colno=35)
    assert (out["abs_path"], out["data"]["symbolicator_status"]) == (URL + ":1:9", "missing")


@pytest.mark.parametrize(
    "path",
    [
        "/srv/my app (copy)/app.js",
        "/srv/at work/app.js",
        "async.js",
        "(group)/app.js",
        "app/(shop)/[id]/app.js",
        "<input>.js",
        "http://localhost:3000",
        "at/app.js",
        "a > b line 2.js",
    ],
)
def test_files_may_be_called_nearly_anything(tmp_path, path):
    assert symbolicated(tmp_path, abs_path=path, lineno=1, colno=2)["abs_path"] == path


def test_paths_without_end_are_looked_at_once(tmp_path):
    for path in ("at " * 40_000, "(" * 100_000, "async " * 20_000 + URL, "eval at f (" * 10_000, "a.js line 1 > eval" * 10_000):
        assert symbolicated(tmp_path, abs_path=path, lineno=1, colno=2)["data"]["symbolicator_status"] != "symbolicated"


# ── evals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def steps(frame):
    """(file, line) of each eval of a frame, innermost first."""
    found, step = [], frame["data"].get("eval_origin")
    while step:
        found.append((step.get("filename") or step.get("abs_path"), step.get("lineno")))
        step = step.get("eval_origin")
    return found


@pytest.mark.parametrize("inner", ["<anonymous>", "<anonymous>:1:1"])
def test_of_evals_in_evals_the_one_that_stands_in_a_file_is_mapped(tmp_path, inner):
    build(tmp_path)
    out = symbolicated(tmp_path, filename=f"eval at f (eval at g ({URL}:1:35), <anonymous>:4:7), {inner}", lineno=1, colno=1)
    assert steps(out) == [("<anonymous>", 4), ("src/cart.ts", 3)]
    assert (out["abs_path"], out["lineno"], out["data"]["resolved_with"]) == ("<anonymous>", 1, "eval_origin")


def test_of_more_evals_than_are_followed_the_outermost_is_still_mapped(tmp_path):
    build(tmp_path)
    path = f"{URL}:1:35"
    for _ in range(20):
        path = f"eval at f ({path}), <anonymous>:1:1"
    out = symbolicated(tmp_path, abs_path=path, lineno=1, colno=1)
    assert steps(out)[-1] == ("src/cart.ts", 3)
    assert '"evals_left_out": 11' in json.dumps(out["data"])


@pytest.mark.parametrize("kind", ["eval", "Function"])
def test_firefox_evals_are_mapped_by_their_line_where_it_has_one_place(tmp_path, kind):
    document = source_map([[(0, 0, 0, 0)], [(0, 0, 6, 0)]], ["../src/cart.ts"], ["a\n" * 9])
    (tmp_path / "app.js").write_text("a;\nb;\n//# sourceMappingURL=app.js.map")
    (tmp_path / "app.js.map").write_text(json.dumps(document))
    out = symbolicated(tmp_path, abs_path=f"{URL} line 2 > {kind}", lineno=1, colno=1)
    assert steps(out) == [("src/cart.ts", 7)]
    assert out["data"]["eval_kind"] == kind
    nested = symbolicated(tmp_path, abs_path=f"{URL} line 2 > eval line 5 > {kind}:1:1")
    assert steps(nested) == [("<anonymous>", 5), ("src/cart.ts", 7)]


def test_a_firefox_eval_in_a_line_of_many_places_stays_and_says_what_it_lacks(tmp_path):
    build(tmp_path)
    out = symbolicated(tmp_path, abs_path=f"{URL} line 1 > eval", lineno=1, colno=1)
    assert steps(out) == [(URL, 1)]
    assert out["data"]["symbolicator_status"] == "missing_symbol"
    assert [problem["type"] for problem in out["data"]["problems"]] == ["no_column"]


# ── nothing is missing ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["?", "<anonymous>", "<unknown>"])
@pytest.mark.parametrize("position", [{}, {"lineno": 1, "colno": 7}])
def test_code_that_stands_in_no_file_stays_raw(tmp_path, path, position):
    out = symbolicated(tmp_path, abs_path=path, function="map", **position)
    assert (out["data"]["symbolicator_status"], out["data"]["no_file"], out["in_app"]) == ("raw", "unnamed", False)
    assert "problems" not in out["data"]


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/srv/shop/node_modules/koa/lib/application.js", "package"),
        ("webpack-internal:///./node_modules/koa/lib/application.js", "package"),
        ("chrome-extension://abcdef/inject.js", "extension"),
        ("moz-extension://abcdef/inject.js", "extension"),
    ],
)
def test_of_packages_and_extensions_that_are_not_given_nothing_is_missing(tmp_path, path, owner):
    build(tmp_path)
    for position in ({"lineno": 3, "colno": 5}, {"lineno": 3}):
        out = symbolicated(tmp_path, abs_path=path, **position)
        assert (out["data"]["symbolicator_status"], out["data"]["no_file"], out["in_app"]) == ("raw", owner, False)
        assert "problems" not in out["data"]
    assert symbolicated(tmp_path, abs_path=path, lineno=3, colno=5, in_app=True)["in_app"] is True


def test_a_package_s_minified_file_without_a_map_is_missing_nothing_either(tmp_path):
    build(tmp_path, "node_modules/koa/koa.min.js", "koa.min.js.map")
    path = "/srv/shop/node_modules/koa/koa.min.js"
    assert symbolicated(tmp_path, abs_path=path, lineno=1, colno=35)["data"]["symbolicator_status"] == "symbolicated"
    (tmp_path / "node_modules/koa/koa.min.js.map").unlink()
    out = symbolicated(tmp_path, abs_path=path, lineno=1, colno=35)
    assert out["data"]["no_file"] == "package"
    assert "class a{total" in out["context_line"]


def test_a_package_s_map_that_cannot_be_read_is_a_problem(tmp_path):
    build(tmp_path, "node_modules/koa/koa.min.js", "koa.min.js.map")
    damaged = tmp_path / "node_modules/koa/koa.min.js.map"
    damaged.write_text(damaged.read_text()[:-10])
    out = symbolicated(tmp_path, abs_path="/srv/shop/node_modules/koa/koa.min.js", lineno=1, colno=35)
    assert [problem["type"] for problem in out["data"]["problems"]] == ["malformed_sourcemap"]


def test_who_gives_an_extension_is_told_what_its_frames_lack(tmp_path):
    (tmp_path / "manifest.json").write_text('{"manifest_version": 3}')
    out = symbolicated(tmp_path, abs_path="chrome-extension://abcdef/inject.js", lineno=3, colno=5)
    assert [problem["type"] for problem in out["data"]["problems"]] == ["missing_source"]
    (tmp_path / "manifest.json").write_text('{"name": "a web app"}')
    assert symbolicated(tmp_path, abs_path="chrome-extension://abcdef/inject.js", lineno=3, colno=5)["data"]["no_file"] == "extension"


def test_a_trace_through_packages_says_so_once_and_is_no_failure(tmp_path):
    build(tmp_path / "dist")
    foreign = "    at next (/srv/shop/node_modules/koa/index.js:1:2)\n    at x (chrome-extension://abcdef/inject.js:1:2)\n"
    trace = tmp_path / "crash.txt"
    args = ["trace", str(trace), "-f", str(tmp_path / "dist"), "--format", "plain"]
    trace.write_text(f"TypeError: x\n    at a.total ({URL}:1:35)\n    at Array.map (<anonymous>)\n{foreign}")
    done = CliRunner().invoke(program, args)
    assert done.exit_code == 0
    assert done.stderr.splitlines() == [
        "symbolicator: other frames need none of your files: 1 in packages without source maps, 1 in browser extensions; "
        "if that code is yours, give its build too"
    ]
    trace.write_text(f"TypeError: x\n{foreign}")
    assert CliRunner().invoke(program, args).exit_code == 0
    trace.write_text(f"TypeError: x\n    at a.total ({URL[:-3]}-other.js:1:35)\n{foreign}")
    assert CliRunner().invoke(program, args).exit_code == 1
    explained = CliRunner().invoke(program, ["explain", str(trace), "-f", str(tmp_path / "dist")])
    assert "in a package without a source map: none of your files is missing" in explained.stdout
