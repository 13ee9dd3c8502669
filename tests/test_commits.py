"""The commit that caused it: ten crashes in a repository of forty commits, and what is said where the clone cannot know."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolicator import Symbolicator, parse_trace, render
from symbolicator.cli.program import program
from symbolicator.errors import ConfigError
from symbolicator.history.git import Git
from tests.makers.repositories import Repository, git

FIXTURES = Path(__file__).parent.parent / "fixtures"
APP = FIXTURES / "javascript" / "app"
GUILTY = "It was this"


def without(text, *numbers):
    """A text in which these lines (from 1) were others."""
    changed = text.split("\n")
    for number in numbers:
        changed[number - 1] = f"// once, {number}"
    return "\n".join(changed)


def readable(path, *numbers, release="tides@1.1.0", **frame):
    """An event with frames that need no file: the crash is in the first of the lines."""
    frames = [{"filename": path, "lineno": number, "function": f"f{number}", "in_app": True, **frame} for number in reversed(numbers)]
    return {"platform": "other", "release": release, "exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}}


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch):
    """However busy the machine is."""
    for name in ("frame_histories.SECONDS", "frame_histories.SECONDS_FOR_OLD"):
        monkeypatch.setattr(f"symbolicator.transformers.{name}", 1e6)


@pytest.fixture(scope="module")
def tides(tmp_path_factory):
    """The repository: its folder, and the guilty commit of each crash."""
    folder = tmp_path_factory.mktemp("clones")
    repository, lib = Repository(folder / "tides"), Repository(folder / "pump")
    guilty = {}
    faults, notices = (APP / "src" / name for name in ("core/faults.ts", "harbour/notices.ts"))
    hive, weighing = FIXTURES / "native/app/hive.cpp", FIXTURES / "jvm/app/harbor/cargo/Weighing.java"
    scenarios = APP / "src" / "scenarios.ts"
    count = "".join(f"value {n} = {n * n}\n" for n in range(1, 61))
    repository.commit(
        {
            "web/src/core/faults.ts": without(faults.read_text(), 35),
            "web/src/harbour/notices.ts": without(notices.read_text(), 42, 50),
            "web/src/scenarios.ts": scenarios.read_text(),
            "native/apiary/hive.cpp": without(hive.read_text(), 108),
            "android/harbor/cargo/Weighing.java": without(weighing.read_text(), 12),
            "scripts/old_name.py": count.replace("value 7 =", "value 7 is"),
            "scripts/format.py": count.replace("value 8 = 64", "value 8 is 64"),
            "scripts/squash.py": count.replace("value 9 =", "value 9 is"),
            "scripts/ends.py": count.replace("value 10 =", "value 10 is"),
            "scripts/origin.py": "first\n" + count.replace("value 40 =", "value 40 is"),
            "scripts/many.py": count,
        },
        "Begin",
    )
    for number in range(24):
        repository.commit({"docs/diary.md": f"day {number}\n"}, f"Write the diary, {number}", author="ada")
    repository.tag("v1.0.0")

    def changed(name, files, message=GUILTY):
        guilty[name] = repository.commit(files, f"{message}: {name}", author="ben")

    changed("script", {"web/src/harbour/notices.ts": without(notices.read_text(), 50)})
    changed("chain", {"web/src/harbour/notices.ts": notices.read_text()})
    changed("constructor", {"web/src/core/faults.ts": faults.read_text()})
    changed("native", {"native/apiary/hive.cpp": hive.read_text()})
    changed("java", {"android/harbor/cargo/Weighing.java": weighing.read_text()})
    changed("renamed", {"scripts/old_name.py": count})
    repository.commit({"scripts/old_name.py": None, "scripts/new_name.py": count}, "Rename it")
    changed("reformatted", {"scripts/format.py": count.replace("value 8 = 64", "value 8=(64)")})
    reformat = repository.commit({"scripts/format.py": count}, "Reformat everything")
    repository.commit({".git-blame-ignore-revs": f"# formatting\n{reformat}  # black\n{'0' * 40}\nnonsense\n"}, "Ignore the reformatting")
    side = repository.commit({"scripts/side.py": "x\n"}, "On a branch", branch="side")
    guilty["squashed"] = repository.commit({"scripts/squash.py": count}, "Square the squash (#77)", author="ben")
    repository.commit({}, "Merge pull request #78 from side", parents=[repository.head, side])
    changed("line ends", {"scripts/ends.py": count})
    repository.commit({"scripts/ends.py": count.replace("\n", "\r\n")}, "Use the other line ends")
    changed("moved", {"scripts/origin.py": "first\n" + count})
    moved = "".join(count.splitlines(True)[30:50])
    repository.commit({"scripts/origin.py": "first\n", "scripts/apart.py": moved, "CODEOWNERS": "* @all\n/scripts/ @crew\n"}, "Move it")
    repository.tag("v1.1.0")
    repository.commit({"scripts/many.py": without(count, *range(1, 30)), "scripts/squash.py": without(count, 9)}, "After the release")
    lib.commit({"lib/pump.c": without(count, 5)}, "Begin the pump")
    lib.tag("v1.0.9")
    guilty["submodule"] = lib.commit({"lib/pump.c": count}, f"{GUILTY}: submodule", author="ben")
    lib.tag("v1.1.0")
    repository.configure("remote.origin.url", "https://ada:secret@github.com/tides/tides.git")
    return folder, guilty


def script_event(name):
    return {**parse_trace((FIXTURES / f"javascript/esbuild-min/stacks/{name}.txt").read_text()), "release": "tides@1.1.0"}


def java_event():
    return {**parse_trace((FIXTURES / "jvm/renamed/stacks/anonymous.txt").read_text()), "release": "tides@1.1.0"}


def native_event():
    case = json.loads((FIXTURES / "native/crash-segv/case.json").read_text())
    return {**case["event"], "release": "tides@1.1.0"}


CRASHES = {
    "script": lambda: script_event("aggregate"),
    "constructor": lambda: script_event("asyncRetry"),
    "native": native_event,
    "java": java_event,
    "renamed": lambda: readable("/srv/app/scripts/new_name.py", 7, context_line="value 7 = 49"),
    "reformatted": lambda: readable("/srv/app/scripts/format.py", 8),
    "squashed": lambda: readable("/srv/app/scripts/squash.py", 9),
    "line ends": lambda: readable("/srv/app/scripts/ends.py", 10),
    "moved": lambda: readable("/srv/app/scripts/apart.py", 10, context_line="value 40 = 1600"),
    "submodule": lambda: readable("/build/vendor/pump/lib/pump.c", 5),
}


def engine(folder, *names, **settings):
    files = [FIXTURES / "javascript/esbuild-min/files", FIXTURES / "jvm/renamed/files", FIXTURES / "native/crash-segv/files"]
    return Symbolicator(files, repos=[folder / name for name in names], **settings)


@pytest.mark.parametrize("crash", CRASHES)
def test_the_guilty_commit_is_the_first_suspect(tides, crash):
    folder, guilty = tides
    out = engine(folder, "tides", "pump").symbolicate(CRASHES[crash]())
    first = out["suspect_commits"][0]
    assert (first["commit"], first["in_release"]) == (guilty[crash], True), first
    assert first["confidence"] in {"high", "medium"}
    assert "is new since v1.0" in first["reason"]
    assert "author" not in first


def first_frame(out):
    return out["exception"]["values"][-1]["stacktrace"]["frames"][-1]


def test_an_older_line_at_the_crash_is_behind_a_new_one_near_it(tides):
    folder, guilty = tides
    old_then_new = readable("scripts/squash.py", 20, 9)
    first, second = engine(folder, "tides").symbolicate(old_then_new)["suspect_commits"]
    assert (first["commit"], first["in_release"], first["confidence"]) == (guilty["squashed"], True, "medium")
    assert (second["in_release"], second["confidence"]) == (False, "medium")
    assert second["reason"] == "it last changed the line that crashed, but is older than v1.0.0"


def test_one_commit_of_several_frames_is_one_suspect_with_its_frames(tides):
    folder, _guilty = tides
    (suspect,) = engine(folder, "tides").symbolicate(readable("scripts/many.py", 3, 4, 5))["suspect_commits"]
    assert [frame["lineno"] for frame in suspect["frames"]] == [3, 4, 5]
    assert "3 lines of the stack" in suspect["reason"]


def test_people_are_named_only_where_asked_for_and_addresses_have_no_secrets(tides):
    folder, guilty = tides
    (suspect,) = engine(folder, "tides", authors=True).symbolicate(readable("scripts/squash.py", 9))["suspect_commits"]
    assert suspect["author"] == "Ben Shore"
    assert suspect["url"] == f"https://github.com/tides/tides/commit/{guilty['squashed']}"
    assert suspect["pull_request"] == {"number": 77, "url": "https://github.com/tides/tides/pull/77"}
    assert "secret" not in json.dumps(suspect)


def test_symbolicating_twice_is_as_once(tides):
    folder, _ = tides
    tool = engine(folder, "tides")
    for event in (script_event("causeChain"), readable("scripts/squash.py", 9, 20)):
        once = tool.symbolicate(event)
        assert tool.symbolicate(once) == once


def test_source_and_owners_come_from_the_clone_at_the_releases_revision(tides):
    folder, _ = tides
    frame = first_frame(engine(folder, "tides", context_lines=1).symbolicate(readable("scripts/many.py", 3)))
    assert (frame["context_line"], frame["pre_context"]) == ("value 3 = 9", ["value 2 = 4"])
    assert frame["data"]["owners"] == ["@crew"]
    assert frame["data"]["source_from"].startswith("tides at ")


@pytest.mark.parametrize("release", ["tides@9.9.9", None])
def test_without_the_releases_revision_head_is_asked_with_low_confidence_and_gives_no_source(tides, release):
    folder, _ = tides
    out = engine(folder, "tides").symbolicate(readable("scripts/many.py", 40, release=release))
    (suspect,) = out["suspect_commits"]
    assert (suspect["revision_from"], suspect["confidence"], suspect["in_release"]) == ("head", "low", None)
    assert "HEAD was used" in suspect["reason"]
    assert "context_line" not in first_frame(out)


def test_a_line_that_moved_since_is_found_by_its_text_at_head_alone(tides):
    folder, guilty = tides
    moved = readable("scripts/apart.py", 3, release=None, context_line="value 40 = 1600")
    (suspect,) = engine(folder, "tides").symbolicate(moved)["suspect_commits"]
    assert (suspect["commit"], suspect["frames"][0]["lineno"]) == (guilty["moved"], 10)
    out = engine(folder, "tides").symbolicate({**moved, "release": "1.1.0"})
    assert out["suspect_commits"] == []
    assert first_frame(out)["data"]["no_commit"] == "line 3 of scripts/apart.py is another one at v1.1.0 of tides"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/srv/app/apart.py", "scripts/apart.py may be another file of the same name: the frame has no source to tell"),
        ("scripts/apart.py", None),
        ("/usr/lib/python3/nothing.py", None),
    ],
)
def test_a_name_alone_is_no_evidence(tides, path, said):
    folder, _ = tides
    out = engine(folder, "tides").symbolicate(readable(path, 3))
    assert first_frame(out)["data"].get("no_commit") == said
    assert bool(out["suspect_commits"]) == (path == "scripts/apart.py")


def test_two_clones_with_the_same_file_are_not_chosen_between(tides, tmp_path):
    folder, _ = tides
    git(tmp_path, "clone", "-q", "--bare", str(folder / "tides"), str(tmp_path / "copy"))
    out = Symbolicator([], repos=[folder / "tides", tmp_path / "copy"]).symbolicate(readable("scripts/many.py", 3))
    assert out["suspect_commits"] == []
    assert first_frame(out)["data"]["no_commit"] == "tides and copy have this file alike"


def test_the_revision_that_an_event_names_is_asked(tides):
    folder, guilty = tides
    event = {**readable("scripts/squash.py", 9, release="nightly"), "tags": {"git.commit": guilty["squashed"][:12]}}
    (suspect,) = engine(folder, "tides", "pump").symbolicate(event)["suspect_commits"]
    assert (suspect["revision"], suspect["revision_from"]) == (guilty["squashed"], "named")
    out = engine(folder, "tides").symbolicate({**event, "tags": [["commit", "f" * 40]]})
    assert out["suspect_commits"] == []
    (error,) = out["errors"]
    assert (error["type"], "has no commit ffff" in error["detail"]) == ("missing_history", True)


def test_library_frames_and_frames_that_are_missing_files_are_not_asked_for(tides):
    folder, _ = tides
    out = engine(folder, "tides").symbolicate(readable("scripts/many.py", 3, in_app=False))
    assert "suspect_commits" not in out


def test_a_clone_that_cannot_be_used_costs_itself(tides, tmp_path):
    folder, guilty = tides
    tool = Symbolicator([], repos=[tmp_path / "nothing", folder / "tides"])
    out = tool.symbolicate(readable("scripts/squash.py", 9))
    assert out["suspect_commits"][0]["commit"] == guilty["squashed"]
    assert [error["type"] for error in out["errors"]] == ["missing_history"]
    assert "is not a git clone" in out["errors"][0]["detail"]


def test_frames_beyond_the_bound_are_said(tides):
    folder, _ = tides
    out = engine(folder, "tides").symbolicate(readable("scripts/many.py", *range(1, 51)))
    assert [error["type"] for error in out["errors"]] == ["limit_exceeded"]
    assert sum("commit" in frame["data"] for frame in out["exception"]["values"][0]["stacktrace"]["frames"]) == 40


def test_what_a_clone_said_is_not_asked_again(tides, monkeypatch):
    folder, _ = tides
    tool = engine(folder, "tides")
    event = readable("scripts/squash.py", 9, 20)
    once = tool.symbolicate(event)
    monkeypatch.setattr("symbolicator.history.git.subprocess.Popen", None)
    assert tool.symbolicate(event) == once


def test_what_is_fetched_into_a_clone_is_seen(tides, tmp_path, monkeypatch):
    monkeypatch.setattr("symbolicator.transformers.commits._FRESH", 0)
    repository = Repository(tmp_path / "small")
    repository.commit({"src/a.c": "one\ntwo\n"}, "First")
    tool = Symbolicator([], repos=[tmp_path / "small"])
    assert tool.symbolicate(readable("src/a.c", 2, release="1.0"))["suspect_commits"][0]["revision_from"] == "head"
    second = repository.commit({"src/a.c": "one\n2\n"}, "Second")
    repository.tag("v1.0")
    assert tool.symbolicate(readable("src/a.c", 2, release="1.0"))["suspect_commits"][0]["commit"] == second


def test_the_transformer_is_active_only_with_clones():
    assert "commits" not in Symbolicator([]).transformers
    assert Symbolicator([], repos="somewhere").transformers[-1] == "commits"
    with pytest.raises(ConfigError, match="unknown setting"):
        Symbolicator([], repositories=["x"])


def test_the_terminal_and_explain_name_the_suspects(tides, tmp_path, monkeypatch):
    folder, guilty = tides
    crash = tmp_path / "crash.txt"
    crash.write_text((FIXTURES / "javascript/esbuild-min/stacks/aggregate.txt").read_text())
    options = ["-f", str(FIXTURES / "javascript/esbuild-min/files"), "--repo", str(folder / "tides"), "--release", "1.1.0"]
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("SYMBOLICATOR_CACHE_DIR", str(tmp_path / "cache"))
    page, plain, told = (
        CliRunner().invoke(program, [*command, str(crash), *options])
        for command in (["trace", "--format", "pretty"], ["trace", "--format", "plain"], ["explain"])
    )
    suspect = f"{guilty['script'][:10]} 2023-12-10 It was this: script"
    assert f"suspect: {suspect}\n         high: it last changed" in page.stdout
    assert all(len(line) <= 80 for line in page.stdout.split("\n") if "https://" not in line)
    assert f"symbolicator: suspect: {suspect}: high: it last changed" in plain.stderr
    assert f"suspect: {suspect}\n" in told.stdout
    assert f"      commit: {guilty['script']}\n" in told.stdout
    wrong = CliRunner().invoke(program, ["trace", str(crash), "--repo", str(tmp_path)])
    assert wrong.exit_code == 2
    assert f"--repo: {tmp_path} is not a git clone" in wrong.stderr


def test_lines_that_are_older_than_the_release_are_found_without_their_history(tides, monkeypatch):
    folder, guilty = tides
    monkeypatch.setattr("symbolicator.transformers.frame_histories.SECONDS_FOR_OLD", -1)
    asked = []
    run = Git.run
    monkeypatch.setattr(Git, "run", lambda git, *words, **more: asked.append(words) or run(git, *words, **more))
    out = engine(folder, "tides").symbolicate(readable("scripts/many.py", *range(1, 11)) | {"release": "1.1.0"})
    frames = out["exception"]["values"][0]["stacktrace"]["frames"]
    assert ["commit" in frame["data"] for frame in frames] == [False] * 9 + [True]  # the crash's own line is asked for always
    assert [words for words in asked if words[0] == "blame" and ".." in words[-3]] == []  # the file did not change in this release
    assert "9 older lines were not found" in out["errors"][0]["detail"]
    out = engine(folder, "tides").symbolicate(readable("scripts/squash.py", 20, 9))
    assert out["suspect_commits"][0]["commit"] == guilty["squashed"]


def test_a_long_history_takes_no_more_commands_than_files(tides, monkeypatch):
    folder, _ = tides
    asked = []
    run = Git.run
    monkeypatch.setattr(Git, "run", lambda git, *words, **more: asked.append(words[0]) or run(git, *words, **more))
    monkeypatch.setattr("symbolicator.transformers.frame_histories.SECONDS_FOR_OLD", -1)
    engine(folder, "tides").symbolicate(readable("scripts/ends.py", *range(1, 31)))
    assert asked.count("blame") <= 3  # the file's lines together, the moved ones among them, the line that crashed


@pytest.mark.parametrize("form", ["agent", "markdown", "github", "html"])
def test_all_forms_for_people_name_the_suspects(tides, form):
    folder, guilty = tides
    event = script_event("aggregate")
    event["exception"]["values"][0]["value"] = "<script>"
    out = engine(folder, "tides").symbolicate(event)
    out["suspect_commits"][0]["summary"] += " <b>@ada</b> `x` #12"
    text = "\n".join(render(out, form).splitlines())
    assert guilty["script"][:10] in text
    assert f"https://github.com/tides/tides/commit/{guilty['script']}" in text
    assert ("<b>@ada" in text) == (form in {"agent", "markdown", "github"})
    if form in {"markdown", "github"}:
        assert f"`` {guilty['script'][:10]} 2023-12-10 It was this: script <b>@ada</b> `x` #12 ``" in text


def test_what_a_shallow_or_partial_clone_lacks_is_said(tides, tmp_path):
    folder, guilty = tides
    whole = tmp_path / "whole"
    git(tmp_path, "clone", "-q", "--bare", str(folder / "tides"), "whole")
    git(whole, "config", "uploadpack.allowFilter", "true")
    for name, option in (("shallow", "--depth=2"), ("partial", "--filter=blob:none")):
        git(tmp_path, "clone", "-q", "--no-checkout", "--no-tags", option, f"file://{whole}", name)
    (suspect,) = engine(tmp_path, "shallow").symbolicate(readable("scripts/ends.py", 10))["suspect_commits"]
    assert (suspect["confidence"], suspect["revision_from"]) == ("low", "head")
    assert suspect["reason"].endswith("HEAD was used; the clone is shallow (git fetch --unshallow --tags): the line may be older")
    named = {**readable("scripts/ends.py", 10), "tags": {"commit": guilty["squashed"]}}
    assert engine(tmp_path, "shallow").symbolicate(named)["errors"][0]["detail"].endswith(": git fetch --unshallow")
    for event in (readable("scripts/ends.py", 10), readable("scripts/ends.py", 10, context_line="value 10 = 100")):
        out = engine(tmp_path, "partial").symbolicate(event)
        assert out["suspect_commits"] == []
        assert first_frame(out)["data"]["no_commit"] == (
            "scripts/ends.py cannot be read at HEAD of partial (no tag or commit of it is this release): "
            "the clone is partial (git fetch --refetch --no-filter)"
        )


def test_a_frame_is_linked_to_its_line_at_the_host_where_the_build_s_revision_is_known(tides):
    folder, guilty = tides
    event = {**readable("/srv/app/scripts/squash.py", 9), "tags": {"commit": guilty["squashed"]}}
    out = engine(folder, "tides").symbolicate(event)
    address = f"https://github.com/tides/tides/blob/{guilty['squashed']}/scripts/squash.py#L9"
    assert first_frame(out)["data"]["source_link"] == address
    assert f"(<{address}>)" in render(out, "markdown")
    assert f"(<{address}>)" in render(out, "github")
    assert f'<a rel="noreferrer" href="{address}">' in render(out, "html")
    out = engine(folder, "tides").symbolicate(readable("scripts/squash.py", 9, release="unknown"))
    assert "source_link" not in first_frame(out)["data"]


def test_no_event_brings_a_link_to_a_page_of_its_own(tides):
    out = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [
        {"filename": "a.js", "lineno": 3, "data": {"source_link": link}} for link in ("https://evil.example/github", "javascript:x", {}, 7)
    ]}}]}}  # fmt: skip
    for form in ("markdown", "github", "html"):
        assert "evil" not in render(out, form)
        assert "javascript:x" not in render(out, form)


@pytest.fixture(scope="module")
def monorepo(tmp_path_factory):
    """Two modules with the same package, a project of C# and one of Python, each file with a commit of its own."""
    repository = Repository(tmp_path_factory.mktemp("reported") / "mono")
    java = "src/main/java/io/tides/Foo.java"
    files = {
        f"spring/{java}": "one\ncommon\n",
        f"servlet/{java}": "ONE\ncommon\n",
        "src/Tides.Api/Program.cs": "a\n",
        "tests/Tides.Api.Tests/Program.cs": "b\n",
        "src/tides/models/release.py": "x\n",
    }
    commits = {path: repository.commit({path: text}, path) for path, text in files.items()}
    repository.tag("v1.1.0")
    return repository.folder, commits


@pytest.mark.parametrize(
    ("frame", "path"),
    [
        # paths of Windows: getsentry/sentry#56115, #68845
        ({"path": "D:\\Users\\code\\tides\\models\\release.py"}, "src/tides/models/release.py"),
        ({"path": "d:\\users\\code\\Tides\\Models\\Release.py"}, "src/tides/models/release.py"),
        # a folder above the repository's, and a test's file of the same name: getsentry/sentry#67107
        ({"path": "Program.cs", "abs_path": "/src/Tides.Api/Program.cs"}, "src/Tides.Api/Program.cs"),
        ({"path": "Program.cs", "abs_path": "/build/work/1/s/Tides.Api/Program.cs"}, "src/Tides.Api/Program.cs"),
        # one package in several modules: getsentry/sentry#112655
        (
            {"path": "Foo.java", "module": "io.tides.Foo", "platform": "java", "context_line": "ONE"},
            "servlet/src/main/java/io/tides/Foo.java",
        ),
        (
            {"path": "Foo.java", "module": "io.tides.Foo", "platform": "java", "context_line": "one"},
            "spring/src/main/java/io/tides/Foo.java",
        ),
        ({"path": "Foo.java", "module": "io.tides.Foo", "platform": "java"}, None),
    ],
)
def test_a_file_is_found_as_others_reported_that_it_is_not(monorepo, frame, path):
    folder, commits = monorepo
    frame = dict(frame)
    out = Symbolicator([], repos=[folder]).symbolicate(readable(frame.pop("path"), 1, release="1.1.0", **frame))
    assert [one["commit"] for one in out["suspect_commits"]] == ([] if path is None else [commits[path]])
    if path is None:
        assert first_frame(out)["data"]["no_commit"].startswith("2 files of mono end in this path: ")


def test_a_commit_that_only_reformats_is_passed_over_even_if_it_was_listed_after_the_release(tmp_path):
    repository = Repository(tmp_path / "late")
    repository.commit({"src/a.c": "first line = 1\nsecond line = 2\n"}, "Begin")
    repository.tag("v1.0.0")
    guilty = repository.commit({"src/a.c": "first line = 1\nsecond line = 3\n"}, GUILTY)
    reformat = repository.commit({"src/a.c": "first line=(1)\nsecond line=(3)\n"}, "Reformat")  # the release itself
    repository.tag("v1.1.0")
    repository.commit({".git-blame-ignore-revs": f"# as others reported: getsentry/sentry#87383\n{reformat.upper()}\n"}, "Ignore it")
    for lines, new in (((2,), True), ((1,), False)):
        (suspect,) = Symbolicator([], repos=[repository.folder]).symbolicate(readable("src/a.c", *lines, release="1.1.0"))[
            "suspect_commits"
        ]
        assert (suspect["commit"] == guilty, suspect["in_release"]) == (new, new)
        assert suspect["commit"] != reformat
