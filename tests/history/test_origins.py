"""Lines of many files are found by one walk of the history, as `git blame` finds them one by one."""

from math import inf

import pytest

from symbolicator.history.blame import _read, blame_moved
from symbolicator.history.clone import open_clone
from symbolicator.history.git import Git, GitError
from symbolicator.history.origins import origins
from symbolicator.history.trees import Tree
from tests.makers.repositories import Repository

LINES = [f"value {number} = {number * number} + offset\n" for number in range(60)]


def changed(lines, *numbers):
    return "".join(line.replace("value", "val") if number in numbers else line for number, line in enumerate(lines, 1))


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A history with two renames, a move between files, a merge, and a commit that only reformats."""
    made = Repository(tmp_path_factory.mktemp("walked") / "walked")
    made.commit({"src/a.c": "".join(LINES), "src/b.c": "".join(LINES[:20]), "lib/c.c": "one\n"}, "Begin")
    for number in (3, 9, 40):
        made.commit({"src/a.c": changed(LINES, *range(3, number + 1, 6))}, f"Change {number}")
    begun = made.head
    side = made.commit({"src/b.c": changed(LINES[:20], 5)}, "On the side", branch="side")
    made.commit({"lib/c.c": "one\ntwo\n"}, "On main", parents=[begun])
    made.commit({"src/b.c": changed(LINES[:20], 5)}, "Merge", parents=[made.head, side])
    side = made.commit({"docs/x.md": "x\n"}, "On another side", branch="other")
    made.commit({"lib/c.c": "ONE\ntwo\n"}, "Merge and change", parents=[made.head, side])
    made.commit({"src/a.c": None, "src/once.c": changed(LINES, *range(3, 41, 6))}, "Rename it")
    made.commit({"src/once.c": changed(LINES, *range(3, 41, 6), 50)}, "Change 50")
    made.commit({"src/once.c": None, "core/twice.c": changed(LINES, *range(3, 41, 6), 50)}, "Rename it again")
    moved = changed(LINES, *range(3, 41, 6), 50).splitlines(True)
    made.commit({"core/twice.c": "".join(moved[:30]), "core/apart.c": "".join(moved[30:])}, "Move half of it")
    reformat = made.commit({"lib/c.c": "ONE;\ntwo\n"}, "Reformat")
    made.commit({"core/apart.c": "".join([*moved[30:59], "the end\n"])}, "Change the end")
    return open_clone(made.folder), reformat


def everything(clone):
    tree = Tree(clone, clone.head)
    paths = ["core/twice.c", "core/apart.c", "src/b.c", "lib/c.c"]
    return [(path, line) for path in paths for line in range(1, len(tree.lines(path)) + 1)], tree.covering(paths)


@pytest.mark.parametrize("ignoring", [False, True])
def test_every_line_has_the_commit_that_blame_finds(clone, ignoring):
    clone, reformat = clone
    ignored = (reformat,) if ignoring else ()
    places, covering = everything(clone)
    found = origins(clone.git, clone.head, places, ignored, inf, covering)
    for path, line in places:
        alone = blame_moved(clone.git, clone.head, path, [line], ignored)[line]
        assert (found[path, line].id, found[path, line].summary) == (alone.id, alone.summary), (path, line)
    assert {commit.summary for commit in found.values()} >= {"Begin", "Change 3", "Change 50", "On the side", "Change the end"}
    if ignoring:
        assert found["lib/c.c", 1].summary == "Merge and change"
    assert ("Reformat" in {commit.summary for commit in found.values()}) is not ignoring


def test_the_history_is_walked_once_for_a_few_files(clone, monkeypatch):
    clone, _ = clone
    places, covering = everything(clone)
    asked = []
    run = Git._run
    monkeypatch.setattr(Git, "_run", lambda git, words, *more: asked.append(words[0]) or run(git, words, *more))
    origins(clone.git, clone.head, [place for place in places if place[0] == "src/b.c"], (), inf, covering)
    assert asked == ["log", "blame", "blame", "blame"]  # the file's lines together, then each of the two commits alone


def test_of_a_walk_that_is_cut_only_what_was_reached_is_said(clone, monkeypatch):
    clone, _ = clone
    places, covering = everything(clone)
    whole = origins(clone.git, clone.head, places, (), inf, covering)
    run = Git.run_until

    def cut(git, until, *words, **more):
        printed, _ = run(git, until, *words, **more)
        return (printed[: printed.find(b"\n", 100) + 1], False) if words[0] == "log" else (printed, True)

    monkeypatch.setattr(Git, "run_until", cut)
    found = origins(clone.git, clone.head, places, (), inf, covering)
    assert 0 < len(found) < len(whole)
    assert all(whole[place] == commit for place, commit in found.items())


def test_without_time_nothing_is_said(clone):
    clone, _ = clone
    places, covering = everything(clone)
    assert origins(clone.git, clone.head, places, (), -inf, covering) == {}


def test_what_blame_printed_before_it_was_ended_is_whole_or_left_out(clone):
    clone, _ = clone
    printed = clone.git.run("blame", "--incremental", "--root", clone.head, "--", "core/twice.c")
    whole = _read(printed)
    assert len(whole) == 30
    for end in range(0, len(printed), 7):
        assert _read(printed[:end]).items() <= whole.items()


def test_a_name_with_quotes_is_the_file_s(tmp_path):
    made = Repository(tmp_path / "odd")
    made.commit({'"src/a\\"b\\\\.c"': "one\n"}, "Odd")
    clone = open_clone(made.folder)
    assert origins(clone.git, clone.head, [('src/a"b\\.c', 1)], (), inf, {})['src/a"b\\.c', 1].path == 'src/a"b\\.c'


def test_a_missing_object_is_an_error_not_an_answer(clone):
    clone, _ = clone
    with pytest.raises(GitError):
        origins(clone.git, "0" * 40, [("src/b.c", 1)], (), inf, {})


def test_small_folders_stand_for_their_files(tmp_path):
    made = Repository(tmp_path / "wide")
    files = {f"p{number % 50}/src/f{number}.c": "x\n" for number in range(300)} | {"p1/README": "x\n", "top.c": "x\n"}
    made.commit(files, "Begin")
    clone = open_clone(made.folder)
    tree = Tree(clone, clone.head)
    assert tree.covering(["p1/src/f1.c", "p1/src/f51.c", "top.c", "gone/x.c"]) == {
        "p1/src/f1.c": "p1", "p1/src/f51.c": "p1", "top.c": "top.c", "gone/x.c": "gone/x.c",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (r"C:\Build\SRC\Pump.cpp", (["src/pump.cpp"], 2)),
        ("lib/Pump.cpp", (["lib/Pump.cpp"], 2)),
        ("Pump.cpp", (["lib/Pump.cpp"], 1)),
        ("PUMP.CPP", (["lib/Pump.cpp", "src/pump.cpp"], 1)),
        ("src/GRÖSSE.c", ([], 0)),
        ("a\0b", ([], 0)),
        ("\ud800", ([], 0)),
    ],
)
def test_a_path_in_other_capitals_is_found_where_none_is_as_written(tmp_path, asked, found):
    made = Repository(tmp_path / "cases")
    made.commit({"src/pump.cpp": "x\n", "lib/Pump.cpp": "x\n", "src/größe.c": "x\n"}, "Begin")
    assert Tree(open_clone(made.folder), made.head).find(asked) == found


def test_a_file_that_a_merge_made_has_the_merge_s_lines_and_no_older_ones(tmp_path):
    made = Repository(tmp_path / "merged")
    begun = made.commit({"src/a.c": "one\n"}, "Begin")
    side = made.commit({"src/a.c": "two\n"}, "On the side", branch="side")
    made.commit({"src/a.c": "three\n"}, "On main", parents=[begun])
    made.commit({"src/a.c": "three\n", "src/new.c": "fresh\n"}, "Merge and make", parents=[made.head, side])
    made.commit({"src/a.c": "four\n"}, "After")
    clone = open_clone(made.folder)
    found = origins(clone.git, clone.head, [("src/new.c", 1), ("src/a.c", 1)], (), inf, {"src/new.c": "src", "src/a.c": "src"})
    assert [found[place].summary for place in (("src/new.c", 1), ("src/a.c", 1))] == ["Merge and make", "After"]


def test_commits_whose_clocks_went_wrong_change_no_answer(tmp_path):
    made = Repository(tmp_path / "skewed")
    for number in range(12):
        made.days = (number * 7) % 12  # a parent is often younger than its child
        parents = None
        if number == 6:
            side = made.commit({"src/b.c": "side\n"}, "On the side", branch="side")
            parents = [made.head, side]
        made.commit({f"src/{'ab'[number % 2]}.c": f"{number}\nsame\n"}, f"Change {number}", parents=parents)
    clone = open_clone(made.folder)
    places = [(f"src/{name}.c", line) for name in "ab" for line in (1, 2)]
    found = origins(clone.git, clone.head, places, (), inf, dict.fromkeys(("src/a.c", "src/b.c"), "src"))
    for path, line in places:
        assert found[path, line].id == blame_moved(clone.git, clone.head, path, [line])[line].id


def test_a_file_whose_name_git_writes_otherwise_has_the_same_commits(clone, monkeypatch):
    clone, _ = clone
    places, covering = everything(clone)
    whole = origins(clone.git, clone.head, places, (), inf, covering)
    monkeypatch.setattr("symbolicator.history.origins.unquoted", lambda name: f"?{name}")
    assert origins(clone.git, clone.head, places, (), inf, covering) == whole
