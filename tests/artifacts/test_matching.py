"""Which of a store's files answers: where names, folders and releases leave several, and by what it is said to be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbolicator.artifacts.directory import DirectoryStore
from symbolicator.artifacts.matching import MAX_TRIED
from symbolicator.keys import FileKind, Key
from tests.makers.artifacts import identify, tree

MAP = '{"version":3}'
UUID = "a" * 8 + "-0000-0000-0000-" + "a" * 12


def store(root: Path) -> DirectoryStore:
    return DirectoryStore(root, None, [identify])


def script(url: str, **more: str) -> Key:
    return Key(kind=FileKind.SCRIPT, url=url, **more)  # type: ignore[arg-type]


def test_a_tail_ends_at_the_first_folder_that_differs(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"a/x/app.js": "1", "z/b/app.js": "2"}))
    assert [one.path for one in folder.find(script("https://cdn.example/a/b/app.js")).artifacts] == ["z/b/app.js"]


def test_an_answer_is_remembered_and_an_ambiguity_is_looked_at_again(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"app.js": "1", "x/lib.js": "1", "y/lib.js": "2"}))
    one, two = script("https://cdn.example/app.js"), script("https://cdn.example/lib.js")
    assert folder.find(one) is folder.find(one)
    assert folder.find(two) is not folder.find(two)
    long = script("https://cdn.example/" + "d/" * 1000 + "app.js")
    assert folder.find(long) is not folder.find(long)
    assert folder.find(long) == folder.find(long)


def test_what_is_tried_names_the_whole_path_and_the_name_alone(tmp_path: Path) -> None:
    [line] = store(tree(tmp_path, {"b.js": "1"})).find(script("https://cdn.example/1/2/3/4/5/app.js")).tried
    assert line.endswith("no 1/2/3/4/5/app.js, …, no app.js")


def test_a_file_outside_the_release_s_folders_is_found_by_its_url(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"other/app.js": "1"}))
    for release in ("shop@1.0", ""):
        assert folder.find(script("https://cdn.example/app.js", release=release)).how == "url"


def test_a_mapping_of_another_id_is_not_the_only_one_there_is(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"1.0/mapping.txt": "a -> b:"}))
    assert folder.find(Key(kind=FileKind.MAPPING, debug_id=UUID)).artifacts == ()
    released = folder.find(Key(kind=FileKind.MAPPING, debug_id=UUID, release="app@1.0"))
    assert ([one.path for one in released.artifacts], released.how) == (["1.0/mapping.txt"], "release")
    assert folder.find(Key(kind=FileKind.MAPPING, release="app@9.9")).how == "path"


@pytest.mark.parametrize("reference", ["app.js.map?v=../1#x", "./app.js.map#a?b", "../dist/app.js.map?a?b", "/dist/app.js.map"])
def test_a_reference_is_a_path_from_its_file_without_query_and_fragment(tmp_path: Path, reference: str) -> None:
    folder = store(tree(tmp_path, {"dist/app.js": "1", "dist/app.js.map": MAP, "app.js.map": MAP + " "}))
    near = next(one for one in folder.artifacts() if one.path == "dist/app.js")
    found = folder.find(Key(kind=FileKind.SOURCEMAP, url=reference), near)
    assert ([one.path for one in found.artifacts], found.how) == (["dist/app.js.map"], "path")


def test_of_two_alike_the_one_in_the_nearer_folder_is_meant(tmp_path: Path) -> None:
    files = {"a/b/app.js": "1", "a/c/lib.js": "2", "d/lib.js": "3"}
    folder = store(tree(tmp_path, files))
    near = next(one for one in folder.artifacts() if one.path == "a/b/app.js")
    assert [one.path for one in folder.find(script("lib.js"), near).artifacts] == ["a/c/lib.js"]


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://cdn.example/x/app.js", True),
        ("https://cdn.example/APP.JS?v=1", True),
        ("https://cdn.example/lib.js", True),  # its map is there
        ("https://cdn.example/app.js.br", True),
        ("https://cdn.example/100%25.js", True),
        ("/srv/100%.js", True),
        ("https://cdn.example/app.mjs", False),
        ("https://cdn.example/app", False),
        ("https://cdn.example/", False),
    ],
)
def test_a_name_that_no_file_has_cannot_be_answered(tmp_path: Path, url: str, known: bool) -> None:
    folder = store(tree(tmp_path, {"app.js": "1", "lib.js.map": MAP, "100%.js": "1"}))
    assert folder.may_answer(url, (".map",)) is known
    found = folder.find(script(url)).artifacts or folder.find(Key(kind=FileKind.SOURCEMAP, url=f"{url}.map")).artifacts
    assert bool(found) <= known


def test_a_missing_release_is_said_only_where_one_was_asked_for(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"1.0/mapping.txt": "a -> b:"}))
    assert folder.find(Key(kind=FileKind.MAPPING)).tried == ()
    [line] = folder.find(Key(kind=FileKind.MAPPING, release="app@2.0")).tried
    assert line.endswith("no folder of release app@2.0 with a mapping")


def test_what_was_looked_for_beside_a_file_names_the_folder_and_the_end_of_a_long_path(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"a/b/app.js": "1"}))
    near = next(iter(folder.artifacts()))
    assert folder.find(Key(kind=FileKind.SOURCEMAP, url="x/app.js.map"), near).tried[0].endswith("/a/b/x: no app.js.map")
    [line] = folder.find(script("https://cdn.example/" + "d" * 500 + ".js")).tried
    assert line.endswith(f"no …{'d' * 197}.js")


def test_the_folder_given_takes_part_in_tails_and_the_file_that_a_container_is_does_not(tmp_path: Path) -> None:
    tree(tmp_path, {"dist/app.js": "1", "dist/lib/app.js": "2", "lib/app.js": "3"})
    assert [one.path for one in store(tmp_path / "dist").find(script("/srv/dist/app.js")).artifacts] == ["app.js"]
    assert [one.path for one in store(tmp_path / "lib").find(script("/srv/lib/app.js")).artifacts] == ["app.js"]


def test_a_package_s_path_fits_regardless_of_case(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"Node_Modules/Koa/index.js": "1", "node_modules/koa/lib/app.js": "2"}))
    assert [one.path for one in folder.find(script("/srv/NODE_MODULES/KOA/LIB/APP.JS")).artifacts] == ["node_modules/koa/lib/app.js"]


def test_a_name_is_found_in_either_unicode_form(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"café.js": "1"}))
    assert [one.path for one in folder.find(script("https://cdn.example/CAFE\u0301.js")).artifacts] == ["café.js"]


def test_files_that_go_while_they_are_compared_are_not_called_equal(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {"x/app.js": "1", "y/app.js": "1"}))
    assert len(folder.find(script("https://cdn.example/app.js")).artifacts) == 1
    folder = store(tmp_path)
    assert len(folder.artifacts()) == 2
    (tmp_path / "y" / "app.js").unlink()
    assert len(folder.find(script("https://cdn.example/app.js")).artifacts) == 2


@pytest.mark.parametrize("reference", ["~/app.js.map", "https://cdn.example/app.js.map", "\\app.js.map", "../../app.js.map"])
def test_a_reference_that_is_no_path_from_its_file_is_looked_for_by_its_tail(tmp_path: Path, reference: str) -> None:
    folder = store(
        tree(tmp_path, {"dist/app.js": "1", "dist/~/app.js.map": MAP, "maps/app.js.map": MAP + " ", "dist/app.js.map": MAP + "  "})
    )
    near = next(one for one in folder.artifacts() if one.path == "dist/app.js")
    assert folder.find(Key(kind=FileKind.SOURCEMAP, url=reference), near).how == "url"


def test_of_many_files_that_are_only_called_so_a_dozen_lines_say_why(tmp_path: Path) -> None:
    folder = store(tree(tmp_path, {f"{number}/index.js": str(number) for number in range(20)}))
    found = folder.find(script("/srv/node_modules/koa/index.js"))
    assert found.artifacts == ()
    assert len(found.tried) == MAX_TRIED
    assert sum("the trace's file belongs to the package koa" in line for line in found.tried) == MAX_TRIED - 1


@pytest.mark.parametrize("size", [1, 5000])
def test_one_content_in_two_folders_is_one_file(tmp_path: Path, size: int) -> None:
    folder = store(tree(tmp_path, {"x/app.js": "1" * size, "y/app.js": "1" * size, "z/app.js": "2" * size}))
    assert len(folder.find(script("https://cdn.example/app.js")).artifacts) == 2
